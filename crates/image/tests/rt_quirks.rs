//! RT objects as planning systems write them: every shape that the standard allows, and some that it does not.

#![allow(clippy::unwrap_used)]

mod common;

use common::{STRAIGHT, changed, context, description, dose_description, dose_volume, implant, structures};
use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dosewright_image as image;
use image::dicom::{DicomFile, Limits, parse};
use image::rtdose::{self, DoseError, RtDose};
use image::rtplan::{self, BrachyType, RtPlan, StrengthUnit, Technique, Treatment};
use image::rtstruct::{self, StructureSet};
use image::write;
use image::{ContourKind, Unit};

fn file(bytes: &[u8]) -> DicomFile {
    parse(bytes, &Limits::default()).unwrap()
}

fn set(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn put_items(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, Value::from(DataSetSequence::from(items))));
}

/// Changes the items of a sequence.
fn items(object: &mut InMemDicomObject, tag: Tag, change: impl FnOnce(&mut Vec<InMemDicomObject>)) {
    let mut list = object.take(tag).map(|e| e.into_value().into_items().unwrap().into_vec()).unwrap_or_default();
    change(&mut list);
    put_items(object, tag, list);
}

// ---- dose

fn dose(change: impl FnOnce(&mut InMemDicomObject)) -> Result<RtDose, DoseError> {
    let written = write::rtdose(&dose_volume(STRAIGHT), &dose_description(), &context("")).unwrap();
    rtdose::read(&file(&changed(&written.bytes, change)))
}

#[test]
fn frame_offsets_relative_absolute_and_falling() {
    let want = dose_volume(STRAIGHT).grid;
    let offsets = |values: &'static str| dose(move |o| set(o, tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, values));
    assert_eq!(offsets("0\\2.5\\5\\7.5").unwrap().volume.grid, want);
    // z coordinates of the planes, the first at Image Position
    let absolute = offsets("39.75\\42.25\\44.75\\47.25").unwrap();
    assert_eq!(absolute.volume.grid, want);
    assert!(absolute.warnings.is_empty());
    // downwards
    for values in ["0\\-2.5\\-5\\-7.5", "39.75\\37.25\\34.75\\32.25"] {
        let falling = offsets(values).unwrap().volume;
        assert_eq!(falling.grid.origin, [want.origin[0], want.origin[1], 39.75 - 7.5]);
        assert!(falling.grid.is_axis_aligned());
        // the first frame of the file is now the last plane
        let first = dose(|_| ()).unwrap().volume;
        let top = falling.grid.offset([0, 0, 3]);
        assert_eq!(falling.at(top), first.at(0));
        assert_eq!(falling.at(top + 3), first.at(3));
    }
    // neither: counted from the first, and said
    let odd = offsets("100\\102.5\\105\\107.5").unwrap();
    assert_eq!(odd.volume.grid, want);
    assert!(odd.warnings[0].contains("begins with 100"));
    assert!(
        matches!(offsets("0\\2.5\\5"), Err(DoseError::Impossible { what }) if what.contains("3 values for 4 planes"))
    );
    assert!(offsets("0\\2.5\\5\\9").unwrap_err().to_string().contains("plane 3 and plane 4"));
    assert!(offsets("0\\0\\0\\0").unwrap_err().to_string().contains("does not move"));
}

