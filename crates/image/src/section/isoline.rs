//! Lines of equal value through a grid of samples: marching squares (Lorensen and Cline 1987 in two dimensions), with
//! the saddle decided by the mean of the cell, and the pieces joined into long lines.

use std::collections::HashMap;

/// A line in grid coordinates (column, row); closed when it returns to its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Isoline {
    /// its points in order; the first is not repeated when closed
    pub points: Vec<[f64; 2]>,
    /// returns to its start
    pub closed: bool,
}

/// An edge between neighbouring samples: the sample it starts from, and whether it runs down (else to the right).
type Edge = (usize, bool);

/// Lines on which `values` (row by row, `size` columns and rows) equal `level`. Cells with a NaN corner are left out.
pub fn isolines(values: &[f32], size: [usize; 2], level: f32) -> Vec<Isoline> {
    let [columns, rows] = size;
    if columns < 2 || rows < 2 || values.len() < columns * rows || !level.is_finite() {
        return Vec::new();
    }
    let mut segments: Vec<[Edge; 2]> = Vec::new();
    for row in 0..rows - 1 {
        for column in 0..columns - 1 {
            let at = row * columns + column;
            let corners = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
            if corners.iter().any(|v| v.is_nan()) {
                continue;
            }
            // edges of the cell: top, right, bottom, left
            let edges: [Edge; 4] = [(at, false), (at + 1, true), (at + columns, false), (at, true)];
            let case = corners.iter().enumerate().fold(0_usize, |bits, (i, &v)| bits | (usize::from(v >= level) << i));
            let centre_in = || corners.iter().sum::<f32>() / 4.0 >= level;
            let pairs: &[[usize; 2]] = match case {
                1 | 14 => &[[3, 0]],
                2 | 13 => &[[0, 1]],
                3 | 12 => &[[3, 1]],
                4 | 11 => &[[1, 2]],
                6 | 9 => &[[0, 2]],
                7 | 8 => &[[3, 2]],
                5 if centre_in() => &[[0, 1], [2, 3]],
                10 if !centre_in() => &[[0, 1], [2, 3]],
                5 | 10 => &[[3, 0], [1, 2]],
                _ => &[],
            };
            segments.extend(pairs.iter().map(|&[a, b]| [edges[a], edges[b]]));
        }
    }
    let place = |(at, down): Edge| {
        let other = if down { at + columns } else { at + 1 };
        let (a, b) = (f64::from(values[at]), f64::from(values[other]));
        // infinite samples (the middle of a point source) put the line beside them
        let part = ((f64::from(level) - a) / (b - a)).clamp(0.0, 1.0);
        let part = if part.is_nan() { 0.5 } else { part };
        let (column, row) = ((at % columns) as f64, (at / columns) as f64);
        if down { [column, row + part] } else { [column + part, row] }
    };
    join(&segments)
        .into_iter()
        .map(|(edges, closed)| Isoline { points: edges.into_iter().map(place).collect(), closed })
        .collect()
}

/// Joins segments that share an edge into chains, in the order of the first segment of each.
fn join(segments: &[[Edge; 2]]) -> Vec<(Vec<Edge>, bool)> {
    let mut at_edge: HashMap<Edge, [usize; 2]> = HashMap::with_capacity(segments.len());
    for (index, segment) in segments.iter().enumerate() {
        for &edge in segment {
            let pair = at_edge.entry(edge).or_insert([usize::MAX; 2]);
            if pair[0] == usize::MAX { pair[0] = index } else { pair[1] = index }
        }
    }
    let mut used = vec![false; segments.len()];
    let mut chains = Vec::new();
    let walk = |first: usize, from: Edge, used: &mut Vec<bool>| {
        let mut chain = vec![from];
        let mut here = first;
        loop {
            used[here] = true;
            let [a, b] = segments[here];
            let next = if chain.last() == Some(&a) { b } else { a };
            chain.push(next);
            let Some(pair) = at_edge.get(&next) else { break };
            match pair.iter().copied().find(|&other| other != usize::MAX && !used[other]) {
                Some(other) => here = other,
                None => break,
            }
        }
        chain
    };
    // open chains begin where only one segment ends
    for index in 0..segments.len() {
        for edge in segments[index] {
            if !used[index] && at_edge.get(&edge).is_some_and(|pair| pair[1] == usize::MAX) {
                chains.push((walk(index, edge, &mut used), false));
            }
        }
    }
    for index in 0..segments.len() {
        if !used[index] {
            let mut chain = walk(index, segments[index][0], &mut used);
            let closed = chain.len() > 2 && chain.first() == chain.last();
            if closed {
                chain.pop();
            }
            chains.push((chain, closed));
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(size: [usize; 2], f: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        (0..size[1])
            .flat_map(|r| (0..size[0]).map(move |c| (c, r)))
            .map(|(c, r)| f(c as f64, r as f64) as f32)
            .collect()
    }

    #[test]
    fn a_circle_is_one_closed_line_of_the_right_radius() {
        let size = [61, 51];
        let values = field(size, |x, y| ((x - 30.2).powi(2) + (y - 25.7).powi(2)).sqrt());
        let lines = isolines(&values, size, 17.3);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].closed);
        for p in &lines[0].points {
            assert!(((p[0] - 30.2).hypot(p[1] - 25.7) - 17.3).abs() < 0.02);
        }
    }

    #[test]
    fn lines_end_at_the_border_and_at_missing_values() {
        let size = [20, 20];
        let mut values = field(size, |x, _| x);
        let lines = isolines(&values, size, 9.5);
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].closed && lines[0].points.len() == 20);
        values[10 * 20 + 9] = f32::NAN;
        assert_eq!(isolines(&values, size, 9.5).len(), 2);
        assert!(isolines(&values, size, f32::NAN).is_empty());
        assert!(isolines(&values, [1, 20], 9.5).is_empty());
    }

    #[test]
    fn a_saddle_joins_or_parts_by_its_mean() {
        let ring = |middle: f32| vec![1.0, 0.0, middle, 0.0, 1.0, 0.0, middle, 0.0, 1.0];
        for middle in [0.0, 0.9] {
            let lines = isolines(&ring(middle), [3, 3], 0.5);
            assert!(!lines.is_empty());
            assert!(lines.iter().flat_map(|l| &l.points).all(|p| p.iter().all(|v| (0.0..=2.0).contains(v))));
        }
    }

    #[test]
    fn infinite_values_do_not_spread() {
        let mut values = field([9, 9], |x, y| 1.0 / ((x - 4.0).hypot(y - 4.0)));
        values[4 * 9 + 4] = f32::INFINITY;
        let lines = isolines(&values, [9, 9], 2.0);
        assert!(lines.iter().flat_map(|l| &l.points).all(|p| p.iter().all(|v| v.is_finite())));
    }
}
