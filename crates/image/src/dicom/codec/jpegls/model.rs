//! Parameters and context statistics (annex A and C.2.4.1.1).

use super::bits::Bits;

/// Constants of a scan.
pub(super) struct Parameters {
    pub maxval: i32,
    pub near: i32,
    thresholds: [i32; 3],
    reset: i32,
    /// number of values a prediction error can take
    range: i32,
    /// bits of a prediction error written out
    qbpp: u32,
    pub limit: u32,
}

impl Parameters {
    pub fn new(precision: u32, near: i32, preset: Option<[u16; 5]>) -> Result<Self, String> {
        let [maxval, t1, t2, t3, reset] = preset.unwrap_or_default().map(i32::from);
        let full = (1 << precision) - 1;
        let maxval = if maxval == 0 { full } else { maxval };
        if maxval > full || near > 255.min(maxval / 2) {
            return Err(format!("MAXVAL {maxval} and NEAR {near} for {precision} bits"));
        }
        let defaults = thresholds(maxval, near);
        let given = [t1, t2, t3];
        let thresholds: [i32; 3] = std::array::from_fn(|i| if given[i] == 0 { defaults[i] } else { given[i] });
        let range = (maxval + 2 * near) / (2 * near + 1) + 1;
        let bits = |values: i32| i32::BITS - (values - 1).leading_zeros();
        let bpp = bits(maxval + 1).max(2);
        Ok(Self {
            maxval,
            near,
            thresholds,
            reset: if reset == 0 { 64 } else { reset },
            range,
            qbpp: bits(range),
            limit: 2 * (bpp + bpp.max(8)),
        })
    }

    /// Region of a local gradient, -4 to 4 (A.3.3).
    pub fn region(&self, gradient: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = match gradient.abs() {
            d if d <= self.near => 0,
            d if d < t1 => 1,
            d if d < t2 => 2,
            d if d < t3 => 3,
            _ => 4,
        };
        size * gradient.signum()
    }

    /// The sample from its prediction and the (signed) quantised error (A.4.5, A.5.3, A.7.2.2).
    pub fn reconstruct(&self, prediction: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = prediction + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.maxval + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.maxval)
    }

    /// A Golomb code of limited length (A.5.3).
    fn golomb(&self, bits: &mut Bits<'_>, k: u32, limit: u32) -> Result<i32, String> {
        let escape = limit.saturating_sub(self.qbpp + 1);
        let zeros = bits.zeros(escape)?;
        let value = if zeros < escape { zeros << k | bits.take(k)? } else { bits.take(self.qbpp)? + 1 };
        Ok(value.cast_signed())
    }
}

/// Default thresholds (C.2.4.1.1.1).
fn thresholds(maxval: i32, near: i32) -> [i32; 3] {
    let clamp = |value: i32, low: i32| if value > maxval || value < low { low } else { value };
    let raw = if maxval >= 128 {
        let factor = (maxval.min(4095) + 128) / 256;
        [factor + 2 + 3 * near, factor * 4 + 3 + 5 * near, factor * 17 + 4 + 7 * near]
    } else {
        let factor = 256 / (maxval + 1);
        [(3 / factor + 3 * near).max(2), (7 / factor + 5 * near).max(3), (21 / factor + 7 * near).max(4)]
    };
    let t1 = clamp(raw[0], near + 1);
    let t2 = clamp(raw[1], t1);
    [t1, t2, clamp(raw[2], t2)]
}

/// Statistics of a context of regular mode.
#[derive(Clone)]
pub(super) struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

/// Smallest k with n·2^k ≥ a.
fn golomb_k(n: i32, a: i32) -> Result<u32, String> {
    (0..=24).find(|&k| i64::from(n) << k >= i64::from(a)).ok_or_else(|| "statistics out of bounds".to_owned())
}

impl Context {
    pub fn new(p: &Parameters) -> Self {
        Self { a: ((p.range + 32) / 64).max(2), b: 0, c: 0, n: 1 }
    }

    pub fn bias(&self) -> i32 {
        self.c
    }

    /// The next prediction error in this context, with the statistics updated (A.5, A.6).
    pub fn error(&mut self, p: &Parameters, bits: &mut Bits<'_>) -> Result<i32, String> {
        let k = golomb_k(self.n, self.a)?;
        let mapped = p.golomb(bits, k, p.limit)?;
        let half = mapped >> 1;
        let error = if p.near == 0 && k == 0 && 2 * self.b <= -self.n {
            if mapped & 1 == 1 { half } else { -half - 1 }
        } else if mapped & 1 == 1 {
            -half - 1
        } else {
            half
        };
        if error.abs() > p.range {
            return Err("a prediction error out of range".to_owned());
        }
        self.b += error * (2 * p.near + 1);
        self.a += error.abs();
        if self.n == p.reset {
            self.a >>= 1;
            self.b >>= 1;
            self.n >>= 1;
        }
        self.n += 1;
        if self.b <= -self.n {
            self.b = (self.b + self.n).max(1 - self.n);
            self.c = (self.c - 1).max(-128);
        } else if self.b > 0 {
            self.b = (self.b - self.n).min(0);
            self.c = (self.c + 1).min(127);
        }
        Ok(error)
    }
}

/// Statistics of the sample that interrupts a run (A.7.2).
#[derive(Clone)]
pub(super) struct RunContext {
    a: i32,
    n: i32,
    negative: i32,
    /// 1 where the neighbours are alike
    kind: i32,
}

impl RunContext {
    pub fn new(p: &Parameters, kind: i32) -> Self {
        Self { a: ((p.range + 32) / 64).max(2), n: 1, negative: 0, kind }
    }

    /// The error of the interrupting sample; `spent` bits of the code length went into the run.
    pub fn error(&mut self, p: &Parameters, bits: &mut Bits<'_>, spent: u32) -> Result<i32, String> {
        let temp = if self.kind == 1 { self.a + (self.n >> 1) } else { self.a };
        let k = golomb_k(self.n, temp)?;
        let mapped = p.golomb(bits, k, p.limit.saturating_sub(spent + 1))?;
        let total = mapped + self.kind;
        let map = total & 1 == 1;
        let size = (total + 1) >> 1;
        let error = if (k != 0 || 2 * self.negative >= self.n) == map { -size } else { size };
        if size > p.range {
            return Err("a prediction error out of range".to_owned());
        }
        if error < 0 {
            self.negative += 1;
        }
        self.a += (mapped + 1 - self.kind) >> 1;
        if self.n == p.reset {
            self.a >>= 1;
            self.n >>= 1;
            self.negative >>= 1;
        }
        self.n += 1;
        Ok(error)
    }
}
