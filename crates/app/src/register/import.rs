//! Another register's table brought in: what is there already, and the rows one by one or many at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use exchange::import::{Duplicate, MappingError, Proposal, ProposedCase, ProposedPatient, RowError, There};
use jiff::civil::Date;
use records::record::About;
use records::{Account, Case, Change, Commit, Digest, Hospital, Id, Item, Kind, Patient, Record, Store, StoreError};
use serde_json::json;

use super::trouble::{Trouble, parted};
use super::whole::Cases;
use crate::clock::{Clock, hex, random};

/// Rows that are written together; where one of them cannot be, each is written by itself.
const BATCH: usize = 50;
/// Case numbers tried before giving up.
const TRIES: u32 = 50;

impl From<MappingError> for Trouble {
    fn from(error: MappingError) -> Self {
        let (zh, en) = parted(&error.to_string());
        Self::value("mapping", zh, en)
    }
}

/// What is there already: of all hospitals, because numbers of cases and of patients are one list; people of the one hospital.
///
/// # Errors
/// Those of the store.
pub async fn there(store: &dyn Store, hospital: Option<Id<Hospital>>) -> Result<There, StoreError> {
    let mut there = There::default();
    let mut pages = Cases::of(&[]);
    loop {
        let page = pages.next(store).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            // a case that was withdrawn counts, too: an import does not bring back what somebody put away
            // another hospital's patients may have the same numbers
            let here = row.case.hospital == hospital && !row.patient.number.is_empty();
            if let (Some(day), true) = (row.case.implanted_on, here) {
                there.cases.insert((row.patient.number, day));
            }
            there.case_numbers.insert(row.case.number);
        }
    }
    let mut twice: BTreeSet<String> = BTreeSet::new();
    let of: Vec<Id<Hospital>> = hospital.into_iter().collect();
    for person in store.people(&of).await? {
        let names = if person.name == person.number { vec![person.name] } else { vec![person.name, person.number] };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            if there.people.insert(name.clone(), person.id.to_string()).is_some() {
                twice.insert(name);
            }
        }
    }
    there.people.retain(|name, _| !twice.contains(name));
    Ok(there)
}

/// What was taken.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// rows below the headers
    pub rows: usize,
    /// patients who were not there
    pub patients: usize,
    /// cases
    pub cases: usize,
    /// filled-in forms
    pub records: usize,
    /// what is wrong, by row
    pub errors: Vec<RowError>,
    /// rows whose case is there already
    pub duplicates: Vec<Duplicate>,
}

/// Who brings it in, where to, and what.
pub struct Taking<'a> {
    /// records
    pub store: &'a dyn Store,
    /// time
    pub clock: &'a Clock,
    /// who
    pub who: Id<Account>,
    /// the hospital whose cases they are
    pub hospital: Option<Id<Hospital>>,
    /// SHA-256 of the table's file, by which the ledger names it
    pub file: Digest,
}

/// A row that is to be written.
struct Ready<'a> {
    row: u32,
    patient: Patient,
    new: bool,
    case: &'a ProposedCase,
}

