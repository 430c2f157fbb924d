use std::io::Cursor;

use calamine::Reader;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use records::facts::CaseFile;
use records::forms::Forms;
use records::indicators::Pack;
use records::{About, Case, Facts, Record};
use serde_json::{Value, json};

use super::*;
use crate::fixture;

fn facts_of(case: &Case, records: &[Record]) -> Facts {
    Facts::of(CaseFile { case, records, studies: &[], verifications: &[], movements: &[] })
}

fn sent() -> (Case, Vec<Record>, Facts) {
    let case = fixture::case(1);
    let records = fixture::records_of(&case);
    let facts = facts_of(&case, &records);
    (case, records, facts)
}

fn of_period(case: &Case, records: &[Record], facts: &Facts, period: (Date, Date)) -> Result<Package, PackageError> {
    let (patient, person) = (fixture::patient(1), fixture::person());
    let input = CaseInput { case, patient: &patient, records, facts, operator: Some(&person), attempt: 1 };
    package(&fixture::hospital(), period, &[input], &Pack::builtin().unwrap(), fixture::made())
}

fn made() -> Package {
    let (case, records, facts) = sent();
    of_period(&case, &records, &facts, (date(2020, 1, 1), date(2030, 12, 31))).unwrap()
}

#[test]
fn the_package_fits_its_schema_and_is_the_same_every_time() {
    let package = made();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let read: Value = serde_json::from_slice(&package.json).unwrap();
    assert_eq!(validator.iter_errors(&read).map(|error| error.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!((made().digest, made().json), (package.digest, package.json.clone()));
    assert_eq!(read["cases"][0]["patient"]["number"], "HX-000001");
    assert_eq!(read["cases"][0]["plan"]["prescription_gy"], fixture::example("plan")["prescription_gy"]);
    assert!(!String::from_utf8(package.json).unwrap().contains("王小明"), "a name is not asked for");
    for spoilt in ["/cases/0/facts", "/hospital/code", "/cases/0/treated_on"] {
        let mut bad = read.clone();
        *bad.pointer_mut(spoilt).unwrap() = json!(3);
        assert!(!validator.is_valid(&bad), "{spoilt}");
    }
}

/// The schema is a file of its own: it must name what the forms and the facts have.
#[test]
fn the_schema_follows_forms_and_facts() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let forms = Forms::builtin();
    let mut seen = 0;
    for (name, part) in schema["$defs"].as_object().unwrap() {
        let Some(form) = forms.get(name) else { continue };
        seen += 1;
        for (field, written) in part["properties"].as_object().unwrap() {
            let ours =
                form.schema().pointer(&format!("/properties/{field}")).unwrap_or_else(|| panic!("{name} {field}"));
            for keyword in ["type", "enum", "format", "minimum", "maximum", "exclusiveMinimum", "maxLength"] {
                assert_eq!(written.get(keyword), ours.get(keyword), "{name} {field} {keyword}");
            }
            let described = form.field(field).unwrap();
            assert!(!described.identifies, "{name} {field} identifies");
        }
    }
    assert_eq!(seen, 11);
    let facts = schema["$defs"]["case"]["properties"]["facts"]["properties"].as_object().unwrap();
    assert_eq!(facts.len(), records::Fact::ALL.len());
    assert!(records::Fact::ALL.iter().all(|fact| facts.contains_key(fact.name())));
}

#[test]
fn the_workbook_says_what_the_json_says() {
    let package = made();
    let mut out = Cursor::new(Vec::new());
    package.xlsx(&mut out, fixture::made()).unwrap();
    let mut book = calamine::Xlsx::new(out).unwrap();
    let mut cells = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).unwrap();
        cells.extend(range.cells().map(|(_, _, cell)| cell.clone()));
    }
    let texts: Vec<String> = cells.iter().map(ToString::to_string).collect();
    fn leaves(value: &Value, into: &mut Vec<Value>) {
        match value {
            Value::Object(map) => map.values().for_each(|value| leaves(value, into)),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for item in items {
                    leaves(item, into);
                }
            }
            other => into.push(other.clone()),
        }
    }
    let mut all = Vec::new();
    leaves(&package.content, &mut all);
    assert!(all.len() > 100);
    for leaf in all {
        let crate::Cell::Text(text) = crate::Cell::of(crate::Kind::Text, Some(&leaf)) else { continue };
        let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
        let serial = day.map(|day| day.since(date(1899, 12, 30)).unwrap().get_days().to_string());
        let there = texts.iter().any(|cell| *cell == text || serial.as_ref().is_some_and(|s| cell.starts_with(s)));
        assert!(there, "{text} is not in the workbook");
    }
    assert!(texts.contains(&package.digest.to_string()));
}

