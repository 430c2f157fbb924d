//! The adapter of [`records::Store`] on one SQLite file.
//!
//! One connection writes (`BEGIN IMMEDIATE`, synchronous to the disk), a few read at the same time (WAL). A caller that goes away in
//! the middle of a call leaves nothing half done: its transaction is rolled back when it is dropped.

mod backup;
mod care;
mod facts;
mod identity;
mod jobs;
mod ledger;
mod list;
mod open;
mod people;
mod register;
mod rows;
mod search;
mod sources;
mod work;
mod worklist;
mod write;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use records::facts::{Count, FactQuery, Group, Tally};
use records::ledger::{Entry, Head};
use records::store::{
    CaseQuery, CaseRow, Counts, Credential, EntryQuery, Held, LotQuery, LotRow, Page, RecordQuery, Report, Session,
    Stock, StoreError,
};
use records::study::StoredFile;
use records::verification::Draft;
use records::{
    Account, Case, Commit, Digest, Document, Figure, Hospital, Id, Job, Kind, Lot, Movement, Patient, Person, Record,
    Signature, Store, StoredStudy, Upload, Verification,
};
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, Transaction};

pub use care::{Named, Stale};
use identity::Identity;
pub use open::OpenError;
use rows::{failed, many, one};

use crate::keys::Keys;

/// Records in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    connections: open::Connections,
    identity: Identity,
}

impl SqliteStore {
    /// Opens the database at `path`, and makes it where there is none; its folder must be there. Identities are sealed by `keys`.
    ///
    /// # Errors
    /// When the file is of a newer program or of another one, and when the disk or the database fails. The file is as it was then.
    pub async fn open(path: impl AsRef<Path>, keys: Keys) -> Result<Self, OpenError> {
        let path = path.as_ref().to_path_buf();
        let identity = Identity::new(keys);
        let connections = open::open(&path, &identity).await?;
        Ok(Self { path, connections, identity })
    }

    /// Whether the identities in the file at `path` are sealed already, so that its own key file is needed; false of no file.
    ///
    /// # Errors
    /// When the file is of a newer program or of another one, and when it cannot be read.
    pub async fn is_sealed(path: impl AsRef<Path>) -> Result<bool, OpenError> {
        open::is_sealed(path.as_ref()).await
    }

    /// Seals every identity that another key sealed by the current one, and makes the search anew; gives how many there were.
    /// All or none: until it is done everything is as it was.
    ///
    /// # Errors
    /// When the database fails, or an identity was sealed by a key that is not there.
    pub async fn reseal(&self) -> Result<u64, StoreError> {
        let mut transaction = self.write().await?;
        let resealed = worklist::reseal(&mut transaction, &self.identity).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(resealed)
    }

    /// Closes the database; everything acknowledged is in the file itself afterwards. A store that is only dropped loses nothing either.
    pub async fn close(self) {
        self.connections.readers.close().await;
        self.connections.writer.close().await;
    }

    /// Every file that an item or an upload names, sorted.
    ///
    /// # Errors
    /// When the database fails or an item cannot be read.
    pub async fn contents(&self) -> Result<Vec<Named>, StoreError> {
        care::contents(&mut *self.read().await?).await
    }

    /// Reads every page and every reference of the file; gives what is wrong with it, nothing when it is sound.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        care::integrity(&mut *self.read().await?).await
    }

    /// Makes everything derived anew in a transaction that is given up, and says which tables would change. For a copy: nobody can write
    /// meanwhile.
    ///
    /// # Errors
    /// When the database fails or an item cannot be read.
    pub async fn stale(&self) -> Result<Vec<Stale>, StoreError> {
        let mut transaction = self.write().await?;
        care::stale(&mut transaction, &self.identity).await
    }

    /// Makes the worklist, its search, the facts and the places of seeds anew from the items.
    ///
    /// # Errors
    /// When the database fails or an item cannot be read.
    pub async fn rebuild(&self) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        worklist::rebuild(&mut transaction, &self.identity).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        match self.connections.writer.begin_with("BEGIN IMMEDIATE").await {
            // SQLite rolled a transaction back by itself (the disk was full), which leaves the connection's count of open
            // transactions wrong: that connection goes, the next is sound
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let connection = self.connections.writer.acquire().await.map_err(failed)?;
                connection.close().await.map_err(failed)?;
                self.connections.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)
            }
            other => other.map_err(failed),
        }
    }

    async fn read(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.connections.readers.acquire().await.map_err(failed)
    }
}

