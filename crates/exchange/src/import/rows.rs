//! Rows as patients, cases and records: proposed, never committed here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use records::case::Intent;
use records::forms::{Form, Forms, Techniques, Words};
use records::{Kind, Technique};
use serde_json::{Map, Value};

use super::mapping::{Assigned, Mapping, MappingError, OfCase, OfPatient, Target};
use super::read::{Raw, Row, Sheet};
use super::value::{Reading, Wrong};

/// What is there already: so that nothing is taken twice, and people are found.
#[derive(Debug, Clone, Default)]
pub struct There {
    /// patient number and day of the procedure of every case
    pub cases: BTreeSet<(String, Date)>,
    /// numbers of cases
    pub case_numbers: BTreeSet<String>,
    /// identifiers of people by name or staff number; where two are called alike, leave the name out
    pub people: BTreeMap<String, String>,
}

/// What is wrong with one value, or with a row as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// number of the row, as the program shows it
    pub row: u32,
    /// header of the column; empty where it is the row
    pub column: String,
    /// what stands there, shortened
    pub value: String,
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
}

/// A patient that the rows speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedPatient {
    /// the hospital's number
    pub number: String,
    /// name; may be empty
    pub name: String,
    /// date of birth
    pub birth_date: Option<Date>,
    /// `M`, `F`, `O` or empty
    pub sex: String,
    /// the first row that names the patient
    pub row: u32,
}

/// A filled-in form.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedRecord {
    /// which form
    pub form: String,
    /// its edition
    pub edition: u32,
    /// the day it speaks of
    pub day: Date,
    /// until when it holds
    pub until: Option<Date>,
    /// what no other record may hold
    pub unique: Option<String>,
    /// what is filled in
    pub values: Map<String, Value>,
}

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedCase {
    /// row it comes from
    pub row: u32,
    /// its place among [`Proposal::patients`]
    pub patient: usize,
    /// the service's number; empty where one is still to be given
    pub number: String,
    /// technique
    pub technique: Technique,
    /// route
    pub route: String,
    /// method
    pub method: String,
    /// site
    pub site: String,
    /// diagnosis in words
    pub diagnosis: String,
    /// day of the procedure
    pub treated_on: Date,
    /// what was meant to be implanted
    pub intent: Intent,
    /// notes
    pub notes: String,
    /// the records about it
    pub records: Vec<ProposedRecord>,
}

/// A row that speaks of a case that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// the row
    pub row: u32,
    /// the row that it repeats; `None` where the case is in the register
    pub of: Option<u32>,
    /// the patient's number
    pub patient: String,
    /// day of the procedure
    pub day: Date,
}

/// What a table amounts to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// rows below the headers
    pub rows: usize,
    /// patients
    pub patients: Vec<ProposedPatient>,
    /// cases
    pub cases: Vec<ProposedCase>,
    /// what is wrong, by row
    pub errors: Vec<RowError>,
    /// rows that are not taken because the case is there
    pub duplicates: Vec<Duplicate>,
}

/// Rows are not taken beyond this many errors: the mapping is wrong then.
const MOST_ERRORS: usize = 10_000;

/// The rows of a sheet below its headers.
pub(super) fn body<'a>(mapping: &Mapping, sheets: &'a [Sheet]) -> Result<&'a [Row], MappingError> {
    let missing = || MappingError::NoSheet(mapping.sheet.clone(), mapping.header_row);
    let sheet = sheets.iter().find(|sheet| sheet.name == mapping.sheet).ok_or_else(missing)?;
    let at = sheet.rows.iter().position(|row| row.number == mapping.header_row).ok_or_else(missing)?;
    Ok(&sheet.rows[at + 1..])
}

/// Takes the rows of a sheet. A row without a patient's number or a day of the procedure is not taken; of others everything is taken but
/// what is wrong.
pub fn take(forms: &Forms, mapping: &Mapping, sheets: &[Sheet], there: &There) -> Result<Proposal, MappingError> {
    mapping.check(forms)?;
    let rows = body(mapping, sheets)?;
    let mut proposal = Proposal { rows: rows.len(), ..Proposal::default() };
    let mut seen = Seen::default();
    for row in rows {
        if proposal.errors.len() >= MOST_ERRORS {
            proposal.errors.push(RowError {
                row: row.number,
                column: String::new(),
                value: String::new(),
                zh: "错误过多，其余各行未读取，请检查列的对应关系".to_owned(),
                en: "too many errors: the remaining rows were not read, check the mapping".to_owned(),
            });
            break;
        }
        taken(forms, mapping, there, row, &mut seen, &mut proposal);
    }
    Ok(proposal)
}

#[derive(Default)]
struct Seen {
    patients: BTreeMap<String, usize>,
    cases: BTreeMap<(String, Date), u32>,
    numbers: BTreeMap<String, u32>,
}

/// What a row says, by target, with the column that says it.
struct Said<'a> {
    values: BTreeMap<&'a Target, (Value, &'a Assigned)>,
    errors: Vec<RowError>,
}

pub(super) fn shortened(raw: &Raw) -> String {
    raw.to_string().chars().take(60).collect()
}

