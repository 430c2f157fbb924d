//! Judging a hospital by the norms, and a step of a case before it is taken.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use records::facts::{CaseFile, Facts};
use records::norms::inspection::{Inspection, inspection};
use records::norms::{self, Answer, Block, Evidence, Pack, Period, SourceProblem, Sources, StepEvidence, Used};
use records::record::About;
use records::sources::PlaceKind;
use records::sources::licence::{LotAccount, received};
use records::store::{LotQuery, RecordQuery};
use records::{Case, Hospital, Id, Kind, Lot, Movement, Person, Record, Store, StoreError};

/// Records at most that are about one hospital and its people.
const RECORDS: u32 = 10_000;
/// Lots read at a time.
const LOTS: u32 = 200;

/// What the norms look at besides cases.
struct Gathered {
    people: Vec<Person>,
    records: Vec<Record>,
    lots: Vec<Lot>,
    problems: Vec<SourceProblem>,
    used: Vec<Used>,
}

/// Judges a hospital by every pack on the day of `now`; rates are of the year before.
///
/// # Errors
/// Those of the store.
pub async fn inspect(store: &dyn Store, hospital: &Hospital, now: &Zoned) -> Result<Vec<Inspection>, StoreError> {
    let today = now.date();
    let gathered = gather(store, hospital, now).await?;
    let mut inspections = Vec::new();
    for pack in Pack::all() {
        let mut evidence = Evidence {
            hospital,
            people: &gathered.people,
            records: &gathered.records,
            answers: &[],
            sources: gathered.sources(),
            devices: &[],
            period: Period::year_to(today),
            today,
        };
        let mut answers = Vec::new();
        for ask in norms::needs(pack, &evidence) {
            let tallies = store.tally(&ask.query, ask.count, ask.group).await?;
            answers.push(Answer { ask, tallies });
        }
        evidence.answers = &answers;
        inspections.push(inspection(pack, &evidence));
    }
    Ok(inspections)
}

impl Gathered {
    fn sources(&self) -> Sources<'_> {
        Sources { lots: &self.lots, problems: &self.problems, used: &self.used }
    }
}

