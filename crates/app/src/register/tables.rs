//! The whole register as tables.

use std::collections::{HashMap, HashSet};
use std::io::{Seek, Write};

use exchange::register as tidy;
use exchange::{Archive, Format, WriteError};
use jiff::Timestamp;
use records::forms::Forms;
use records::record::About;
use records::store::{LotQuery, RecordQuery};
use records::{Hospital, Id, Kind, Patient, Store};

use super::trouble::Trouble;
use super::whole::{Cases, RECORDS, whole};

/// Lots that are read at once.
const LOTS: u32 = 200;

/// What is written.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// only of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// with cases and what belongs to them
    pub cases: bool,
    /// with lots and movements of seeds
    pub sources: bool,
    /// with what says who patients and people are
    pub identity: bool,
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// tables, the dictionary included
    pub tables: usize,
    /// rows of all tables but the dictionary
    pub rows: u64,
    /// cases
    pub cases: u64,
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Rows(_) | WriteError::Long { .. } => {
                Self::refused("内容超出电子表格的容量，请改用 CSV 或 Parquet 导出。", error.to_string())
            }
            WriteError::Kind { .. } => {
                Self::refused("有一项内容与其列的类型不符，请改用 CSV 导出并更正该记录。", error.to_string())
            }
            other => Self::failed(other),
        }
    }
}

/// The tables while they are written.
struct Writing<W: Write + Seek + Send> {
    archive: Archive<W>,
    written: Written,
}

impl<W: Write + Seek + Send> Writing<W> {
    fn begin(&mut self, table: &exchange::Table) -> Result<(), Trouble> {
        self.written.tables += 1;
        Ok(self.archive.begin(table)?)
    }

    fn row(&mut self, cells: &[exchange::Cell]) -> Result<(), Trouble> {
        self.written.rows += 1;
        Ok(self.archive.row(cells)?)
    }
}

/// Writes the register. What is written stays flat in memory but for the numbers of cases, lots and people, by which records name them.
///
/// # Errors
/// Those of the store, and when the output or the format cannot take it.
pub async fn write<W: Write + Seek + Send>(
    store: &dyn Store,
    forms: &Forms,
    scope: &Scope,
    (out, format): (W, Format),
    made: Timestamp,
) -> Result<Written, Trouble> {
    let mut to = Writing { archive: Archive::new(out, format, made)?, written: Written::default() };
    let mut called: HashMap<String, String> = HashMap::new();
    hospitals_and_people(store, scope, &mut to, &mut called).await?;
    if scope.cases {
        cases(store, scope, &mut to, &mut called).await?;
    }
    if scope.sources {
        sources(store, scope, &mut to, &mut called).await?;
    }
    for form in forms.all() {
        records(store, forms, &form.name, scope, &mut to, &called).await?;
    }
    to.archive.finish()?;
    to.written.tables += 1;
    Ok(to.written)
}

async fn hospitals_and_people<W: Write + Seek + Send>(
    store: &dyn Store,
    scope: &Scope,
    to: &mut Writing<W>,
    called: &mut HashMap<String, String>,
) -> Result<(), Trouble> {
    to.begin(&tidy::hospitals())?;
    for one in store.hospitals().await? {
        if scope.hospitals.is_empty() || scope.hospitals.contains(&one.id) {
            to.row(&tidy::hospital_row(&one))?;
            called.insert(one.id.to_string(), one.code);
        }
    }
    to.begin(&tidy::people(scope.identity))?;
    for one in store.people(&scope.hospitals).await? {
        to.row(&tidy::person_row(&one, scope.identity))?;
        // without a number, or where it may not be told, the identifier stands for the person
        if scope.identity && !one.number.is_empty() {
            called.insert(one.id.to_string(), one.number);
        }
    }
    Ok(())
}

