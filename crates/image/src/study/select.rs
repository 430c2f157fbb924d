//! Choosing what to work on from a study: never silently, when more than one could be meant.

use super::{Study, StudyError};
use crate::dicom::same_uid;
use crate::rtplan::RtPlan;
use crate::rtstruct::StructureSet;
use crate::series::{ImageSeries, is_ct_class};

impl Study {
    /// The one CT series that forms a volume of more than one slice.
    pub fn ct(&self) -> Result<&ImageSeries, StudyError> {
        let mut ct: Vec<&ImageSeries> = self.series.iter().filter(|s| s.modality == "CT").collect();
        // What only calls itself CT (derived SPECT, screen captures) does not compete with what is stored as CT.
        if ct.iter().any(|s| is_ct_class(&s.sop_class_uid)) {
            ct.retain(|s| is_ct_class(&s.sop_class_uid));
        }
        let slices = |s: &ImageSeries| s.volume.as_ref().map_or(0, |v| v.grid.size[2]);
        let usable: Vec<&ImageSeries> = ct.iter().copied().filter(|s| slices(s) > 1).collect();
        // Nor does a scout or a few slices of another orientation compete with the series they are part of.
        let main = |s: &ImageSeries| usable.iter().find(|o| o.part == 0 && o.uid == s.uid).map_or(0, |o| slices(o));
        let meant: Vec<&ImageSeries> = usable.iter().copied().filter(|s| slices(s) * 2 >= main(s)).collect();
        match (meant.as_slice(), ct.first()) {
            ([one], _) => Ok(one),
            ([], None) => Err(StudyError::NoCt { found: self.inventory() }),
            ([], Some(first)) => Err(StudyError::CtUnusable {
                uid: first.uid.clone(),
                reason: match &first.volume {
                    Err(error) => error.to_string(),
                    Ok(_) => "it is a single slice; export the whole series".to_owned(),
                },
            }),
            (several, _) => Err(StudyError::SeveralCt { series: several.iter().map(|s| s.summary()).collect() }),
        }
    }

    /// The image series with this UID (its largest part).
    pub fn series(&self, uid: &str) -> Result<&ImageSeries, StudyError> {
        self.series.iter().find(|s| same_uid(&s.uid, uid) && s.part == 0).ok_or_else(|| StudyError::UnknownSeries {
            uid: uid.to_owned(),
            known: self.series.iter().map(|s| s.uid.clone()).collect(),
        })
    }

    /// The structure set drawn on an image series: it references the series, or at least shares its frame of reference.
    pub fn structure_set(&self, image: &ImageSeries) -> Result<&StructureSet, StudyError> {
        let same_frame = |s: &&StructureSet| same_uid(&s.frame_of_reference, &image.frame_of_reference);
        let mut fitting: Vec<&StructureSet> = self.structure_sets.iter().filter(same_frame).collect();
        if fitting.len() > 1 {
            let drawn: Vec<&StructureSet> = fitting
                .iter()
                .copied()
                .filter(|s| s.referenced_series.as_deref().is_some_and(|uid| same_uid(uid, &image.uid)))
                .collect();
            if !drawn.is_empty() {
                fitting = drawn;
            }
        }
        match (fitting.as_slice(), self.structure_sets.first()) {
            ([one], _) => Ok(one),
            ([], None) => Err(StudyError::NoStructureSet),
            ([], Some(other)) => Err(StudyError::FrameOfReference {
                label: other.label.clone(),
                structures: other.frame_of_reference.clone(),
                image: image.frame_of_reference.clone(),
            }),
            (several, _) => {
                Err(StudyError::SeveralStructureSets { labels: several.iter().map(|s| s.label.clone()).collect() })
            }
        }
    }

    /// The one plan of a permanent implant.
    pub fn implant_plan(&self) -> Result<&RtPlan, StudyError> {
        let plans: Vec<&RtPlan> = self.plans.iter().filter(|p| p.is_permanent_implant()).collect();
        match plans.as_slice() {
            [one] => Ok(one),
            [] => Err(StudyError::NoImplantPlan { found: self.inventory() }),
            several => {
                Err(StudyError::SeveralImplantPlans { labels: several.iter().map(|p| p.label.clone()).collect() })
            }
        }
    }

    /// The plan of a permanent implant whose seeds lie in the frame of reference of an image.
    ///
    /// A plan that states no frame of reference has that of its structure set. Where neither is known the only plan is taken.
    pub fn implant_plan_on(&self, image: &ImageSeries) -> Result<&RtPlan, StudyError> {
        let plans: Vec<&RtPlan> = self.plans.iter().filter(|p| p.is_permanent_implant()).collect();
        let (placed, unplaced): (Vec<&RtPlan>, Vec<&RtPlan>) =
            plans.iter().partition(|p| !self.plan_frame(p).is_empty());
        let here: Vec<&RtPlan> =
            placed.iter().copied().filter(|p| same_uid(self.plan_frame(p), &image.frame_of_reference)).collect();
        let several = |plans: &[&RtPlan]| StudyError::SeveralImplantPlans {
            labels: plans.iter().map(|p| p.label.clone()).collect(),
        };
        match (here.as_slice(), unplaced.as_slice(), placed.first()) {
            ([one], _, _) | ([], [one], None) => Ok(one),
            ([], [], None) => Err(StudyError::NoImplantPlan { found: self.inventory() }),
            ([], [], Some(other)) => Err(StudyError::PlanFrameOfReference {
                label: other.label.clone(),
                plan: self.plan_frame(other).to_owned(),
                image: image.frame_of_reference.clone(),
            }),
            ([], ..) => Err(several(&plans)),
            (here, ..) => Err(several(here)),
        }
    }

    /// The frame of reference of a plan's positions: its own, else that of its structure set; empty when not known.
    pub fn plan_frame<'a>(&'a self, plan: &'a RtPlan) -> &'a str {
        if !plan.frame_of_reference.is_empty() {
            return &plan.frame_of_reference;
        }
        let referenced =
            |s: &&StructureSet| plan.structure_set.as_deref().is_some_and(|uid| same_uid(uid, &s.sop_instance_uid));
        self.structure_sets.iter().find(referenced).map_or("", |s| s.frame_of_reference.as_str())
    }

    /// What the study holds, in a few words: `2 CT series, 1 structure set, 1 MR`.
    pub fn inventory(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut modalities: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for series in &self.series {
            *modalities.entry(series.modality.as_str()).or_default() += 1;
        }
        parts.extend(modalities.iter().map(|(modality, n)| format!("{n} {modality} series")));
        for (n, what) in [
            (self.structure_sets.len(), "structure set(s)"),
            (self.plans.len(), "plan(s)"),
            (self.doses.len(), "dose(s)"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        }
        parts.extend(self.other.iter().map(|(modality, n)| format!("{n} other {modality} file(s)")));
        if parts.is_empty() { "nothing that can be used".to_owned() } else { format!("it has {}", parts.join(", ")) }
    }
}
