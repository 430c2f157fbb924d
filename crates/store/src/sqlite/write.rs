//! Commits: changes, their ledger entries, work in progress, and what is derived from them.

use std::collections::{BTreeMap, BTreeSet};

use records::change::Work;
use records::ledger::{Break, Entry};
use records::{
    About, Account, Case, Change, Commit, Id, Item, Kind, Patient, Record, Signature, StoreError, StoredStudy,
    Verification, rules,
};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::identity::Identity;
use super::rows::{body, digest, failed, many, one, table};
use super::worklist::{self, Touch};
use super::{jobs, ledger, sources, work};

/// What has to be looked at again before the transaction ends.
#[derive(Default)]
struct Touched {
    cases: BTreeMap<Id<Case>, Touch>,
    patients: BTreeSet<Id<Patient>>,
    verifications: BTreeSet<Id<Verification>>,
}

impl Touched {
    fn case(&mut self, id: Id<Case>, touch: Touch) {
        let kept = self.cases.entry(id).or_insert(touch);
        *kept = touch.max(*kept);
    }
}

/// Writes all of a commit that [`rules::check`] let pass. The caller ends the transaction.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    identity: &Identity,
    commit: &Commit,
) -> Result<Vec<Entry>, StoreError> {
    if let Some(who) = commit.who {
        must_be_there(connection, Kind::Account, &who.to_string()).await?;
    } else {
        let count = sqlx::query_scalar("SELECT count(*) FROM accounts");
        let accounts: i64 = count.fetch_one(&mut *connection).await.map_err(failed)?;
        rules::check_nobody(commit, accounts as u64)?;
    }
    let mut head = ledger::head(connection).await?;
    let mut touched = Touched::default();
    let mut entries = Vec::with_capacity(commit.changes.len());
    for change in &commit.changes {
        let mut told = change.told();
        match change {
            Change::Create(item) => {
                references(connection, item).await?;
                if let Item::Signature(signature) = item {
                    told.case = Some(sign(connection, signature).await?);
                }
                if let Item::Movement(movement) = item {
                    sources::admit(connection, movement, commit.at).await?;
                }
                create(connection, identity, item).await?;
                touch(connection, item, &mut touched).await?;
            }
            Change::Replace { before, after } => {
                references(connection, after).await?;
                replace(connection, identity, before, after).await?;
                touch(connection, after, &mut touched).await?;
            }
            Change::SetPassword { account, hash } => set_password(connection, &account.to_string(), hash).await?,
            Change::Event { .. } => {}
        }
        let entry = Entry::after(head, commit.at, commit.who, &commit.why, told);
        head = ledger::append(connection, head, &entry).await?;
        entries.push(entry);
    }
    for id in touched.verifications {
        let id = id.to_string();
        let verification: Option<Verification> = one(connection, Kind::Verification, "id", &id).await?;
        let signatures: Vec<Signature> = many(connection, Kind::Signature, "verification", &id).await?;
        verification.map_or(Ok(()), |verification| rules::signed(&verification, &signatures))?;
    }
    for id in touched.patients {
        numbered_once(connection, identity, id).await?;
    }
    for (case, how) in touched.cases {
        worklist::derive(connection, identity, case, how).await?;
    }
    for piece in &commit.work {
        match piece {
            Work::Job(job) => jobs::put(connection, job).await?,
            Work::Upload(upload) => {
                must_be_there(connection, Kind::Case, &upload.case.to_string()).await?;
                must_be_there(connection, Kind::Account, &upload.by.to_string()).await?;
                work::put_upload(connection, upload).await?;
            }
            Work::Draft(id, draft) => {
                must_be_there(connection, Kind::Verification, &id.to_string()).await?;
                work::put_draft(connection, *id, draft).await?;
            }
        }
    }
    Ok(entries)
}

async fn must_be_there(connection: &mut SqliteConnection, kind: Kind, id: &str) -> Result<(), StoreError> {
    let sql = format!("SELECT 1 FROM {} WHERE id = ?", table(kind));
    let found: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await.map_err(failed)?;
    found.map(drop).ok_or_else(|| StoreError::Missing { what: kind.name(), id: id.to_owned() })
}

/// Checks that what an item refers to is there, and that it belongs together.
async fn references(connection: &mut SqliteConnection, item: &Item) -> Result<(), StoreError> {
    for (kind, id) in item.refers_to() {
        must_be_there(connection, kind, &id).await?;
    }
    let Item::Verification(verification) = item else { return Ok(()) };
    let study: Option<StoredStudy> = one(connection, Kind::Study, "id", &verification.study.to_string()).await?;
    let follows: Option<Verification> = match &verification.follows {
        Some((id, _)) => one(connection, Kind::Verification, "id", &id.to_string()).await?,
        None => None,
    };
    rules::of_one_case(verification, study.as_ref(), follows.as_ref())
}

/// Checks that a signature may be put; gives the case it belongs to.
async fn sign(connection: &mut SqliteConnection, signature: &Signature) -> Result<Id<Case>, StoreError> {
    let id = signature.verification.to_string();
    let under: Option<Verification> = one(connection, Kind::Verification, "id", &id).await?;
    let under = under.ok_or_else(|| StoreError::Missing { what: "verification", id: id.clone() })?;
    let signer: Option<Account> = one(connection, Kind::Account, "id", &signature.signer.to_string()).await?;
    let signer = signer.ok_or_else(|| StoreError::Missing { what: "account", id: signature.signer.to_string() })?;
    let there: Vec<Signature> = many(connection, Kind::Signature, "verification", &id).await?;
    rules::signing(signature, &under, &there, &signer)?;
    Ok(under.case)
}

