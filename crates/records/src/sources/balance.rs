//! Where every seed of a lot is: the balance of the double-entry ledger, and what may be entered next.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::legal::lawful;
use super::{Movement, Place, SeedSet, SourceError, Whereabouts};
use crate::{Case, Id, Lot};

/// Where each seed of a lot is. Every seed from 1 to the lot's count is in exactly one place; places without seeds are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    count: u32,
    places: BTreeMap<Place, SeedSet>,
    issued: BTreeMap<Id<Case>, SeedSet>,
    left: BTreeMap<Id<Case>, SeedSet>,
}

static NONE: SeedSet = SeedSet::NONE;

impl Balance {
    /// All seeds of a lot, as ordered.
    pub fn ordered(count: u32) -> Self {
        let all = SeedSet::range(1, count);
        let places = if all.is_empty() { BTreeMap::new() } else { BTreeMap::from([(Place::Ordered, all)]) };
        Self { count, places, issued: BTreeMap::new(), left: BTreeMap::new() }
    }

    /// How many seeds the lot has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The seeds in a place.
    pub fn at(&self, place: &Place) -> &SeedSet {
        self.places.get(place).unwrap_or(&NONE)
    }

    /// All places that have seeds.
    pub fn places(&self) -> impl Iterator<Item = (&Place, &SeedSet)> {
        self.places.iter()
    }

    /// Where one seed is; `None` for a number that the lot does not have.
    pub fn place_of(&self, seed: u32) -> Option<&Place> {
        self.places.iter().find(|(_, seeds)| seeds.contains(seed)).map(|(place, _)| place)
    }

    /// Where the given seeds are, place by place.
    pub fn whereabouts(&self, seeds: &SeedSet) -> Vec<(&Place, SeedSet)> {
        let parts = self.places.iter().map(|(place, there)| (place, there.both(seeds)));
        parts.filter(|(_, part)| !part.is_empty()).collect()
    }

    /// Which seeds were ever issued for a case, wherever they are now.
    pub fn ever_issued(&self, case: Id<Case>) -> &SeedSet {
        self.issued.get(&case).unwrap_or(&NONE)
    }

    /// Which seeds were in a patient and came out, or left unseen: they are never used again.
    pub fn left_patient(&self, case: Id<Case>) -> &SeedSet {
        self.left.get(&case).unwrap_or(&NONE)
    }

    /// Whether every seed of the lot is in exactly one place.
    pub fn is_whole(&self) -> bool {
        let total: u64 = self.places.values().map(|seeds| u64::from(seeds.len())).sum();
        let all = self.places.values().fold(SeedSet::default(), |all, seeds| all.with(seeds));
        total == u64::from(self.count) && all == SeedSet::range(1, self.count)
    }

    /// Moves seeds that are where they are taken from.
    fn moved(&mut self, movement: &Movement) {
        let left = self.at(&movement.from).without(&movement.seeds);
        if left.is_empty() {
            self.places.remove(&movement.from);
        } else {
            self.places.insert(movement.from.clone(), left);
        }
        let there = self.at(&movement.to).with(&movement.seeds);
        self.places.insert(movement.to.clone(), there);
        if let Place::Issued(case) = movement.to {
            let issued = self.ever_issued(case).with(&movement.seeds);
            self.issued.insert(case, issued);
        }
        match (&movement.from, &movement.to) {
            (Place::Implanted(case), Place::Quarantine | Place::Lost) => {
                let left = self.left_patient(*case).with(&movement.seeds);
                self.left.insert(*case, left);
            }
            // it had not left after all
            (_, Place::Implanted(case)) => {
                let left = self.left_patient(*case).without(&movement.seeds);
                self.left.retain(|other, _| other != case);
                if !left.is_empty() {
                    self.left.insert(*case, left);
                }
            }
            _ => {}
        }
    }
}

/// Where the seeds are after all movements of a lot, in order of moment, then number.
///
/// # Errors
/// When a movement is missing, of another lot, or not lawful where it stands.
pub fn replay(lot: &Lot, movements: &[Movement]) -> Result<Balance, SourceError> {
    follow(lot, &in_order(lot, movements)?, |_, _| ()).map_err(|stop| *stop.error)
}

/// Where the seeds were at a moment: after all that had happened by then, whenever it was entered.
///
/// # Errors
/// As [`replay`].
pub fn replay_until(lot: &Lot, movements: &[Movement], moment: Timestamp) -> Result<Balance, SourceError> {
    let mut sorted = in_order(lot, movements)?;
    sorted.retain(|movement| movement.at <= moment);
    follow(lot, &sorted, |_, _| ()).map_err(|stop| *stop.error)
}

/// Where the seeds are if a new movement is entered. What is refused changes nothing.
///
/// A back-dated movement is entered when every instant stays lawful: it and all that happened after it.
///
/// # Errors
/// Says what is wrong with the new movement and what to do; or that the ledger as it stands cannot be followed.
pub fn admit(lot: &Lot, movements: &[Movement], new: &Movement, now: Timestamp) -> Result<Balance, SourceError> {
    let before = in_order(lot, movements)?;
    follow(lot, &before, |_, _| ()).map_err(|stop| *stop.error)?;
    if new.lot != lot.id {
        return Err(SourceError::OtherLot { given: new.lot, lot: lot.id });
    }
    let next = before.len() as u32 + 1;
    if new.number != next {
        return Err(SourceError::Number { given: new.number, next });
    }
    if new.at > now {
        return Err(SourceError::Future { at: new.at, now });
    }
    for place in [&new.from, &new.to] {
        if let Place::Stored(safe) = place
            && (safe.trim().is_empty() || safe.chars().count() > 60)
        {
            return Err(SourceError::SafeName);
        }
    }
    let row = lawful(&new.from, new.step, &new.to)?;
    if row.why && new.evidence.is_none() && new.note.trim().is_empty() {
        return Err(SourceError::NoReason { step: new.step });
    }
    // the new number is the highest, so it comes last among those of its moment
    let at = before.partition_point(|movement| movement.at <= new.at);
    let mut sorted = before;
    sorted.insert(at, new);
    follow(lot, &sorted, |_, _| ()).map_err(|stop| match *stop.error {
        SourceError::NotThere { seeds, place, .. } if stop.index > at => {
            let by = sorted.get(stop.index).map_or((0, new.at, new.step), |later| (later.number, later.at, later.step));
            SourceError::Breaks { at: new.at, by, seeds, place }
        }
        error => error,
    })
}

