//! Reading RTSTRUCT.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::StructureSet;
use crate::dicom::{Attributes, DicomError, DicomFile, same_uid};
use crate::study::dates;
use crate::{Contour, ContourKind, Structure};

/// Reads a structure set.
///
/// A structure of which a contour cannot be read is left out whole and named in [`StructureSet::left_out`]: with a contour less
/// it would be another organ.
///
/// # Errors
/// When a sequence that holds everything else is not a sequence.
pub fn read(file: &DicomFile) -> Result<StructureSet, DicomError> {
    let object = &file.object;
    let text = |tag: Tag| object.string(tag).ok().flatten().unwrap_or_default();
    let uid = |tag: Tag| object.uid(tag).ok().flatten().unwrap_or_default();
    let mut set = StructureSet {
        sop_instance_uid: file.sop_instance().unwrap_or_default(),
        series_uid: uid(tags::SERIES_INSTANCE_UID),
        study_uid: uid(tags::STUDY_INSTANCE_UID),
        label: text(tags::STRUCTURE_SET_LABEL),
        name: text(tags::STRUCTURE_SET_NAME),
        date_time: dates::date_time(object, tags::STRUCTURE_SET_DATE, tags::STRUCTURE_SET_TIME),
        frame_of_reference: uid(tags::FRAME_OF_REFERENCE_UID),
        approval: text(tags::APPROVAL_STATUS),
        ..StructureSet::default()
    };
    references(object, &mut set)?;
    let kinds = interpreted_types(object)?;
    let contours = object.items(tags::ROI_CONTOUR_SEQUENCE)?;
    let mut numbers = Vec::new();
    for roi in object.items(tags::STRUCTURE_SET_ROI_SEQUENCE)? {
        let name = roi.string(tags::ROI_NAME).ok().flatten().unwrap_or_default();
        let Some(number) = roi.int(tags::ROI_NUMBER).ok().flatten().and_then(|n| i32::try_from(n).ok()) else {
            set.left_out.push(format!(
                "structure '{name}': (3006,0022) ROINumber is missing or not a number, so its contours cannot be found"
            ));
            continue;
        };
        if numbers.contains(&number) {
            set.left_out.push(format!(
                "structure '{name}': (3006,0022) ROINumber {number} is used twice, so its contours cannot be told apart"
            ));
            continue;
        }
        numbers.push(number);
        let mut structure = Structure {
            number,
            name,
            kind: kinds.get(&number).cloned().unwrap_or_default(),
            colour: None,
            frame_of_reference: roi.uid(tags::REFERENCED_FRAME_OF_REFERENCE_UID).ok().flatten().unwrap_or_default(),
            contours: Vec::new(),
        };
        let mut failed = None;
        for item in contours {
            if item.int(tags::REFERENCED_ROI_NUMBER).ok().flatten() == Some(i64::from(number)) {
                structure.colour = structure.colour.or_else(|| colour(item));
                match read_contours(item, &structure.name, &mut set.warnings) {
                    Ok(mut of_item) => structure.contours.append(&mut of_item),
                    Err(why) => failed = failed.or(Some(why)),
                }
            }
        }
        match failed {
            Some(why) => set.left_out.push(format!("structure '{}': {why}", structure.name)),
            None => set.structures.push(structure),
        }
    }
    if set.structures.is_empty() && set.left_out.is_empty() {
        set.warnings
            .push("(3006,0020) StructureSetROISequence is empty: the structure set has no structures".to_owned());
    }
    settle_frame_of_reference(&mut set);
    Ok(set)
}

/// Which images and which frame of reference the set refers to.
fn references(object: &InMemDicomObject, set: &mut StructureSet) -> Result<(), DicomError> {
    for frame in object.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)? {
        if set.frame_of_reference.is_empty() {
            set.frame_of_reference = frame.uid(tags::FRAME_OF_REFERENCE_UID)?.unwrap_or_default();
        }
        for study in frame.items(tags::RT_REFERENCED_STUDY_SEQUENCE)? {
            for series in study.items(tags::RT_REFERENCED_SERIES_SEQUENCE)? {
                if set.referenced_series.is_none() {
                    set.referenced_series = series.uid(tags::SERIES_INSTANCE_UID)?;
                }
                for image in series.items(tags::CONTOUR_IMAGE_SEQUENCE)? {
                    set.referenced_images.extend(image.uid(tags::REFERENCED_SOP_INSTANCE_UID)?);
                }
            }
        }
    }
    Ok(())
}

