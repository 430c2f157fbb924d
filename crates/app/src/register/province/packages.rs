//! Packages: made, kept, listed.

use std::collections::{BTreeMap, HashMap, HashSet};

use exchange::province::{Package, PackageError, Step, step};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use records::norms::Sentence;
use records::record::{About, Attachment};
use records::store::RecordQuery;
use records::{Account, Case, Change, Digest, Hospital, Id, Item, Kind, Record, Store, StoreError};
use serde_json::Value;
use store::{Objects, ObjectsError};

use super::ready::{Candidate, pack, ready};
use super::{FORM, Hands, PACKAGE, limits, plain};
use crate::register::trouble::Trouble;
use crate::register::whole::RECORDS;

/// Packages at most in a list.
const PACKAGES: usize = 500;

/// Makes a package of a period, keeps it, and says of each of its cases that it was sent, all or nothing. `leave_out` are numbers of cases
/// that stay behind.
///
/// # Errors
/// When there is nothing to send or a case cannot be sent: line by line; those of the store.
pub async fn send(
    hands: &Hands<'_>,
    hospital: &Hospital,
    period: (Date, Date),
    leave_out: &[String],
) -> Result<Digest, Trouble> {
    let at = hands.clock.now();
    let mut found = ready(hands.store, hospital, period, at).await?;
    let stays = |candidate: &Candidate| leave_out.iter().any(|number| number == candidate.number());
    found.ready.retain(|candidate| !stays(candidate));
    found.wrong.retain(|(candidate, _)| !stays(candidate));
    if !found.wrong.is_empty() {
        let lines = |text: fn(&Sentence) -> &String| {
            let line = |(candidate, said): &(Candidate, Vec<Sentence>)| {
                let said: Vec<&str> = said.iter().map(|one| text(one).as_str()).collect();
                format!("{}: {}", candidate.number(), said.join(" "))
            };
            found.wrong.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        return Err(Trouble::refused(
            format!("以下病例不能上报，请更正，或本次不上报：\n{}", lines(|one| &one.zh)),
            format!("these cases cannot be reported; put them right, or leave them out:\n{}", lines(|one| &one.en)),
        ));
    }
    let people = hands.store.people(&[]).await?;
    let package = pack(hospital, period, &found.ready, &people, at).map_err(|error| match error {
        PackageError::Empty { .. } => Trouble::said(error),
        other => Trouble::failed(other),
    })?;
    let name = format!("province-{}-{}-{}.json", plain(&hospital.code), period.0, period.1);
    let file = hands.keep(name, PACKAGE, &package.json).await?;
    let (today, wait) = (at.to_zoned(TimeZone::system()).date(), limits()?.days_without_answer);
    let mut changes = Vec::new();
    for candidate in &found.ready {
        let values = step(&candidate.upload, &Step::Send, today, wait).map_err(Trouble::said)?;
        let record = hands.record(candidate.whole.case.id, values, vec![file.clone()])?;
        changes.push(Change::Create(Item::Record(record)));
    }
    changes.push(Change::Event {
        kind: Kind::Hospital,
        subject: hospital.id.to_string(),
        case: None,
        what: "packed".to_owned(),
        detail: serde_json::json!({ "content": package.digest, "cases": found.ready.len() }),
    });
    hands.commit(changes).await?;
    Ok(package.digest)
}

/// A package that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// its file
    pub file: Attachment,
    /// whose
    pub hospital: Id<Hospital>,
    /// first and last day
    pub period: (Date, Date),
    /// when it was made
    pub made: Timestamp,
    /// who sent it
    pub by: Id<Account>,
    /// its cases, each with its attempt and what was answered to it
    pub cases: Vec<(Id<Case>, u32, Option<bool>)>,
}

impl Sent {
    /// Cases to which the answer is this: accepted, refused, or none yet.
    pub fn answered(&self, answer: Option<bool>) -> usize {
        self.cases.iter().filter(|(_, _, there)| *there == answer).count()
    }
}

