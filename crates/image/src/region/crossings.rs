//! Where edges of a plane meet other than as neighbours.

use super::outline::Lattice;

/// An edge of a contour, and the index of the edge that follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub a: Lattice,
    pub b: Lattice,
    pub next: usize,
}

/// A segment that follows nothing: a piece of a cut edge.
const LOOSE: usize = usize::MAX;
/// More cuts than this in one plane are not a drawing.
const MOST_CUTS: usize = 400_000;

/// How the edges of a plane meet.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    /// whether any edges meet that are not neighbours joined at their common point only
    pub touching: bool,
    /// number of proper crossings
    pub proper: usize,
    /// points inside an edge at which it must be cut
    pub cuts: Vec<(usize, Lattice)>,
}

/// Twice the signed area of the triangle a, b, c, reduced to its sign: positive for a left turn. Exact.
pub(super) fn turn(a: Lattice, b: Lattice, c: Lattice) -> i32 {
    let (ux, uy, vx, vy) = (b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]);
    let rough = ux as f64 * vy as f64 - uy as f64 * vx as f64;
    // differences are below 2³⁵, so the products carry an error below 2¹⁸
    if rough.abs() > 1e6 {
        return if rough > 0.0 { 1 } else { -1 };
    }
    let exact = i128::from(ux) * i128::from(vy) - i128::from(uy) * i128::from(vx);
    exact.signum() as i32
}

/// All contacts among the segments; `None` when finding them takes more than `work` comparisons.
pub(super) fn contacts(segments: &[Segment], work: usize) -> Option<Contacts> {
    let mut order: Vec<u32> = (0..u32::try_from(segments.len()).ok()?).collect();
    order.sort_unstable_by_key(|&i| {
        let s = &segments[i as usize];
        (s.a[1].min(s.b[1]), i)
    });
    let mut found = Contacts::default();
    let mut active: Vec<u32> = Vec::new();
    let mut done = 0_usize;
    for &i in &order {
        let s = &segments[i as usize];
        let bottom = s.a[1].min(s.b[1]);
        let (left, right) = (s.a[0].min(s.b[0]), s.a[0].max(s.b[0]));
        done += active.len() + 1;
        if done > work || found.cuts.len() > MOST_CUTS {
            return None;
        }
        let mut at = 0;
        while at < active.len() {
            let j = active[at];
            let t = &segments[j as usize];
            if t.a[1].max(t.b[1]) < bottom {
                active.swap_remove(at);
                continue;
            }
            at += 1;
            if t.a[0].max(t.b[0]) >= left && t.a[0].min(t.b[0]) <= right {
                meet(segments, i as usize, j as usize, &mut found);
            }
        }
        active.push(i);
    }
    Some(found)
}

fn meet(segments: &[Segment], i: usize, j: usize, found: &mut Contacts) {
    let (s, t) = (&segments[i], &segments[j]);
    let of_t = [turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)];
    let of_s = [turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)];
    if of_t[0] * of_t[1] > 0 || of_s[0] * of_s[1] > 0 {
        return;
    }
    if of_t[0] * of_t[1] < 0 && of_s[0] * of_s[1] < 0 {
        found.touching = true;
        found.proper += 1;
        let at = crossing(s, t);
        for (index, one) in [(i, s), (j, t)] {
            if at != one.a && at != one.b {
                found.cuts.push((index, at));
            }
        }
        return;
    }
    for (turned, end, index, other) in
        [(of_t[0], t.a, i, s), (of_t[1], t.b, i, s), (of_s[0], s.a, j, t), (of_s[1], s.b, j, t)]
    {
        if turned == 0 && end != other.a && end != other.b && within(other, end) {
            found.touching = true;
            found.cuts.push((index, end));
        }
    }
    let neighbours = (s.next == j && s.b == t.a) || (t.next == i && t.b == s.a);
    let shared = s.a == t.a || s.a == t.b || s.b == t.a || s.b == t.b;
    let same = (s.a == t.a && s.b == t.b) || (s.a == t.b && s.b == t.a);
    if same || (shared && !neighbours) {
        found.touching = true;
    }
}

/// Whether a point on the line of a segment lies in its box.
fn within(s: &Segment, p: Lattice) -> bool {
    (0..2).all(|c| p[c] >= s.a[c].min(s.b[c]) && p[c] <= s.a[c].max(s.b[c]))
}

/// The lattice point next to where two properly crossing segments meet.
fn crossing(s: &Segment, t: &Segment) -> Lattice {
    let d = [(s.b[0] - s.a[0]) as f64, (s.b[1] - s.a[1]) as f64];
    let e = [(t.b[0] - t.a[0]) as f64, (t.b[1] - t.a[1]) as f64];
    let f = [(t.a[0] - s.a[0]) as f64, (t.a[1] - s.a[1]) as f64];
    let part = ((f[0] * e[1] - f[1] * e[0]) / (d[0] * e[1] - d[1] * e[0])).clamp(0.0, 1.0);
    [s.a[0] + (part * d[0]).round() as i64, s.a[1] + (part * d[1]).round() as i64]
}

/// The segments divided at the cuts.
pub(super) fn cut(segments: &[Segment], mut cuts: Vec<(usize, Lattice)>) -> Vec<Segment> {
    let along = |index: usize, p: Lattice| {
        let s = &segments[index];
        i128::from(s.b[0] - s.a[0]) * i128::from(p[0] - s.a[0])
            + i128::from(s.b[1] - s.a[1]) * i128::from(p[1] - s.a[1])
    };
    cuts.sort_unstable_by(|x, y| x.0.cmp(&y.0).then_with(|| along(x.0, x.1).cmp(&along(y.0, y.1))).then(x.1.cmp(&y.1)));
    let mut pieces = Vec::with_capacity(segments.len() + cuts.len());
    let mut cuts = cuts.into_iter().peekable();
    for (index, s) in segments.iter().enumerate() {
        let mut from = s.a;
        while let Some((_, at)) = cuts.next_if(|one| one.0 == index) {
            if at != from {
                pieces.push(Segment { a: from, b: at, next: LOOSE });
                from = at;
            }
        }
        if from != s.b {
            pieces.push(Segment { a: from, b: s.b, next: LOOSE });
        }
    }
    pieces
}
