//! A seed implant, from the first visit to the follow-up.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::after::{self, Blood};
use super::book::{Book, When, later};
use super::images;
use super::patient::{File, Opening, Outlook, Patients};
use super::staff::House;
use crate::case::Intent;
use crate::{Id, Item, Lot, Person, Technique};

/// A kind of tumour that is implanted.
pub(super) struct Tumour {
    pub words: &'static str,
    pub icd10: &'static str,
    pub region: &'static str,
    pub site: &'static str,
    route: &'static str,
    male_of_ten: u64,
}

const fn tumour(
    words: &'static str,
    icd10: &'static str,
    region: &'static str,
    site: &'static str,
    route: &'static str,
    male_of_ten: u64,
) -> Tumour {
    Tumour { words, icd10, region, site, route, male_of_ten }
}

const TUMOURS: [(&Tumour, u64); 11] = [
    (&tumour("肺腺癌", "C34.1", "thorax", "右肺上叶", "percutaneous", 6), 24),
    (&tumour("前列腺癌", "C61", "prostate", "前列腺", "percutaneous", 10), 16),
    (&tumour("胰腺癌", "C25.0", "abdomen", "胰头", "open", 6), 12),
    (&tumour("肝细胞癌", "C22.0", "abdomen", "肝右叶", "percutaneous", 8), 9),
    (&tumour("食管癌", "C15.4", "oesophagus", "食管中段", "lumen_stent", 8), 9),
    (&tumour("复发性鼻咽癌", "C11.9", "head_neck", "鼻咽", "percutaneous", 7), 7),
    (&tumour("直肠癌盆腔复发", "C20", "pelvis", "骶前", "percutaneous", 6), 8),
    (&tumour("胸椎转移癌", "C79.5", "spine", "胸 8 椎体", "percutaneous", 5), 5),
    (&tumour("脑胶质瘤", "C71.1", "brain", "左额叶", "percutaneous", 5), 4),
    (&tumour("锁骨上淋巴结转移癌", "C77.0", "head_neck", "左锁骨上", "percutaneous", 5), 4),
    (&tumour("胆管癌", "C24.0", "abdomen", "胆总管", "lumen_stent", 5), 2),
];

/// What goes wrong in a case: each of these breaks one rule of the norms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lapse {
    NoIndication,
    WrongIndication,
    NoConsent,
    LateConsent,
    ConsentIncomplete,
    NoPlan,
    LatePlan,
    PlanWithoutPhysicist,
    NotMonitored,
    NoCertificate,
    DeviceWithoutNumber,
    NotUploaded,
    NoFollowUpPlan,
    NoDischarge,
}

use Lapse as L;

/// How often each happens, per thousand.
const LAPSES: [(L, u64); 14] = [
    (L::NoIndication, 9),
    (L::WrongIndication, 26),
    (L::NoConsent, 9),
    (L::LateConsent, 9),
    (L::ConsentIncomplete, 9),
    (L::NoPlan, 9),
    (L::LatePlan, 22),
    (L::PlanWithoutPhysicist, 9),
    (L::NotMonitored, 13),
    (L::NoCertificate, 18),
    (L::DeviceWithoutNumber, 9),
    (L::NotUploaded, 26),
    (L::NoFollowUpPlan, 13),
    (L::NoDischarge, 9),
];

/// The implants of which something is known to go wrong, whatever the seed: cases in the middle of the year, one for each.
const CERTAIN: usize = 120;

/// What goes wrong in one case.
fn lapses(file: &mut File, number: usize) -> Vec<L> {
    let certain = number.checked_sub(CERTAIN).and_then(|at| LAPSES.get(at)).map(|one| one.0);
    let drawn = LAPSES.iter().filter(|(_, often)| file.draw.chance(*often)).map(|one| one.0);
    // what is certain is the only thing that goes wrong in that case
    match certain {
        Some(certain) => vec![certain],
        None => drawn.collect(),
    }
}

/// An implant that is planned: what seeds it needs, when.
pub(super) struct Need {
    pub number: usize,
    pub file: File,
    pub tumour: &'static Tumour,
    pub operator: Id<Person>,
    pub started: When,
    pub ended: When,
    /// seeds implanted; a few more are issued
    pub seeds: u32,
    pub issued: u32,
    pub strength_u: f64,
    /// its lot and the lot's number, once the seeds were bought
    pub lot: Option<(Id<Lot>, String)>,
    lapses: Vec<L>,
}