/// A package read from its file, as far as a list needs it.
fn content(bytes: &[u8]) -> Option<(Value, String, (Date, Date), Timestamp)> {
    let content: Value = serde_json::from_slice(bytes).ok()?;
    let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str);
    if text("/schema")? != "dosewright-province-package" {
        return None;
    }
    let code = text("/hospital/code")?.to_owned();
    let period = (text("/period/from")?.parse().ok()?, text("/period/until")?.parse().ok()?);
    let made = text("/made")?.parse().ok()?;
    Some((content, code, period, made))
}

/// The packages of a hospital, the newest first; with `only` just that one.
///
/// # Errors
/// Those of the store and of the disk.
pub async fn packages(
    store: &dyn Store,
    objects: &Objects,
    hospital: &Hospital,
    only: Option<Digest>,
) -> Result<Vec<Sent>, Trouble> {
    let reports = reports(store, &[hospital.id]).await?;
    let mut answers: HashMap<(Id<Case>, u32), bool> = HashMap::new();
    for (case, record) in &reports {
        match record.text("result") {
            Some("accepted") => drop(answers.insert((*case, attempt(record)), true)),
            Some("refused") => drop(answers.insert((*case, attempt(record)), false)),
            _ => {}
        }
    }
    let mut by_content: BTreeMap<Digest, Sent> = BTreeMap::new();
    for (case, record) in reports.iter().filter(|(_, record)| record.text("result") == Some("sent")) {
        for file in record.files.iter().filter(|file| file.media_type == PACKAGE) {
            if only.is_some_and(|only| only != file.content) {
                continue;
            }
            let attempt = attempt(record);
            let of = (*case, attempt, answers.get(&(*case, attempt)).copied());
            if let Some(sent) = by_content.get_mut(&file.content) {
                sent.cases.push(of);
                continue;
            }
            let bytes = objects.get(file.content).await.map_err(Trouble::failed)?;
            // a file that somebody attached by hand is no package
            let Some((_, code, period, made)) = content(&bytes) else { continue };
            if code == hospital.code {
                let (file, hospital, by) = (file.clone(), hospital.id, record.created_by);
                by_content.insert(file.content, Sent { file, hospital, period, made, by, cases: vec![of] });
            }
        }
    }
    let mut all: Vec<Sent> = by_content.into_values().collect();
    all.sort_by_key(|sent| std::cmp::Reverse((sent.made, sent.file.content)));
    all.truncate(PACKAGES);
    Ok(all)
}

fn attempt(record: &Record) -> u32 {
    record.values.get("attempt").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok()).unwrap_or(1)
}

/// The reports of all cases of some hospitals.
async fn reports(store: &dyn Store, hospitals: &[Id<Hospital>]) -> Result<Vec<(Id<Case>, Record)>, StoreError> {
    let (mut all, mut offset) = (Vec::new(), 0);
    let mut seen = HashSet::new();
    loop {
        let query = RecordQuery {
            kinds: vec![Kind::Case],
            forms: vec![FORM.to_owned()],
            hospitals: hospitals.to_vec(),
            offset,
            limit: RECORDS / 10,
            ..RecordQuery::default()
        };
        let page = store.records(&query).await?;
        if page.rows.is_empty() {
            return Ok(all);
        }
        offset += page.rows.len() as u64;
        for record in page.rows {
            if let About::Case(case) = record.about
                && seen.insert(record.id)
            {
                all.push((case, record));
            }
        }
    }
}

/// The package of a digest among the hospitals that somebody reaches.
///
/// # Errors
/// When there is none; those of the store and of the disk.
pub async fn find(
    store: &dyn Store,
    objects: &Objects,
    hospitals: &[Hospital],
    digest: Digest,
) -> Result<Option<(Hospital, Sent, Package)>, Trouble> {
    let json = match objects.get(digest).await {
        Ok(json) => json,
        Err(ObjectsError::Missing(_)) => return Ok(None),
        Err(error) => return Err(Trouble::failed(error)),
    };
    let Some((content, code, ..)) = content(&json) else { return Ok(None) };
    let Some(hospital) = hospitals.iter().find(|one| one.code == code) else { return Ok(None) };
    let sent = packages(store, objects, hospital, Some(digest)).await?.pop();
    Ok(sent.map(|sent| (hospital.clone(), sent, Package { content, json, digest })))
}
