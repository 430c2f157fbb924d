//! Series as they go wrong in practice: each fault is found, placed and said, or the series is read rightly in spite of it.

#![allow(clippy::unwrap_used)]

mod common;

use common::{STRAIGHT, changed, context, folder, scan};
use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dosewright_image as image;
use image::series::GeometryError;
use image::study::{Severity, Study, StudyError, import};
use image::write::{Context, ct_series};
use image::{Grid, Unit, Volume, Voxels};

const SLICES: usize = 6;

fn volume() -> Volume {
    let grid = Grid { size: [5, 4, SLICES], origin: [-10.0, 5.0, -30.0], spacing: [0.5, 0.75, 2.5], axes: STRAIGHT };
    Volume {
        voxels: Voxels::I16((0..grid.len() as i16).map(|i| i * 17 - 1000).collect()),
        grid,
        unit: Unit::Hounsfield,
    }
}

/// The slices CT0.dcm… of a good series.
fn good() -> Vec<(String, Vec<u8>)> {
    slices(&context("CT"))
}

fn slices(context: &Context) -> Vec<(String, Vec<u8>)> {
    let files = ct_series(&volume(), &scan(), context).unwrap();
    files.into_iter().enumerate().map(|(k, w)| (format!("CT{k}.dcm"), w.bytes)).collect()
}