/// RT ROI Interpreted Type by ROI number.
fn interpreted_types(object: &InMemDicomObject) -> Result<BTreeMap<i32, String>, DicomError> {
    let mut kinds = BTreeMap::new();
    for item in object.items(tags::RTROI_OBSERVATIONS_SEQUENCE)? {
        let number = item.int(tags::REFERENCED_ROI_NUMBER).ok().flatten().and_then(|n| i32::try_from(n).ok());
        let kind = item.string(tags::RTROI_INTERPRETED_TYPE).ok().flatten();
        if let (Some(number), Some(kind)) = (number, kind) {
            kinds.insert(number, kind.to_uppercase());
        }
    }
    Ok(kinds)
}

fn colour(item: &InMemDicomObject) -> Option<[u8; 3]> {
    let values = item.ints(tags::ROI_DISPLAY_COLOR).ok().flatten()?;
    let [r, g, b] = values.as_slice() else { return None };
    Some([*r, *g, *b].map(|c| c.clamp(0, 255) as u8))
}

fn read_contours(item: &InMemDicomObject, name: &str, warnings: &mut Vec<String>) -> Result<Vec<Contour>, String> {
    let mut contours = Vec::new();
    let items = item.items(tags::CONTOUR_SEQUENCE).map_err(|e| e.to_string())?;
    for (at, contour) in items.iter().enumerate() {
        let place = format!("contour {} of {}", at + 1, items.len());
        let data = contour.floats(tags::CONTOUR_DATA).map_err(|e| format!("{place}: {e}"))?.unwrap_or_default();
        let (points, rest) = data.as_chunks::<3>();
        if !rest.is_empty() {
            return Err(format!(
                "{place}: (3006,0050) ContourData has {} numbers, which are no whole points",
                data.len()
            ));
        }
        if points.is_empty() {
            warnings.push(format!("structure '{name}': {place} has no points and was ignored"));
            continue;
        }
        let stated = contour.int(tags::NUMBER_OF_CONTOUR_POINTS).ok().flatten();
        if stated.is_some_and(|n| n != points.len() as i64) {
            warnings.push(format!(
                "structure '{name}': {place} says {} points ((3006,0046) NumberOfContourPoints) but has {}; the points are used",
                stated.unwrap_or_default(),
                points.len()
            ));
        }
        let kind = match contour.string(tags::CONTOUR_GEOMETRIC_TYPE).ok().flatten().as_deref() {
            Some("CLOSED_PLANAR") => ContourKind::ClosedPlanar,
            Some("CLOSEDPLANAR_XOR") => {
                // Combined with the others of its plane by exclusive or: what even-odd filling does.
                ContourKind::ClosedPlanar
            }
            Some("OPEN_PLANAR") => ContourKind::OpenPlanar,
            Some("OPEN_NONPLANAR") => ContourKind::OpenNonplanar,
            Some("POINT") => ContourKind::Point,
            other => {
                let kind = if points.len() > 2 { ContourKind::ClosedPlanar } else { ContourKind::Point };
                warnings.push(format!(
                    "structure '{name}': {place} has (3006,0042) ContourGeometricType '{}'; it is taken for {kind:?}",
                    other.unwrap_or_default()
                ));
                kind
            }
        };
        let image = contour
            .items(tags::CONTOUR_IMAGE_SEQUENCE)
            .ok()
            .and_then(|i| i.first())
            .and_then(|i| i.uid(tags::REFERENCED_SOP_INSTANCE_UID).ok().flatten());
        contours.push(Contour { kind, points: points.to_vec(), image });
    }
    Ok(contours)
}

/// Fills in what structures leave out, and says when they disagree.
fn settle_frame_of_reference(set: &mut StructureSet) {
    if set.frame_of_reference.is_empty() {
        let stated = set.structures.iter().map(|s| &s.frame_of_reference).find(|uid| !uid.is_empty());
        set.frame_of_reference = stated.cloned().unwrap_or_default();
    }
    if set.frame_of_reference.is_empty() {
        set.warnings
            .push("no frame of reference is stated: whether the contours fit an image cannot be known".to_owned());
    }
    for structure in &mut set.structures {
        if structure.frame_of_reference.is_empty() {
            structure.frame_of_reference.clone_from(&set.frame_of_reference);
        } else if !same_uid(&structure.frame_of_reference, &set.frame_of_reference) {
            set.warnings.push(format!(
                "structure '{}' is drawn in frame of reference {}, the others in {}",
                structure.name, structure.frame_of_reference, set.frame_of_reference
            ));
        }
    }
}
