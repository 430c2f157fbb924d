//! Three made-up patients, for demonstration. Nobody of these names was treated; every number is invented but plausible.

use jiff::civil::{Date, DateTime, date};
use physics::{AirKermaStrength, Gray};

use super::site::{Pelvis, Site, chest, mediastinum, mesh, pelvis};
use super::vector::{add, along, sub, unit};
use super::{
    Density, FanImplant, Motion, Rng, Scanner, SceneSeed, SeedSolid, SimulateError, TemplateImplant, Truth, ct,
};
use crate::study::{Patient, StudyIdentity};
use crate::write::derive_uid;
use crate::{Point, Structure, Volume};

/// The names of the cases.
pub const CASES: [&str; 3] = ["prostate", "lung", "stent"];

/// A made-up patient before the scan.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseDesign {
    /// one of [`CASES`]
    pub name: &'static str,
    /// the patient
    pub patient: Patient,
    /// the study
    pub study: StudyIdentity,
    /// anatomy, implanted seeds and drawn structures
    pub site: Site,
    /// seeds as planned
    pub planned: Vec<SceneSeed>,
    /// id of the seed model
    pub model: String,
    /// of each seed, at the time of implantation
    pub strength: AirKermaStrength,
    /// prescribed to the target, to infinity
    pub prescription: Gray,
    /// name of the target among the structures
    pub target: &'static str,
    /// Application Setup Type of the plan
    pub setup_type: &'static str,
    /// when it was implanted, local time
    pub implanted: DateTime,
    /// when it was scanned, local time
    pub scanned: DateTime,
    /// how it was scanned
    pub scanner: Scanner,
}

/// A made-up patient with the scan.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedCase {
    /// everything known before
    pub design: CaseDesign,
    /// the CT
    pub ct: Volume,
    /// what it truly shows
    pub truth: Truth,
    /// structures as drawn on its slices
    pub structures: Vec<Structure>,
}

/// Makes a case, scan included. The same bytes every time.
///
/// # Errors
/// [`SimulateError::Unknown`] when there is no case of that name.
pub fn case(name: &str) -> Result<SimulatedCase, SimulateError> {
    scan(design(name)?)
}

/// Scans a case.
///
/// # Errors
/// [`SimulateError`] where the design makes no sense.
pub fn scan(design: CaseDesign) -> Result<SimulatedCase, SimulateError> {
    let (volume, truth) = ct(&design.site.scene, &design.scanner, 2026)?;
    let planes: Vec<f64> = (0..volume.grid.size[2]).map(|k| volume.grid.centre([0, 0, k])[2]).collect();
    let structures = design.site.structures(&planes);
    Ok(SimulatedCase { design, ct: volume, truth, structures })
}

/// A case before the scan.
///
/// # Errors
/// [`SimulateError::Unknown`] when there is no case of that name.
pub fn design(name: &str) -> Result<CaseDesign, SimulateError> {
    match name {
        "prostate" => prostate(),
        "lung" => lung(),
        "stent" => stent(),
        _ => Err(SimulateError::Unknown { what: "simulated case", name: name.to_owned(), known: CASES.join(", ") }),
    }
}

fn patient(name: &str, id: &str, birth: Date, sex: &str) -> Patient {
    Patient { name: name.to_owned(), id: id.to_owned(), birth_date: Some(birth), sex: sex.to_owned() }
}

fn study(case: &str, scanned: DateTime, description: &str) -> StudyIdentity {
    StudyIdentity {
        uid: derive_uid(&[b"dosewright simulated study", case.as_bytes()]),
        date_time: Some(scanned),
        id: "1".to_owned(),
        accession: String::new(),
        description: description.to_owned(),
    }
}