fn error_of(row: u32, assigned: &Assigned, raw: &Raw, wrong: Wrong) -> RowError {
    RowError { row, column: assigned.header.clone(), value: shortened(raw), zh: wrong.zh, en: wrong.en }
}

fn of_row(row: u32, zh: String, en: String) -> RowError {
    RowError { row, column: String::new(), value: String::new(), zh, en }
}

fn said<'a>(forms: &Forms, mapping: &'a Mapping, people: &BTreeMap<String, String>, row: &Row) -> Said<'a> {
    let mut said = Said { values: BTreeMap::new(), errors: Vec::new() };
    for assigned in &mapping.columns {
        let Some(raw) = row.cells.get(&assigned.column) else { continue };
        let Some((kind, ..)) = assigned.to.described(forms) else { continue };
        let list = match &assigned.to {
            Target::Form(form, field) => {
                forms.get(form).and_then(|form| form.field(field)).is_some_and(|field| field.list)
            }
            _ => false,
        };
        match (Reading { mapping, assigned, people }).value(&kind, list, raw) {
            Ok(Some(value)) => match too_long(&assigned.to, &value) {
                Some(most) => {
                    let zh = format!("超过 {most} 个字");
                    let wrong = Wrong { zh, en: format!("is longer than {most} characters: shorten it") };
                    said.errors.push(error_of(row.number, assigned, raw, wrong));
                }
                None => drop(said.values.insert(&assigned.to, (value, assigned))),
            },
            Ok(None) => {}
            Err(wrong) => said.errors.push(error_of(row.number, assigned, raw, wrong)),
        }
    }
    said
}

/// How long a text of a patient or a case may be, if it is longer; forms say it themselves.
fn too_long(target: &Target, value: &Value) -> Option<usize> {
    let most = match target {
        Target::Patient(OfPatient::Number) | Target::Case(OfCase::Number) => 40,
        Target::Patient(_) | Target::Case(OfCase::Model) => 80,
        Target::Case(OfCase::Site) => 200,
        Target::Case(_) => 2000,
        Target::Form(..) => return None,
    };
    value.as_str().filter(|text| text.chars().count() > most).map(|_| most)
}

impl Said<'_> {
    fn text(&self, target: &Target) -> String {
        self.values.get(target).and_then(|(value, _)| value.as_str()).unwrap_or_default().to_owned()
    }

    fn number(&self, target: &Target) -> Option<f64> {
        self.values.get(target)?.0.as_f64()
    }

    fn day(&self, target: &Target) -> Option<Date> {
        self.values.get(target)?.0.as_str()?.parse().ok()
    }
}

fn taken(forms: &Forms, mapping: &Mapping, there: &There, row: &Row, seen: &mut Seen, proposal: &mut Proposal) {
    let mut said = said(forms, mapping, &there.people, row);
    proposal.errors.append(&mut said.errors);
    let number = said.text(&Target::Patient(OfPatient::Number));
    let treated = said.day(&Target::Case(OfCase::TreatedOn));
    let (Some(treated_on), false) = (treated, number.is_empty()) else {
        // what could not be read has been said already; what is not there has not
        let named = |target: &Target| mapping.columns.iter().find(|column| column.to == *target);
        let missing = [Target::Patient(OfPatient::Number), Target::Case(OfCase::TreatedOn)];
        for column in missing.iter().filter(|target| !said.values.contains_key(target)).filter_map(named) {
            if !row.cells.contains_key(&column.column) {
                let en = format!("'{}' is empty: the row is not taken", column.header);
                let error = of_row(row.number, format!("“{}”为空，该行未导入", column.header), en);
                proposal.errors.push(RowError { column: column.header.clone(), ..error });
            }
        }
        return;
    };
    let key = (number.clone(), treated_on);
    let repeated = seen.cases.get(&key).copied();
    if repeated.is_some() || there.cases.contains(&key) {
        proposal.duplicates.push(Duplicate { row: row.number, of: repeated, patient: number, day: treated_on });
        return;
    }
    let before = proposal.patients.len();
    let Some(patient) = patient(&said, number.clone(), row.number, seen, proposal) else { return };
    let Some(case) = case(forms, mapping, there, row.number, (patient, treated_on), &said, seen, proposal) else {
        // nobody is entered without a case
        if proposal.patients.len() > before {
            proposal.patients.pop();
            seen.patients.remove(&number);
        }
        return;
    };
    seen.cases.insert(key, row.number);
    proposal.cases.push(case);
}

