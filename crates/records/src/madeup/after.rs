//! What comes after a procedure: discharge, upload, response, follow-up, death.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::book::{Book, When, later};
use super::draw::rounded;
use super::patient::File;
use super::staff::House;
use crate::follow_up::Schedule;
use crate::{Change, Item, Record};

/// What is measured in the blood at a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blood {
    None,
    Psa,
    Thyroglobulin,
    Counts,
}

/// The patient goes home, or dies in hospital; gives the day.
pub(super) fn discharge(book: &mut Book, house: &House, file: &mut File, ended: When, recorded: bool) -> Date {
    let home = later(ended.day, file.draw.between(1, 5));
    let day = file.dies.filter(|dies| *dies <= home).unwrap_or(home);
    let condition = if file.lives(day) { file.draw.pick(&["improved", "improved", "stable"]) } else { "died" };
    let left = json!({"day": day.to_string(), "condition": condition, "instructions_given": condition != "died"});
    if recorded {
        file.enter(book, When::new(day, 14, 0), house.physician, &[("discharge", left)]);
    }
    day
}

/// The case goes to the province: now and then late, now and then refused at first.
pub(super) fn upload(book: &mut Book, house: &House, file: &mut File, discharged: Date) {
    let often_late = if file.draw.chance(40) { 25 } else { 11 };
    let mut day = later(discharged, file.draw.between(1, often_late));
    let mut attempt = 1;
    if file.draw.chance(60) {
        let refused =
            json!({"day": day.to_string(), "attempt": attempt, "result": "refused", "reason": "缺少病理诊断编码"});
        file.enter(book, When::new(day, 16, 0), house.quality, &[("province_upload", refused)]);
        (day, attempt) = (later(day, 3), 2);
    }
    let receipt = format!("SD{}", file.draw.hex(10).to_uppercase());
    let accepted = json!({"day": day.to_string(), "attempt": attempt, "result": "accepted", "receipt": receipt});
    file.enter(book, When::new(day, 16, 0), house.quality, &[("province_upload", accepted)]);
}

/// Judged twice by RECIST; after an ablation the first time within about a month, on enhanced images.
pub(super) fn responses(book: &mut Book, house: &House, file: &mut File, day: Date, ablation: bool) {
    let baseline = file.draw.usual(14.0, 76.0, 0);
    let best = file.draw.weighted(&[("CR", 10), ("PR", 42), ("SD", 30), ("PD", 13), ("NE", 5)]);
    let times = if ablation { [(22, 33), (95, 140)] } else { [(50, 70), (110, 150)] };
    let mut nadir = baseline;
    for (time, (from, to)) in times.into_iter().enumerate() {
        let on = later(day, file.draw.between(from, to));
        if !file.lives(on) || file.draw.chance(90) {
            continue;
        }
        // whoever responded may have progressed by the second time
        let result = if time == 1 && file.draw.chance(150) { "PD" } else { best };
        let sum = match result {
            "CR" => 0.0,
            "PR" => rounded(baseline * 0.55, 1),
            "PD" => rounded(nadir * 1.3 + 6.0, 1),
            _ => rounded(baseline * 0.9, 1),
        };
        let mut values = json!({
            "day": on.to_string(), "method": "recist_1.1", "baseline_mm": baseline, "nadir_mm": rounded(nadir, 1), "sum_mm": sum,
            "all_gone": result == "CR", "result": result, "by": house.implanters[0].to_string(),
        });
        if ablation {
            values["enhanced_imaging"] = true.into();
            values["completely_ablated"] = file.draw.chance(880).into();
        }
        let at = When::new(later(on, 1), 11, 0);
        if file.draw.chance(20) {
            mistaken(book, house, file, at.later(-30), &values);
        }
        file.enter(book, at, house.physician, &[("response", values)]);
        nadir = nadir.min(sum);
    }
}

/// A response of somebody else, entered here by mistake and withdrawn.
fn mistaken(book: &mut Book, house: &House, file: &File, at: When, values: &Value) {
    let mut wrong = values.clone();
    wrong["result"] = "CR".into();
    wrong["all_gone"] = true.into();
    let record = file.record(book, "response", at, house.physician, &wrong);
    book.create(at, house.physician, vec![Item::Record(record.clone())]);
    let withdrawn = Record { version: 2, withdrawn: true, ..record.clone() };
    let change = Change::Replace { before: Item::Record(record), after: Item::Record(withdrawn) };
    book.commit(at.later(10), Some(house.physician), "误登于本病例", vec![change]);
}

