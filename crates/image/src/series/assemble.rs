//! The planes of a series to one volume, or to several where the files themselves say that there are several.

use super::plane::{Plane, Values};
use super::read::{Header, ImageFile, is_ct_class};
use super::stack::{self, SAME_MM};
use super::{GeometryError, ImageSeries};
use crate::{Volume, Voxels};

/// Makes volumes of the files of one series (all with the same Series Instance UID), in any order.
pub(crate) fn assemble(files: Vec<ImageFile>) -> Vec<ImageSeries> {
    let mut warnings: Vec<String> = Vec::new();
    let (mut localisers, files): (Vec<ImageFile>, Vec<ImageFile>) = files.into_iter().partition(|f| f.header.localiser);
    let files = if files.is_empty() {
        // nothing but localisers: then they are the series
        std::mem::take(&mut localisers)
    } else {
        files
    };
    if !localisers.is_empty() {
        warnings.push(format!("{} localiser image(s) of the series were set aside", localisers.len()));
    }
    let Some(header) = files.first().map(|f| f.header.clone()) else { return Vec::new() };
    warnings.extend(told_once(&files));
    let total = files.len();
    let mut planes = Vec::new();
    let mut failed = None;
    for file in files {
        match file.planes {
            Ok(mut of_file) => planes.append(&mut of_file),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // A series of which a file cannot be used would be half a series: none of it is used.
    if let Some(error) = failed {
        let slices = planes.into_iter().map(|p| p.sop_instance_uid).collect();
        return vec![series(&header, 0, Err(error), slices, warnings)];
    }
    let mut parts = split(planes);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    if parts.len() > 1 {
        let sizes: Vec<String> = parts.iter().map(|p| p.len().to_string()).collect();
        warnings.push(format!(
            "the series mixes {} stacks of different orientation, size or frame of reference ({} images): each is a volume of its own",
            parts.len(),
            sizes.join(" + ")
        ));
    }
    let mut out = Vec::new();
    for part in parts {
        for (volume, slices, mut own) in build(part, &header) {
            let index = out.len();
            let mut all = warnings.clone();
            all.append(&mut own);
            if index == 0 && header.images.is_some_and(|n| n > total as i64) {
                all.push(format!(
                    "(0020,1002) ImagesInAcquisition says {} images, {total} are here: the series may not be complete",
                    header.images.unwrap_or_default()
                ));
            }
            out.push(series(&header, index, volume, slices, all));
        }
    }
    out
}

/// Warnings of the files, each once with the number of files it concerns.
fn told_once(files: &[ImageFile]) -> Vec<String> {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for file in files {
        let mut of_file: Vec<&str> = file.warnings.iter().map(String::as_str).collect();
        of_file.dedup();
        for warning in of_file {
            match seen.iter_mut().find(|(known, _)| *known == warning) {
                Some((_, n)) => *n += 1,
                None => seen.push((warning, 1)),
            }
        }
    }
    seen.into_iter()
        .map(|(warning, n)| if n > 1 { format!("{warning} ({n} images)") } else { warning.to_owned() })
        .collect()
}

fn series(
    header: &Header,
    part: usize,
    volume: Result<Volume, GeometryError>,
    slices: Vec<String>,
    warnings: Vec<String>,
) -> ImageSeries {
    let h = header.clone();
    ImageSeries {
        uid: h.uid,
        part,
        modality: h.modality,
        description: h.description,
        number: h.number,
        frame_of_reference: h.frame_of_reference,
        study_uid: h.study_uid,
        sop_class_uid: h.sop_class_uid,
        acquired: h.acquired,
        manufacturer: h.manufacturer,
        model: h.model,
        kernel: h.kernel,
        kvp: h.kvp,
        slice_thickness_mm: h.slice_thickness_mm,
        padding: h.padding,
        volume,
        slices,
        warnings,
    }
}

/// Planes that can be stacked, together.
fn split(planes: Vec<Plane>) -> Vec<Vec<Plane>> {
    let mut parts: Vec<Vec<Plane>> = Vec::new();
    for plane in planes {
        let fits = |part: &&mut Vec<Plane>| {
            part.first().is_some_and(|first| {
                first.placement.stacks_with(&plane.placement) && first.frame_of_reference == plane.frame_of_reference
            })
        };
        match parts.iter_mut().find(fits) {
            Some(part) => part.push(plane),
            None => parts.push(vec![plane]),
        }
    }
    parts
}

type Built = (Result<Volume, GeometryError>, Vec<String>, Vec<String>);

/// A stack to a volume; to several volumes when it is not one but its acquisitions are.
fn build(planes: Vec<Plane>, header: &Header) -> Vec<Built> {
    let acquisitions: std::collections::BTreeSet<Option<i64>> = planes.iter().map(|p| p.acquisition).collect();
    if acquisitions.len() < 2 || acquisitions.contains(&None) {
        return vec![one(planes, header)];
    }
    let whole = one(planes.clone(), header);
    if whole.0.is_ok() {
        return vec![whole];
    }
    let mut apart: Vec<Built> = acquisitions
        .iter()
        .map(|number| one(planes.iter().filter(|p| p.acquisition == *number).cloned().collect(), header))
        .collect();
    if apart.iter().any(|(volume, ..)| volume.is_err()) {
        return vec![whole];
    }
    apart.sort_by_key(|(_, slices, _)| std::cmp::Reverse(slices.len()));
    let sizes: Vec<String> = apart.iter().map(|(_, slices, _)| slices.len().to_string()).collect();
    for (_, _, warnings) in &mut apart {
        warnings.push(format!(
            "the series holds {} acquisitions ((0020,0012) AcquisitionNumber) of {} slices that are not one stack: each is a volume of its own",
            sizes.len(),
            sizes.join(" + ")
        ));
    }
    apart
}

/// Sorts a stack, drops copies and makes the volume.
fn one(mut planes: Vec<Plane>, header: &Header) -> Built {
    let mut warnings = Vec::new();
    let heights = stack::heights(&planes.iter().map(|p| &p.placement).collect::<Vec<_>>());
    let mut order: Vec<usize> = (0..planes.len()).collect();
    // Names break ties, so that the result does not depend on the order of the files.
    order.sort_by(|&a, &b| heights[a].total_cmp(&heights[b]).then_with(|| planes[a].name.cmp(&planes[b].name)));
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    let mut copies = Vec::new();
    let mut conflict = None;
    for &i in &order {
        let Some(&last) = kept.last() else {
            kept.push(i);
            continue;
        };
        if heights[i] - heights[last] > SAME_MM {
            kept.push(i);
        } else if planes[i].values == planes[last].values {
            copies.push(planes[i].name.clone());
        } else {
            conflict = conflict.or(Some((last, i)));
        }
    }
    if !copies.is_empty() {
        let shown: Vec<&str> = copies.iter().take(3).map(String::as_str).collect();
        let more = if copies.len() > 3 { format!(" and {} more", copies.len() - 3) } else { String::new() };
        warnings.push(format!(
            "{} slice(s) are copies of others and were dropped: {}{more}",
            copies.len(),
            shown.join(", ")
        ));
    }
    let slices: Vec<String> = kept.iter().map(|&i| planes[i].sop_instance_uid.clone()).collect();
    if let Some((first, second)) = conflict {
        let along = planes[second].placement.normal();
        let position_mm = super::plane::dot(planes[second].placement.position, along);
        let error = GeometryError::Conflict {
            first: planes[first].name.clone(),
            second: planes[second].name.clone(),
            position_mm,
        };
        return (Err(error), slices, warnings);
    }
    let placements: Vec<_> = kept.iter().map(|&i| &planes[i].placement).collect();
    let names: Vec<&str> = kept.iter().map(|&i| planes[i].name.as_str()).collect();
    let thickness = header.slice_thickness_mm.unwrap_or(1.0);
    let grid = match stack::grid(&placements, &names, thickness) {
        Ok(grid) => grid,
        Err(error) => return (Err(error), slices, warnings),
    };
    if kept.len() == 1 {
        warnings.push(format!("a single slice has no slice distance; {thickness} mm is assumed"));
    }
    if let Some(warning) = numbering(&kept.iter().filter_map(|&i| planes[i].instance).collect::<Vec<_>>(), kept.len()) {
        warnings.push(warning);
    }
    let values: Vec<Values> =
        kept.iter().map(|&i| std::mem::replace(&mut planes[i].values, Values::I16(Vec::new()))).collect();
    let volume = Volume { grid, voxels: join(values), unit: header.unit };
    warnings.extend(odd_numbers(&volume, header));
    // Enhanced images have one UID for all slices.
    let slices = if slices.iter().all(|uid| Some(uid) == slices.first()) {
        slices.into_iter().take(1).collect()
    } else {
        slices
    };
    (Ok(volume), slices, warnings)
}

/// Gaps in the instance numbers: positions cannot show slices that are missing at the ends.
fn numbering(instances: &[i64], slices: usize) -> Option<String> {
    let (low, high) = (instances.iter().min()?, instances.iter().max()?);
    let span = usize::try_from(high.checked_sub(*low)?).ok()?.checked_add(1)?;
    (instances.len() == slices && slices > 1 && span > slices && span < slices.saturating_mul(2)).then(|| {
        format!("(0020,0013) InstanceNumber runs from {low} to {high}, but there are {slices} slices: the series may not be complete")
    })
}

fn join(planes: Vec<Values>) -> Voxels {
    if planes.iter().all(|p| matches!(p, Values::I16(_))) {
        let mut all = Vec::new();
        for plane in planes {
            if let Values::I16(mut values) = plane {
                all.append(&mut values);
            }
        }
        return Voxels::I16(all);
    }
    let mut all = Vec::new();
    for plane in planes {
        match plane {
            Values::I16(values) => all.extend(values.into_iter().map(f32::from)),
            Values::F32(mut values) => all.append(&mut values),
        }
    }
    Voxels::F32(all)
}

/// CT numbers that a patient in air does not give: a wrong rescale intercept or slope.
fn odd_numbers(volume: &Volume, header: &Header) -> Option<String> {
    if header.modality != "CT" || !is_ct_class(&header.sop_class_uid) {
        return None;
    }
    let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
    for value in volume.to_f32().iter().filter(|v| Some(**v) != header.padding) {
        low = low.min(*value);
        high = high.max(*value);
    }
    if low > -200.0 {
        return Some(format!(
            "the lowest CT number is {low} HU, no voxel is air: check (0028,1052) RescaleIntercept unless the image is cut out of the patient"
        ));
    }
    (high < 0.0).then(|| {
        format!("the highest CT number is {high} HU, no voxel is as dense as water: check (0028,1053) RescaleSlope")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_in_the_numbering_hint_at_a_cut_series() {
        assert_eq!(numbering(&[3, 1, 2], 3), None);
        assert!(numbering(&[1, 2, 4], 3).is_some());
        // numbered in another way altogether
        assert_eq!(numbering(&[100, 200, 300], 3), None);
        assert_eq!(numbering(&[i64::MIN, i64::MAX], 2), None);
    }
}
