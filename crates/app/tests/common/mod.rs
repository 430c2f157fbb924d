//! A small made-up study, written with the project's own DICOM writers, and ways to spoil it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::assigning_clones)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::rtplan::{PlanSource, PlannedSeed, Prescription};
use image::study::{Patient, StudyIdentity};
use image::write::{
    Context, CtScan, DrawnOn, Implant, StructureSetDescription, ct_series, derive_uid, rtplan_permanent, rtstruct,
};
use image::{Contour, ContourKind, Grid, Point, Structure, Unit, Volume, Voxels};
use physics::{AirKermaStrength, Gray, Seconds};

pub const FRAME: &str = "1.2.826.0.1.3680043.10.1.1";
pub const SLICE_MM: f64 = 2.5;

/// What the study is to be like; start from `Study::default()` and spoil it.
pub struct Study {
    pub seeds: Vec<Point>,
    pub slices: usize,
    pub structure_frame: &'static str,
    pub source_model: &'static str,
    pub prescription: Option<f64>,
    pub with_ct: bool,
    pub with_plan: bool,
}

impl Default for Study {
    fn default() -> Self {
        let mut seeds = Vec::new();
        for (x, y) in
            [(-8.0, -8.0), (-8.0, 8.0), (8.0, -8.0), (8.0, 8.0), (0.0, 12.0), (0.0, -12.0), (12.0, 0.0), (-12.0, 0.0)]
        {
            for z in [-10.0, -2.5, 5.0, 12.5] {
                seeds.push([x, y, z]);
            }
        }
        Self {
            seeds,
            slices: 24,
            structure_frame: FRAME,
            source_model: "STM1251",
            prescription: Some(145.0),
            with_ct: true,
            with_plan: true,
        }
    }
}

fn context(frame: &str, number: i32) -> Context {
    Context {
        patient: Patient { name: "测试^患者".into(), id: "T-1".into(), ..Patient::default() },
        study: StudyIdentity { uid: derive_uid(&[b"small study"]), ..StudyIdentity::default() },
        frame_of_reference: frame.to_owned(),
        series_number: number,
        created: jiff::civil::date(2026, 3, 1).at(9, 0, 0, 0),
        ..Context::default()
    }
}

/// A ball of water of 40 mm radius in air, every seed a bright spot of a seed's integrated brightness.
fn ct(study: &Study) -> Volume {
    let n = 80;
    let low = -SLICE_MM * (study.slices as f64 - 1.0) / 2.0;
    let grid = Grid::axis_aligned([n, n, study.slices], [-39.5, -39.5, low], [1.0, 1.0, SLICE_MM]);
    let mut voxels = vec![-1000_i16; grid.len()];
    for k in 0..study.slices {
        for j in 0..n {
            for i in 0..n {
                let [x, y, _] = grid.centre([i, j, k]);
                if x * x + y * y < 38.0 * 38.0 {
                    voxels[grid.offset([i, j, k])] = 30 + ((i * 7 + j * 13 + k * 5) % 11) as i16;
                }
            }
        }
    }
    Volume { grid, voxels: Voxels::I16(voxels), unit: Unit::Hounsfield }
}

fn ball(number: i32, name: &str, radius: f64) -> Structure {
    let mut contours = Vec::new();
    let mut z = -SLICE_MM * 11.5;
    while z < 40.0 {
        if z.abs() < radius {
            let r = (radius * radius - z * z).sqrt();
            let points =
                (0..60).map(|t| f64::from(t) / 60.0 * std::f64::consts::TAU).map(|a| [r * a.cos(), r * a.sin(), z]);
            contours.push(Contour { kind: ContourKind::ClosedPlanar, points: points.collect(), image: None });
        }
        z += SLICE_MM;
    }
    Structure {
        number,
        name: name.to_owned(),
        kind: "ORGAN".to_owned(),
        colour: Some([200, 0, 0]),
        frame_of_reference: FRAME.to_owned(),
        contours,
    }
}

