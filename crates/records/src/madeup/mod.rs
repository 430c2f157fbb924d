//! A hospital that does not exist, and its year: what people enter in the register in the course of a year, made up from a seed.
//!
//! Every test of the register as a whole, every demonstration and every measurement needs a hospital with everything in it: people whose
//! certificates lapse, lots with all their movements, some hundreds of patients with what was done and what came of it, and things that
//! went wrong. [`year`] makes one: pure, so that the same seed gives the same commits, byte by byte.
//!
//! Rates are what such services publish or ours, chosen so that every indicator has something to count and every kind of lapse occurs;
//! nothing here is a statement about any hospital. What goes wrong on purpose is listed in [`Plight`].

mod ablation;
mod after;
mod book;
mod course;
mod draw;
mod house;
mod images;
mod implant;
mod lots;
mod names;
mod patient;
mod staff;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{Commit, Digest, Hospital, Id, Lot, Person};

pub use book::ZONE;

/// A made-up hospital's records until a day, as they were entered.
#[derive(Debug, Clone)]
pub struct Year {
    /// what was entered, in the order of time; the first makes the first account
    pub commits: Vec<Commit>,
    /// the content of every file that items name
    pub objects: BTreeMap<Digest, Vec<u8>>,
    /// the hospital
    pub hospital: Id<Hospital>,
    /// the last day
    pub last: Date,
    /// what went wrong on purpose
    pub plight: Plight,
}

/// What goes wrong on purpose, besides what chance brings: a test knows what to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plight {
    /// who operated while the practice licence had lapsed, on the days between these two
    pub unlicensed: (Id<Person>, Date, Date),
    /// who has no radiation protection course that is current
    pub untrained: Id<Person>,
    /// who operated and was not evaluated
    pub unevaluated: Id<Person>,
    /// the lot that names no registration
    pub unregistered: Id<Lot>,
    /// the lot of which a seed was lost and found again
    pub lost_and_found: Id<Lot>,
    /// the lot that failed its assay and went back
    pub failed: Id<Lot>,
}

/// Treatments of the year.
const IMPLANTS: usize = 230;
const ABLATIONS: usize = 120;
const COURSES: usize = 60;
/// And of the months before it, so that there are patients of whom one knows whether they lived a year.
const EARLIER: [usize; 3] = [45, 20, 12];
/// Days before the last one when the register was taken up, and when the first of the patients before the year was treated.
const OPENED: i64 = 640;
const FIRST: i64 = 600;

/// The year of a made-up hospital that ends on a day.
pub fn year(seed: u64, last: Date) -> Year {
    let mut book = book::Book::new(seed, last);
    let mut house = staff::open(&mut book);
    house::keep(&mut book, &mut house);
    let mut patients = patient::Patients::default();
    let mut needs = Vec::new();
    for (number, day) in days(IMPLANTS, EARLIER[0], last).into_iter().enumerate() {
        needs.push(implant::plan(&mut book, &house, &mut patients, number, day));
    }
    let lots = lots::keep(&mut book, &house, &mut needs);
    for need in needs {
        implant::carry_out(&mut book, &house, need);
    }
    for (number, day) in days(ABLATIONS, EARLIER[1], last).into_iter().enumerate() {
        ablation::carry_out(&mut book, &house, &mut patients, number, day);
    }
    for (number, day) in days(COURSES, EARLIER[2], last).into_iter().enumerate() {
        course::carry_out(&mut book, &house, &mut patients, number, day);
    }
    let plight = Plight {
        unlicensed: house.unlicensed,
        untrained: house.physicists[1],
        unevaluated: house.implanters[1],
        unregistered: lots.unregistered,
        lost_and_found: lots.lost_and_found,
        failed: lots.failed,
    };
    let (commits, objects) = book.close();
    Year { commits, objects, hospital: house.hospital, last, plight }
}

/// Days of treatment, on weekdays: so many evenly over the year, after so many over the months before it. The last few are still to come:
/// their patients are prepared.
fn days(in_year: usize, before: usize, last: Date) -> Vec<Date> {
    let spread = |from: i64, to: i64, count: usize| {
        (0..count).map(move |at| from - (from - to) * at as i64 / count.max(1) as i64).collect::<Vec<_>>()
    };
    // one in thirty more, which falls into the days after the last
    let year = spread(364, -12, in_year + in_year / 30);
    let ago = spread(FIRST, 366, before).into_iter().chain(year);
    ago.map(|ago| book::on_a_weekday(book::later(last, -ago))).collect()
}
