//! The outline of one plane: contours of any kind become directed edges that never cross, inside to the left.
//!
//! Coordinates are snapped to a lattice of 2⁻¹⁷ mm, so that orientation tests are exact in integers.

use std::collections::{HashMap, HashSet};

use super::RegionNote;
use super::crossings::{self, Segment};

/// A point of the plane in units of 2⁻¹⁷ mm.
pub(super) type Lattice = [i64; 2];
const PER_MM: f64 = 131_072.0;
/// Rounds of cutting at crossings; rounding a crossing to the lattice can make a new one, rarely twice.
const ROUNDS: usize = 8;
/// Upper limit on edge comparisons per plane.
const WORK: usize = 200_000_000;

/// The contours cross too often to be an outline.
pub(super) struct Tangled;

/// The outline of a plane.
pub(super) struct Drawn {
    /// directed edges, mm, inside to the left
    pub edges: Vec<[f64; 4]>,
    /// proper crossings that were cut
    pub crossings: usize,
    /// whether every contact could be resolved
    pub exact: bool,
}

/// Snaps a contour to the lattice and drops repeated points; empty when nothing with an area is left.
pub(super) fn clean(points: impl Iterator<Item = [f64; 2]>) -> Vec<Lattice> {
    let mut ring: Vec<Lattice> = points.map(|p| p.map(|x| (x * PER_MM).round() as i64)).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let flat = match ring.as_slice() {
        [a, b, rest @ ..] => rest.iter().all(|c| crossings::turn(*a, *b, *c) == 0),
        _ => true,
    };
    if flat { Vec::new() } else { ring }
}

/// The contours of a plane, each once: a copy would cancel its original under the even–odd rule.
pub(super) fn without_repeats<'a>(
    here: &'a [(f64, usize, Vec<Lattice>)],
    notes: &mut Vec<RegionNote>,
) -> Vec<&'a [Lattice]> {
    let mut seen: HashSet<Vec<Lattice>> = HashSet::new();
    let mut kept = Vec::new();
    for (_, number, ring) in here {
        let mut key = ring.clone();
        key.sort_unstable();
        if here.len() > 1 && !seen.insert(key) {
            notes.push(RegionNote::Repeated { contour: *number });
        } else {
            kept.push(ring.as_slice());
        }
    }
    kept
}

/// Directs the edges of a plane's contours by the even–odd rule, cutting them where they meet.
pub(super) fn resolve(rings: &[&[Lattice]]) -> Result<Drawn, Tangled> {
    let mut segments: Vec<Segment> = Vec::with_capacity(rings.iter().map(|ring| ring.len()).sum());
    for ring in rings {
        let start = segments.len();
        for (at, &a) in ring.iter().enumerate() {
            let last = at + 1 == ring.len();
            let b = ring[if last { 0 } else { at + 1 }];
            segments.push(Segment { a, b, next: if last { start } else { start + at + 1 } });
        }
    }
    let first = crossings::contacts(&segments, WORK).ok_or(Tangled)?;
    if !first.touching {
        return Ok(Drawn { edges: by_nesting(rings)?, crossings: 0, exact: true });
    }
    let crossings = first.proper;
    let mut cuts = first.cuts;
    let mut settled = cuts.is_empty();
    for _ in 0..ROUNDS {
        if settled {
            break;
        }
        segments = crossings::cut(&segments, cuts);
        cuts = crossings::contacts(&segments, WORK).ok_or(Tangled)?.cuts;
        settled = cuts.is_empty();
    }
    let (edges, balanced) = by_parity(&segments)?;
    if balanced {
        return Ok(Drawn { edges, crossings, exact: settled });
    }
    Ok(Drawn { edges: by_nesting(rings)?, crossings, exact: false })
}

/// Contours that touch neither themselves nor each other: turned by how many others enclose them.
fn by_nesting(rings: &[&[Lattice]]) -> Result<Vec<[f64; 4]>, Tangled> {
    let boxes: Vec<[i64; 4]> = rings.iter().map(|ring| bounds(ring)).collect();
    let mut work = 0_usize;
    let mut edges = Vec::new();
    for (i, ring) in rings.iter().enumerate() {
        let Some(&[x, y]) = ring.first() else { continue };
        let mut depth = 0_usize;
        for (j, other) in rings.iter().enumerate() {
            let b = boxes[j];
            work += 1;
            if i != j && x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3] {
                work += other.len();
                depth += usize::from(encloses(other, [x, y]));
            }
        }
        if work > WORK {
            return Err(Tangled);
        }
        let counter_clockwise = twice_area(ring) > 0;
        let forward = counter_clockwise == depth.is_multiple_of(2);
        for (at, &a) in ring.iter().enumerate() {
            let b = ring[if at + 1 == ring.len() { 0 } else { at + 1 }];
            edges.push(if forward { to_mm(a, b) } else { to_mm(b, a) });
        }
    }
    Ok(edges)
}

