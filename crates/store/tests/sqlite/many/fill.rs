//! Many hospitals' cases with records, seeds and facts: some written in large commits, then multiplied in the file.

use std::fmt::Write as _;

use dosewright_store::SqliteStore;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use records::sources::{Place, SeedSet, Step};
use records::*;
use serde_json::{Value, json};

use crate::suite::made::*;
use crate::suite::register::movement;

/// Hospitals of a province.
const HOSPITALS: usize = 20;
/// People of each, of whom some operate.
const PEOPLE: usize = 12;
/// Cases in one commit, and implants from one lot.
const CHUNK: usize = 1000;
const OF_A_LOT: usize = 6;

const FAMILY: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰文华建国志红玉春梅海燕";

/// A name, the same for the same number.
pub fn name(number: usize) -> String {
    let pick = |from: &str, at: usize| from.chars().nth(at % from.chars().count()).unwrap();
    let mixed = number.wrapping_mul(2_654_435_761);
    let second = (mixed >> 20).is_multiple_of(3).then(|| pick(GIVEN, mixed >> 9));
    [Some(pick(FAMILY, mixed)), Some(pick(GIVEN, mixed >> 5)), second].into_iter().flatten().collect()
}

pub struct Province {
    pub hospitals: Vec<Hospital>,
    pub people: Vec<Person>,
    pub lots: usize,
    pub records: usize,
    pub movements: usize,
}

impl Province {
    /// So many times the cases, records, lots and movements.
    pub fn multiplied(&mut self, times: usize) {
        let own = HOSPITALS * PEOPLE * 4;
        self.records = own + (self.records - own) * times;
        self.lots *= times;
        self.movements *= times;
    }
}

/// Writes so many cases.
pub async fn province(store: &SqliteStore, by: &Account, count: usize) -> Province {
    let hospitals: Vec<Hospital> = (0..HOSPITALS).map(|number| hospital(&format!("{number:03}"))).collect();
    let people: Vec<Person> = (0..HOSPITALS * PEOPLE)
        .map(|number| person(hospitals[number % HOSPITALS].id, &format!("{number}"), &name(number)))
        .collect();
    let mut items: Vec<Item> = hospitals.iter().cloned().map(Item::Hospital).collect();
    items.extend(people.iter().cloned().map(Item::Person));
    for (number, person) in people.iter().enumerate() {
        for year in 0..4 {
            let day = date(2023 + year, 1 + (number % 12) as i8, 1);
            let about = About::Person(person.id);
            let paper = record("medical_exam", about, day, by.id, &json!({"day": day.to_string(), "fit": true}));
            items.push(Item::Record(Record { until: Some(day.saturating_add(1.year())), ..paper }));
        }
    }
    let mut filled = Province { hospitals, people, lots: 0, records: HOSPITALS * PEOPLE * 4, movements: 0 };
    create(store, by, items).await;
    for first in (0..count).step_by(CHUNK) {
        let numbers: Vec<usize> = (first..(first + CHUNK).min(count)).collect();
        let mut items = Vec::with_capacity(CHUNK * 14);
        let mut implants: Vec<Vec<Id<Case>>> = vec![Vec::new(); HOSPITALS];
        for number in numbers {
            let opened = one(&filled, by, number, &mut items);
            if opened.technique == Technique::SeedImplant && opened.implanted_on.is_some() {
                implants[number % HOSPITALS].push(opened.id);
            }
        }
        for (at, cases) in implants.iter().enumerate() {
            for cases in cases.chunks(OF_A_LOT) {
                let hospital = filled.hospitals[at].id;
                seeds(&mut filled, by, hospital, cases, &mut items);
            }
        }
        filled.records += items.iter().filter(|item| matches!(item, Item::Record(_))).count();
        filled.movements += items.iter().filter(|item| matches!(item, Item::Movement(_))).count();
        create(store, by, items).await;
    }
    filled
}