#[test]
fn what_cannot_be_sent_is_said_case_by_case() {
    let (case, records, facts) = sent();
    let wide = (date(2020, 1, 1), date(2030, 12, 31));
    let refused = |case: &Case, facts: &Facts, period| match of_period(case, &records, facts, period) {
        Err(PackageError::Cases(reasons)) => reasons[0].en.clone(),
        other => panic!("{other:?}"),
    };
    assert!(refused(&Case { withdrawn: true, ..case.clone() }, &facts, wide).contains("withdrawn"));
    assert!(
        refused(&Case { hospital: Some(fixture::id(9)), ..case.clone() }, &facts, wide).contains("another hospital")
    );
    assert!(refused(&case, &facts, (date(2001, 1, 1), date(2001, 2, 1))).contains("outside the period"));
    let before = Facts { treated: None, discharged: None, ..facts.clone() };
    assert!(refused(&case, &before, wide).contains("has not taken place"));
    let none = package(&fixture::hospital(), wide, &[], &[], fixture::made());
    assert!(matches!(none, Err(PackageError::Empty { .. })));
    let mut odd = records.clone();
    odd.iter_mut().find(|record| record.form == "complication").unwrap().values.insert("grade".into(), json!(77));
    assert!(
        matches!(of_period(&case, &odd, &facts, wide), Err(PackageError::Schema(faults)) if faults[0].contains("grade"))
    );
}

fn answer(package: &Package, cases: &Value) -> Vec<u8> {
    let value = json!({"schema": "dosewright-province-receipt", "schema_version": 1, "package": package.digest.to_string(),
        "number": "HZ-1", "received": "2026-04-02T23:30:00+08:00", "cases": cases});
    value.to_string().into_bytes()
}

#[test]
fn a_receipt_is_read_and_must_answer_to_its_package() {
    let package = made();
    let good = answer(&package, &json!([{"case_number": "ZL-2026-0001", "result": "refused", "reason": "缺少病理"}]));
    let read = receipt(&good).unwrap();
    assert_eq!(read.day, date(2026, 4, 2), "the day where the platform is");
    assert_eq!(read.answers(&package), Ok(vec![]));
    assert_eq!(read.cases["ZL-2026-0001"], Answer::Refused("缺少病理".into()));
    let other = Package { digest: records::Digest::ZERO, ..package.clone() };
    assert!(matches!(read.answers(&other), Err(ReceiptError::Package { .. })));
    let unknown = receipt(&answer(&package, &json!([{"case_number": "X", "result": "accepted"}]))).unwrap();
    assert_eq!(unknown.answers(&package), Err(ReceiptError::Unknown(vec!["X".into()])));
    let no_reason = answer(&package, &json!([{"case_number": "X", "result": "refused"}]));
    assert!(matches!(receipt(&no_reason), Err(ReceiptError::Schema(_))));
    let twice = answer(
        &package,
        &json!([{"case_number": "X", "result": "accepted"}, {"case_number": "X", "result": "accepted"}]),
    );
    assert_eq!(receipt(&twice), Err(ReceiptError::Twice("X".into())));
    assert!(matches!(receipt(b"PK\x03\x04"), Err(ReceiptError::Unreadable(_))));
}

/// A `province_upload` record with values that a step gave.
fn kept(values: serde_json::Map<String, Value>, number: u64) -> Record {
    Forms::builtin().get("province_upload").unwrap().check(&values).unwrap();
    let mut record = fixture::record("province_upload", About::Case(fixture::id(1001)), number);
    record.day = values["day"].as_str().unwrap().parse().unwrap();
    record.values = values;
    record
}

