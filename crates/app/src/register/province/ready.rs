//! What a package of a period would hold.

use std::collections::{BTreeMap, HashSet};

use exchange::province::{CaseInput, Package, PackageError, Upload, package};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use records::facts::{By, Fact, FactQuery};
use records::indicators::Pack;
use records::norms::{Sentence, Step as NormStep};
use records::store::CaseRow;
use records::{Hospital, Id, Person, Store, StoreError, Technique};

use super::{CASES, limits};
use crate::register::norms::House;
use crate::register::trouble::{Trouble, parted};
use crate::register::whole::{Whole, whole};

/// A case that might be reported.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// the case with all that belongs to it
    pub whole: Whole,
    /// how far its report is
    pub upload: Upload,
}

impl Candidate {
    pub(super) fn number(&self) -> &str {
        &self.whole.case.number
    }
}

/// What a package of a period would hold.
#[derive(Debug, Clone, Default)]
pub struct Ready {
    /// what would be sent
    pub ready: Vec<Candidate>,
    /// what is not sent, with the reason: accepted already, or an answer is awaited
    pub left_out: Vec<(Candidate, Sentence)>,
    /// what cannot be sent until it is put right
    pub wrong: Vec<(Candidate, Vec<Sentence>)>,
}

/// Looks at the cases of a hospital whose discharge (or procedure, where no discharge is recorded) lies in a period.
///
/// # Errors
/// Those of the store.
pub async fn ready(
    store: &dyn Store,
    hospital: &Hospital,
    (from, until): (Date, Date),
    at: Timestamp,
) -> Result<Ready, Trouble> {
    if from > until {
        return Err(Trouble::value("from", "开始日期晚于结束日期。", "the first day is after the last"));
    }
    let zone = TimeZone::system();
    let today = at.to_zoned(zone.clone()).date();
    let wait = limits()?.days_without_answer;
    let house = House::read(store, Some(hospital.id)).await?;
    let mut found = Ready::default();
    for row in of_period(store, hospital.id, (from, until)).await? {
        let one = whole(store, row).await?;
        let day = one.facts.discharged.or(one.facts.treated);
        if one.case.technique == Technique::Radiopharmaceutical || day.is_none_or(|day| day < from || day > until) {
            continue;
        }
        let upload = Upload::of(&one.records);
        let next = upload.next_attempt(today, wait);
        let blocks = house.blocks(NormStep::Upload, (&one.case, one.records.clone(), &one.facts), &[], at, &zone);
        let candidate = Candidate { whole: one, upload };
        if let Err(why) = next {
            let (zh, en) = parted(&why.to_string());
            found.left_out.push((candidate, Sentence::new(zh, en)));
            continue;
        }
        let blocking: Vec<Sentence> = blocks
            .iter()
            .filter(|block| block.blocks)
            .map(|block| {
                let (says, todo) = (&block.says, &block.what_to_do);
                let clause = format!("{} {}", block.pack, block.clause);
                Sentence::new(
                    format!("{clause}：{}。{}", says.zh, todo.zh),
                    format!("{clause}: {}. {}", says.en, todo.en),
                )
            })
            .collect();
        if blocking.is_empty() {
            found.ready.push(candidate);
        } else {
            found.wrong.push((candidate, blocking));
        }
    }
    let people = store.people(&[]).await?;
    // what the package itself refuses
    while let Err(error @ (PackageError::Cases(_) | PackageError::Schema(_))) =
        pack(hospital, (from, until), &found.ready, &people, at)
    {
        refused(&mut found, &error)?;
    }
    Ok(found)
}

/// Moves the cases that a package refuses to those that cannot be sent.
fn refused(found: &mut Ready, error: &PackageError) -> Result<(), Trouble> {
    let mut reasons: BTreeMap<String, Vec<Sentence>> = BTreeMap::new();
    match error {
        PackageError::Empty { .. } => {}
        PackageError::Cases(cases) => {
            for one in cases {
                reasons.entry(one.case.clone()).or_default().push(Sentence::new(&one.zh, &one.en));
            }
        }
        PackageError::Schema(faults) => {
            for fault in faults {
                let at = fault.strip_prefix("/cases/").and_then(|rest| rest.split_once('/'));
                let candidate = at.and_then(|(at, _)| found.ready.get(at.parse::<usize>().ok()?));
                let Some(candidate) = candidate else {
                    let zh = format!("医院或期间的信息不符合上报格式，请更正：{fault}");
                    return Err(Trouble::refused(
                        zh,
                        format!("hospital or period do not fit the package, put right: {fault}"),
                    ));
                };
                let what = at.map_or(fault.as_str(), |(_, rest)| rest);
                let said = Sentence::new(format!("内容不符合上报格式，请更正：{what}"), format!("put right: {what}"));
                reasons.entry(candidate.number().to_owned()).or_default().push(said);
            }
        }
    }
    for candidate in std::mem::take(&mut found.ready) {
        match reasons.remove(candidate.number()) {
            Some(said) => found.wrong.push((candidate, said)),
            None => found.ready.push(candidate),
        }
    }
    Ok(())
}

/// Cases discharged in a period, and those treated in it: whoever reads them looks at which day counts.
async fn of_period(
    store: &dyn Store,
    hospital: Id<Hospital>,
    (from, until): (Date, Date),
) -> Result<Vec<CaseRow>, StoreError> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for by in [By::Discharged, By::Treated] {
        let query = FactQuery {
            hospitals: vec![hospital],
            by,
            from: Some(from),
            to: Some(until),
            all: [Fact::Treated].into_iter().collect(),
            ..FactQuery::default()
        };
        let mut offset = 0;
        loop {
            let page = store.counted(&query, offset, CASES).await?;
            if page.rows.is_empty() {
                break;
            }
            offset += page.rows.len() as u64;
            rows.extend(page.rows.into_iter().filter(|row| seen.insert(row.case.id)));
        }
    }
    rows.sort_by(|one, other| one.case.number.cmp(&other.case.number));
    Ok(rows)
}

/// The package of some cases.
pub(super) fn pack(
    hospital: &Hospital,
    period: (Date, Date),
    cases: &[Candidate],
    people: &[Person],
    made: Timestamp,
) -> Result<Package, PackageError> {
    let inputs: Vec<CaseInput<'_>> = cases
        .iter()
        .map(|one| CaseInput {
            case: &one.whole.case,
            patient: &one.whole.patient,
            records: &one.whole.records,
            facts: &one.whole.facts,
            operator: people.iter().find(|person| Some(person.id) == one.whole.facts.operator),
            attempt: one.upload.attempt() + 1,
        })
        .collect();
    package(hospital, period, &inputs, Pack::all(), made)
}
