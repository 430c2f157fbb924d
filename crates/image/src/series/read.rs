//! A DICOM image to planes: classic single-slice images and enhanced multi-frame images.

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use jiff::civil::DateTime;

use super::GeometryError;
use super::plane::{Placement, Plane, Values, cross, dot, length};
use crate::Unit;
use crate::dicom::{Attributes, DicomFile, Frames, decode_frames, describe};
use crate::study::dates;

/// What an image file says of the series it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header {
    pub(crate) uid: String,
    pub(crate) study_uid: String,
    pub(crate) modality: String,
    pub(crate) sop_class_uid: String,
    pub(crate) description: String,
    pub(crate) number: Option<i64>,
    pub(crate) frame_of_reference: String,
    pub(crate) acquired: Option<DateTime>,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) kernel: String,
    pub(crate) kvp: Option<f64>,
    pub(crate) slice_thickness_mm: Option<f64>,
    /// Images in Acquisition, where stated
    pub(crate) images: Option<i64>,
    /// Image Type names a localiser
    pub(crate) localiser: bool,
    pub(crate) unit: Unit,
    pub(crate) padding: Option<f32>,
}

/// An image file: its series, and its planes or why there are none.
#[derive(Debug, Clone)]
pub(crate) struct ImageFile {
    pub(crate) header: Header,
    pub(crate) planes: Result<Vec<Plane>, GeometryError>,
    /// what looks odd; the same for many files of a series, so told once
    pub(crate) warnings: Vec<String>,
}

/// Modality LUT: stored value to physical value.
struct Rescale {
    slope: f64,
    intercept: f64,
}

/// Reads an image. `name` names the file in messages.
pub(crate) fn read_image(file: &DicomFile, name: &str) -> ImageFile {
    let mut warnings = Vec::new();
    let mut header = header(file);
    let planes = planes(file, name, &mut header, &mut warnings);
    ImageFile { header, planes, warnings }
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object.string(tag).ok().flatten().unwrap_or_default()
}

fn header(file: &DicomFile) -> Header {
    let object = &file.object;
    let uid = |tag| object.uid(tag).ok().flatten().unwrap_or_default();
    let acquired = object
        .string(tags::ACQUISITION_DATE_TIME)
        .ok()
        .flatten()
        .and_then(|t| dates::parse_date_time(&t))
        .or_else(|| dates::date_time(object, tags::ACQUISITION_DATE, tags::ACQUISITION_TIME))
        .or_else(|| dates::date_time(object, tags::CONTENT_DATE, tags::CONTENT_TIME))
        .or_else(|| dates::date_time(object, tags::SERIES_DATE, tags::SERIES_TIME))
        .or_else(|| dates::date_time(object, tags::STUDY_DATE, tags::STUDY_TIME));
    Header {
        uid: uid(tags::SERIES_INSTANCE_UID),
        study_uid: uid(tags::STUDY_INSTANCE_UID),
        modality: text(object, tags::MODALITY).to_uppercase(),
        sop_class_uid: file.sop_class().unwrap_or_default(),
        description: text(object, tags::SERIES_DESCRIPTION),
        number: object.int(tags::SERIES_NUMBER).ok().flatten(),
        frame_of_reference: uid(tags::FRAME_OF_REFERENCE_UID),
        acquired,
        manufacturer: text(object, tags::MANUFACTURER),
        model: text(object, tags::MANUFACTURER_MODEL_NAME),
        kernel: text(object, tags::CONVOLUTION_KERNEL),
        kvp: object.float(tags::KVP).ok().flatten(),
        slice_thickness_mm: object.float(tags::SLICE_THICKNESS).ok().flatten().filter(|t| *t > 0.0),
        images: object.int(tags::IMAGES_IN_ACQUISITION).ok().flatten(),
        localiser: object.strings(tags::IMAGE_TYPE).unwrap_or_default().iter().any(|t| t == "LOCALIZER"),
        unit: Unit::Unknown,
        padding: None,
    }
}

/// SOP classes whose values are Hounsfield units unless they say otherwise.
pub(crate) fn is_ct_class(sop_class: &str) -> bool {
    [uids::CT_IMAGE_STORAGE, uids::ENHANCED_CT_IMAGE_STORAGE, uids::LEGACY_CONVERTED_ENHANCED_CT_IMAGE_STORAGE]
        .contains(&sop_class)
}

