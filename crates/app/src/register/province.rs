//! Reporting to the province: what would be sent, packages, receipts, and what is late.
//!
//! A package is kept as a file of the `province_upload` records that say it was sent: one for each case in it. So it belongs to its cases,
//! goes into backups, and needs no list of its own.

use std::collections::{BTreeMap, HashMap, HashSet};

use exchange::province::{
    Answer, CaseInput, Limits, Package, PackageError, ReceiptError, Step, Upload, package, receipt, step,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use records::facts::{By, CaseFile, Fact, FactQuery, Facts};
use records::forms::Forms;
use records::indicators::Pack;
use records::norms::{Sentence, Step as NormStep};
use records::record::{About, Attachment};
use records::store::{CaseRow, RecordQuery};
use records::{
    Account, Case, Change, Commit, Digest, Hospital, Id, Item, Kind, Patient, Person, Record, Store, StoreError,
    Technique,
};
use serde_json::{Map, Value};
use store::{Objects, ObjectsError};

use super::norms::House;
use super::trouble::{Trouble, parted};
use super::whole::{RECORDS, Whole, whole};
use crate::clock::Clock;

/// The form that a report is kept by.
const FORM: &str = "province_upload";
/// Media type of a package among a record's files.
pub const PACKAGE: &str = "application/vnd.dosewright.province-package+json";
/// Days ahead within which a report is due soon.
const SOON_DAYS: i32 = 7;
/// Cases that are read at once.
const CASES: u32 = 200;
/// Packages at most in a list.
const PACKAGES: usize = 500;

/// A case that might be reported.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// the case with all that belongs to it
    pub whole: Whole,
    /// how far its report is
    pub upload: Upload,
}

impl Candidate {
    fn number(&self) -> &str {
        &self.whole.case.number
    }
}

/// What a package of a period would hold.
#[derive(Debug, Clone, Default)]
pub struct Ready {
    /// what would be sent
    pub ready: Vec<Candidate>,
    /// what is not sent, with the reason: accepted already, or an answer is awaited
    pub left_out: Vec<(Candidate, Sentence)>,
    /// what cannot be sent until it is put right
    pub wrong: Vec<(Candidate, Vec<Sentence>)>,
}

/// Within how many days.
///
/// # Errors
/// When the table is not as it should be; a test holds that it is.
pub fn limits() -> Result<Limits, Trouble> {
    Limits::builtin().map_err(Trouble::failed)
}

/// Looks at the cases of a hospital whose discharge (or procedure, where no discharge is recorded) lies in a period.
///
/// # Errors
/// Those of the store.
pub async fn ready(
    store: &dyn Store,
    hospital: &Hospital,
    (from, until): (Date, Date),
    at: Timestamp,
) -> Result<Ready, Trouble> {
    if from > until {
        return Err(Trouble::value("from", "开始日期晚于结束日期。", "the first day is after the last"));
    }
    let zone = TimeZone::system();
    let today = at.to_zoned(zone.clone()).date();
    let wait = limits()?.days_without_answer;
    let house = House::read(store, Some(hospital.id)).await?;
    let mut found = Ready::default();
    for row in of_period(store, hospital.id, (from, until)).await? {
        let one = whole(store, row).await?;
        let day = one.facts.discharged.or(one.facts.treated);
        if one.case.technique == Technique::Radiopharmaceutical || day.is_none_or(|day| day < from || day > until) {
            continue;
        }
        let upload = Upload::of(&one.records);
        let next = upload.next_attempt(today, wait);
        let blocks = house.blocks(NormStep::Upload, (&one.case, one.records.clone(), &one.facts), &[], at, &zone);
        let candidate = Candidate { whole: one, upload };
        if let Err(why) = next {
            let (zh, en) = parted(&why.to_string());
            found.left_out.push((candidate, Sentence::new(zh, en)));
            continue;
        }
        let blocking: Vec<Sentence> = blocks
            .iter()
            .filter(|block| block.blocks)
            .map(|block| {
                let (says, todo) = (&block.says, &block.what_to_do);
                let clause = format!("{} {}", block.pack, block.clause);
                Sentence::new(
                    format!("{clause}：{}。{}", says.zh, todo.zh),
                    format!("{clause}: {}. {}", says.en, todo.en),
                )
            })
            .collect();
        if blocking.is_empty() {
            found.ready.push(candidate);
        } else {
            found.wrong.push((candidate, blocking));
        }
    }
    let people = store.people(&[]).await?;
    // what the package itself refuses
    while let Err(error @ (PackageError::Cases(_) | PackageError::Schema(_))) =
        pack(hospital, (from, until), &found.ready, &people, at)
    {
        refused(&mut found, &error)?;
    }
    Ok(found)
}

