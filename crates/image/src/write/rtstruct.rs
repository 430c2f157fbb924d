//! RTSTRUCT.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::common::{begin, check, check_uid, reference, series_uid};
use super::dataset::Dataset;
use super::{Context, WriteError, Written};
use crate::{ContourKind, Structure};

/// The images that structures are drawn on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawnOn {
    /// Series Instance UID
    pub series_uid: String,
    /// SOP Class UID of the images
    pub sop_class_uid: String,
    /// SOP Instance UIDs of the images
    pub images: Vec<String>,
}

/// What a structure set says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StructureSetDescription {
    /// Structure Set Label (16 characters are kept)
    pub label: String,
    /// Structure Set Name; may be empty
    pub name: String,
    /// the images, where there are any
    pub images: Option<DrawnOn>,
}

/// Encodes structures as RTSTRUCT. Contour points keep their order; coordinates are decimal strings of 16 characters, exact to
/// better than 1e-9 mm within a metre of the origin.
///
/// # Errors
/// When two structures share a number, a contour has no or non-finite points, or a UID is none.
pub fn rtstruct(
    structures: &[Structure],
    description: &StructureSetDescription,
    context: &Context,
) -> Result<Written, WriteError> {
    check(context)?;
    for (i, s) in structures.iter().enumerate() {
        if structures.iter().take(i).any(|other| other.number == s.number) {
            return Err(WriteError::Invalid {
                what: format!("structure '{}'", s.name),
                reason: format!("its number {} is already taken; number the structures 1, 2, 3…", s.number),
            });
        }
    }
    let series = series_uid(context, "RTSTRUCT", &[]);
    let mut d = begin(context, "RTSTRUCT", &series);
    d.text(tags::STRUCTURE_SET_LABEL, VR::SH, &description.label);
    d.optional_text(tags::STRUCTURE_SET_NAME, VR::LO, &description.name);
    d.date_time(tags::STRUCTURE_SET_DATE, tags::STRUCTURE_SET_TIME, Some(context.created));
    d.sequence(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, vec![frame(description.images.as_ref(), context)?]);

    let (mut rois, mut contours, mut observations) = (Vec::new(), Vec::new(), Vec::new());
    for (structure, number) in structures.iter().zip(1_i64..) {
        let mut roi = Dataset::default();
        roi.is(tags::ROI_NUMBER, &[i64::from(structure.number)]);
        roi.verbatim(tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, &context.frame_of_reference);
        roi.text(tags::ROI_NAME, VR::LO, &structure.name);
        roi.empty(tags::ROI_GENERATION_ALGORITHM, VR::CS);
        rois.push(roi);
        contours.push(roi_contour(structure, description.images.as_ref())?);
        let mut seen = Dataset::default();
        seen.is(tags::OBSERVATION_NUMBER, &[number]);
        seen.is(tags::REFERENCED_ROI_NUMBER, &[i64::from(structure.number)]);
        seen.verbatim(tags::RTROI_INTERPRETED_TYPE, VR::CS, &structure.kind);
        seen.empty(tags::ROI_INTERPRETER, VR::PN);
        observations.push(seen);
    }
    d.sequence(tags::STRUCTURE_SET_ROI_SEQUENCE, rois);
    d.sequence(tags::ROI_CONTOUR_SEQUENCE, contours);
    d.sequence(tags::RTROI_OBSERVATIONS_SEQUENCE, observations);
    d.verbatim(tags::APPROVAL_STATUS, VR::CS, "UNAPPROVED");
    d.finish("RTSTRUCT", uids::RT_STRUCTURE_SET_STORAGE, series)
}

/// The frame of reference, and through it the images.
fn frame(images: Option<&DrawnOn>, context: &Context) -> Result<Dataset, WriteError> {
    let mut frame = Dataset::default();
    frame.verbatim(tags::FRAME_OF_REFERENCE_UID, VR::UI, &context.frame_of_reference);
    if let Some(images) = images.filter(|i| !i.images.is_empty()) {
        check_uid("the image series' UID", &images.series_uid)?;
        let mut series = Dataset::default();
        series.verbatim(tags::SERIES_INSTANCE_UID, VR::UI, &images.series_uid);
        let items = images.images.iter().map(|uid| reference(&images.sop_class_uid, uid)).collect();
        series.sequence(tags::CONTOUR_IMAGE_SEQUENCE, items);
        // The class of the (retired) study component is what readers expect in this place.
        let mut study = reference("1.2.840.10008.3.1.2.3.1", &context.study.uid);
        study.sequence(tags::RT_REFERENCED_SERIES_SEQUENCE, vec![series]);
        frame.sequence(tags::RT_REFERENCED_STUDY_SEQUENCE, vec![study]);
    }
    Ok(frame)
}

fn roi_contour(structure: &Structure, images: Option<&DrawnOn>) -> Result<Dataset, WriteError> {
    let mut d = Dataset::default();
    if let Some(colour) = structure.colour {
        d.is(tags::ROI_DISPLAY_COLOR, &colour.map(i64::from));
    }
    let mut items = Vec::with_capacity(structure.contours.len());
    for (at, contour) in structure.contours.iter().enumerate() {
        if contour.points.is_empty() || !contour.points.iter().flatten().all(|c| c.is_finite()) {
            return Err(WriteError::Invalid {
                what: format!("contour {} of structure '{}'", at + 1, structure.name),
                reason: "it has no points, or points that are not finite; remove it or draw it again".to_owned(),
            });
        }
        let mut item = Dataset::default();
        if let (Some(image), Some(drawn_on)) = (&contour.image, images) {
            item.sequence(tags::CONTOUR_IMAGE_SEQUENCE, vec![reference(&drawn_on.sop_class_uid, image)]);
        }
        let kind = match contour.kind {
            ContourKind::ClosedPlanar => "CLOSED_PLANAR",
            ContourKind::OpenPlanar => "OPEN_PLANAR",
            ContourKind::OpenNonplanar => "OPEN_NONPLANAR",
            ContourKind::Point => "POINT",
        };
        item.verbatim(tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, kind);
        item.is(tags::NUMBER_OF_CONTOUR_POINTS, &[contour.points.len() as i64]);
        item.ds(tags::CONTOUR_DATA, contour.points.as_flattened());
        items.push(item);
    }
    // Contour Sequence may be absent, but not empty.
    if !items.is_empty() {
        d.sequence(tags::CONTOUR_SEQUENCE, items);
    }
    d.is(tags::REFERENCED_ROI_NUMBER, &[i64::from(structure.number)]);
    Ok(d)
}
