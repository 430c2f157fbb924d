//! Edits of a list of seeds: plain functions from one list to the next.

use image::Point;
use records::verification::{DraftSeed, SeedOrigin};

/// Most seeds of a draft: more than any implant has.
const MOST_SEEDS: usize = 1000;
/// No patient coordinate is larger, mm.
const FAR_MM: f64 = 1e4;

/// One edit.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// a new seed; it gets the next free number
    Add {
        /// where
        centre_mm: Point,
        /// along what, where known
        axis: Option<Point>,
    },
    /// another place for a seed
    Move {
        /// which
        number: u32,
        /// where to
        centre_mm: Point,
    },
    /// another direction for a seed
    Turn {
        /// which
        number: u32,
        /// direction of any length; `None` when it is not known
        axis: Option<Point>,
    },
    /// takes a seed away
    Delete {
        /// which
        number: u32,
    },
    /// the whole list as it shall be: undo and redo
    Restore {
        /// every seed
        seeds: Vec<DraftSeed>,
    },
}

/// Why an edit cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// there is no such seed
    #[error("there is no seed {0}; it may have been deleted in another window: reload")]
    NoSeed(u32),
    /// the place cannot be one of a patient
    #[error("the position cannot be one in a patient: coordinates must be finite numbers below 10 m")]
    Position,
    /// the direction has no length
    #[error("the direction has no length")]
    Axis,
    /// two seeds with one number
    #[error("two seeds have the number {0}")]
    Number(u32),
    /// too many
    #[error("a draft holds at most {MOST_SEEDS} seeds")]
    TooMany,
    /// a confidence out of range
    #[error("the confidence of seed {0} is not between 0 and 1")]
    Confidence(u32),
}

/// The list after the edits, in their order; all or nothing. Directions come out with length 1.
///
/// # Errors
/// The first edit that cannot be done.
pub fn edited(seeds: &[DraftSeed], edits: &[Edit]) -> Result<Vec<DraftSeed>, EditError> {
    let mut list = seeds.to_vec();
    for edit in edits {
        match edit {
            Edit::Add { centre_mm, axis } => {
                let number = list.iter().map(|seed| seed.number).max().unwrap_or(0) + 1;
                list.push(DraftSeed {
                    number,
                    centre_mm: position(*centre_mm)?,
                    axis: direction(*axis)?,
                    origin: SeedOrigin::Added,
                    confidence: None,
                    needle: String::new(),
                });
            }
            Edit::Move { number, centre_mm } => {
                let centre_mm = position(*centre_mm)?;
                let seed = find(&mut list, *number)?;
                *seed = DraftSeed { centre_mm, ..touched(seed) };
            }
            Edit::Turn { number, axis } => {
                let axis = direction(*axis)?;
                let seed = find(&mut list, *number)?;
                *seed = DraftSeed { axis, ..touched(seed) };
            }
            Edit::Delete { number } => {
                find(&mut list, *number)?;
                list.retain(|seed| seed.number != *number);
            }
            Edit::Restore { seeds } => list = restored(seeds)?,
        }
        if list.len() > MOST_SEEDS {
            return Err(EditError::TooMany);
        }
    }
    Ok(list)
}

fn restored(seeds: &[DraftSeed]) -> Result<Vec<DraftSeed>, EditError> {
    let mut numbers = std::collections::BTreeSet::new();
    seeds
        .iter()
        .map(|seed| {
            if !numbers.insert(seed.number) {
                return Err(EditError::Number(seed.number));
            }
            if seed.confidence.is_some_and(|c| !(0.0..=1.0).contains(&c)) {
                return Err(EditError::Confidence(seed.number));
            }
            Ok(DraftSeed { centre_mm: position(seed.centre_mm)?, axis: direction(seed.axis)?, ..seed.clone() })
        })
        .collect()
}

fn find(list: &mut [DraftSeed], number: u32) -> Result<&mut DraftSeed, EditError> {
    list.iter_mut().find(|seed| seed.number == number).ok_or(EditError::NoSeed(number))
}

/// A seed that a person moved is no longer as found or planned; one that a person added stays added.
fn touched(seed: &DraftSeed) -> DraftSeed {
    let origin = if seed.origin == SeedOrigin::Added { SeedOrigin::Added } else { SeedOrigin::Moved };
    DraftSeed { origin, confidence: None, ..seed.clone() }
}

fn position(point: Point) -> Result<Point, EditError> {
    if point.iter().all(|c| c.is_finite() && c.abs() < FAR_MM) { Ok(point) } else { Err(EditError::Position) }
}

fn direction(axis: Option<Point>) -> Result<Option<Point>, EditError> {
    let Some(axis) = axis else { return Ok(None) };
    let length = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
    if !(length.is_finite() && length > 1e-6) {
        return Err(EditError::Axis);
    }
    // a unit vector stays what it is, to the bit
    Ok(Some(if (length - 1.0).abs() < 1e-9 { axis } else { axis.map(|c| c / length) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<DraftSeed> {
        let found = |number, x| DraftSeed {
            number,
            centre_mm: [x, 0.0, 0.0],
            axis: None,
            origin: SeedOrigin::Found,
            confidence: Some(0.9),
            needle: String::new(),
        };
        vec![found(1, 0.0), found(4, 5.0)]
    }

    #[test]
    fn edits_say_where_a_seed_came_from_and_numbers_are_never_reused_while_higher_ones_exist() {
        let edits = [
            Edit::Move { number: 1, centre_mm: [1.0, 2.0, 3.0] },
            Edit::Add { centre_mm: [9.0; 3], axis: Some([0.0, 0.0, 2.0]) },
            Edit::Turn { number: 5, axis: None },
            Edit::Delete { number: 4 },
        ];
        let after = edited(&list(), &edits).unwrap();
        assert_eq!(
            after.iter().map(|seed| (seed.number, seed.origin)).collect::<Vec<_>>(),
            [(1, SeedOrigin::Moved), (5, SeedOrigin::Added)]
        );
        assert_eq!((after[0].confidence, after[1].axis), (None, None));
        assert_eq!(edited(&after, &[Edit::Restore { seeds: list() }]).unwrap(), list());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_nothing_is_half_done() {
        let add = Edit::Add { centre_mm: [0.0; 3], axis: None };
        for (edit, error) in [
            (Edit::Delete { number: 7 }, EditError::NoSeed(7)),
            (Edit::Move { number: 1, centre_mm: [f64::NAN, 0.0, 0.0] }, EditError::Position),
            (Edit::Move { number: 1, centre_mm: [0.0, 1e9, 0.0] }, EditError::Position),
            (Edit::Turn { number: 1, axis: Some([0.0; 3]) }, EditError::Axis),
            (Edit::Restore { seeds: [list(), list()].concat() }, EditError::Number(1)),
        ] {
            assert_eq!(edited(&list(), &[add.clone(), edit]), Err(error));
        }
        assert_eq!(edited(&[], &vec![add; MOST_SEEDS + 1]), Err(EditError::TooMany));
    }
}
