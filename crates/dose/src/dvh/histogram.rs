//! Volume against dose in bins of constant relative width.

use super::Bin;

/// Bins in each factor of two of the dose: a relative width of 0.012 % to 0.024 %, within which the volume counts as even.
const PER_OCTAVE_BITS: u32 = 12;
/// Factors of two below the largest dose that are resolved; 2²⁰ is a million.
const OCTAVES: u32 = 20;
const SHIFT: u32 = 23 - PER_OCTAVE_BITS;

/// Weighted doses. The upper bits of a single-precision number are its logarithm in steps: they serve as the bin's number.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    first: u32,
    mm3: Vec<f64>,
    cells: u64,
    sum_gy_mm3: f64,
    all: [f32; 2],
    half: [f32; 2],
}

impl Histogram {
    /// For doses up to `largest`.
    pub(super) fn new(largest: f32) -> Self {
        let last = largest.max(f32::MIN_POSITIVE).to_bits() >> SHIFT;
        let first = last.saturating_sub(OCTAVES << PER_OCTAVE_BITS);
        let none = [f32::INFINITY, f32::NEG_INFINITY];
        Self { first, mm3: vec![0.0; (last - first + 1) as usize], cells: 0, sum_gy_mm3: 0.0, all: none, half: none }
    }

    /// Adds a row of cells of volume `cell_mm3`, each with its dose and covered share. False when a dose is not a number.
    ///
    /// Doses below zero (noise) count as zero.
    pub(super) fn add(&mut self, doses: &[f32], covered: &[f32], cell_mm3: f64) -> bool {
        let last = self.mm3.len() - 1;
        let mut cells = 0_u64;
        let (mut all, mut half) = (self.all, self.half);
        let mut sum = 0.0;
        let mut highest = 0_u32;
        // Neighbouring cells often share a bin; their weight is gathered before it is stored.
        let (mut bin, mut weight) = (0, 0.0);
        for (&dose, &share) in doses.iter().zip(covered) {
            if share <= 0.0 {
                continue;
            }
            // NaN becomes zero here and is found by its bits
            highest = highest.max(dose.to_bits() & 0x7fff_ffff);
            let dose = dose.max(0.0);
            let here = ((dose.to_bits() >> SHIFT).saturating_sub(self.first) as usize).min(last);
            if here != bin {
                self.mm3[bin] += weight * cell_mm3;
                (bin, weight) = (here, 0.0);
            }
            let share = f64::from(share);
            weight += share;
            sum += share * f64::from(dose);
            cells += 1;
            all = [all[0].min(dose), all[1].max(dose)];
            let counted = share >= 0.5;
            half = [
                if counted && dose < half[0] { dose } else { half[0] },
                if counted && dose > half[1] { dose } else { half[1] },
            ];
        }
        self.mm3[bin] += weight * cell_mm3;
        self.sum_gy_mm3 += sum * cell_mm3;
        self.cells += cells;
        (self.all, self.half) = (all, half);
        highest < f32::INFINITY.to_bits()
    }

    /// Adds another histogram of the same largest dose.
    pub(super) fn merge(&mut self, other: &Self) {
        let used = other.used();
        if let (Some(sums), Some(more)) = (self.mm3.get_mut(used.clone()), other.mm3.get(used)) {
            for (sum, add) in sums.iter_mut().zip(more) {
                *sum += add;
            }
        }
        self.cells += other.cells;
        self.sum_gy_mm3 += other.sum_gy_mm3;
        self.all = [self.all[0].min(other.all[0]), self.all[1].max(other.all[1])];
        self.half = [self.half[0].min(other.half[0]), self.half[1].max(other.half[1])];
    }

    /// The bins that hold anything.
    fn used(&self) -> std::ops::Range<usize> {
        if self.all[0] > self.all[1] {
            return 0..0;
        }
        let bin = |dose: f32| ((dose.to_bits() >> SHIFT).saturating_sub(self.first) as usize).min(self.mm3.len() - 1);
        bin(self.all[0])..bin(self.all[1]) + 1
    }

    pub(super) fn total(&self) -> f64 {
        self.mm3.get(self.used()).unwrap_or_default().iter().sum()
    }

    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum_gy_mm3 / self.total()
    }

    /// Lowest and highest dose of cells at least half covered; of all cells when there are none such.
    pub(super) fn range(&self) -> (f64, f64) {
        let [low, high] = if self.half[0] <= self.half[1] { self.half } else { self.all };
        (f64::from(low), f64::from(high))
    }

    pub(super) fn into_bins(self) -> Vec<Bin> {
        let [lowest, highest] = self.all.map(f64::from);
        let start = |n: u32| if n == self.first { 0.0 } else { f64::from(f32::from_bits(n << SHIFT)) };
        let used = self.used();
        let from = self.first + used.start as u32;
        self.mm3
            .get(used)
            .unwrap_or_default()
            .iter()
            .zip(from..)
            .filter(|(mm3, _)| **mm3 > 0.0)
            .map(|(&mm3, n)| Bin {
                low_gy: start(n).max(lowest),
                high_gy: start(n + 1).min(highest),
                cm3: mm3 / 1000.0,
            })
            .collect()
    }
}
