//! NIfTI files of another program read as it means them, and ours read by it.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::Command;

use dosewright_image as image;
use image::nifti::{self, NiftiError};
use image::{Grid, Mask, Point, Unit, Volume, Voxels};
use proptest::prelude::*;

const QFORM: &[u8] = include_bytes!("data/nibabel_qform_big_endian.nii.gz");
const SFORM: &[u8] = include_bytes!("data/nibabel_sform_u8.nii");

/// The value at a patient position that is a voxel centre.
fn at(volume: &Volume, point: Point) -> f32 {
    let index = volume.grid.index(point);
    assert!(index.iter().all(|x| (x - x.round()).abs() < 1e-4), "{index:?} is no voxel centre");
    volume.at(volume.grid.offset(index.map(|x| x.round() as usize)))
}

#[test]
fn nibabel_with_qform_and_scaling() {
    let volume = nifti::read(QFORM, Unit::Unknown).unwrap();
    assert_eq!(volume.grid.size, [2, 3, 4]);
    // positions and values by nibabel, in LPS
    assert_eq!(at(&volume, [-12.5, 40.25, 7.75]), -3.0);
    assert_eq!(at(&volume, [-13.651252662509217, 42.2797552889517, 0.4489924822639688]), 11497.0);
    assert_eq!(at(&volume, [-13.686067911888982, 42.392303462755585, 3.3620871952769242]), 6497.0);
    let [x, y, z] = volume.grid.axes;
    let right = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    assert!((0..3).all(|c| (right[c] - z[c]).abs() < 1e-9));
}

#[test]
fn nibabel_with_sform_left_handed() {
    let mask = nifti::read_mask(SFORM).unwrap();
    assert_eq!((mask.grid.size, mask.grid.spacing), ([2, 2, 2], [2.0, 2.0, 3.0]));
    let volume = Volume { grid: mask.grid.clone(), voxels: Voxels::F32(mask.coverage.clone()), unit: Unit::Relative };
    // the affine is diag(-2, 2, 3) and (10, 20, -30) in RAS
    assert_eq!(at(&volume, [-10.0, -20.0, -30.0]), 0.0);
    assert_eq!(at(&volume, [-8.0, -20.0, -30.0]), 1.0);
    assert_eq!(at(&volume, [-10.0, -22.0, -27.0]), 0.0);
    assert!((mask.volume_cm3() - 4.0 * 12.0 / 1000.0).abs() < 1e-9);
}