/// Moves the cases that a package refuses to those that cannot be sent.
fn refused(found: &mut Ready, error: &PackageError) -> Result<(), Trouble> {
    let mut reasons: BTreeMap<String, Vec<Sentence>> = BTreeMap::new();
    match error {
        PackageError::Empty { .. } => {}
        PackageError::Cases(cases) => {
            for one in cases {
                reasons.entry(one.case.clone()).or_default().push(Sentence::new(&one.zh, &one.en));
            }
        }
        PackageError::Schema(faults) => {
            for fault in faults {
                let at = fault.strip_prefix("/cases/").and_then(|rest| rest.split_once('/'));
                let candidate = at.and_then(|(at, _)| found.ready.get(at.parse::<usize>().ok()?));
                let Some(candidate) = candidate else {
                    let zh = format!("医院或期间的信息不符合上报格式，请更正：{fault}");
                    return Err(Trouble::refused(
                        zh,
                        format!("hospital or period do not fit the package, put right: {fault}"),
                    ));
                };
                let what = at.map_or(fault.as_str(), |(_, rest)| rest);
                let said = Sentence::new(format!("内容不符合上报格式，请更正：{what}"), format!("put right: {what}"));
                reasons.entry(candidate.number().to_owned()).or_default().push(said);
            }
        }
    }
    for candidate in std::mem::take(&mut found.ready) {
        match reasons.remove(candidate.number()) {
            Some(said) => found.wrong.push((candidate, said)),
            None => found.ready.push(candidate),
        }
    }
    Ok(())
}

/// Cases discharged in a period, and those treated in it: whoever reads them looks at which day counts.
async fn of_period(
    store: &dyn Store,
    hospital: Id<Hospital>,
    (from, until): (Date, Date),
) -> Result<Vec<CaseRow>, StoreError> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for by in [By::Discharged, By::Treated] {
        let query = FactQuery {
            hospitals: vec![hospital],
            by,
            from: Some(from),
            to: Some(until),
            all: [Fact::Treated].into_iter().collect(),
            ..FactQuery::default()
        };
        let mut offset = 0;
        loop {
            let page = store.counted(&query, offset, CASES).await?;
            if page.rows.is_empty() {
                break;
            }
            offset += page.rows.len() as u64;
            rows.extend(page.rows.into_iter().filter(|row| seen.insert(row.case.id)));
        }
    }
    rows.sort_by(|one, other| one.case.number.cmp(&other.case.number));
    Ok(rows)
}

fn pack(
    hospital: &Hospital,
    period: (Date, Date),
    cases: &[Candidate],
    people: &[Person],
    made: Timestamp,
) -> Result<Package, PackageError> {
    let inputs: Vec<CaseInput<'_>> = cases
        .iter()
        .map(|one| CaseInput {
            case: &one.whole.case,
            patient: &one.whole.patient,
            records: &one.whole.records,
            facts: &one.whole.facts,
            operator: people.iter().find(|person| Some(person.id) == one.whole.facts.operator),
            attempt: one.upload.attempt() + 1,
        })
        .collect();
    package(hospital, period, &inputs, Pack::all(), made)
}

/// Who acts, where files are kept, and the time.
pub struct Hands<'a> {
    /// records
    pub store: &'a dyn Store,
    /// files
    pub objects: &'a Objects,
    /// what can be filled in
    pub forms: &'a Forms,
    /// time
    pub clock: &'a Clock,
    /// who
    pub who: Id<Account>,
}

