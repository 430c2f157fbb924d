//! The image of one capsule: a line of uniform brightness seen through a bell-shaped point spread.

/// Point spread of the scan and length of the capsule.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to every name")]
pub(super) struct Blur {
    /// standard deviation in the slice plane, capsule width included, mm
    pub plane_mm: f64,
    /// standard deviation along the slices of each third of the slice profile, mm
    pub slice_mm: f64,
    /// a slice is seen as three bells, in its middle and this far above and below, mm; 0 for one bell
    pub apart_mm: f64,
    /// capsule length, mm
    pub length_mm: f64,
}

/// One capsule in the scan's own frame (mm along i, j, k).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Capsule {
    pub centre: [f64; 3],
    /// unit vector
    pub axis: [f64; 3],
    /// integrated brightness, HU mm³
    pub brightness: f64,
}

/// Value and derivatives of a capsule's image at one point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    pub value: f64,
    /// with respect to the centre, HU/mm
    pub centre: [f64; 3],
    /// with respect to the (unnormalised) axis vector, HU
    pub axis: [f64; 3],
    /// with respect to ln σ in the plane and ln σ along the slices, HU
    pub log_sigma: [f64; 2],
}

/// A capsule with what does not change from voxel to voxel worked out.
pub(super) struct Prepared {
    centre: [f64; 3],
    /// 1/σ along i, j, k
    inverse: [f64; 3],
    /// direction of the whitened axis
    n: [f64; 3],
    /// whitened length of the unit axis
    s: f64,
    half: f64,
    scale: f64,
    length_mm: f64,
    apart_mm: f64,
}

/// Whitened distance beyond which a capsule's image is nothing: exp(−4.5²/2) = 4e-5.
const REACH: f64 = 4.5;

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn normalised(v: [f64; 3]) -> [f64; 3] {
    let length = dot(v, v).sqrt();
    if length > 0.0 { v.map(|x| x / length) } else { [0.0, 0.0, 1.0] }
}

/// Normal density without its 1/√(2π), and cumulative distribution, of the standard normal.
///
/// Cumulative: Abramowitz & Stegun 7.1.26, absolute error below 1.5e-7.
fn bell(x: f64) -> (f64, f64) {
    let e = (-0.5 * x * x).exp();
    let z = x.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail = 0.5
        * e
        * t
        * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    (e, if x >= 0.0 { 1.0 - tail } else { tail })
}

/// 1/√(2π).
const BELL_TOP: f64 = 0.398_942_280_401_432_7;

impl Capsule {
    pub(super) fn prepare(&self, blur: &Blur) -> Prepared {
        let inverse = [1.0 / blur.plane_mm, 1.0 / blur.plane_mm, 1.0 / blur.slice_mm];
        let v: [f64; 3] = std::array::from_fn(|a| self.axis[a] * inverse[a]);
        let s = dot(v, v).sqrt().max(1e-9);
        Prepared {
            centre: self.centre,
            inverse,
            n: v.map(|x| x / s),
            s,
            half: 0.5 * s * blur.length_mm,
            scale: self.brightness * inverse[0] * inverse[1] * inverse[2]
                / (2.0 * std::f64::consts::PI * blur.length_mm),
            length_mm: blur.length_mm,
            apart_mm: blur.apart_mm,
        }
    }

    /// Half the box that holds the whole image, mm.
    pub(super) fn extent(&self, blur: &Blur) -> [f64; 3] {
        let sigma = [blur.plane_mm, blur.plane_mm, blur.slice_mm];
        let apart = [0.0, 0.0, blur.apart_mm];
        std::array::from_fn(|a| 0.5 * blur.length_mm * self.axis[a].abs() + REACH * sigma[a] + apart[a])
    }

    /// The highest value of its image, HU.
    pub(super) fn peak(&self, blur: &Blur) -> f64 {
        self.prepare(blur).value(self.centre)
    }
}

impl Prepared {
    /// Whitened offset, position along the axis, squared distance from the axis line.
    fn place(&self, q: [f64; 3]) -> ([f64; 3], f64, f64) {
        let y: [f64; 3] = std::array::from_fn(|a| (q[a] - self.centre[a]) * self.inverse[a]);
        let t = dot(self.n, y);
        (y, t, (dot(y, y) - t * t).max(0.0))
    }

