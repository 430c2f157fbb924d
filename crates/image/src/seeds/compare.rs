//! Which found seed is which planned one: the one-to-one assignment of least total distance.

use crate::Point;

/// A found seed and the planned one it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// index of the found position
    pub found: usize,
    /// index of the planned position
    pub planned: usize,
    /// distance between them, mm
    pub distance_mm: f64,
}

/// Found and planned positions matched one to one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matching {
    /// matched pairs, ordered by planned index
    pub pairs: Vec<Pair>,
    /// found positions without a partner
    pub found_only: Vec<usize>,
    /// planned positions without a partner
    pub planned_only: Vec<usize>,
}

impl Matching {
    /// Mean distance of the pairs, mm; `None` without pairs.
    pub fn mean_mm(&self) -> Option<f64> {
        let sum: f64 = self.pairs.iter().map(|p| p.distance_mm).sum();
        (!self.pairs.is_empty()).then(|| sum / self.pairs.len() as f64)
    }
}

/// Matches found to planned positions one to one, no pair farther apart than `max_mm`.
///
/// Among all such matchings it has the most pairs and, of those, the least total distance (Kuhn 1955; the shortest
/// augmenting path form of Jonker and Volgenant 1987). O(n³). Positions that are not finite match nothing.
pub fn compare(found: &[Point], planned: &[Point], max_mm: f64) -> Matching {
    let allowed = |f: usize, p: usize| {
        let d = distance(found[f], planned[p]);
        // NaN fails the comparison
        (d <= max_mm).then_some(d)
    };
    // One refused pair costs more than all allowed pairs together, so that the number of pairs comes first.
    let refused = (max_mm.max(0.0) + 1.0) * (found.len().min(planned.len()) + 1) as f64;
    let swap = found.len() > planned.len();
    let (rows, columns) = if swap { (planned.len(), found.len()) } else { (found.len(), planned.len()) };
    let cost = |row: usize, column: usize| {
        let (f, p) = if swap { (column, row) } else { (row, column) };
        allowed(f, p).unwrap_or(refused)
    };
    let mut result = Matching::default();
    let mut found_used = vec![false; found.len()];
    let mut planned_used = vec![false; planned.len()];
    for (row, column) in assign(rows, columns, cost).into_iter().enumerate() {
        let (f, p) = if swap { (column, row) } else { (row, column) };
        if let Some(distance_mm) = allowed(f, p) {
            found_used[f] = true;
            planned_used[p] = true;
            result.pairs.push(Pair { found: f, planned: p, distance_mm });
        }
    }
    result.pairs.sort_by_key(|pair| pair.planned);
    result.found_only = (0..found.len()).filter(|&f| !found_used[f]).collect();
    result.planned_only = (0..planned.len()).filter(|&p| !planned_used[p]).collect();
    result
}

fn distance(a: Point, b: Point) -> f64 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}

/// The column of each row in the cheapest assignment of `rows` ≤ `columns`.
fn assign(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // Rows and columns are numbered from 1; column 0 stands for the row being placed.
    let mut row_price = vec![0.0_f64; rows + 1];
    let mut column_price = vec![0.0_f64; columns + 1];
    let mut row_of = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut at = 0;
        let mut slack = vec![f64::INFINITY; columns + 1];
        let mut from = vec![0_usize; columns + 1];
        let mut done = vec![false; columns + 1];
        while row_of[at] != 0 {
            done[at] = true;
            let (here, mut step, mut next) = (row_of[at], f64::INFINITY, 0);
            for column in 1..=columns {
                if done[column] {
                    continue;
                }
                let reduced = cost(here - 1, column - 1) - row_price[here] - column_price[column];
                if reduced < slack[column] {
                    slack[column] = reduced;
                    from[column] = at;
                }
                if slack[column] < step {
                    step = slack[column];
                    next = column;
                }
            }
            for column in 0..=columns {
                if done[column] {
                    row_price[row_of[column]] += step;
                    column_price[column] -= step;
                } else {
                    slack[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            row_of[at] = row_of[from[at]];
            at = from[at];
        }
    }
    let mut column_of = vec![0; rows];
    for column in 1..=columns {
        if row_of[column] != 0 {
            column_of[row_of[column] - 1] = column - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn does_better_than_taking_the_nearest_first() {
        // Nearest first would pair found 0 with planned 1 and leave planned 0 without a partner in reach.
        let found = [[0.0, 0.0, 0.0], [2.5, 0.0, 0.0]];
        let planned = [[-2.0, 0.0, 0.0], [1.0, 0.0, 0.0]];
        let matching = compare(&found, &planned, 3.0);
        assert_eq!(matching.pairs.len(), 2);
        assert_eq!(matching.pairs[0].found, 0);
        assert!((matching.mean_mm().unwrap() - 1.75).abs() < 1e-12);
    }

    #[test]
    fn says_who_has_no_partner() {
        let matching = compare(&[[0.0; 3], [f64::NAN, 0.0, 0.0]], &[[9.0, 0.0, 0.0], [0.1, 0.0, 0.0], [8.0; 3]], 3.0);
        assert_eq!(matching.pairs.len(), 1);
        assert_eq!(matching.found_only, [1]);
        assert_eq!(matching.planned_only, [0, 2]);
        assert_eq!(compare(&[], &[], 3.0), Matching::default());
        assert_eq!(compare(&[[0.0; 3]], &[], 3.0).found_only, [0]);
    }

    /// Every injective assignment, tried out.
    fn exhaustive(found: &[Point], planned: &[Point], max_mm: f64) -> (usize, f64) {
        let Some((first, rest)) = found.split_first() else { return (0, 0.0) };
        let mut best = exhaustive(rest, planned, max_mm);
        for (at, p) in planned.iter().enumerate() {
            let d = distance(*first, *p);
            if d <= max_mm {
                let mut others = planned.to_vec();
                others.remove(at);
                let (pairs, sum) = exhaustive(rest, &others, max_mm);
                if pairs + 1 > best.0 || (pairs + 1 == best.0 && sum + d < best.1) {
                    best = (pairs + 1, sum + d);
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_assignment(
            found in prop::collection::vec(prop::array::uniform3(0.0..6.0_f64), 0..5),
            planned in prop::collection::vec(prop::array::uniform3(0.0..6.0_f64), 0..6),
        ) {
            let matching = compare(&found, &planned, 3.0);
            let (pairs, sum) = exhaustive(&found, &planned, 3.0);
            prop_assert_eq!(matching.pairs.len(), pairs);
            let got: f64 = matching.pairs.iter().map(|p| p.distance_mm).sum();
            prop_assert!((got - sum).abs() < 1e-9);
        }
    }
}
