//! What we write is valid DICOM, says what it was given, and is the same bytes each time.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::Command;

use common::*;
use dosewright_image as image;
use image::dicom::Attributes;
use image::study::import;
use image::write::{
    DoseDescription, Implant, StoredBits, WriteError, ct_series, derive_uid, rtdose, rtplan_permanent, rtstruct,
};
use image::{Unit, Voxels, rtplan, rtstruct as structures_of};

fn installed(program: &str) -> bool {
    Command::new(program).stdin(std::process::Stdio::null()).output().is_ok()
}

fn dciodvfy(path: &Path) -> String {
    let out = Command::new("dciodvfy").arg(path).output().expect("dciodvfy runs");
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

#[test]
fn everything_written_passes_dciodvfy() {
    if !installed("dciodvfy") {
        println!("skipped: dciodvfy (package dicom3tools) is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut all = everything();
    // dciodvfy stops at an assertion of its own on any object with 32-bit pixels, whoever wrote it; the same dose with 16-bit pixels stands in.
    let sixteen = DoseDescription { bits: StoredBits::Sixteen, ..dose_description() };
    all.retain(|(name, _)| !name.starts_with("dose"));
    for (name, axes) in [("dose.dcm", STRAIGHT), ("oblique-dose.dcm", oblique())] {
        all.push((name, rtdose(&dose_volume(axes), &sixteen, &context("剂量")).unwrap()));
    }
    for (name, written) in all {
        let path = dir.path().join(name);
        std::fs::write(&path, &written.bytes).unwrap();
        let said = dciodvfy(&path);
        println!("{name}:\n{said}");
        let iod = match name {
            "plan.dcm" => "RTPlan",
            "structures.dcm" => "RTStructureSet",
            "ct.dcm" => "CTImage",
            _ => "RTDose",
        };
        assert!(said.lines().any(|l| l.trim() == iod), "{name} was not checked:\n{said}");
        assert!(!said.contains("Error") && !said.contains("Assertion"), "{name}:\n{said}");
    }
}

#[test]
fn the_same_content_gives_the_same_bytes_and_other_content_another_uid() {
    let (one, two) = (everything(), everything());
    assert_eq!(one, two);
    let mut uids: Vec<&str> = one.iter().map(|(_, w)| w.sop_instance_uid.as_str()).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), one.len());
    let ct: Vec<_> = one.iter().filter(|(n, _)| *n == "ct.dcm").map(|(_, w)| &w.series_instance_uid).collect();
    assert!(ct.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn a_dose_comes_back_to_half_a_step() {
    let given = dose_volume(STRAIGHT);
    let back = image::rtdose::read(&read(&rtdose(&given, &dose_description(), &context("剂量")).unwrap())).unwrap();
    assert_eq!(back.volume.grid, given.grid);
    assert_eq!(back.volume.unit, Unit::Gray);
    let max = given.to_f32().iter().copied().fold(0.0_f32, f32::max);
    let half_step = f64::from(max) / 2_f64.powi(32) / 2.0;
    for (got, want) in back.volume.to_f32().iter().zip(given.to_f32().iter()) {
        // the step, and the rounding of f32 itself
        assert!((f64::from(*got) - f64::from(*want)).abs() <= half_step * 1.000_001 + f64::from(*want) * 6e-8);
        if *want > max / 128.0 {
            assert_eq!(got, want);
        }
    }
    assert_eq!(
        (back.kind.as_str(), back.summation.as_str(), back.comment.as_str()),
        ("PHYSICAL", "PLAN", "TG-43 二维")
    );
    assert_eq!(back.plans, [derive_uid(&[b"plan"])]);
    assert_eq!(back.heterogeneity, ["WATER"]);
    // what was read is written again without further loss
    let again =
        image::rtdose::read(&read(&rtdose(&back.volume, &dose_description(), &context("剂量")).unwrap())).unwrap();
    assert_eq!(again.volume, back.volume);
}

#[test]
fn an_oblique_dose_with_falling_planes_comes_back_turned_upwards() {
    let given = dose_volume(oblique());
    let written = rtdose(&given, &dose_description(), &context("oblique")).unwrap();
    let back = image::rtdose::read(&read(&written)).unwrap().volume;
    assert_eq!(back.grid.size, given.grid.size);
    for (i, j, k) in [(0, 0, 0), (6, 0, 1), (2, 4, 3), (5, 3, 2)] {
        let place = given.grid.centre([i, j, k]);
        let at = back.grid.index(place).map(|x| x.round() as usize);
        let there = back.grid.centre(at);
        assert!((0..3).all(|c| (there[c] - place[c]).abs() < 1e-9), "{there:?} {place:?}");
        let (got, want) = (back.at(back.grid.offset(at)), given.at(given.grid.offset([i, j, k])));
        assert!((got - want).abs() <= want * 1e-6 + 1e-6);
    }
}

#[test]
fn a_permanent_implant_comes_back() {
    let given = implant();
    let written = rtplan_permanent(&given, &context("计划")).unwrap();
    let file = read(&written);
    let plan = rtplan::read(&file).unwrap();
    assert!(plan.is_permanent_implant() && plan.warnings.is_empty(), "{:?}", plan.warnings);
    assert_eq!(plan.sop_instance_uid, written.sop_instance_uid);
    assert_eq!((plan.label.as_str(), plan.name.as_str(), plan.intent.as_str()), ("VERIFIED", "植入后", "VERIFICATION"));
    assert_eq!((plan.date_time, plan.utc_offset_minutes), (Some(context("").created), Some(480)));
    assert_eq!(plan.structure_set, given.structure_set);
    assert_eq!(plan.prescriptions, given.prescriptions);
    assert_eq!(plan.sources(), given.sources);
    assert_eq!(plan.seeds.len(), 2);
    for (got, want) in plan.seeds.iter().zip(&given.seeds) {
        assert!((0..3).all(|c| (got.position[c] - want.position[c]).abs() < 1e-12));
        assert_eq!(got.axis.is_some(), want.axis.is_some());
        assert!((0..3).all(|c| (got.axis.unwrap_or_default()[c] - want.axis.unwrap_or_default()[c]).abs() < 1e-7));
        assert_eq!((got.source, &got.applicator), (want.source, &want.applicator));
    }
    // 0.621 µGy/h at 1 m for the mean life of 59.4 d / ln 2, twice
    let setup = &file.object.items(dicom_dictionary_std::tags::APPLICATION_SETUP_SEQUENCE).unwrap()[0];
    let kerma = setup.float(dicom_dictionary_std::tags::TOTAL_REFERENCE_AIR_KERMA).unwrap().unwrap();
    assert!((kerma - 2.0 * 0.621 * 59.4 * 24.0 / std::f64::consts::LN_2).abs() < 1e-6, "{kerma}");
}

#[test]
fn a_structure_set_comes_back() {
    let given = structures();
    let written = rtstruct(&given, &description(), &context("结构")).unwrap();
    let set = structures_of::read(&read(&written)).unwrap();
    assert!(set.warnings.is_empty() && set.left_out.is_empty());
    assert_eq!((set.label.as_str(), set.referenced_images.len()), ("IMPLANT", 1));
    assert_eq!(set.structures.len(), 2);
    for (got, want) in set.structures.iter().zip(&given) {
        assert_eq!((got.number, &got.name, &got.kind, got.colour), (want.number, &want.name, &want.kind, want.colour));
        assert_eq!(got.frame_of_reference, want.frame_of_reference);
        assert_eq!(got.contours.len(), want.contours.len());
        for (a, b) in got.contours.iter().zip(&want.contours) {
            assert_eq!((a.kind, &a.image, a.points.len()), (b.kind, &b.image, b.points.len()));
            assert!(a.points.as_flattened().iter().zip(b.points.as_flattened()).all(|(x, y)| (x - y).abs() < 1e-12));
        }
    }
}

#[test]
fn a_contour_of_ten_thousand_points_is_written_and_read() {
    let mut given = structures();
    given[0].contours[0].points =
        (0..10_000).map(|i| (f64::from(i) * 6.283e-4).sin_cos()).map(|(s, c)| [50.0 * c, 50.0 * s, 0.0]).collect();
    let set = structures_of::read(&read(&rtstruct(&given, &description(), &context("")).unwrap())).unwrap();
    assert_eq!(set.structures[0].contours[0].points.len(), 10_000);
}

#[test]
fn a_whole_study_comes_back_from_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    for (i, (name, written)) in everything().into_iter().enumerate() {
        std::fs::write(dir.path().join(format!("{i:02}-{name}")), &written.bytes).unwrap();
    }
    let study = import(dir.path(), &|_, _| ()).unwrap();
    let want = context("");
    assert_eq!(study.patient, want.patient);
    assert_eq!(study.identity, want.study);
    let ct = study.ct().unwrap();
    assert_eq!(ct.volume.as_ref().unwrap(), &common::ct());
    assert_eq!((ct.kvp, ct.kernel.as_str()), (Some(120.0), "B30f"));
    assert_eq!(study.structure_set(ct).unwrap().label, "IMPLANT");
    assert_eq!(study.implant_plan().unwrap().seeds.len(), 2);
    assert_eq!(study.doses.len(), 2);
}

#[test]
fn what_cannot_be_written_says_why() {
    let refuse = |change: &dyn Fn(&mut Implant), words: &str| {
        let mut implant = implant();
        change(&mut implant);
        let error = rtplan_permanent(&implant, &context("")).unwrap_err();
        assert!(matches!(error, WriteError::Invalid { .. }) && error.to_string().contains(words), "{error}");
    };
    refuse(&|i| i.seeds.clear(), "no seeds");
    refuse(&|i| i.sources[0].air_kerma_strength = None, "air-kerma strength");
    refuse(&|i| i.sources[0].half_life = None, "half-life");
    refuse(&|i| i.sources[0].reference_date_time = None, "date");
    refuse(&|i| i.seeds[1].source = 3, "seed 2");
    refuse(&|i| i.seeds[0].position[1] = f64::NAN, "seed 1");
    refuse(&|i| i.structure_set = Some("1.2.x".to_owned()), "UID");

    let mut bad = dose_volume(STRAIGHT);
    let Voxels::F32(values) = &mut bad.voxels else { panic!() };
    values[3] = f32::NAN;
    assert!(rtdose(&bad, &dose_description(), &context("")).unwrap_err().to_string().contains("voxel 3"));
    let mut unit = dose_volume(STRAIGHT);
    unit.unit = Unit::Relative;
    assert!(rtdose(&unit, &dose_description(), &context("")).unwrap_err().to_string().contains("Gy"));
    let mut homeless = context("");
    homeless.frame_of_reference.clear();
    let error = rtdose(&dose_volume(STRAIGHT), &dose_description(), &homeless).unwrap_err().to_string();
    assert!(error.contains("Frame of Reference UID"), "{error}");

    let mut twice = structures();
    twice[1].number = 1;
    assert!(rtstruct(&twice, &description(), &context("")).unwrap_err().to_string().contains("already taken"));
    let mut hot = common::ct();
    hot.voxels = Voxels::F32(vec![40_000.0; hot.grid.len()]);
    assert!(ct_series(&hot, &scan(), &context("")).unwrap_err().to_string().contains("40000 HU"));
}

/// What pydicom makes of the files, one line each.
const PYDICOM: &str = r"
import sys, os, pydicom
for name in sorted(os.listdir(sys.argv[1])):
    d = pydicom.dcmread(os.path.join(sys.argv[1], name))
    pn = d.PatientName
    out = [name, str(pn), pn.ideographic, d.PatientID, d.StudyDescription, d.file_meta.MediaStorageSOPInstanceUID == d.SOPInstanceUID]
    if d.Modality == 'RTDOSE':
        a = d.pixel_array
        out += [a.shape, str(a.dtype), '%.9g' % (float(a.max()) * d.DoseGridScaling), d.DoseComment if 'DoseComment' in d else '']
    if d.Modality == 'RTPLAN':
        s = d.ApplicationSetupSequence[0]
        out += [d.RTPlanName, len(s.ChannelSequence), [float(x) for x in s.ChannelSequence[0].BrachyControlPointSequence[0].ControlPoint3DPosition]]
    if d.Modality == 'RTSTRUCT':
        out += [[r.ROIName for r in d.StructureSetROISequence], len(d.ROIContourSequence[0].ContourSequence)]
    if d.Modality == 'CT':
        out += [d.pixel_array.shape, int(d.pixel_array[0, 0])]
    print(*out, sep='|')
";

#[test]
fn pydicom_reads_the_same() {
    let has = Command::new("python3").args(["-c", "import pydicom, numpy"]).output().is_ok_and(|o| o.status.success());
    if !has {
        println!("skipped: python3 with pydicom and numpy is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (i, (name, written)) in everything().into_iter().enumerate() {
        std::fs::write(dir.path().join(format!("{i}-{name}")), &written.bytes).unwrap();
    }
    let out = Command::new("python3")
        .env("PYTHONIOENCODING", "utf-8")
        .args(["-c", PYDICOM])
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = String::from_utf8(out.stdout).unwrap();
    let who = "Wang^Xiaodong=王^小东|王^小东|病-0001|植入后验证|True";
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 7, "{said}");
    let max = dose_volume(STRAIGHT).to_f32().iter().copied().fold(0.0_f32, f32::max);
    assert_eq!(lines[0], format!("0-dose.dcm|{who}|(4, 5, 7)|uint32|{}|TG-43 二维", nine_digits(max)));
    assert_eq!(lines[2], format!("2-plan.dcm|{who}|植入后|2|[55.5276641845703, 0.63469833, -2.75]"));
    assert_eq!(lines[3], format!("3-structures.dcm|{who}|['Prostate 前列腺', 'Urètre']|2"));
    assert_eq!(lines[4], format!("4-ct.dcm|{who}|(6, 8)|-1000"));
}

fn nine_digits(value: f32) -> String {
    let text = format!("{:.8e}", f64::from(value));
    let number: f64 = text.parse().unwrap();
    format!("{number}")
}

#[test]
fn plastimatch_reads_the_dose() {
    if !installed("plastimatch") {
        println!("skipped: plastimatch is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (dcm, mha) = (dir.path().join("dose.dcm"), dir.path().join("dose.mha"));
    let given = dose_volume(STRAIGHT);
    std::fs::write(&dcm, rtdose(&given, &dose_description(), &context("")).unwrap().bytes).unwrap();
    let out = Command::new("plastimatch")
        .arg("convert")
        .arg("--input-dose-img")
        .arg(&dcm)
        .arg("--output-dose-img")
        .arg(&mha)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let bytes = std::fs::read(&mha).unwrap();
    let start = bytes.len() - given.grid.len() * 4;
    let header = String::from_utf8_lossy(&bytes[..start]);
    assert!(header.contains("DimSize = 7 5 4") && header.contains("MET_FLOAT"), "{header}");
    let (values, _) = bytes[start..].as_chunks::<4>();
    for (got, want) in values.iter().map(|b| f32::from_le_bytes(*b)).zip(given.to_f32().iter()) {
        assert!((got - want).abs() <= want * 1e-6 + 1e-6, "{got} {want}");
    }
}

const DICOMPYLER: &str = r"
import sys
from dicompylercore import dicomparser
dose, plan, structures = (dicomparser.DicomParser(p) for p in sys.argv[1:])
d = dose.GetDoseData()
print(d['rows'], d['columns'], d['frames'], '%.6f' % (d['dosemax'] * float(d['dosegridscaling'])))
print(plan.GetPlan()['rxdose'])
for key, s in structures.GetStructures().items():
    print(key, s['name'], s['type'], sorted(float(z) for z in structures.GetStructureCoordinates(key)))
";

#[test]
fn dicompyler_reads_dose_plan_and_structures() {
    // dicompyler-core wants a pydicom before 3, so it often has a Python of its own.
    let python = std::env::var_os("DICOMPYLER_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import dicompylercore"]).output().is_ok_and(|o| o.status.success());
    if !has {
        println!("skipped: no Python with dicompyler-core (name one in DICOMPYLER_PYTHON)");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.env("PYTHONIOENCODING", "utf-8").args(["-c", DICOMPYLER]);
    for (name, written) in everything() {
        if matches!(name, "dose.dcm" | "plan.dcm" | "structures.dcm") {
            std::fs::write(dir.path().join(name), &written.bytes).unwrap();
            command.arg(dir.path().join(name));
        }
    }
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let max = dose_volume(STRAIGHT).to_f32().iter().copied().fold(0.0_f32, f32::max);
    let said = String::from_utf8(out.stdout).unwrap();
    let want = format!("5 7 4 {max:.6}\n14500\n1 Prostate 前列腺 CTV [0.0, 2.5]\n4 Urètre ORGAN []\n");
    assert_eq!(said, want);
}