/// A case with its patient (one in nine was here before) and its records.
fn one(filled: &Province, by: &Account, number: usize, items: &mut Vec<Item>) -> Case {
    let mixed = number.wrapping_mul(0x9e37_79b9) >> 7;
    let patient = patient(&format!("ZY{number:08}"), &name(number));
    let day = date(2024, 1, 1).saturating_add(((number % 1060) as i64).days());
    let technique = if mixed % 10 < 7 { Technique::SeedImplant } else { Technique::Ablation };
    let treated = (!number.is_multiple_of(12)).then_some(day);
    let case = Case {
        hospital: Some(filled.hospitals[number % HOSPITALS].id),
        technique,
        created: at(number as i64 * 60),
        implanted_on: treated,
        imaging_due: Some(day.saturating_add(30.days())),
        follow_up_due: Some(day.saturating_add(90.days())),
        diagnosis: ["前列腺癌", "肺癌", "胰腺癌", "复发性鼻咽癌"][number % 4].into(),
        withdrawn: number.is_multiple_of(100),
        ..case(&format!("2024-{number:07}"), patient.id)
    };
    items.extend([Item::Patient(patient), Item::Case(case.clone())]);
    let operator = filled.people[number % (HOSPITALS * PEOPLE / 3)].id.to_string();
    for (form, day, values) in forms(day, mixed, technique, &operator, treated.is_some()) {
        items.push(Item::Record(record(form, About::Case(case.id), day, by.id, &values)));
    }
    case
}

fn forms(
    day: Date,
    mixed: usize,
    technique: Technique,
    operator: &str,
    treated: bool,
) -> Vec<(&'static str, Date, Value)> {
    let after = |days: i64| day.saturating_add(days.days());
    let text = |day: Date| day.to_string();
    let region = ["thorax", "pelvis", "abdomen", "spine", "oesophagus", "thyroid"][mixed % 6];
    let mut moment = String::new();
    let _ = write!(moment, "{day}T09:00:00+08:00");
    let yes = |part: usize, of: usize| !(mixed / 7 + part).is_multiple_of(of);
    let mut forms = vec![
        (
            "diagnosis",
            after(-5),
            json!({"day": text(after(-5)), "words": "恶性肿瘤", "malignant": true, "region": region}),
        ),
        (
            "indication",
            after(-4),
            json!({"day": text(after(-4)), "decision": "treat", "no_surgery_any_more": true,
            "diameter_at_most_7cm": yes(1, 30), "kps_at_least_70": true, "has_needle_path": true, "no_contraindication": true}),
        ),
        (
            "consent",
            after(-1),
            json!({"signed_at": format!("{}T10:00:00+08:00", after(-1)), "signed_by": "某人", "relation": "self",
            "purpose": true, "risk": true, "after_care": yes(2, 50), "complications": true}),
        ),
    ];
    if !treated {
        return forms;
    }
    forms.push(("procedure", day, json!({"started_at": moment, "operator": operator, "ecg": true, "respiration": true,
        "blood_pressure": true, "pulse": true, "spo2": yes(3, 40), "lesions_planned": 1, "lesions_done": usize::from(yes(4, 20))})));
    forms.push(("discharge", after(3), json!({"day": text(after(3)), "condition": "improved"})));
    forms.push(("province_upload", after(9), json!({"day": text(after(9)), "result": "accepted", "receipt": "R"})));
    if mixed.is_multiple_of(9) {
        let kind = if technique == Technique::Ablation { "infection" } else { "pneumonitis" };
        forms.push((
            "complication",
            after(12),
            json!({"day": text(after(12)), "kind": kind, "ctcae": "5.0", "grade": 1 + mixed % 3}),
        ));
    }
    let result = ["CR", "PR", "SD", "PD"][mixed / 3 % 4];
    forms.push(("response", after(60), json!({"day": text(after(60)), "method": "recist_1.1", "result": result})));
    let visit = json!({"day": text(after(92)), "reached": true, "alive": yes(5, 8), "next_due": text(after(180))});
    forms.push(("follow_up", after(92), visit));
    forms
}

