//! Reading RTDOSE.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::{DoseError, RtDose};
use crate::dicom::{Attributes, DicomFile, decode_frames, describe, required};
use crate::series::{axes, cross, even_spacing};
use crate::{Grid, Point, Unit, Volume, Voxels};

/// Reads a dose grid. Planes in falling order are turned round, so that k always increases along i × j.
///
/// # Errors
/// When it holds no grid, an attribute or the pixels cannot be read, or the planes are not evenly spaced.
pub fn read(file: &DicomFile) -> Result<RtDose, DoseError> {
    let object = &file.object;
    let text = |tag: Tag| object.string(tag).ok().flatten().unwrap_or_default();
    let uid = |tag: Tag| object.uid(tag).ok().flatten().unwrap_or_default();
    if object.get(tags::PIXEL_DATA).is_none() {
        return Err(DoseError::NoGrid);
    }
    let mut warnings = Vec::new();
    let unit = match text(tags::DOSE_UNITS).as_str() {
        "GY" => Unit::Gray,
        "RELATIVE" => Unit::Relative,
        other => {
            return Err(DoseError::Impossible {
                what: format!(
                    "{} is '{other}', neither GY nor RELATIVE: what the values mean is not known",
                    describe(tags::DOSE_UNITS)
                ),
            });
        }
    };
    let scaling = required(object.float(tags::DOSE_GRID_SCALING)?, tags::DOSE_GRID_SCALING)?;
    if scaling <= 0.0 {
        return Err(DoseError::Impossible {
            what: format!("{} is {scaling}, not positive", describe(tags::DOSE_GRID_SCALING)),
        });
    }
    let frames = decode_frames(file)?;
    let format = &frames.format;
    let o = required(object.floats_n::<6>(tags::IMAGE_ORIENTATION_PATIENT)?, tags::IMAGE_ORIENTATION_PATIENT)?;
    let (row, column) = axes(o, "the dose")?;
    let stack = stack(object, format.frames, cross(row, column), &mut warnings)?;
    let grid = grid(object, [format.columns, format.rows, format.frames], [row, column], &stack)?;
    let order: Vec<usize> =
        if stack.falling { (0..format.frames).rev().collect() } else { (0..format.frames).collect() };
    let mut voxels = Vec::with_capacity(grid.len());
    for frame in order {
        voxels.extend(frames.frame(frame).into_iter().map(|stored| (stored * scaling) as f32));
    }
    if voxels.len() != grid.len() {
        return Err(DoseError::Impossible {
            what: format!("the pixels fill {} of {} voxels", voxels.len(), grid.len()),
        });
    }
    let references = |tag: Tag| -> Vec<String> {
        let items = object.items(tag).unwrap_or_default();
        items.iter().filter_map(|i| i.uid(tags::REFERENCED_SOP_INSTANCE_UID).ok().flatten()).collect()
    };
    let software =
        [text(tags::MANUFACTURER_MODEL_NAME), object.strings(tags::SOFTWARE_VERSIONS).unwrap_or_default().join(" ")];
    Ok(RtDose {
        sop_instance_uid: file.sop_instance().unwrap_or_default(),
        series_uid: uid(tags::SERIES_INSTANCE_UID),
        study_uid: uid(tags::STUDY_INSTANCE_UID),
        frame_of_reference: uid(tags::FRAME_OF_REFERENCE_UID),
        volume: Volume { grid, voxels: Voxels::F32(voxels), unit },
        kind: text(tags::DOSE_TYPE),
        summation: text(tags::DOSE_SUMMATION_TYPE),
        comment: text(tags::DOSE_COMMENT),
        heterogeneity: object.strings(tags::TISSUE_HETEROGENEITY_CORRECTION).unwrap_or_default(),
        scaling,
        plans: references(tags::REFERENCED_RT_PLAN_SEQUENCE),
        structure_sets: references(tags::REFERENCED_STRUCTURE_SET_SEQUENCE),
        manufacturer: text(tags::MANUFACTURER),
        software: software.join(" ").trim().to_owned(),
        warnings,
    })
}

