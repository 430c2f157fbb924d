//! Dose of sealed seeds after AAPM TG-43U1 and its supplements; formulas and rules in docs/methods/tg43.md.

mod editor;
mod extrapolation;
pub mod formula;
mod grid;
pub mod naive;
mod row;
mod simd;
mod table;
#[cfg(test)]
mod tests;

pub use editor::Editor;
pub use extrapolation::Extrapolation;
pub use grid::{dose, dose_with};
pub use simd::Instructions;

use image::{Grid, Point, Unit, Volume, Voxels};
use physics::{Decay, DecayError, GrayPerHour, Seconds};

use crate::implant::{Implant, Source};
use formula::Formula;

/// Which form of the dose-rate equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formalism {
    /// line source, 2D anisotropy (TG-43U1 eq. 1): needs the axis of each seed
    Line2D,
    /// line source, 1D anisotropy (TG-43U1 eq. 11)
    Line1D,
    /// point source, 1D anisotropy (TG-43U1 eq. 10)
    Point1D,
}

/// What is summed over time. Times count from the moment at which the seeds have their stated strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delivery {
    /// dose of a permanent implant, to infinity
    Permanent,
    /// dose from time zero until then
    Until(Seconds),
    /// dose between two times: a temporary implant, or the dose still to come (end may be infinite)
    Between(Seconds, Seconds),
    /// dose rate at that time, Gy/h
    RateAt(Seconds),
}

/// How to compute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// form of the dose-rate equation
    pub formalism: Formalism,
    /// what is summed over time
    pub delivery: Delivery,
}

impl Options {
    /// The dose of a permanent implant.
    pub fn permanent(formalism: Formalism) -> Self {
        Self { formalism, delivery: Delivery::Permanent }
    }
}

/// What the voxels of a result hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// absorbed dose to water, Gy
    Dose,
    /// absorbed dose rate to water, Gy/h
    DoseRate,
}

/// A dose distribution and how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct DoseResult {
    /// voxel values; the unit is Gray for a dose and Unknown for a rate (Gy/h)
    pub volume: Volume,
    /// what they are
    pub quantity: Quantity,
    /// how many seeds were computed in 1D although 2D was asked for, because their axis (or their model's F) is unknown
    pub sources_without_axis: usize,
    /// where the tables of each model were left
    pub extrapolation: Vec<Extrapolation>,
}

/// A dose that cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DoseError {
    /// The grid is not a grid.
    #[error("the dose grid cannot be used: {fault}")]
    Grid {
        /// what is wrong with it
        fault: String,
    },
    /// The time cannot be used.
    #[error(transparent)]
    Time(#[from] DecayError),
    /// A seed to be added or removed cannot be used.
    #[error("{0}")]
    Source(String),
}

/// The most voxels a dose grid may have: 2³⁰ voxels are 4 GiB, far more than any patient needs.
const MOST_VOXELS: usize = 1 << 30;

/// The dose rate at one point, from the formulas themselves.
pub fn dose_rate_at(
    implant: &Implant,
    point: Point,
    formalism: Formalism,
    time: Seconds,
) -> Result<GrayPerHour, DoseError> {
    let options = Options { formalism, delivery: Delivery::RateAt(time) };
    naive::at(implant, point, options).map(GrayPerHour::new)
}

/// The form used for one seed: 2D needs an axis and an F table.
fn form_of(source: &Source, wanted: Formalism) -> Formalism {
    match wanted {
        Formalism::Line2D if source.axis.is_none() || source.model.anisotropy.is_none() => Formalism::Line1D,
        form => form,
    }
}

/// What the relative dose rate of a seed is multiplied with: `S_K Λ` times the time, Gy (or Gy/h for a rate).
fn scale_of(source: &Source, delivery: Delivery) -> Result<f64, DecayError> {
    const GY_PER_CGY: f64 = 0.01;
    let rate = source.strength.value() * source.model.dose_rate_constant * GY_PER_CGY;
    let decay = Decay::from_half_life(source.half_life)?;
    let forever = Seconds::new(f64::INFINITY);
    Ok(match delivery {
        Delivery::Permanent => rate * decay.equivalent_time(Seconds::ZERO, forever)?.hours(),
        Delivery::Until(end) => rate * decay.equivalent_time(Seconds::ZERO, end)?.hours(),
        Delivery::Between(start, end) => rate * decay.equivalent_time(start, end)?.hours(),
        Delivery::RateAt(time) => rate * decay.factor(time)?,
    })
}

/// An error that says what is wrong with a grid, or nothing.
fn check_grid(grid: &Grid) -> Result<(), DoseError> {
    let fault = |fault: String| Err(DoseError::Grid { fault });
    let voxels = grid.size.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    match voxels {
        None => return fault(format!("{:?} voxels are too many", grid.size)),
        Some(0) => return fault(format!("{:?} voxels hold nothing", grid.size)),
        Some(voxels) if voxels > MOST_VOXELS => {
            return fault(format!(
                "{voxels} voxels are too many, at most {MOST_VOXELS} are computed: use larger voxels"
            ));
        }
        Some(_) => {}
    }
    for (a, &spacing) in grid.spacing.iter().enumerate() {
        if !spacing.is_finite() || spacing <= 0.0 {
            return fault(format!("the spacing along {} is {spacing} mm; it must be positive", ["i", "j", "k"][a]));
        }
        if spacing * grid.size[a] as f64 > 1e4 {
            return fault(format!("it is {} mm long; a patient is not", spacing * grid.size[a] as f64));
        }
    }
    if grid.origin.iter().any(|c| !c.is_finite() || c.abs() > 1e5) {
        return fault(format!("its origin {:?} mm is not a place in a patient", grid.origin));
    }
    for a in 0..3 {
        for b in 0..3 {
            let product: f64 = (0..3).map(|c| grid.axes[a][c] * grid.axes[b][c]).sum();
            let wanted = if a == b { 1.0 } else { 0.0 };
            if product.is_nan() || (product - wanted).abs() > 1e-4 {
                return fault("its axes are not unit vectors at right angles".into());
            }
        }
    }
    Ok(())
}

fn result(implant: &Implant, grid: &Grid, options: Options, voxels: Vec<f32>) -> DoseResult {
    let quantity = if matches!(options.delivery, Delivery::RateAt(_)) { Quantity::DoseRate } else { Quantity::Dose };
    let unit = if quantity == Quantity::Dose { Unit::Gray } else { Unit::Unknown };
    DoseResult {
        volume: Volume { grid: grid.clone(), voxels: Voxels::F32(voxels), unit },
        quantity,
        sources_without_axis: implant
            .sources()
            .iter()
            .filter(|source| form_of(source, options.formalism) != options.formalism)
            .count(),
        extrapolation: extrapolation::count(implant, grid, options.formalism),
    }
}
