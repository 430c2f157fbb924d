//! Opening and decoding CT slices: the tolerant reader beside that of dicom-rs, and one slice in each compression.
//!
//! Needs the reference data beside the project; says so and does nothing without.

use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use dosewright_image::dicom;

fn main() {
    if data().is_dir() {
        divan::main();
    } else {
        println!("skipped: ../shared/data is missing");
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

const SLICES: usize = 150;

/// Paths of a series of 150 slices of 512 × 512: the 36 there are, again and again.
fn series() -> Vec<PathBuf> {
    (0..SLICES).map(|i| data().join(format!("seed-implant-ct/CT{:03}.dcm", i % 36 + 1))).collect()
}

#[divan::bench(sample_count = 10)]
fn series_by_this_reader(bencher: Bencher<'_, '_>) {
    let paths = series();
    bencher.counter(ItemsCount::new(SLICES)).bench(|| {
        let read = |path: &PathBuf| dicom::decode_frames(&dicom::open(path).ok()?).ok().map(|f| f.samples.len());
        paths.iter().filter_map(read).sum::<usize>()
    });
}

#[divan::bench(sample_count = 10)]
fn series_by_dicom_rs(bencher: Bencher<'_, '_>) {
    let paths = series();
    bencher.counter(ItemsCount::new(SLICES)).bench(|| {
        let read = |path: &PathBuf| {
            let file = dicom_object::open_file(path).ok()?;
            let words =
                file.element(dicom_dictionary_std::tags::PIXEL_DATA).ok()?.value().to_multi_int::<u16>().ok()?;
            let values: Vec<i16> = words.into_iter().map(u16::cast_signed).collect();
            Some(values.len())
        };
        paths.iter().filter_map(read).sum::<usize>()
    });
}

const CODINGS: [&str; 9] = [
    "LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1",
    "BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2",
    "DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99",
    "RLELosslessTransferSyntax_1.2.840.10008.1.2.5",
    "JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51",
    "JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55",
    "JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70",
    "JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80",
    "JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90",
];

/// One CT slice of 512 × 512 in memory; the counter is the decoded size.
#[divan::bench(args = CODINGS, sample_count = 20)]
fn slice(bencher: Bencher<'_, '_>, coding: &str) {
    let folder = data().join("dicom-odd/cornerstone/packages/dicomImageLoader/testImages");
    let bytes = std::fs::read(folder.join(format!("CTImage.dcm_{coding}.dcm"))).unwrap_or_default();
    bencher.counter(BytesCount::new(2_usize << 18)).bench(|| {
        let file = dicom::parse(&bytes, &dicom::Limits::default()).ok()?;
        dicom::decode_frames(&file).ok().map(|f| f.samples.len())
    });
}
