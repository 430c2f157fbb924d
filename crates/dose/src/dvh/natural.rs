//! The natural dose-volume histogram of implants.

use physics::Gray;

use super::Dvh;

/// A stretch of u = D^(−3/2) of the natural histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NaturalBin {
    /// dose at the lower end of u, that is the higher dose
    pub from: Gray,
    /// dose at the upper end of u
    pub to: Gray,
    /// middle of the stretch, Gy^(−3/2)
    pub u: f64,
    /// volume per u, cm³ Gy^(3/2)
    pub cm3_per_u: f64,
}

/// The natural histogram: volume per u against u = D^(−3/2) (Anderson 1986, Med Phys 13:898).
///
/// For one point source with the inverse square law it is constant; a peak shows the volume an implant treats evenly.
#[derive(Debug, Clone, PartialEq)]
pub struct Natural {
    /// stretches of equal width in u, from the highest dose down
    pub bins: Vec<NaturalBin>,
}

impl Natural {
    /// The natural histogram of `dvh` down to the dose `lowest`, in `steps` even stretches of u.
    ///
    /// Empty when `lowest` is not positive.
    pub fn of(dvh: &Dvh, lowest: Gray, steps: usize) -> Self {
        let end = lowest.value().powf(-1.5);
        if !(end.is_finite() && end > 0.0) {
            return Self { bins: Vec::new() };
        }
        let width = end / steps.max(1) as f64;
        let dose = |n: usize| Gray::new((n as f64 * width).powf(-2.0 / 3.0));
        // u = 0 is infinite dose: nothing receives it
        let received = |n: usize| if n == 0 { 0.0 } else { dvh.at_least_cm3(dose(n)) };
        let bins = (0..steps)
            .map(|n| NaturalBin {
                from: dose(n),
                to: dose(n + 1),
                u: (n as f64 + 0.5) * width,
                cm3_per_u: (received(n + 1) - received(n)) / width,
            })
            .collect();
        Self { bins }
    }

    /// The stretch with most volume per u.
    pub fn peak(&self) -> Option<&NaturalBin> {
        self.bins.iter().max_by(|a, b| a.cm3_per_u.total_cmp(&b.cm3_per_u))
    }

    /// The natural prescription dose: the dose at which the volume per u has fallen to half its peak, on the low-dose side.
    ///
    /// `None` when it does not fall that far: a single source has no peak, or the histogram ends too early.
    pub fn prescription_dose(&self) -> Option<Gray> {
        let half = self.peak()?.cm3_per_u / 2.0;
        let top = self.bins.iter().position(|bin| bin.cm3_per_u == half * 2.0)?;
        let after = self.bins.get(top..)?;
        let (a, b) = after.iter().zip(after.iter().skip(1)).find(|(_, b)| b.cm3_per_u <= half)?;
        let part = (a.cm3_per_u - half) / (a.cm3_per_u - b.cm3_per_u);
        Some(Gray::new((a.u + part * (b.u - a.u)).powf(-2.0 / 3.0)))
    }
}