async fn create(connection: &mut SqliteConnection, identity: &Identity, item: &Item) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO {} (id, body) VALUES (?, ?)", table(item.kind()));
    let written = sqlx::query(AssertSqlSafe(sql)).bind(item.id()).bind(body(identity, item)?);
    written.execute(connection).await.map_err(|error| refused(item, error)).map(drop)
}

async fn replace(
    connection: &mut SqliteConnection,
    identity: &Identity,
    before: &Item,
    after: &Item,
) -> Result<(), StoreError> {
    let (kind, id) = (after.kind(), after.id());
    let sql = format!("SELECT body FROM {} WHERE id = ?", table(kind));
    let stored: Option<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(&id).fetch_optional(&mut *connection).await.map_err(failed)?;
    let stored = stored.ok_or_else(|| StoreError::Missing { what: kind.name(), id: id.clone() })?;
    // an altered item must not become a sound one by being changed once more
    if ledger::told(connection, kind, &id).await? != digest(identity, kind, &id, &stored) {
        return Err(Break::Item { kind: kind.name().to_owned(), id }.into());
    }
    // the whole content, not the version alone: the ledger says what it was before
    let stored = match kind {
        Kind::Patient => identity.open(&id, &stored).ok().map(Item::Patient),
        _ => Item::parse(kind, &stored).ok(),
    };
    if stored.as_ref() != Some(before) {
        return Err(StoreError::Conflict { kind, id });
    }
    let sql = format!("UPDATE {} SET body = ? WHERE id = ?", table(kind));
    let written = sqlx::query(AssertSqlSafe(sql)).bind(body(identity, after)?).bind(id);
    written.execute(connection).await.map_err(|error| refused(after, error)).map(drop)
}

/// Refuses a patient whose number is another's in the same hospital. A patient is where the cases are, so this is asked when all of a
/// commit is written and no constraint of the database can say it.
async fn numbered_once(
    connection: &mut SqliteConnection,
    identity: &Identity,
    id: Id<Patient>,
) -> Result<(), StoreError> {
    let id = id.to_string();
    let body: Option<String> = sqlx::query_scalar(
        "SELECT one.body FROM patients one
         JOIN patients other ON other.number = one.number AND other.number <> '' AND other.id <> one.id
         LEFT JOIN cases ours ON ours.patient = one.id
         LEFT JOIN cases theirs ON theirs.patient = other.id
         WHERE one.id = ? AND ours.body ->> '$.hospital' IS theirs.body ->> '$.hospital' LIMIT 1",
    )
    .bind(&id)
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    match body {
        Some(body) => Err(StoreError::Taken { what: "the patient number", value: identity.open(&id, &body)?.number }),
        None => Ok(()),
    }
}

async fn set_password(connection: &mut SqliteConnection, account: &str, hash: &str) -> Result<(), StoreError> {
    must_be_there(connection, Kind::Account, account).await?;
    sqlx::query("INSERT INTO credentials (account, hash) VALUES (?, ?) ON CONFLICT DO UPDATE SET hash = excluded.hash")
        .bind(account)
        .bind(hash)
        .execute(connection)
        .await
        .map_err(failed)
        .map(drop)
}

async fn touch(connection: &mut SqliteConnection, item: &Item, touched: &mut Touched) -> Result<(), StoreError> {
    match item {
        Item::Case(case) => {
            touched.case(case.id, Touch::Words);
            touched.patients.insert(case.patient);
        }
        Item::Study(study) => touched.case(study.case, Touch::Standing),
        Item::Verification(verification) => {
            touched.case(verification.case, Touch::Standing);
            touched.verifications.insert(verification.id);
        }
        Item::Patient(patient) => {
            touched.patients.insert(patient.id);
            let cases: Vec<Case> = many(connection, Kind::Case, "patient", &patient.id.to_string()).await?;
            for case in &cases {
                touched.case(case.id, Touch::Words);
            }
        }
        Item::Record(Record { about: About::Case(case), .. }) => touched.case(*case, Touch::Standing),
        Item::Movement(movement) => {
            if let Some(case) = movement.case() {
                touched.case(case, Touch::Standing);
            }
        }
        _ => {}
    }
    Ok(())
}

/// What a constraint of the database says, in our words.
fn refused(item: &Item, error: sqlx::Error) -> StoreError {
    let Some(violated) = error.as_database_error().filter(|error| error.is_unique_violation()) else {
        return failed(error);
    };
    let on = |columns: &str| violated.message().ends_with(columns);
    let (what, value) = match item {
        Item::Account(account) if on("accounts.login") => ("the login name", account.login.clone()),
        Item::Case(case) if on("cases.number") => ("the case number", case.number.clone()),
        Item::Hospital(hospital) if on("hospitals.code") => ("the hospital's code", hospital.code.clone()),
        Item::Person(person) if on("people.number") => ("the staff number", person.number.clone()),
        Item::Person(person) if on("people.account") => ("the account of the person", person.name.clone()),
        Item::Lot(lot) if on("lots.number") => ("the lot number", lot.number.clone()),
        Item::Record(record) if on("records.once") => {
            ("what may be used once", record.unique.clone().unwrap_or_default())
        }
        Item::Movement(movement) if on("movements.number") => ("the movement's number", movement.number.to_string()),
        Item::Verification(one) if on("verifications.number") => ("the verification number", one.number.to_string()),
        _ => ("the identifier", item.id()),
    };
    StoreError::Taken { what, value }
}