/// Pieces that meet only in their ends: those walked an even number of times bound nothing; each other one is directed by the
/// parity of the pieces to its left. Also says whether every vertex has as many edges arriving as leaving, as it must.
fn by_parity(segments: &[Segment]) -> Result<(Vec<[f64; 4]>, bool), Tangled> {
    let mut ends: Vec<(Lattice, Lattice)> =
        segments.iter().filter(|s| s.a != s.b).map(|s| (s.a.min(s.b), s.a.max(s.b))).collect();
    ends.sort_unstable();
    let pieces: Vec<(Lattice, Lattice)> = ends
        .chunk_by(|p, q| p == q)
        .filter(|same| same.len() % 2 == 1)
        .filter_map(|same| same.first().copied())
        .collect();

    // Seen under an angle at which no drawing has horizontal edges.
    let (sin, cos) = 0.739_085_133_215_160_6_f64.sin_cos();
    let seen = |p: Lattice| [p[0] as f64 * cos - p[1] as f64 * sin, p[0] as f64 * sin + p[1] as f64 * cos];
    let lines: Vec<[[f64; 2]; 2]> = pieces.iter().map(|&(a, b)| [seen(a), seen(b)]).collect();
    let low = lines.iter().flatten().map(|p| p[1]).fold(f64::INFINITY, f64::min);
    let high = lines.iter().flatten().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
    let rows = pieces.len().clamp(1, 1 << 16);
    let scale = rows as f64 / (high - low).max(1.0);
    let row = |y: f64| (((y - low) * scale) as usize).min(rows - 1);

    let mut buckets: Vec<Vec<u32>> = vec![Vec::new(); rows];
    let mut work = 0_usize;
    for (at, line) in lines.iter().enumerate() {
        let (from, to) = (row(line[0][1].min(line[1][1])), row(line[0][1].max(line[1][1])));
        work += to - from + 1;
        if work > WORK / 8 {
            return Err(Tangled);
        }
        for bucket in &mut buckets[from..=to] {
            bucket.push(at as u32);
        }
    }
    let mut edges = Vec::with_capacity(pieces.len());
    let mut balance: HashMap<Lattice, i64> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let y = f64::midpoint(line[0][1], line[1][1]);
        let x = f64::midpoint(line[0][0], line[1][0]);
        let bucket = &buckets[row(y)];
        work += bucket.len();
        if work > WORK {
            return Err(Tangled);
        }
        let left =
            bucket.iter().filter(|&&other| other as usize != at && crosses_left(&lines[other as usize], x, y)).count();
        // Nothing or an even number to the left: the region begins here and lies to the right, so the edge runs downwards.
        let down = left % 2 == 0;
        let (a, b) = pieces[at];
        let (a, b) = if (line[1][1] < line[0][1]) == down { (a, b) } else { (b, a) };
        *balance.entry(a).or_default() -= 1;
        *balance.entry(b).or_default() += 1;
        edges.push(to_mm(a, b));
    }
    Ok((edges, balance.values().all(|&sum| sum == 0)))
}

fn crosses_left([a, b]: &[[f64; 2]; 2], x: f64, y: f64) -> bool {
    (a[1] > y) != (b[1] > y) && a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) < x
}

fn encloses(ring: &[Lattice], p: Lattice) -> bool {
    let mut inside = false;
    let Some(&last) = ring.last() else { return false };
    let mut a = last;
    for &b in ring {
        if (a[1] > p[1]) != (b[1] > p[1]) {
            // p lies left of the edge seen upwards
            let turn = crossings::turn(a, b, p);
            if (turn > 0) == (b[1] > a[1]) {
                inside = !inside;
            }
        }
        a = b;
    }
    inside
}

fn twice_area(ring: &[Lattice]) -> i128 {
    let Some(&last) = ring.last() else { return 0 };
    let mut a = last;
    let mut sum = 0_i128;
    for &b in ring {
        sum += i128::from(a[0]) * i128::from(b[1]) - i128::from(a[1]) * i128::from(b[0]);
        a = b;
    }
    sum
}

fn bounds(ring: &[Lattice]) -> [i64; 4] {
    ring.iter().fold([i64::MAX, i64::MAX, i64::MIN, i64::MIN], |b, p| {
        [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]
    })
}

fn to_mm(a: Lattice, b: Lattice) -> [f64; 4] {
    [a[0] as f64 / PER_MM, a[1] as f64 / PER_MM, b[0] as f64 / PER_MM, b[1] as f64 / PER_MM]
}
