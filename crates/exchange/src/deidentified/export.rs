//! The export: what it is, cases, facts, each form of a case, small groups.

use std::io::{Seek, Write};

use jiff::Timestamp;
use records::forms::{Form, Forms, Techniques, Words};
use records::{Case, Fact, Facts, Kind as Thing, Patient, Record};

use super::values::{Clock, Told, day_column, told};
use super::{Groups, Key, Policy, Quasi};
use crate::register::fact_columns;
use crate::table::{Cell, Column, Kind, Table};
use crate::write::{Archive, Format, WriteError};

/// A case, and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// the case
    pub case: &'a Case,
    /// whose
    pub patient: &'a Patient,
    /// the records about it
    pub records: &'a [Record],
    /// what they amount to
    pub facts: &'a Facts,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// k
    #[error("groups of fewer than {0} patients cannot be small: take k of 2 to 1000 (k 应为 2 到 1000)")]
    K(usize),
    /// a subject put together wrongly
    #[error("case {0} was given with another case's patient or facts")]
    Mixed(String),
    /// writing
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes an export and gives its groups. Withdrawn cases and records are left out. The order of the cases in it is that of their
/// pseudonyms, so that it does not tell the order in which they were treated.
pub fn export<W: Write + Seek + Send>(
    out: W,
    format: Format,
    (policy, key, k): (&Policy, &Key, usize),
    forms: &Forms,
    subjects: &[Subject<'_>],
    made: Timestamp,
) -> Result<Groups, StudyError> {
    if !(2..=1000).contains(&k) {
        return Err(StudyError::K(k));
    }
    let of_diagnosis = forms.get("diagnosis").map(|form| told(policy, form)).unwrap_or_default();
    let mut all: Vec<Row<'_>> = Vec::new();
    for subject in subjects.iter().filter(|subject| !subject.case.withdrawn) {
        let (case, facts) = (subject.case, subject.facts);
        if case.patient != subject.patient.id || facts.case != case.id {
            return Err(StudyError::Mixed(case.number.clone()));
        }
        all.push(Row::of(policy, key, &of_diagnosis, *subject));
    }
    all.sort_by(|one, other| one.case.cmp(&other.case));
    let mut groups = Groups::new(k);
    for row in &all {
        groups.count(row.quasi(policy), row.patient.clone());
    }

    let mut archive = Archive::new(out, format, made)?;
    about(&mut archive, policy, key, &groups, all.len())?;
    cases(&mut archive, policy, &all, &groups)?;
    facts(&mut archive, policy, key, &all)?;
    for form in forms.about(Thing::Case) {
        records_of(&mut archive, policy, key, form, &all)?;
    }
    small_groups(&mut archive, policy, &groups)?;
    archive.finish()?;
    Ok(groups)
}

/// A case with its pseudonyms and generalised values.
struct Row<'a> {
    subject: Subject<'a>,
    clock: Clock,
    case: String,
    patient: String,
    hospital: String,
    age_band: String,
    icd10: String,
    region: String,
    year: String,
}

impl<'a> Row<'a> {
    fn of(policy: &Policy, key: &Key, fields: &[Told], subject: Subject<'a>) -> Self {
        let Subject { case, patient, records, facts } = subject;
        let age = patient.birth_date.zip(facts.treated).and_then(|(born, day)| crate::age(born, day));
        let diagnosis = records
            .iter()
            .filter(|record| !record.withdrawn && record.form == "diagnosis")
            .max_by_key(|record| (record.day, record.created, record.id));
        let clock = Clock::of(policy, key, patient, facts.treated);
        let of_diagnosis = |name: &str| {
            let told = fields.iter().find(|told| told.is(name)).zip(diagnosis);
            told.map(|(told, record)| told.cell(key, &clock, record).plain()).unwrap_or_default()
        };
        Self {
            case: key.pseudonym("case", &case.id.to_string()),
            patient: key.pseudonym("patient", &patient.id.to_string()),
            hospital: case.hospital.map(|id| key.pseudonym("hospital", &id.to_string())).unwrap_or_default(),
            age_band: age.map(|age| policy.age_band(age)).unwrap_or_default(),
            icd10: of_diagnosis("icd10"),
            region: of_diagnosis("region"),
            year: facts.treated.map(|day| day.year().to_string()).unwrap_or_default(),
            clock,
            subject,
        }
    }

