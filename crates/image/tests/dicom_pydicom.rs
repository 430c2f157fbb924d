//! Every reference file against what pydicom found in it (`pydicom_expected.tsv`, written by `pydicom_expected.py`).

use std::path::Path;

use dicom_dictionary_std::tags;
use dosewright_image::dicom::{self, Attributes, DicomFile, Samples};

/// Where the two differ and why that is right: end of the path, column, reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("1.2.840.10008.1.2.4.55.dcm", "pixels", "pydicom has no decoder for progressive JPEG; see the test below"),
    ("1.2.840.10008.1.2.4.53.dcm", "pixels", "pydicom has no decoder for progressive JPEG; see the test below"),
    (
        "JPEG-lossy.dcm",
        "pixels",
        "its scan header ends the spectrum at 0 instead of 63, which a sequential scan cannot mean; see the test below",
    ),
    ("chrX1.dcm", "name", "pydicom drops the delimiter of an empty last component group"),
    ("chrX2.dcm", "name", "pydicom drops the delimiter of an empty last component group"),
    ("SC_rgb_dcmtk_+eb+cy+n1.dcm", "pixels", "chrominance of half resolution is interpolated there, repeated here"),
    ("SC_rgb_dcmtk_+eb+cy+np.dcm", "pixels", "chrominance of half resolution is interpolated there, repeated here"),
    ("SC_rgb_jpeg_lossy_gdcm.dcm", "pixels", "chrominance of half resolution is interpolated there, repeated here"),
];

struct Expected<'a> {
    path: &'a str,
    opened: &'a str,
    elements: &'a str,
    name: &'a str,
    pixels: &'a str,
    bits: &'a str,
    crc32: &'a str,
    lossy: bool,
    probes: Vec<i64>,
}

fn parse(line: &str) -> Expected<'_> {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    Expected {
        path: next(),
        opened: next(),
        elements: next(),
        name: next(),
        pixels: next(),
        bits: next(),
        crc32: next(),
        lossy: next() == "lossy",
        probes: next().split_whitespace().filter_map(|n| n.parse().ok()).collect(),
    }
}

/// Kind and size as numpy names them, little endian bytes, sum and sixteen values evenly spaced.
fn facts(samples: &Samples) -> (&'static str, Vec<u8>, Vec<i64>) {
    macro_rules! integers {
        ($name:literal, $v:expr) => {{
            let probes = (0..16).map(|i| $v[i * ($v.len() - 1) / 15] as i64);
            let sum = $v.iter().map(|&x| x as i64).sum();
            ($name, $v.iter().flat_map(|x| x.to_le_bytes()).collect(), std::iter::once(sum).chain(probes).collect())
        }};
    }
    match samples {
        Samples::U8(v) => integers!("u1", v),
        Samples::I8(v) => integers!("i1", v),
        Samples::U16(v) => integers!("u2", v),
        Samples::I16(v) => integers!("i2", v),
        Samples::U32(v) => integers!("u4", v),
        Samples::I32(v) => integers!("i4", v),
        Samples::F32(v) => ("f4", v.iter().flat_map(|x| x.to_le_bytes()).collect(), Vec::new()),
        Samples::F64(v) => ("f8", v.iter().flat_map(|x| x.to_le_bytes()).collect(), Vec::new()),
    }
}

/// Differences of the pixels; `None` when they agree.
fn compare_pixels(file: &DicomFile, expected: &Expected<'_>) -> Option<String> {
    let frames = match dicom::decode_frames(file) {
        Ok(frames) => frames,
        Err(error) => {
            let both = expected.pixels == "none" || expected.pixels.starts_with("refused");
            return (!both).then(|| format!("ours: {error}"));
        }
    };
    let f = &frames.format;
    let shape = format!("{}x{}x{}x{}", f.frames, f.rows, f.columns, f.samples);
    if shape != expected.pixels {
        return Some(format!("pydicom {}, ours {shape}", expected.pixels));
    }
    let (bits, bytes, probes) = facts(&frames.samples);
    if bits != expected.bits {
        return Some(format!("pydicom {}, ours {bits}", expected.bits));
    }
    let mut crc = flate2::Crc::new();
    crc.update(&bytes);
    if format!("{:08x}", crc.sum()) == expected.crc32 {
        return None;
    }
    let worst = probes.iter().zip(&expected.probes).skip(1).map(|(a, b)| (a - b).abs()).max().unwrap_or(i64::MAX);
    let mean = (probes[0] - expected.probes[0]).abs() as f64 / frames.samples.len() as f64;
    // decoders of the discrete cosine and the 9/7 wavelet transform are free to round
    if expected.lossy && worst <= 1 && mean < 0.1 {
        return None;
    }
    Some(format!("values differ, by {worst} at the probes, {mean:.3} in the mean"))
}

