//! What a filled-in form says of its case, so that nobody enters it twice: the day of the implant, the diagnosis, what is planned, and
//! when the patient should be seen next.

use jiff::civil::Date;

use crate::follow_up::Schedule;
use crate::{Case, Record, Technique};

/// The case as it is once a record about it is as given; `None` where the record changes nothing of it. `before` is the record as it was,
/// `others` are those of the case; the scan is due `imaging_after_days` days after an implant. What a person entered in the case stays,
/// but for what a record said before; the day of the next visit follows every contact.
pub fn of_record(
    case: &Case,
    before: Option<&Record>,
    record: &Record,
    others: &[Record],
    imaging_after_days: i64,
) -> Option<Case> {
    let mut after = case.clone();
    let valid = !record.withdrawn;
    match record.form.as_str() {
        "diagnosis" if valid => diagnosis(&mut after, before, record),
        "plan" if valid => plan(&mut after, record),
        "procedure" if valid && case.technique == Technique::SeedImplant => {
            implanted(&mut after, before, record, imaging_after_days);
        }
        _ => {}
    }
    if matches!(record.form.as_str(), "procedure" | "administration" | "follow_up" | "death") {
        next_visit(&mut after, record, others);
    }
    (after != *case).then(|| Case { version: case.version + 1, ..after })
}

fn diagnosis(case: &mut Case, before: Option<&Record>, record: &Record) {
    let said = before.and_then(|one| one.text("words"));
    if let (true, Some(words)) =
        (case.diagnosis.is_empty() || said == Some(case.diagnosis.as_str()), record.text("words"))
    {
        words.clone_into(&mut case.diagnosis);
    }
}

fn plan(case: &mut Case, record: &Record) {
    let intent = &mut case.intent;
    intent.prescription_gy = intent.prescription_gy.or(record.number("prescription_gy"));
    intent.strength_u = intent.strength_u.or(record.number("strength_u"));
    // the form allows whole numbers only
    intent.count = intent.count.or(record.number("seeds").map(|seeds| seeds as u32));
}

fn implanted(case: &mut Case, before: Option<&Record>, record: &Record, imaging_after_days: i64) {
    let scan = |day: Date| day.checked_add(jiff::Span::new().days(imaging_after_days)).ok();
    let said = before.map(|one| one.day);
    if case.implanted_on.is_none() || case.implanted_on == said {
        if case.imaging_due.is_none() || case.imaging_due == said.and_then(scan) {
            case.imaging_due = scan(record.day);
        }
        case.implanted_on = Some(record.day);
    }
}