async fn gather(store: &dyn Store, hospital: &Hospital, now: &Zoned) -> Result<Gathered, StoreError> {
    let people = store.people(&[hospital.id]).await?;
    let records = of_hospital(store, hospital.id).await?;
    let year = now.date().year();
    let (mut lots, mut problems, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let mut offset = 0;
    loop {
        let query = LotQuery { hospitals: vec![hospital.id], offset, limit: LOTS, ..LotQuery::default() };
        let page = store.lots(&query).await?;
        let read = page.rows.len();
        for row in page.rows {
            let lost =
                row.places.iter().filter(|(place, _)| place.kind() == PlaceKind::Lost).map(|(_, seeds)| seeds).sum();
            if lost > 0 {
                problems.push(missing(&row.lot, lost));
            }
            let open = row.places.iter().any(|(place, _)| !place.kind().is_final());
            let recent = row.lot.reference.to_zoned(now.time_zone().clone()).date().year() >= year - 1;
            if recent {
                accounts.push((row.lot.clone(), store.movements(row.lot.id).await?));
            }
            if open || recent {
                lots.push(row.lot);
            }
        }
        offset += read as u64;
        if read == 0 || offset >= page.total {
            break;
        }
    }
    Ok(Gathered { people, records, used: used(&accounts, year, now.offset()), lots, problems })
}

fn missing(lot: &Lot, seeds: u32) -> SourceProblem {
    let says = norms::Sentence::new(
        format!("批号 {} 有 {seeds} 粒下落不明", lot.number),
        format!("of lot {} {seeds} seeds are missing", lot.number),
    );
    SourceProblem { lot: lot.id, seeds, says }
}

/// Activity received this year by nuclide; one whose decay is not known is left out, and its licence cannot be judged.
fn used(accounts: &[(Lot, Vec<Movement>)], year: i16, zone: Offset) -> Vec<Used> {
    let accounts: Vec<LotAccount<'_>> = accounts.iter().map(|(lot, movements)| LotAccount { lot, movements }).collect();
    let mut nuclides: Vec<&str> = accounts.iter().map(|account| account.lot.nuclide.as_str()).collect();
    nuclides.sort_unstable();
    nuclides.dedup();
    let of = |nuclide: &str| {
        let activity = received(&accounts, nuclide, year, zone).ok()?;
        Some(Used { nuclide: nuclide.to_owned(), gbq: activity.value() / 1e9 })
    };
    nuclides.into_iter().filter_map(of).collect()
}

/// Records about a hospital and its people.
async fn of_hospital(store: &dyn Store, hospital: Id<Hospital>) -> Result<Vec<Record>, StoreError> {
    let query = RecordQuery {
        kinds: vec![Kind::Hospital, Kind::Person],
        hospitals: vec![hospital],
        limit: RECORDS,
        ..RecordQuery::default()
    };
    Ok(store.records(&query).await?.rows)
}

/// A hospital as a step of its cases is judged by it: read once, for many cases.
pub struct House {
    hospital: Option<Hospital>,
    people: Vec<Person>,
    records: Vec<Record>,
}

impl House {
    /// Reads it; of a case that names no hospital there is nothing to read.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read(store: &dyn Store, id: Option<Id<Hospital>>) -> Result<Self, StoreError> {
        let hospital = store.hospitals().await?.into_iter().find(|one| Some(one.id) == id);
        let (people, records) = match &hospital {
            Some(hospital) => (store.people(&[hospital.id]).await?, of_hospital(store, hospital.id).await?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self { hospital, people, records })
    }

    /// What stands in the way of a step of a case of it, whose records and facts are given.
    pub fn blocks(
        &self,
        step: norms::Step,
        (case, records, facts): (&Case, Vec<Record>, &Facts),
        lots: &[Lot],
        at: Timestamp,
        zone: &TimeZone,
    ) -> Vec<Block> {
        let mut records = records;
        records.extend(self.records.iter().cloned());
        let evidence = StepEvidence {
            case,
            hospital: self.hospital.as_ref(),
            records: &records,
            people: &self.people,
            facts: facts.set,
            sources: Sources { lots, ..Sources::default() },
            devices: &[],
            at,
            clock: at.to_zoned(zone.clone()).datetime(),
        };
        norms::step::before(Pack::all(), step, &evidence)
    }
}

/// What stands in the way of a step of a case at a moment. `new` is the record that would be written with it.
///
/// # Errors
/// Those of the store.
pub async fn before(
    store: &dyn Store,
    step: norms::Step,
    case: &Case,
    new: Option<&Record>,
    lots: &[Lot],
    at: Timestamp,
    zone: &TimeZone,
) -> Result<Vec<Block>, StoreError> {
    let house = House::read(store, case.hospital).await?;
    let of_case = RecordQuery { about: Some(About::Case(case.id)), limit: RECORDS, ..RecordQuery::default() };
    let mut records = store.records(&of_case).await?.rows;
    if let Some(new) = new {
        records.retain(|one| one.id != new.id);
        records.push(new.clone());
    }
    let (studies, verifications) = (store.studies(case.id).await?, store.verifications(case.id).await?);
    let movements = store.movements_of(case.id).await?;
    let file =
        CaseFile { case, records: &records, studies: &studies, verifications: &verifications, movements: &movements };
    let facts = Facts::of(file);
    Ok(house.blocks(step, (case, records, &facts), lots, at, zone))
}

/// Papers and tests of a lot, and the licence, before its seeds move.
///
/// # Errors
/// Those of the store.
pub async fn holds(
    store: &dyn Store,
    lot: &Lot,
    movement: &Movement,
    zone: &TimeZone,
) -> Result<Vec<records::sources::acceptance::Hold>, StoreError> {
    use records::sources::acceptance::{Pack as Acceptance, holds};
    use records::sources::licence::{Delivery, check};
    let pack = Acceptance::embedded().map_err(|error| StoreError::Failed(error.to_string()))?;
    let offset = zone.to_offset(movement.at);
    let today = movement.at.to_zoned(zone.clone()).date();
    let about = RecordQuery { about: Some(About::Lot(lot.id)), limit: RECORDS, ..RecordQuery::default() };
    let mut found = holds(lot, movement, &store.records(&about).await?.rows, &pack, today, offset);
    if movement.step == records::sources::Step::Receive {
        let (mut accounts, mut offset_rows) = (Vec::new(), 0);
        loop {
            let query =
                LotQuery { hospitals: vec![lot.hospital], offset: offset_rows, limit: LOTS, ..LotQuery::default() };
            let page = store.lots(&query).await?;
            let read = page.rows.len();
            let mut older = false;
            for row in page.rows {
                older |= row.lot.reference.to_zoned(zone.clone()).date().year() < today.year() - 1;
                accounts.push((row.lot.clone(), store.movements(row.lot.id).await?));
            }
            offset_rows += read as u64;
            // the newest come first: what is older than last year was not received this year
            if read == 0 || older || offset_rows >= page.total {
                break;
            }
        }
        let accounts: Vec<LotAccount<'_>> =
            accounts.iter().map(|(lot, movements)| LotAccount { lot, movements }).collect();
        let delivery = Delivery { lot, seeds: movement.seeds.len(), at: movement.at };
        let records = of_hospital(store, lot.hospital).await?;
        found.extend(check(lot.hospital, &records, &accounts, &delivery, &pack, offset));
    }
    Ok(found)
}