/// Visits by the schedule until the last day, the death, or the loss of contact.
pub(super) fn follow(book: &mut Book, house: &House, file: &mut File, day: Date, planned: bool, blood: Blood) {
    let Some(schedule) = Schedule::builtin(file.case.technique) else { return };
    let visits: Vec<_> = schedule.due_until(day, later(book.last, 30));
    if let (true, Some(first)) = (planned, schedule.visits(day).next()) {
        let at = When::new(later(day, 6), 9, 0);
        if file.lives(at.day) {
            file.change(book, at, house.physician, Vec::new(), |case| case.follow_up_due = Some(first.day));
        }
    }
    let lost_at = file.draw.chance(40).then(|| file.draw.between(1, 3));
    for (number, due) in (0..).zip(visits) {
        let on = later(due.day, file.draw.between(-8, 17));
        if let Some(dies) = file.dies.filter(|dies| *dies <= on) {
            died(book, house, file, dies, on);
            return;
        }
        let at = When::new(on, 10, file.draw.between(0, 59) as i16);
        if lost_at.is_some_and(|lost| number >= lost) {
            let gone =
                json!({"day": on.to_string(), "reached": false, "lost": true, "how": "telephone", "words": "电话停机"});
            file.enter(book, at, house.physician, &[("follow_up", gone)]);
            return;
        }
        if file.draw.chance(70) {
            let missed = json!({"day": on.to_string(), "reached": false, "how": "telephone"});
            file.enter(book, at, house.physician, &[("follow_up", missed)]);
            continue;
        }
        let mut visit = json!({
            "day": on.to_string(), "reached": true, "alive": true, "how": file.draw.weighted(&[("visit", 7), ("telephone", 3)]),
            "kps": file.draw.pick(&[60, 70, 80, 80, 90, 90]),
        });
        if let (true, Some(next)) = (planned, schedule.next(day, &[on])) {
            visit["next_due"] = next.day.to_string().into();
        }
        let mut forms = vec![("follow_up", visit)];
        forms.extend(measured(file, on, blood).map(|values| ("laboratory", values)));
        if file.draw.chance(300) {
            let score = file.draw.usual(35.0, 95.0, 0);
            forms.push(("quality_of_life", json!({"day": on.to_string(), "scale": "qlq_c30", "score": score})));
        }
        file.enter(book, at, house.physician, &forms);
    }
}

fn measured(file: &mut File, on: Date, blood: Blood) -> Option<Value> {
    let draw = &mut file.draw;
    let day = on.to_string();
    match blood {
        Blood::None => None,
        Blood::Psa => Some(json!({"day": day, "psa_ng_ml": draw.usual(0.02, 9.0, 2)})),
        Blood::Thyroglobulin => Some(json!({
            "day": day, "tg_ng_ml": draw.usual(0.1, 12.0, 2), "tgab_iu_ml": draw.usual(5.0, 40.0, 1), "tsh_miu_l": draw.usual(0.05, 4.0, 2),
        })),
        Blood::Counts => Some(json!({
            "day": day, "wbc_1e9_l": draw.usual(2.1, 8.5, 1), "plt_1e9_l": draw.usual(70.0, 290.0, 0), "hb_g_l": draw.usual(80.0, 150.0, 0),
        })),
    }
}

/// A death becomes known by its certificate or at the next visit only.
fn died(book: &mut Book, house: &House, file: &mut File, dies: Date, visit: Date) {
    if file.draw.chance(700) {
        let at = When::new(later(dies, file.draw.between(2, 30)), 15, 0);
        let death = json!({"day": dies.to_string(), "cause": "肿瘤进展", "related": false, "source": "family"});
        file.enter(book, at, house.physician, &[("death", death)]);
    } else {
        let learnt = json!({"day": visit.to_string(), "reached": true, "alive": false, "how": "telephone"});
        file.enter(book, When::new(visit, 15, 0), house.physician, &[("follow_up", learnt)]);
    }
}
