//! What comes back for a package.

use std::collections::HashSet;

use exchange::province::{Answer, ReceiptError, Step, Upload, receipt, step};
use records::record::About;
use records::store::RecordQuery;
use records::{Change, Digest, Hospital, Item};

use super::{FORM, Hands, find, limits, plain};
use crate::register::trouble::{Trouble, parted};
use crate::register::whole::RECORDS;

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