/// How the planes are stacked.
struct Stack {
    /// distance of the planes, mm, positive
    spacing: f64,
    /// the first plane is the highest along the normal
    falling: bool,
}

/// Reads Grid Frame Offset Vector (PS3.3 C.8.8.3.2): offsets from the first plane along the normal, or z coordinates when the first
/// of them is the z of Image Position and the planes are transverse.
fn stack(
    object: &InMemDicomObject,
    frames: usize,
    normal: Point,
    warnings: &mut Vec<String>,
) -> Result<Stack, DoseError> {
    let offsets = object.floats(tags::GRID_FRAME_OFFSET_VECTOR)?.unwrap_or_default();
    if frames == 1 {
        let thickness = object.float(tags::SLICE_THICKNESS).ok().flatten().filter(|t| *t > 0.0).unwrap_or(1.0);
        warnings.push(format!("a single dose plane has no plane distance; {thickness} mm is assumed"));
        return Ok(Stack { spacing: thickness, falling: false });
    }
    let impossible = |what: String| DoseError::Impossible { what };
    if offsets.len() != frames {
        return Err(impossible(format!(
            "{} has {} values for {frames} planes",
            describe(tags::GRID_FRAME_OFFSET_VECTOR),
            offsets.len()
        )));
    }
    let (first, last) = (offsets.first().copied().unwrap_or_default(), offsets.last().copied().unwrap_or_default());
    let mean = (last - first) / (frames - 1) as f64;
    if mean.abs() < 1e-6 {
        return Err(impossible(format!(
            "{} does not move from plane to plane",
            describe(tags::GRID_FRAME_OFFSET_VECTOR)
        )));
    }
    let heights: Vec<f64> = offsets.iter().map(|o| (o - first) * mean.signum()).collect();
    let names: Vec<String> = (1..=frames).map(|n| format!("plane {n}")).collect();
    even_spacing(&heights, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let z = object.floats_n::<3>(tags::IMAGE_POSITION_PATIENT)?.map_or(0.0, |p| p[2]);
    let transverse = normal[2].abs() > 0.999_999;
    let absolute = first.abs() > 1e-3 && transverse && (first - z).abs() < 0.01;
    if first.abs() > 1e-3 && !absolute {
        warnings.push(format!(
            "{} begins with {first} mm, neither 0 nor the z of the first plane ({z} mm): the planes are counted from the first",
            describe(tags::GRID_FRAME_OFFSET_VECTOR)
        ));
    }
    // z coordinates rise along the normal only where that points to the head.
    let along_normal = if absolute && normal[2] < 0.0 { -mean } else { mean };
    Ok(Stack { spacing: mean.abs(), falling: along_normal < 0.0 })
}

fn grid(
    object: &InMemDicomObject,
    size: [usize; 3],
    [row, column]: [Point; 2],
    stack: &Stack,
) -> Result<Grid, DoseError> {
    let position = required(object.floats_n::<3>(tags::IMAGE_POSITION_PATIENT)?, tags::IMAGE_POSITION_PATIENT)?;
    let [between_rows, between_columns] = required(object.floats_n::<2>(tags::PIXEL_SPACING)?, tags::PIXEL_SPACING)?;
    if !(between_rows > 0.0 && between_columns > 0.0) {
        return Err(DoseError::Impossible {
            what: format!("{} is {between_rows}\\{between_columns}, not positive", describe(tags::PIXEL_SPACING)),
        });
    }
    let normal = cross(row, column);
    let below = if stack.falling { size[2].saturating_sub(1) as f64 * stack.spacing } else { 0.0 };
    let origin = std::array::from_fn(|c| position[c] - below * normal[c]);
    Ok(Grid { size, origin, spacing: [between_columns, between_rows, stack.spacing], axes: [row, column, normal] })
}
