//! The TG-43 dose rate around one seed, in double precision, straight from its tables.
//!
//! Values are relative: the dose rate divided by `S_K Λ`, so 1 on the transverse axis at 1 cm. Formulas and rules of
//! extrapolation are those of docs/methods/tg43.md, with equation numbers of AAPM TG-43U1 (Med. Phys. 31 (2004) 633)
//! and TG-43U1S1 (Med. Phys. 34 (2007) 2187).

use physics::SeedModel;
use physics::seed::AnisotropyFunction;

/// Reference distance r0, mm (TG-43U1: 1 cm).
const R0_MM: f64 = 10.0;

/// Steps of Simpson's rule between neighbouring angles of the F table.
const SIMPSON_STEPS: usize = 32;

/// A seed model made ready for evaluation.
#[derive(Debug, Clone)]
pub struct Formula {
    length_mm: f64,
    /// geometry function at the reference point, 1/mm²
    reference: f64,
    capsule_radius_mm: f64,
    capsule_half_mm: f64,
    r_mm: Vec<f64>,
    ln_g: Vec<f64>,
    ln_g_point: Vec<f64>,
    anisotropy: Option<AnisotropyFunction>,
    phi_r_mm: Vec<f64>,
    phi: Vec<f64>,
}

impl Formula {
    /// From a model's tables; computes φ_an and g_P where the model gives only F and g_L.
    pub fn new(model: &SeedModel) -> Self {
        let length_mm = model.active_length_mm;
        let r_mm = model.radial.r_mm.clone();
        let ln_g: Vec<f64> = model.radial.g.iter().map(|&g| libm::log(g)).collect();
        let point = |r: f64| geometry(length_mm, r, 0.0) * r * r;
        let ln_g_point = r_mm.iter().zip(&ln_g).map(|(&r, ln_g)| ln_g + libm::log(point(r) / point(R0_MM))).collect();
        let (phi_r_mm, phi) = match (&model.anisotropy_1d, &model.anisotropy) {
            (Some(published), _) => (published.r_mm.clone(), published.phi.clone()),
            (None, Some(f)) => {
                let phi = f.r_mm.iter().map(|&r| phi_from_f(length_mm, f, r)).collect();
                (f.r_mm.clone(), phi)
            }
            // a model without any anisotropy does not pass the reading of its file
            (None, None) => (vec![R0_MM], vec![1.0]),
        };
        Self {
            length_mm,
            reference: geometry(length_mm, R0_MM, 0.0),
            capsule_radius_mm: model.capsule.diameter_mm / 2.0,
            capsule_half_mm: model.capsule.length_mm / 2.0,
            r_mm,
            ln_g,
            ln_g_point,
            anisotropy: model.anisotropy.clone(),
            phi_r_mm,
            phi,
        }
    }

    /// Whether the model has an F table and can be computed in 2D.
    pub fn has_2d(&self) -> bool {
        self.anisotropy.is_some()
    }

    /// Radius of the capsule, mm.
    pub fn capsule_radius_mm(&self) -> f64 {
        self.capsule_radius_mm
    }

    /// 2D line source (eq. 1) at `rho_mm` from the axis, `z_mm` along it from the centre.
    ///
    /// A point inside the capsule takes the value of the nearest point of its surface.
    pub fn line_2d(&self, rho_mm: f64, z_mm: f64) -> f64 {
        let (rho, z) = self.outside(rho_mm.abs(), z_mm.abs());
        let r = (rho * rho + z * z).sqrt();
        let theta_deg = libm::atan2(rho, z).to_degrees();
        let f = self.anisotropy.as_ref().map_or_else(|| self.phi_an(r), |f| bilinear(f, r, theta_deg));
        geometry(self.length_mm, rho, z) / self.reference * self.g(r) * f
    }