/// Newest first.
fn newest_first<T, K: Ord>(mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    items.sort_by_key(|item| std::cmp::Reverse(key(item)));
    items
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<Vec<Entry>, StoreError> {
        records::rules::check(&commit)?;
        let mut transaction = self.write().await?;
        let entries = write::commit(&mut transaction, &self.identity, &commit).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(entries)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        people::accounts(&mut *self.read().await?).await
    }

    async fn account(&self, id: Id<Account>) -> Result<Option<Account>, StoreError> {
        one(&mut *self.read().await?, Kind::Account, "id", &id.to_string()).await
    }

    async fn account_by_login(&self, login: &str) -> Result<Option<(Account, Credential)>, StoreError> {
        people::by_login(&mut *self.read().await?, login).await
    }

    async fn credential(&self, id: Id<Account>) -> Result<Option<Credential>, StoreError> {
        people::credential(&mut *self.read().await?, &id.to_string()).await
    }

    async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        people::put_session(&mut transaction, session).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn session(&self, token: Digest) -> Result<Option<Session>, StoreError> {
        people::session(&mut *self.read().await?, token).await
    }

    async fn end_session(&self, token: Digest) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        people::end_session(&mut transaction, token).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn end_sessions_of(&self, account: Id<Account>, but: Option<Digest>) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        people::end_sessions_of(&mut transaction, account, but).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        people::forget_sessions(&mut transaction, before).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn cases(&self, query: &CaseQuery) -> Result<Page<CaseRow>, StoreError> {
        let mut connection = self.read().await?;
        // one transaction: rows and total are of the same moment
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        list::cases(&mut transaction, &self.identity, query).await
    }

    async fn counts(&self, today: Date, hospitals: &[Id<Hospital>]) -> Result<Counts, StoreError> {
        list::counts(&mut *self.read().await?, today, hospitals).await
    }

    async fn case(&self, id: Id<Case>) -> Result<Option<CaseRow>, StoreError> {
        list::case(&mut *self.read().await?, &self.identity, id).await
    }

    async fn patient_by_number(
        &self,
        number: &str,
        hospital: Option<Id<Hospital>>,
    ) -> Result<Option<Patient>, StoreError> {
        if number.is_empty() {
            return Ok(None);
        }
        rows::patient_by_number(&mut *self.read().await?, &self.identity, number, hospital).await
    }

    async fn cases_of(&self, patient: Id<Patient>) -> Result<Vec<Case>, StoreError> {
        let cases = many(&mut *self.read().await?, Kind::Case, "patient", &patient.to_string()).await?;
        Ok(newest_first(cases, |case: &Case| (case.created, case.id)))
    }

    async fn studies(&self, case: Id<Case>) -> Result<Vec<StoredStudy>, StoreError> {
        let studies = many(&mut *self.read().await?, Kind::Study, "case_id", &case.to_string()).await?;
        Ok(newest_first(studies, |study: &StoredStudy| (study.received, study.id)))
    }

    async fn study(&self, id: Id<StoredStudy>) -> Result<Option<StoredStudy>, StoreError> {
        one(&mut *self.read().await?, Kind::Study, "id", &id.to_string()).await
    }

    async fn documents(&self, case: Id<Case>) -> Result<Vec<Document>, StoreError> {
        let documents = many(&mut *self.read().await?, Kind::Document, "case_id", &case.to_string()).await?;
        Ok(newest_first(documents, |document: &Document| (document.added, document.id)))
    }

    async fn document(&self, id: Id<Document>) -> Result<Option<Document>, StoreError> {
        one(&mut *self.read().await?, Kind::Document, "id", &id.to_string()).await
    }

    async fn verifications(&self, case: Id<Case>) -> Result<Vec<Verification>, StoreError> {
        let verifications = many(&mut *self.read().await?, Kind::Verification, "case_id", &case.to_string()).await?;
        Ok(newest_first(verifications, |one: &Verification| one.number))
    }

    async fn verification(&self, id: Id<Verification>) -> Result<Option<Verification>, StoreError> {
        one(&mut *self.read().await?, Kind::Verification, "id", &id.to_string()).await
    }

    async fn signatures(&self, of: Id<Verification>) -> Result<Vec<Signature>, StoreError> {
        let mut signatures: Vec<Signature> =
            many(&mut *self.read().await?, Kind::Signature, "verification", &of.to_string()).await?;
        signatures.sort_by_key(|one| (one.signed, one.id));
        Ok(signatures)
    }

    async fn hospitals(&self) -> Result<Vec<Hospital>, StoreError> {
        register::hospitals(&mut *self.read().await?).await
    }

    async fn people(&self, hospitals: &[Id<Hospital>]) -> Result<Vec<Person>, StoreError> {
        register::people(&mut *self.read().await?, hospitals).await
    }

    async fn person(&self, id: Id<Person>) -> Result<Option<Person>, StoreError> {
        one(&mut *self.read().await?, Kind::Person, "id", &id.to_string()).await
    }

    async fn records(&self, query: &RecordQuery) -> Result<Page<Record>, StoreError> {
        let mut connection = self.read().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        register::records(&mut transaction, query).await
    }

    async fn record(&self, id: Id<Record>) -> Result<Option<Record>, StoreError> {
        one(&mut *self.read().await?, Kind::Record, "id", &id.to_string()).await
    }

    async fn lots(&self, query: &LotQuery) -> Result<Page<LotRow>, StoreError> {
        let mut connection = self.read().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        sources::lots(&mut transaction, query).await
    }

    async fn lot(&self, id: Id<Lot>) -> Result<Option<LotRow>, StoreError> {
        let mut connection = self.read().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        sources::lot(&mut transaction, id).await
    }

    async fn movements(&self, lot: Id<Lot>) -> Result<Vec<Movement>, StoreError> {
        sources::movements(&mut *self.read().await?, &lot.to_string()).await
    }

    async fn movements_of(&self, case: Id<Case>) -> Result<Vec<Movement>, StoreError> {
        sources::movements_of(&mut *self.read().await?, case).await
    }

    async fn stock(&self, hospitals: &[Id<Hospital>]) -> Result<Vec<Stock>, StoreError> {
        sources::stock(&mut *self.read().await?, hospitals).await
    }

    async fn tally(&self, query: &FactQuery, count: Count, group: Group) -> Result<Vec<Tally>, StoreError> {
        facts::tally(&mut *self.read().await?, query, count, group).await
    }

    async fn counted(&self, query: &FactQuery, offset: u64, limit: u32) -> Result<Page<CaseRow>, StoreError> {
        let mut connection = self.read().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        facts::counted(&mut transaction, &self.identity, query, offset, limit).await
    }

    async fn figures(&self, pack: &str) -> Result<Vec<Figure>, StoreError> {
        let figures = many(&mut *self.read().await?, Kind::Figure, "pack", pack).await?;
        Ok(newest_first(figures, |figure: &Figure| (figure.at, figure.id)))
    }

    async fn entries(&self, query: &EntryQuery) -> Result<Vec<Entry>, StoreError> {
        ledger::entries(&mut *self.read().await?, query).await
    }

    async fn entries_from(&self, seq: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        ledger::entries_from(&mut *self.read().await?, seq, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        ledger::head(&mut *self.read().await?).await
    }

    async fn held(&self, after: Option<(Kind, String)>, limit: u32) -> Result<Vec<Held>, StoreError> {
        ledger::held(&mut *self.read().await?, &self.identity, after, limit).await
    }

    async fn upload(&self, id: Id<Upload>) -> Result<Option<Upload>, StoreError> {
        let mut connection = self.read().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.map_err(failed)?;
        work::upload(&mut transaction, id).await
    }

    async fn receive(&self, id: Id<Upload>, file: &StoredFile) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        work::receive(&mut transaction, id, file).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn draft(&self, id: Id<Verification>) -> Result<Option<Draft>, StoreError> {
        work::draft(&mut *self.read().await?, id).await
    }

    async fn put_draft(&self, id: Id<Verification>, draft: &Draft) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        work::next_draft(&mut transaction, id, draft).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn job(&self, id: Id<Job>) -> Result<Option<Job>, StoreError> {
        jobs::job(&mut *self.read().await?, id).await
    }

    async fn open_jobs(&self) -> Result<Vec<Job>, StoreError> {
        jobs::open(&mut *self.read().await?).await
    }

    async fn claim(&self, worker: &str, now: Timestamp, lease_until: Timestamp) -> Result<Option<Job>, StoreError> {
        // workers ask often and mostly in vain: nothing is written, and no writer waits, unless there is something to take
        if !jobs::is_any_free(&mut *self.read().await?, now).await? {
            return Ok(None);
        }
        let mut transaction = self.write().await?;
        let job = jobs::claim(&mut transaction, worker, now, lease_until).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(job)
    }

    async fn report(&self, id: Id<Job>, report: &Report<'_>) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let stop = jobs::report(&mut transaction, id, report).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(stop)
    }

    async fn cancel(&self, id: Id<Job>) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        jobs::cancel(&mut transaction, id).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        if !self.path.is_file() {
            return Err(StoreError::Failed(format!("{} is gone", self.path.display())));
        }
        ledger::head(&mut *self.read().await?).await.map(drop)
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::backup(&self.path, to).await
    }
}
