//! Where records are kept: the one trait that every database adapter implements, and that one suite of tests describes.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::change::Commit;
use crate::facts::{Count, FactQuery, Group, Tally};
use crate::ledger::{Break, Entry, Head};
use crate::sources::{Place, PlaceKind};
use crate::stage::Standing;
use crate::study::StoredFile;
use crate::verification::Draft;
use crate::{
    About, Account, Case, Digest, Document, Figure, Hospital, Id, Job, Kind, Lot, Movement, Patient, Person, Record,
    Signature, Stage, StoredStudy, Upload, Verification,
};

/// Why a store did not do what was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// somebody else changed the item since it was read
    #[error("{} {id} was changed by somebody else in the meantime: read it again, then change it", .kind.name())]
    Conflict {
        /// what
        kind: Kind,
        /// which one
        id: String,
    },
    /// an item of that id is not there
    #[error("there is no {what} {id}")]
    Missing {
        /// what
        what: &'static str,
        /// which one
        id: String,
    },
    /// something that must be unique is there already
    #[error("{what} '{value}' is taken already; choose another")]
    Taken {
        /// `the case number`, `the login name`…
        what: &'static str,
        /// the value
        value: String,
    },
    /// the change breaks a rule of the records
    #[error("{0}")]
    Refused(String),
    /// the ledger or an item was altered outside the program
    #[error(transparent)]
    Broken(#[from] Break),
    /// the database or the disk failed
    #[error("the database failed: {0}")]
    Failed(String),
}

/// A password's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// argon2id, PHC string
    pub hash: String,
}

/// A login that is open. The token itself is known to the browser only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token
    pub token: Digest,
    /// whose
    pub account: Id<Account>,
    /// when it began
    pub begun: Timestamp,
    /// last request
    pub seen: Timestamp,
    /// ends at the latest
    pub ends: Timestamp,
}

/// Which cases to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseQuery {
    /// only these stages; empty means all
    pub stages: Vec<Stage>,
    /// words in the case number, patient's name or number, site or diagnosis; empty means all
    pub search: String,
    /// only cases whose next step was due before this day
    pub overdue_on: Option<Date>,
    /// only cases of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// withdrawn ones too
    pub withdrawn: bool,
    /// order
    pub order: CaseOrder,
    /// rows to pass over
    pub offset: u64,
    /// rows at most; adapters allow up to 200
    pub limit: u32,
}

/// In which order to list cases; ties by newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// what is due first, first; cases without a due day last
    #[default]
    Due,
    /// last opened first
    Newest,
    /// by case number
    Number,
}

/// A row of the worklist.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// the case
    pub case: Case,
    /// whose
    pub patient: Patient,
    /// how far it is and what is due
    pub standing: Standing,
    /// the day of discharge, as the facts of the case have it; `None` of a withdrawn case
    pub discharged: Option<Date>,
}

/// Which filled-in forms to list; the latest day first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordQuery {
    /// only about this
    pub about: Option<About>,
    /// only about things of these kinds; empty means all
    pub kinds: Vec<Kind>,
    /// only of these forms; empty means all
    pub forms: Vec<String>,
    /// only about these hospitals, their people, lots and cases; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// only of this day and later
    pub from: Option<Date>,
    /// only of this day and earlier
    pub to: Option<Date>,
    /// only those that lapse on this day or before, the first to lapse first
    pub until: Option<Date>,
    /// withdrawn ones too
    pub withdrawn: bool,
    /// rows to pass over
    pub offset: u64,
    /// rows at most; adapters allow up to 10 000
    pub limit: u32,
}

/// Which lots to list; the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LotQuery {
    /// only of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// the beginning of the lot's number; empty means all
    pub number: String,
    /// only lots with seeds in such a place (`stored`, `issued`, `quarantine`, `lost`…)
    pub with_seeds: Option<&'static str>,
    /// rows to pass over
    pub offset: u64,
    /// rows at most; adapters allow up to 200
    pub limit: u32,
}

/// A lot with where its seeds are.
#[derive(Debug, Clone, PartialEq)]
pub struct LotRow {
    /// the lot
    pub lot: Lot,
    /// how many seeds are where
    pub places: Vec<(Place, u32)>,
}

/// How many seeds are in places of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// what kind of place
    pub place: PlaceKind,
    /// name of the safe; empty for other places
    pub safe: String,
    /// how many seeds
    pub seeds: u64,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// this part
    pub rows: Vec<T>,
    /// length of the whole list
    pub total: u64,
}