impl Hands<'_> {
    /// The record by which a step is kept.
    fn record(&self, case: Id<Case>, values: Map<String, Value>, files: Vec<Attachment>) -> Result<Record, Trouble> {
        let form = self.forms.get(FORM).ok_or_else(|| Trouble::failed("the form province_upload is missing"))?;
        form.check(&values).map_err(|wrong| {
            let lines = |text: fn(&records::forms::FieldError) -> &String| {
                wrong.iter().map(|one| text(one).clone()).collect::<Vec<_>>().join("; ")
            };
            Trouble::refused(lines(|one| &one.zh), lines(|one| &one.en))
        })?;
        Ok(Record {
            id: self.clock.new_id(),
            version: 1,
            form: form.name.clone(),
            edition: form.edition,
            about: About::Case(case),
            day: form.record_day(&values).unwrap_or_else(|| self.clock.today()),
            until: form.record_until(&values),
            unique: form.record_unique(&values),
            values,
            files,
            withdrawn: false,
            created_by: self.who,
            created: self.clock.now(),
        })
    }

    async fn keep(&self, name: String, media_type: &str, bytes: &[u8]) -> Result<Attachment, Trouble> {
        let kept = self.objects.put(bytes).await.map_err(Trouble::failed)?;
        Ok(Attachment { file_name: name, media_type: media_type.to_owned(), content: kept.content, bytes: kept.bytes })
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), Trouble> {
        let at = self.clock.now();
        let commit = Commit { who: Some(self.who), at, why: String::new(), changes, work: Vec::new() };
        Ok(self.store.commit(commit).await.map(drop)?)
    }
}

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

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect()
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

/// What a receipt said.
#[derive(Debug, Clone)]
pub struct Answered {
    /// which package
    pub package: Digest,
    /// the receipt's number
    pub number: String,
    /// numbers of cases that were accepted
    pub accepted: Vec<String>,
    /// numbers of cases that were refused, and why
    pub refused: Vec<(String, String)>,
    /// numbers of cases that it says nothing about
    pub unanswered: Vec<String>,
}

/// Takes a receipt: says of each case what was answered, all or nothing. `None` where it names a package that is not there.
///
/// # Errors
/// When it is no receipt, or answers what was not asked: line by line; those of the store.
pub async fn answer(hands: &Hands<'_>, hospitals: &[Hospital], bytes: &[u8]) -> Result<Option<Answered>, Trouble> {
    let wrong = |error: &ReceiptError| {
        let (zh, en) = parted(&error.to_string());
        Trouble::value("receipt", zh, en)
    };
    let receipt = receipt(bytes).map_err(|error| wrong(&error))?;
    let Some((_, sent, package)) = find(hands.store, hands.objects, hospitals, receipt.package).await? else {
        return Ok(None);
    };
    let unanswered = receipt.answers(&package).map_err(|error| wrong(&error))?;
    let file = hands.keep(format!("receipt-{}.json", plain(&receipt.number)), "application/json", bytes).await?;
    let wait = limits()?.days_without_answer;
    let mut said = Answered {
        package: receipt.package,
        number: receipt.number.clone(),
        accepted: Vec::new(),
        refused: Vec::new(),
        unanswered,
    };
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    let mut known = HashSet::new();
    for (case, attempt, _) in &sent.cases {
        let Some(row) = hands.store.case(*case).await? else { continue };
        let number = row.case.number;
        let Some(answer) = receipt.cases.get(&number) else { continue };
        known.insert(number.clone());
        let about = RecordQuery {
            about: Some(About::Case(*case)),
            forms: vec![FORM.to_owned()],
            limit: RECORDS,
            ..RecordQuery::default()
        };
        let upload = Upload::of(&hands.store.records(&about).await?.rows);
        if upload.attempt() != *attempt {
            let (zh, en) =
                ("该病例之后又上报过，此回执已过时", "the case was sent again since: this receipt is out of date");
            faults.push((number, zh.to_owned(), en.to_owned()));
            continue;
        }
        let what = Step::Answer { answer: answer.clone(), receipt: receipt.number.clone() };
        match step(&upload, &what, receipt.day, wait) {
            Ok(values) => {
                let record = hands.record(*case, values, vec![file.clone()])?;
                changes.push(Change::Create(Item::Record(record)));
            }
            Err(error) => {
                let (zh, en) = parted(&error.to_string());
                faults.push((number, zh, en));
                continue;
            }
        }
        match answer {
            Answer::Accepted => said.accepted.push(number),
            Answer::Refused(reason) => said.refused.push((number, reason.clone())),
        }
    }
    for number in receipt.cases.keys().filter(|number| !known.contains(*number)) {
        let zh = "病例编号已更改或其上报记录已撤回，请先恢复".to_owned();
        let en = "its number was changed or its report withdrawn since: put that back first".to_owned();
        faults.push((number.clone(), zh, en));
    }
    if !faults.is_empty() {
        let lines = |text: fn(&(String, String, String)) -> &String| {
            faults.iter().map(|one| format!("{}: {}", one.0, text(one))).collect::<Vec<_>>().join("\n")
        };
        return Err(Trouble::refused(lines(|one| &one.1), lines(|one| &one.2)));
    }
    hands.commit(changes).await?;
    Ok(Some(said))
}

