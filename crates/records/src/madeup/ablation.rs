//! An ablation of tumours or of benign nodules of the thyroid.

use jiff::civil::Date;
use serde_json::json;

use super::after::{self, Blood};
use super::book::{Book, When, later};
use super::patient::{File, Opening, Outlook, Patients};
use super::staff::House;
use crate::case::Intent;
use crate::{Item, Technique};

/// Words, code, region, site, whether malignant.
type Target = (&'static str, &'static str, &'static str, &'static str, bool);

const TARGETS: [(Target, u64); 6] = [
    (("甲状腺结节", "D34", "thyroid", "甲状腺左叶", false), 34),
    (("肝细胞癌", "C22.0", "abdomen", "肝右叶", true), 30),
    (("肺转移癌", "C78.0", "thorax", "左肺下叶", true), 20),
    (("肾透明细胞癌", "C64", "abdomen", "右肾", true), 8),
    (("骨转移癌", "C79.5", "spine", "腰 2 椎体", true), 5),
    (("甲状腺乳头状癌", "C73", "thyroid", "甲状腺右叶", true), 3),
];

const METHODS: [(&str, u64); 5] =
    [("microwave", 62), ("radiofrequency", 22), ("cryo", 10), ("electroporation", 3), ("laser", 3)];

/// From the first visit to the follow-up.
pub(super) fn carry_out(book: &mut Book, house: &House, patients: &mut Patients, number: usize, day: Date) {
    let mut draw = book.draw("ablation", number as u64);
    let (words, icd10, region, site, malignant) = draw.weighted(&TARGETS);
    let opened = When::new(later(day, -draw.between(3, 8)), 10, draw.between(0, 59) as i16);
    let mean_days = if malignant { 1500.0 } else { 0.0 };
    let opening = Opening {
        technique: Technique::Ablation,
        number: format!("XR{}-{:04}", day.year(), number + 1),
        route: draw.weighted(&[("percutaneous", 94), ("endoscopic", 4), ("open", 2)]),
        method: draw.weighted(&METHODS),
        site,
        diagnosis: words,
        intent: Intent::default(),
        male_of_ten: if region == "thyroid" { 3 } else { 7 },
        outlook: Outlook { mean_days, early: if malignant { 6 } else { 0 } },
    };
    let mut file = patients.open(book, house, opening, opened, draw);
    let pathology = if file.draw.chance(940) { Some(later(opened.day, -4).to_string()) } else { None };
    let diagnosis = json!({
        "day": opened.day.to_string(), "words": words, "icd10": icd10, "malignant": malignant, "solid": true,
        "largest_diameter_cm": file.draw.usual(0.8, 4.6, 1), "region": region, "pathology_day": pathology, "kps": 90,
    });
    let contraindications = if file.draw.chance(25) { vec!["bleeding"] } else { Vec::new() };
    let indication = json!({
        "day": opened.day.to_string(), "by": house.ablators[0].to_string(), "contraindications": contraindications, "decision": "treat",
    });
    let mut forms = vec![("diagnosis", diagnosis)];
    // the twelfth has none, whatever the seed
    if number != 31 && file.draw.chance(990) {
        forms.push(("indication", indication));
    }
    file.enter(book, opened.later(25), house.physician, &forms);
    operate(book, house, &mut file, number, When::new(day, 14, (number % 50) as i16), region);
}

fn operate(book: &mut Book, house: &House, file: &mut File, number: usize, started: When, region: &str) {
    let (day, physician) = (started.day, house.physician);
    let operator = house.ablators[number % 3];
    let ended = started.later(file.draw.between(25, 70));
    let lesions = file.draw.weighted(&[(1_u32, 72), (2, 20), (3, 8)]);
    let completed = if file.draw.chance(25) { ended.later(90) } else { started.later(-file.draw.between(90, 1500)) };
    let plan = json!({
        "completed_at": completed.text(), "system": "手工", "target": file.case.site, "lesions": lesions,
        "attending": house.ablators[0].to_string(), "operator": operator.to_string(),
    });
    file.enter(book, completed, physician, &[("plan", plan)]);
    let signed = started.later(-file.draw.between(40, 1200));
    let mut consent = file.consent(signed, &operator.to_string());
    if number == 33 || file.draw.chance(10) {
        consent["complications"] = false.into();
    }
    file.enter(book, signed, physician, &[("consent", consent)]);
    let done = if file.draw.chance(40) { lesions - 1 } else { lesions };
    let monitored = !file.draw.chance(10);
    let procedure = json!({
        "started_at": started.text(), "ended_at": ended.text(), "operator": operator.to_string(),
        "nurse": house.nurses[0].to_string(), "ecg": true, "respiration": monitored, "blood_pressure": true, "pulse": true, "spo2": true,
        "anaesthesia": "local", "lesions_planned": lesions, "lesions_done": done, "success": done == lesions,
    });
    let device = json!({
        "day": day.to_string(), "name": "一次性消融针", "udi": "(01)06909876543217(10)X25", "serial": format!("X{number:05}"),
        "registration": "国械注准20193010004", "single_use": true, "indication_covers": number != 35,
    });
    let mut forms = vec![("procedure", procedure), ("device_use", device)];
    if number != 37 && file.draw.chance(980) {
        let bar_code =
            json!({"kind": "device_barcode", "number": format!("06909876543217X{number:05}"), "day": day.to_string()});
        forms.push(("certificate", bar_code));
    }
    let at = ended.later(15);
    let items: Vec<Item> =
        forms.iter().map(|(form, values)| Item::Record(file.record(book, form, at, physician, values))).collect();
    file.change(book, at, physician, items, |case| case.implanted_on = Some(day));
    events(book, house, file, day, region);
    let discharged = after::discharge(book, house, file, ended, true);
    if number != 39 && file.draw.chance(975) {
        after::upload(book, house, file, discharged);
    }
    after::responses(book, house, file, day, true);
    let planned = file.draw.chance(985);
    after::follow(book, house, file, day, planned, Blood::None);
}

fn events(book: &mut Book, house: &House, file: &mut File, day: Date, region: &str) {
    let kinds = [
        ("infection", 30, "ablation"),
        ("bleeding", 30, "puncture"),
        ("pneumothorax", if region == "thorax" { 200 } else { 0 }, "puncture"),
    ];
    for (kind, often, cause) in kinds {
        if !file.draw.chance(often) {
            continue;
        }
        let on = later(day, file.draw.between(0, 36));
        let grade = file.draw.weighted(&[(1, 30), (2, 40), (3, 30)]);
        let mut event = json!({"day": on.to_string(), "kind": kind, "cause": cause, "ctcae": "5.0", "grade": grade, "outcome": "recovered"});
        // of some nobody wrote down how grave it was
        if file.draw.chance(200) {
            event["grade"] = serde_json::Value::Null;
        }
        if file.lives(on) {
            file.enter(book, When::new(on, 16, 0), house.physician, &[("complication", event)]);
        }
    }
}