/// 125I in the prostate through the perineum, 145 Gy; one planned seed did not arrive.
fn prostate() -> Result<CaseDesign, SimulateError> {
    let solid = SeedSolid::named("STM1251")?;
    let centre = [4.0, -6.0, 12.0];
    let semi = [23.0, 18.5, 20.0];
    let mut rng = Rng::new(2026, 1);
    let wanted = Pelvis { centre, semi, calcifications: 4, gold_markers: 0, catheter: true, gas: true };
    let mut site = pelvis(&wanted, &mut rng);
    let implant = TemplateImplant {
        urethra_mm: 8.0,
        displacement_mm: 1.3,
        ..TemplateImplant::clinical(centre, semi, Density::Clinical)
    };
    let (planned, mut placed) = implant.draw(&solid, &mut rng);
    placed.remove(placed.len() / 2);
    site.scene.seeds = placed;
    site.scene.seed_solid = Some(solid.clone());
    let scanned = date(2026, 4, 9).at(9, 42, 0, 0);
    let mut scanner = Scanner::clinical(centre, [250.0, 250.0, 90.0], 2.5);
    (scanner.size, scanner.pixel_mm) = ([512, 512], 0.488_281_25);
    Ok(CaseDesign {
        name: "prostate",
        patient: patient("Ji^Wenhai=𠮷^文海", "DEMO-0001", date(1953, 8, 17), "M"),
        study: study("prostate", scanned, "前列腺 125I 粒子植入术后 CT（模拟）"),
        site,
        planned,
        model: solid.model,
        strength: AirKermaStrength::new(0.60),
        prescription: Gray::new(145.0),
        target: "Prostate",
        setup_type: "PERINEAL",
        implanted: date(2026, 3, 10).at(10, 0, 0, 0),
        scanned,
        scanner,
    })
}

/// 125I in a lung lesion through free-hand needles, 110 Gy: a corner that no needle reached, and two seeds that touch.
fn lung() -> Result<CaseDesign, SimulateError> {
    let solid = SeedSolid::named("6711")?;
    let lesion = [-78.0, 22.0, 0.0];
    let semi = [14.5, 12.5, 13.5];
    let mut rng = Rng::new(2026, 2);
    let mut site = chest(lesion, semi, &mut rng);
    let entry = [-150.0, 110.0, 10.0];
    let fan = FanImplant {
        entry,
        centre: lesion,
        semi: semi.map(|a| a + 5.0),
        needle_mm: 10.0,
        pitch_mm: 10.0,
        displacement_mm: 1.4,
        tilt: 0.15,
    };
    let (planned, placed) = fan.draw(&solid, &mut rng);
    // the needle towards the head and the front was not placed: a rib was in the way
    let missed = |s: &SceneSeed| sub(s.centre, lesion)[2] > 4.0 && sub(s.centre, lesion)[1] < 1.0;
    let mut placed: Vec<SceneSeed> = placed.into_iter().filter(|s| !missed(s)).collect();
    if let Some(first) = placed.first().cloned() {
        let centre = along(first.centre, first.axis, solid.length_mm() + 0.15);
        placed.retain(|s| *s == first || super::clearance_mm(&solid, s, &SceneSeed { centre, axis: first.axis }) > 0.2);
        placed.push(SceneSeed { centre, axis: first.axis });
    }
    site.scene.seeds = placed;
    site.scene.seed_solid = Some(solid.clone());
    site.scene.motion =
        Some(Motion { amplitude_mm: [0.0, 0.3, 0.8], period_s: 4.2, phase: 0.4, exposure_s: 0.25, interval_s: 0.12 });
    let scanned = date(2026, 5, 21).at(15, 20, 0, 0);
    let mut scanner = Scanner::clinical(add(lesion, [58.0, -12.0, 0.0]), [320.0, 320.0, 110.0], 2.5);
    (scanner.size, scanner.pixel_mm) = ([512, 512], 0.625);
    Ok(CaseDesign {
        name: "lung",
        patient: patient("Li^Xiang=李^翾", "DEMO-0002", date(1961, 2, 3), "F"),
        study: study("lung", scanned, "右肺病灶 125I 粒子植入术后 CT（模拟）"),
        site,
        planned,
        model: solid.model,
        strength: AirKermaStrength::new(0.76),
        prescription: Gray::new(110.0),
        target: "PTV",
        setup_type: "INTERSTITIAL",
        implanted: date(2026, 5, 21).at(14, 5, 0, 0),
        scanned,
        scanner,
    })
}