/// The day agreed at the latest contact, else that of the technique's schedule; none after a death or once the patient counts as lost.
fn next_visit(case: &mut Case, record: &Record, others: &[Record]) {
    let all = || others.iter().filter(|one| one.id != record.id).chain([record]).filter(|one| !one.withdrawn);
    let treated = all().filter(|one| matches!(one.form.as_str(), "procedure" | "administration")).map(|one| one.day);
    let Some(treated) = treated.max().or(case.implanted_on) else { return };
    let visits = || all().filter(|one| one.form == "follow_up");
    let ended = all().any(|one| one.form == "death")
        || visits().any(|one| one.values.get("alive").and_then(serde_json::Value::as_bool) == Some(false));
    let latest = visits().max_by_key(|one| (one.day, one.created));
    if ended || latest.is_some_and(|one| one.yes("lost")) {
        case.follow_up_due = None;
        return;
    }
    // a day set by hand before anybody was seen stays
    if latest.is_none() && case.follow_up_due.is_some() {
        return;
    }
    let seen: Vec<Date> = visits().filter(|one| one.yes("reached")).map(|one| one.day).collect();
    let scheduled =
        || Schedule::builtin(case.technique).and_then(|schedule| schedule.next(treated, &seen)).map(|due| due.day);
    case.follow_up_due = latest.and_then(|one| one.date("next_due")).or_else(scheduled);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::Id;
    use crate::case::Intent;
    use crate::record::About;

    fn id<T>(number: u64) -> Id<T> {
        Id::new(number, [0; 10])
    }

    fn case() -> Case {
        Case {
            id: id(1),
            version: 3,
            number: "1".into(),
            patient: id(2),
            hospital: None,
            technique: Technique::SeedImplant,
            route: String::new(),
            method: String::new(),
            site: "prostate".into(),
            diagnosis: String::new(),
            implanted_on: None,
            intent: Intent::default(),
            physician: None,
            physicist: None,
            imaging_due: None,
            follow_up_due: None,
            withdrawn: false,
            notes: String::new(),
            created: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn record(number: u64, form: &str, day: Date, values: &serde_json::Value) -> Record {
        Record {
            id: id(number),
            version: 1,
            form: form.into(),
            edition: 1,
            about: About::Case(id(1)),
            day,
            until: None,
            unique: None,
            values: values.as_object().cloned().unwrap_or_default(),
            files: Vec::new(),
            withdrawn: false,
            created_by: id(9),
            created: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_implant_tells_its_day_the_scan_and_the_first_visit() {
        let implant = record(10, "procedure", date(2026, 3, 1), &json!({}));
        let after = of_record(&case(), None, &implant, &[], 30).unwrap();
        assert_eq!(after.implanted_on, Some(date(2026, 3, 1)));
        assert_eq!(after.imaging_due, Some(date(2026, 3, 31)));
        assert_eq!(after.follow_up_due, Some(date(2026, 4, 1)));
        assert_eq!(after.version, 4);
        // put right, it moves with the record; what somebody entered by hand stays
        let right = record(10, "procedure", date(2026, 3, 2), &json!({}));
        let moved = of_record(&after, Some(&implant), &right, std::slice::from_ref(&implant), 30).unwrap();
        assert_eq!((moved.implanted_on, moved.imaging_due), (Some(date(2026, 3, 2)), Some(date(2026, 4, 1))));
        let by_hand = Case { implanted_on: Some(date(2026, 2, 1)), imaging_due: None, ..case() };
        let kept = of_record(&by_hand, None, &implant, &[], 30).unwrap();
        assert_eq!((kept.implanted_on, kept.imaging_due), (Some(date(2026, 2, 1)), None));
    }

    #[test]
    fn visits_move_the_next_one_on_and_a_death_ends_them() {
        let implant = record(10, "procedure", date(2026, 3, 1), &json!({}));
        let start = of_record(&case(), None, &implant, &[], 30).unwrap();
        let month = record(11, "follow_up", date(2026, 4, 2), &json!({ "reached": true, "alive": true }));
        let others = [implant.clone()];
        let seen = of_record(&start, None, &month, &others, 30).unwrap();
        assert_eq!(seen.follow_up_due, Some(date(2026, 6, 1)));
        let agreed = record(
            12,
            "follow_up",
            date(2026, 6, 3),
            &json!({ "reached": true, "alive": true, "next_due": "2026-08-15" }),
        );
        let others = [implant.clone(), month.clone()];
        assert_eq!(of_record(&seen, None, &agreed, &others, 30).unwrap().follow_up_due, Some(date(2026, 8, 15)));
        // entered late, an earlier visit changes nothing
        let early = record(13, "follow_up", date(2026, 4, 20), &json!({ "reached": true, "alive": true }));
        let others = [implant.clone(), month.clone(), agreed.clone()];
        let now = Case { follow_up_due: Some(date(2026, 8, 15)), ..seen.clone() };
        assert_eq!(of_record(&now, None, &early, &others, 30), None);
        let death = record(14, "death", date(2026, 9, 1), &json!({}));
        assert_eq!(of_record(&now, None, &death, &others, 30).unwrap().follow_up_due, None);
        let gone = Record { withdrawn: true, ..death };
        let ended = Case { follow_up_due: None, ..now };
        assert_eq!(of_record(&ended, None, &gone, &others, 30).unwrap().follow_up_due, Some(date(2026, 8, 15)));
    }

    #[test]
    fn a_diagnosis_and_a_plan_fill_what_is_empty() {
        let found = record(10, "diagnosis", date(2026, 2, 1), &json!({ "words": "前列腺癌" }));
        let after = of_record(&case(), None, &found, &[], 30).unwrap();
        assert_eq!(after.diagnosis, "前列腺癌");
        assert_eq!(of_record(&after, None, &found, &[], 30), None);
        let by_hand = Case { diagnosis: "cT2".into(), ..case() };
        assert_eq!(of_record(&by_hand, None, &found, &[], 30), None);
        let plan =
            record(11, "plan", date(2026, 2, 2), &json!({ "prescription_gy": 145, "seeds": 60, "strength_u": 0.5 }));
        let planned =
            of_record(&Case { intent: Intent { count: Some(57), ..Intent::default() }, ..after }, None, &plan, &[], 30)
                .unwrap();
        assert_eq!((planned.intent.prescription_gy, planned.intent.count), (Some(145.0), Some(57)));
    }
}
