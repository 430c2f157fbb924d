//! Least squares: several capsules and a linear background against the voxels of a window.

use super::model::{Blur, Capsule, Slope, dot, normalised};

/// The voxels that a clump is fitted to.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// places in the scan's frame, mm
    pub places: Vec<[f64; 3]>,
    /// HU; what other clumps explain is already taken off
    pub values: Vec<f64>,
    /// the model is not penalised above this value, HU, minus what other clumps explain; infinite when nothing is cut off
    pub ceiling: Vec<f64>,
    /// inside the clump itself, not only beside it
    pub core: Vec<bool>,
    /// distance of voxel centres, mm
    pub spacing: [f64; 3],
    /// middle of the window
    pub middle: [f64; 3],
    /// typical surroundings, HU
    pub around: f64,
}

impl Window {
    pub(super) fn voxel_mm3(&self) -> f64 {
        self.spacing.iter().product()
    }

    /// Whether a place lies in the clump itself or in a voxel that touches it.
    pub(super) fn in_core(&self, q: [f64; 3]) -> bool {
        self.places.iter().zip(&self.core).any(|(p, core)| {
            *core && (0..3).all(|a| (p[a] - q[a]).abs() <= if a == 2 { 1.0 } else { 1.5 } * self.spacing[a])
        })
    }
}

/// What is believed before the fit, and how far the model is trusted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belief {
    /// brightness of one seed, HU mm³
    pub brightness: f64,
    /// its relative spread in the fit; infinite when nothing is believed
    pub spread: f64,
    /// standard deviation of data minus model, HU: noise and the model's own error
    pub error_hu: f64,
    /// how far the background may lie from the surroundings, HU
    pub background_hu: f64,
}

/// The outcome of a fit.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub capsules: Vec<Capsule>,
    /// HU at the window's middle and HU/mm along i, j, k
    pub background: [f64; 4],
    pub blur: Blur,
    /// squared residuals over the error, counted in resolution cells
    pub chi2: f64,
    /// standard error of each capsule's axis, radians
    pub axis_error: Vec<f64>,
}

/// Parameters of one capsule: centre (3), tilt about two axes, brightness.
const PER: usize = 6;

struct Problem<'a> {
    window: &'a Window,
    belief: &'a Belief,
    free_blur: bool,
    weight: f64,
    start: Blur,
}

#[derive(Clone)]
struct State {
    capsules: Vec<Capsule>,
    background: [f64; 4],
    blur: Blur,
}

/// Refines `capsules` (and the point spread when `free_blur`) by at most `steps` Levenberg–Marquardt steps
/// (Marquardt 1963).
pub(super) fn refine(
    window: &Window,
    capsules: &[Capsule],
    background: Option<[f64; 4]>,
    blur: &Blur,
    belief: &Belief,
    free_blur: bool,
    steps: usize,
) -> Fit {
    // A resolution cell is the volume over which a bell-shaped point spread correlates neighbouring voxels.
    let cell_mm3 = (4.0 * std::f64::consts::PI).powf(1.5) * blur.plane_mm.powi(2) * blur.slice_mm.hypot(blur.apart_mm);
    let weight = (window.voxel_mm3() / cell_mm3).min(1.0) / belief.error_hu.powi(2);
    let problem = Problem { window, belief, free_blur, weight, start: *blur };
    let mut state = State {
        capsules: capsules.to_vec(),
        background: background.unwrap_or([window.around, 0.0, 0.0, 0.0]),
        blur: *blur,
    };
    let (mut matrix, mut gradient, mut cost) = problem.normal(&state);
    let mut damping = 1e-2;
    for _ in 0..steps {
        let mut improved = false;
        for _ in 0..6 {
            let mut damped = matrix.clone();
            let n = gradient.len();
            for i in 0..n {
                damped[i * n + i] += damping * matrix[i * n + i].max(1e-12);
            }
            let Some(factor) = cholesky(damped, n) else {
                damping *= 10.0;
                continue;
            };
            let step = solve(&factor, n, &gradient);
            let trial = problem.moved(&state, &step);
            let trial_cost = problem.cost(&trial);
            if trial_cost < cost {
                improved = cost - trial_cost > 1e-4 * cost.max(1.0);
                state = trial;
                damping = (damping * 0.2).max(1e-7);
                break;
            }
            damping *= 6.0;
        }
        if !improved {
            break;
        }
        (matrix, gradient, cost) = problem.normal(&state);
    }
    let chi2 = problem.chi2(&state);
    let axis_error = problem.axis_error(&state);
    Fit { capsules: state.capsules, background: state.background, blur: state.blur, chi2, axis_error }
}

