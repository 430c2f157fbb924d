use image::region::{Plane, Region};
use image::{Grid, Unit, Volume, Voxels};
use physics::Gray;

use super::*;
use crate::dvh::{Dvh, DvhOptions};

/// A block of `side` mm around the origin with the dose `middle` + x Gy, as a histogram named `name`.
fn block(name: &str, side: f64, middle: f64) -> Dvh {
    let grid = Grid::axis_aligned([41, 41, 41], [-40.0; 3], [2.0; 3]);
    let values = (0..grid.len()).map(|at| (middle + (at % 41) as f64 * 2.0 - 40.0) as f32).collect();
    let dose = Volume { grid, voxels: Voxels::F32(values), unit: Unit::Gray };
    let h = side / 2.0;
    let edges = vec![[-h, -h, h, -h], [h, -h, h, h], [h, h, -h, h], [-h, h, -h, -h]];
    let plane = Plane { position_mm: 0.0, low_mm: -h, high_mm: h, edges, area_mm2: side * side };
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let region = Region { name: name.into(), axes, planes: vec![plane], notes: Vec::new() };
    Dvh::compute(&dose, &region, &DvhOptions::default()).unwrap()
}

fn prostate() -> Pack {
    embedded().unwrap().into_iter().find(|pack| pack.id == "prostate-i125-monotherapy").unwrap()
}

fn outcome<'a>(findings: &'a [Finding], id: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.clause.id == id).unwrap()
}

#[test]
fn packs_are_sound_and_cite_their_sources() {
    let packs = embedded().unwrap();
    assert_eq!(packs.len(), 3);
    for clause in packs.iter().flat_map(|pack| &pack.clauses) {
        assert!(!clause.source.is_empty() && !clause.text.is_empty() && !clause.text_zh.is_empty(), "{}", clause.id);
        let zh = clause.source_zh.as_deref().unwrap_or_default();
        // in words or in punctuation it is Chinese; what is cited keeps its name
        assert!(
            zh.contains(|c: char| !c.is_ascii()) && !zh.contains(" et al.") && !zh.contains("; "),
            "{}: {zh}",
            clause.id
        );
    }
}

#[test]
fn a_good_implant_and_a_poor_one() {
    // D90 of a 30 mm block with D = 165 + x is 165 − 12 Gy
    let structures = [block("Prostate", 30.0, 165.0), block("Urètre", 8.0, 170.0), block("直肠", 20.0, 60.0)];
    let good = Evidence { structures: &structures, prescription: Gray::new(145.0), whole: None };
    let findings = judge(&prostate(), &good);
    let d90 = outcome(&findings, "D90");
    assert_eq!(d90.outcome, Outcome::Met);
    assert!((d90.measured_gy.unwrap() - 153.0).abs() < 0.1, "{d90:?}");
    assert!((d90.measured.unwrap() - 153.0 / 1.45).abs() < 0.1 && (d90.margin.unwrap() - 8.0 / 1.45).abs() < 0.1);
    assert_eq!(outcome(&findings, "urethra-D10").structure.as_deref(), Some("Urètre"));
    assert_eq!(outcome(&findings, "rectum-D2cc").structure.as_deref(), Some("直肠"));
    assert_eq!(overall(&findings), Verdict::Met);

    let structures = [block("prostate", 30.0, 150.0), block("Urethra", 8.0, 230.0), block("rectum", 20.0, 160.0)];
    let findings = judge(&prostate(), &Evidence { structures: &structures, ..good });
    for id in ["D90", "urethra-D10", "rectum-D2cc", "V100"] {
        let finding = outcome(&findings, id);
        assert_eq!(finding.outcome, Outcome::NotMet, "{id}");
        assert!(finding.margin.unwrap() < 0.0);
    }
    assert_eq!(overall(&findings), Verdict::NotMet);
}

#[test]
fn what_cannot_be_judged_is_said() {
    let structures = [block("Prostate", 30.0, 165.0), block("rectum", 8.0, 60.0)];
    let evidence = Evidence { structures: &structures, prescription: Gray::new(145.0), whole: None };
    let findings = judge(&prostate(), &evidence);
    assert_eq!(outcome(&findings, "urethra-D10").outcome, Outcome::NoEvidence(NoEvidence::NoStructure));
    // half a cubic centimetre has no D2cc
    assert_eq!(outcome(&findings, "rectum-D2cc").outcome, Outcome::NoEvidence(NoEvidence::NoValue));
    assert_eq!(overall(&findings), Verdict::Incomplete);
    let findings = judge(&prostate(), &Evidence { prescription: Gray::ZERO, ..evidence });
    assert_eq!(outcome(&findings, "D90").outcome, Outcome::NoEvidence(NoEvidence::NoPrescription));
    assert_eq!(overall(&judge(&prostate(), &Evidence { structures: &[], ..evidence })), Verdict::Incomplete);
    assert_eq!(overall(&[]), Verdict::Incomplete);
}

#[test]
fn names_are_matched_in_any_language() {
    let pack = prostate();
    let found = |key: &str, names: &[&str]| {
        let rule = pack.structures.iter().find(|rule| rule.key == key).unwrap();
        super::names::find(rule, names.iter().copied()).map(|at| names[at].to_owned())
    };
    assert_eq!(found("urethra", &["Rectum", "URÈTRE"]).as_deref(), Some("URÈTRE"));
    assert_eq!(found("urethra", &["Ure\u{300}tre"]).as_deref(), Some("Ure\u{300}tre"));
    assert_eq!(found("urethra", &["尿道 PRV", "尿道"]).as_deref(), Some("尿道"));
    assert_eq!(found("prostate", &["CTV", "Prostate bed", "Prostate_D30"]).as_deref(), Some("CTV"));
    assert_eq!(found("prostate", &["前列腺CTV", "直肠", "前列腺"]).as_deref(), Some("前列腺"));
    assert_eq!(found("rectum", &["prostate", "Ant. rectal wall", "RECTUM"]).as_deref(), Some("RECTUM"));
    assert_eq!(found("rectum", &["bladder", ""]), None);
}

#[test]
fn a_pack_with_a_mistake_is_refused_with_the_place() {
    let good = include_str!("../../../../data/criteria/prostate-i125.toml");
    for (from, to, said) in [
        ("index = \"D90\"", "index = \"Q90\"", "D90"),
        ("structure = \"urethra\"\nindex", "structure = \"ureter\"\nindex", "ureter"),
        ("at_least = 100.0", "at_least = 100.0\nat_most = 3.0", "either"),
        ("at_least = 100.0", "at_least = nan", "number"),
        ("unit = \"%Rx\"", "unit = \"cc\"", "unit"),
        ("id = \"V150\"", "id = \"V100\"", "twice"),
        ("severity = \"required\"", "severity = \"perhaps\"", "perhaps"),
    ] {
        assert!(good.contains(from));
        let error = load(&good.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
