//! Planes to a grid: the geometry of a stack, from positions and directions alone.

use super::GeometryError;
use super::plane::{Placement, dot, length, minus};
use crate::{Grid, Point};

/// Two planes nearer than this lie at the same position, mm.
pub(super) const SAME_MM: f64 = 0.01;
/// Distances of slices may differ by this part of the usual distance…
const UNEVEN_PART: f64 = 0.01;
/// …or by this much, mm, whichever is more.
const UNEVEN_MM: f64 = 0.01;
/// A slice may lie this far beside the line of the others, mm.
const SHIFT_MM: f64 = 0.1;

/// The positions of planes along their common normal, mm, in the order of the planes.
pub(super) fn heights(planes: &[&Placement]) -> Vec<f64> {
    let Some(first) = planes.first() else { return Vec::new() };
    let normal = first.normal();
    planes.iter().map(|p| dot(minus(p.position, first.position), normal)).collect()
}

/// The grid of planes that are sorted along their normal, no two at one position.
///
/// `names` name the planes in messages. A single plane takes `thickness_mm` for the third spacing.
pub(super) fn grid(planes: &[&Placement], names: &[&str], thickness_mm: f64) -> Result<Grid, GeometryError> {
    let Some(first) = planes.first() else {
        return Err(GeometryError::Impossible { file: String::new(), reason: "the series has no images".to_owned() });
    };
    let heights = heights(planes);
    let spacing = even_spacing(&heights, names)?.unwrap_or(thickness_mm);
    straight(planes, &heights, names)?;
    Ok(Grid {
        size: [first.size[0], first.size[1], planes.len()],
        origin: first.position,
        spacing: [first.spacing[0], first.spacing[1], spacing],
        axes: [first.row_axis, first.column_axis, first.normal()],
    })
}

/// The distance of slices at rising heights; `None` for a single one.
pub(crate) fn even_spacing(heights: &[f64], names: &[&str]) -> Result<Option<f64>, GeometryError> {
    let gaps: Vec<f64> = heights.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (Some(lowest), Some(highest)) = (heights.first(), heights.last()) else { return Ok(None) };
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    let Some(&least) = sorted.first() else { return Ok(None) };
    let tolerance = |spacing: f64| (spacing * UNEVEN_PART).max(UNEVEN_MM);
    let mean = (highest - lowest) / gaps.len() as f64;
    if gaps.iter().all(|gap| (gap - mean).abs() <= tolerance(mean)) {
        return Ok(Some(mean));
    }
    // Gaps of a whole number of slices: some are missing.
    let whole = |gap: &f64| {
        let slices = (gap / least).round();
        ((gap - slices * least).abs() <= tolerance(least)).then_some(slices as usize)
    };
    let counts: Option<Vec<usize>> = gaps.iter().map(whole).collect();
    let name = |i: usize| names.get(i).copied().unwrap_or("?").to_owned();
    if let Some(counts) = counts {
        let wide: Vec<(usize, usize)> = counts.iter().copied().enumerate().filter(|(_, n)| *n > 1).collect();
        let single = gaps.len() - wide.len();
        // Where most distances are wide, this is a change of spacing, not a loss.
        if single * 2 > gaps.len() {
            let mut words: Vec<String> = wide
                .iter()
                .take(3)
                .map(|&(i, _)| format!("{:.3} mm between {} and {}", gaps[i], name(i), name(i + 1)))
                .collect();
            if wide.len() > 3 {
                words.push(format!("at {} more places", wide.len() - 3));
            }
            return Err(GeometryError::MissingSlices {
                missing: wide.iter().map(|(_, n)| n - 1).sum(),
                spacing_mm: least,
                gaps: words.join(", "),
            });
        }
    }
    let median = sorted[sorted.len() / 2];
    let worst = (0..gaps.len())
        .max_by(|&a, &b| (gaps[a] - median).abs().total_cmp(&(gaps[b] - median).abs()))
        .unwrap_or_default();
    Err(GeometryError::Uneven { spacing_mm: median, got_mm: gaps[worst], before: name(worst), after: name(worst + 1) })
}

