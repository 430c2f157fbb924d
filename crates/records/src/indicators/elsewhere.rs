//! Indicators whose cases are kept elsewhere: their counts come from `indicator_count` records of the hospitals.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::computed::{Computed, Missing};
use super::{Period, Scope};
use crate::facts::{Group, part_of_day};
use crate::{About, Record};

/// One record's counts.
struct Entry {
    hospital: String,
    from: Date,
    until: Date,
    numerator: u64,
    denominator: u64,
}

/// The figures of one indicator by parts. A record counts when it lies wholly in the period and in one part.
pub(super) fn counted(pack: &str, code: &str, period: Period, scope: &Scope, records: &[Record]) -> Vec<Computed> {
    let mut parts: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for record in records.iter().filter(|record| {
        record.form == "indicator_count"
            && !record.withdrawn
            && record.text("pack") == Some(pack)
            && record.text("code") == Some(code)
    }) {
        let Some(entry) = entry(record, scope) else { continue };
        if entry.from < period.from || entry.until > period.to || entry.until < entry.from {
            continue;
        }
        if let Some(part) = part(&entry, scope.group) {
            parts.entry(part).or_default().push(entry);
        }
    }
    if parts.is_empty() {
        return vec![Computed::missing(code, "", Missing::NotEntered)];
    }
    parts.into_iter().map(|(part, entries)| sum(code, &part, entries)).collect()
}

fn entry(record: &Record, scope: &Scope) -> Option<Entry> {
    let About::Hospital(hospital) = record.about else { return None };
    let count = |field| record.values.get(field).and_then(Value::as_u64);
    let asked = scope.hospitals.is_empty() || scope.hospitals.contains(&hospital);
    asked.then_some(Entry {
        hospital: hospital.to_string(),
        from: record.date("from")?,
        until: record.date("until")?,
        numerator: count("numerator")?,
        denominator: count("denominator")?,
    })
}

/// The part a record belongs to; `None` where it spans several, and for operators, of whom it says nothing.
fn part(entry: &Entry, group: Group) -> Option<String> {
    match group {
        Group::Whole => Some(String::new()),
        Group::Hospital => Some(entry.hospital.clone()),
        Group::Operator => None,
        Group::Month | Group::Quarter | Group::Year => {
            let part = part_of_day(entry.from, group);
            (part == part_of_day(entry.until, group)).then_some(part)
        }
    }
}

/// The sum; nothing where two records of one hospital overlap, since then one of them is wrong.
fn sum(code: &str, part: &str, mut entries: Vec<Entry>) -> Computed {
    entries.sort_by(|one, other| (&one.hospital, one.from).cmp(&(&other.hospital, other.from)));
    let overlap = entries
        .windows(2)
        .any(|pair| matches!(pair, [one, next] if one.hospital == next.hospital && next.from <= one.until));
    if overlap {
        return Computed::missing(code, part, Missing::Overlap);
    }
    let total = |count: fn(&Entry) -> u64| entries.iter().map(count).fold(0, u64::saturating_add);
    Computed::of(code, part, total(|entry| entry.numerator), total(|entry| entry.denominator))
}
