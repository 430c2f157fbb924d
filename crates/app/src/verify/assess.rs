//! Structures, histograms, indices, and the criteria they are judged by.

use dose::criteria::{Evidence, Finding, Pack, Verdict, embedded, judge, load, overall};
use dose::dvh::{Dvh, DvhOptions, Outside};
use dose::effect::{Bed, Decaying, Tissue, Tissues};
use dose::indices::{Index, WholeDose, table};
use image::study::Study;
use image::{Region, RegionOptions, Structure, Volume};
use physics::{Gray, Seconds};

use super::choose::Chosen;
use super::extent::corners;
use super::notice::Notice;
use super::request::{CriteriaChoice, Request};
use crate::failure::{Failure, unusable};
use crate::setting::Setting;

/// A structure and the solid it stands for.
pub struct Solid<'s> {
    /// as drawn
    pub structure: &'s Structure,
    /// what it encloses
    pub region: Region,
}

/// A structure with its histogram and indices.
pub struct Measured<'s> {
    /// as drawn
    pub structure: &'s Structure,
    /// its histogram in our dose
    pub dvh: Dvh,
    /// the usual indices
    pub indices: Vec<Index>,
}

/// The criteria pack: as asked for, or by what the study is about. The choice is noted, never silent.
pub fn choose_pack(
    request: &Request,
    study: &Study,
    chosen: &Chosen<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Pack, Failure> {
    let packs = || embedded().map_err(unusable);
    Ok(match &request.criteria {
        Some(CriteriaChoice::File(file)) => {
            load(&file.text).map_err(|error| Failure::input(format!("{}: {error}", file.path.display())))?
        }
        Some(CriteriaChoice::Id(id)) => {
            let packs = packs()?;
            let known: Vec<String> = packs.iter().map(|pack| pack.id.clone()).collect();
            packs.into_iter().find(|pack| pack.id == *id).ok_or_else(|| {
                Failure::input(format!(
                    "there is no criteria pack '{id}'; choose one of {}, or give a file ending in .toml",
                    known.join(", ")
                ))
                .zh(format!("没有判据“{id}”；可选：{}。", known.join("、")))
                .setting(Setting::Criteria)
            })?
        }
        None => {
            let pack = guess_pack(&packs()?, study, chosen)?;
            notices.push(Notice::note(
                format!("判据“{}”按结构名称自动选择。", pack.title_zh.replace("125I", "¹²⁵I")),
                format!("the criteria pack '{}' was chosen by the names in the study", pack.id),
            ));
            pack
        }
    })
}

/// The first pack one of whose sites is named in the study's descriptions or structures and whose target is there.
///
/// A study of a stent usually has lung and heart contoured and one of a lung lesion the oesophagus, so descriptions count before
/// structures, and the pack for any solid tumour comes last.
fn guess_pack(packs: &[Pack], study: &Study, chosen: &Chosen<'_>) -> Result<Pack, Failure> {
    let mut descriptions =
        vec![study.identity.description.as_str(), &chosen.set.label, &chosen.set.name, &chosen.ct.description];
    if let Some(plan) = chosen.plan {
        descriptions.extend([plan.label.as_str(), plan.name.as_str()]);
    }
    let structures: Vec<&str> = chosen.set.structures.iter().map(|structure| structure.name.as_str()).collect();
    let names_site = |pack: &Pack, texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        pack.sites.iter().any(|site| texts.iter().any(|text| text.contains(&site.to_lowercase())))
    };
    let has_target = |pack: &&Pack| target_of(pack, &chosen.set.structures).is_some();
    let fits = |texts: &[&str]| packs.iter().filter(has_target).find(|pack| names_site(pack, texts));
    let named_target = |pack: &&Pack| {
        // the structure itself bears the site's name, as 'Prostate' does
        target_of(pack, &chosen.set.structures).is_some_and(|target| names_site(pack, &[target.name.as_str()]))
    };
    fits(&descriptions)
        .or_else(|| packs.iter().find(named_target))
        .or_else(|| packs.iter().filter(has_target).find(|pack| pack.sites.len() > 2 && pack.id.starts_with("solid")))
        .cloned()
        .ok_or_else(|| {
            Failure::input(format!(
                "no structure looks like a target (there are {}); name the target",
                structures.join(", ")
            ))
            .zh(format!("没有像靶区的结构（现有：{}）；请指定靶区。", structures.join("、")))
            .setting(Setting::Target)
        })
}