/// Number of cases at each stage, and overdue ones, withdrawn ones left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// cases at each stage
    pub stages: Vec<(Stage, u64)>,
    /// cases whose next step was due before the day asked about
    pub overdue: u64,
}

/// Which entries of the ledger to list, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryQuery {
    /// only those of a case
    pub case: Option<Id<Case>>,
    /// only those about one thing
    pub subject: Option<String>,
    /// only those before this place
    pub before: Option<u64>,
    /// entries at most
    pub limit: u32,
}

/// An item as it is kept, beside what the ledger says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// what
    pub kind: Kind,
    /// which one
    pub id: String,
    /// digest of the content that is kept; `None` when that cannot be read
    pub found: Option<Digest>,
    /// digest that the ledger's last entry with one about this item names
    pub told: Option<Digest>,
    /// place of the ledger's first entry about it
    pub since: Option<u64>,
}

/// A worker's sign of life.
#[derive(Debug, Clone, PartialEq)]
pub struct Report<'a> {
    /// which worker
    pub worker: &'a str,
    /// the step it is at
    pub step: &'a str,
    /// part of the step that is done, 0 to 1
    pub part: f64,
    /// until when it keeps the job without another sign
    pub lease_until: Timestamp,
}

/// Where records are kept.
///
/// Adapters hold to this: what a method acknowledged survives a crash of the process at any moment; a [`Store::commit`] is visible
/// whole or not at all; two commits never both succeed on the same version of an item.
#[async_trait]
pub trait Store: Send + Sync {
    // lasting changes

    /// Writes changes, their ledger entries and work, all or nothing; gives the entries.
    async fn commit(&self, commit: Commit) -> Result<Vec<Entry>, StoreError>;

    // people

    /// All accounts, by login name.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// One account.
    async fn account(&self, id: Id<Account>) -> Result<Option<Account>, StoreError>;
    /// The account of a login name in its normal form, with its password's hash.
    async fn account_by_login(&self, login: &str) -> Result<Option<(Account, Credential)>, StoreError>;
    /// The password's hash of an account.
    async fn credential(&self, id: Id<Account>) -> Result<Option<Credential>, StoreError>;
    /// Opens a session, or renews it.
    async fn put_session(&self, session: &Session) -> Result<(), StoreError>;
    /// The session of a token, ended or not.
    async fn session(&self, token: Digest) -> Result<Option<Session>, StoreError>;
    /// Ends a session.
    async fn end_session(&self, token: Digest) -> Result<(), StoreError>;
    /// Ends all sessions of an account but one.
    async fn end_sessions_of(&self, account: Id<Account>, but: Option<Digest>) -> Result<(), StoreError>;
    /// Forgets sessions that ended before a moment.
    async fn forget_sessions(&self, before: Timestamp) -> Result<(), StoreError>;

    // cases and what belongs to them

    /// Part of the worklist.
    async fn cases(&self, query: &CaseQuery) -> Result<Page<CaseRow>, StoreError>;
    /// How many cases of some hospitals (none named: of all) there are at each stage, and how many were due before `today`.
    async fn counts(&self, today: Date, hospitals: &[Id<Hospital>]) -> Result<Counts, StoreError>;
    /// One case with its patient and standing.
    async fn case(&self, id: Id<Case>) -> Result<Option<CaseRow>, StoreError>;
    /// The patient whom a hospital (`None`: cases of no hospital) knows by a number. Each hospital numbers its own patients.
    async fn patient_by_number(
        &self,
        number: &str,
        hospital: Option<Id<Hospital>>,
    ) -> Result<Option<Patient>, StoreError>;
    /// Cases of a patient, newest first.
    async fn cases_of(&self, patient: Id<Patient>) -> Result<Vec<Case>, StoreError>;
    /// Studies of a case, newest first.
    async fn studies(&self, case: Id<Case>) -> Result<Vec<StoredStudy>, StoreError>;
    /// One study.
    async fn study(&self, id: Id<StoredStudy>) -> Result<Option<StoredStudy>, StoreError>;
    /// Papers of a case, newest first.
    async fn documents(&self, case: Id<Case>) -> Result<Vec<Document>, StoreError>;
    /// One paper.
    async fn document(&self, id: Id<Document>) -> Result<Option<Document>, StoreError>;
    /// Verifications of a case, newest first.
    async fn verifications(&self, case: Id<Case>) -> Result<Vec<Verification>, StoreError>;
    /// One verification.
    async fn verification(&self, id: Id<Verification>) -> Result<Option<Verification>, StoreError>;
    /// Signatures under a verification, oldest first.
    async fn signatures(&self, of: Id<Verification>) -> Result<Vec<Signature>, StoreError>;