/// The `count` seeds with the lowest numbers in a place.
///
/// # Errors
/// When there are fewer.
pub fn pick(balance: &Balance, place: &Place, count: u32) -> Result<SeedSet, SourceError> {
    let there = balance.at(place);
    if count == 0 {
        return Err(SourceError::NoSeeds);
    }
    there.lowest(count).ok_or_else(|| SourceError::TooFew { place: place.clone(), there: there.len(), asked: count })
}

/// A movement that could not be followed.
pub(super) struct Stop {
    /// which, in order of moment
    pub index: usize,
    /// why
    pub error: Box<SourceError>,
}

/// The movements in order of moment, then number; all of them there, and all of this lot.
pub(super) fn in_order<'a>(lot: &Lot, movements: &'a [Movement]) -> Result<Vec<&'a Movement>, SourceError> {
    let mut sorted: Vec<&Movement> = movements.iter().collect();
    sorted.sort_by_key(|movement| movement.number);
    for (number, movement) in (1..).zip(&sorted) {
        if movement.lot != lot.id {
            return Err(SourceError::OtherLot { given: movement.lot, lot: lot.id });
        }
        if movement.number != number {
            return Err(SourceError::Gap { number });
        }
    }
    sorted.sort_by_key(|movement| (movement.at, movement.number));
    Ok(sorted)
}

/// Follows movements in the given order; `seen` is told of the balance after each.
pub(super) fn follow(
    lot: &Lot,
    sorted: &[&Movement],
    mut seen: impl FnMut(&Movement, &Balance),
) -> Result<Balance, Stop> {
    let mut balance = Balance::ordered(lot.count);
    for (index, movement) in sorted.iter().enumerate() {
        step(&balance, movement, sorted, index).map_err(|error| Stop { index, error: Box::new(error) })?;
        balance.moved(movement);
        seen(movement, &balance);
    }
    Ok(balance)
}

/// Whether a movement may be made on a balance.
fn step(balance: &Balance, movement: &Movement, sorted: &[&Movement], index: usize) -> Result<(), SourceError> {
    let seeds = &movement.seeds;
    if seeds.is_empty() {
        return Err(SourceError::NoSeeds);
    }
    let beyond = seeds.without(&SeedSet::range(1, balance.count));
    if !beyond.is_empty() {
        return Err(SourceError::Beyond { seeds: beyond, count: balance.count });
    }
    lawful(&movement.from, movement.step, &movement.to)?;
    let missing = seeds.without(balance.at(&movement.from));
    if !missing.is_empty() {
        return Err(not_there(balance, movement, missing, sorted, index));
    }
    history(balance, movement)
}

/// What the places alone do not tell: a seed is used once, and nothing is found with a case that never had it.
fn history(balance: &Balance, movement: &Movement) -> Result<(), SourceError> {
    let seeds = &movement.seeds;
    let never = match (&movement.from, &movement.to) {
        (Place::Lost, Place::Issued(case) | Place::Implanted(case)) => Some((*case, balance.ever_issued(*case))),
        (Place::Quarantine, Place::Implanted(case)) => Some((*case, balance.left_patient(*case))),
        _ => None,
    };
    if let Some((case, had)) = never
        && !had.contains_all(seeds)
    {
        return Err(SourceError::NeverHad { seeds: seeds.without(had), case });
    }
    let again = |case: &Id<Case>| match &movement.to {
        Place::Stored(_) | Place::Issued(_) => true,
        Place::Implanted(to) => to != case,
        _ => false,
    };
    let mut used = balance.left.iter().map(|(case, left)| (*case, left.both(seeds)));
    match used.find(|(case, used)| again(case) && !used.is_empty()) {
        Some((case, seeds)) => Err(SourceError::Used { seeds, case }),
        None => Ok(()),
    }
}

fn not_there(
    balance: &Balance,
    movement: &Movement,
    missing: SeedSet,
    sorted: &[&Movement],
    index: usize,
) -> SourceError {
    let (earlier, later) = sorted.split_at(index);
    let mut elsewhere = Vec::new();
    for (place, part) in balance.whereabouts(&missing) {
        // the last movement of some of them may not be that of all: each part has its own
        let mut left = part;
        for one in earlier.iter().rev().filter(|one| one.to == *place) {
            let brought = left.both(&one.seeds);
            if !brought.is_empty() {
                left = left.without(&brought);
                let since = Some((one.number, one.at, one.step));
                elsewhere.push(Whereabouts { seeds: brought, place: place.clone(), since });
            }
        }
        if !left.is_empty() {
            elsewhere.push(Whereabouts { seeds: left, place: place.clone(), since: None });
        }
    }
    let brings = |one: &&&Movement| one.to == movement.from && !one.seeds.both(&missing).is_empty();
    let later = later.iter().skip(1).find(brings).map(|one| (one.number, one.at));
    SourceError::NotThere { seeds: missing, place: movement.from.clone(), at: movement.at, elsewhere, later }
}
