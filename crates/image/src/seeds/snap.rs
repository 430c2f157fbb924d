//! The seed nearest to where a person pointed: for placing seeds by hand.

use crate::{Point, Volume};

/// A spot is taken for metal only when it outshines its surroundings by this much, HU.
const LEAST_EXCESS: f32 = 200.0;
/// Half the size of the window that the spot's centre and direction are taken from, mm across and along a capsule of usual length.
const WINDOW_MM: f64 = 4.0;
/// A spot is long, and its direction means something, when its variance along exceeds that across by this factor.
const LONG: f64 = 2.0;

/// A bright spot.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// centre of its excess over the surroundings, patient coordinates, mm
    pub centre: Point,
    /// direction in which it is longest, where it is clearly long
    pub axis: Option<Point>,
    /// its highest value, HU
    pub peak_hu: f32,
}

/// The bright spot around the brightest voxel within `radius_mm` of `near`, without what belongs to `taken` seeds (what
/// lies nearer to one of them than to `near`). `None` when nothing there outshines its surroundings as metal does.
///
/// The centre is that of the excess above half of the peak's excess over the median of the window: the same spot gives the same
/// centre from wherever one points at it. Blurring moves it by less than a tenth of a voxel (see the test).
pub fn snap(ct: &Volume, near: Point, radius_mm: f64, taken: &[Point]) -> Option<Spot> {
    let nearest_to = |point: Point, at: Point| taken.iter().all(|&seed| distance(seed, at) > distance(point, at));
    let (peak, peak_hu) =
        ball(ct, near, radius_mm).filter(|&(at, _)| nearest_to(near, at)).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let window: Vec<(Point, f32)> = ball(ct, peak, WINDOW_MM).collect();
    let mut sorted: Vec<f32> = window.iter().map(|&(_, value)| value).collect();
    sorted.sort_by(f32::total_cmp);
    let surroundings = *sorted.get(sorted.len() / 2)?;
    let excess = peak_hu - surroundings;
    if excess.is_nan() || excess < LEAST_EXCESS {
        return None;
    }
    let floor = surroundings + 0.5 * excess;
    let shining: Vec<(Point, f64)> = window
        .into_iter()
        .filter(|&(at, value)| value > floor && nearest_to(peak, at))
        .map(|(at, value)| (at, f64::from(value - floor)))
        .collect();
    let weight: f64 = shining.iter().map(|(_, w)| w).sum();
    if weight <= 0.0 {
        return None;
    }
    let centre: Point = std::array::from_fn(|c| shining.iter().map(|(at, w)| at[c] * w).sum::<f64>() / weight);
    let mut covariance = [[0.0; 3]; 3];
    for (at, w) in &shining {
        for a in 0..3 {
            for b in 0..3 {
                covariance[a][b] += w / weight * (at[a] - centre[a]) * (at[b] - centre[b]);
            }
        }
    }
    Some(Spot { centre, axis: longest(&covariance), peak_hu })
}

/// Voxels whose centres lie within `radius` of a point, with their values.
fn ball(ct: &Volume, around: Point, radius: f64) -> impl Iterator<Item = (Point, f32)> + '_ {
    let grid = &ct.grid;
    let middle = grid.index(around);
    let range = |a: usize| {
        let reach = radius / grid.spacing[a];
        let low = (middle[a] - reach).ceil().max(0.0) as usize;
        let high = (middle[a] + reach).floor().min(grid.size[a] as f64 - 1.0);
        low..if high < 0.0 || !high.is_finite() { 0 } else { high as usize + 1 }
    };
    let (is, js) = (range(0), range(1));
    range(2)
        .flat_map(move |k| {
            let is = is.clone();
            js.clone().flat_map(move |j| is.clone().map(move |i| [i, j, k]))
        })
        .map(|index| (grid.centre(index), ct.at(grid.offset(index))))
        .filter(move |&(at, value)| distance(at, around) <= radius && value.is_finite())
}

fn distance(a: Point, b: Point) -> f64 {
    (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f64>().sqrt()
}

/// The direction of largest variance by power iteration, when it is clearly the largest.
fn longest(covariance: &[[f64; 3]; 3]) -> Option<Point> {
    let times = |v: Point| -> Point { std::array::from_fn(|a| (0..3).map(|b| covariance[a][b] * v[b]).sum()) };
    // starting from the column of the largest variance: never at right angles to the answer
    let start = (0..3).max_by(|&a, &b| covariance[a][a].total_cmp(&covariance[b][b]))?;
    let mut axis: Point = covariance[start];
    for _ in 0..64 {
        let length = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
        if length < 1e-12 {
            return None;
        }
        axis = times(axis.map(|c| c / length));
    }
    let along = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
    let trace: f64 = (0..3).map(|a| covariance[a][a]).sum();
    let across = (trace - along) / 2.0;
    (along > LONG * across && along > 1e-12).then(|| axis.map(|c| c / along))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Unit, Voxels};

    /// Blurred capsules in water, 0.5 × 0.5 × 1 mm.
    fn scan(seeds: &[(Point, Point)]) -> Volume {
        let grid = Grid::axis_aligned([60, 60, 30], [-15.0, -15.0, -15.0], [0.5, 0.5, 1.0]);
        let mut values = vec![0.0_f32; grid.len()];
        for (centre, axis) in seeds {
            for step in -8..=8 {
                let at: Point = std::array::from_fn(|c| centre[c] + f64::from(step) * 0.25 * axis[c]);
                for k in 0..30 {
                    for j in 0..60 {
                        for i in 0..60 {
                            let d = distance(grid.centre([i, j, k]), at);
                            values[grid.offset([i, j, k])] += (400.0 * (-d * d / (2.0 * 0.8 * 0.8)).exp()) as f32;
                        }
                    }
                }
            }
        }
        Volume { grid, voxels: Voxels::F32(values), unit: Unit::Hounsfield }
    }

    #[test]
    fn finds_centre_and_direction_from_wherever_one_points() {
        let centre = [1.13, -2.27, 0.4];
        for axis in [[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0]] {
            let ct = scan(&[(centre, axis)]);
            for off in [[0.0, 0.0, 0.0], [1.5, 0.7, -1.0], [-1.0, 1.0, 1.5]] {
                let near = std::array::from_fn(|c| centre[c] + off[c]);
                let spot = snap(&ct, near, 3.0, &[]).unwrap();
                assert!(distance(spot.centre, centre) < 0.1, "{axis:?} {off:?} {spot:?}");
                let cosine: f64 = spot.axis.unwrap().iter().zip(axis).map(|(a, b)| a * b).sum();
                assert!(cosine.abs() > 0.995, "{axis:?} {spot:?}");
            }
        }
    }

    #[test]
    fn leaves_taken_seeds_and_soft_tissue_alone() {
        let (first, second) = ([0.0, 0.0, 0.0], [5.0, 0.0, 0.0]);
        let ct = scan(&[(first, [0.0, 0.0, 1.0]), (second, [0.0, 0.0, 1.0])]);
        let spot = snap(&ct, [2.4, 0.0, 0.0], 3.0, &[first]).unwrap();
        assert!(distance(spot.centre, second) < 0.15, "{spot:?}");
        assert_eq!(snap(&ct, [-10.0, -10.0, -10.0], 3.0, &[]), None);
        assert_eq!(snap(&ct, [f64::NAN, 0.0, 0.0], 3.0, &[]), None);
        assert_eq!(snap(&ct, [500.0, 0.0, 0.0], 3.0, &[]), None);
    }
}