    fn out_of_reach(&self, t: f64, d2: f64) -> bool {
        d2 > REACH * REACH || t.abs() > self.half + REACH
    }

    /// The image at `q`, HU.
    pub(super) fn value(&self, q: [f64; 3]) -> f64 {
        if self.apart_mm == 0.0 {
            return self.bell_value(q);
        }
        let [x, y, z] = q;
        [-self.apart_mm, 0.0, self.apart_mm].map(|apart| self.bell_value([x, y, z + apart])).iter().sum::<f64>() / 3.0
    }

    fn bell_value(&self, q: [f64; 3]) -> f64 {
        let (_, t, d2) = self.place(q);
        if self.out_of_reach(t, d2) {
            return 0.0;
        }
        let across = (-0.5 * d2).exp();
        let along = bell(t + self.half).1 - bell(t - self.half).1;
        self.scale / self.s * across * along
    }

    /// The image at `q` and its derivatives; `None` where it is nothing.
    pub(super) fn slope(&self, q: [f64; 3]) -> Option<Slope> {
        if self.apart_mm == 0.0 {
            return self.bell_slope(q);
        }
        let [x, y, z] = q;
        let mut sum = Slope::default();
        let mut seen = false;
        for apart in [-self.apart_mm, 0.0, self.apart_mm] {
            let Some(one) = self.bell_slope([x, y, z + apart]) else { continue };
            seen = true;
            sum.value += one.value / 3.0;
            for c in 0..3 {
                sum.centre[c] += one.centre[c] / 3.0;
                sum.axis[c] += one.axis[c] / 3.0;
            }
            for c in 0..2 {
                sum.log_sigma[c] += one.log_sigma[c] / 3.0;
            }
        }
        seen.then_some(sum)
    }

    fn bell_slope(&self, q: [f64; 3]) -> Option<Slope> {
        let (y, t, d2) = self.place(q);
        if self.out_of_reach(t, d2) {
            return None;
        }
        let across = (-0.5 * d2).exp();
        let (e_far, cumulative_far) = bell(t + self.half);
        let (e_near, cumulative_near) = bell(t - self.half);
        let along = cumulative_far - cumulative_near;
        let (p_far, p_near) = (e_far * BELL_TOP, e_near * BELL_TOP);
        let top = self.scale / self.s * across;
        let value = top * along;
        // with respect to the whitened offset y
        let by_y: [f64; 3] =
            std::array::from_fn(|a| -(y[a] - t * self.n[a]) * value + top * (p_far - p_near) * self.n[a]);
        // with respect to the whitened axis v = s n: t changes by (y − t n)·dv / s, the half length by (L/2) n·dv
        let by_t = value * t + top * (p_far - p_near);
        let by_length = -value / self.s + top * (p_far + p_near) * 0.5 * self.length_mm;
        let by_v: [f64; 3] = std::array::from_fn(|a| by_t * (y[a] - t * self.n[a]) / self.s + by_length * self.n[a]);
        let w = self.inverse;
        let v: [f64; 3] = std::array::from_fn(|a| self.n[a] * self.s);
        Some(Slope {
            value,
            centre: std::array::from_fn(|a| -w[a] * by_y[a]),
            axis: std::array::from_fn(|a| w[a] * by_v[a]),
            log_sigma: [
                -2.0 * value - by_y[0] * y[0] - by_y[1] * y[1] - by_v[0] * v[0] - by_v[1] * v[1],
                -value - by_y[2] * y[2] - by_v[2] * v[2],
            ],
        })
    }
}