impl Study {
    /// Writes it into `dir`.
    pub fn write(&self, dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        let volume = ct(self);
        let scan = CtScan { kvp: Some(120.0), kernel: String::new(), slice_thickness_mm: SLICE_MM, simulated: true };
        let slices = ct_series(&volume, &scan, &context(FRAME, 1)).unwrap();
        if self.with_ct {
            for (n, slice) in slices.iter().enumerate() {
                fs::write(dir.join(format!("ct{n:03}.dcm")), &slice.bytes).unwrap();
            }
        }
        let mut structures = vec![ball(1, "Prostate", 18.0), ball(2, "Rectum", 6.0)];
        for structure in &mut structures {
            structure.frame_of_reference = self.structure_frame.to_owned();
        }
        let drawn_on = DrawnOn {
            series_uid: slices[0].series_instance_uid.clone(),
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".to_owned(),
            images: slices.iter().map(|slice| slice.sop_instance_uid.clone()).collect(),
        };
        let description =
            StructureSetDescription { label: "POST".into(), images: Some(drawn_on), ..Default::default() };
        let set = rtstruct(&structures, &description, &context(self.structure_frame, 2)).unwrap();
        fs::write(dir.join("structures.dcm"), &set.bytes).unwrap();
        if self.with_plan {
            fs::write(dir.join("plan.dcm"), self.plan(&set.sop_instance_uid)).unwrap();
        }
    }

    fn plan(&self, set: &str) -> Vec<u8> {
        let implant = Implant {
            label: "POST".into(),
            structure_set: Some(set.to_owned()),
            prescriptions: vec![Prescription {
                kind: "TARGET".into(),
                structure: Some(1),
                dose: self.prescription.map(Gray::new),
                ..Prescription::default()
            }],
            sources: vec![PlanSource {
                number: 1,
                isotope: "I-125".into(),
                model: self.source_model.to_owned(),
                shape: "LINE".into(),
                half_life: Some(Seconds::from_days(59.4)),
                air_kerma_strength: Some(AirKermaStrength::new(0.621)),
                reference_date_time: Some(jiff::civil::date(2026, 3, 1).at(9, 0, 0, 0)),
                ..PlanSource::default()
            }],
            seeds: self
                .seeds
                .iter()
                .map(|&position| PlannedSeed { position, axis: None, source: 0, applicator: String::new() })
                .collect(),
            ..Implant::default()
        };
        rtplan_permanent(&implant, &context(FRAME, 3)).unwrap().bytes
    }
}

/// Runs the program.
pub fn dosewright(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dosewright")).arg("--quiet").args(arguments).output().unwrap()
}

/// A case folder, an output folder, and what is beside them afterwards.
pub struct Bench {
    home: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub fn case(&self) -> PathBuf {
        self.home.path().join("case")
    }

    pub fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// `dosewright verify CASE … --out OUT`
    pub fn verify(&self, arguments: &[&str]) -> Output {
        let (case, out) = (self.case(), self.out());
        let mut all = vec!["verify", case.to_str().unwrap(), "--out", out.to_str().unwrap()];
        all.extend(arguments);
        dosewright(&all)
    }

    /// Verifies, expects a refusal with `exit`, and that its sentence holds every one of `words`; nothing may be left behind.
    pub fn refused(&self, arguments: &[&str], exit: i32, words: &[&str]) {
        let before = self.listing();
        let output = self.verify(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{said}");
        for word in words {
            assert!(said.contains(word), "'{word}' is not in: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(self.listing(), before, "something was left behind");
    }

    fn listing(&self) -> Vec<PathBuf> {
        let mut names: Vec<PathBuf> =
            fs::read_dir(self.home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    }
}

/// The folder of reference data, or a line that says that it is missing.
pub fn shared(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    println!("skipped: ../shared/{path} is missing");
    None
}