fn set(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

/// Imports the good series with one of its files changed.
fn with(k: usize, change: impl FnOnce(&mut InMemDicomObject)) -> Study {
    let mut files = good();
    files[k].1 = changed(&files[k].1, change);
    read(&files)
}

/// Imports the good series with all of its files changed.
fn with_all(change: impl Fn(usize, &mut InMemDicomObject)) -> Study {
    let mut files = good();
    for (k, file) in files.iter_mut().enumerate() {
        file.1 = changed(&file.1, |o| change(k, o));
    }
    read(&files)
}

fn read(files: &[(String, Vec<u8>)]) -> Study {
    import(folder(files).path(), &|_, _| ()).unwrap()
}

fn error(study: &Study) -> &GeometryError {
    assert_eq!(study.series.len(), 1, "{:?}", study.problems);
    assert!(study.problems.iter().any(|p| p.severity == Severity::Error));
    assert!(matches!(study.ct(), Err(StudyError::CtUnusable { .. })));
    study.series[0].volume.as_ref().unwrap_err()
}

fn warned(study: &Study, words: &str) -> bool {
    study.series[0].warnings.iter().any(|w| w.contains(words))
        && study.problems.iter().any(|p| p.reason.contains(words))
}

#[test]
fn the_good_series_has_no_problems() {
    let study = read(&good());
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    assert!(study.problems.is_empty(), "{:?}", study.problems);
}

#[test]
fn what_never_places_a_slice_does_not_matter() {
    let study = with_all(|k, o| {
        set(o, tags::SLICE_THICKNESS, VR::DS, "9.9");
        set(o, tags::SLICE_LOCATION, VR::DS, &format!("{}", 1000 - k));
        set(o, tags::SPACING_BETWEEN_SLICES, VR::DS, "-1");
        set(o, tags::INSTANCE_NUMBER, VR::IS, &format!("{}", [3, 1, 6, 2, 5, 4][k]));
    });
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    let study = with_all(|_, o| {
        o.remove_element(tags::SLICE_THICKNESS);
        o.remove_element(tags::INSTANCE_NUMBER);
    });
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
}

#[test]
fn missing_slices() {
    let mut files = good();
    files.remove(3);
    let study = read(&files);
    let GeometryError::MissingSlices { missing, spacing_mm, gaps } = error(&study) else {
        panic!("{:?}", error(&study))
    };
    assert_eq!((*missing, *spacing_mm), (1, 2.5));
    assert!(gaps.contains("5.000 mm between CT2.dcm and CT4.dcm"), "{gaps}");
    assert!(study.ct().unwrap_err().to_string().contains("export the whole series"));
}

#[test]
fn a_series_cut_at_the_end_gives_itself_away() {
    let study = with_all(|_, o| set(o, tags::IMAGES_IN_ACQUISITION, VR::IS, "9"));
    assert!(study.ct().is_ok() && warned(&study, "ImagesInAcquisition says 9"));
}

#[test]
fn copies_are_dropped_and_conflicts_refused() {
    // byte for byte
    let mut files = good();
    files.push(("again/CT2.dcm".to_owned(), files[2].1.clone()));
    let study = read(&files);
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    assert!(
        study
            .problems
            .iter()
            .any(|p| p.reason.contains("is a copy of CT2.dcm") || p.reason.contains("is a copy of again"))
    );
    // the same image under another UID
    let mut files = good();
    files.push(("copy.dcm".to_owned(), changed(&files[2].1, |o| set(o, tags::SOP_INSTANCE_UID, VR::UI, "1.2.3"))));
    let study = read(&files);
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    assert!(warned(&study, "copies of others"));
    // another image at the same place
    let other = changed(&files[3].1, |o| {
        set(o, tags::SOP_INSTANCE_UID, VR::UI, "1.2.4");
        set(o, tags::IMAGE_POSITION_PATIENT, VR::DS, "-10\\5\\-25");
    });
    files.push(("other.dcm".to_owned(), other));
    assert!(
        matches!(error(&read(&files)), GeometryError::Conflict { position_mm, .. } if (position_mm + 25.0).abs() < 1e-6)
    );
}

#[test]
fn uneven_spacing_and_moved_slices() {
    let study = with(2, |o| set(o, tags::IMAGE_POSITION_PATIENT, VR::DS, "-10\\5\\-24.9"));
    let GeometryError::Uneven { spacing_mm, before, after, .. } = error(&study) else { panic!("{:?}", error(&study)) };
    assert_eq!(*spacing_mm, 2.5);
    assert!([before, after].contains(&&"CT2.dcm".to_owned()));
    // within 1 %
    assert!(with(2, |o| set(o, tags::IMAGE_POSITION_PATIENT, VR::DS, "-10\\5\\-24.98")).ct().is_ok());
    let study = with(4, |o| set(o, tags::IMAGE_POSITION_PATIENT, VR::DS, "-10\\7\\-20"));
    assert_eq!(error(&study), &GeometryError::Shifted { file: "CT4.dcm".to_owned(), mm: 2.0 });
}

#[test]
fn a_tilted_gantry() {
    let study = with_all(|k, o| {
        let y = 5.0 + 2.5 * k as f64 * 12_f64.to_radians().tan();
        set(o, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-10\\{y:.6}\\{}", -30.0 + 2.5 * k as f64));
    });
    assert!(matches!(error(&study), GeometryError::Tilted { degrees } if (degrees - 12.0).abs() < 1e-3));
    assert!(error(&study).to_string().contains("gantry tilt"));
}

#[test]
fn a_localiser_and_other_stacks_are_split_off() {
    let mut files = good();
    files.push((
        "scout.dcm".to_owned(),
        changed(&files[0].1, |o| {
            set(o, tags::SOP_INSTANCE_UID, VR::UI, "1.2.3");
            set(o, tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\LOCALIZER");
            set(o, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\0\\-1");
        }),
    ));
    let study = read(&files);
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    assert!(warned(&study, "localiser"));
    // the same without saying so in Image Type
    files[SLICES].1 = changed(&files[SLICES].1, |o| set(o, tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL"));
    let study = read(&files);
    assert_eq!(study.ct().unwrap().volume, Ok(volume()));
    assert_eq!(study.series.iter().map(|s| s.part).collect::<Vec<_>>(), [0, 1]);
    assert!(warned(&study, "6 + 1 images"));
}

#[test]
fn two_acquisitions_in_one_series_are_two_volumes_when_they_say_so() {
    let again = |number: &str| {
        let mut files = good();
        for (k, (_, bytes)) in files.iter_mut().enumerate() {
            *bytes = changed(bytes, |o| set(o, tags::ACQUISITION_NUMBER, VR::IS, if k < 4 { "1" } else { number }));
        }
        for k in 0..4 {
            let bytes = changed(&files[k].1, |o| {
                set(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("1.2.{k}"));
                set(o, tags::ACQUISITION_NUMBER, VR::IS, number);
                set(o, tags::RESCALE_INTERCEPT, VR::DS, "-24");
            });
            files.push((format!("B{k}.dcm"), bytes));
        }
        read(&files)
    };
    let study = again("2");
    assert_eq!(study.series.iter().map(|s| s.volume.as_ref().unwrap().grid.size[2]).collect::<Vec<_>>(), [6, 4]);
    // which of them is meant is not for us to say
    assert!(matches!(study.ct(), Err(StudyError::SeveralCt { .. })));
    assert!(matches!(error(&again("1")), GeometryError::Conflict { .. }));
}

#[test]
fn attributes_without_which_there_is_no_place() {
    for (tag, name) in [
        (tags::PIXEL_SPACING, "PixelSpacing"),
        (tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient"),
        (tags::IMAGE_ORIENTATION_PATIENT, "ImageOrientationPatient"),
    ] {
        let study = with(1, |o| {
            o.remove_element(tag);
        });
        let GeometryError::Missing { file, attribute } = error(&study) else { panic!("{:?}", error(&study)) };
        assert!(file == "CT1.dcm" && attribute.contains(name));
        let listed = study.problems.iter().find(|p| p.path.ends_with("CT1.dcm")).unwrap();
        assert!(listed.severity == Severity::Error && listed.reason.contains("not used"), "{listed:?}");
    }
    for (tag, value, words) in [
        (tags::PIXEL_SPACING, "-0.5\\0.5", "positive"),
        (tags::PIXEL_SPACING, "0.5", "2 numbers"),
        (tags::IMAGE_POSITION_PATIENT, "1\\2", "3 numbers"),
        (tags::IMAGE_POSITION_PATIENT, "1\\two\\3", "two"),
        (tags::IMAGE_ORIENTATION_PATIENT, "1\\0\\0\\0\\0\\0", "length"),
        (tags::RESCALE_SLOPE, "0", "no image"),
    ] {
        let study = with(1, |o| set(o, tag, VR::DS, value));
        let said = error(&study).to_string();
        assert!(matches!(error(&study), GeometryError::Impossible { .. }) && said.contains(words), "{said}");
    }
    let skew = with(1, |o| set(o, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0.1736\\0.9848\\0"));
    assert!(matches!(error(&skew), GeometryError::SkewedAxes { degrees, .. } if (degrees - 10.0).abs() < 0.01));
}

#[test]
fn a_cut_slice_takes_the_series_with_it() {
    let mut files = good();
    let bytes = &mut files[5].1;
    bytes.truncate(bytes.len() - 9);
    let study = read(&files);
    assert!(matches!(error(&study), GeometryError::Pixels { file, .. } if file == "CT5.dcm"));
}

#[test]
fn rescaling() {
    // as stored by a planning system: unsigned, intercept -2048
    let study = with_all(|_, o| set(o, tags::RESCALE_INTERCEPT, VR::DS, "-24.0000000000000"));
    let Voxels::I16(values) = &study.ct().unwrap().volume.as_ref().unwrap().voxels else { panic!() };
    assert_eq!(values[0], -1024);
    // fractions make it floating point
    let study = with_all(|_, o| set(o, tags::RESCALE_SLOPE, VR::DS, "0.5"));
    let Voxels::F32(values) = &study.ct().unwrap().volume.as_ref().unwrap().voxels else { panic!() };
    assert_eq!(values[1], -491.5);
    let study = with_all(|_, o| {
        o.remove_element(tags::RESCALE_INTERCEPT);
    });
    assert_eq!(study.ct().unwrap().volume.as_ref().unwrap().unit, Unit::Unknown);
    assert!(warned(&study, "RescaleIntercept") && warned(&study, "6 images"));
    let study = with_all(|_, o| set(o, tags::RESCALE_INTERCEPT, VR::DS, "1024"));
    assert!(warned(&study, "no voxel is air"));
    let study = with_all(|_, o| {
        o.put(DataElement::new(tags::PIXEL_PADDING_VALUE, VR::SS, PrimitiveValue::from(-1000_i16)));
        set(o, tags::RESCALE_INTERCEPT, VR::DS, "-24");
    });
    assert_eq!(study.ct().unwrap().padding, Some(-1024.0));
}

#[test]
fn several_patients_are_said_loudly() {
    let study = with(0, |o| set(o, tags::PATIENT_ID, VR::LO, "someone else"));
    let worst = &study.problems[0];
    assert!(
        worst.severity == Severity::Error
            && worst.reason.contains("2 PATIENTS")
            && worst.reason.contains("someone else")
    );
}

#[test]
fn folders_that_are_no_study() {
    let empty = tempfile::tempdir().unwrap();
    let fail = |dir: &std::path::Path| import(dir, &|_, _| ()).unwrap_err();
    assert!(matches!(fail(empty.path()), StudyError::Empty { .. }));
    assert!(matches!(fail(&empty.path().join("nowhere")), StudyError::NotFound { .. }));
    let junk: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let junk =
        folder(&[("a.dcm".to_owned(), junk), ("b.txt".to_owned(), b"hello".to_vec()), (".hidden".to_owned(), vec![1])]);
    let error = fail(junk.path());
    assert!(matches!(&error, StudyError::NoDicom { files: 2, .. }) && error.to_string().contains("a.dcm"), "{error}");
    assert!(matches!(fail(&junk.path().join("a.dcm")), StudyError::NotAFolder { .. }));
    // structures without images
    let set = common::everything().into_iter().find(|(name, _)| *name == "structures.dcm").unwrap().1;
    let study = read(&[("s.dcm".to_owned(), set.bytes)]);
    let error = study.ct().unwrap_err().to_string();
    assert!(error.contains("no CT") && error.contains("1 structure set"), "{error}");
}

#[test]
fn structures_of_another_frame_of_reference_and_half_a_series() {
    let set = common::everything().into_iter().find(|(name, _)| *name == "structures.dcm").unwrap().1;
    let mut files = good();
    files.push(("set.dcm".to_owned(), set.bytes.clone()));
    let study = read(&files);
    // drawn at 0 and 2.5 mm; the slices end at -17.5 mm
    assert!(study.structure_set(study.ct().unwrap()).is_ok());
    assert!(
        study
            .problems
            .iter()
            .any(|p| p.reason.contains("'Prostate 前列腺'") && p.reason.contains("reaches beyond the slices"))
    );
    files[SLICES].1 = changed(&set.bytes, |o| {
        o.remove_element(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
        set_frame(o, "1.2.3");
    });
    let study = read(&files);
    let error = study.structure_set(study.ct().unwrap()).unwrap_err();
    assert!(matches!(&error, StudyError::FrameOfReference { structures, .. } if structures == "1.2.3"), "{error}");
    assert!(study.problems.iter().any(|p| p.reason.contains("which no image of the folder has")));
}

fn set_frame(object: &mut InMemDicomObject, uid: &str) {
    set(object, tags::FRAME_OF_REFERENCE_UID, VR::UI, uid);
}

#[test]
fn plans_are_chosen_by_frame_of_reference() {
    let of = |name: &str| common::everything().into_iter().find(|(n, _)| *n == name).unwrap().1.bytes;
    let mut files = good();
    files.push(("plan.dcm".to_owned(), of("plan.dcm")));
    let pre = changed(&of("plan.dcm"), |o| {
        set_frame(o, "1.2.3");
        set(o, tags::SOP_INSTANCE_UID, VR::UI, "1.2.9");
        set(o, tags::RT_PLAN_LABEL, VR::SH, "PREPLAN");
    });
    files.push(("pre.dcm".to_owned(), pre.clone()));
    let study = read(&files);
    let ct = study.ct().unwrap();
    assert!(matches!(study.implant_plan(), Err(StudyError::SeveralImplantPlans { .. })));
    assert_eq!(study.implant_plan_on(ct).unwrap().label, "VERIFIED");
    // only the other one
    files.remove(SLICES);
    let study = read(&files);
    let error = study.implant_plan_on(study.ct().unwrap()).unwrap_err();
    assert!(matches!(&error, StudyError::PlanFrameOfReference { plan, .. } if plan == "1.2.3"), "{error}");
    // a plan that states no frame of reference has that of its structure set
    let set_uid = common::structures_uid();
    let silent = changed(&pre, |o| {
        o.remove_element(tags::FRAME_OF_REFERENCE_UID);
        let mut item = InMemDicomObject::new_empty();
        set(&mut item, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &set_uid);
        let items = dicom_core::value::DataSetSequence::from(vec![item]);
        o.put(DataElement::new(tags::REFERENCED_STRUCTURE_SET_SEQUENCE, VR::SQ, dicom_core::value::Value::from(items)));
    });
    files[SLICES].1 = silent;
    let study = read(&files);
    assert_eq!(study.plan_frame(&study.plans[0]), "");
    assert!(study.implant_plan_on(study.ct().unwrap()).is_ok());
    files.push((
        "set.dcm".to_owned(),
        changed(&of("structures.dcm"), |o| {
            o.remove_element(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
            set_frame(o, "1.2.3");
        }),
    ));
    let study = read(&files);
    assert!(matches!(study.implant_plan_on(study.ct().unwrap()), Err(StudyError::PlanFrameOfReference { .. })));
}