    /// `M`, `F`, `O` or nothing: whatever else stands there is not told.
    fn sex(&self) -> &str {
        Some(self.subject.patient.sex.as_str()).filter(|sex| matches!(*sex, "M" | "F" | "O")).unwrap_or_default()
    }

    fn quasi(&self, policy: &Policy) -> Vec<String> {
        let of = |quasi: &Quasi| match quasi {
            Quasi::Hospital => self.hospital.clone(),
            Quasi::Sex => self.sex().to_owned(),
            Quasi::AgeBand => self.age_band.clone(),
            Quasi::Technique => self.subject.case.technique.name().to_owned(),
            Quasi::Icd10 => self.icd10.clone(),
            Quasi::Region => self.region.clone(),
            Quasi::Year => self.year.clone(),
        };
        policy.quasi_identifiers.iter().map(of).collect()
    }
}

fn table(name: &str, zh: &str, en: &str, columns: Vec<Column>) -> Table {
    Table { name: name.to_owned(), label: Words::new(zh, en), columns }
}

fn text(name: &str, zh: &str, en: &str) -> Column {
    Column::new(name, Kind::Text, zh, en)
}

fn about<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    policy: &Policy,
    key: &Key,
    groups: &Groups,
    cases: usize,
) -> Result<(), WriteError> {
    let columns = vec![text("name", "项目", "what").always(), text("value", "内容", "value")];
    let small: usize = groups.small().map(|group| group.cases).sum();
    let rows = [
        ("policy", policy.id.clone()),
        ("policy_edition", policy.edition.to_string()),
        ("policy_version", policy.version.clone()),
        ("policy_sha256", policy.digest.to_string()),
        ("policy_zh", policy.title_zh.clone()),
        ("policy_en", policy.title_en.clone()),
        ("meets_safe_harbor", policy.safe_harbor.to_string()),
        ("key_mark", key.mark()),
        ("cases", cases.to_string()),
        ("k", groups.k().to_string()),
        ("smallest_group", groups.smallest().map(|k| k.to_string()).unwrap_or_default()),
        ("cases_in_small_groups", small.to_string()),
        ("quasi_identifiers", policy.quasi_identifiers.iter().map(|quasi| quasi.name()).collect::<Vec<_>>().join(";")),
    ];
    archive.table(
        &table("about", "说明", "About", columns),
        rows.map(|(name, value)| [Cell::text(name), Cell::text(value)]),
    )
}

fn cases<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    policy: &Policy,
    all: &[Row<'_>],
    groups: &Groups,
) -> Result<(), WriteError> {
    let number = |name, zh, en, unit: &str| Column::new(name, Kind::Number, zh, en).unit(unit);
    let by_year = policy.quasi_identifiers.contains(&Quasi::Year);
    let mut columns = vec![
        text("case", "病例假名", "pseudonym of the case").always(),
        text("patient", "患者假名", "pseudonym of the patient").always(),
        text("hospital", "医院假名", "pseudonym of the hospital"),
        text("sex", "性别", "sex"),
        text("age_band", "年龄段", "age at the procedure, years"),
        text("technique", "技术", "technique").always(),
        text("route", "途径", "route"),
        text("method", "方法", "method"),
        text("icd10", "ICD-10 类目", "ICD-10 category"),
        text("region", "部位", "region"),
        number("prescription_gy", "处方剂量", "prescribed dose", "Gy"),
        number("strength_u", "单粒空气比释动能强度", "air-kerma strength of one seed", "U"),
        Column::new("seeds_planned", Kind::Whole, "计划粒子数", "seeds to be implanted"),
        Column::new("small_group", Kind::YesNo, "小样本组", "fewer than k patients are alike").always(),
    ];
    if by_year {
        columns.push(text("year", "治疗年份", "year of the procedure"));
    }
    archive.begin(&table("cases", "病例", "Cases", columns))?;
    for row in all {
        let case = row.subject.case;
        let known = Techniques::builtin().of(case.technique);
        let code = |code: &str, codes: Option<&Vec<records::forms::Coded>>| {
            let there = codes.is_some_and(|codes| codes.iter().any(|one| one.code == code));
            if there { Cell::text(code) } else { Cell::Empty }
        };
        let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        let mut cells = vec![
            Cell::text(row.case.as_str()),
            Cell::text(row.patient.as_str()),
            Cell::text(row.hospital.as_str()),
            Cell::text(row.sex()),
            Cell::text(row.age_band.as_str()),
            Cell::text(case.technique.name()),
            code(&case.route, known.map(|info| &info.routes)),
            code(&case.method, known.map(|info| &info.methods)),
            Cell::text(row.icd10.as_str()),
            Cell::text(row.region.as_str()),
            number(case.intent.prescription_gy),
            number(case.intent.strength_u),
            case.intent.count.map_or(Cell::Empty, |count| Cell::Whole(i64::from(count))),
            Cell::YesNo(groups.is_small(&row.quasi(policy))),
        ];
        if by_year {
            cells.push(Cell::text(row.year.as_str()));
        }
        archive.row(&cells)?;
    }
    Ok(())
}

