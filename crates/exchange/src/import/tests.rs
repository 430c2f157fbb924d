use std::collections::BTreeSet;

use jiff::civil::date;
use records::Technique;
use records::forms::Forms;

use super::*;

/// A register as a hospital keeps it in a spreadsheet.
const TABLE: &str = "\u{feff}虚构医院粒子植入登记表,,,,,,,,,,,\r\n\
序号,住院号,姓名,性别,出生日期,手术日期,临床诊断,植入粒子数,处方剂量(cGy),单粒活度(mCi),TSH(mIU/L),术者\r\n\
1,A001,王一,男,1950/1/2,2026年3月1日,肺癌,60,14500,0.4,2.1,张三\r\n\
2,A002,李二,女性,1961-5-6,46100,肝癌,45粒,12000,0.5,<0.01,张三\r\n\
3,A001,王一,男,1950/1/2,2026年3月1日,肺癌,60,14500,0.4,,张三\r\n\
4,A001,王一一,男,1950/1/2,2026-04-01,肺癌,10,14500,0.4,,\r\n\
5,,无名,男,,2026-04-02,肺癌,10,14500,0.4,,\r\n\
6,A003,赵六,不明,,3/4/2026,肺癌,10,,,,\r\n\
7,A004,钱七,女,1970-01-01,2026-05-05,胰腺癌,30,11000,0.4,,不存在的人\r\n";

fn there() -> There {
    There {
        people: [("张三".to_owned(), "0197c8f0-0000-7000-8000-000000000001".to_owned())].into(),
        ..There::default()
    }
}

fn proposed() -> (Forms, Vec<Sheet>, Mapping) {
    let forms = Forms::builtin();
    let sheets = read(TABLE.as_bytes(), Limits::default()).unwrap();
    let mapping = propose(&forms, &sheets[0], Technique::SeedImplant, Some("I-125")).unwrap();
    (forms, sheets, mapping)
}

#[test]
fn headers_are_found_and_columns_assigned_with_their_units() {
    let (forms, _, mapping) = proposed();
    assert_eq!(mapping.header_row, 2);
    let to: Vec<(String, String)> =
        mapping.columns.iter().map(|column| (column.header.clone(), column.to.to_string())).collect();
    let expected = [
        ("住院号", "patient.number"),
        ("姓名", "patient.name"),
        ("性别", "patient.sex"),
        ("出生日期", "patient.birth_date"),
        ("手术日期", "case.treated_on"),
        ("临床诊断", "case.diagnosis"),
        ("植入粒子数", "procedure.seeds_implanted"),
        ("处方剂量(cGy)", "case.prescription_gy"),
        ("单粒活度(mCi)", "case.strength_u"),
        ("TSH(mIU/L)", "laboratory.tsh_miu_l"),
        ("术者", "procedure.operator"),
    ];
    assert_eq!(to, expected.map(|(header, to)| (header.to_owned(), to.to_owned())));
    let factor = |header: &str| mapping.columns.iter().find(|column| column.header == header).unwrap().factor;
    assert_eq!((factor("处方剂量(cGy)"), factor("单粒活度(mCi)"), factor("TSH(mIU/L)")), (0.01, 1.27, 1.0));
    mapping.check(&forms).unwrap();
    let written = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&written).unwrap(), mapping, "a mapping is kept as a table");
}

#[test]
fn rows_become_cases_and_what_is_wrong_is_said_where_it_stands() {
    let (forms, sheets, mapping) = proposed();
    let proposal = take(&forms, &mapping, &sheets, &there()).unwrap();
    assert_eq!(proposal.rows, 7);
    let cases: Vec<_> = proposal.cases.iter().map(|case| (case.row, case.treated_on)).collect();
    // rows as the program numbers them: the title is row 1
    assert_eq!(cases, [(3, date(2026, 3, 1)), (4, date(2026, 3, 19)), (9, date(2026, 5, 5))]);
    let first = &proposal.cases[0];
    assert_eq!(first.intent.prescription_gy, Some(145.0));
    assert!((first.intent.strength_u.unwrap() - 0.508).abs() < 1e-12);
    assert_eq!(proposal.patients[first.patient].name, "王一");
    assert_eq!(proposal.patients[1].sex, "F");
    assert_eq!(proposal.duplicates, [Duplicate { row: 5, of: Some(3), patient: "A001".into(), day: date(2026, 3, 1) }]);
    let wrong = |row: u32, column: &str| {
        proposal
            .errors
            .iter()
            .find(|error| error.row == row && error.column == column)
            .unwrap_or_else(|| panic!("{row} {column}"))
    };
    assert!(wrong(4, "TSH(mIU/L)").zh.contains("<0.01"));
    assert!(wrong(6, "").zh.contains("姓名"));
    assert!(wrong(7, "住院号").en.contains("is empty"));
    assert!(wrong(8, "性别").zh.contains("男、女、其他"));
    assert!(wrong(8, "手术日期").en.contains("3/4/2026"));
    assert_eq!(wrong(9, "术者").value, "不存在的人");
    // a procedure needs a time that the table does not have: it is not made up
    assert!(
        proposal
            .errors
            .iter()
            .any(|error| error.row == 3 && error.zh.contains("手术记录") && error.zh.contains("开始时间"))
    );
    assert!(proposal.errors.iter().all(|error| !error.zh.is_empty() && !error.en.is_empty()));
}