/// Opens the case and prepares it.
pub(super) fn plan(book: &mut Book, house: &House, patients: &mut Patients, number: usize, day: Date) -> Need {
    let mut draw = book.draw("implant", number as u64);
    let tumour = draw.weighted(&TUMOURS);
    let seeds = draw.between(18, 72) as u32;
    let prescription = draw.pick(&[110.0, 120.0, 130.0, 145.0]);
    let opened = When::new(later(day, -draw.between(6, 11)), 9, draw.between(0, 59) as i16);
    let started = When::new(day, 9 + (number % 3) as i16 * 2, draw.between(0, 40) as i16);
    let ended = started.later(draw.between(45, 95));
    let strength_u = draw.pick(&[0.508, 0.635, 0.762]);
    let opening = Opening {
        technique: Technique::SeedImplant,
        number: format!("LZ{}-{:04}", day.year(), number + 1),
        route: tumour.route,
        method: "i125",
        site: tumour.site,
        diagnosis: tumour.words,
        intent: Intent {
            prescription_gy: Some(prescription),
            model: Some("6711".to_owned()),
            strength_u: Some(strength_u),
            count: Some(seeds),
        },
        male_of_ten: tumour.male_of_ten,
        outlook: Outlook { mean_days: if tumour.region == "prostate" { 4000.0 } else { 520.0 }, early: 12 },
    };
    let mut file = patients.open(book, house, opening, opened, draw);
    let lapses = lapses(&mut file, number);
    // whose licence lapsed operates as often as the others
    let operator = house.implanters[number % 4];
    let need = Need {
        number,
        tumour,
        operator,
        started,
        ended,
        seeds,
        issued: seeds + 2,
        strength_u,
        lot: None,
        lapses,
        file,
    };
    prepare(book, house, need, opened, prescription)
}

impl Need {
    fn has(&self, lapse: L) -> bool {
        self.lapses.contains(&lapse)
    }
}

fn prepare(book: &mut Book, house: &House, mut need: Need, opened: When, prescription: f64) -> Need {
    let (physician, tumour) = (house.physician, need.tumour);
    let kps = need.file.draw.pick(&[60, 70, 70, 80, 80, 90, 90, 100]);
    let diameter = need.file.draw.usual(1.4, 8.2, 1);
    let diagnosis = json!({
        "day": opened.day.to_string(), "words": tumour.words, "icd10": tumour.icd10, "malignant": true, "solid": true,
        "stage": need.file.draw.pick(&["IIIA", "IIIB", "IV", "IVA"]), "largest_diameter_cm": diameter, "region": tumour.region,
        "pathology_day": later(opened.day, -9).to_string(), "pathology": tumour.words, "kps": kps,
    });
    need.file.enter(book, opened.later(20), physician, &[("diagnosis", diagnosis)]);
    let day = later(opened.day, 1);
    let mut forms = Vec::new();
    if !need.has(L::NoIndication) {
        forms.push(("indication", indication(&mut need, house, day, diameter, kps)));
    }
    let mut members = house.names.clone();
    members.truncate(4);
    forms.push(("mdt", json!({"day": day.to_string(), "members": members, "conclusion": "同意行粒子植入治疗"})));
    need.file.enter(book, When::new(day, 10, 30), physician, &forms);
    let completed = if need.has(L::LatePlan) {
        need.ended.later(120)
    } else {
        need.started.later(-need.file.draw.between(900, 2500))
    };
    let mut plan = json!({
        "completed_at": completed.text(), "system": "粒子植入治疗计划系统 3.1", "target": "GTV", "prescription_gy": prescription,
        "seeds": need.seeds, "strength_u": need.strength_u, "attending": house.implanters[0].to_string(),
        "operator": need.operator.to_string(),
    });
    if !need.has(L::PlanWithoutPhysicist) {
        plan["physicist"] = house.physicists[need.number % 2].to_string().into();
    }
    if !need.has(L::NoPlan) {
        need.file.enter(book, completed, house.physicist, &[("plan", plan)]);
    }
    let signed = if need.has(L::LateConsent) {
        need.ended.later(30)
    } else {
        need.started.later(-need.file.draw.between(60, 1300))
    };
    let mut consent = need.file.consent(signed, &need.operator.to_string());
    if need.has(L::ConsentIncomplete) {
        consent["after_care"] = false.into();
    }
    if !need.has(L::NoConsent) {
        need.file.enter(book, signed, physician, &[("consent", consent)]);
    }
    need
}

/// The nine criteria: at least two of the first three and three of the others, unless it is wrong.
fn indication(need: &mut Need, house: &House, day: Date, diameter: f64, kps: i64) -> Value {
    let wrong = need.has(L::WrongIndication);
    let prostate = need.tumour.region == "prostate";
    let stent = need.tumour.route == "lumen_stent";
    let mut draw = need.file.draw.clone();
    json!({
        "day": day.to_string(), "by": house.implanters[0].to_string(), "decision": "treat", "prostate": prostate,
        "no_surgery_any_more": !wrong && !prostate, "diameter_at_most_7cm": wrong || diameter <= 7.0,
        "recurrent_or_metastatic": !wrong && (diameter > 7.0 || draw.chance(700)),
        "kps_at_least_70": kps >= 70, "has_needle_path": !stent, "luminal_obstruction": stent, "no_contraindication": true,
        "survival_at_least_3_months": true, "refused_other": draw.chance(150),
    })
}

