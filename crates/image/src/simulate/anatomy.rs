//! Painting the anatomy of one slice.

use super::rng::{hash, normal_pair};
use super::scanner::Scanner;
use super::scene::{Scene, Texture};
use super::vector::add;
use crate::{Grid, Point};

/// Distance between sub-slices of the anatomy, mm.
const SUB_SLICE_MM: f64 = 0.8;

/// Share of a point's blur that lies inside a flat surface at `d` standard deviations: Φ(−d).
///
/// A logistic approximation of the normal distribution, within 0.01.
fn cover(d: f64) -> f64 {
    1.0 / (1.0 + (1.702 * d).exp())
}

/// The texture of one solid in one slice: lattice values, bilinear between.
struct Lattice {
    origin: [f64; 2],
    step: f64,
    width: usize,
    values: Vec<f32>,
}

impl Lattice {
    fn new(texture: Texture, key: u64, z: f64, low: Point, high: Point) -> Self {
        let step = texture.scale_mm.max(0.2);
        let from = [(low[0] / step).floor(), (low[1] / step).floor()];
        let width = ((high[0] / step).floor() - from[0]) as usize + 2;
        let rows = ((high[1] / step).floor() - from[1]) as usize + 2;
        let layer = (z / step).floor();
        let part = z / step - layer;
        let node = |i: usize, j: usize, k: f64| {
            let at = [from[0] as i64 + i as i64, from[1] as i64 + j as i64, k as i64].map(|v| v as u64);
            normal_pair(hash(&[key, at[0], at[1], at[2]])).0
        };
        // interpolation narrows the spread; 1.5 restores about the stated standard deviation
        let scale = 1.5 * texture.amplitude_hu;
        let values = (0..rows * width)
            .map(|n| {
                let (i, j) = (n % width, n / width);
                (scale * ((1.0 - part) * node(i, j, layer) + part * node(i, j, layer + 1.0))) as f32
            })
            .collect();
        Self { origin: [from[0] * step, from[1] * step], step, width, values }
    }

    fn at(&self, x: f64, y: f64) -> f32 {
        let (u, v) = ((x - self.origin[0]) / self.step, (y - self.origin[1]) / self.step);
        let (i, j) = (u as usize, v as usize);
        let (p, q) = ((u - i as f64) as f32, (v - j as f64) as f32);
        let node = |i, j| self.values.get(j * self.width + i).copied().unwrap_or(0.0);
        (1.0 - q) * ((1.0 - p) * node(i, j) + p * node(i + 1, j))
            + q * ((1.0 - p) * node(i, j + 1) + p * node(i + 1, j + 1))
    }
}