/// The patient of a row, entered once; rows that say different things of one patient are not taken.
fn patient(said: &Said<'_>, number: String, row: u32, seen: &mut Seen, proposal: &mut Proposal) -> Option<usize> {
    let now = ProposedPatient {
        name: said.text(&Target::Patient(OfPatient::Name)),
        birth_date: said.day(&Target::Patient(OfPatient::BirthDate)),
        sex: said.text(&Target::Patient(OfPatient::Sex)),
        number,
        row,
    };
    let Some(at) = seen.patients.get(&now.number).copied() else {
        seen.patients.insert(now.number.clone(), proposal.patients.len());
        proposal.patients.push(now);
        return Some(proposal.patients.len() - 1);
    };
    let before = proposal.patients.get_mut(at)?;
    let differs = |one: &str, other: &str| !one.is_empty() && !other.is_empty() && one != other;
    let other_day = before.birth_date.zip(now.birth_date).is_some_and(|(one, other)| one != other);
    let same = if differs(&before.name, &now.name) {
        Err(("姓名", "name"))
    } else if differs(&before.sex, &now.sex) {
        Err(("性别", "sex"))
    } else if other_day {
        Err(("出生日期", "date of birth"))
    } else {
        Ok(())
    };
    if let Err((zh, en)) = same {
        let first = before.row;
        proposal.errors.push(of_row(
            row,
            format!("患者编号与第 {first} 行相同，但{zh}不同，该行未导入"),
            format!("the patient has the number of row {first} but another {en}: the row is not taken"),
        ));
        return None;
    }
    if before.name.is_empty() {
        before.name = now.name;
    }
    if before.sex.is_empty() {
        before.sex = now.sex;
    }
    before.birth_date = before.birth_date.or(now.birth_date);
    Some(at)
}

#[expect(clippy::too_many_arguments, reason = "one row, with all that it is held against")]
fn case(
    forms: &Forms,
    mapping: &Mapping,
    there: &There,
    row: u32,
    (patient, treated_on): (usize, Date),
    said: &Said<'_>,
    seen: &mut Seen,
    proposal: &mut Proposal,
) -> Option<ProposedCase> {
    let text = |of| said.text(&Target::Case(of));
    let number = text(OfCase::Number);
    let before = seen.numbers.get(&number).copied();
    if !number.is_empty() && (before.is_some() || there.case_numbers.contains(&number)) {
        let (zh, en) = match before {
            Some(before) => (format!("病例编号与第 {before} 行重复"), format!("row {before} has the same case number")),
            None => ("病例编号已存在".to_owned(), "there is a case of this number".to_owned()),
        };
        proposal.errors.push(of_row(row, format!("{zh}，该行未导入"), format!("{en}: the row is not taken")));
        return None;
    }
    let named = text(OfCase::Technique);
    let technique = Technique::ALL.into_iter().find(|one| one.name() == named).unwrap_or(mapping.technique);
    let (route, method) = (text(OfCase::Route), text(OfCase::Method));
    if let Err(wrong) = Techniques::builtin().check(technique, &route, &method) {
        proposal.errors.push(of_row(row, wrong.zh, wrong.en));
        return None;
    }
    let number_of = |of| said.number(&Target::Case(of)).filter(|number| *number > 0.0);
    let intent = Intent {
        prescription_gy: number_of(OfCase::PrescriptionGy),
        model: Some(text(OfCase::Model)).filter(|model| !model.is_empty()),
        strength_u: number_of(OfCase::StrengthU),
        count: number_of(OfCase::Seeds).filter(|count| *count <= 2000.0).map(|count| count as u32),
    };
    let records = records(forms, technique, row, treated_on, said, proposal);
    if !number.is_empty() {
        seen.numbers.insert(number.clone(), row);
    }
    Some(ProposedCase {
        row,
        patient,
        number,
        technique,
        route,
        method,
        site: text(OfCase::Site),
        diagnosis: text(OfCase::Diagnosis),
        treated_on,
        intent,
        notes: text(OfCase::Notes),
        records,
    })
}

/// The records that a row fills in; one that its form does not take is left out, and said.
fn records(
    forms: &Forms,
    technique: Technique,
    row: u32,
    treated_on: Date,
    said: &Said<'_>,
    proposal: &mut Proposal,
) -> Vec<ProposedRecord> {
    let mut by_form: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (target, (value, _)) in &said.values {
        if let Target::Form(form, field) = target {
            by_form.entry(form).or_default().insert(field.clone(), value.clone());
        }
    }
    let mut all = Vec::new();
    for form in forms.about(Kind::Case) {
        let Some(values) = by_form.remove(form.name.as_str()) else { continue };
        if !form.fits(technique) {
            let Words { zh, en } = &form.label;
            let zh = format!("该技术没有“{zh}”表单，未导入");
            proposal.errors.push(of_row(row, zh, format!("{en}: the technique has no such form, it is not taken")));
            continue;
        }
        let values = Form::clean(&values);
        if let Err(wrong) = form.check(&values) {
            for error in wrong {
                let target = Target::Form(form.name.clone(), error.field.clone());
                let from = said.values.get(&target);
                proposal.errors.push(RowError {
                    row,
                    column: from.map(|(_, assigned)| assigned.header.clone()).unwrap_or_default(),
                    value: from.map(|(value, _)| value.to_string().chars().take(60).collect()).unwrap_or_default(),
                    zh: format!("{}：{}，该表单未导入", form.label.zh, error.zh),
                    en: format!("{}: {}: the form is not taken", form.label.en, error.en),
                });
            }
            continue;
        }
        all.push(ProposedRecord {
            form: form.name.clone(),
            edition: form.edition,
            day: form.record_day(&values).unwrap_or(treated_on),
            until: form.record_until(&values),
            unique: form.record_unique(&values),
            values,
        });
    }
    all
}