    /// The same for many angles θ at one distance: `theta` holds their degrees, sines and cosines.
    pub(super) fn line_2d_around(&self, r_mm: f64, theta: &[[f64; 3]], values: &mut [f64]) {
        let g = self.g(r_mm);
        for (&[theta_deg, sin, cos], value) in theta.iter().zip(values) {
            let (rho, z) = (r_mm * sin, r_mm * cos);
            let f = self.anisotropy.as_ref();
            *value = if let Some(f) = f.filter(|_| self.outside(rho, z) == (rho, z)) {
                geometry(self.length_mm, rho, z) / self.reference * g * bilinear(f, r_mm, theta_deg)
            } else {
                self.line_2d(rho, z)
            };
        }
    }

    /// 1D line source (eq. 11) at `r_mm` from the centre; inside the capsule's radius the value at it.
    pub fn line_1d(&self, r_mm: f64) -> f64 {
        let r = r_mm.max(self.capsule_radius_mm);
        geometry(self.length_mm, r, 0.0) / self.reference * self.g(r) * self.phi_an(r)
    }

    /// 1D point source (eq. 10) at `r_mm` from the centre; inside the capsule's radius the value at it.
    pub fn point_1d(&self, r_mm: f64) -> f64 {
        let r = r_mm.max(self.capsule_radius_mm);
        (R0_MM / r) * (R0_MM / r) * libm::exp(log_linear(&self.r_mm, &self.ln_g_point, r)) * self.phi_an(r)
    }

    /// Radial dose function: log-linear between nodes, first value inside, exponential beyond (U1S1 eq. 3 and 4).
    pub fn g(&self, r_mm: f64) -> f64 {
        libm::exp(log_linear(&self.r_mm, &self.ln_g, r_mm))
    }

    /// 1D anisotropy function: linear between nodes, end values outside.
    pub fn phi_an(&self, r_mm: f64) -> f64 {
        let (low, part) = place(&self.phi_r_mm, r_mm);
        blend(&self.phi, low, part)
    }

    /// The point itself, or the nearest point of the capsule's surface when it lies inside.
    fn outside(&self, rho: f64, z: f64) -> (f64, f64) {
        let to_side = self.capsule_radius_mm - rho;
        let to_end = self.capsule_half_mm - z;
        if to_side <= 0.0 || to_end <= 0.0 {
            (rho, z)
        } else if to_side <= to_end {
            (self.capsule_radius_mm, z)
        } else {
            (rho, self.capsule_half_mm)
        }
    }
}

/// Geometry function of a line source, 1/mm² (eq. 4), at `rho` from the axis and `z` along it, mm.
///
/// `β = atan2(L ρ, r² - L²/4)`: sine and cosine of β are cross and dot product of the lines to the two ends.
pub fn geometry(length_mm: f64, rho_mm: f64, z_mm: f64) -> f64 {
    let dot = rho_mm * rho_mm + z_mm * z_mm - length_mm * length_mm / 4.0;
    let cross = length_mm * rho_mm;
    if cross <= 1e-6 * dot { 1.0 / dot } else { libm::atan2(cross, dot) / cross }
}

/// φ_an(r) by eq. 8. The factor sin θ cancels the pole of the geometry function: `G sin θ = β / (L r)`.
fn phi_from_f(length_mm: f64, table: &AnisotropyFunction, r: f64) -> f64 {
    let integrand = |theta_deg: f64| {
        let (sin, cos) = libm::sincos(theta_deg.to_radians());
        let weight = if length_mm * r * sin > 1e-9 {
            geometry(length_mm, r * sin, r * cos) * sin
        } else if r < length_mm / 2.0 {
            // on the active line β is π
            std::f64::consts::PI / (length_mm * r)
        } else {
            0.0
        };
        bilinear(table, r, theta_deg) * weight
    };
    let mut sum = 0.0;
    for pair in table.theta_deg.windows(2) {
        let step = (pair[1] - pair[0]) / SIMPSON_STEPS as f64;
        for k in 0..SIMPSON_STEPS / 2 {
            let a = pair[0] + 2.0 * k as f64 * step;
            sum += (integrand(a) + 4.0 * integrand(a + step) + integrand(a + 2.0 * step)) * step.to_radians() / 3.0;
        }
    }
    sum / geometry(length_mm, r, 0.0)
}