/// The anatomy of slice `k` in HU, row by row.
pub(crate) fn slice(scene: &Scene, scanner: &Scanner, grid: &Grid, k: usize, seed: u64) -> Vec<f32> {
    let [nx, ny, _] = grid.size;
    let sigma = scanner.psf_sigma_mm();
    let shift = scene.motion.map_or([0.0; 3], |m| m.offset(k, 0.5));
    let corner = grid.centre([0, 0, k]);
    let far = grid.centre([nx - 1, ny - 1, k]);
    // the scene moves by `shift`: look where the voxel was at rest
    let rest = |p: Point| [p[0] - shift[0], p[1] - shift[1], p[2] - shift[2]];
    let (nearest, furthest) = (rest(corner), rest(far));
    let lattices: Vec<Option<Lattice>> = scene
        .solids
        .iter()
        .map(|solid| {
            let mut area = [nearest, furthest];
            if let Some([low, high]) = solid.shape.bounds() {
                for a in 0..2 {
                    area[0][a] = area[0][a].max(low[a] - 4.0 * sigma);
                    area[1][a] = area[1][a].min(high[a] + 4.0 * sigma);
                }
                let reach = scanner.thickness_mm;
                if area[0][2] + reach < low[2] || area[0][2] - reach > high[2] {
                    return None;
                }
            }
            let empty = area[0][0] > area[1][0] || area[0][1] > area[1][1];
            // pieces of one tissue share their texture, so that it runs on from one to the next
            let key = hash(&[seed, 11, solid.hu.to_bits()]);
            solid.texture.filter(|_| !empty).map(|t| Lattice::new(t, key, area[0][2], area[0], area[1]))
        })
        .collect();
    let mut total = vec![0.0_f32; nx * ny];
    let mut layer = vec![0.0_f32; nx * ny];
    for (offset, weight) in scanner.sub_slices(SUB_SLICE_MM) {
        layer.fill(-1000.0);
        let z = corner[2] + offset;
        for (solid, lattice) in scene.solids.iter().zip(&lattices) {
            let reach = 4.0 * sigma;
            let (columns, rows) = match solid.shape.bounds() {
                Some([low, high]) => {
                    let (low, high) = (add(low, shift), add(high, shift));
                    if z < low[2] - reach || z > high[2] + reach {
                        continue;
                    }
                    (
                        span(corner[0], grid.spacing[0], nx, low[0] - reach, high[0] + reach),
                        span(corner[1], grid.spacing[1], ny, low[1] - reach, high[1] + reach),
                    )
                }
                None => (0..nx, 0..ny),
            };
            for j in rows {
                for i in columns.clone() {
                    let p = rest([corner[0] + i as f64 * grid.spacing[0], corner[1] + j as f64 * grid.spacing[1], z]);
                    let d = solid.shape.distance(p) / sigma;
                    if d > 4.0 {
                        continue;
                    }
                    let hu = solid.hu as f32 + lattice.as_ref().map_or(0.0, |l| l.at(p[0], p[1]));
                    let share = if d < -4.0 { 1.0 } else { cover(d) as f32 };
                    let value = &mut layer[j * nx + i];
                    *value += share * (hu - *value);
                }
            }
        }
        for (sum, value) in total.iter_mut().zip(&layer) {
            *sum += weight as f32 * value;
        }
    }
    total
}

/// The indices of a row of `n` points whose positions lie between two limits.
fn span(first: f64, step: f64, n: usize, low: f64, high: f64) -> std::ops::Range<usize> {
    let from = ((low - first) / step).ceil().clamp(0.0, n as f64) as usize;
    let to = (((high - first) / step).floor() + 1.0).clamp(0.0, n as f64) as usize;
    from..to.max(from)
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    #[test]
    fn a_ball_of_muscle_in_fat() {
        let mut scene = Scene::default();
        scene.paint(Shape::HalfSpace { point: [0.0; 3], normal: [0.0, -1.0, 0.0] }, -100.0);
        scene.paint(Shape::Ellipsoid { centre: [0.0, 20.0, 0.0], semi: [8.0; 3] }, 50.0);
        let scanner = Scanner::clinical([0.0; 3], [60.0, 60.0, 3.0], 3.0);
        let grid = scanner.grid();
        let image = slice(&scene, &scanner, &grid, 0, 1);
        let at = |p: Point| {
            let i = grid.index(p).map(|v| v.round() as usize);
            image[i[1] * grid.size[0] + i[0]]
        };
        assert!((at([0.0, 20.0, 0.0]) - 50.0).abs() < 0.5);
        assert!((at([20.0, 20.0, 0.0]) + 100.0).abs() < 0.5);
        assert!((at([0.0, -20.0, 0.0]) + 1000.0).abs() < 0.5);
    }

    #[test]
    fn texture_has_about_its_standard_deviation() {
        let mut scene = Scene::default();
        scene.paint_textured(Shape::Ellipsoid { centre: [0.0; 3], semi: [100.0; 3] }, 0.0, 20.0, 2.0);
        let scanner = Scanner::clinical([0.0; 3], [100.0, 100.0, 3.0], 3.0);
        let image = slice(&scene, &scanner, &scanner.grid(), 0, 1);
        let deviation = (image.iter().map(|v| v * v).sum::<f32>() / image.len() as f32).sqrt();
        assert!((12.0..28.0).contains(&deviation), "{deviation}");
    }
}
