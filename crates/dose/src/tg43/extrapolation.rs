//! How often a dose left the range of the published tables.

use image::{Grid, Point};

use super::{Formalism, form_of};
use crate::implant::{Implant, same_model};

/// Where the tables of one model were left; a pair is one voxel with one seed of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Extrapolation {
    /// id of the model
    pub model: String,
    /// all (voxel, seed) pairs
    pub pairs: u64,
    /// first and last distance of g(r), mm
    pub g_range_mm: (f64, f64),
    /// pairs closer than g's first distance: g taken there
    pub inside_g: u64,
    /// pairs farther than g's last distance: g by its last exponential
    pub beyond_g: u64,
    /// first and last distance of F (or φ_an), mm
    pub anisotropy_range_mm: (f64, f64),
    /// pairs closer than the first: its row is used
    pub inside_anisotropy: u64,
    /// pairs farther than the last: its row is used
    pub beyond_anisotropy: u64,
}

impl Extrapolation {
    /// Whether every pair lay inside the tables.
    pub fn is_none(&self) -> bool {
        self.inside_g + self.beyond_g + self.inside_anisotropy + self.beyond_anisotropy == 0
    }
}

/// Counts, for each model of the implant, without visiting the voxels one by one.
pub(super) fn count(implant: &Implant, grid: &Grid, formalism: Formalism) -> Vec<Extrapolation> {
    implant
        .models()
        .into_iter()
        .map(|model| {
            let seeds: Vec<_> = implant.sources().iter().filter(|s| same_model(&s.model, model)).collect();
            let g_range_mm = ends(&model.radial.r_mm);
            let f_range = model.anisotropy.as_ref().map(|table| ends(&table.r_mm));
            let phi_range = model.anisotropy_1d.as_ref().map(|table| ends(&table.r_mm)).or(f_range);
            let in_2d = seeds.iter().any(|seed| form_of(seed, formalism) == Formalism::Line2D);
            let anisotropy_range_mm = if in_2d { f_range } else { phi_range }.unwrap_or(g_range_mm);
            let voxels = grid.len() as u64;
            let within = |radius: f64| seeds.iter().map(|seed| voxels_within(grid, seed.centre, radius)).sum::<u64>();
            let pairs = voxels * seeds.len() as u64;
            Extrapolation {
                model: model.id.clone(),
                pairs,
                g_range_mm,
                inside_g: within(g_range_mm.0),
                beyond_g: pairs - within(g_range_mm.1),
                anisotropy_range_mm,
                inside_anisotropy: within(anisotropy_range_mm.0),
                beyond_anisotropy: pairs - within(anisotropy_range_mm.1),
            }
        })
        .collect()
}

fn ends(r_mm: &[f64]) -> (f64, f64) {
    (r_mm.first().copied().unwrap_or(0.0), r_mm.last().copied().unwrap_or(0.0))
}

/// How many voxel centres lie closer than `radius` to `centre`: whole rows at a time.
fn voxels_within(grid: &Grid, centre: Point, radius: f64) -> u64 {
    let at = grid.index(centre);
    let [si, sj, sk] = grid.spacing;
    // indices whose distance from x is at most `half`; casts truncate and saturate, and are cheaper than floor and ceil
    let reach = |x: f64, half: f64, n: usize| {
        let below = (x - half).max(0.0);
        let low = below as usize + usize::from(below as usize as f64 != below);
        let high = if x + half < 0.0 { 0 } else { ((x + half) as usize + 1).min(n) };
        low..high.max(low)
    };
    let mut count = 0;
    for k in reach(at[2], radius / sk, grid.size[2]) {
        let dk = (k as f64 - at[2]) * sk;
        let left = radius * radius - dk * dk;
        if left < 0.0 {
            continue;
        }
        for j in reach(at[1], left.sqrt() / sj, grid.size[1]) {
            let dj = (j as f64 - at[1]) * sj;
            count += reach(at[0], (left - dj * dj).max(0.0).sqrt() / si, grid.size[0]).len() as u64;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_voxels_of_a_sphere() {
        let grid = Grid::axis_aligned([20, 30, 10], [-9.0, -14.0, -11.0], [1.0, 1.1, 2.5]);
        for (centre, radius) in [([0.0; 3], 7.3), ([30.0, 0.0, 0.0], 25.0), ([0.0, 0.0, 200.0], 5.0), ([0.2; 3], 1e4)] {
            let mut expected = 0;
            for k in 0..10 {
                for j in 0..30 {
                    for i in 0..20 {
                        let p = grid.centre([i, j, k]);
                        let d2: f64 = (0..3).map(|c| (p[c] - centre[c]).powi(2)).sum();
                        expected += u64::from(d2 <= radius * radius);
                    }
                }
            }
            assert_eq!(voxels_within(&grid, centre, radius), expected, "{centre:?} {radius}");
        }
    }
}