fn planes(
    file: &DicomFile,
    name: &str,
    header: &mut Header,
    warnings: &mut Vec<String>,
) -> Result<Vec<Plane>, GeometryError> {
    let object = &file.object;
    let pixels = |reason: String| GeometryError::Pixels { file: name.to_owned(), reason };
    let frames = decode_frames(file).map_err(|e| pixels(e.to_string()))?;
    if frames.format.samples != 1 {
        return Err(pixels(format!("a colour image ({}) is no volume", frames.format.photometric)));
    }
    if frames.format.photometric == "MONOCHROME1" {
        warnings
            .push("(0028,0004) PhotometricInterpretation is MONOCHROME1: shown inverted, used as stored".to_owned());
    }
    let shared = object.items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).unwrap_or_default().first();
    let per_frame = object.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).unwrap_or_default();
    let count = frames.format.frames;
    if count > 1 && per_frame.len() != count {
        return Err(GeometryError::Impossible {
            file: name.to_owned(),
            reason: format!(
                "{count} frames, but (5200,9230) PerFrameFunctionalGroupsSequence places {}: they cannot be stacked",
                per_frame.len()
            ),
        });
    }
    let size = [frames.format.columns, frames.format.rows];
    let sop_instance_uid = file.sop_instance().unwrap_or_default();
    let instance = object.int(tags::INSTANCE_NUMBER).ok().flatten();
    let acquisition = object.int(tags::ACQUISITION_NUMBER).ok().flatten();
    let mut planes = Vec::with_capacity(count);
    for index in 0..count {
        let own = per_frame.get(index);
        let groups = Groups { object, own, shared };
        let plane_name = if count > 1 { format!("{name} frame {}", index + 1) } else { name.to_owned() };
        let placement = placement(&groups, size, &plane_name)?;
        let rescale = rescale(&groups, header, &plane_name, warnings)?;
        let range = index * frames.frame_len()..(index + 1) * frames.frame_len();
        planes.push(Plane {
            sop_instance_uid: sop_instance_uid.clone(),
            frame_of_reference: header.frame_of_reference.clone(),
            acquisition,
            instance: if count > 1 { None } else { instance },
            placement,
            values: values(&frames, range, &rescale),
            name: plane_name,
        });
    }
    Ok(planes)
}

/// Where an attribute of a frame can stand: in the frame's own functional groups, in the shared ones, or in the data set.
struct Groups<'a> {
    object: &'a InMemDicomObject,
    own: Option<&'a InMemDicomObject>,
    shared: Option<&'a InMemDicomObject>,
}

impl<'a> Groups<'a> {
    /// The item that holds `tag`, looked for in functional group `group` first.
    fn holder(&self, group: Tag, tag: Tag) -> &'a InMemDicomObject {
        [self.own, self.shared]
            .into_iter()
            .flatten()
            .filter_map(|groups| groups.items(group).unwrap_or_default().first())
            .find(|item| item.get(tag).is_some())
            .unwrap_or(self.object)
    }

    fn floats<const N: usize>(&self, group: Tag, tag: Tag, file: &str) -> Result<[f64; N], GeometryError> {
        match self.holder(group, tag).floats_n::<N>(tag) {
            Ok(Some(values)) => Ok(values),
            Ok(None) => Err(GeometryError::Missing { file: file.to_owned(), attribute: describe(tag) }),
            Err(e) => Err(GeometryError::Impossible { file: file.to_owned(), reason: e.to_string() }),
        }
    }
}

fn placement(groups: &Groups<'_>, size: [usize; 2], file: &str) -> Result<Placement, GeometryError> {
    let position = groups.floats::<3>(tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT, file)?;
    let o = groups.floats::<6>(tags::PLANE_ORIENTATION_SEQUENCE, tags::IMAGE_ORIENTATION_PATIENT, file)?;
    // PS3.3 C.7.6.2: the first value is the distance of the rows, the second that of the columns.
    let [between_rows, between_columns] =
        groups.floats::<2>(tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING, file)?;
    let impossible = |reason: String| GeometryError::Impossible { file: file.to_owned(), reason };
    if !(between_rows > 0.0 && between_columns > 0.0) {
        return Err(impossible(format!(
            "{} is {between_rows}\\{between_columns}; a distance of pixels is positive",
            describe(tags::PIXEL_SPACING)
        )));
    }
    let (row_axis, column_axis) = axes(o, file)?;
    Ok(Placement { position, row_axis, column_axis, spacing: [between_columns, between_rows], size })
}

