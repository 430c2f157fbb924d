//! Opening a database file: whose it is, which version it has, and bringing it to the version of this program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::identity::Identity;
use super::worklist;

/// Marks a SQLite file as one of ours: "Dosw" in ASCII, in the file's header (`PRAGMA application_id`).
const APPLICATION: i64 = 0x446f_7377;
/// One step each, in order; the number of steps taken is the file's `user_version`. A step that was released is never changed.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/0001_records.sql"), include_str!("migrations/0002_register.sql")];
/// The step that sealed identities.
const SEALED_SINCE: usize = 2;
/// How long a writer waits for another process's writer.
const BUSY: Duration = Duration::from_secs(10);
/// Connections that read while one writes.
const READERS: u32 = 4;

/// Why a database could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// written by a newer program
    #[error(
        "{path} was written by a newer version of this program (database version {found}, this program knows {known}): use that \
         version, or a backup from before it"
    )]
    Newer {
        /// the file
        path: PathBuf,
        /// its version
        found: i64,
        /// the newest that this program knows
        known: i64,
    },
    /// a SQLite file of another program
    #[error("{0} is a database of another program: choose another file")]
    Foreign(PathBuf),
    /// the disk or the database failed
    #[error("{path} cannot be opened as a database: {reason}")]
    Failed {
        /// the file
        path: PathBuf,
        /// why
        reason: String,
    },
}

/// The connections to a database: one that writes, some that read.
#[derive(Debug)]
pub(super) struct Connections {
    pub writer: SqlitePool,
    pub readers: SqlitePool,
}

/// Opens a database, makes it where it is not there, and brings it to this program's version.
pub(super) async fn open(path: &Path, identity: &Identity) -> Result<Connections, OpenError> {
    let failed = |error: &dyn std::fmt::Display| OpenError::Failed { path: path.into(), reason: error.to_string() };
    let there = path.metadata().is_ok_and(|file| file.len() > 0);
    if there {
        // looked at before anything in it is changed; not read-only, for after a crash SQLite has to put the file in order first
        let mut connection = plain(path).connect().await.map_err(|error| failed(&error))?;
        check_version(path, &mut connection).await?;
        connection.close().await.map_err(|error| failed(&error))?;
    }
    let options = plain(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_lifetime(None).idle_timeout(None).test_before_acquire(false);
    let writer = pool.clone().max_connections(1).connect_with(options.clone()).await.map_err(|error| failed(&error))?;
    migrate(path, &writer, identity).await?;
    // the file's name in its folder must survive too
    sync_folder_of(path).map_err(|error| failed(&error))?;
    let readers = pool.max_connections(READERS).connect_with(options.pragma("query_only", "ON")).await;
    Ok(Connections { writer, readers: readers.map_err(|error| failed(&error))? })
}

/// Whether a file's identities are sealed: that of a database of this program or a later one; not of an older one or of none.
pub(super) async fn is_sealed(path: &Path) -> Result<bool, OpenError> {
    if !path.metadata().is_ok_and(|file| file.len() > 0) {
        return Ok(false);
    }
    let failed = |error: sqlx::Error| OpenError::Failed { path: path.into(), reason: error.to_string() };
    let mut connection = plain(path).connect().await.map_err(failed)?;
    let version = check_version(path, &mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(version >= SEALED_SINCE)
}

/// A plain connection to a file.
pub(super) fn plain(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).disable_statement_logging()
}

/// Makes the entries of the folder that holds `path` lasting.
pub(super) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// The version of a file of ours, 0 for one that holds nothing yet.
pub(super) async fn check_version(path: &Path, connection: &mut SqliteConnection) -> Result<usize, OpenError> {
    let failed = |error: sqlx::Error| OpenError::Failed { path: path.into(), reason: error.to_string() };
    let known = MIGRATIONS.len() as i64;
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(failed)?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await.map_err(failed)?;
    let objects: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(connection).await.map_err(failed)?;
    match (application, found) {
        (0, 0) if objects == 0 => Ok(0),
        (APPLICATION, _) if found > known => Err(OpenError::Newer { path: path.into(), found, known }),
        (APPLICATION, _) => Ok(usize::try_from(found).unwrap_or_default()),
        _ => Err(OpenError::Foreign(path.into())),
    }
}

/// Takes the steps that the file lacks, all or none.
async fn migrate(path: &Path, writer: &SqlitePool, identity: &Identity) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| OpenError::Failed { path: path.into(), reason: error.to_string() };
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    // asked again: another process may have been first
    let found = check_version(path, &mut transaction).await?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    for step in MIGRATIONS.iter().skip(found) {
        sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(failed)?;
    }
    // identities of older files lie open; what is derived is of this program's making
    let derived = async {
        worklist::seal(&mut transaction, identity).await?;
        worklist::rebuild(&mut transaction, identity).await
    };
    derived.await.map_err(|error| OpenError::Failed { path: path.into(), reason: error.to_string() })?;
    let stamp = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", MIGRATIONS.len());
    sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
