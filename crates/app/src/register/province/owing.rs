//! What is owed to the province.

use std::collections::HashSet;

use exchange::province::Upload;
use jiff::Span;
use jiff::civil::Date;
use records::facts::{By, CaseFile, Fact, FactQuery, Facts};
use records::record::About;
use records::store::{CaseRow, RecordQuery};
use records::{Case, Hospital, Id, Patient, Store};

use super::{CASES, limits};
use crate::register::trouble::Trouble;
use crate::register::whole::RECORDS;

/// Days ahead within which a report is due soon.
const SOON_DAYS: i32 = 7;

/// A case whose report is late, due, or waited for.
#[derive(Debug, Clone)]
pub struct Owed {
    /// the case
    pub case: Case,
    /// whose
    pub patient: Patient,
    /// day of the procedure and of the discharge
    pub days_of: (Option<Date>, Option<Date>),
    /// how far its report is
    pub upload: Upload,
    /// the last day on which it is accepted in time
    pub due: Option<Date>,
    /// days since then, negative before; of one that waits for an answer, days since it was sent
    pub days: i32,
}

/// What is owed to the province.
#[derive(Debug, Clone, Default)]
pub struct Owing {
    /// not accepted in time, the latest first
    pub late: Vec<Owed>,
    /// due within a week
    pub soon: Vec<Owed>,
    /// sent and not answered for so long that they may be sent again
    pub unanswered: Vec<Owed>,
}

/// Looks for what some hospitals owe to the province (none named: all).
///
/// # Errors
/// Those of the store.
pub async fn owing(store: &dyn Store, hospitals: &[Id<Hospital>], today: Date) -> Result<Owing, Trouble> {
    let limits = limits()?;
    let query = FactQuery {
        hospitals: hospitals.to_vec(),
        by: By::Treated,
        all: [Fact::Treated].into_iter().collect(),
        none: [Fact::Uploaded].into_iter().collect(),
        ..FactQuery::default()
    };
    let (mut found, mut offset, mut seen) = (Owing::default(), 0, HashSet::new());
    loop {
        let page = store.counted(&query, offset, CASES).await?;
        if page.rows.is_empty() {
            break;
        }
        offset += page.rows.len() as u64;
        for CaseRow { case, patient, .. } in page.rows {
            if !seen.insert(case.id) {
                continue;
            }
            let about = RecordQuery { about: Some(About::Case(case.id)), limit: RECORDS, ..RecordQuery::default() };
            let records = store.records(&about).await?.rows;
            // its days come from the case and its records alone
            let file = CaseFile { case: &case, records: &records, studies: &[], verifications: &[], movements: &[] };
            let facts = Facts::of(file);
            let upload = Upload::of(&records);
            let Some(due) = limits.due(&case, &facts) else { continue };
            let since = |day: Date| day.until(today).map_or(0, |span| span.get_days());
            let days_of = (facts.treated, facts.discharged);
            let owed = |days| Owed {
                case: case.clone(),
                patient: patient.clone(),
                days_of,
                upload: upload.clone(),
                due: Some(due),
                days,
            };
            if let Upload::Sent { day, .. } = &upload
                && day.saturating_add(Span::new().days(i64::from(limits.days_without_answer))) < today
            {
                found.unanswered.push(owed(since(*day)));
            }
            match since(due) {
                days @ 1.. => found.late.push(owed(days)),
                days if days >= -SOON_DAYS => found.soon.push(owed(days)),
                _ => {}
            }
        }
    }
    for list in [&mut found.late, &mut found.soon, &mut found.unanswered] {
        list.sort_by(|one, other| (other.days, &one.case.number).cmp(&(one.days, &other.case.number)));
    }
    Ok(found)
}
