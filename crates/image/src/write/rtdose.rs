//! RTDOSE with 32-bit values.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::common::{begin, check, check_uid, reference, series_uid};
use super::dataset::{Dataset, decimal};
use super::{Context, WriteError, Written};
use crate::{Grid, Unit, Volume};

/// What a dose distribution is the dose of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoseDescription {
    /// SOP Instance UID of the plan it was computed from; a dose without a plan is not a valid RTDOSE
    pub plan: String,
    /// Dose Type: PHYSICAL, EFFECTIVE or ERROR
    pub kind: String,
    /// Dose Comment; may be empty
    pub comment: String,
    /// Tissue Heterogeneity Correction: IMAGE, ROI_OVERRIDE, WATER; TG-43 dose is dose in WATER
    pub heterogeneity: Vec<String>,
    /// how finely the values are stored
    pub bits: StoredBits,
}

/// Bits of a stored dose value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoredBits {
    /// steps of maximum / 65 535: with a few thousand Gy beside a seed, tenths of a Gy everywhere. For readers that know no other.
    Sixteen,
    /// steps of maximum / 4 294 967 295
    #[default]
    ThirtyTwo,
}

impl StoredBits {
    /// The highest value that fits.
    fn top(self) -> u32 {
        match self {
            Self::Sixteen => u32::from(u16::MAX),
            Self::ThirtyTwo => u32::MAX,
        }
    }
}

impl DoseDescription {
    /// Physical dose of a plan, in water (as TG-43 computes it).
    pub fn of_plan(plan: &str) -> Self {
        Self {
            plan: plan.to_owned(),
            kind: "PHYSICAL".to_owned(),
            comment: String::new(),
            heterogeneity: vec!["WATER".to_owned()],
            bits: StoredBits::ThirtyTwo,
        }
    }
}

