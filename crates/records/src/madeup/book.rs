//! What happens is written into a book of commits, and read out in the order of time.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::{Offset, offset};
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use super::draw::Draw;
use crate::record::Attachment;
use crate::sources::Place;
use crate::{About, Account, Change, Commit, Digest, Forms, Id, Item, Lot, Record};

/// The made-up hospital's clock.
pub const ZONE: Offset = offset(8);

/// A day, hour and minute by the hospital's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct When {
    pub day: Date,
    pub minute: i16,
}

impl When {
    /// An hour and minute of a day.
    pub fn new(day: Date, hour: i16, minute: i16) -> Self {
        Self { day, minute: hour * 60 + minute }
    }

    /// So many minutes later.
    pub fn later(self, minutes: i64) -> Self {
        let all = i64::from(self.minute) + minutes;
        let (days, minute) = (all.div_euclid(1440), all.rem_euclid(1440));
        Self { day: later(self.day, days), minute: minute as i16 }
    }

    /// The moment.
    pub fn at(self) -> Timestamp {
        let clock = self.day.at((self.minute / 60) as i8, (self.minute % 60) as i8, 0, 0);
        ZONE.to_timestamp(clock).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// As a form has it: with the distance from UTC.
    pub fn text(self) -> String {
        format!("{}T{:02}:{:02}:00+08:00", self.day, self.minute / 60, self.minute % 60)
    }
}

/// So many days later.
pub(super) fn later(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// The same day or, of a weekend, the Monday after it.
pub(super) fn on_a_weekday(day: Date) -> Date {
    match day.weekday().to_monday_one_offset() {
        6 => later(day, 2),
        7 => later(day, 1),
        _ => day,
    }
}

/// Everything that happened, in any order.
pub(super) struct Book {
    /// what everything is drawn from
    pub seed: u64,
    /// the last day
    pub last: Date,
    forms: Forms,
    draw: Draw,
    commits: Vec<Commit>,
    objects: BTreeMap<Digest, Vec<u8>>,
}

impl Book {
    pub fn new(seed: u64, last: Date) -> Self {
        let draw = Draw::of(seed, "identifiers", 0);
        Self { seed, last, forms: Forms::builtin(), draw, commits: Vec::new(), objects: BTreeMap::new() }
    }

    /// The stream for one thing.
    pub fn draw(&self, what: &str, number: u64) -> Draw {
        Draw::of(self.seed, what, number)
    }

    /// So many days before the last one (after it, where negative).
    pub fn ago(&self, days: i64) -> Date {
        later(self.last, -days)
    }

    /// An identifier made at a moment.
    pub fn id<T>(&mut self, at: When) -> Id<T> {
        Id::new(at.at().as_millisecond().max(0) as u64, self.draw.bytes())
    }

    /// A paper, kept as an object.
    pub fn paper(&mut self, file_name: &str, text: &str) -> Attachment {
        let kept = self.object(text);
        Attachment {
            file_name: file_name.to_owned(),
            media_type: "text/plain".to_owned(),
            content: kept.0,
            bytes: kept.1,
        }
    }

    /// Content of a file: its name and its size.
    pub fn object(&mut self, text: &str) -> (Digest, u64) {
        let bytes = text.as_bytes().to_vec();
        let kept = (Digest::of(&bytes), bytes.len() as u64);
        self.objects.insert(kept.0, bytes);
        kept
    }

    /// A filled-in form, with day, end and uniqueness as its form says.
    pub fn record(&mut self, form: &str, about: About, at: When, by: Id<Account>, values: &Value) -> Record {
        let values = crate::Form::clean(values.as_object().unwrap_or(&serde_json::Map::new()));
        let known = self.forms.get(form);
        Record {
            edition: known.map_or(1, |known| known.edition),
            day: known.and_then(|known| known.record_day(&values)).unwrap_or(at.day),
            until: known.and_then(|known| known.record_until(&values)),
            unique: known.and_then(|known| known.record_unique(&values)),
            id: self.id(at),
            version: 1,
            form: form.to_owned(),
            about,
            values,
            files: Vec::new(),
            withdrawn: false,
            created_by: by,
            created: at.at(),
        }
    }

    /// Enters changes that happen together.
    pub fn commit(&mut self, at: When, who: Option<Id<Account>>, why: &str, changes: Vec<Change>) {
        self.commits.push(Commit { who, at: at.at(), why: why.to_owned(), changes, work: Vec::new() });
    }

    /// Enters new items.
    pub fn create(&mut self, at: When, who: Id<Account>, items: Vec<Item>) {
        self.commit(at, Some(who), "", items.into_iter().map(Change::Create).collect());
    }

    /// Fills in a form and enters it.
    pub fn enter(&mut self, form: &str, about: About, at: When, by: Id<Account>, values: &Value) -> Id<Record> {
        let record = self.record(form, about, at, by, values);
        let id = record.id;
        self.create(at, by, vec![Item::Record(record)]);
        id
    }

    /// The record of a form about something, as it was first entered.
    pub fn take(&self, about: About, form: &str) -> Option<Record> {
        let created = self.commits.iter().flat_map(|commit| &commit.changes);
        created
            .filter_map(|change| match change {
                Change::Create(Item::Record(record)) => Some(record),
                _ => None,
            })
            .find(|record| record.about == about && record.form == form)
            .cloned()
    }

    /// Lots with seeds in a safe at a moment, by the movements entered so far.
    pub fn in_safe(&self, safe: &str, at: When) -> Vec<(Id<Lot>, u32)> {
        let mut seeds: BTreeMap<Id<Lot>, i64> = BTreeMap::new();
        let place = Place::Stored(safe.to_owned());
        for commit in self.commits.iter().filter(|commit| commit.at <= at.at()) {
            for change in &commit.changes {
                let Change::Create(Item::Movement(movement)) = change else { continue };
                let amount = i64::from(movement.seeds.len());
                let moved = i64::from(movement.to == place) - i64::from(movement.from == place);
                *seeds.entry(movement.lot).or_default() += amount * moved;
            }
        }
        seeds.into_iter().filter(|(_, seeds)| *seeds > 0).map(|(lot, seeds)| (lot, seeds as u32)).collect()
    }

    /// All that happened until the last day is over, in the order of time; what happened at the same moment in the order in which it was
    /// entered. What was not yet known then is not in it.
    pub fn close(mut self) -> (Vec<Commit>, BTreeMap<Digest, Vec<u8>>) {
        let end = When::new(later(self.last, 1), 0, 0).at();
        self.commits.retain(|commit| commit.at < end);
        self.commits.sort_by_key(|commit| commit.at);
        let used: std::collections::BTreeSet<Digest> = self.commits.iter().flat_map(contents).collect();
        self.objects.retain(|name, _| used.contains(name));
        (self.commits, self.objects)
    }
}

/// The files that a commit's items name.
fn contents(commit: &Commit) -> Vec<Digest> {
    let mut found = Vec::new();
    for change in &commit.changes {
        match change {
            Change::Create(item) | Change::Replace { after: item, .. } => {
                found.extend(item.contents().into_iter().map(|file| file.0));
            }
            Change::SetPassword { .. } | Change::Event { .. } => {}
        }
    }
    found
}