/// Shortest distance between the centre lines of two capsules, mm.
pub(super) fn gap(a: &Capsule, b: &Capsule, length_mm: f64) -> f64 {
    // Minimise |d + s a − t b|² over the square |s|, |t| ≤ L/2, one coordinate at a time; the problem is convex.
    let half = 0.5 * length_mm;
    let d: [f64; 3] = std::array::from_fn(|c| a.centre[c] - b.centre[c]);
    let (ab, da, db) = (dot(a.axis, b.axis), dot(d, a.axis), dot(d, b.axis));
    let (mut s, mut t) = (0.0_f64, 0.0_f64);
    for _ in 0..50 {
        t = (db + s * ab).clamp(-half, half);
        s = (t * ab - da).clamp(-half, half);
    }
    (dot(d, d) + s * s + t * t + 2.0 * (s * da - t * db - s * t * ab)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUR: Blur = Blur { plane_mm: 0.6, slice_mm: 0.9, apart_mm: 0.6, length_mm: 4.5 };

    fn tilted() -> Capsule {
        Capsule { centre: [0.2, -0.3, 0.4], axis: normalised([0.4, -0.5, 0.8]), brightness: 20_000.0 }
    }

    #[test]
    fn the_image_is_the_convolution_and_keeps_its_integral() {
        let capsule = tilted();
        let prepared = capsule.prepare(&BLUR);
        let q = [0.7, 0.1, -0.5];
        // the convolution by summing many points of the line
        let n = 4000;
        let direct: f64 = (0..n)
            .map(|i| {
                let l = ((i as f64 + 0.5) / n as f64 - 0.5) * BLUR.length_mm;
                let sigma = [0.6, 0.6, 0.9];
                let bells = [-0.6, 0.0, 0.6].map(|apart| {
                    let seen = [q[0], q[1], q[2] + apart];
                    (0..3).fold(capsule.brightness / 3.0 / n as f64, |product, a| {
                        let z: f64 = (seen[a] - capsule.centre[a] - l * capsule.axis[a]) / sigma[a];
                        product * (-0.5 * z * z).exp() / (sigma[a] * (2.0 * std::f64::consts::PI).sqrt())
                    })
                });
                bells.iter().sum::<f64>()
            })
            .sum();
        assert!((prepared.value(q) / direct - 1.0).abs() < 1e-4, "{} {direct}", prepared.value(q));
        let step = 0.25;
        let mut sum = 0.0;
        for i in -40..=40 {
            for j in -40..=40 {
                for k in -40..=40 {
                    sum += prepared.value([f64::from(i) * step, f64::from(j) * step, f64::from(k) * step]);
                }
            }
        }
        assert!((sum * step.powi(3) / capsule.brightness - 1.0).abs() < 1e-3);
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let capsule = tilted();
        let h = 1e-5;
        for q in [[0.7, 0.1, -0.5], [1.5, -1.8, 3.0], [-0.4, 0.6, -1.6]] {
            let slope = capsule.prepare(&BLUR).slope(q).unwrap();
            for a in 0..3 {
                let moved = |sign: f64| {
                    let mut c = capsule;
                    c.centre[a] += sign * h;
                    c.prepare(&BLUR).value(q)
                };
                let turned = |sign: f64| {
                    let mut c = capsule;
                    c.axis[a] += sign * h;
                    c.prepare(&BLUR).value(q)
                };
                let tolerance = 0.02 + 1e-3 * slope.value;
                assert!((slope.centre[a] - (moved(1.0) - moved(-1.0)) / (2.0 * h)).abs() < tolerance);
                assert!((slope.axis[a] - (turned(1.0) - turned(-1.0)) / (2.0 * h)).abs() < tolerance);
            }
            let widened = |plane: f64, slice: f64| {
                let blur = Blur { plane_mm: 0.6 * (plane * h).exp(), slice_mm: 0.9 * (slice * h).exp(), ..BLUR };
                capsule.prepare(&blur).value(q)
            };
            assert!((slope.log_sigma[0] - (widened(1.0, 0.0) - widened(-1.0, 0.0)) / (2.0 * h)).abs() < 0.1);
            assert!((slope.log_sigma[1] - (widened(0.0, 1.0) - widened(0.0, -1.0)) / (2.0 * h)).abs() < 0.1);
        }
    }

    #[test]
    fn the_gap_between_capsules() {
        let a = Capsule { centre: [0.0; 3], axis: [0.0, 0.0, 1.0], brightness: 1.0 };
        let beside = Capsule { centre: [1.5, 0.0, 1.0], ..a };
        let behind = Capsule { centre: [0.0, 0.0, 5.0], ..a };
        let crossing = Capsule { centre: [0.0, 0.9, 0.0], axis: [1.0, 0.0, 0.0], ..a };
        assert!((gap(&a, &beside, 4.5) - 1.5).abs() < 1e-9);
        assert!((gap(&a, &behind, 4.5) - 0.5).abs() < 1e-6);
        assert!((gap(&a, &crossing, 4.5) - 0.9).abs() < 1e-9);
    }
}