#[test]
fn agrees_with_pydicom() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !root.is_dir() {
        println!("skipped: ../shared/data is missing");
        return;
    }
    let table = include_str!("pydicom_expected.tsv");
    let (mut files, mut opened, mut refused, mut pixels) = (0, 0, 0, 0);
    let mut differences: Vec<(String, &str, String)> = Vec::new();
    for expected in table.lines().skip(1).map(parse) {
        let path = root.join(expected.path);
        if !path.is_file() {
            continue;
        }
        files += 1;
        let mut differs = |column, what: String| differences.push((expected.path.to_owned(), column, what));
        let file = match dicom::open(&path) {
            Ok(file) => file,
            Err(error) => {
                refused += 1;
                if expected.opened != "no" {
                    differs("opened", format!("pydicom {}, ours: {error}", expected.opened));
                }
                continue;
            }
        };
        opened += 1;
        if expected.opened == "no" {
            differs("opened", format!("pydicom no, ours yes, as {}", file.syntax.name));
            continue;
        }
        let elements = file.object.tags().count();
        if elements.to_string() != expected.elements {
            differs("elements", format!("pydicom {}, ours {elements}", expected.elements));
        }
        let name = file.object.string(tags::PATIENT_NAME).unwrap().unwrap_or_default();
        if name != expected.name {
            differs("name", format!("pydicom {:?}, ours {name:?}", expected.name));
        }
        match compare_pixels(&file, &expected) {
            Some(what) => differs("pixels", what),
            None if !expected.crc32.is_empty() => pixels += 1,
            None => {}
        }
    }
    println!("{files} files: {opened} opened, {refused} refused, pixels of {pixels} equal to pydicom's");
    let mut unexplained = 0;
    for (path, column, what) in &differences {
        let reason = ALLOWED.iter().find(|(end, c, _)| path.ends_with(end) && c == column).map(|allowed| allowed.2);
        unexplained += usize::from(reason.is_none());
        println!("{path}: {column}: {what} ({})", reason.unwrap_or("not explained"));
    }
    assert_eq!(unexplained, 0, "differences from pydicom that are not explained, see the list above");
    for (end, column, _) in ALLOWED {
        assert!(
            differences.iter().any(|(p, c, _)| p.ends_with(end) && c == column),
            "{end}: {column} differs no longer"
        );
    }
}

/// One image, coded sequentially and twice progressively with the same quantisation: the coefficients are the same,
/// so the samples must be. And a stream with a wrong byte in its
/// scan header that means nothing in a sequential scan gives what the sound one gives.
#[test]
fn agrees_with_itself_where_pydicom_cannot_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dicom-odd");
    if !root.is_dir() {
        println!("skipped: ../shared/data/dicom-odd is missing");
        return;
    }
    let samples = |folder: &str, name: &str| {
        let file = dicom::open(&root.join(folder).join(name)).unwrap();
        dicom::decode_frames(&file).unwrap().samples
    };
    let ct = |name: &str| samples("cornerstone/packages/dicomImageLoader/testImages", &format!("CTImage.dcm_{name}"));
    let sequential = ct("JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm");
    assert_eq!(sequential, ct("JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm"));
    assert_eq!(sequential, ct("JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm"));
    let mr = |name: &str| samples("pydicom/src/pydicom/data/test_files", name);
    assert_eq!(mr("JPGExtended.dcm"), mr("JPEG-lossy.dcm"));
}