fn facts<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    policy: &Policy,
    key: &Key,
    all: &[Row<'_>],
) -> Result<(), WriteError> {
    let mut columns = vec![
        text("case", "病例假名", "pseudonym of the case").always(),
        text("operator", "术者假名", "pseudonym of who did the procedure"),
    ];
    columns.extend(fact_columns(|name, zh, en| day_column(policy, name, zh, en)));
    archive.begin(&table("facts", "病例事实", "Facts of cases", columns))?;
    for row in all {
        let facts = row.subject.facts;
        let day = |day: Option<jiff::civil::Date>| day.map_or(Cell::Empty, |day| row.clock.day(day));
        let whole = |number: u32| Cell::Whole(i64::from(number));
        let mut cells = vec![
            Cell::text(row.case.as_str()),
            facts.operator.map_or(Cell::Empty, |id| Cell::text(key.pseudonym("person", &id.to_string()))),
            day(facts.treated),
            day(facts.discharged),
            day(facts.died),
            day(facts.alive),
            day(facts.due),
            facts.lived_months().map_or(Cell::Empty, whole),
            whole(facts.lesions_planned),
            whole(facts.lesions_done),
            whole(facts.seeds),
        ];
        cells.extend(Fact::ALL.iter().map(|fact| Cell::YesNo(facts.set.has(*fact))));
        archive.row(&cells)?;
    }
    Ok(())
}

fn records_of<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    policy: &Policy,
    key: &Key,
    form: &Form,
    all: &[Row<'_>],
) -> Result<(), WriteError> {
    let fields: Vec<Told> = told(policy, form);
    let mut columns = vec![
        text("record_case", "病例假名", "pseudonym of the case").always(),
        text("record", "记录假名", "pseudonym of the record").always(),
        Column::new("record_edition", Kind::Whole, "表单版次", "edition of the form").always(),
        day_column(policy, "record_day", "记录日期", "day that the record speaks of"),
        day_column(policy, "record_until", "有效期至", "last day on which it holds"),
    ];
    columns.extend(fields.iter().map(|field| field.column(policy)));
    archive.begin(&table(&form.name, &form.label.zh, &form.label.en, columns))?;
    for row in all {
        let mut records: Vec<&Record> =
            row.subject.records.iter().filter(|record| !record.withdrawn && record.form == form.name).collect();
        records.sort_by_key(|record| (record.day, record.created, record.id));
        for record in records {
            let mut cells = vec![
                Cell::text(row.case.as_str()),
                Cell::text(key.pseudonym("record", &record.id.to_string())),
                Cell::Whole(i64::from(record.edition)),
                row.clock.day(record.day),
                record.until.map_or(Cell::Empty, |day| row.clock.day(day)),
            ];
            cells.extend(fields.iter().map(|field| field.cell(key, &row.clock, record)));
            archive.row(&cells)?;
        }
    }
    Ok(())
}

fn small_groups<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    policy: &Policy,
    groups: &Groups,
) -> Result<(), WriteError> {
    let mut columns: Vec<Column> =
        policy.quasi_identifiers.iter().map(|quasi| text(quasi.name(), quasi.name(), quasi.name())).collect();
    columns.push(Column::new("patients", Kind::Whole, "患者数", "patients").always());
    columns.push(Column::new("cases", Kind::Whole, "病例数", "cases").always());
    let rows = groups.small().map(|group| {
        let values = group.values.into_iter().map(Cell::text);
        values.chain([Cell::Whole(group.patients as i64), Cell::Whole(group.cases as i64)]).collect::<Vec<_>>()
    });
    archive.table(&table("small_groups", "小样本组", "Groups of fewer than k patients", columns), rows)
}