#[test]
fn z_coordinates_with_a_normal_to_the_feet() {
    // rows to the left, columns to the front: the normal points to the feet, z coordinates still rise to the head
    let turned = dose(|o| {
        set(o, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\-1\\0");
        set(o, tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, "39.75\\42.25\\44.75\\47.25");
    })
    .unwrap()
    .volume;
    let straight = dose(|_| ()).unwrap().volume;
    // the first voxel of the file lies at Image Position, the last frame 7.5 mm above it
    for (frame, z) in [(0, 39.75), (3, 47.25)] {
        let index = turned.grid.index([-23.809322357178, -58.445285797119, z]).map(|x| x.round() as usize);
        assert_eq!(turned.at(turned.grid.offset(index)), straight.at(straight.grid.offset([0, 0, frame])));
    }
}

#[test]
fn dose_units_and_what_is_no_dose() {
    assert_eq!(dose(|o| set(o, tags::DOSE_UNITS, VR::CS, "RELATIVE")).unwrap().volume.unit, Unit::Relative);
    assert!(
        matches!(dose(|o| set(o, tags::DOSE_UNITS, VR::CS, "CGY")), Err(DoseError::Impossible { what }) if what.contains("CGY"))
    );
    assert!(matches!(
        dose(|o| {
            o.remove_element(tags::PIXEL_DATA);
        }),
        Err(DoseError::NoGrid)
    ));
    let missing = dose(|o| {
        o.remove_element(tags::DOSE_GRID_SCALING);
    });
    assert!(missing.unwrap_err().to_string().contains("(3004,000E)"));
    assert!(dose(|o| set(o, tags::DOSE_GRID_SCALING, VR::DS, "-1")).is_err());
    assert!(dose(|o| set(o, tags::PIXEL_SPACING, VR::DS, "-1\\1")).unwrap_err().to_string().contains("not positive"));
}

#[test]
fn sixteen_bits() {
    let description = write::DoseDescription { bits: write::StoredBits::Sixteen, ..dose_description() };
    let given = dose_volume(STRAIGHT);
    let back = rtdose::read(&file(&write::rtdose(&given, &description, &context("")).unwrap().bytes)).unwrap();
    let max = given.to_f32().iter().copied().fold(0.0_f32, f32::max);
    for (got, want) in back.volume.to_f32().iter().zip(given.to_f32().iter()) {
        assert!((got - want).abs() <= max / 65535.0 * 0.5001, "{got} {want}");
    }
}

// ---- plan

fn plan(change: impl FnOnce(&mut InMemDicomObject)) -> Result<RtPlan, image::dicom::DicomError> {
    let written = write::rtplan_permanent(&implant(), &context("")).unwrap();
    rtplan::read(&file(&changed(&written.bytes, change)))
}

fn control_point(index: usize, position: Option<[f64; 3]>, relative: f64, weight: Option<f64>) -> InMemDicomObject {
    let mut o = InMemDicomObject::new_empty();
    set(&mut o, tags::CONTROL_POINT_INDEX, VR::IS, &index.to_string());
    set(&mut o, tags::CONTROL_POINT_RELATIVE_POSITION, VR::DS, &relative.to_string());
    if let Some(p) = position {
        set(&mut o, tags::CONTROL_POINT3_D_POSITION, VR::DS, &p.map(|c| c.to_string()).join("\\"));
    }
    if let Some(w) = weight {
        set(&mut o, tags::CUMULATIVE_TIME_WEIGHT, VR::DS, &w.to_string());
    }
    o
}

/// The plan with only its first channel, and that with these control points.
fn with_points(points: Vec<InMemDicomObject>) -> impl FnOnce(&mut InMemDicomObject) {
    move |o| {
        items(o, tags::APPLICATION_SETUP_SEQUENCE, |setups| {
            items(&mut setups[0], tags::CHANNEL_SEQUENCE, |channels| {
                channels.truncate(1);
                put_items(&mut channels[0], tags::BRACHY_CONTROL_POINT_SEQUENCE, points);
            });
        });
    }
}

#[test]
fn a_needle_with_several_seeds_is_one_channel() {
    let at = |z: f64| Some([1.0, 2.0, z]);
    // pairs of points, as for dwell positions
    let pairs = [(0.0, 0.0), (0.0, 1.0), (10.0, 1.0), (10.0, 2.0), (20.0, 2.0), (20.0, 3.0)];
    let points = pairs.iter().enumerate().map(|(i, (z, w))| control_point(i, at(*z), *z, Some(*w))).collect();
    let seeds = plan(with_points(points)).unwrap().seeds;
    assert_eq!(seeds.iter().map(|s| s.position[2]).collect::<Vec<_>>(), [0.0, 10.0, 20.0]);
    // one point for each seed, no weights
    let points = [0.0, 10.0, 20.0].iter().enumerate().map(|(i, z)| control_point(i, at(*z), *z, None)).collect();
    assert_eq!(plan(with_points(points)).unwrap().seeds.len(), 3);
    // the position only at the first point of a pair
    let points = vec![control_point(0, at(5.0), 0.0, Some(0.0)), control_point(1, None, 0.0, Some(1.0))];
    assert_eq!(plan(with_points(points)).unwrap().seeds.len(), 1);
    // a seed nowhere is not a seed less: the plan is refused
    let error = plan(with_points(vec![control_point(0, None, 3.0, None)])).unwrap_err().to_string();
    assert!(error.contains("(300A,02D4)") && error.contains("channel 1"), "{error}");
}

#[test]
fn afterloading_is_read_with_its_times() {
    let dwell = [(0.0, 0.0), (0.0, 30.0), (5.0, 30.0), (5.0, 100.0)];
    let points =
        dwell.iter().enumerate().map(|(i, (x, w))| control_point(i, Some([*x, 0.0, 0.0]), *x, Some(*w))).collect();
    let plan = plan(|o| {
        with_points(points)(o);
        set(o, tags::BRACHY_TREATMENT_TECHNIQUE, VR::CS, "INTERSTITIAL");
        set(o, tags::BRACHY_TREATMENT_TYPE, VR::CS, "HDR");
        items(o, tags::APPLICATION_SETUP_SEQUENCE, |setups| {
            items(&mut setups[0], tags::CHANNEL_SEQUENCE, |channels| {
                set(&mut channels[0], tags::CHANNEL_TOTAL_TIME, VR::DS, "250");
                set(&mut channels[0], tags::FINAL_CUMULATIVE_TIME_WEIGHT, VR::DS, "100");
            });
        });
    })
    .unwrap();
    assert!(plan.seeds.is_empty() && !plan.is_permanent_implant());
    let brachy = plan.brachy().unwrap();
    assert_eq!((&brachy.technique, &brachy.kind), (&Technique::Interstitial, &BrachyType::Hdr));
    let times: Vec<f64> = brachy.channels[0].dwells.iter().map(|d| d.time.unwrap().value()).collect();
    assert_eq!(times, [75.0, 175.0]);
    assert_eq!(brachy.channels[0].applicator, "N1");
}

#[test]
fn sources_that_say_too_little_are_named() {
    let source = |change: &dyn Fn(&mut InMemDicomObject)| {
        plan(|o| items(o, tags::SOURCE_SEQUENCE, |s| change(&mut s[0]))).unwrap()
    };
    for (tag, name) in [
        (tags::SOURCE_ISOTOPE_HALF_LIFE, "SourceIsotopeHalfLife"),
        (tags::SOURCE_STRENGTH_REFERENCE_DATE, "SourceStrengthReferenceDate"),
    ] {
        let plan = source(&|s| {
            s.remove_element(tag);
        });
        assert!(plan.warnings.iter().any(|w| w.contains(name)), "{:?}", plan.warnings);
    }
    let beta = source(&|s| set(s, tags::SOURCE_STRENGTH_UNITS, VR::CS, "DOSE_RATE_WATER"));
    assert_eq!((beta.sources()[0].unit, beta.sources()[0].air_kerma_strength), (StrengthUnit::DoseRateWater, None));
    // a channel that does not say which source, where there is only one
    let plan = plan(|o| {
        items(o, tags::APPLICATION_SETUP_SEQUENCE, |setups| {
            items(&mut setups[0], tags::CHANNEL_SEQUENCE, |c| {
                c[0].remove_element(tags::REFERENCED_SOURCE_NUMBER);
            });
        });
    })
    .unwrap();
    assert_eq!(plan.seeds.len(), 2);
    assert!(plan.warnings[0].contains("only source"));
}

#[test]
fn a_source_that_does_not_exist_refuses_the_plan() {
    let wrong = plan(|o| {
        items(o, tags::APPLICATION_SETUP_SEQUENCE, |setups| {
            items(&mut setups[0], tags::CHANNEL_SEQUENCE, |c| {
                set(&mut c[1], tags::REFERENCED_SOURCE_NUMBER, VR::IS, "9");
            });
        });
    });
    assert!(wrong.unwrap_err().to_string().contains("channel 2"));
}

#[test]
fn neither_sources_nor_beams() {
    let plan = plan(|o| {
        o.remove_element(tags::APPLICATION_SETUP_SEQUENCE);
        o.remove_element(tags::BRACHY_TREATMENT_TECHNIQUE);
    })
    .unwrap();
    assert_eq!(plan.treatment, Treatment::None);
}

// ---- structures

fn structure_set(change: impl FnOnce(&mut InMemDicomObject)) -> StructureSet {
    let written = write::rtstruct(&structures(), &description(), &context("")).unwrap();
    rtstruct::read(&file(&changed(&written.bytes, change))).unwrap()
}

/// Changes the second contour of the first structure.
fn contour(change: impl FnOnce(&mut InMemDicomObject)) -> StructureSet {
    structure_set(|o| {
        items(o, tags::ROI_CONTOUR_SEQUENCE, |rois| items(&mut rois[0], tags::CONTOUR_SEQUENCE, |c| change(&mut c[1])));
    })
}

#[test]
fn a_structure_with_a_broken_contour_is_left_out_whole() {
    for (data, words) in [("1\\2\\3\\4", "no whole points"), ("1\\two\\3", "two"), ("1\\\\3", "in each")] {
        let set = contour(|c| set(c, tags::CONTOUR_DATA, VR::DS, data));
        assert_eq!(set.structures.len(), 1);
        assert!(
            set.left_out[0].contains("Prostate") && set.left_out[0].contains("contour 2 of 2"),
            "{:?}",
            set.left_out
        );
        assert!(set.left_out[0].contains(words), "{:?}", set.left_out);
    }
}

#[test]
fn contours_that_can_be_understood_are() {
    let set = contour(|c| set(c, tags::NUMBER_OF_CONTOUR_POINTS, VR::IS, "99"));
    assert!(set.warnings[0].contains("says 99 points") && set.structures[0].contours[1].points.len() == 4);
    let set = contour(|c| {
        c.remove_element(tags::CONTOUR_DATA);
    });
    assert!(set.warnings[0].contains("no points") && set.structures[0].contours.len() == 1);
    let set = contour(|c| {
        c.remove_element(tags::CONTOUR_GEOMETRIC_TYPE);
    });
    assert!(set.warnings[0].contains("ContourGeometricType"));
    assert_eq!(set.structures[0].contours[1].kind, ContourKind::ClosedPlanar);
    for (kind, want) in [
        ("POINT", ContourKind::Point),
        ("OPEN_PLANAR", ContourKind::OpenPlanar),
        ("CLOSEDPLANAR_XOR", ContourKind::ClosedPlanar),
    ] {
        assert_eq!(contour(|c| set_kind(c, kind)).structures[0].contours[1].kind, want);
    }
}

fn set_kind(object: &mut InMemDicomObject, kind: &str) {
    set(object, tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, kind);
}

#[test]
fn numbers_that_collide_and_frames_that_differ() {
    let twice = structure_set(|o| {
        items(o, tags::STRUCTURE_SET_ROI_SEQUENCE, |r| set(&mut r[1], tags::ROI_NUMBER, VR::IS, "1"));
    });
    assert!(twice.structures.len() == 1 && twice.left_out[0].contains("used twice"));
    let other = structure_set(|o| {
        items(o, tags::STRUCTURE_SET_ROI_SEQUENCE, |r| {
            set(&mut r[1], tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, "1.2.3");
        });
    });
    assert!(other.warnings[0].contains("frame of reference 1.2.3"), "{:?}", other.warnings);
    let nowhere = structure_set(|o| {
        o.remove_element(tags::FRAME_OF_REFERENCE_UID);
        o.remove_element(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
        items(o, tags::STRUCTURE_SET_ROI_SEQUENCE, |rois| {
            for roi in rois {
                roi.remove_element(tags::REFERENCED_FRAME_OF_REFERENCE_UID);
            }
        });
    });
    assert!(nowhere.warnings[0].contains("no frame of reference"));
}