/// Refuses stacks that lean (gantry tilt) and slices moved sideways.
fn straight(planes: &[&Placement], heights: &[f64], names: &[&str]) -> Result<(), GeometryError> {
    let (Some(first), Some(last), Some(&height)) = (planes.first(), planes.last(), heights.last()) else {
        return Ok(());
    };
    let normal = first.normal();
    let beside = |p: &Placement, h: f64| -> Point {
        let d = minus(p.position, first.position);
        [d[0] - h * normal[0], d[1] - h * normal[1], d[2] - h * normal[2]]
    };
    let off: Vec<Point> = planes.iter().zip(heights).map(|(p, &h)| beside(p, h)).collect();
    let lean = beside(last, height);
    // How far from where most slices are, and how far from the line between the first and the last.
    let middle: Point = std::array::from_fn(|c| {
        let mut values: Vec<f64> = off.iter().map(|o| o[c]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    });
    let (mut moved, mut from_line) = ((0.0_f64, 0_usize), 0.0_f64);
    for (i, (o, h)) in off.iter().zip(heights).enumerate() {
        let mm = length(minus(*o, middle));
        if mm > moved.0 {
            moved = (mm, i);
        }
        let part = if height > 0.0 { h / height } else { 0.0 };
        from_line = from_line.max(length([o[0] - part * lean[0], o[1] - part * lean[1], o[2] - part * lean[2]]));
    }
    if from_line <= SHIFT_MM {
        return if length(lean) <= SHIFT_MM {
            Ok(())
        } else {
            Err(GeometryError::Tilted { degrees: (length(lean) / height).atan().to_degrees() })
        };
    }
    let (mm, at) = moved;
    Err(GeometryError::Shifted { file: names.get(at).copied().unwrap_or("?").to_owned(), mm })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(position: Point) -> Placement {
        Placement {
            position,
            row_axis: [1.0, 0.0, 0.0],
            column_axis: [0.0, 1.0, 0.0],
            spacing: [0.5, 0.5],
            size: [4, 4],
        }
    }

    fn at(heights: &[f64]) -> Result<Grid, GeometryError> {
        let planes: Vec<Placement> = heights.iter().map(|&z| plane([0.0, 0.0, z])).collect();
        let names: Vec<String> = (0..heights.len()).map(|i| format!("CT{i}")).collect();
        grid(&planes.iter().collect::<Vec<_>>(), &names.iter().map(String::as_str).collect::<Vec<_>>(), 3.0)
    }

    #[test]
    fn even_slices_make_a_grid_whatever_the_rounding() {
        let grid = at(&[-10.0, -7.501, -5.0, -2.499, 0.0]).unwrap();
        assert_eq!((grid.size[2], grid.spacing[2]), (5, 2.5));
        assert_eq!(at(&[7.0]).unwrap().spacing[2], 3.0);
    }

    #[test]
    fn missing_slices_are_counted_and_placed() {
        let error = at(&[0.0, 2.5, 5.0, 12.5, 15.0, 20.0, 22.5]).unwrap_err();
        let GeometryError::MissingSlices { missing, spacing_mm, .. } = &error else { panic!("{error}") };
        assert_eq!((*missing, *spacing_mm), (3, 2.5));
        assert!(error.to_string().contains("7.500 mm between CT2 and CT3"), "{error}");
    }

    #[test]
    fn uneven_slices_say_where() {
        let error = at(&[0.0, 2.5, 5.0, 6.0, 8.5, 11.0]).unwrap_err();
        assert_eq!(
            error,
            GeometryError::Uneven { spacing_mm: 2.5, got_mm: 1.0, before: "CT2".to_owned(), after: "CT3".to_owned() }
        );
        // two spacings are not a loss
        assert!(matches!(at(&[0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0]), Err(GeometryError::Uneven { .. })));
        // 1 % is the limit
        assert!(at(&[0.0, 2.5, 5.0, 7.524, 10.0]).is_ok());
        assert!(at(&[0.0, 2.5, 5.0, 7.54, 10.0]).is_err());
    }

    #[test]
    fn leaning_and_moved_stacks_are_told_apart() {
        let stack = |shift: &dyn Fn(usize) -> f64| {
            let planes: Vec<Placement> = (0..6).map(|k| plane([0.0, shift(k), 2.0 * k as f64])).collect();
            grid(&planes.iter().collect::<Vec<_>>(), &["a", "b", "c", "d", "e", "f"], 1.0)
        };
        assert!(stack(&|_| 0.0).is_ok());
        let Err(GeometryError::Tilted { degrees }) = stack(&|k| 2.0 * k as f64 * 10_f64.to_radians().tan()) else {
            panic!()
        };
        assert!((degrees - 10.0).abs() < 1e-9);
        for (at, name) in [(3, "d"), (0, "a"), (5, "f")] {
            let moved = stack(&|k| if k == at { 1.5 } else { 0.0 });
            assert_eq!(moved, Err(GeometryError::Shifted { file: name.to_owned(), mm: 1.5 }));
        }
    }
}