/// F(r, θ): bilinear, rows of the first and last r outside.
fn bilinear(table: &AnisotropyFunction, r_mm: f64, theta_deg: f64) -> f64 {
    let (row, part) = place(&table.r_mm, r_mm);
    let (column, across) = place(&table.theta_deg, theta_deg);
    let inner = blend(&table.f[row], column, across);
    let outer = blend(&table.f[(row + 1).min(table.f.len() - 1)], column, across);
    inner + part * (outer - inner)
}

/// Logarithm of g: linear in r, first value inside, the last two nodes' line beyond.
fn log_linear(r_mm: &[f64], ln_g: &[f64], r: f64) -> f64 {
    let last = r_mm.len() - 1;
    if r > r_mm[last] {
        let slope = (ln_g[last] - ln_g[last - 1]) / (r_mm[last] - r_mm[last - 1]);
        return ln_g[last] + slope * (r - r_mm[last]);
    }
    let (low, part) = place(r_mm, r);
    blend(ln_g, low, part)
}

/// The node at or below `x` and the part of the way to the next; the ends hold outside.
fn place(nodes: &[f64], x: f64) -> (usize, f64) {
    let after = nodes.partition_point(|&node| node <= x);
    match (after.checked_sub(1), nodes.get(after)) {
        (Some(low), Some(high)) => (low, (x - nodes[low]) / (high - nodes[low])),
        (Some(low), None) => (low, 0.0),
        (None, _) => (0, 0.0),
    }
}