/// A lot for some implants: received, stored, issued and implanted.
fn seeds(filled: &mut Province, by: &Account, hospital: Id<Hospital>, cases: &[Id<Case>], items: &mut Vec<Item>) {
    filled.lots += 1;
    let count = cases.len() as u32 * 40 + 20;
    let lot =
        Lot { reference: at(-2000 - filled.lots as i64), ..lot(hospital, &format!("L{:07}", filled.lots), count) };
    let safe = Place::Stored("甲".into());
    let mut number = 0;
    let mut step = |step, first, last, from: &Place, to: &Place| {
        number += 1;
        Item::Movement(movement(&lot, number, step, SeedSet::range(first, last), from.clone(), to.clone(), by.id))
    };
    let mut steps = vec![
        step(Step::Receive, 1, count, &Place::Ordered, &Place::Received),
        step(Step::Store, 1, count, &Place::Received, &safe),
    ];
    for (at, case) in (0..).zip(cases) {
        let (first, last) = (at * 40 + 1, at * 40 + 40);
        steps.push(step(Step::Issue, first, last, &safe, &Place::Issued(*case)));
        steps.push(step(Step::Implant, first, last - 2, &Place::Issued(*case), &Place::Implanted(*case)));
        steps.push(step(Step::Store, last - 1, last, &Place::Issued(*case), &safe));
    }
    items.push(Item::Lot(lot));
    items.extend(steps);
}

/// Columns of what is multiplied, with their values in the `:k`th copy: items get another identifier, what refers to them follows.
const COPIES: [(&str, &str, &str); 8] = [
    ("cases", "id, body", "{id}, json_set(body, '$.id', {id}, '$.number', number || '-' || :k)"),
    ("lots", "id, body", "{id}, json_set(body, '$.id', {id}, '$.number', number || '-' || :k)"),
    ("records", "id, body", "{id}, json_set(body, '$.id', {id}, '$.about.id', {about})"),
    (
        "movements",
        "id, body",
        "{id}, json_set(json_set(body, '$.id', {id}, '$.lot', {lot}), '$.note', '',
            iif(body ->> '$.from.kind' IN ('issued', 'implanted'), '$.from.of', '$.note'),
            iif(body ->> '$.from.kind' IN ('issued', 'implanted'), {from}, ''),
            iif(body ->> '$.to.kind' IN ('issued', 'implanted'), '$.to.of', '$.note'),
            iif(body ->> '$.to.kind' IN ('issued', 'implanted'), {to}, ''))",
    ),
    (
        "worklist",
        "case_id, hospital, withdrawn, stage, due, opened, number",
        "{case_id}, hospital, withdrawn, stage, due, opened + :k, number || '-' || :k",
    ),
    (
        "facts",
        "case_id, patient, hospital, operator, treated, discharged, died, due, lived_months, bits, lesions_planned, lesions_done, seeds",
        "{case_id}, {patient}, hospital, operator, treated, discharged, died, due, lived_months, bits, lesions_planned, lesions_done, seeds",
    ),
    ("seed_places", "lot, place, of, seeds", "{lot}, place, iif(length(of) = 36, {of}, of), seeds"),
    ("case_lots", "case_id, lot", "{case_id}, {lot}"),
];

/// Puts `times` − 1 copies of all cases, records, lots and movements beside them, by SQL: what is listed and counted is as large as if it
/// had been entered. The ledger knows only the first, patients are those of the first, and a search finds the first only.
pub async fn multiply(path: &std::path::Path, times: usize) {
    use sqlx::ConnectOptions as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let mut run = async |sql: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    };
    // nobody else reads it, and what is lost when the machine stops is made again
    let fast = "PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000";
    run(fast.into()).await;
    for (table, columns, _) in COPIES {
        let of_cases = if table == "records" { " WHERE about_kind <> 'person'" } else { "" };
        let more = match table {
            "cases" | "lots" => ", number",
            "records" => ", about",
            "movements" => ", lot, body ->> '$.from.of' AS \"from\", body ->> '$.to.of' AS \"to\"",
            _ => "",
        };
        run(format!("CREATE TEMP TABLE base_{table} AS SELECT {columns}{more} FROM {table}{of_cases}")).await;
    }
    for k in 1..times {
        let mut sql = "BEGIN;".to_owned();
        for (table, columns, values) in COPIES {
            // the fourth group of the identifiers made here is 8000
            let mut values = values.replace(":k", &k.to_string());
            for column in ["id", "about", "lot", "case_id", "patient", "of", "from", "to"] {
                let other =
                    format!("(substr(\"{column}\", 1, 19) || '{:04x}' || substr(\"{column}\", 24))", 0x8000 + k);
                values = values.replace(&format!("{{{column}}}"), &other);
            }
            let _ = write!(sql, "INSERT INTO {table} ({columns}) SELECT {values} FROM base_{table};");
        }
        run(sql + "COMMIT").await;
    }
    sqlx::Connection::close(connection).await.unwrap();
}