/// A case whose report is late, due, or waited for.
#[derive(Debug, Clone)]
pub struct Owed {
    /// the case
    pub case: Case,
    /// whose
    pub patient: Patient,
    /// day of the procedure and of the discharge
    pub days_of: (Option<Date>, Option<Date>),
    /// how far its report is
    pub upload: Upload,
    /// the last day on which it is accepted in time
    pub due: Option<Date>,
    /// days since then, negative before; of one that waits for an answer, days since it was sent
    pub days: i32,
}

/// What is owed to the province.
#[derive(Debug, Clone, Default)]
pub struct Owing {
    /// not accepted in time, the latest first
    pub late: Vec<Owed>,
    /// due within a week
    pub soon: Vec<Owed>,
    /// sent and not answered for so long that they may be sent again
    pub unanswered: Vec<Owed>,
}

/// Looks for what some hospitals owe to the province (none named: all).
///
/// # Errors
/// Those of the store.
pub async fn owing(store: &dyn Store, hospitals: &[Id<Hospital>], today: Date) -> Result<Owing, Trouble> {
    let limits = limits()?;
    let query = FactQuery {
        hospitals: hospitals.to_vec(),
        by: By::Treated,
        all: [Fact::Treated].into_iter().collect(),
        none: [Fact::Uploaded].into_iter().collect(),
        ..FactQuery::default()
    };
    let (mut found, mut offset, mut seen) = (Owing::default(), 0, HashSet::new());
    loop {
        let page = store.counted(&query, offset, CASES).await?;
        if page.rows.is_empty() {
            break;
        }
        offset += page.rows.len() as u64;
        for CaseRow { case, patient, .. } in page.rows {
            if !seen.insert(case.id) {
                continue;
            }
            let about = RecordQuery { about: Some(About::Case(case.id)), limit: RECORDS, ..RecordQuery::default() };
            let records = store.records(&about).await?.rows;
            // its days come from the case and its records alone
            let file = CaseFile { case: &case, records: &records, studies: &[], verifications: &[], movements: &[] };
            let facts = Facts::of(file);
            let upload = Upload::of(&records);
            let Some(due) = limits.due(&case, &facts) else { continue };
            let since = |day: Date| day.until(today).map_or(0, |span| span.get_days());
            let days_of = (facts.treated, facts.discharged);
            let owed = |days| Owed {
                case: case.clone(),
                patient: patient.clone(),
                days_of,
                upload: upload.clone(),
                due: Some(due),
                days,
            };
            if let Upload::Sent { day, .. } = &upload
                && day.saturating_add(Span::new().days(i64::from(limits.days_without_answer))) < today
            {
                found.unanswered.push(owed(since(*day)));
            }
            match since(due) {
                days @ 1.. => found.late.push(owed(days)),
                days if days >= -SOON_DAYS => found.soon.push(owed(days)),
                _ => {}
            }
        }
    }
    for list in [&mut found.late, &mut found.soon, &mut found.unanswered] {
        list.sort_by(|one, other| (other.days, &one.case.number).cmp(&(one.days, &other.case.number)));
    }
    Ok(found)
}