/// The structure that the pack's target clauses speak of: its first rule.
pub fn target_of<'s>(pack: &Pack, structures: &'s [Structure]) -> Option<&'s Structure> {
    let rule = pack.structures.first()?;
    let at = rule.find(structures.iter().map(|structure| structure.name.as_str()))?;
    structures.get(at)
}

/// The target: as named, else what the plan prescribes to, else by the pack's rule. From then on the pack's target clauses speak of
/// this structure.
pub fn target<'s>(pack: &mut Pack, request: &Request, chosen: &Chosen<'s>) -> Result<&'s Structure, Failure> {
    let structures = chosen.set.structures.as_slice();
    let names = || structures.iter().map(|structure| structure.name.as_str()).collect::<Vec<_>>().join(", ");
    let target = match &request.target {
        Some(name) => structures.iter().find(|structure| structure.name.trim() == name.trim()).ok_or_else(|| {
            Failure::input(format!(
                "no structure is called '{name}'; there are {}; name one of them as the target",
                names()
            ))
            .zh(format!("没有名为“{name}”的结构；现有：{}。请从中指定靶区。", names()))
            .setting(Setting::Target)
        })?,
        None => prescribed_to(chosen).or_else(|| target_of(pack, structures)).ok_or_else(|| {
            Failure::input(format!(
                "no structure looks like the target of '{}'; there are {}; name the target",
                pack.id,
                names()
            ))
            .zh(format!("没有像靶区的结构（判据“{}”）；现有：{}。请指定靶区。", pack.title_zh, names()))
            .setting(Setting::Target)
        })?,
    };
    if let Some(rule) = pack.structures.first_mut() {
        rule.patterns = vec![target.name.clone()];
        rule.exclude.clear();
    }
    Ok(target)
}

/// The one structure that the plan prescribes a target dose to.
fn prescribed_to<'s>(chosen: &Chosen<'s>) -> Option<&'s Structure> {
    let mut numbers: Vec<i32> =
        chosen.plan?.prescriptions.iter().filter(|p| p.kind == "TARGET").filter_map(|p| p.structure).collect();
    numbers.dedup();
    let [number] = numbers.as_slice() else { return None };
    chosen.set.structures.iter().find(|structure| structure.number == *number)
}

/// The solids of all structures that enclose something; the target must be one.
pub fn solids<'s>(
    structures: &'s [Structure],
    target: &Structure,
    slice_mm: f64,
    notices: &mut Vec<Notice>,
) -> Result<Vec<Solid<'s>>, Failure> {
    let options = RegionOptions { slice_mm: Some(slice_mm), ..RegionOptions::default() };
    let mut solids = Vec::new();
    for structure in structures {
        match Region::from_structure(structure, &options) {
            Ok(region) => {
                for note in &region.notes {
                    notices.push(Notice::of_contour(&structure.name, note));
                }
                solids.push(Solid { structure, region });
            }
            Err(error) if structure.number == target.number => {
                let zh = format!("靶区“{}”：{}。", structure.name, error.problem.chinese());
                return Err(unusable(error).zh(zh));
            }
            Err(error) => notices.push(Notice::warning(
                format!("结构“{}”未评价：{}", structure.name, error.problem.chinese()),
                format!("structure '{}' is not evaluated: {error}", structure.name),
            )),
        }
    }
    Ok(solids)
}

/// The CT must show all of the target: a contour beyond its ends means that slices are missing.
pub fn check_covered(ct: &Volume, target: &Region) -> Result<(), Failure> {
    let along: Vec<f64> = corners(target).into_iter().map(|corner| ct.grid.index(corner)[2]).collect();
    let first = along.iter().copied().fold(f64::INFINITY, f64::min);
    let last = along.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let slices = ct.grid.size[2] as f64;
    // a slab reaches half a slice beyond its contour
    if first < -1.01 || last > slices + 0.01 {
        return Err(Failure::input(format!(
            "the CT does not cover the target '{}': its contours reach from slice {:.1} to {:.1}, the CT has slices 1 to {slices}; \
             the series in the folder is not complete, export the whole series",
            target.name,
            first + 1.5,
            last + 0.5
        )).zh(format!("CT 未覆盖靶区“{}”：轮廓在第 {:.1} 至 {:.1} 层，CT 为第 1 至 {slices} 层；序列不完整，请导出整个序列。", target.name, first + 1.5, last + 0.5)));
    }
    Ok(())
}