fn blend(values: &[f64], low: usize, part: f64) -> f64 {
    let next = values.get(low + 1).copied().unwrap_or(values[low]);
    values[low] + part * (next - values[low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use physics::SeedLibrary;
    use std::sync::Arc;

    fn all() -> Vec<(Arc<SeedModel>, Formula)> {
        let library = SeedLibrary::embedded().unwrap();
        library.models().map(|model| (Arc::clone(model), Formula::new(model))).collect()
    }

    #[test]
    fn is_one_at_the_reference_point() {
        for (model, formula) in all() {
            assert!((formula.line_2d(10.0, 0.0) - 1.0).abs() < 1e-12, "{}", model.id);
            assert!((formula.line_1d(10.0) / formula.phi_an(10.0) - 1.0).abs() < 1e-12, "{}", model.id);
            assert!((formula.point_1d(10.0) / formula.phi_an(10.0) - 1.0).abs() < 1e-12, "{}", model.id);
        }
    }

    #[test]
    fn reproduces_every_node_of_every_table() {
        for (model, formula) in all() {
            for (&r, &g) in model.radial.r_mm.iter().zip(&model.radial.g) {
                assert!((formula.g(r) / g - 1.0).abs() < 1e-12, "{} g({r})", model.id);
            }
            let table = model.anisotropy.as_ref().unwrap();
            for (&r, row) in table.r_mm.iter().zip(&table.f) {
                for (&theta, &f) in table.theta_deg.iter().zip(row) {
                    // Λ G/G0 g F by hand, at nodes outside the metal
                    let (sin, cos) = theta.to_radians().sin_cos();
                    let (rho, z) = (r * sin, if theta == 90.0 { 0.0 } else { r * cos });
                    if rho < model.capsule.diameter_mm / 2.0 && z < model.capsule.length_mm / 2.0 {
                        continue;
                    }
                    let half = model.active_length_mm / 2.0;
                    let g = if theta == 0.0 {
                        1.0 / (r * r - half * half)
                    } else {
                        (((z + half) / rho).atan() - ((z - half) / rho).atan()) / (2.0 * half * rho)
                    };
                    let g0 = 2.0 * (half / 10.0).atan() / (2.0 * half * 10.0);
                    let expected = g / g0 * formula.g(r) * f;
                    let got = formula.line_2d(rho, z);
                    assert!((got / expected - 1.0).abs() < 1e-9, "{} F({r}, {theta}): {got} {expected}", model.id);
                }
            }
        }
    }

    #[test]
    fn around_a_seed_is_the_same_as_point_by_point() {
        let theta: Vec<[f64; 3]> = (0..=180)
            .map(|n| {
                let (sin, cos) = (f64::from(n) / 2.0).to_radians().sin_cos();
                [f64::from(n) / 2.0, sin, cos]
            })
            .collect();
        for (model, formula) in all() {
            for r in [0.3, 0.45, 2.2, 2.4, 7.0, 33.0, 150.0] {
                let mut values = vec![0.0; theta.len()];
                formula.line_2d_around(r, &theta, &mut values);
                for (value, [theta_deg, sin, cos]) in values.iter().zip(&theta) {
                    let there = formula.line_2d(r * sin, r * cos);
                    assert!((value / there - 1.0).abs() < 1e-12, "{} {r} {theta_deg}: {value} {there}", model.id);
                }
            }
        }
    }

    #[test]
    fn both_1d_forms_agree_at_the_nodes_of_g() {
        for (model, formula) in all() {
            for &r in &model.radial.r_mm {
                assert!((formula.point_1d(r) / formula.line_1d(r) - 1.0).abs() < 1e-12, "{} {r}", model.id);
            }
        }
    }

    #[test]
    fn falls_with_the_square_of_the_distance_but_for_g() {
        for (model, formula) in all() {
            for (rho, z) in [(300.0, 0.0), (200.0, 250.0), (100.0, 400.0)] {
                let r: f64 = f64::hypot(rho, z);
                let at = |k: f64| formula.line_2d(rho * k, z * k) / formula.g(r * k);
                assert!((at(2.0) * 4.0 / at(1.0) - 1.0).abs() < 1e-3, "{}", model.id);
            }
            // g beyond the table falls by one factor a millimetre
            let falls = formula.g(151.0) / formula.g(150.0);
            assert!((formula.g(301.0) / formula.g(300.0) / falls - 1.0).abs() < 1e-9 && falls < 1.0, "{}", model.id);
        }
    }

    #[test]
    fn is_finite_and_positive_everywhere_and_continuous_through_the_capsule() {
        for (model, formula) in all() {
            for rho in [0.0, 1e-9, 0.1, 0.3999, 0.4001, 0.42, 1.0] {
                for z in [0.0, 1.0, 1.49, 1.51, 2.2, 2.3, 2.6, 5.0] {
                    let value = formula.line_2d(rho, z);
                    assert!(value.is_finite() && value > 0.0, "{} at {rho} {z}: {value}", model.id);
                    assert_eq!(value, formula.line_2d(rho, -z), "{} mirrored", model.id);
                }
            }
            let radius = formula.capsule_radius_mm;
            let step = formula.line_2d(radius + 1e-9, 0.5) / formula.line_2d(radius - 1e-9, 0.5);
            assert!((step - 1.0).abs() < 1e-6, "{}: {step}", model.id);
            assert!(formula.line_1d(0.0).is_finite() && formula.point_1d(0.0).is_finite());
        }
    }

    #[test]
    fn phi_an_is_the_mean_over_the_sphere() {
        for (model, formula) in all() {
            for r in [20.0, 50.0] {
                // the mean of the 2D dose rate over the sphere, by the midpoint rule in cos θ
                let n = 20_000;
                let mean: f64 = (0..n)
                    .map(|k| {
                        let cos = (f64::from(k) + 0.5) / f64::from(n);
                        formula.line_2d(r * (1.0 - cos * cos).sqrt(), r * cos)
                    })
                    .sum::<f64>()
                    / f64::from(n);
                let table = model.anisotropy.as_ref().unwrap();
                if table.r_mm.iter().any(|&node| (node - r).abs() < 1e-9) {
                    let ratio = formula.line_1d(r) / mean;
                    assert!((ratio - 1.0).abs() < 1e-4, "{} at {r}: {ratio}", model.id);
                }
            }
        }
    }

    #[test]
    fn geometry_function_keeps_its_digits_near_the_axis() {
        let limit = 1.0 / (25.0 - 2.25);
        for rho in [0.0, 1e-12, 1e-8, 1e-5, 1e-4] {
            assert!((geometry(3.0, rho, 5.0) / limit - 1.0).abs() < 1e-8, "{rho}");
        }
        assert_eq!(geometry(0.0, 3.0, 4.0), 1.0 / 25.0);
    }
}
