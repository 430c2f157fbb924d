//! Studies of real scanners and planning systems, read as they are.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use dosewright_image as image;
use image::dicom::{Limits, parse};
use image::rtplan::{BrachyType, Technique, Treatment};
use image::study::{FileKind, Severity, Study, import};
use image::write::{self, Context, DoseDescription, DrawnOn, Implant, StructureSetDescription};
use image::{Unit, Voxels};

/// A folder of the reference data, or `None` (and a line that says so) where there are none.
fn data(name: &str) -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: ../shared/data/{name} is missing");
    None
}

fn show(study: &Study) {
    for p in &study.problems {
        println!("{:?} {} {:?} {}", p.severity, p.path.display(), p.tag, p.reason);
    }
}

#[test]
fn a_post_implant_study_of_a_commercial_planning_system() {
    let Some(dir) = data("seed-implant-ct") else { return };
    let calls = std::cell::RefCell::new(Vec::new());
    let study = import(&dir, &|done, of| calls.borrow_mut().push((done, of))).unwrap();
    show(&study);
    assert_eq!(calls.borrow().first(), Some(&(0, 39)));
    assert_eq!(calls.borrow().last(), Some(&(39, 39)));
    assert_eq!((study.patient.name.as_str(), study.patient.id.as_str()), ("SEED-A", "SEED-A"));
    assert_eq!(study.files.len(), 39);
    assert!(study.files.windows(2).all(|w| w[0].path < w[1].path));
    assert!(study.files.iter().all(|f| f.sha256.len() == 64 && !f.sop_instance_uid.is_empty()));

    let ct = study.ct().unwrap();
    let volume = ct.volume.as_ref().unwrap();
    assert_eq!(volume.grid.size, [512, 512, 36]);
    assert_eq!(volume.grid.spacing, [0.48828101, 0.48828101, 2.5]);
    assert_eq!(volume.grid.origin, [-82.655861020088, -124.75585949421, -47.75]);
    assert!(volume.grid.is_axis_aligned());
    assert_eq!(volume.unit, Unit::Hounsfield);
    let Voxels::I16(values) = &volume.voxels else { panic!("whole numbers") };
    assert_eq!((values.iter().min(), values.iter().max()), (Some(&-2048), Some(&5045)));
    // minimum, maximum and sum as numpy and pydicom have them
    assert_eq!(values.iter().map(|&v| i64::from(v)).sum::<i64>(), -3_938_714_993);
    assert_eq!(ct.slices.len(), 36);
    assert_eq!(ct.slice_at([0.0, 0.0, 39.75]), Some("2.25.1055750322631267380232742206778489414"));
    assert_eq!(ct.slice_at([0.0, 0.0, 42.0]), None);

    let set = study.structure_set(ct).unwrap();
    let names: Vec<&str> = set.structures.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["Prostate", "Urètre", "Rectum"]);
    assert_eq!(set.structures[0].contours.len(), 14);
    assert_eq!(set.structures[0].contours[0].points.len(), 32);
    assert_eq!(set.structures[0].contours[0].points[0], [54.0878524780273, 3.36774015426636, 14.75]);
    assert_eq!(set.structures[0].colour, Some([255, 0, 0]));
    assert_eq!(set.referenced_images.len(), 36);

    let plan = study.implant_plan().unwrap();
    assert_eq!((plan.label.as_str(), plan.seeds.len()), ("POSTIMPLANT", 54));
    let Treatment::Brachy(brachy) = &plan.treatment else { panic!() };
    assert_eq!((&brachy.technique, &brachy.kind), (&Technique::Permanent, &BrachyType::Manual));
    let source = &plan.sources()[0];
    assert_eq!((source.isotope.as_str(), source.model.as_str()), ("I-125 (STM 1251)", "STM 1251"));
    assert!((source.air_kerma_strength.unwrap().value() - 0.621).abs() < 1e-6);
    assert!((source.half_life.unwrap().days() - 59.4).abs() < 1e-9);
    assert_eq!(source.reference_date_time, Some(jiff::civil::date(2020, 1, 1).at(12, 0, 0, 0)));
    assert_eq!(plan.seeds[0].position, [55.5276641845703, 0.63469833, -2.75]);
    assert_eq!(plan.seeds[0].axis, None);
    assert_eq!(brachy.channels[0].setup_type, "PERINEAL");

    let dose = &study.doses[0];
    let grid = &dose.volume.grid;
    assert_eq!((grid.size, grid.spacing), ([120, 120, 36], [1.0, 1.0, 2.5]));
    // stored from the head down
    assert_eq!(grid.origin, [-23.809322357178, -58.445285797119, -47.75]);
    assert_eq!(dose.volume.unit, Unit::Gray);
    let max = dose.volume.to_f32().iter().copied().fold(0.0_f32, f32::max);
    assert!((max - 1_552.214_8).abs() < 1e-3, "{max}");
    let top = grid.offset([0, 0, 35]);
    assert!((f64::from(dose.volume.at(top)) - f64::from(0x3f5_u32) * 9.3132257e-4).abs() < 1e-6);
    assert_eq!(dose.plans, std::slice::from_ref(&plan.sop_instance_uid));
    assert!(!study.problems.iter().any(|p| p.severity == Severity::Error), "{:?}", study.problems);
}