/// Writes what a table amounts to: each row whole or not at all. Norms are not asked: what is brought in has happened.
///
/// # Errors
/// When the store fails; what was written by then stays, and the same table brings the rest.
pub async fn take(taking: &Taking<'_>, there: &There, proposal: Proposal) -> Result<Taken, Trouble> {
    let Proposal { rows, patients, cases, errors, duplicates } = proposal;
    let mut taken = Taken { rows, errors, duplicates, ..Taken::default() };
    let mut numbers = Numbers::of(there);
    for case in &cases {
        // the numbers that the table gives are not given to others
        numbers.taken.insert(case.number.clone());
    }
    let known = known(taking, &patients).await?;
    let today = taking.clock.today();
    let mut ready: Vec<Ready<'_>> = Vec::new();
    for case in &cases {
        match patients.get(case.patient).map(|proposed| (proposed, known.get(&case.patient))) {
            Some((proposed, Some(Ok((patient, new))))) => match dates(proposed, case, today) {
                Ok(()) => ready.push(Ready { row: case.row, patient: patient.clone(), new: *new, case }),
                Err(error) => taken.errors.push(error),
            },
            Some((_, Some(Err((zh, en))))) => taken.errors.push(of_row(case.row, zh, en)),
            _ => {}
        }
    }
    let mut written = HashSet::new();
    for batch in ready.chunks(BATCH) {
        if let Err(error) = commit(taking, batch, &mut numbers, &mut written, &mut taken).await {
            if batch.len() == 1 || !of_the_row(&error) {
                settle(&mut taken, batch, error)?;
                continue;
            }
            for one in batch.chunks(1) {
                if let Err(error) = commit(taking, one, &mut numbers, &mut written, &mut taken).await {
                    settle(&mut taken, one, error)?;
                }
            }
        }
    }
    taken.errors.sort_by_key(|error| error.row);
    if taken.cases > 0 {
        let (kind, subject) = match taking.hospital {
            Some(hospital) => (Kind::Hospital, hospital.to_string()),
            None => (Kind::Account, taking.who.to_string()),
        };
        let detail =
            json!({ "file": taking.file, "cases": taken.cases, "patients": taken.patients, "records": taken.records });
        let event = Change::Event { kind, subject, case: None, what: "imported".to_owned(), detail };
        write(taking, vec![event]).await?;
    }
    Ok(taken)
}

fn of_row(row: u32, zh: &str, en: &str) -> RowError {
    RowError { row, column: String::new(), value: String::new(), zh: zh.to_owned(), en: en.to_owned() }
}

/// Whether a row is to blame, not the machine.
fn of_the_row(error: &StoreError) -> bool {
    !matches!(error, StoreError::Failed(_) | StoreError::Broken(_))
}