/// Encodes a dose distribution in Gy as RTDOSE.
///
/// Values are stored in 32 bits, the highest at the top of the range: a voxel is off by at most half a step,
/// `maximum / 2³³` (1.2e-10 of the maximum), which is below the resolution of the f32 values themselves wherever the dose
/// exceeds 1/256 of the maximum.
///
/// The structure set is referred to by the plan: in a dose it would belong to stored DVHs, of which there are none.
///
/// A grid whose k axis runs against its normal (i × j) is written with decreasing frame offsets.
///
/// # Errors
/// When the volume is not in Gy, a value is negative or not finite, the grid is empty, or a UID is none.
pub fn rtdose(dose: &Volume, description: &DoseDescription, context: &Context) -> Result<Written, WriteError> {
    check(context)?;
    let invalid = |reason: String| WriteError::Invalid { what: "the dose".to_owned(), reason };
    if dose.unit != Unit::Gray {
        return Err(invalid("it is not in Gy; convert it first".to_owned()));
    }
    if dose.grid.is_empty() {
        return Err(invalid("the grid has no voxels; give a dose grid that covers the implant".to_owned()));
    }
    let values = dose.to_f32();
    if let Some((at, value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite() || **v < 0.0) {
        return Err(invalid(format!("voxel {at} holds {value} Gy; a dose is neither negative nor infinite")));
    }
    let maximum = f64::from(values.iter().copied().fold(0.0_f32, f32::max));
    let step = grid_scaling(maximum, description.bits);

    let series = series_uid(context, "RTDOSE", &[]);
    let mut d = begin(context, "RTDOSE", &series);
    d.is(tags::INSTANCE_NUMBER, &[1]);
    d.date_time(tags::CONTENT_DATE, tags::CONTENT_TIME, Some(context.created));
    place(&mut d, &dose.grid, &invalid)?;
    d.us(tags::SAMPLES_PER_PIXEL, 1);
    d.verbatim(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    let bits = if description.bits == StoredBits::Sixteen { 16 } else { 32 };
    d.us(tags::BITS_ALLOCATED, bits);
    d.us(tags::BITS_STORED, bits);
    d.us(tags::HIGH_BIT, bits - 1);
    d.us(tags::PIXEL_REPRESENTATION, 0);
    d.verbatim(tags::DOSE_UNITS, VR::CS, "GY");
    d.verbatim(tags::DOSE_TYPE, VR::CS, &description.kind);
    d.optional_text(tags::DOSE_COMMENT, VR::LO, &description.comment);
    check_uid("the plan's SOP Instance UID", &description.plan)?;
    d.verbatim(tags::DOSE_SUMMATION_TYPE, VR::CS, "PLAN");
    d.sequence(tags::REFERENCED_RT_PLAN_SEQUENCE, vec![reference(uids::RT_PLAN_STORAGE, &description.plan)]);
    if !description.heterogeneity.is_empty() {
        d.codes(tags::TISSUE_HETEROGENEITY_CORRECTION, &description.heterogeneity);
    }
    d.ds(tags::DOSE_GRID_SCALING, &[step]);
    let mut pixels = Vec::with_capacity(values.len() * 4);
    for &value in values.iter() {
        let stored = (f64::from(value) / step).round() as u32;
        match description.bits {
            StoredBits::Sixteen => pixels.extend_from_slice(&(stored as u16).to_le_bytes()),
            StoredBits::ThirtyTwo => pixels.extend_from_slice(&stored.to_le_bytes()),
        }
    }
    d.pixels(pixels);
    d.finish("RTDOSE", uids::RT_DOSE_STORAGE, series)
}

/// The dose of one stored unit: the smallest decimal of ten digits with which the maximum fits.
fn grid_scaling(maximum: f64, bits: StoredBits) -> f64 {
    if maximum <= 0.0 {
        return 1.0;
    }
    let top = f64::from(bits.top());
    let wanted = maximum / top;
    let rounded = |v: f64| format!("{v:.9e}").parse::<f64>().unwrap_or(v);
    let mut step = rounded(wanted);
    if (maximum / step).round() > top {
        step = rounded(wanted * (1.0 + 1e-9));
    }
    // What is divided by must be what a reader multiplies with.
    decimal(step).parse().unwrap_or(step)
}

/// Image plane and multi-frame: where the voxels lie.
fn place(d: &mut Dataset, grid: &Grid, invalid: &dyn Fn(String) -> WriteError) -> Result<(), WriteError> {
    let [columns, rows, frames] = grid.size;
    let (Ok(columns), Ok(rows)) = (u16::try_from(columns), u16::try_from(rows)) else {
        return Err(invalid(format!(
            "{columns} × {rows} voxels in a plane are more than the 65535 DICOM can count; use a coarser grid"
        )));
    };
    let [x, y, z] = grid.axes;
    let normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    let along = normal[0] * z[0] + normal[1] * z[1] + normal[2] * z[2];
    if (along.abs() - 1.0).abs() > 1e-6 {
        return Err(invalid(
            "the planes are not stacked along their normal; resample the dose to a right-angled grid".to_owned(),
        ));
    }
    let step = grid.spacing[2] * along.signum();
    let offsets: Vec<f64> = (0..frames).map(|k| k as f64 * step).collect();
    d.ds(tags::IMAGE_POSITION_PATIENT, &grid.origin);
    d.ds(tags::IMAGE_ORIENTATION_PATIENT, &[x[0], x[1], x[2], y[0], y[1], y[2]]);
    d.ds(tags::PIXEL_SPACING, &[grid.spacing[1], grid.spacing[0]]);
    d.ds(tags::SLICE_THICKNESS, &[grid.spacing[2]]);
    d.us(tags::ROWS, rows);
    d.us(tags::COLUMNS, columns);
    d.is(tags::NUMBER_OF_FRAMES, &[frames as i64]);
    d.at(tags::FRAME_INCREMENT_POINTER, tags::GRID_FRAME_OFFSET_VECTOR);
    d.ds(tags::GRID_FRAME_OFFSET_VECTOR, &offsets);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scaling_uses_the_whole_range_and_never_overflows() {
        for maximum in [1e-12, 0.1, 154.1, 104.862666666667, 98765.4321, 4e9, f64::from(f32::MAX)] {
            let maximum = f64::from(maximum as f32);
            for bits in [StoredBits::Sixteen, StoredBits::ThirtyTwo] {
                let step = grid_scaling(maximum, bits);
                let stored = (maximum / step).round();
                let top = f64::from(bits.top());
                assert!(stored <= top && stored > top * 0.999_999, "{maximum}: {stored}");
                assert_eq!(decimal(step).parse::<f64>().unwrap(), step);
            }
        }
        assert_eq!(grid_scaling(0.0, StoredBits::ThirtyTwo), 1.0);
    }
}
