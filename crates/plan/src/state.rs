//! A set of seeds and its running dose, and the moves that change it.

use image::simulate::Rng;

use crate::field::{Field, Fields};
use crate::objective::Objective;
use crate::problem::Placing;

const ABSENT: u32 = u32::MAX;

/// A set of candidates, the dose of it, and what it costs.
pub struct State<'a> {
    fields: &'a Fields,
    field: &'a Field,
    objective: &'a Objective,
    placing: &'a Placing,
    chosen: Vec<u32>,
    /// place of a candidate among the chosen
    place: Vec<u32>,
    /// seeds on each needle
    on_needle: Vec<u32>,
    needles: usize,
    /// chosen ones too near to each candidate
    blocked: Vec<u32>,
    doses: Vec<i32>,
    trial: Vec<i32>,
    cost: f64,
    added: Vec<u32>,
    dropped: Vec<u32>,
}

impl<'a> State<'a> {
    /// The set of these candidates; those that would break a hard limit are left out.
    pub fn new(
        fields: &'a Fields,
        field: &'a Field,
        objective: &'a Objective,
        placing: &'a Placing,
        chosen: &[u32],
    ) -> Self {
        let count = fields.candidates.places.len();
        let mut state = Self {
            fields,
            field,
            objective,
            placing,
            chosen: Vec::with_capacity(placing.most_seeds),
            place: vec![ABSENT; count],
            on_needle: vec![0; fields.candidates.needles.len()],
            needles: 0,
            blocked: vec![0; count],
            doses: vec![0; field.points.len()],
            trial: vec![0; field.points.len()],
            cost: 0.0,
            added: Vec::new(),
            dropped: Vec::new(),
        };
        for &one in chosen {
            if state.may_add(one as usize) {
                state.put(one as usize);
            }
        }
        state.added.clear();
        state.doses = state.fresh();
        state.cost = state.price(&state.doses);
        state
    }

    /// The chosen candidates, in no particular order.
    pub fn chosen(&self) -> &[u32] {
        &self.chosen
    }

    /// What the set costs.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The running dose in the points, 1/1024 Gy.
    pub fn doses(&self) -> &[i32] {
        &self.doses
    }

    /// Needles in use.
    pub fn needles(&self) -> usize {
        self.needles
    }

    /// The dose of the set, summed afresh.
    pub fn fresh(&self) -> Vec<i32> {
        let mut doses = vec![0; self.field.points.len()];
        for &one in &self.chosen {
            add(&mut doses, self.fields.row(self.field, one as usize));
        }
        doses
    }

    fn price(&self, doses: &[i32]) -> f64 {
        self.objective.cost(self.field, doses, self.needles, self.chosen.len())
    }

    fn needle_of(&self, candidate: usize) -> usize {
        self.fields.candidates.places.get(candidate).map_or(0, |place| place.needle)
    }

    fn may_add(&self, candidate: usize) -> bool {
        let on_needle = self.on_needle.get(self.needle_of(candidate)).copied().unwrap_or(0) as usize;
        self.place.get(candidate) == Some(&ABSENT)
            && self.blocked.get(candidate) == Some(&0)
            && self.chosen.len() < self.placing.most_seeds
            && on_needle < self.placing.most_per_needle
            && (on_needle > 0 || self.needles < self.placing.most_needles)
    }

    fn put(&mut self, candidate: usize) {
        let needle = self.needle_of(candidate);
        self.place[candidate] = self.chosen.len() as u32;
        self.chosen.push(candidate as u32);
        self.needles += usize::from(self.on_needle[needle] == 0);
        self.on_needle[needle] += 1;
        let fields = self.fields;
        for &other in &fields.candidates.conflicts[candidate] {
            self.blocked[other as usize] += 1;
        }
        self.added.push(candidate as u32);
    }

    fn take(&mut self, candidate: usize) {
        let needle = self.needle_of(candidate);
        let at = self.place[candidate] as usize;
        self.chosen.swap_remove(at);
        if let Some(&moved) = self.chosen.get(at) {
            self.place[moved as usize] = at as u32;
        }
        self.place[candidate] = ABSENT;
        self.on_needle[needle] -= 1;
        self.needles -= usize::from(self.on_needle[needle] == 0);
        let fields = self.fields;
        for &other in &fields.candidates.conflicts[candidate] {
            self.blocked[other as usize] -= 1;
        }
        self.dropped.push(candidate as u32);
    }

    /// Takes back the bookkeeping of a move that is not made.
    fn undo(&mut self) {
        let (added, dropped) = (std::mem::take(&mut self.added), std::mem::take(&mut self.dropped));
        for &one in &added {
            self.take(one as usize);
        }
        for &one in &dropped {
            self.put(one as usize);
        }
        (self.added, self.dropped) = (added, dropped);
        self.added.clear();
        self.dropped.clear();
    }

