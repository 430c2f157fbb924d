//! A course of a radiopharmaceutical: one or several administrations.

use jiff::civil::Date;
use serde_json::json;

use super::after::{self, Blood};
use super::book::{Book, When, later};
use super::patient::{Opening, Outlook, Patients};
use super::staff::House;
use crate::Technique;
use crate::case::Intent;

struct Agent {
    method: &'static str,
    route: &'static str,
    name: &'static str,
    nuclide: &'static str,
    mbq: (f64, f64),
    cycles: i64,
    weeks: i64,
    diagnosis: (&'static str, &'static str, &'static str, bool),
    mean_days: f64,
    male_of_ten: u64,
    blood: Blood,
}

const AGENTS: [(&Agent, u64); 5] = [
    (
        &Agent {
            method: "i131_dtc",
            route: "oral",
            name: "碘[131I]化钠口服溶液",
            nuclide: "I-131",
            mbq: (1850.0, 7400.0),
            cycles: 1,
            weeks: 0,
            diagnosis: ("分化型甲状腺癌", "C73", "thyroid", true),
            mean_days: 12_000.0,
            male_of_ten: 3,
            blood: Blood::Thyroglobulin,
        },
        34,
    ),
    (
        &Agent {
            method: "i131_hyperthyroidism",
            route: "oral",
            name: "碘[131I]化钠口服溶液",
            nuclide: "I-131",
            mbq: (185.0, 555.0),
            cycles: 1,
            weeks: 0,
            diagnosis: ("毒性弥漫性甲状腺肿", "E05.0", "thyroid", false),
            mean_days: 0.0,
            male_of_ten: 2,
            blood: Blood::None,
        },
        30,
    ),
    (
        &Agent {
            method: "lu177_psma",
            route: "intravenous",
            name: "镥[177Lu]-PSMA-617",
            nuclide: "Lu-177",
            mbq: (6800.0, 7600.0),
            cycles: 4,
            weeks: 6,
            diagnosis: ("去势抵抗性前列腺癌", "C61", "prostate", true),
            mean_days: 620.0,
            male_of_ten: 10,
            blood: Blood::Psa,
        },
        18,
    ),
    (
        &Agent {
            method: "lu177_dotatate",
            route: "intravenous",
            name: "镥[177Lu]氧奥曲肽",
            nuclide: "Lu-177",
            mbq: (7000.0, 7600.0),
            cycles: 4,
            weeks: 8,
            diagnosis: ("胰腺神经内分泌瘤", "C25.9", "abdomen", true),
            mean_days: 1600.0,
            male_of_ten: 5,
            blood: Blood::Counts,
        },
        10,
    ),
    (
        &Agent {
            method: "ra223",
            route: "intravenous",
            name: "氯化镭[223Ra]注射液",
            nuclide: "Ra-223",
            mbq: (3.0, 5.0),
            cycles: 6,
            weeks: 4,
            diagnosis: ("前列腺癌骨转移", "C79.5", "spine", true),
            mean_days: 480.0,
            male_of_ten: 10,
            blood: Blood::Counts,
        },
        8,
    ),
];

/// From the first visit to the follow-up.
pub(super) fn carry_out(book: &mut Book, house: &House, patients: &mut Patients, number: usize, day: Date) {
    let mut draw = book.draw("course", number as u64);
    let agent = draw.weighted(&AGENTS);
    let opened = When::new(later(day, -draw.between(4, 9)), 8, draw.between(0, 59) as i16);
    let (words, icd10, region, malignant) = agent.diagnosis;
    let opening = Opening {
        technique: Technique::Radiopharmaceutical,
        number: format!("HY{}-{:04}", day.year(), number + 1),
        route: agent.route,
        method: agent.method,
        site: "全身",
        diagnosis: words,
        intent: Intent::default(),
        male_of_ten: agent.male_of_ten,
        outlook: Outlook { mean_days: agent.mean_days, early: 0 },
    };
    let mut file = patients.open(book, house, opening, opened, draw);
    let diagnosis = json!({"day": opened.day.to_string(), "words": words, "icd10": icd10, "malignant": malignant, "region": region, "kps": 90});
    let indication = json!({"day": opened.day.to_string(), "by": house.nuclear.to_string(), "decision": "treat"});
    file.enter(book, opened.later(30), house.physician, &[("diagnosis", diagnosis), ("indication", indication)]);
    let signed = When::new(later(day, -1), 15, 0);
    let consent = file.consent(signed, &house.nuclear.to_string());
    file.enter(book, signed, house.physician, &[("consent", consent)]);
    let mut last = When::new(day, 10, 15);
    for cycle in 0..agent.cycles {
        let at = When::new(later(day, cycle * agent.weeks * 7), 10, 15);
        // a course ends early when the patient is too ill
        if !file.lives(later(at.day, 14)) || (cycle > 0 && file.draw.chance(70)) {
            break;
        }
        let activity = file.draw.usual(agent.mbq.0, agent.mbq.1, 0).max(1.0);
        let given = json!({
            "at": at.text(), "agent": agent.name, "nuclide": agent.nuclide, "activity_mbq": activity,
            "residual_mbq": super::draw::rounded(activity * 0.01, 2), "cycle": cycle + 1, "route": agent.route,
            "by": house.nuclear.to_string(), "dose_rate_1m_usv_h": file.draw.usual(4.0, 60.0, 1),
            "discharge_dose_rate_1m_usv_h": file.draw.usual(1.0, 22.0, 1),
        });
        file.enter(book, at.later(30), house.physician, &[("administration", given)]);
        last = at;
    }
    after::discharge(book, house, &mut file, last, true);
    after::follow(book, house, &mut file, day, true, agent.blood);
}
