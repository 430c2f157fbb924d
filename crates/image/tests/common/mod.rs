//! Objects to write and read back.

#![allow(clippy::unwrap_used, dead_code)]

use dosewright_image as image;
use image::dicom::{DicomFile, Limits, parse};
use image::rtplan::{PlanSource, PlannedSeed, Prescription};
use image::study::{Patient, StudyIdentity};
use image::write::{
    Context, CtScan, DoseDescription, DrawnOn, Equipment, Implant, StructureSetDescription, Written, ct_series,
    derive_uid, rtdose, rtplan_permanent, rtstruct,
};
use image::{Contour, ContourKind, Grid, Structure, Unit, Volume, Voxels};
use physics::{AirKermaStrength, Gray, Seconds};

pub fn read(written: &Written) -> DicomFile {
    let file = parse(&written.bytes, &Limits::default()).unwrap();
    assert!(file.repairs.is_empty() && !file.truncated, "{:?}", file.repairs);
    file
}

pub fn context(description: &str) -> Context {
    Context {
        patient: Patient {
            name: "Wang^Xiaodong=王^小东".to_owned(),
            id: "病-0001".to_owned(),
            birth_date: Some(jiff::civil::date(1950, 2, 3)),
            sex: "M".to_owned(),
        },
        study: StudyIdentity {
            uid: derive_uid(&[b"study"]),
            date_time: Some(jiff::civil::date(2024, 5, 6).at(7, 8, 9, 0)),
            id: "1".to_owned(),
            accession: String::new(),
            description: "植入后验证".to_owned(),
        },
        frame_of_reference: derive_uid(&[b"frame"]),
        series_description: description.to_owned(),
        series_number: 7,
        created: jiff::civil::date(2024, 6, 7).at(8, 9, 10, 0),
        utc_offset_minutes: Some(480),
        equipment: Equipment {
            manufacturer: "Dosewright".to_owned(),
            model: "Dosewright".to_owned(),
            serial: String::new(),
            software: "0.1.0".to_owned(),
        },
    }
}

pub fn dose_volume(axes: [[f64; 3]; 3]) -> Volume {
    let grid =
        Grid { size: [7, 5, 4], origin: [-23.809322357178, -58.445285797119, 39.75], spacing: [1.0, 1.25, 2.5], axes };
    let voxels = Voxels::F32((0..grid.len()).map(|i| 3.7 * (i as f32).powf(1.7)).collect());
    Volume { grid, voxels, unit: Unit::Gray }
}

pub const STRAIGHT: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Turned about the z axis, planes downwards.
pub fn oblique() -> [[f64; 3]; 3] {
    let (s, c) = 0.3_f64.sin_cos();
    [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, -1.0]]
}

pub fn dose_description() -> DoseDescription {
    DoseDescription { comment: "TG-43 二维".to_owned(), ..DoseDescription::of_plan(&derive_uid(&[b"plan"])) }
}

pub fn implant() -> Implant {
    Implant {
        label: "VERIFIED".to_owned(),
        name: "植入后".to_owned(),
        intent: "VERIFICATION".to_owned(),
        setup_type: "PERINEAL".to_owned(),
        structure_set: Some(derive_uid(&[b"set"])),
        prescriptions: vec![Prescription {
            description: "前列腺".to_owned(),
            kind: "TARGET".to_owned(),
            structure: Some(1),
            dose: Some(Gray::new(145.0)),
        }],
        sources: vec![PlanSource {
            number: 1,
            isotope: "I-125".to_owned(),
            model: "STM1251".to_owned(),
            shape: "LINE".to_owned(),
            manufacturer: "Bard".to_owned(),
            half_life: Some(Seconds::from_days(59.4)),
            air_kerma_strength: Some(AirKermaStrength::new(0.621)),
            reference_date_time: Some(jiff::civil::date(2024, 5, 6).at(12, 0, 0, 0)),
            active_length_mm: Some(3.81),
            ..PlanSource::default()
        }],
        seeds: vec![
            PlannedSeed {
                position: [55.5276641845703, 0.63469833, -2.75],
                axis: Some([0.0, 0.6, 0.8]),
                source: 0,
                applicator: "N1".to_owned(),
            },
            PlannedSeed {
                position: [-30.0 / 7.0, 1.0 / 3.0, -22.75],
                axis: None,
                source: 0,
                applicator: String::new(),
            },
        ],
    }
}

