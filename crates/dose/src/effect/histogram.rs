//! BED of a whole structure.

use physics::{Gray, Seconds};

use super::{Bed, Decaying, Tissue};
use crate::dvh::Dvh;

/// A stretch of dose, its BED, and the volume that has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BedBin {
    /// BED at the middle of the dose bin
    pub bed: Bed,
    /// volume, cm³
    pub cm3: f64,
}

/// The BED of a permanent implant over a structure: each bin of the dose-volume histogram with the BED of its own dose.
#[derive(Debug, Clone, PartialEq)]
pub struct BedHistogram {
    /// in order of increasing BED
    pub bins: Vec<BedBin>,
    /// volume-weighted mean BED
    pub mean: Bed,
    /// BED that, given evenly, would leave as many clonogens: −ln⟨e^(−α BED)⟩/α
    pub uniform_equivalent: Bed,
    /// BED that 90 % of the volume has at least
    pub bed90: Option<Bed>,
}

impl BedHistogram {
    /// Of a histogram of doses to full decay, delivered by sources of this half-life.
    pub fn of(dvh: &Dvh, half_life: Seconds, tissue: &Tissue) -> Self {
        let bed = |dose: Gray| Decaying::from_total(dose, half_life).permanent(tissue).bed;
        let bins: Vec<BedBin> = dvh
            .bins()
            .iter()
            .map(|bin| BedBin { bed: bed(Gray::new(f64::midpoint(bin.low_gy, bin.high_gy))), cm3: bin.cm3 })
            .collect();
        let total: f64 = bins.iter().map(|bin| bin.cm3).sum();
        let mean = bins.iter().map(|bin| bin.cm3 * bin.bed.value()).sum::<f64>() / total;
        // The least BED is factored out, so that the sum of survivors cannot vanish.
        let least = bins.iter().map(|bin| bin.bed.value()).fold(f64::INFINITY, f64::min);
        let alpha = tissue.alpha_per_gy;
        let survivors: f64 = bins.iter().map(|bin| bin.cm3 / total * (-alpha * (bin.bed.value() - least)).exp()).sum();
        Self {
            mean: Bed::new(mean),
            uniform_equivalent: Bed::new(least - survivors.ln() / alpha),
            // BED rises with dose, so the 90 % point of one is that of the other
            bed90: dvh.hottest_percent(90.0).map(bed),
            bins,
        }
    }
}