fn sample(grid: Grid) -> Volume {
    let voxels = Voxels::I16((0..grid.len()).map(|i| (i as i16).wrapping_mul(577)).collect());
    Volume { grid, voxels, unit: Unit::Hounsfield }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        size in prop::array::uniform3(1..5_usize),
        origin in prop::array::uniform3(-500.0..500.0_f64),
        spacing in prop::array::uniform3(0.3..5.0_f64),
        turn in prop::array::uniform3(-3.1..3.1_f64),
    ) {
        let [(sa, ca), (sb, cb), (sc, cc)] = turn.map(f64::sin_cos);
        let axes = [
            [ca * cb, sa * cb, -sb],
            [ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc],
            [ca * sb * cc + sa * sc, sa * sb * cc - ca * sc, cb * cc],
        ];
        let given = sample(Grid { size, origin, spacing, axes });
        let mut file = nifti::write(&given).unwrap();
        for form in ["sform", "qform"] {
            if form == "qform" {
                file[254..256].copy_from_slice(&[0, 0]);
            }
            let back = nifti::read(&nifti::gzip(&file), Unit::Hounsfield).unwrap();
            prop_assert_eq!(&back.voxels, &given.voxels);
            for corner in [[0; 3], size.map(|n| n - 1)] {
                let (a, b) = (back.grid.centre(corner), given.grid.centre(corner));
                prop_assert!((0..3).all(|c| (a[c] - b[c]).abs() < 2e-4), "{} {:?} {:?}", form, a, b);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(mut header in prop::collection::vec(any::<u8>(), 0..500), keep in any::<bool>(), at in 0..348_usize) {
        let _ = nifti::read(&header, Unit::Unknown);
        if keep {
            // a sound file with a run of its header overwritten
            let mut file = nifti::write(&sample(Grid::axis_aligned([3, 2, 2], [0.0; 3], [1.0; 3]))).unwrap();
            header.truncate(12);
            let end = (at + header.len()).min(file.len());
            file[at..end].copy_from_slice(&header[..end - at]);
            let _ = nifti::read(&file, Unit::Unknown);
            let _ = nifti::read_mask(&nifti::gzip(&file));
        }
    }
}

#[test]
fn bad_files_say_what_is_wrong() {
    let good = nifti::write(&sample(Grid::axis_aligned([3, 2, 2], [0.0; 3], [1.0; 3]))).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        nifti::read(&file, Unit::Unknown).unwrap_err()
    };
    assert!(matches!(nifti::read(b"hello", Unit::Unknown), Err(NiftiError::NotNifti(_))));
    assert!(matches!(with(0, &[1, 2, 3, 4]), NiftiError::NotNifti(_)));
    assert!(matches!(with(0, &540_i32.to_le_bytes()), NiftiError::Unsupported(why) if why.contains("NIfTI-2")));
    assert!(matches!(with(344, b"ni1\0"), NiftiError::Unsupported(_)));
    assert!(matches!(with(70, &[128, 0]), NiftiError::Unsupported(why) if why.contains("128")));
    assert!(
        matches!(with(40, &[4, 0, 3, 0, 2, 0, 2, 0, 5, 0]), NiftiError::Unsupported(why) if why.contains("several"))
    );
    assert!(matches!(with(42, &[0, 0]), NiftiError::Header(_)));
    assert!(matches!(with(252, &[0, 0, 0, 0]), NiftiError::NoPlace));
    assert!(matches!(with(284, &0.5_f32.to_le_bytes()), NiftiError::Sheared { .. }));
    assert_eq!(with(42, &[0xff, 0x7f]), NiftiError::CutOff { got: good.len() as u64, wanted: 352 + 32767 * 4 * 2 });
    // a few bytes that claim 2 TB
    let mut huge = good.clone();
    huge[42..48].copy_from_slice(&[0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f]);
    assert!(matches!(nifti::read(&nifti::gzip(&huge), Unit::Unknown), Err(NiftiError::TooLarge { .. })));
    let mut cut = nifti::gzip(&good);
    cut.truncate(cut.len() - 12);
    assert!(matches!(nifti::read(&cut, Unit::Unknown), Err(NiftiError::Gzip(_) | NiftiError::CutOff { .. })));
    assert!(matches!(nifti::read_mask(&good), Err(NiftiError::NotAMask { .. })));
    let empty = Grid::axis_aligned([0, 1, 1], [0.0; 3], [1.0; 3]);
    assert!(matches!(nifti::write(&sample(empty)), Err(NiftiError::Size(_))));
}

#[test]
fn masks_keep_their_coverage() {
    let grid = Grid::axis_aligned([2, 2, 1], [1.0, 2.0, 3.0], [0.5, 0.5, 2.0]);
    for coverage in [vec![0.0, 1.0, 1.0, 0.0], vec![0.0, 0.25, 1.0, 0.1]] {
        let given = Mask { grid: grid.clone(), coverage };
        let file = nifti::write_mask(&given).unwrap();
        assert_eq!(nifti::read_mask(&nifti::gzip(&file)).unwrap(), given);
    }
}

const NIBABEL: &str = r"
import sys, nibabel
img = nibabel.load(sys.argv[1])
for ijk in [(0, 0, 0), (2, 1, 1)]:
    p = img.affine @ [*ijk, 1]
    print('%.4f %.4f %.4f' % (-p[0], -p[1], p[2]), int(img.get_fdata()[ijk]))
q = abs(img.affine - img.get_qform()).max()
print(img.get_data_dtype(), img.header.get_xyzt_units()[0], q < 1e-5)
";

#[test]
fn nibabel_reads_ours() {
    let python = std::env::var_os("NIBABEL_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import nibabel"]).output().is_ok_and(|o| o.status.success());
    if !has {
        println!("skipped: no Python with nibabel (name one in NIBABEL_PYTHON)");
        return;
    }
    let grid =
        Grid { size: [3, 2, 2], origin: [-12.25, 40.5, 7.75], spacing: [0.5, 0.75, 2.5], axes: common::oblique() };
    let given = sample(grid);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ours.nii.gz");
    std::fs::write(&path, nifti::gzip(&nifti::write(&given).unwrap())).unwrap();
    let out = Command::new(python).args(["-c", NIBABEL]).arg(&path).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let line = |ijk| {
        let p = given.grid.centre(ijk);
        format!("{:.4} {:.4} {:.4} {}\n", p[0], p[1], p[2], given.at(given.grid.offset(ijk)) as i32)
    };
    let want = format!("{}{}int16 mm True\n", line([0, 0, 0]), line([2, 1, 1]));
    assert_eq!(String::from_utf8(out.stdout).unwrap(), want);
}
