//! The register without what says who somebody is, for a study.

use std::io::{Seek, Write};

use exchange::Format;
use exchange::deidentified::{Dates, Groups, Key, Policies, Policy, StudyError, Subject, export};
use jiff::Timestamp;
use jiff::civil::Date;
use records::forms::Forms;
use records::{Hospital, Id, Store};

use super::trouble::Trouble;
use super::whole::{Cases, Whole, whole};

/// Groups of fewer patients than this are marked, where nothing else is said (a usual choice; 5 is what many data holders ask).
pub const K: usize = 5;

/// The policies that come with the program.
///
/// # Errors
/// When their table is not as it should be; a test holds that it is.
pub fn policies() -> Result<Policies, Trouble> {
    Policies::builtin().map_err(Trouble::failed)
}

/// The policy of a name.
///
/// # Errors
/// When there is none, with the names of those there are.
pub fn policy(id: &str) -> Result<Policy, Trouble> {
    let all = policies()?;
    let known = all.all().iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(", ");
    all.get(id).cloned().ok_or_else(|| {
        Trouble::value(
            "policy",
            format!("没有这种去标识化策略；可选：{known}。"),
            format!("there is no such policy; choose {known}"),
        )
    })
}

/// The policy by which a FHIR bundle under a pseudonym shifts days.
///
/// # Errors
/// When no policy shifts days; a test holds that one does.
pub fn shifting() -> Result<Policy, Trouble> {
    let all = policies()?;
    let found = all.all().iter().find(|policy| policy.dates == Dates::Shift).cloned();
    found.ok_or_else(|| Trouble::failed("no policy shifts days"))
}

/// What an export holds.
#[derive(Debug, Clone)]
pub struct Exported {
    /// cases
    pub cases: u64,
    /// its groups of like cases
    pub groups: Groups,
}

impl Exported {
    /// Cases of groups of fewer than k patients.
    pub fn in_small_groups(&self) -> u64 {
        self.groups.small().map(|group| group.cases as u64).sum()
    }
}

/// Which cases, and how.
#[derive(Debug, Clone)]
pub struct Asked {
    /// only of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// first day of the procedure
    pub from: Option<Date>,
    /// last day of the procedure
    pub until: Option<Date>,
    /// by which policy
    pub policy: Policy,
    /// groups of fewer patients than this are marked
    pub k: usize,
}

/// Writes an export. Its cases are held in memory.
///
/// # Errors
/// Those of the store, when there is no case, k is none, or the output cannot take it.
pub async fn write<W: Write + Seek + Send>(
    store: &dyn Store,
    forms: &Forms,
    key: &Key,
    asked: &Asked,
    (out, format): (W, Format),
    made: Timestamp,
) -> Result<Exported, Trouble> {
    let mut all: Vec<Whole> = Vec::new();
    let mut pages = Cases::of(&asked.hospitals);
    loop {
        let page = pages.next(store).await?;
        if page.is_empty() {
            break;
        }
        for row in page.into_iter().filter(|row| !row.case.withdrawn) {
            let one = whole(store, row).await?;
            let day = one.facts.treated;
            let bounded = asked.from.is_some() || asked.until.is_some();
            let within = day.is_some_and(|day| {
                asked.from.is_none_or(|from| from <= day) && asked.until.is_none_or(|until| day <= until)
            });
            if within || !bounded {
                all.push(one);
            }
        }
    }
    if all.is_empty() {
        return Err(Trouble::refused("所选范围内没有病例，请放宽条件。", "no case in that period: choose another"));
    }
    let subjects: Vec<Subject<'_>> = all
        .iter()
        .map(|one| Subject { case: &one.case, patient: &one.patient, records: &one.records, facts: &one.facts })
        .collect();
    let groups = export(out, format, (&asked.policy, key, asked.k), forms, &subjects, made);
    let groups = groups.map_err(|error| match error {
        StudyError::K(_) => Trouble::value("k", "k 应为 2 到 1000。", "take k of 2 to 1000"),
        StudyError::Write(error) => error.into(),
        other @ StudyError::Mixed(_) => Trouble::failed(other),
    })?;
    Ok(Exported { cases: all.len() as u64, groups })
}
