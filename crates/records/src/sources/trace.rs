//! From patient to lot and back.

use std::collections::BTreeMap;

use super::{Movement, Place, SeedSet};
use crate::{Case, Id, Lot};

/// The seeds of one lot that concern one case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// ever handed out for it
    pub issued: SeedSet,
    /// with it and not implanted
    pub at_hand: SeedSet,
    /// in the patient
    pub implanted: SeedSet,
}

type Shares = BTreeMap<(Id<Lot>, Id<Case>), Share>;

fn shares(movements: &[Movement]) -> Shares {
    let mut sorted: Vec<&Movement> = movements.iter().collect();
    sorted.sort_by_key(|movement| (movement.at, movement.number));
    let mut shares = Shares::new();
    for movement in sorted {
        let seeds = &movement.seeds;
        let mut share = |case: &Id<Case>, change: &dyn Fn(&mut Share)| {
            change(shares.entry((movement.lot, *case)).or_default());
        };
        match &movement.from {
            Place::Issued(case) => share(case, &|share| share.at_hand = share.at_hand.without(seeds)),
            Place::Implanted(case) => share(case, &|share| share.implanted = share.implanted.without(seeds)),
            _ => {}
        }
        match &movement.to {
            Place::Issued(case) => share(case, &|share| {
                share.issued = share.issued.with(seeds);
                share.at_hand = share.at_hand.with(seeds);
            }),
            Place::Implanted(case) => share(case, &|share| share.implanted = share.implanted.with(seeds)),
            _ => {}
        }
    }
    shares
}

/// Which cases had seeds of a lot: `movements` are all of the lot's.
pub fn cases_of(movements: &[Movement]) -> BTreeMap<Id<Case>, Share> {
    shares(movements).into_iter().map(|((_, case), share)| (case, share)).collect()
}

/// Which lots a case had seeds of: `movements` are all of the lots concerned.
pub fn lots_of(case: Id<Case>, movements: &[Movement]) -> BTreeMap<Id<Lot>, Share> {
    shares(movements).into_iter().filter(|((_, of), _)| *of == case).map(|((lot, _), share)| (lot, share)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, lot, movement, usual};
    use super::super::{Step, replay};
    use super::*;

    #[test]
    fn patient_to_lot_and_back_agree_with_the_balance() {
        let (one, two) = (lot(1, 40), lot(2, 40));
        let mut first = usual(&one);
        first.push(movement(&one, 8, 9, Step::Recover, "1", Place::Implanted(case(1)), Place::Quarantine));
        let second: Vec<Movement> = usual(&two);
        let cases = cases_of(&first);
        assert_eq!(cases.len(), 1);
        let share = &cases[&case(1)];
        let end = replay(&one, &first).unwrap();
        assert_eq!(&share.implanted, end.at(&Place::Implanted(case(1))));
        assert_eq!(&share.at_hand, end.at(&Place::Issued(case(1))));
        assert_eq!(&share.issued, end.ever_issued(case(1)));
        assert_eq!(share.implanted.to_string(), "2-18");
        let both: Vec<Movement> = first.into_iter().chain(second).collect();
        let lots = lots_of(case(1), &both);
        assert_eq!(lots.keys().copied().collect::<Vec<_>>(), [one.id, two.id]);
        assert_eq!(lots[&two.id].implanted.to_string(), "1-18");
        assert!(lots_of(case(2), &both).is_empty());
    }
}
