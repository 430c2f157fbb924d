//! The histograms' curves.

use dose::dvh::Dvh;
use image::Structure;
use report::verification as r;

use super::super::{Measured, Verified};

/// Steps of a histogram's curve.
const STEPS: usize = 300;
/// Curves end at this multiple of the prescription; beyond it lie only the seeds themselves.
const CURVE_END: f64 = 4.0;
const PALETTE: [[u8; 3]; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [120, 94, 240],
    [90, 90, 90],
];

/// The curves' points, kept apart because the report only borrows them.
pub struct Points {
    pub(super) ours: Vec<Vec<(f64, f64)>>,
    pub(super) planned: Vec<Vec<(f64, f64)>>,
}

/// Samples every histogram.
pub fn points(v: &Verified<'_>) -> Points {
    let sample = |dvh: &Dvh| -> Vec<(f64, f64)> {
        let end = v.prescription * CURVE_END;
        dvh.cumulative(end, STEPS).into_iter().map(|(dose, cm3)| (dose.value(), cm3)).collect()
    };
    Points {
        ours: v.measured.iter().map(|m| sample(&m.dvh)).collect(),
        planned: v.planned.iter().flat_map(|p| &p.measured).map(|m| sample(&m.dvh)).collect(),
    }
}

fn colour(structure: &Structure, at: usize) -> [u8; 3] {
    structure.colour.unwrap_or(PALETTE[at % PALETTE.len()])
}

pub(super) fn curves<'a>(
    v: &Verified<'_>,
    measured: &[Measured<'_>],
    points: &'a [Vec<(f64, f64)>],
) -> Vec<r::Curve<'a>> {
    measured
        .iter()
        .zip(points)
        .enumerate()
        .map(|(at, (one, points))| r::Curve {
            structure: one.structure.name.clone(),
            colour: colour(one.structure, at),
            role: if one.structure.number == v.target.number {
                r::Role::Target
            } else if one.structure.kind == "ORGAN" || judged(v, &one.structure.name) {
                r::Role::OrganAtRisk
            } else {
                r::Role::Other
            },
            volume_cm3: one.dvh.volume_cm3,
            min_mean_max_gy: [one.dvh.min.value(), one.dvh.mean.value(), one.dvh.max.value()],
            points,
        })
        .collect()
}

fn judged(v: &Verified<'_>, structure: &str) -> bool {
    v.judged.findings.iter().any(|finding| finding.structure.as_deref() == Some(structure))
}
