//! What lists are made from: derived from cases, patients, studies and verifications in the transaction that changes them.

use records::facts::{CaseFile, Facts};
use records::stage::standing;
use records::{Case, Id, Kind, Movement, Patient, Record, StoreError, StoredStudy, Verification};
use sqlx::SqliteConnection;

use super::identity::Identity;
use super::rows::{failed, many, micros, one, parse, patient};
use super::{facts, search, sources};

/// What has to be made anew for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touch {
    /// how far it is
    Standing,
    /// that, and the words it is found by
    Words,
}

/// Stands for no day: sorts after every day.
pub(super) const NO_DAY: &str = "~";

/// Makes the row of a case anew, and its facts.
pub(super) async fn derive(
    connection: &mut SqliteConnection,
    identity: &Identity,
    id: Id<Case>,
    touch: Touch,
) -> Result<(), StoreError> {
    let text = id.to_string();
    let case: Option<Case> = one(connection, Kind::Case, "id", &text).await?;
    let case = case.ok_or_else(|| StoreError::Missing { what: "case", id: text.clone() })?;
    let studies: Vec<StoredStudy> = many(connection, Kind::Study, "case_id", &text).await?;
    let verifications: Vec<Verification> = many(connection, Kind::Verification, "case_id", &text).await?;
    let standing = standing(&case, &studies, &verifications);
    let place: i64 = sqlx::query_scalar(
        "INSERT INTO worklist (case_id, hospital, withdrawn, stage, due, opened, number) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (case_id) DO UPDATE SET hospital = excluded.hospital, withdrawn = excluded.withdrawn,
         stage = excluded.stage, due = excluded.due, opened = excluded.opened, number = excluded.number
         RETURNING place",
    )
    .bind(&text)
    .bind(case.hospital.map(|id| id.to_string()).unwrap_or_default())
    .bind(case.withdrawn)
    .bind(standing.stage.name())
    .bind(standing.due.map_or_else(|| NO_DAY.to_owned(), |day| day.to_string()))
    .bind(micros(case.created))
    .bind(&case.number)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let records: Vec<Record> = many(connection, Kind::Record, "about", &text).await?;
    let movements: Vec<Movement> = sources::movements_of(connection, id).await?;
    let file = CaseFile {
        case: &case,
        records: &records,
        studies: &studies,
        verifications: &verifications,
        movements: &movements,
    };
    facts::put(connection, &Facts::of(file), case.withdrawn).await?;
    if touch < Touch::Words {
        return Ok(());
    }
    let patient = patient(connection, identity, "id", &case.patient.to_string()).await?;
    let patient = patient.ok_or_else(|| StoreError::Missing { what: "patient", id: case.patient.to_string() })?;
    sqlx::query(
        "INSERT OR REPLACE INTO case_search (rowid, number, name, patient_number, site, diagnosis)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(place)
    .bind(search::grams(&case.number))
    .bind(identity.grams(&patient.name))
    .bind(identity.grams(&patient.number))
    .bind(search::grams(&case.site))
    .bind(search::grams(&case.diagnosis))
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}

/// Makes everything anew.
pub(super) async fn rebuild(connection: &mut SqliteConnection, identity: &Identity) -> Result<(), StoreError> {
    // facts ask which lots a case had seeds of
    sources::rebuild(connection).await?;
    sqlx::raw_sql(
        "DELETE FROM worklist; DELETE FROM worklist_tally; DELETE FROM facts; INSERT INTO case_search (case_search) VALUES ('delete-all');
         DELETE FROM record_hospitals; INSERT INTO record_hospitals (place, hospital, form, about_kind, withdrawn, day)
         SELECT place, hospital, form, about_kind, withdrawn, day FROM records_with_hospital",
    )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM cases ORDER BY id").fetch_all(&mut *connection).await.map_err(failed)?;
    for id in ids {
        let id = id.parse().map_err(|_| StoreError::Failed(format!("'{id}' is no identifier of a case")))?;
        derive(connection, identity, id, Touch::Words).await?;
    }
    Ok(())
}

/// Seals what still lies open, in files from before identities were sealed.
pub(super) async fn seal(connection: &mut SqliteConnection, identity: &Identity) -> Result<(), StoreError> {
    let open: Vec<(String, String)> = sqlx::query_as("SELECT id, body FROM patients WHERE body ->> '$.sealed' IS NULL")
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    for (id, body) in open {
        keep(connection, identity, &id, &parse(Kind::Patient, &id, &body)?).await?;
    }
    Ok(())
}

/// Seals by the current key what another sealed; gives how many rows there were.
pub(super) async fn reseal(connection: &mut SqliteConnection, identity: &Identity) -> Result<u64, StoreError> {
    let (mut resealed, mut after) = (0, String::new());
    loop {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, body FROM patients WHERE id > ? ORDER BY id LIMIT 1000")
                .bind(&after)
                .fetch_all(&mut *connection)
                .await
                .map_err(failed)?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (id, body) in rows.iter().filter(|(_, body)| !identity.is_current(body)) {
            keep(connection, identity, id, &identity.open(id, body)?).await?;
            resealed += 1;
        }
    }
    if resealed > 0 {
        rebuild(connection, identity).await?;
    }
    Ok(resealed)
}

async fn keep(
    connection: &mut SqliteConnection,
    identity: &Identity,
    id: &str,
    patient: &Patient,
) -> Result<(), StoreError> {
    let sealed = identity.seal(patient)?;
    let written = sqlx::query("UPDATE patients SET body = ? WHERE id = ?").bind(sealed).bind(id);
    written.execute(connection).await.map_err(failed).map(drop)
}