pub fn structures() -> Vec<Structure> {
    let square = |z: f64| Contour {
        kind: ContourKind::ClosedPlanar,
        points: vec![[0.1, 0.2, z], [10.1, 0.2, z], [10.1, 10.2, z], [1.0 / 3.0, 10.2, z]],
        image: Some(derive_uid(&[b"slice"])),
    };
    vec![
        Structure {
            number: 1,
            name: "Prostate 前列腺".to_owned(),
            kind: "CTV".to_owned(),
            colour: Some([255, 0, 10]),
            frame_of_reference: derive_uid(&[b"frame"]),
            contours: vec![square(0.0), square(2.5)],
        },
        Structure {
            number: 4,
            name: "Urètre".to_owned(),
            kind: "ORGAN".to_owned(),
            colour: None,
            frame_of_reference: derive_uid(&[b"frame"]),
            contours: vec![],
        },
    ]
}

pub fn ct() -> Volume {
    let grid = Grid {
        size: [8, 6, 3],
        origin: [-82.655861020088, -124.75585949421, -10.0],
        spacing: [0.48828101, 0.5, 2.5],
        axes: STRAIGHT,
    };
    Volume { voxels: Voxels::I16((0..grid.len() as i16).map(|i| i * 7 - 1000).collect()), grid, unit: Unit::Hounsfield }
}

pub fn scan() -> CtScan {
    CtScan { kvp: Some(120.0), kernel: "B30f".to_owned(), slice_thickness_mm: 2.5, simulated: true }
}

pub fn description() -> StructureSetDescription {
    StructureSetDescription {
        label: "IMPLANT".to_owned(),
        name: String::new(),
        images: Some(DrawnOn {
            series_uid: derive_uid(&[b"series"]),
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".to_owned(),
            images: vec![derive_uid(&[b"slice"])],
        }),
    }
}

pub fn everything() -> Vec<(&'static str, Written)> {
    let mut all = vec![
        ("dose.dcm", rtdose(&dose_volume(STRAIGHT), &dose_description(), &context("剂量")).unwrap()),
        ("dose-oblique.dcm", rtdose(&dose_volume(oblique()), &dose_description(), &context("oblique")).unwrap()),
        ("plan.dcm", rtplan_permanent(&implant(), &context("计划")).unwrap()),
        ("structures.dcm", rtstruct(&structures(), &description(), &context("结构")).unwrap()),
    ];
    all.extend(ct_series(&ct(), &scan(), &context("CT")).unwrap().into_iter().map(|w| ("ct.dcm", w)));
    all
}

/// The same file with its data set changed.
pub fn changed(bytes: &[u8], change: impl FnOnce(&mut dicom_object::InMemDicomObject)) -> Vec<u8> {
    let mut object = parse(bytes, &Limits::default()).unwrap().object;
    change(&mut object);
    let meta = dicom_object::meta::FileMetaTableBuilder::new()
        .transfer_syntax(dicom_dictionary_std::uids::IMPLICIT_VR_LITTLE_ENDIAN);
    let mut out = Vec::new();
    object.with_meta(meta).unwrap().write_all(&mut out).unwrap();
    out
}

/// A folder with these files.
pub fn folder(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

/// SOP Instance UID of the structure set in [`everything`].
pub fn structures_uid() -> String {
    everything().into_iter().find(|(name, _)| *name == "structures.dcm").unwrap().1.sop_instance_uid
}
