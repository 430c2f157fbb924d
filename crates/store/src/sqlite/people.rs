//! Accounts, password hashes and sessions.

use jiff::Timestamp;
use records::store::{Credential, Session};
use records::{Account, Digest, Id, Kind, StoreError};
use sqlx::SqliteConnection;

use super::rows::{failed, micros, one, parse};

pub(super) async fn accounts(connection: &mut SqliteConnection) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, body FROM accounts ORDER BY login").fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(|(id, body)| parse(Kind::Account, id, body)).collect()
}

pub(super) async fn by_login(
    connection: &mut SqliteConnection,
    login: &str,
) -> Result<Option<(Account, Credential)>, StoreError> {
    let Some(account) = one::<Account>(connection, Kind::Account, "login", login).await? else { return Ok(None) };
    let credential = credential(connection, &account.id.to_string()).await?;
    Ok(credential.map(|credential| (account, credential)))
}

pub(super) async fn credential(connection: &mut SqliteConnection, id: &str) -> Result<Option<Credential>, StoreError> {
    let hash = sqlx::query_scalar("SELECT hash FROM credentials WHERE account = ?").bind(id);
    Ok(hash.fetch_optional(connection).await.map_err(failed)?.map(|hash| Credential { hash }))
}

pub(super) async fn put_session(connection: &mut SqliteConnection, session: &Session) -> Result<(), StoreError> {
    let account = session.account.to_string();
    if one::<Account>(connection, Kind::Account, "id", &account).await?.is_none() {
        return Err(StoreError::Missing { what: "account", id: account });
    }
    sqlx::query(
        "INSERT INTO sessions (token, account, begun, seen, ends, ends_us) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET account = excluded.account, begun = excluded.begun, seen = excluded.seen,
         ends = excluded.ends, ends_us = excluded.ends_us",
    )
    .bind(session.token.as_bytes().as_slice())
    .bind(account)
    .bind(session.begun.to_string())
    .bind(session.seen.to_string())
    .bind(session.ends.to_string())
    .bind(micros(session.ends))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn session(connection: &mut SqliteConnection, token: Digest) -> Result<Option<Session>, StoreError> {
    let row: Option<(String, String, String, String)> =
        sqlx::query_as("SELECT account, begun, seen, ends FROM sessions WHERE token = ?")
            .bind(token.as_bytes().as_slice())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    let Some((account, begun, seen, ends)) = row else { return Ok(None) };
    let unread = || StoreError::Failed("a session cannot be read: log in again".to_owned());
    let moment = |text: String| text.parse::<Timestamp>().map_err(|_| unread());
    Ok(Some(Session {
        token,
        account: account.parse().map_err(|_| unread())?,
        begun: moment(begun)?,
        seen: moment(seen)?,
        ends: moment(ends)?,
    }))
}

pub(super) async fn end_session(connection: &mut SqliteConnection, token: Digest) -> Result<(), StoreError> {
    let ended = sqlx::query("DELETE FROM sessions WHERE token = ?").bind(token.as_bytes().as_slice());
    ended.execute(connection).await.map_err(failed).map(drop)
}

pub(super) async fn end_sessions_of(
    connection: &mut SqliteConnection,
    account: Id<Account>,
    but: Option<Digest>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account = ? AND token IS NOT ?")
        .bind(account.to_string())
        .bind(but.map(|token| token.as_bytes().to_vec()))
        .execute(connection)
        .await
        .map_err(failed)
        .map(drop)
}

pub(super) async fn forget_sessions(connection: &mut SqliteConnection, before: Timestamp) -> Result<(), StoreError> {
    let forgotten = sqlx::query("DELETE FROM sessions WHERE ends_us < ?").bind(micros(before));
    forgotten.execute(connection).await.map_err(failed).map(drop)
}