/// Whether a structure is the patient's outline, which no grid around an implant holds and no criterion speaks of.
pub fn is_outline(structure: &Structure) -> bool {
    structure.kind == "EXTERNAL"
        || ["body", "external", "skin", "体表", "外轮廓"].contains(&structure.name.to_lowercase().as_str())
}

/// Histogram and indices of every solid.
pub fn measure<'s>(
    dose: &Volume,
    solids: &[Solid<'s>],
    prescription: Gray,
    notices: &mut Vec<Notice>,
) -> Vec<Measured<'s>> {
    measure_regions(dose, solids.iter().map(|solid| (solid.structure, &solid.region)), prescription, notices)
}

/// The same for structures and solids that are kept apart.
pub fn measure_regions<'s, 'r>(
    dose: &Volume,
    solids: impl IntoIterator<Item = (&'s Structure, &'r Region)>,
    prescription: Gray,
    notices: &mut Vec<Notice>,
) -> Vec<Measured<'s>> {
    let options = DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() };
    let mut measured = Vec::new();
    for (structure, region) in solids {
        match Dvh::compute(dose, region, &options) {
            Ok(dvh) => {
                let share = 100.0 * dvh.outside_cm3 / dvh.volume_cm3;
                if share > 0.1 {
                    let name = &structure.name;
                    notices.push(Notice::note(
                        format!("结构“{name}”有 {share:.1} % 的体积在剂量网格以外，未计入。"),
                        format!("{share:.1} % of structure '{name}' lies outside the dose grid and is not counted"),
                    ));
                }
                measured.push(Measured { structure, indices: table(&dvh, prescription), dvh });
            }
            Err(error) => notices.push(Notice::warning(
                format!("结构“{}”未评价：{error}", structure.name),
                format!("structure '{}' is not evaluated: {error}", structure.name),
            )),
        }
    }
    measured
}

/// What the criteria came to.
pub struct Judged {
    /// clause by clause
    pub findings: Vec<Finding>,
    /// all required clauses together
    pub verdict: Verdict,
    /// what needed the whole dose grid
    pub whole: WholeDose,
}

/// The biologically effective dose that goes with the target's D90.
pub struct Effect {
    /// the tissue parameters
    pub tissue: Tissue,
    /// BED at the effective treatment time
    pub bed: Bed,
    /// time after which repopulation outruns the kill; none without repopulation
    pub effective_time: Option<Seconds>,
}

/// BED of the target's D90, for the tissue that the pack names; half-life of the first kind of seed.
pub fn effect(pack: &Pack, target: &Dvh, half_life: Option<Seconds>) -> Result<Option<Effect>, Failure> {
    let (Some(name), Some(half_life), Some(d90)) = (&pack.tissue, half_life, target.hottest_percent(90.0)) else {
        return Ok(None);
    };
    let tissue = Tissues::embedded().and_then(|all| all.find(name).cloned()).map_err(unusable)?;
    let permanent = Decaying::from_total(d90, half_life).permanent(&tissue);
    Ok(Some(Effect { bed: permanent.bed, effective_time: permanent.effective_time, tissue }))
}

/// Judges the histograms against the pack.
pub fn judge_all(pack: &Pack, measured: &[Measured<'_>], dose: &Volume, prescription: Gray) -> Result<Judged, Failure> {
    let whole = WholeDose::of(dose, prescription).map_err(unusable)?;
    let (findings, verdict) = judge_by(pack, measured, prescription, Some(&whole));
    Ok(Judged { findings, verdict, whole })
}

/// The findings alone, as fast as they can be had: the whole dose grid is evaluated only where a clause asks for it.
pub fn judge_live(
    pack: &Pack,
    measured: &[Measured<'_>],
    dose: &Volume,
    prescription: Gray,
) -> Result<(Vec<Finding>, Verdict), Failure> {
    let needed = pack.clauses.iter().any(|clause| clause.index.needs_whole_dose());
    let whole = needed.then(|| WholeDose::of(dose, prescription)).transpose().map_err(unusable)?;
    Ok(judge_by(pack, measured, prescription, whole.as_ref()))
}

fn judge_by(
    pack: &Pack,
    measured: &[Measured<'_>],
    prescription: Gray,
    whole: Option<&WholeDose>,
) -> (Vec<Finding>, Verdict) {
    let dvhs: Vec<Dvh> = measured.iter().map(|one| one.dvh.clone()).collect();
    let findings = judge(pack, &Evidence { structures: &dvhs, prescription, whole });
    let verdict = overall(&findings);
    (findings, verdict)
}