/// 125I in four strands on a stent of the gullet, 60 Gy to the tumour.
fn stent() -> Result<CaseDesign, SimulateError> {
    let solid = SeedSolid::named("6711")?;
    let mut rng = Rng::new(2026, 3);
    let lumen = [[-3.0, 20.0, -44.0], [1.0, 23.0, 0.0], [2.0, 21.0, 44.0]];
    // the stent reaches 2 cm beyond the tumour
    let tumour = [[-1.2, 21.4, -24.0], [1.0, 23.0, 0.0], [1.5, 21.9, 22.0]];
    let (radius, wall) = (8.5, 4.5);
    let mut site = mediastinum(&lumen, &tumour, radius, wall, &mut rng);
    site.scene.place("stent", mesh(&lumen, radius, 12, 60.0, 0.2));
    let strand_radius = radius + solid.diameter_mm();
    let length = 88.3;
    let seeds = |jitter: f64, rng: &mut Rng| {
        let mut seeds = Vec::new();
        for strand in 0..4 {
            let angle = std::f64::consts::FRAC_PI_2 * (f64::from(strand) + 0.5);
            for n in 0..7 {
                let way = length / 2.0 + (f64::from(n) - 3.0) * 12.0 + rng.normal(1.5 * jitter);
                let turn = angle + rng.normal(0.06 * jitter);
                let out = strand_radius + (rng.normal(0.2 * jitter)).abs();
                let at = |way: f64| super::site::around(&lumen, way, out, turn);
                seeds.push(SceneSeed { centre: at(way), axis: unit(sub(at(way + 1.0), at(way - 1.0))) });
            }
        }
        seeds
    };
    let planned = seeds(0.0, &mut rng);
    site.scene.seeds = seeds(1.0, &mut rng);
    site.scene.seed_solid = Some(solid.clone());
    let scanned = date(2026, 6, 16).at(8, 55, 0, 0);
    let centre: Point = [0.0, 5.0, 0.0];
    let mut scanner = Scanner::clinical(centre, [320.0, 320.0, 120.0], 2.5);
    (scanner.size, scanner.pixel_mm) = ([512, 512], 0.625);
    Ok(CaseDesign {
        name: "stent",
        patient: patient("Zhang^Xian=张^䶮", "DEMO-0003", date(1949, 11, 28), "M"),
        study: study("stent", scanned, "食管 125I 粒子支架置入术后 CT（模拟）"),
        site,
        planned,
        model: solid.model,
        strength: AirKermaStrength::new(0.56),
        prescription: Gray::new(60.0),
        target: "GTV",
        setup_type: "INTERSTITIAL",
        implanted: date(2026, 6, 15).at(10, 30, 0, 0),
        scanned,
        scanner,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{SceneSeed, clearance_mm};
    use super::*;

    #[test]
    fn designs_are_whole_and_their_seeds_apart() {
        for name in CASES {
            let design = design(name).unwrap();
            let solid = design.site.scene.seed_solid.clone().unwrap();
            let seeds: &Vec<SceneSeed> = &design.site.scene.seeds;
            assert!(seeds.len() >= 20 && design.planned.len() >= 20, "{name} {}", seeds.len());
            for (n, a) in seeds.iter().enumerate() {
                assert!(seeds[..n].iter().all(|b| clearance_mm(&solid, a, b) > 0.0), "{name} {n}");
            }
            let grid = design.scanner.grid();
            for seed in seeds.iter().chain(&design.planned) {
                let index = grid.index(seed.centre);
                assert!((0..3).all(|a| index[a] > 3.0 && index[a] < grid.size[a] as f64 - 4.0), "{name} {index:?}");
            }
            let planes: Vec<f64> = (0..grid.size[2]).map(|k| grid.centre([0, 0, k])[2]).collect();
            let structures = design.site.structures(&planes);
            assert_eq!(structures.len(), design.site.organs.len(), "{name}");
            assert!(structures.iter().any(|s| s.name == design.target), "{name}");
        }
        assert!(matches!(design("heart"), Err(SimulateError::Unknown { .. })));
    }

    #[test]
    fn names_hold_rare_characters() {
        let names: Vec<String> = CASES.iter().map(|c| design(c).unwrap().patient.name).collect();
        // 𠮷 lies outside the basic plane (U+20BB7)
        assert!(names[0].contains('\u{20BB7}'));
        assert!(names.iter().all(|n| n.contains('=')));
    }
}
