//! What comes back for a package.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jsonschema::Validator;
use records::Digest;
use serde::Deserialize;
use serde_json::Value;

use super::Package;

/// The receipt's JSON Schema.
pub const RECEIPT_SCHEMA: &str = include_str!("../../../../docs/province/receipt.schema.json");
/// A receipt is not larger than this, bytes.
const MOST: usize = 32 << 20;

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| super::validator(RECEIPT_SCHEMA));

/// The answer about one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// it is in the platform
    Accepted,
    /// it is not, and why
    Refused(String),
}

/// The answer to a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// SHA-256 of the package's JSON
    pub package: Digest,
    /// the platform's number of it
    pub number: String,
    /// when the platform took it
    pub received: Timestamp,
    /// the day of that, where the platform is
    pub day: Date,
    /// by case number; what the receipt does not name is unanswered
    pub cases: BTreeMap<String, Answer>,
}

/// Why a receipt cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// not JSON, or far too large
    #[error("this is no receipt: {0} (文件不是有效的回执，请重新下载)")]
    Unreadable(String),
    /// not what the schema asks
    #[error("the receipt does not have the form of docs/province/receipt.schema.json: {} (回执格式不符)", .0.join("; "))]
    Schema(Vec<String>),
    /// of another package
    #[error(
        "the receipt is for another package ({got}), this one is {expected}: choose the receipt that belongs to it (回执与上报包不对应)"
    )]
    Package {
        /// the package at hand
        expected: Digest,
        /// the package that it names
        got: Digest,
    },
    /// cases that were not sent
    #[error("the receipt names cases that were not in the package: {} (回执含未上报的病例)", .0.join(", "))]
    Unknown(Vec<String>),
    /// two answers
    #[error("the receipt answers about {0} twice (回执对同一病例有两个结果)")]
    Twice(String),
}

#[derive(Deserialize)]
struct Written {
    package: Digest,
    number: String,
    received: String,
    cases: Vec<WrittenCase>,
}

#[derive(Deserialize)]
struct WrittenCase {
    case_number: String,
    result: String,
    #[serde(default)]
    reason: String,
}

/// Reads a receipt.
pub fn receipt(bytes: &[u8]) -> Result<Receipt, ReceiptError> {
    if bytes.len() > MOST {
        return Err(ReceiptError::Unreadable(format!("larger than {} MB", MOST >> 20)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| ReceiptError::Unreadable(error.to_string()))?;
    let faults = super::faults(VALIDATOR.as_ref(), &value);
    if !faults.is_empty() {
        return Err(ReceiptError::Schema(faults));
    }
    let written: Written =
        serde_json::from_value(value).map_err(|error| ReceiptError::Unreadable(error.to_string()))?;
    let no_day = || ReceiptError::Schema(vec!["/received: not a moment such as 2026-03-01T09:30:00+08:00".to_owned()]);
    let received = written.received.parse().map_err(|_| no_day())?;
    let day = written.received.get(..10).and_then(|day| day.parse().ok()).ok_or_else(no_day)?;
    let mut cases = BTreeMap::new();
    for case in written.cases {
        let answer = if case.result == "accepted" { Answer::Accepted } else { Answer::Refused(case.reason) };
        if cases.insert(case.case_number.clone(), answer).is_some() {
            return Err(ReceiptError::Twice(case.case_number));
        }
    }
    Ok(Receipt { package: written.package, number: written.number, received, day, cases })
}

impl Receipt {
    /// Checks that it answers to a package, and gives the numbers of the cases that it says nothing about.
    pub fn answers(&self, package: &Package) -> Result<Vec<String>, ReceiptError> {
        if self.package != package.digest {
            return Err(ReceiptError::Package { expected: package.digest, got: self.package });
        }
        let cases = package.content["cases"].as_array().into_iter().flatten();
        let sent: BTreeSet<&str> = cases.filter_map(|case| case["case_number"].as_str()).collect();
        let unknown: Vec<String> =
            self.cases.keys().filter(|number| !sent.contains(number.as_str())).cloned().collect();
        if !unknown.is_empty() {
            return Err(ReceiptError::Unknown(unknown));
        }
        Ok(sent.into_iter().filter(|number| !self.cases.contains_key(*number)).map(str::to_owned).collect())
    }
}
