//! CT series, for simulated studies.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::common::{begin, check, series_uid};
use super::{Context, WriteError, Written, derive_uid};
use crate::{Unit, Volume, Voxels};

/// How a CT was (or would have been) taken.
#[derive(Debug, Clone, PartialEq)]
pub struct CtScan {
    /// tube voltage, kV
    pub kvp: Option<f64>,
    /// Convolution Kernel; may be empty
    pub kernel: String,
    /// nominal slice thickness, mm; may differ from the distance of the slices
    pub slice_thickness_mm: f64,
    /// whether it was simulated: Image Type then says DERIVED\SECONDARY
    pub simulated: bool,
}

/// Encodes a CT volume (Hounsfield units) as a series of slices, k = 0 first.
///
/// Values are stored as signed 16-bit Hounsfield units; fractions of a unit are rounded.
///
/// # Errors
/// When the volume is not in Hounsfield units, holds values outside -32768 to 32767 HU, has a skewed or left-handed grid, or a UID is none.
pub fn ct_series(volume: &Volume, scan: &CtScan, context: &Context) -> Result<Vec<Written>, WriteError> {
    check(context)?;
    let invalid = |reason: String| WriteError::Invalid { what: "the CT".to_owned(), reason };
    if volume.unit != Unit::Hounsfield {
        return Err(invalid("its values are not Hounsfield units; convert them first".to_owned()));
    }
    let grid = &volume.grid;
    let [columns, rows, slices] = grid.size;
    let (Ok(columns), Ok(rows)) = (u16::try_from(columns), u16::try_from(rows)) else {
        return Err(invalid(format!("{columns} × {rows} pixels are more than the 65535 DICOM can count; crop it")));
    };
    let [x, y, z] = grid.axes;
    let normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    if (normal[0] * z[0] + normal[1] * z[1] + normal[2] * z[2] - 1.0).abs() > 1e-6 {
        return Err(invalid("its slices do not follow their normal (i × j); reorder or resample it".to_owned()));
    }
    let values = stored(volume).map_err(&invalid)?;
    let content: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let series = series_uid(context, "CT", derive_uid(&[&content]).as_bytes());
    let per_slice = usize::from(columns) * usize::from(rows) * 2;
    let mut files = Vec::with_capacity(slices);
    for (k, pixels) in content.chunks_exact(per_slice.max(1)).enumerate() {
        let mut d = begin(context, "CT", &series);
        d.codes(
            tags::IMAGE_TYPE,
            &[
                if scan.simulated { "DERIVED" } else { "ORIGINAL" },
                if scan.simulated { "SECONDARY" } else { "PRIMARY" },
                "AXIAL",
            ]
            .map(str::to_owned),
        );
        d.date_time(tags::CONTENT_DATE, tags::CONTENT_TIME, Some(context.created));
        d.date_time(tags::ACQUISITION_DATE, tags::ACQUISITION_TIME, Some(context.created));
        d.is(tags::INSTANCE_NUMBER, &[k as i64 + 1]);
        d.empty(tags::ACQUISITION_NUMBER, VR::IS);
        match scan.kvp {
            Some(kv) => d.ds(tags::KVP, &[kv]),
            None => d.empty(tags::KVP, VR::DS),
        }
        d.optional_text(tags::CONVOLUTION_KERNEL, VR::SH, &scan.kernel);
        d.ds(tags::SLICE_THICKNESS, &[scan.slice_thickness_mm]);
        d.verbatim(tags::PATIENT_POSITION, VR::CS, "HFS");
        d.empty(tags::LATERALITY, VR::CS);
        d.ds(tags::IMAGE_POSITION_PATIENT, &grid.centre([0, 0, k]));
        d.ds(tags::IMAGE_ORIENTATION_PATIENT, &[x[0], x[1], x[2], y[0], y[1], y[2]]);
        d.ds(tags::PIXEL_SPACING, &[grid.spacing[1], grid.spacing[0]]);
        d.us(tags::SAMPLES_PER_PIXEL, 1);
        d.verbatim(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
        d.us(tags::ROWS, rows);
        d.us(tags::COLUMNS, columns);
        d.us(tags::BITS_ALLOCATED, 16);
        d.us(tags::BITS_STORED, 16);
        d.us(tags::HIGH_BIT, 15);
        d.us(tags::PIXEL_REPRESENTATION, 1);
        d.ds(tags::WINDOW_CENTER, &[40.0]);
        d.ds(tags::WINDOW_WIDTH, &[400.0]);
        d.ds(tags::RESCALE_INTERCEPT, &[0.0]);
        d.ds(tags::RESCALE_SLOPE, &[1.0]);
        d.verbatim(tags::RESCALE_TYPE, VR::LO, "HU");
        d.pixels(pixels.to_vec());
        files.push(d.finish("CT", uids::CT_IMAGE_STORAGE, series.clone())?);
    }
    Ok(files)
}

fn stored(volume: &Volume) -> Result<Vec<i16>, String> {
    match &volume.voxels {
        Voxels::I16(values) => Ok(values.clone()),
        Voxels::F32(values) => values
            .iter()
            .map(|v| {
                let rounded = v.round();
                // NaN fails both comparisons
                if rounded >= f32::from(i16::MIN) && rounded <= f32::from(i16::MAX) {
                    Ok(rounded as i16)
                } else {
                    Err(format!("it holds {v} HU, outside -32768 to 32767; limit its values first"))
                }
            })
            .collect(),
    }
}
