//! Funnel plots: which hospitals or operators differ more from all together than chance lets them.
//!
//! Exact binomial limits with interpolation around the pooled rate: Spiegelhalter, Stat Med 24:1185 (2005), doi:10.1002/sim.1970.

use serde::Serialize;

use super::{Computed, Direction};

/// Limits of a proportion for one denominator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// 99.8 %, lower
    pub low_998: f64,
    /// 95 %, lower
    pub low_95: f64,
    /// 95 %, upper
    pub high_95: f64,
    /// 99.8 %, upper
    pub high_998: f64,
}

/// Where a part lies: by the exact chance of its count or a more extreme one on the same side. The drawn limits lie between two counts; the
/// upper ones between the last count that is no outlier and the one below it, so a point up to one case above the line may be inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// so far from the rest in 2.5 % of all parts or more
    Inside,
    /// in less than 2.5 % (outside 95 %)
    Alert,
    /// in less than 0.1 % (outside 99.8 %)
    Alarm,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// which part
    pub part: String,
    /// what meets the indicator
    pub numerator: u64,
    /// all that count
    pub denominator: u64,
    /// their ratio
    pub value: f64,
    /// the limits for its denominator
    pub limits: Limits,
    /// where it lies
    pub mark: Mark,
    /// whether an outlier lies on the good side; `None` inside, and where the indicator has none
    pub better: Option<bool>,
}

/// A funnel plot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Funnel {
    /// rate of all parts together
    pub pooled: f64,
    /// the parts that have anything to count
    pub points: Vec<Point>,
}

impl Funnel {
    /// Of the parts of one indicator. Parts without a proportion are left out; `None` where none remains.
    pub fn of(parts: &[Computed], direction: Direction) -> Option<Self> {
        let counts = parts.iter().filter_map(|part| {
            let (numerator, denominator) = (part.numerator?, part.denominator?);
            (denominator > 0 && numerator <= denominator).then_some((&part.part, numerator, denominator))
        });
        let counts: Vec<_> = counts.collect();
        let all: u64 = counts.iter().map(|(_, _, denominator)| denominator).sum();
        let met: u64 = counts.iter().map(|(_, numerator, _)| numerator).sum();
        if all == 0 {
            return None;
        }
        let pooled = met as f64 / all as f64;
        let points = counts.into_iter().map(|(part, numerator, denominator)| {
            let value = numerator as f64 / denominator as f64;
            let chance = Binomial::of(denominator, pooled);
            let limits = chance.limits();
            let mark = match chance.tail(numerator) {
                tail if tail < 0.001 => Mark::Alarm,
                tail if tail < 0.025 => Mark::Alert,
                _ => Mark::Inside,
            };
            let better = match direction {
                _ if mark == Mark::Inside => None,
                Direction::Increase => Some(value > pooled),
                Direction::Decrease => Some(value < pooled),
                Direction::Monitor => None,
            };
            Point { part: part.clone(), numerator, denominator, value, limits, mark, better }
        });
        Some(Self { pooled, points: points.collect() })
    }

    /// The limits as curves: for denominators from 1 to `largest`, about `steps` of them, closer where they are small.
    pub fn curves(&self, largest: u64, steps: u32) -> Vec<(u64, Limits)> {
        let steps = steps.max(2);
        let at = |step: u32| (largest.max(1) as f64).powf(f64::from(step) / f64::from(steps - 1)).round() as u64;
        let mut sizes: Vec<u64> = (0..steps).map(at).collect();
        sizes.dedup();
        sizes.into_iter().map(|size| (size, limits(self.pooled, size))).collect()
    }
}

/// The limits around a rate for a denominator of at least 1.
pub fn limits(rate: f64, denominator: u64) -> Limits {
    Binomial::of(denominator.max(1), rate.clamp(0.0, 1.0)).limits()
}

/// The binomial distribution where it is not negligible.
struct Binomial {
    n: u64,
    first: u64,
    /// P(R ≤ first), P(R ≤ first + 1), …
    cumulative: Vec<f64>,
}

impl Binomial {
    /// Probabilities from the mode outwards by their ratios, then divided by their sum: no logarithms of factorials that would lose digits.
    fn of(n: u64, rate: f64) -> Self {
        const NEGLIGIBLE: f64 = 1e-25;
        let mode = (((n + 1) as f64 * rate).floor() as u64).min(n);
        let odds = rate / (1.0 - rate);
        let mut below = Vec::new();
        let (mut r, mut weight) = (mode, 1.0);
        while r > 0 && weight > NEGLIGIBLE && rate < 1.0 {
            weight *= r as f64 / ((n - r + 1) as f64 * odds);
            r -= 1;
            below.push(weight);
        }
        let first = r;
        let mut weights: Vec<f64> = below.into_iter().rev().collect();
        weights.push(1.0);
        (r, weight) = (mode, 1.0);
        while r < n && weight > NEGLIGIBLE {
            weight *= (n - r) as f64 * odds / (r + 1) as f64;
            r += 1;
            weights.push(weight);
        }
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let cumulative = weights.iter().map(|weight| {
            sum += weight / total;
            sum
        });
        Self { n, first, cumulative: cumulative.collect() }
    }

    fn limits(&self) -> Limits {
        Limits {
            low_998: self.limit(0.001),
            low_95: self.limit(0.025),
            high_95: self.limit(0.975),
            high_998: self.limit(0.999),
        }
    }

    /// P(R ≤ r).
    fn at_most(&self, r: u64) -> f64 {
        let Some(at) = r.checked_sub(self.first) else { return 0.0 };
        self.cumulative.get(at as usize).copied().unwrap_or(1.0)
    }

    /// The smaller of P(R ≤ r) and P(R ≥ r).
    fn tail(&self, r: u64) -> f64 {
        let at_least = 1.0 - r.checked_sub(1).map_or(0.0, |before| self.at_most(before));
        self.at_most(r).min(at_least)
    }

    /// (r − α)/n, where r is the smallest integer with P(R ≤ r) ≥ p and α says how far P(R ≤ r) lies above p within the last step.
    fn limit(&self, p: f64) -> f64 {
        let at = self.cumulative.partition_point(|cumulative| *cumulative < p);
        let reached = self.cumulative.get(at).copied().unwrap_or(1.0);
        let before = at.checked_sub(1).and_then(|at| self.cumulative.get(at)).copied().unwrap_or(0.0);
        let alpha = if reached > before { (reached - p) / (reached - before) } else { 0.0 };
        (((self.first + at as u64) as f64 - alpha) / self.n as f64).clamp(0.0, 1.0)
    }
}