    // the register

    /// All hospitals, by code.
    async fn hospitals(&self) -> Result<Vec<Hospital>, StoreError>;
    /// People of some hospitals (none named: of all), by name.
    async fn people(&self, hospitals: &[Id<Hospital>]) -> Result<Vec<Person>, StoreError>;
    /// One person.
    async fn person(&self, id: Id<Person>) -> Result<Option<Person>, StoreError>;
    /// Filled-in forms.
    async fn records(&self, query: &RecordQuery) -> Result<Page<Record>, StoreError>;
    /// One filled-in form.
    async fn record(&self, id: Id<Record>) -> Result<Option<Record>, StoreError>;
    /// Lots of seeds, each with where its seeds are.
    async fn lots(&self, query: &LotQuery) -> Result<Page<LotRow>, StoreError>;
    /// One lot.
    async fn lot(&self, id: Id<Lot>) -> Result<Option<LotRow>, StoreError>;
    /// Movements of a lot's seeds, in the order in which they were entered.
    async fn movements(&self, lot: Id<Lot>) -> Result<Vec<Movement>, StoreError>;
    /// Movements of seeds to and from a case.
    async fn movements_of(&self, case: Id<Case>) -> Result<Vec<Movement>, StoreError>;
    /// How many seeds of some hospitals (none named: of all) are where, safes each by itself, cases together.
    async fn stock(&self, hospitals: &[Id<Hospital>]) -> Result<Vec<Stock>, StoreError>;
    /// Counts cases by their facts, as [`FactQuery::tally`] says.
    async fn tally(&self, query: &FactQuery, count: Count, group: Group) -> Result<Vec<Tally>, StoreError>;
    /// The cases that a count counts, by day.
    async fn counted(&self, query: &FactQuery, offset: u64, limit: u32) -> Result<Page<CaseRow>, StoreError>;
    /// Figures reported of a set of indicators, newest first.
    async fn figures(&self, pack: &str) -> Result<Vec<Figure>, StoreError>;

    // the ledger

    /// Entries, newest first.
    async fn entries(&self, query: &EntryQuery) -> Result<Vec<Entry>, StoreError>;
    /// Entries in order from a place on, `limit` at most.
    async fn entries_from(&self, seq: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// The last entry.
    async fn head(&self) -> Result<Head, StoreError>;
    /// The next items after `after` in the order (kind, id), each with what the ledger says of it at the same moment; empty at the end.
    async fn held(&self, after: Option<(Kind, String)>, limit: u32) -> Result<Vec<Held>, StoreError>;

    // work in progress

    /// An upload with its files.
    async fn upload(&self, id: Id<Upload>) -> Result<Option<Upload>, StoreError>;
    /// Notes a file as received; the same path again takes the place of the first.
    async fn receive(&self, id: Id<Upload>, file: &StoredFile) -> Result<(), StoreError>;
    /// The draft of a verification.
    async fn draft(&self, id: Id<Verification>) -> Result<Option<Draft>, StoreError>;
    /// Keeps a draft whose revision is one above the kept one's, or refuses with [`StoreError::Conflict`].
    async fn put_draft(&self, id: Id<Verification>, draft: &Draft) -> Result<(), StoreError>;

    // jobs

    /// One job.
    async fn job(&self, id: Id<Job>) -> Result<Option<Job>, StoreError>;
    /// Jobs that are not over, oldest first.
    async fn open_jobs(&self) -> Result<Vec<Job>, StoreError>;
    /// Takes the oldest job that is queued or whose lease ran out before `now`, for `worker` until `lease_until`.
    async fn claim(&self, worker: &str, now: Timestamp, lease_until: Timestamp) -> Result<Option<Job>, StoreError>;
    /// A sign of life; tells whether the worker should stop (asked to, or the job is another's by now).
    async fn report(&self, id: Id<Job>, report: &Report<'_>) -> Result<bool, StoreError>;
    /// Asks a job to stop; a queued one is over at once.
    async fn cancel(&self, id: Id<Job>) -> Result<(), StoreError>;

    // care

    /// Checks that the database is there and answers.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Writes a consistent copy of the whole database while it is in use.
    async fn backup(&self, to: &std::path::Path) -> Result<(), StoreError>;
}
