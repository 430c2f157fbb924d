//! What belongs to whom: a person who belongs to hospitals reaches only what is theirs. One place decides it for every route that
//! names a thing, before the route is asked.

use records::ledger::Content;
use records::record::About;
use records::{Account, Hospital, Id, Kind, Lot, Store, StoreError};

use crate::server::App;
use crate::server::problem::Problem;

/// What the identifier in a route's path is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// none, or a thing that belongs to no hospital
    Free,
    /// an account
    Account,
    /// a case
    Case,
    /// a study
    Study,
    /// a paper
    Document,
    /// a verification
    Verification,
    /// an upload
    Upload,
    /// a job
    Job,
    /// a hospital
    Hospital,
    /// a person
    Person,
    /// a filled-in form
    Record,
    /// a lot of seeds
    Lot,
}

impl Noun {
    /// Of a route such as `/cases/{id}/timeline`.
    pub fn of(route: &str) -> Self {
        let mut parts = route.trim_start_matches('/').split('/');
        let noun = parts.next().unwrap_or_default();
        if parts.next() != Some("{id}") {
            return Self::Free;
        }
        match noun {
            "accounts" => Self::Account,
            "cases" => Self::Case,
            "studies" => Self::Study,
            "documents" => Self::Document,
            "verifications" => Self::Verification,
            "uploads" => Self::Upload,
            "jobs" => Self::Job,
            "hospitals" => Self::Hospital,
            "people" => Self::Person,
            "records" => Self::Record,
            "lots" => Self::Lot,
            _ => Self::Free,
        }
    }

    /// Refuses what does not belong to one of these hospitals; none named reach all. What is not there is left to the route, and what
    /// is another's looks as if it were not there.
    ///
    /// # Errors
    /// A `not-found` problem, or that of the store.
    pub async fn must_be_of(self, app: &App, hospitals: &[Id<Hospital>], path: &str) -> Result<(), Problem> {
        if hospitals.is_empty() || self == Self::Free {
            return Ok(());
        }
        let id = path.trim_start_matches('/').split('/').nth(1).unwrap_or_default();
        if self == Self::Account {
            let account = match id.parse() {
                Ok(id) => app.store.account(id).await?,
                Err(_) => None,
            };
            return match account {
                Some(account) if !is_managed_by(&account, hospitals) => Err(Problem::not_found("个账号", "account")),
                _ => Ok(()),
            };
        }
        match self.hospital(&*app.store, id).await? {
            Place::Of(Some(hospital)) if hospitals.contains(&hospital) => Ok(()),
            Place::Nowhere => Ok(()),
            Place::Of(_) => Err(Problem::not_found("项内容", "thing")),
        }
    }

    async fn hospital(self, store: &dyn Store, id: &str) -> Result<Place, StoreError> {
        fn parsed<T>(id: &str) -> Option<Id<T>> {
            id.parse().ok()
        }
        let about = match self {
            Self::Free | Self::Account => None,
            Self::Case => parsed(id).map(About::Case),
            Self::Hospital => parsed(id).map(About::Hospital),
            Self::Person => parsed(id).map(About::Person),
            Self::Lot => parsed(id).map(About::Lot),
            Self::Record => match parsed(id) {
                Some(id) => store.record(id).await?.map(|record| record.about),
                None => None,
            },
            Self::Study => match parsed(id) {
                Some(id) => store.study(id).await?.map(|study| About::Case(study.case)),
                None => None,
            },
            Self::Document => match parsed(id) {
                Some(id) => store.document(id).await?.map(|document| About::Case(document.case)),
                None => None,
            },
            Self::Verification => verification(store, id).await?,
            Self::Upload => upload(store, id).await?,
            Self::Job => match parsed(id) {
                Some(id) => match store.job(id).await? {
                    Some(job) => match upload(store, &job.subject).await? {
                        Some(about) => Some(about),
                        None => verification(store, &job.subject).await?,
                    },
                    None => None,
                },
                None => None,
            },
        };
        match about {
            Some(about) => of(store, about).await,
            None => Ok(Place::Nowhere),
        }
    }
}

enum Place {
    /// not there
    Nowhere,
    /// of a hospital, or of none
    Of(Option<Id<Hospital>>),
}

async fn verification(store: &dyn Store, id: &str) -> Result<Option<About>, StoreError> {
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(store.verification(id).await?.map(|one| About::Case(one.case)))
}

async fn upload(store: &dyn Store, id: &str) -> Result<Option<About>, StoreError> {
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(store.upload(id).await?.map(|upload| About::Case(upload.case)))
}