#[test]
fn a_report_is_sent_refused_sent_again_and_accepted() {
    let mut records: Vec<Record> = Vec::new();
    let mut names = vec![Upload::of(&records).name()];
    let refused = Step::Answer { answer: Answer::Refused("x".into()), receipt: "HZ-1".into() };
    let accepted = Step::Answer { answer: Answer::Accepted, receipt: "HZ-2".into() };
    // all on one day, which is the hardest to keep in order
    for what in [Step::Send, refused, Step::Send, accepted.clone()] {
        let values = step(&Upload::of(&records), &what, date(2026, 4, 1), 7).unwrap();
        records.push(kept(values, records.len() as u64));
        names.push(Upload::of(records.iter().rev()).name());
    }
    assert_eq!(names, ["new", "sent", "refused", "resent", "accepted"]);
    let there = Upload::of(&records);
    assert_eq!(there, Upload::Accepted { attempt: 2, day: date(2026, 4, 1) });
    assert_eq!(step(&there, &Step::Send, date(2026, 5, 1), 7), Err(StepError::Accepted(date(2026, 4, 1))));
    assert_eq!(step(&there, &accepted, date(2026, 5, 1), 7), Err(StepError::NotSent));
    assert_eq!(step(&Upload::New, &accepted, date(2026, 5, 1), 7), Err(StepError::NotSent));
}

#[test]
fn whoever_waits_too_long_may_send_again() {
    let waiting = Upload::Sent { attempt: 1, day: date(2026, 4, 1) };
    assert_eq!(
        waiting.next_attempt(date(2026, 4, 8), 7),
        Err(StepError::Waiting { sent: date(2026, 4, 1), until: date(2026, 4, 8) })
    );
    assert_eq!(waiting.next_attempt(date(2026, 4, 9), 7), Ok(2));
    assert!(matches!(waiting.next_attempt(date(2026, 3, 31), 7), Err(StepError::Before { .. })));
    assert_eq!(
        Upload::Refused { attempt: 100, day: date(2026, 4, 1), reason: "x".into() }.next_attempt(date(2026, 4, 9), 7),
        Err(StepError::TooOften)
    );
}

#[test]
fn late_is_what_should_be_accepted_and_is_not() {
    let limits = Limits::builtin().unwrap();
    let (case, _, facts) = sent();
    let facts = Facts { treated: Some(date(2026, 3, 10)), discharged: Some(date(2026, 3, 12)), ..facts };
    assert_eq!(limits.due(&case, &facts), Some(date(2026, 3, 27)));
    assert_eq!(limits.due(&case, &Facts { discharged: None, ..facts.clone() }), Some(date(2026, 4, 9)));
    assert_eq!(limits.due(&Case { withdrawn: true, ..case.clone() }, &facts), None);
    let found = |upload: &Upload, today| {
        late(&limits, [(&case, &facts, upload)], today).iter().map(|one| one.days).collect::<Vec<_>>()
    };
    assert_eq!(found(&Upload::New, date(2026, 3, 27)), Vec::<i32>::new());
    assert_eq!(found(&Upload::New, date(2026, 3, 28)), vec![1]);
    assert_eq!(found(&Upload::Sent { attempt: 1, day: date(2026, 3, 13) }, date(2026, 4, 23)), vec![27]);
    assert_eq!(found(&Upload::Accepted { attempt: 1, day: date(2026, 3, 13) }, date(2026, 4, 23)), Vec::<i32>::new());
    assert!(Limits::load("title = 1").is_err());
}

proptest! {
    #[test]
    fn receipts_of_any_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = receipt(&bytes);
    }

    /// Whatever the order of sending and answering, attempts only grow and an accepted case stays so.
    #[test]
    fn attempts_grow(steps in proptest::collection::vec((0_u8..3, 0_i64..30), 0..40)) {
        let mut records: Vec<Record> = Vec::new();
        let mut day = date(2026, 1, 1);
        for (kind, days) in steps {
            day = day.saturating_add(jiff::Span::new().days(days));
            let before = Upload::of(&records);
            let what = match kind {
                0 => Step::Send,
                1 => Step::Answer { answer: Answer::Accepted, receipt: "1".into() },
                _ => Step::Answer { answer: Answer::Refused("x".into()), receipt: "1".into() },
            };
            if let Ok(values) = step(&before, &what, day, 7) {
                records.push(kept(values, records.len() as u64));
                let after = Upload::of(&records);
                prop_assert!(after.attempt() >= before.attempt());
                let accepted = matches!(before, Upload::Accepted { .. });
                prop_assert!(!accepted);
                let grown = matches!(after, Upload::Sent { .. }) == (what == Step::Send);
                prop_assert!(grown);
            }
        }
    }
}
