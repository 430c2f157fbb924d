//! What must hold of every commit, whatever database keeps it. Pure functions: the adapter brings what it found, inside its
//! transaction, and refuses what they refuse.

use crate::signature::{NEEDED, missing};
use crate::verification::State;
use crate::{Account, Change, Commit, Item, Signature, StoreError, StoredStudy, Verification};

/// Checks all that can be seen on the commit itself.
pub fn check(commit: &Commit) -> Result<(), StoreError> {
    for change in &commit.changes {
        match change {
            Change::Create(item) if item.version() != 1 => {
                return refuse(format!("a new {} has version 1, not {}", item.kind().name(), item.version()));
            }
            Change::Create(item) => whole(item)?,
            Change::Replace { before, after } => {
                replacing(before, after)?;
                whole(after)?;
            }
            Change::SetPassword { .. } | Change::Event { .. } => {}
        }
        let harmless =
            matches!(change, Change::Event { .. } | Change::Create(Item::Account(_)) | Change::SetPassword { .. });
        if commit.who.is_none() && !harmless {
            return refuse("a change needs a person who makes it: log in".to_owned());
        }
    }
    Ok(())
}

/// Checks a commit that no person makes: without people it can only make the first account, and note events.
pub fn check_nobody(commit: &Commit, accounts: u64) -> Result<(), StoreError> {
    let only_events = commit.changes.iter().all(|change| matches!(change, Change::Event { .. }));
    if commit.who.is_some() || only_events || accounts == 0 {
        return Ok(());
    }
    refuse("there are accounts already: log in to make another".to_owned())
}

/// Checks that a signature may be put under a verification as it stands, beside the signatures that are there.
pub fn signing(new: &Signature, under: &Verification, there: &[Signature], signer: &Account) -> Result<(), StoreError> {
    let content = under.outcome.as_ref().map(crate::verification::Outcome::content);
    if !matches!(under.state, State::Computed | State::Signed) {
        return refuse(format!("a verification that is {} cannot be signed: compute it first", under.state.name()));
    }
    if content != Some(new.content) {
        return refuse("the result changed since it was shown: read it again, then sign".to_owned());
    }
    if !NEEDED.contains(&new.role) {
        return refuse(format!("a verification is not signed as {}", new.role));
    }
    if !signer.active || !signer.is(new.role) {
        return refuse(format!("{} cannot sign as {}", signer.login, new.role));
    }
    if there.iter().any(|one| one.role == new.role && one.content == new.content) {
        return refuse(format!("this result is signed by a {} already", new.role));
    }
    Ok(())
}

/// Checks that what a verification rests on, and what it takes the place of, is of its own case.
pub fn of_one_case(
    one: &Verification,
    study: Option<&StoredStudy>,
    follows: Option<&Verification>,
) -> Result<(), StoreError> {
    if study.is_some_and(|study| study.case != one.case) {
        return refuse("a verification rests on a study of its own case".to_owned());
    }
    if follows.is_some_and(|follows| follows.case != one.case) {
        return refuse("a verification takes the place of one of its own case".to_owned());
    }
    Ok(())
}

/// Checks, at the end of a commit, that a signed verification has all signatures it needs.
pub fn signed(verification: &Verification, signatures: &[Signature]) -> Result<(), StoreError> {
    let (State::Signed, Some(outcome)) = (verification.state, &verification.outcome) else { return Ok(()) };
    match missing(signatures, outcome.content()).first() {
        Some(role) => refuse(format!("the verification is not signed yet: the {role}'s signature is missing")),
        None => Ok(()),
    }
}

/// Whether the item may be kept as it is.
fn whole(item: &Item) -> Result<(), StoreError> {
    let refused = |error: &dyn std::fmt::Display| StoreError::Refused(error.to_string());
    match item {
        Item::Account(account) => account.check().map_err(|error| refused(&error))?,
        Item::Case(case) => case.check().map_err(|error| refused(&error))?,
        Item::Hospital(hospital) => hospital.check().map_err(|error| refused(&error))?,
        Item::Person(person) => person.check().map_err(|error| refused(&error))?,
        Item::Lot(lot) => lot.check().map_err(|error| refused(&error))?,
        Item::Verification(one) if one.number == 0 => {
            return refuse("the verifications of a case are counted from 1".to_owned());
        }
        Item::Verification(one) if matches!(one.state, State::Computed | State::Signed) && one.outcome.is_none() => {
            return refuse(format!("a verification that is {} needs a result", one.state.name()));
        }
        _ => {}
    }
    // JSON has no infinite numbers: what could not be read back is not written
    if Item::parse(item.kind(), &item.body()).ok().as_ref() != Some(item) {
        return refuse(format!("{} {} holds a number that is not finite", item.kind().name(), item.id()));
    }
    Ok(())
}

/// Whether `after` may take the place of `before`.
fn replacing(before: &Item, after: &Item) -> Result<(), StoreError> {
    let name = after.kind().name();
    if before.kind() != after.kind() || before.id() != after.id() {
        return refuse(format!("another item cannot take the place of a {}", before.kind().name()));
    }
    if before.version().checked_add(1) != Some(after.version()) {
        return refuse(format!("version {} of a {name} cannot follow version {}", after.version(), before.version()));
    }
    match (before, after) {
        (Item::Signature(_), _) => refuse("a signature is never changed".to_owned()),
        (Item::Movement(_), _) => {
            refuse("a movement of seeds is never changed: enter another that puts it right".to_owned())
        }
        (Item::Figure(_), _) => refuse("reported figures are never changed: report again".to_owned()),
        (Item::Record(old), Item::Record(new)) if (&old.form, old.about) != (&new.form, new.about) => {
            refuse("a record keeps its form and what it is about: withdraw it and enter another".to_owned())
        }
        (Item::Verification(old), Item::Verification(new)) => verification(old, new),
        _ if before.case() != after.case() => {
            refuse(format!("a {name} stays with its case: withdraw it and add it again"))
        }
        _ => Ok(()),
    }
}

fn verification(old: &Verification, new: &Verification) -> Result<(), StoreError> {
    if (old.case, old.number) != (new.case, new.number) {
        return refuse("a verification keeps its case and its number".to_owned());
    }
    match (old.state, new.state) {
        (State::Superseded, _) => refuse("a superseded verification is not changed any more".to_owned()),
        (State::Signed, _) => {
            let superseded = Verification { state: State::Superseded, version: new.version, ..old.clone() };
            if *new == superseded {
                return Ok(());
            }
            refuse("a signed verification is not changed any more: begin a new version".to_owned())
        }
        (State::Computed, State::Signed) if old.outcome != new.outcome => {
            refuse("the result changed since it was shown: read it again, then sign".to_owned())
        }
        (State::Draft | State::Running, State::Signed) => refuse("only a computed verification is signed".to_owned()),
        _ => Ok(()),
    }
}

fn refuse<T>(why: String) -> Result<T, StoreError> {
    Err(StoreError::Refused(why))
}