/// Notes why a row was not written; what is the machine's fault ends everything.
fn settle(taken: &mut Taken, rows: &[Ready<'_>], error: StoreError) -> Result<(), Trouble> {
    if !of_the_row(&error) {
        return Err(error.into());
    }
    for row in rows {
        let zh = match &error {
            StoreError::Taken { value, .. } => format!("“{value}”已存在，该行未导入"),
            other => format!("不能写入（{other}），该行未导入"),
        };
        taken.errors.push(of_row(row.row, &zh, &format!("{error}: the row is not taken")));
    }
    Ok(())
}

type Known = Result<(Patient, bool), (String, String)>;

/// Every patient as registered already, or a new one; one who is registered otherwise is not taken.
async fn known(taking: &Taking<'_>, proposed: &[ProposedPatient]) -> Result<HashMap<usize, Known>, StoreError> {
    let mut all = HashMap::new();
    for (at, one) in proposed.iter().enumerate() {
        let known = match taking.store.patient_by_number(&one.number, taking.hospital).await? {
            Some(there) => {
                let other_name = !one.name.is_empty() && there.name.trim() != one.name.trim();
                let other_birth = one.birth_date.zip(there.birth_date).is_some_and(|(one, other)| one != other);
                if other_name || other_birth {
                    let zh = "患者编号已登记在另一姓名或出生日期之下，该行未导入；请核对，或先更正原登记".to_owned();
                    let en = "the patient's number is registered with another name or date of birth: the row is not taken; check it, or \
                              correct the registration first"
                        .to_owned();
                    Err((zh, en))
                } else {
                    Ok((there, false))
                }
            }
            None => Ok((
                Patient {
                    id: taking.clock.new_id(),
                    version: 1,
                    number: one.number.clone(),
                    name: one.name.clone(),
                    birth_date: one.birth_date,
                    sex: one.sex.clone(),
                    salt: hex(&random::<16>()),
                },
                true,
            )),
        };
        all.insert(at, known);
    }
    Ok(all)
}

fn dates(patient: &ProposedPatient, case: &ProposedCase, today: Date) -> Result<(), RowError> {
    if case.treated_on > today {
        let en = "the day of the procedure is after today: the row is not taken";
        return Err(of_row(case.row, "治疗日期在今天之后，该行未导入", en));
    }
    if patient.birth_date.is_some_and(|born| born > case.treated_on) {
        let en = "the date of birth is after the procedure: the row is not taken";
        return Err(of_row(case.row, "出生日期晚于治疗日期，该行未导入", en));
    }
    Ok(())
}

/// Numbers of cases: those that are taken, and the last of each year.
struct Numbers {
    taken: BTreeSet<String>,
    last: BTreeMap<i16, u32>,
}

impl Numbers {
    fn of(there: &There) -> Self {
        let mut last: BTreeMap<i16, u32> = BTreeMap::new();
        for number in &there.case_numbers {
            let Some((year, rest)) = number.split_once('-') else { continue };
            if let (4, Ok(year), Ok(number)) = (year.len(), year.parse(), rest.parse()) {
                let there = last.entry(year).or_default();
                *there = (*there).max(number);
            }
        }
        Self { taken: there.case_numbers.clone(), last }
    }

    /// The next of a year: `2019-0001`, `2019-0002`…
    fn next(&mut self, year: i16) -> String {
        loop {
            let last = self.last.entry(year).or_default();
            *last += 1;
            let number = format!("{year:04}-{last:04}");
            if self.taken.insert(number.clone()) {
                return number;
            }
        }
    }
}

async fn write(taking: &Taking<'_>, changes: Vec<Change>) -> Result<(), StoreError> {
    let why = format!("import {}", taking.file);
    let commit = Commit { who: Some(taking.who), at: taking.clock.now(), why, changes, work: Vec::new() };
    taking.store.commit(commit).await.map(drop)
}

/// Writes some rows together. A number that somebody else took meanwhile is given anew where we gave it.
async fn commit(
    taking: &Taking<'_>,
    rows: &[Ready<'_>],
    numbers: &mut Numbers,
    written: &mut HashSet<Id<Patient>>,
    taken: &mut Taken,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let (mut changes, mut new) = (Vec::new(), HashSet::new());
        let mut records = 0;
        for row in rows {
            let id = row.patient.id;
            if row.new && !written.contains(&id) && new.insert(id) {
                changes.push(Change::Create(Item::Patient(row.patient.clone())));
            }
            let case = case(taking, row, numbers)?;
            let of = case.id;
            changes.push(Change::Create(Item::Case(case)));
            changes.extend(row.case.records.iter().map(|one| {
                records += 1;
                Change::Create(Item::Record(Record {
                    id: taking.clock.new_id(),
                    version: 1,
                    form: one.form.clone(),
                    edition: one.edition,
                    about: About::Case(of),
                    day: one.day,
                    until: one.until,
                    unique: one.unique.clone(),
                    values: one.values.clone(),
                    files: Vec::new(),
                    withdrawn: false,
                    created_by: taking.who,
                    created: taking.clock.now(),
                }))
            }));
        }
        match write(taking, changes).await {
            Ok(()) => {
                taken.cases += rows.len();
                taken.patients += new.len();
                taken.records += records;
                written.extend(new);
                return Ok(());
            }
            Err(StoreError::Taken { what: "the case number", value })
                if rows.iter().all(|row| row.case.number != value) =>
            {
                numbers.taken.insert(value);
            }
            Err(other) => return Err(other),
        }
    }
    Err(StoreError::Refused("no free case number was found".to_owned()))
}

fn case(taking: &Taking<'_>, row: &Ready<'_>, numbers: &mut Numbers) -> Result<Case, StoreError> {
    let one = row.case;
    let number = if one.number.is_empty() { numbers.next(one.treated_on.year()) } else { one.number.clone() };
    let case = Case {
        id: taking.clock.new_id(),
        version: 1,
        number,
        patient: row.patient.id,
        hospital: taking.hospital,
        technique: one.technique,
        route: one.route.clone(),
        method: one.method.clone(),
        site: one.site.clone(),
        diagnosis: one.diagnosis.clone(),
        implanted_on: Some(one.treated_on),
        intent: one.intent.clone(),
        physician: None,
        physicist: None,
        // what lies years back is not due
        imaging_due: None,
        follow_up_due: None,
        withdrawn: false,
        notes: one.notes.clone(),
        created: taking.clock.now(),
    };
    case.check().map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(case)
}
