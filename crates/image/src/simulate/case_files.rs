//! A simulated case as DICOM files.

use jiff::civil::DateTime;
use physics::Seconds;
use physics::seed::{SeedLibrary, SeedModel};

use super::cases::SimulatedCase;
use crate::rtplan::{PlanSource, PlannedSeed, Prescription, StrengthUnit};
use crate::write::{
    Context, CtScan, DrawnOn, Equipment, Implant, StructureSetDescription, WriteError, Written, ct_series, derive_uid,
    rtplan_permanent, rtstruct,
};

/// A file of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// path within the case's folder, with `/`
    pub path: String,
    /// its content
    pub bytes: Vec<u8>,
}

const CT_IMAGE_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.2";

/// The case as a CT series, an RTSTRUCT drawn on it and an RTPLAN with the seeds as planned, not as they lie.
///
/// # Errors
/// [`WriteError`] when something cannot be put into DICOM.
pub fn case_files(case: &SimulatedCase) -> Result<Vec<CaseFile>, WriteError> {
    let design = &case.design;
    let library = SeedLibrary::embedded().map_err(|e| invalid(e.to_string()))?;
    let model = library.find(&design.model).map_err(|e| invalid(e.to_string()))?;
    let scan = CtScan {
        kvp: Some(120.0),
        kernel: "SIMULATED".to_owned(),
        slice_thickness_mm: design.scanner.thickness_mm,
        simulated: true,
    };
    let ct = ct_series(&case.ct, &scan, &context(case, "Simulated CT", 1, design.scanned))?;

    let mut structures = case.structures.clone();
    for contour in structures.iter_mut().flat_map(|s| &mut s.contours) {
        let z = contour.points.first().map_or(0.0, |p| p[2]);
        let slice = case.ct.grid.index([0.0, 0.0, z])[2].round();
        contour.image = ct.get(slice as usize).map(|file| file.sop_instance_uid.clone());
    }
    let drawn_on = DrawnOn {
        series_uid: ct.first().map(|file| file.series_instance_uid.clone()).unwrap_or_default(),
        sop_class_uid: CT_IMAGE_STORAGE.to_owned(),
        images: ct.iter().map(|file| file.sop_instance_uid.clone()).collect(),
    };
    let description =
        StructureSetDescription { label: "POSTIMPLANT".to_owned(), name: String::new(), images: Some(drawn_on) };
    let set = rtstruct(&structures, &description, &context(case, "Structures", 2, design.scanned))?;
    let plan = rtplan_permanent(&implant(case, model, &set), &context(case, "Plan", 3, design.scanned))?;

    let mut files: Vec<CaseFile> = ct
        .into_iter()
        .enumerate()
        .map(|(k, file)| CaseFile { path: format!("CT/CT{:04}.dcm", k + 1), bytes: file.bytes })
        .collect();
    files.push(CaseFile { path: "RTSTRUCT.dcm".to_owned(), bytes: set.bytes });
    files.push(CaseFile { path: "RTPLAN.dcm".to_owned(), bytes: plan.bytes });
    Ok(files)
}

fn invalid(reason: String) -> WriteError {
    WriteError::Invalid { what: "the simulated case".to_owned(), reason }
}

fn context(case: &SimulatedCase, series: &str, number: i32, created: DateTime) -> Context {
    let design = &case.design;
    Context {
        patient: design.patient.clone(),
        study: design.study.clone(),
        frame_of_reference: derive_uid(&[b"dosewright simulated frame", design.name.as_bytes()]),
        series_description: series.to_owned(),
        series_number: number,
        created,
        utc_offset_minutes: Some(480),
        equipment: Equipment {
            manufacturer: "Dosewright".to_owned(),
            model: "simulated scan of a made-up patient".to_owned(),
            serial: String::new(),
            software: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

/// The name of a model that fits into Source Model ID (16 characters).
fn short_name(model: &SeedModel) -> String {
    let fits = |name: &&String| name.chars().count() <= 16;
    std::iter::once(&model.name).chain(&model.aliases).find(fits).unwrap_or(&model.id).clone()
}

fn implant(case: &SimulatedCase, model: &SeedModel, set: &Written) -> Implant {
    let design = &case.design;
    let half_life: Seconds = model.nuclide.half_life.value;
    let target = case.structures.iter().find(|s| s.name == design.target);
    let source = PlanSource {
        number: 1,
        isotope: model.nuclide.id.clone(),
        model: short_name(model),
        shape: "LINE".to_owned(),
        manufacturer: model.manufacturer.clone(),
        serial: "DEMO".to_owned(),
        half_life: Some(half_life),
        air_kerma_strength: Some(design.strength),
        unit: StrengthUnit::AirKermaRate,
        reference_date_time: Some(design.implanted),
        active_length_mm: Some(model.active_length_mm),
        active_diameter_mm: None,
    };
    let seed = |s: &super::SceneSeed| PlannedSeed {
        position: s.centre,
        axis: Some(s.axis),
        source: 0,
        applicator: String::new(),
    };
    Implant {
        label: "PREPLAN".to_owned(),
        name: String::new(),
        intent: "CURATIVE".to_owned(),
        setup_type: design.setup_type.to_owned(),
        structure_set: Some(set.sop_instance_uid.clone()),
        prescriptions: vec![Prescription {
            description: design.target.to_owned(),
            kind: "TARGET".to_owned(),
            structure: target.map(|s| s.number),
            dose: Some(design.prescription),
        }],
        sources: vec![source],
        seeds: design.planned.iter().map(seed).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{cases, vector::distance};
    use super::*;
    use crate::study::import;

    #[test]
    fn a_written_case_reads_back() {
        let mut design = cases::design("lung").unwrap();
        // coarse, to be quick
        design.scanner.size = [64, 64];
        design.scanner.pixel_mm = 5.0;
        let case = cases::scan(design).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for file in case_files(&case).unwrap() {
            let path = folder.path().join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.bytes).unwrap();
        }
        let study = import(folder.path(), &|_, _| {}).unwrap();
        assert!(study.problems.is_empty(), "{:?}", study.problems);
        assert_eq!(study.patient, case.design.patient);
        assert_eq!(study.ct().unwrap().volume.as_ref().unwrap().voxels, case.ct.voxels);
        let set = study.structure_set(study.ct().unwrap()).unwrap();
        assert_eq!(set.structures.len(), case.structures.len());
        let plan = study.implant_plan().unwrap();
        let seeds = &plan.seeds;
        assert_eq!(seeds.len(), case.design.planned.len());
        for (seed, planned) in seeds.iter().zip(&case.design.planned) {
            assert!(distance(seed.position, planned.centre) < 1e-6);
        }
    }
}