/// The procedure and what comes after it.
pub(super) fn carry_out(book: &mut Book, house: &House, mut need: Need) {
    let Some((lot, number)) = need.lot.clone() else { return };
    let day = need.started.day;
    let mut procedure = json!({
        "started_at": need.started.text(), "ended_at": need.ended.text(), "operator": need.operator.to_string(),
        "assistants": [house.implanters[(need.number + 1) % 4].to_string()], "nurse": house.nurses[need.number % 2].to_string(),
        "anaesthesia": need.file.draw.pick(&["local", "local", "sedation", "general"]), "seeds_implanted": need.seeds, "success": true,
    });
    for channel in ["ecg", "respiration", "blood_pressure", "pulse", "spo2"] {
        procedure[channel] = (channel != "spo2" || !need.has(L::NotMonitored)).into();
    }
    let mut device = json!({
        "day": day.to_string(), "name": "一次性粒子植入针", "udi": "(01)06901234567892(10)N2307", "serial": format!("N{:05}", need.number),
        "single_use": true, "indication_covers": true,
    });
    if !need.has(L::DeviceWithoutNumber) {
        device["registration"] = "国械注准20163540003".into();
    }
    let (at, physician) = (need.ended.later(20), house.physician);
    let mut records = vec![
        need.file.record(book, "procedure", at, physician, &procedure),
        need.file.record(book, "device_use", at, physician, &device),
    ];
    if !need.has(L::NoCertificate) {
        let certificate =
            json!({"kind": "seed_certificate", "number": number, "day": day.to_string(), "lot": lot.to_string()});
        let mut certificate = need.file.record(book, "certificate", at, physician, &certificate);
        certificate.files.push(book.paper(&format!("合格证 {number}.txt"), &super::lots::certificate(&number)));
        records.push(certificate);
    }
    let items = records.into_iter().map(Item::Record).collect();
    need.file.change(book, at, physician, items, |case| {
        case.implanted_on = Some(day);
        case.imaging_due = Some(later(day, 30));
    });
    complications(book, house, &mut need);
    let leaves = !need.has(L::NoDischarge);
    let discharged = after::discharge(book, house, &mut need.file, need.ended, leaves);
    if !need.has(L::NotUploaded) {
        after::upload(book, house, &mut need.file, discharged);
    }
    images::verify(book, house, &mut need.file, day, need.seeds);
    after::responses(book, house, &mut need.file, day, false);
    let blood = if need.tumour.region == "prostate" { Blood::Psa } else { Blood::None };
    let planned = !need.has(L::NoFollowUpPlan);
    after::follow(book, house, &mut need.file, day, planned, blood);
}

/// Of the needle in the first days, of radiation in the weeks after: kind, how often in a thousand, cause, first and last day.
const EVENTS: [(&str, u64, &str, i64, i64); 5] = [
    ("bleeding", 60, "puncture", 0, 3),
    ("infection", 25, "puncture", 1, 12),
    ("nerve_injury", 15, "puncture", 0, 5),
    ("skin_ulcer", 25, "radiation", 9, 60),
    // what is due to the disease is recorded, too, and counts for no figure of the technique
    ("bleeding", 30, "disease", 5, 40),
];

/// What the organ at the target may suffer.
fn of_the_organ(region: &str) -> Option<(&'static str, u64, &'static str, i64, i64)> {
    let (kind, often) = match region {
        "thorax" => ("pneumonitis", 70),
        "oesophagus" => ("oesophageal_perforation", 60),
        "spine" => ("myelopathy", 80),
        "pelvis" | "prostate" => ("cystitis", 90),
        "abdomen" => ("enteritis", 70),
        "brain" => ("brain_necrosis", 100),
        _ => return None,
    };
    Some((kind, often, "radiation", 12, 45))
}

fn complications(book: &mut Book, house: &House, need: &mut Need) {
    let (day, region) = (need.started.day, need.tumour.region);
    let chest = (region == "thorax").then_some(("pneumothorax", 170, "puncture", 0, 2));
    for (kind, often, cause, from, to) in EVENTS.into_iter().chain(chest).chain(of_the_organ(region)) {
        let draw = &mut need.file.draw;
        if !draw.chance(often) {
            continue;
        }
        let (on, grade) = (later(day, draw.between(from, to)), draw.weighted(&[(1, 35), (2, 35), (3, 24), (4, 6)]));
        if !need.file.lives(on) {
            continue;
        }
        let mut event = json!({
            "day": on.to_string(), "kind": kind, "ctcae": "5.0", "grade": grade, "cause": cause,
            "outcome": if grade > 3 { "persisting" } else { "recovered" },
        });
        if kind == "pneumothorax" {
            // drained or not is what makes it major, whatever the grade
            event["major"] = (grade > 1).into();
        }
        need.file.enter(book, When::new(on, 16, 30), house.physician, &[("complication", event)]);
    }
}
