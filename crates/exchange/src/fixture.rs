//! A made-up register for the tests.

use jiff::Timestamp;
use jiff::civil::date;
use records::case::Intent;
use records::forms::Forms;
use records::person::Profession;
use records::sources::{Place, SeedSet, Step};
use records::{About, Case, Hospital, Id, Lot, Movement, Patient, Person, Record, Technique};
use serde_json::{Map, Value};

pub fn id<T>(number: u64) -> Id<T> {
    Id::new(1_770_000_000_000 + number, [7; 10])
}

pub fn made() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

pub fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// The valid example of a form.
pub fn example(form: &str) -> Map<String, Value> {
    let all: Value = serde_json::from_str(include_str!("../../../data/forms/examples.json")).unwrap();
    map(all[form]["valid"].clone())
}

pub fn hospital() -> Hospital {
    let (code, name) = ("PDY00001".into(), "虚构第一医院".into());
    Hospital { id: id(1), version: 1, code, name, active: true, created: made() }
}

pub fn person() -> Person {
    Person {
        id: id(2),
        version: 1,
        hospital: id(1),
        number: "S-77".into(),
        name: "欧阳医师".into(),
        profession: Profession::Physician,
        account: None,
        active: true,
        created: made(),
    }
}

pub fn patient(number: u64) -> Patient {
    Patient {
        id: id(100 + number),
        version: 1,
        number: format!("HX-{number:06}"),
        name: format!("王小明{number}"),
        birth_date: Some(date(1931, 2, 3).checked_add(jiff::Span::new().days(number as i64 * 700)).unwrap()),
        sex: if number.is_multiple_of(2) { "M".into() } else { "F".into() },
        salt: "00".into(),
    }
}

pub fn case(number: u64) -> Case {
    Case {
        id: id(1000 + number),
        version: 1,
        number: format!("ZL-2026-{number:04}"),
        patient: id(100 + number),
        hospital: Some(id(1)),
        technique: Technique::SeedImplant,
        route: "percutaneous".into(),
        method: "i125".into(),
        site: "prostate".into(),
        diagnosis: "=前列腺癌".into(),
        implanted_on: Some(date(2026, 3, 10)),
        intent: Intent {
            prescription_gy: Some(145.0),
            model: Some("6711".into()),
            strength_u: Some(0.5),
            count: Some(60),
        },
        physician: None,
        physicist: None,
        imaging_due: Some(date(2026, 4, 10)),
        follow_up_due: None,
        withdrawn: false,
        notes: "家属电话 13912345678".into(),
        created: made(),
    }
}

/// A record of a form with its example's values.
pub fn record(form: &str, about: About, number: u64) -> Record {
    let values = example(form);
    let forms = Forms::builtin();
    let form = forms.get(form).unwrap();
    Record {
        id: id(5000 + number),
        version: 1,
        form: form.name.clone(),
        edition: form.edition,
        about,
        day: form.record_day(&values).unwrap_or(date(2026, 3, 1)),
        until: form.record_until(&values),
        unique: form.record_unique(&values),
        values,
        files: Vec::new(),
        withdrawn: false,
        created_by: id(3),
        created: made(),
    }
}

/// All forms of a case, each filled in once.
pub fn records_of(case: &Case) -> Vec<Record> {
    let forms = Forms::builtin();
    let names: Vec<_> = forms.of_case(case.technique).map(|form| form.name.clone()).collect();
    names.iter().zip(0..).map(|(name, number)| record(name, About::Case(case.id), number)).collect()
}

pub fn lot() -> Lot {
    Lot {
        id: id(4),
        version: 1,
        hospital: id(1),
        number: "L-2026-01".into(),
        manufacturer: "虚构粒子厂".into(),
        model: "6711".into(),
        nuclide: "I-125".into(),
        registration: String::new(),
        count: 100,
        strength_u: 0.5,
        reference: "2026-03-01T04:00:00Z".parse().unwrap(),
        created: made(),
    }
}

pub fn movement() -> Movement {
    Movement {
        id: id(6),
        version: 1,
        lot: id(4),
        number: 3,
        at: "2026-03-10T02:30:00Z".parse().unwrap(),
        step: Step::Implant,
        seeds: SeedSet::range(1, 60),
        from: Place::Issued(id(1001)),
        to: Place::Implanted(id(1001)),
        evidence: None,
        by: id(3),
        note: String::new(),
    }
}