/// Two directions across a unit vector.
pub(super) fn across(u: [f64; 3]) -> [[f64; 3]; 2] {
    let helper = if u[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let e1 = normalised(cross(u, helper));
    [e1, cross(u, e1)]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn background_at(background: &[f64; 4], d: [f64; 3]) -> f64 {
    background[0] + background[1] * d[0] + background[2] * d[1] + background[3] * d[2]
}

/// Data minus model at every voxel of the window, HU; zero where the scanner cut off and the model lies above.
pub(super) fn residuals(window: &Window, capsules: &[Capsule], background: &[f64; 4], blur: &Blur) -> Vec<f64> {
    let prepared: Vec<_> = capsules.iter().map(|c| c.prepare(blur)).collect();
    (0..window.places.len())
        .map(|at| {
            let q = window.places[at];
            let d: [f64; 3] = std::array::from_fn(|a| q[a] - window.middle[a]);
            let model = background_at(background, d) + prepared.iter().map(|p| p.value(q)).sum::<f64>();
            if window.values[at] >= window.ceiling[at] && model > window.values[at] {
                0.0
            } else {
                window.values[at] - model
            }
        })
        .collect()
}

impl Problem<'_> {
    fn size(&self, state: &State) -> usize {
        PER * state.capsules.len() + 4 + if self.free_blur { 2 } else { 0 }
    }

    /// Standard deviations of the beliefs on the background: its height, and its slope over a seed's length.
    fn background_weights(&self) -> [f64; 4] {
        let height = self.belief.background_hu.powi(-2);
        let slope = (self.belief.background_hu / self.start.length_mm).powi(-2);
        [height, slope, slope, slope]
    }

    fn brightness_weight(&self) -> f64 {
        (self.belief.spread * self.belief.brightness).powi(-2)
    }

    /// Beliefs' part of the cost.
    fn belief_cost(&self, state: &State) -> f64 {
        let b = self.background_weights();
        let mut cost: f64 = state.capsules.iter().map(|c| (c.brightness - self.belief.brightness).powi(2)).sum::<f64>()
            * self.brightness_weight();
        cost += b[0] * (state.background[0] - self.window.around).powi(2);
        cost += (1..4).map(|a| b[a] * state.background[a].powi(2)).sum::<f64>();
        if self.free_blur {
            cost += self.blur_pulls(state).iter().map(|(pull, w)| w * pull * pull).sum::<f64>();
        }
        cost
    }

    /// ln σ relative to the start and the weight of its belief: within a factor 1.5 in the plane, and 1.35 along the
    /// slices, of whose profile their distance says more.
    fn blur_pulls(&self, state: &State) -> [(f64, f64); 2] {
        [
            ((state.blur.plane_mm / self.start.plane_mm).ln(), 0.4_f64.powi(-2)),
            ((state.blur.slice_mm / self.start.slice_mm).ln(), 0.3_f64.powi(-2)),
        ]
    }

    fn chi2(&self, state: &State) -> f64 {
        residuals(self.window, &state.capsules, &state.background, &state.blur).iter().map(|r| r * r).sum::<f64>()
            * self.weight
    }

    fn cost(&self, state: &State) -> f64 {
        self.chi2(state) + self.belief_cost(state)
    }

    /// Normal matrix, right-hand side and cost.
    fn normal(&self, state: &State) -> (Vec<f64>, Vec<f64>, f64) {
        let n = self.size(state);
        let tail = PER * state.capsules.len();
        let mut matrix = vec![0.0; n * n];
        let mut gradient = vec![0.0; n];
        let mut cost = self.belief_cost(state);
        let prepared: Vec<_> = state.capsules.iter().map(|c| c.prepare(&state.blur)).collect();
        let tangents: Vec<_> = state.capsules.iter().map(|c| across(c.axis)).collect();
        let mut entries: Vec<(usize, f64)> = Vec::new();
        for (at, &q) in self.window.places.iter().enumerate() {
            let d: [f64; 3] = std::array::from_fn(|a| q[a] - self.window.middle[a]);
            let mut model = background_at(&state.background, d);
            let mut sigma = [0.0; 2];
            entries.clear();
            for (c, p) in prepared.iter().enumerate() {
                let Some(Slope { value, centre, axis, log_sigma }) = p.slope(q) else { continue };
                model += value;
                for a in 0..3 {
                    entries.push((c * PER + a, centre[a]));
                }
                for (t, tangent) in tangents[c].iter().enumerate() {
                    entries.push((c * PER + 3 + t, dot(axis, *tangent)));
                }
                entries.push((c * PER + 5, value / state.capsules[c].brightness));
                sigma[0] += log_sigma[0];
                sigma[1] += log_sigma[1];
            }
            if self.window.values[at] >= self.window.ceiling[at] && model > self.window.values[at] {
                continue;
            }
            entries.push((tail, 1.0));
            for a in 0..3 {
                entries.push((tail + 1 + a, d[a]));
            }
            if self.free_blur {
                entries.push((tail + 4, sigma[0]));
                entries.push((tail + 5, sigma[1]));
            }
            let residual = self.window.values[at] - model;
            cost += self.weight * residual * residual;
            for (x, &(row, left)) in entries.iter().enumerate() {
                gradient[row] += self.weight * left * residual;
                let scaled = self.weight * left;
                let line = &mut matrix[row * n..(row + 1) * n];
                for &(column, right) in &entries[x..] {
                    line[column] += scaled * right;
                }
            }
        }
        self.add_beliefs(state, &mut matrix, &mut gradient);
        for row in 0..n {
            for column in 0..row {
                matrix[row * n + column] = matrix[column * n + row];
            }
        }
        (matrix, gradient, cost)
    }

    fn add_beliefs(&self, state: &State, matrix: &mut [f64], gradient: &mut [f64]) {
        let n = self.size(state);
        let tail = PER * state.capsules.len();
        let mut pull = |row: usize, weight: f64, towards: f64| {
            matrix[row * n + row] += weight;
            gradient[row] += weight * towards;
        };
        for (c, capsule) in state.capsules.iter().enumerate() {
            pull(c * PER + 5, self.brightness_weight(), self.belief.brightness - capsule.brightness);
            // An axis that the data do not see stays where it is: one radian is everything.
            pull(c * PER + 3, 1.0, 0.0);
            pull(c * PER + 4, 1.0, 0.0);
        }
        let b = self.background_weights();
        pull(tail, b[0], self.window.around - state.background[0]);
        for a in 1..4 {
            pull(tail + a, b[a], -state.background[a]);
        }
        if self.free_blur {
            for (x, (offset, weight)) in self.blur_pulls(state).into_iter().enumerate() {
                pull(tail + 4 + x, weight, -offset);
            }
        }
    }

    fn moved(&self, state: &State, step: &[f64]) -> State {
        let mut next = state.clone();
        let tail = PER * state.capsules.len();
        for (c, capsule) in next.capsules.iter_mut().enumerate() {
            let [e1, e2] = across(capsule.axis);
            let s = &step[c * PER..(c + 1) * PER];
            // no step may throw a capsule out of its window
            for a in 0..3 {
                capsule.centre[a] += s[a].clamp(-1.5, 1.5);
            }
            let (a, b) = (s[3].clamp(-0.7, 0.7), s[4].clamp(-0.7, 0.7));
            capsule.axis = normalised(std::array::from_fn(|x| capsule.axis[x] + a * e1[x] + b * e2[x]));
            capsule.brightness = (capsule.brightness + s[5]).max(0.02 * self.belief.brightness);
        }
        for a in 0..4 {
            next.background[a] += step[tail + a];
        }
        if self.free_blur {
            let held = |x: f64| x.clamp(-0.3, 0.3).exp();
            next.blur.plane_mm =
                (next.blur.plane_mm * held(step[tail + 4])).clamp(0.4 * self.start.plane_mm, 3.0 * self.start.plane_mm);
            next.blur.slice_mm =
                (next.blur.slice_mm * held(step[tail + 5])).clamp(0.5 * self.start.slice_mm, 3.0 * self.start.slice_mm);
        }
        next
    }

    /// Standard error of each axis direction from the inverse normal matrix, radians.
    fn axis_error(&self, state: &State) -> Vec<f64> {
        let (matrix, _, _) = self.normal(state);
        let n = self.size(state);
        let Some(factor) = cholesky(matrix, n) else {
            return vec![std::f64::consts::FRAC_PI_2; state.capsules.len()];
        };
        (0..state.capsules.len())
            .map(|c| {
                let variance: f64 = [3, 4]
                    .iter()
                    .map(|t| {
                        let mut unit = vec![0.0; n];
                        unit[c * PER + t] = 1.0;
                        solve(&factor, n, &unit)[c * PER + t]
                    })
                    .sum();
                variance.max(0.0).sqrt()
            })
            .collect()
    }
}

/// The lower Cholesky factor; `None` when the matrix is not positive definite.
fn cholesky(mut m: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for j in 0..n {
        let (done, rest) = m.split_at_mut((j + 1) * n);
        let row_j = &mut done[j * n..];
        let pivot = row_j[j] - row_j[..j].iter().map(|x| x * x).sum::<f64>();
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        let root = pivot.sqrt();
        row_j[j] = root;
        for row_i in rest.chunks_mut(n) {
            let sum: f64 = row_i[..j].iter().zip(&row_j[..j]).map(|(a, b)| a * b).sum();
            row_i[j] = (row_i[j] - sum) / root;
        }
    }
    Some(m)
}

fn solve(factor: &[f64], n: usize, right: &[f64]) -> Vec<f64> {
    let mut x = right.to_vec();
    for i in 0..n {
        let sum: f64 = (0..i).map(|j| factor[i * n + j] * x[j]).sum();
        x[i] = (x[i] - sum) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|j| factor[j * n + i] * x[j]).sum();
        x[i] = (x[i] - sum) / factor[i * n + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovers_two_crossing_capsules_from_their_image() {
        let blur = Blur { plane_mm: 0.6, slice_mm: 0.6, apart_mm: 0.6, length_mm: 4.5 };
        let truth = [
            Capsule { centre: [0.3, 0.1, 0.2], axis: normalised([0.3, 0.1, 1.0]), brightness: 20_000.0 },
            Capsule { centre: [2.1, -0.6, 1.5], axis: normalised([-0.2, 0.5, 1.0]), brightness: 22_000.0 },
        ];
        let mut window = Window {
            places: Vec::new(),
            values: Vec::new(),
            ceiling: Vec::new(),
            core: Vec::new(),
            middle: [1.0, 0.0, 0.0],
            around: 30.0,
            spacing: [0.5, 0.5, 2.5],
        };
        for k in -3..=3 {
            for j in -8..=8 {
                for i in -8..=12 {
                    let q = [f64::from(i) * 0.5, f64::from(j) * 0.5, f64::from(k) * 2.5];
                    window.places.push(q);
                    let value = 40.0 + 2.0 * q[0] + truth.iter().map(|c| c.prepare(&blur).value(q)).sum::<f64>();
                    // the scanner cuts off
                    window.values.push(value.min(2000.0));
                    window.ceiling.push(2000.0);
                    window.core.push(true);
                }
            }
        }
        let start = [
            Capsule { centre: [0.0, 0.4, 0.9], axis: [0.0, 0.0, 1.0], brightness: 15_000.0 },
            Capsule { centre: [2.5, -0.9, 0.8], axis: [0.0, 0.0, 1.0], brightness: 15_000.0 },
        ];
        let belief = Belief { brightness: 21_000.0, spread: 0.5, error_hu: 20.0, background_hu: 200.0 };
        let fit = refine(&window, &start, None, &blur, &belief, false, 40);
        for (got, want) in fit.capsules.iter().zip(&truth) {
            for a in 0..3 {
                assert!((got.centre[a] - want.centre[a]).abs() < 0.05, "{got:?}");
            }
            assert!(dot(got.axis, want.axis).abs() > 0.999, "{got:?}");
            assert!((got.brightness / want.brightness - 1.0).abs() < 0.02, "{got:?}");
        }
    }
}