#[test]
fn an_external_beam_study_with_one_slice() {
    let Some(dir) = data("dvh-breast") else { return };
    let study = import(&dir, &|_, _| ()).unwrap();
    show(&study);
    assert_eq!(study.structure_sets[0].structures.len(), 10);
    let dose = &study.doses[0];
    assert_eq!(dose.volume.grid.size, [194, 129, 98]);
    assert_eq!(dose.volume.grid.spacing, [2.5, 2.5, 3.0]);
    let max = dose.volume.to_f32().iter().copied().fold(0.0_f32, f32::max);
    assert!((max - 14.680_764).abs() < 1e-6, "{max}");
    let Treatment::ExternalBeam { beams } = &study.plans[0].treatment else { panic!() };
    assert_eq!(beams.len(), 4);
    assert_eq!(study.plans[0].prescriptions[0].dose.map(physics::Gray::value), Some(14.0));
    // one slice is no volume to verify on, and the missing 97 are said
    assert!(study.ct().unwrap_err().to_string().contains("single slice"));
    assert!(study.implant_plan().unwrap_err().to_string().contains("no plan of a permanent implant"));
    assert!(study.problems.iter().any(|p| p.reason.contains("97 of the 98 images")));
    assert!(study.files.iter().any(|f| f.kind == FileKind::Unreadable && f.path == Path::new("LICENSE")));
}

#[test]
fn a_low_resolution_ct_and_a_spect_that_calls_itself_ct() {
    let Some(dir) = data("y90-spect-ct") else { return };
    let study = import(&dir, &|_, _| ()).unwrap();
    show(&study);
    let ct = study.ct().unwrap();
    let grid = &ct.volume.as_ref().unwrap().grid;
    assert_eq!((grid.size, grid.spacing), ([124, 72, 190], [4.0, 4.0, 4.0]));
    let spect = study.series.iter().find(|s| s.uid != ct.uid).unwrap();
    let volume = spect.volume.as_ref().unwrap();
    assert_eq!(volume.grid.size, [128, 128, 209]);
    assert!((volume.grid.spacing[2] - 4.41806).abs() < 1e-6);
    assert_eq!(volume.unit, Unit::Unknown);
    assert!(matches!(volume.voxels, Voxels::F32(_)));
}

#[test]
fn a_heap_of_odd_files_gives_a_study_and_a_list_never_a_crash() {
    let Some(dir) = data("dicom-odd") else { return };
    let study = import(&dir, &|_, _| ()).unwrap();
    println!("{}", study.inventory());
    show(&study);
    assert!(study.problems.iter().any(|p| p.reason.contains("PATIENTS")));
    assert!(study.files.len() > 150);
    assert!(study.plans.iter().any(|p| matches!(p.treatment, Treatment::ExternalBeam { .. })));
    assert!(!study.doses.is_empty());
    // cut off in the middle: listed, not used
    let cut = study.problems.iter().find(|p| p.path.ends_with("rtplan_truncated.dcm")).unwrap();
    assert!(cut.severity == Severity::Error && cut.reason.contains("cut off"), "{cut:?}");
}

#[test]
fn a_real_study_written_by_us_reads_the_same() {
    let Some(dir) = data("seed-implant-ct") else { return };
    let study = import(&dir, &|_, _| ()).unwrap();
    let ct = study.ct().unwrap();
    let (set, plan, dose) = (study.structure_set(ct).unwrap(), study.implant_plan_on(ct).unwrap(), &study.doses[0]);
    let context = Context {
        patient: study.patient.clone(),
        study: study.identity.clone(),
        frame_of_reference: ct.frame_of_reference.clone(),
        created: jiff::civil::date(2024, 1, 2).at(3, 4, 5, 0),
        ..Context::default()
    };
    let images =
        DrawnOn { series_uid: ct.uid.clone(), sop_class_uid: ct.sop_class_uid.clone(), images: ct.slices.clone() };
    let description = StructureSetDescription { label: set.label.clone(), name: String::new(), images: Some(images) };
    let structures = write::rtstruct(&set.structures, &description, &context).unwrap();
    let implant = Implant {
        label: plan.label.clone(),
        setup_type: "PERINEAL".to_owned(),
        structure_set: Some(structures.sop_instance_uid.clone()),
        sources: plan.sources().to_vec(),
        seeds: plan.seeds.clone(),
        ..Implant::default()
    };
    let written_plan = write::rtplan_permanent(&implant, &context).unwrap();
    let written_dose =
        write::rtdose(&dose.volume, &DoseDescription::of_plan(&written_plan.sop_instance_uid), &context).unwrap();

    let read = |written: &write::Written| parse(&written.bytes, &Limits::default()).unwrap();
    assert_eq!(image::rtstruct::read(&read(&structures)).unwrap().structures, set.structures);
    let back = image::rtplan::read(&read(&written_plan)).unwrap();
    assert_eq!(back.seeds, plan.seeds);
    assert_eq!(back.sources(), plan.sources());
    let back = image::rtdose::read(&read(&written_dose)).unwrap();
    assert_eq!(back.volume.grid, dose.volume.grid);
    let off =
        back.volume.to_f32().iter().zip(dose.volume.to_f32().iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-6, "{off} Gy");
}
