//! A volume comes out the same whatever its orientation and spacing, and in whatever order and form its slices lie in the folder.

#![allow(clippy::unwrap_used)]

mod common;

use common::{changed, context, folder, scan};
use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dosewright_image as image;
use image::study::import;
use image::write::{DoseDescription, ct_series, rtdose};
use image::{Grid, Unit, Volume, Voxels};
use proptest::prelude::*;

/// Axes turned by a unit quaternion.
fn axes([w, x, y, z]: [f64; 4]) -> [[f64; 3]; 3] {
    let n = (w * w + x * x + y * y + z * z).sqrt();
    let (w, x, y, z) = (w / n, x / n, y / n, z / n);
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)],
        [2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)],
        [2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

fn grids() -> impl Strategy<Value = Grid> {
    let turn = prop::array::uniform4(-1.0..1.0_f64).prop_filter("a rotation", |q| q.iter().any(|c| c.abs() > 0.1));
    let size = (2..7_usize, 2..7_usize, 1..9_usize);
    (size, prop::array::uniform3(-500.0..500.0_f64), prop::array::uniform3(0.3..5.0_f64), turn)
        .prop_map(|((i, j, k), origin, spacing, turn)| Grid { size: [i, j, k], origin, spacing, axes: axes(turn) })
}

fn close(a: &Grid, b: &Grid) -> bool {
    let near = |a: &[f64], b: &[f64], tolerance: f64| a.iter().zip(b).all(|(x, y)| (x - y).abs() < tolerance);
    a.size == b.size
        && near(&a.origin, &b.origin, 1e-6)
        && near(&a.spacing, &b.spacing, 1e-6)
        && near(a.axes.as_flattened(), b.axes.as_flattened(), 1e-9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn slices_in_any_order(grid in grids(), order in prop::collection::vec(any::<u32>(), 9), seed in any::<i16>()) {
        let values = (0..grid.len()).map(|i| (i as i16).wrapping_mul(31).wrapping_add(seed)).collect();
        let given = Volume { voxels: Voxels::I16(values), grid, unit: Unit::Hounsfield };
        // a single slice has no distance; its thickness stands in
        let scan = image::write::CtScan { slice_thickness_mm: given.grid.spacing[2], ..scan() };
        let files: Vec<(String, Vec<u8>)> = ct_series(&given, &scan, &context("CT"))
            .unwrap()
            .into_iter()
            .zip(&order)
            .enumerate()
            .map(|(k, (w, name))| (format!("{name:010}-{k}"), w.bytes))
            .collect();
        let study = import(folder(&files).path(), &|_, _| ()).unwrap();
        let back = study.series[0].volume.as_ref().unwrap();
        prop_assert!(close(&back.grid, &given.grid), "{:?}\n{:?}", back.grid, given.grid);
        prop_assert_eq!(&back.voxels, &given.voxels);
        prop_assert_eq!(study.series[0].slices.len(), given.grid.size[2]);
    }

    #[test]
    fn doses_of_any_orientation(grid in grids(), scale in 1e-3..1e4_f32) {
        let values = (0..grid.len()).map(|i| scale * (i as f32).sqrt()).collect();
        let given = Volume { voxels: Voxels::F32(values), grid, unit: Unit::Gray };
        let written = rtdose(&given, &DoseDescription::of_plan("1.2.3"), &context("dose")).unwrap();
        let back = image::rtdose::read(&common::read(&written)).unwrap().volume;
        prop_assert!(close(&back.grid, &given.grid), "{:?}\n{:?}", back.grid, given.grid);
        let max = given.to_f32().iter().copied().fold(0.0_f32, f32::max);
        for (got, want) in back.to_f32().iter().zip(given.to_f32().iter()) {
            prop_assert!((got - want).abs() <= max * 2.4e-10 + want * 6e-8);
        }
    }
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn sequence(tag: Tag, items: Vec<InMemDicomObject>) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    object.put(DataElement::new(tag, VR::SQ, Value::from(DataSetSequence::from(items))));
    object
}

fn item(values: &[(Tag, VR, String)]) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    for (tag, vr, value) in values {
        put(&mut object, *tag, *vr, value);
    }
    object
}

/// An enhanced CT: all slices as frames of one file, in a mixed order.
fn enhanced(volume: &Volume, order: &[usize]) -> Vec<u8> {
    let Voxels::I16(values) = &volume.voxels else { panic!() };
    let per = volume.grid.size[0] * volume.grid.size[1];
    let pixels: Vec<u8> =
        order.iter().flat_map(|k| &values[k * per..(k + 1) * per]).flat_map(|v| (v + 24).to_le_bytes()).collect();
    let first = ct_series(volume, &scan(), &context("CT")).unwrap().remove(0);
    changed(&first.bytes, |o| {
        for tag in
            [tags::IMAGE_POSITION_PATIENT, tags::IMAGE_ORIENTATION_PATIENT, tags::PIXEL_SPACING, tags::RESCALE_SLOPE]
        {
            o.remove_element(tag);
        }
        put(o, tags::SOP_CLASS_UID, VR::UI, uids::ENHANCED_CT_IMAGE_STORAGE);
        put(o, tags::NUMBER_OF_FRAMES, VR::IS, &order.len().to_string());
        o.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U8(pixels.into())));
        let mut shared = sequence(
            tags::PIXEL_MEASURES_SEQUENCE,
            vec![item(&[(
                tags::PIXEL_SPACING,
                VR::DS,
                format!("{}\\{}", volume.grid.spacing[1], volume.grid.spacing[0]),
            )])],
        );
        let [x, y, _] = volume.grid.axes;
        let cosines: Vec<String> = x.iter().chain(&y).map(f64::to_string).collect();
        let orientation = item(&[(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, cosines.join("\\"))]);
        shared.put(
            sequence(tags::PLANE_ORIENTATION_SEQUENCE, vec![orientation])
                .take(tags::PLANE_ORIENTATION_SEQUENCE)
                .unwrap(),
        );
        let rescale = item(&[
            (tags::RESCALE_INTERCEPT, VR::DS, "-24".to_owned()),
            (tags::RESCALE_SLOPE, VR::DS, "1".to_owned()),
            (tags::RESCALE_TYPE, VR::LO, "HU".to_owned()),
        ]);
        let tag = tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE;
        shared.put(sequence(tag, vec![rescale]).take(tag).unwrap());
        let frames = order
            .iter()
            .map(|&k| {
                let p = volume.grid.centre([0, 0, k]).map(|c| c.to_string()).join("\\");
                sequence(tags::PLANE_POSITION_SEQUENCE, vec![item(&[(tags::IMAGE_POSITION_PATIENT, VR::DS, p)])])
            })
            .collect::<Vec<_>>();
        let tag = tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE;
        o.put(sequence(tag, vec![shared]).take(tag).unwrap());
        let tag = tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE;
        o.put(sequence(tag, frames).take(tag).unwrap());
    })
}