    /// One random move; it is made when it costs no more than `bearable` more. Whether it was made.
    pub fn step(&mut self, rng: &mut Rng, bearable: f64) -> bool {
        self.added.clear();
        self.dropped.clear();
        if !self.propose(rng) {
            self.undo();
            return false;
        }
        let rows = |list: &[u32]| -> Vec<&'a [i32]> {
            list.iter().map(|&one| self.fields.row(self.field, one as usize)).collect()
        };
        match (self.added.as_slice(), self.dropped.as_slice()) {
            (&[one], &[other]) => {
                let up = self.fields.row(self.field, one as usize);
                let down = self.fields.row(self.field, other as usize);
                for (((trial, dose), up), down) in self.trial.iter_mut().zip(&self.doses).zip(up).zip(down) {
                    // wrapping, because the cap of a row leaves no overflow to be caught, and catching it takes longer than adding
                    *trial = dose.wrapping_add(*up).wrapping_sub(*down);
                }
            }
            (ups, downs) => {
                let (ups, downs) = (rows(ups), rows(downs));
                self.trial.copy_from_slice(&self.doses);
                for row in downs {
                    for (trial, dose) in self.trial.iter_mut().zip(row) {
                        *trial = trial.wrapping_sub(*dose);
                    }
                }
                for row in ups {
                    add(&mut self.trial, row);
                }
            }
        }
        let cost = self.price(&self.trial);
        if cost - self.cost > bearable {
            self.undo();
            return false;
        }
        std::mem::swap(&mut self.doses, &mut self.trial);
        self.cost = cost;
        true
    }

    /// Changes the set by one kind of move; false when it cannot be made. Needs [`State::undo`] then.
    fn propose(&mut self, rng: &mut Rng) -> bool {
        let count = self.place.len();
        let any = rng.below(count);
        let Some(&seed) = self.chosen.get(rng.below(self.chosen.len())) else {
            return self.try_add(any);
        };
        let seed = seed as usize;
        let fields = self.fields;
        let candidates = &fields.candidates;
        match (rng.uniform() * 100.0) as u32 {
            0..45 => {
                let near = &candidates.near[seed];
                let Some(&to) = near.get(rng.below(near.len())) else { return false };
                self.take(seed);
                self.try_add(to as usize)
            }
            45..57 => {
                self.take(seed);
                self.try_add(any)
            }
            57..67 => {
                let Some(&other) = self.chosen.get(rng.below(self.chosen.len())) else { return false };
                let Some(to) = candidates.at(self.needle_of(other as usize), rng.below(candidates.planes)) else {
                    return false;
                };
                self.take(seed);
                self.try_add(to)
            }
            67..77 => self.try_add(any),
            77..84 => {
                self.take(seed);
                true
            }
            84..91 => {
                let needle = self.needle_of(seed);
                let beside = &candidates.beside[needle];
                let Some(&to) = beside.get(rng.below(beside.len())) else { return false };
                self.move_needle(needle, |plane| candidates.at(to as usize, plane))
            }
            91..96 => {
                let needle = self.needle_of(seed);
                let up = rng.uniform() < 0.5;
                self.move_needle(needle, |plane| {
                    candidates.at(needle, if up { plane + 1 } else { plane.checked_sub(1)? })
                })
            }
            _ => self.empty_needle(self.needle_of(seed), rng),
        }
    }

    fn try_add(&mut self, candidate: usize) -> bool {
        // a seed put back where it was is no move
        let may = self.may_add(candidate) && !self.dropped.contains(&(candidate as u32));
        if may {
            self.put(candidate);
        }
        may
    }

    fn seeds_on(&self, needle: usize) -> Vec<usize> {
        let mut seeds: Vec<usize> =
            self.chosen.iter().map(|&one| one as usize).filter(|&one| self.needle_of(one) == needle).collect();
        seeds.sort_unstable();
        seeds
    }

    fn move_needle(&mut self, needle: usize, to: impl Fn(usize) -> Option<usize>) -> bool {
        let seeds = self.seeds_on(needle);
        for &seed in &seeds {
            self.take(seed);
        }
        let fields = self.fields;
        seeds.iter().all(|&seed| {
            let place = to(fields.candidates.places[seed].plane);
            place.is_some_and(|place| {
                let may = self.may_add(place);
                if may {
                    self.put(place);
                }
                may
            })
        }) && self.net()
    }

    /// Each seed of a needle to a random place near it on another needle in use, where one is free.
    fn empty_needle(&mut self, needle: usize, rng: &mut Rng) -> bool {
        let seeds = self.seeds_on(needle);
        for &seed in &seeds {
            self.take(seed);
        }
        let fields = self.fields;
        for seed in seeds {
            let near = &fields.candidates.near[seed];
            for _ in 0..4 {
                let Some(&to) = near.get(rng.below(near.len())) else { break };
                let other = self.needle_of(to as usize);
                if other != needle && self.on_needle[other] > 0 && self.may_add(to as usize) {
                    self.put(to as usize);
                    break;
                }
            }
        }
        true
    }

    /// Leaves out of a move what it takes and puts back; false when nothing is left.
    fn net(&mut self) -> bool {
        let both: Vec<u32> = self.added.iter().copied().filter(|one| self.dropped.contains(one)).collect();
        self.added.retain(|one| !both.contains(one));
        self.dropped.retain(|one| !both.contains(one));
        !self.added.is_empty() || !self.dropped.is_empty()
    }
}

fn add(doses: &mut [i32], row: &[i32]) {
    for (dose, more) in doses.iter_mut().zip(row) {
        *dose = dose.wrapping_add(*more);
    }
}