async fn of(store: &dyn Store, about: About) -> Result<Place, StoreError> {
    let found = match about {
        About::Case(id) => store.case(id).await?.map(|row| row.case.hospital),
        About::Person(id) => store.person(id).await?.map(|person| Some(person.hospital)),
        About::Lot(id) => store.lot(id).await?.map(|row| Some(row.lot.hospital)),
        About::Hospital(id) => Some(Some(id)),
    };
    Ok(found.map_or(Place::Nowhere, Place::Of))
}

/// Whether people of these hospitals (none named: of all) may change an account: it reaches no further than they do.
pub fn is_managed_by(account: &Account, hospitals: &[Id<Hospital>]) -> bool {
    hospitals.is_empty()
        || (!account.hospitals.is_empty() && account.hospitals.iter().all(|one| hospitals.contains(one)))
}

/// Whether people of these hospitals (none named: of all) see who an account is: somebody of theirs, or somebody who works for all.
pub fn is_seen_by(account: &Account, hospitals: &[Id<Hospital>]) -> bool {
    hospitals.is_empty() || account.hospitals.is_empty() || account.hospitals.iter().any(|one| hospitals.contains(one))
}

/// Whether an entry of the ledger is about something of these hospitals (none named: of all), or about an account that works for all.
/// What cannot be told is another's.
///
/// # Errors
/// That of the store.
pub async fn tells_of(store: &dyn Store, hospitals: &[Id<Hospital>], entry: &Content) -> Result<bool, StoreError> {
    if hospitals.is_empty() {
        return Ok(true);
    }
    let is_ours = |hospital: Option<Id<Hospital>>| hospital.is_some_and(|one| hospitals.contains(&one));
    if let Some(case) = entry.case {
        return Ok(is_ours(hospital_of(store, About::Case(case)).await?));
    }
    let is = |kind: Kind| entry.kind == kind.name();
    let noun = match entry.kind.as_str() {
        kind if kind == Kind::Hospital.name() => Noun::Hospital,
        kind if kind == Kind::Person.name() => Noun::Person,
        kind if kind == Kind::Record.name() => Noun::Record,
        kind if kind == Kind::Lot.name() => Noun::Lot,
        _ => Noun::Free,
    };
    if is(Kind::Account) {
        let Ok(id) = entry.subject.parse() else { return Ok(false) };
        let account = store.account(id).await?;
        return Ok(account.is_some_and(|one| one.hospitals.is_empty() || is_managed_by(&one, hospitals)));
    }
    if is(Kind::Patient) {
        let Ok(id) = entry.subject.parse() else { return Ok(false) };
        let cases = store.cases_of(id).await?;
        return Ok(!cases.is_empty() && cases.iter().all(|case| is_ours(case.hospital)));
    }
    if is(Kind::Movement) {
        let lot: Option<Id<Lot>> = entry.after.get("lot").and_then(|id| id.as_str()?.parse().ok());
        let Some(lot) = lot else { return Ok(false) };
        return Ok(is_ours(hospital_of(store, About::Lot(lot)).await?));
    }
    if is(Kind::Figure) {
        let of = entry.after.get("hospitals").and_then(|all| all.as_array()).cloned().unwrap_or_default();
        return Ok(!of.is_empty() && of.iter().all(|id| is_ours(id.as_str().and_then(|id| id.parse().ok()))));
    }
    Ok(matches!(noun.hospital(store, &entry.subject).await?, Place::Of(hospital) if is_ours(hospital)))
}

/// The hospital that a record about something belongs to; `None` when the thing is not there or belongs to none.
///
/// # Errors
/// That of the store.
pub async fn hospital_of(store: &dyn Store, about: About) -> Result<Option<Id<Hospital>>, StoreError> {
    Ok(match of(store, about).await? {
        Place::Of(hospital) => hospital,
        Place::Nowhere => None,
    })
}

/// Refuses to write about what does not belong to one of these hospitals; none named reach all.
///
/// # Errors
/// A `not-found` problem, or that of the store.
pub async fn must_reach(store: &dyn Store, hospitals: &[Id<Hospital>], about: About) -> Result<(), Problem> {
    match of(store, about).await? {
        Place::Of(hospital) if hospitals.is_empty() || hospital.is_some_and(|one| hospitals.contains(&one)) => Ok(()),
        Place::Of(_) | Place::Nowhere => Err(Problem::not_found("项内容", "thing")),
    }
}