fn small(size: [usize; 3]) -> Volume {
    let grid = Grid { size, origin: [1.0, 2.0, 3.0], spacing: [0.5, 0.75, 1.25], axes: axes([1.0, 0.0, 1.0, 0.0]) };
    Volume { voxels: Voxels::I16((0..grid.len() as i16).map(|i| i * 9 - 1000).collect()), grid, unit: Unit::Hounsfield }
}

#[test]
fn an_enhanced_multi_frame_image() {
    let given = small([4, 3, 5]);
    let study = import(folder(&[("e.dcm".to_owned(), enhanced(&given, &[3, 0, 4, 1, 2]))]).path(), &|_, _| ()).unwrap();
    let ct = study.ct().unwrap();
    let back = ct.volume.as_ref().unwrap();
    assert!(close(&back.grid, &given.grid), "{:?}", back.grid);
    assert_eq!((&back.voxels, back.unit), (&given.voxels, Unit::Hounsfield));
    assert_eq!(ct.slices.len(), 1);
    assert_eq!(ct.slice_at(given.grid.centre([0, 0, 4])), ct.slice_at(given.grid.centre([0, 0, 1])));
    // a frame is missing
    let study = import(folder(&[("e.dcm".to_owned(), enhanced(&given, &[3, 0, 4, 1]))]).path(), &|_, _| ()).unwrap();
    assert!(study.ct().unwrap_err().to_string().contains("1 slice(s) are missing"));
}