async fn cases<W: Write + Seek + Send>(
    store: &dyn Store,
    scope: &Scope,
    to: &mut Writing<W>,
    called: &mut HashMap<String, String>,
) -> Result<(), Trouble> {
    to.begin(&tidy::cases())?;
    let mut pages = Cases::of(&scope.hospitals);
    loop {
        let page = pages.next(store).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            to.row(&tidy::case_row(&row.case))?;
            to.written.cases += 1;
            called.insert(row.case.id.to_string(), row.case.number);
        }
    }
    if scope.identity {
        to.begin(&tidy::patients())?;
        let mut seen: HashSet<Id<Patient>> = HashSet::new();
        let mut pages = Cases::of(&scope.hospitals);
        loop {
            let page = pages.next(store).await?;
            if page.is_empty() {
                break;
            }
            for row in page.iter().filter(|row| seen.insert(row.patient.id)) {
                to.row(&tidy::patient_row(&row.patient))?;
            }
        }
    }
    to.begin(&tidy::facts())?;
    let mut pages = Cases::of(&scope.hospitals);
    loop {
        let page = pages.next(store).await?;
        if page.is_empty() {
            return Ok(());
        }
        for row in page.into_iter().filter(|row| !row.case.withdrawn) {
            to.row(&tidy::fact_row(&whole(store, row).await?.facts))?;
        }
    }
}

async fn sources<W: Write + Seek + Send>(
    store: &dyn Store,
    scope: &Scope,
    to: &mut Writing<W>,
    called: &mut HashMap<String, String>,
) -> Result<(), Trouble> {
    let (mut lots, mut offset) = (Vec::new(), 0);
    let mut seen = HashSet::new();
    to.begin(&tidy::lots())?;
    loop {
        let query = LotQuery { hospitals: scope.hospitals.clone(), offset, limit: LOTS, ..LotQuery::default() };
        let page = store.lots(&query).await?;
        if page.rows.is_empty() {
            break;
        }
        offset += page.rows.len() as u64;
        for row in page.rows {
            if seen.insert(row.lot.id) {
                to.row(&tidy::lot_row(&row.lot))?;
                lots.push(row.lot.id);
                called.insert(row.lot.id.to_string(), row.lot.number);
            }
        }
    }
    to.begin(&tidy::movements())?;
    for lot in lots {
        for movement in store.movements(lot).await? {
            to.row(&tidy::movement_row(&movement))?;
        }
    }
    Ok(())
}

/// The records of a form, withdrawn ones too: about what may be told.
async fn records<W: Write + Seek + Send>(
    store: &dyn Store,
    forms: &Forms,
    form: &str,
    scope: &Scope,
    to: &mut Writing<W>,
    called: &HashMap<String, String>,
) -> Result<(), Trouble> {
    let all = [(true, Kind::Hospital), (true, Kind::Person), (scope.sources, Kind::Lot), (scope.cases, Kind::Case)];
    let kinds: Vec<Kind> = all.into_iter().filter(|(may, _)| *may).map(|(_, kind)| kind).collect();
    let about = forms.get(form).map(|form| form.about.clone()).unwrap_or_default();
    let Some(table) = tidy::FormTable::of(forms, form, scope.identity) else { return Ok(()) };
    if !about.iter().any(|kind| kinds.contains(kind)) {
        return Ok(());
    }
    to.begin(table.table())?;
    let (mut offset, mut seen) = (0, HashSet::new());
    loop {
        let query = RecordQuery {
            kinds: kinds.clone(),
            forms: vec![form.to_owned()],
            hospitals: scope.hospitals.clone(),
            withdrawn: true,
            offset,
            limit: RECORDS / 10,
            ..RecordQuery::default()
        };
        let page = store.records(&query).await?;
        if page.rows.is_empty() {
            return Ok(());
        }
        offset += page.rows.len() as u64;
        for record in page.rows.iter().filter(|record| seen.insert(record.id)) {
            let id = match record.about {
                About::Case(id) => id.to_string(),
                About::Person(id) => id.to_string(),
                About::Hospital(id) => id.to_string(),
                About::Lot(id) => id.to_string(),
            };
            let subject = called.get(&id).unwrap_or(&id);
            to.row(&table.row(record, subject))?;
        }
    }
}