#[test]
fn records_are_filled_in_where_the_table_has_what_they_need() {
    let table = "住院号,手术日期,术中开始时间,术者,植入粒子数,随访日期,已联系到,存活\nB1,2026-03-01,2026-03-01 9:30,张三,60,2026-06-01,是,是\n";
    let forms = Forms::builtin();
    let sheets = read(table.as_bytes(), Limits::default()).unwrap();
    let mut mapping = propose(&forms, &sheets[0], Technique::SeedImplant, None).unwrap();
    // a person corrects what was not found
    let started = Target::Form("procedure".into(), "started_at".into());
    if mapping.columns.iter().all(|column| column.to != started) {
        let assigned = serde_json::json!({"column": 2, "header": "术中开始时间", "to": "procedure.started_at"});
        mapping.columns.retain(|column| column.column != 2);
        mapping.columns.push(serde_json::from_value(assigned).unwrap());
    }
    let proposal = take(&forms, &mapping, &sheets, &there()).unwrap();
    assert_eq!(proposal.errors, []);
    let records = &proposal.cases[0].records;
    let of = |form: &str| {
        records.iter().find(|record| record.form == form).unwrap_or_else(|| panic!("no {form}: {mapping:?}"))
    };
    assert_eq!(of("procedure").values["started_at"], "2026-03-01T09:30:00+08:00");
    assert_eq!(of("procedure").values["seeds_implanted"], 60);
    assert_eq!((of("follow_up").day, of("follow_up").values["alive"].as_bool()), (date(2026, 6, 1), Some(true)));
    for record in records {
        forms.get(&record.form).unwrap().check(&record.values).unwrap();
    }
}

#[test]
fn what_is_in_the_register_is_not_taken_again() {
    let (forms, sheets, mapping) = proposed();
    let there = There { cases: BTreeSet::from([("A002".to_owned(), date(2026, 3, 19))]), ..there() };
    let proposal = take(&forms, &mapping, &sheets, &there).unwrap();
    assert!(proposal.duplicates.contains(&Duplicate {
        row: 4,
        of: None,
        patient: "A002".into(),
        day: date(2026, 3, 19)
    }));
    assert!(proposal.cases.iter().all(|case| case.row != 4));
    assert!(proposal.patients.iter().all(|patient| patient.number != "A002"), "no patient without a case");
}

#[test]
fn a_look_shows_what_each_column_holds() {
    let (forms, sheets, mapping) = proposed();
    let look = preview(&forms, &mapping, &sheets, &there(), 2).unwrap();
    assert_eq!((look.rows, look.first.len()), (7, 2));
    let column = |to: &str| look.columns.iter().find(|column| column.to.to_string() == to).unwrap();
    let dose = column("case.prescription_gy");
    assert_eq!((dose.filled, dose.empty, dose.wrong), (6, 1, 0));
    assert_eq!(dose.range, Some(("110.0".into(), "145.0".into())));
    assert_eq!(column("laboratory.tsh_miu_l").wrong, 1);
    assert_eq!(column("case.treated_on").range, Some(("2026-03-01".into(), "2026-05-05".into())));
    assert_eq!(look.first[1].1[2].value.as_deref(), Some("F"));
}

#[test]
fn mappings_that_cannot_be_meant_are_refused() {
    let (forms, sheets, mapping) = proposed();
    let refused = |change: fn(&mut Mapping)| {
        let mut bad = mapping.clone();
        change(&mut bad);
        take(&forms, &bad, &sheets, &There::default()).unwrap_err()
    };
    assert!(matches!(refused(|m| m.sheet = "x".into()), MappingError::NoSheet(..)));
    assert!(matches!(refused(|m| m.header_row = 99), MappingError::NoSheet(..)));
    assert!(matches!(refused(|m| drop(m.columns.remove(0))), MappingError::Missing("patient.number")));
    assert!(matches!(refused(|m| m.columns[1].to = m.columns[0].to.clone()), MappingError::Twice(..)));
    assert!(matches!(
        refused(|m| m.columns[1].to = Target::Form("drill".into(), "day".into())),
        MappingError::Target(_)
    ));
    assert!(matches!(refused(|m| m.columns[1].factor = 0.0), MappingError::Factor(_)));
    for offset in ["Beijing", "", "+8", "Z"] {
        let bad = Mapping { offset: offset.into(), ..mapping.clone() };
        assert!(matches!(bad.check(&forms), Err(MappingError::Time(_))), "{offset}");
    }
}