/// Row and column directions, exactly orthonormal, from cosines as written.
pub(crate) fn axes(o: [f64; 6], file: &str) -> Result<([f64; 3], [f64; 3]), GeometryError> {
    let (row, column) = ([o[0], o[1], o[2]], [o[3], o[4], o[5]]);
    for v in [row, column] {
        if (length(v) - 1.0).abs() > 1e-2 {
            return Err(GeometryError::Impossible {
                file: file.to_owned(),
                reason: format!(
                    "{} holds the direction {v:?}, whose length is {:.4} instead of 1",
                    describe(tags::IMAGE_ORIENTATION_PATIENT),
                    length(v)
                ),
            });
        }
    }
    let unit = |v: [f64; 3]| v.map(|c| c / length(v));
    let (row, column) = (unit(row), unit(column));
    let skew = dot(row, column);
    if skew.abs() > 1e-3 {
        return Err(GeometryError::SkewedAxes { file: file.to_owned(), degrees: 90.0 - skew.acos().to_degrees() });
    }
    let column = unit([column[0] - skew * row[0], column[1] - skew * row[1], column[2] - skew * row[2]]);
    debug_assert!((length(cross(row, column)) - 1.0).abs() < 1e-9);
    Ok((row, column))
}

/// Reads the rescale and, with it, what the values mean.
fn rescale(
    groups: &Groups<'_>,
    header: &mut Header,
    file: &str,
    warnings: &mut Vec<String>,
) -> Result<Rescale, GeometryError> {
    let holder = groups.holder(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, tags::RESCALE_SLOPE);
    let impossible = |reason: String| GeometryError::Impossible { file: file.to_owned(), reason };
    let number = |tag| holder.float(tag).map_err(|e| impossible(e.to_string()));
    let (slope, intercept) = (number(tags::RESCALE_SLOPE)?, number(tags::RESCALE_INTERCEPT)?);
    let kind = text(holder, tags::RESCALE_TYPE).to_uppercase();
    let ct = header.modality == "CT";
    header.unit = match (slope, intercept) {
        (Some(_), Some(_)) if ct && is_ct_class(&header.sop_class_uid) && matches!(kind.as_str(), "" | "HU") => {
            Unit::Hounsfield
        }
        _ => Unit::Unknown,
    };
    if ct && header.unit == Unit::Unknown {
        let why = if slope.is_none() || intercept.is_none() {
            "(0028,1052) RescaleIntercept or (0028,1053) RescaleSlope is missing: the stored values are used as they are and may not be Hounsfield units".to_owned()
        } else if is_ct_class(&header.sop_class_uid) {
            format!("(0028,1054) RescaleType is '{kind}', not HU: the values may not be Hounsfield units")
        } else {
            format!(
                "says Modality CT but is not stored as a CT image (SOP class {}): the values may not be Hounsfield units",
                header.sop_class_uid
            )
        };
        warnings.push(why);
    }
    let slope = slope.unwrap_or(1.0);
    if slope == 0.0 {
        return Err(impossible(format!("{} is 0, which leaves no image", describe(tags::RESCALE_SLOPE))));
    }
    let rescale = Rescale { slope, intercept: intercept.unwrap_or(0.0) };
    // The padding value is stored as US or SS whatever the pixels are; both readings of the bits mean the same.
    header.padding = match groups.object.int(tags::PIXEL_PADDING_VALUE) {
        Ok(Some(v)) => {
            let signed = groups.object.int(tags::PIXEL_REPRESENTATION).ok().flatten() == Some(1);
            let v = if signed && v > i64::from(i16::MAX) {
                v - 65536
            } else if !signed && v < 0 {
                v + 65536
            } else {
                v
            };
            Some((v as f64 * rescale.slope + rescale.intercept) as f32)
        }
        _ => None,
    };
    Ok(rescale)
}

/// Rescaled values: i16 where all are whole numbers that fit.
fn values(frames: &Frames, range: std::ops::Range<usize>, rescale: &Rescale) -> Values {
    let stored = frames.samples.to_f64(range);
    let fits = |v: f64| v >= f64::from(i16::MIN) && v <= f64::from(i16::MAX);
    if rescale.slope == 1.0
        && rescale.intercept.fract() == 0.0
        && stored.iter().all(|&v| v.fract() == 0.0 && fits(v + rescale.intercept))
    {
        return Values::I16(stored.iter().map(|&v| (v + rescale.intercept) as i16).collect());
    }
    Values::F32(stored.iter().map(|&v| (v * rescale.slope + rescale.intercept) as f32).collect())
}
