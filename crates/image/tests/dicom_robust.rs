//! Whatever happens to a file, reading it ends with a file or an error.
#![allow(clippy::unwrap_used, reason = "a failure to read is a failure of the test")]

mod synthetic;

use dicom_core::header::Header;
use dicom_dictionary_std::tags;
use dosewright_image::dicom::{self, Attributes, DicomFile, Limits, Samples};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use synthetic::{BIG, DataSet, EXPLICIT, Format, IMPLICIT, compressed, file, slice, specimens, streams};

fn parse(bytes: &[u8]) -> DicomFile {
    dicom::parse(bytes, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// What [`slice`] put in.
fn check_slice(file: &DicomFile, which: &str) {
    let it = &file.object;
    assert_eq!(it.string(tags::PATIENT_NAME).unwrap().as_deref(), Some("测试^病人"), "{which}");
    assert_eq!(it.floats_n(tags::IMAGE_POSITION_PATIENT).unwrap(), Some([-1.5, 2.0, 3.25]), "{which}");
    let outer = it.items(tags::REFERENCED_IMAGE_SEQUENCE).unwrap();
    assert_eq!(outer.len(), 2, "{which}");
    let inner = outer[1].items(tags::CONCEPT_CODE_SEQUENCE).unwrap();
    assert!(inner.is_empty() && outer[1].items(dicom_core::Tag(0x0040, 0xA170)).unwrap().len() == 2, "{which}");
    let frames = dicom::decode_frames(file).unwrap();
    assert_eq!(frames.samples, Samples::I16((0..20).map(|i| i * 7 - 60).collect()), "{which}");
    assert!(!file.truncated, "{which}");
}

#[test]
fn every_encoding_reads_the_same() {
    for (name, bytes) in specimens().into_iter().take(5) {
        let file = parse(&bytes);
        check_slice(&file, name);
        assert_eq!(file.repairs.is_empty(), name != "bare", "{name}: {:?}", file.repairs);
    }
    let frames = dicom::decode_frames(&parse(&specimens()[5].1)).unwrap();
    assert_eq!(frames.frame(1), (0..20).map(|i| f64::from(256 + i)).collect::<Vec<_>>());
}

#[test]
fn transfer_syntaxes_that_lie_or_are_absent() {
    for (encoding, said) in
        [(EXPLICIT, "1.2.840.10008.1.2"), (IMPLICIT, "1.2.840.10008.1.2.1"), (BIG, "1.2.840.10008.1.2.1")]
    {
        let it = parse(&file(said, &slice(encoding)));
        check_slice(&it, "wrong syntax");
        assert!(it.repairs.iter().any(|r| r.tag == Some(tags::TRANSFER_SYNTAX_UID)), "{:?}", it.repairs);
    }
    for encoding in [EXPLICIT, IMPLICIT, BIG] {
        // "DICM" without preamble, nothing at all, a preamble without "DICM"
        check_slice(&parse(&[b"DICM", slice(encoding).as_slice()].concat()), "no preamble");
        check_slice(&parse(&slice(encoding)), "bare");
        check_slice(&parse(&[[0; 128].as_slice(), &slice(encoding)].concat()), "preamble only");
    }
    // said to be deflated, and is not
    check_slice(&parse(&file("1.2.840.10008.1.2.1.99", &slice(EXPLICIT))), "not deflated");
}

#[test]
fn group_two_in_all_its_disorders() {
    let good = file("1.2.840.10008.1.2.1", &slice(EXPLICIT));
    let mut wrong_length = good.clone();
    wrong_length[140] = 200;
    let it = parse(&wrong_length);
    check_slice(&it, "wrong group length");
    assert!(it.repairs[0].to_string().contains("(0002,0000)"), "{}", it.repairs[0]);
    // the group in implicit VR, without its length, with a title longer than the 16 characters of AE
    let mut meta = DataSet::new(IMPLICIT);
    meta.text((0x0002, 0x0010), "UI", "1.2.840.10008.1.2.1 ").text((0x0002, 0x0016), "AE", &"A".repeat(64));
    let bytes = [&[0; 128], b"DICM".as_slice(), &meta.bytes, &slice(EXPLICIT)].concat();
    check_slice(&parse(&bytes), "implicit meta");
}

#[test]
fn truncation_keeps_what_is_whole_and_says_so() {
    let bytes = file("1.2.840.10008.1.2.1", &slice(EXPLICIT));
    let cut = parse(&bytes[..bytes.len() - 7]);
    assert!(cut.truncated && cut.repairs.iter().any(|r| r.tag == Some(tags::PIXEL_DATA)));
    assert_eq!(cut.object.string(tags::PATIENT_NAME).unwrap().as_deref(), Some("测试^病人"));
    let error = dicom::decode_frames(&cut).unwrap_err().to_string();
    assert!(error.contains("33 bytes") && error.contains("need 40"), "{error}");
    // every cut after the group ends in a file, in the end with all elements
    let mut last = 0;
    for length in 300..=bytes.len() {
        if let Ok(it) = dicom::parse(&bytes[..length], &Limits::default()) {
            let count = it.object.tags().count();
            assert!(count + 1 >= last, "fewer elements at {length}");
            last = count;
        }
    }
    assert_eq!(last, 22);
}

#[test]
fn unknown_sequences_wrong_vrs_odd_lengths_and_disorder() {
    let mut it = DataSet::new(EXPLICIT);
    it.text((0x0010, 0x0010), "PN", "Late");
    // out of order, a VR that does not exist, an odd length
    it.text((0x0008, 0x0060), "CS", "CT").text((0x0008, 0x0070), "ZZ", "MAKER").raw((0x0008, 0x0080), "LO", b"odd");
    // a public sequence as UN: its content is implicit little endian
    let mut item = DataSet::new(IMPLICIT);
    item.text((0x0008, 0x1155), "UI", "1.02.3");
    let mut list = DataSet::new(IMPLICIT);
    list.header((0xFFFE, 0xE000), "", item.bytes.len() as u32);
    list.bytes.extend(&item.bytes);
    it.raw((0x0008, 0x1140), "UN", &list.bytes);
    // zero length, padding within a UID
    it.raw((0x0020, 0x000D), "UI", b"").raw((0x0020, 0x000E), "UI", b"1.2.3  \0");
    it.bytes.extend([0; 60]);
    let it = parse(&file("1.2.840.10008.1.2.1", &it.bytes));
    let object = &it.object;
    assert_eq!(object.string(tags::PATIENT_NAME).unwrap().as_deref(), Some("Late"));
    assert_eq!(object.string(tags::MANUFACTURER).unwrap().as_deref(), Some("MAKER"));
    assert_eq!(object.string(tags::INSTITUTION_NAME).unwrap().as_deref(), Some("odd"));
    let items = object.items(tags::REFERENCED_IMAGE_SEQUENCE).unwrap();
    let uid = items[0].uid(tags::REFERENCED_SOP_INSTANCE_UID).unwrap().unwrap();
    assert!(uid == "1.02.3" && dicom::same_uid(&uid, "1.2.3"));
    assert_eq!(object.uid(tags::STUDY_INSTANCE_UID).unwrap(), None);
    assert_eq!(object.uid(tags::SERIES_INSTANCE_UID).unwrap().as_deref(), Some("1.2.3"));
    assert!(!it.truncated && it.repairs.len() >= 3, "{:?}", it.repairs);
    assert!(object.iter().all(|e| e.tag() != dicom_core::Tag(0, 0)));
}

#[test]
fn what_is_not_dicom_is_refused() {
    let text = "Contents\n========\n\nThis is no image, although it is long enough for a preamble.\n".repeat(9);
    for bytes in [
        b"".as_slice(),
        b"DICM",
        b"\0\0\0\0",
        text.as_bytes(),
        &[0; 5000],
        &[0xFF; 5000],
        b"PK\x03\x04aaaaaaaaaaaaaaaaaaa",
    ] {
        match dicom::parse(bytes, &Limits::default()) {
            Err(error) => assert!(error.to_string().starts_with("not a DICOM file: "), "{error}"),
            Ok(file) => assert!(file.object.tags().next().is_none() && bytes == b"DICM", "{:?}", &bytes[..4]),
        }
    }
}

/// Reads everything that can be read; the claim is that this returns.
fn exercise(bytes: &[u8]) {
    let limits = Limits { pixel_bytes: 64 << 20, ..Limits::default() };
    let Ok(file) = dicom::parse(bytes, &limits) else { return };
    for element in file.object.iter() {
        let tag = element.tag();
        let _ = (file.object.strings(tag), file.object.ints(tag), file.object.floats(tag), file.object.items(tag));
    }
    let _ = dicom::decode_frames_within(&file, &limits);
}

/// All specimens, and each compressed stream in its file.
fn sources() -> Vec<Vec<u8>> {
    let images = streams().into_iter().map(|(_, syntax, format, stream)| compressed(syntax, &format, stream));
    specimens().into_iter().map(|(_, bytes)| bytes).chain(images).collect()
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..12);
    (0..sources().len(), edits, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(which, edits, cut, cuts)| {
        let mut bytes = sources().swap_remove(which);
        for (at, value, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value & 7),
                2 => bytes.insert(at, value),
                _ => {
                    bytes.remove(at);
                }
            }
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutations_never_panic(bytes in mutated()) {
        exercise(&bytes);
    }
}

/// The same for longer, on stable Rust, where cargo-fuzz cannot run: `cargo test -- --ignored mutate`.
#[test]
#[ignore = "takes a minute and a half"]
fn mutate_for_ninety_seconds() {
    let begin = std::time::Instant::now();
    let mut runner = proptest::test_runner::TestRunner::default();
    let mut count = 0_u64;
    while begin.elapsed().as_secs() < 90 {
        let bytes = mutated().new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default();
        exercise(&bytes);
        count += 1;
    }
    println!("{count} mutations");
}

#[test]
fn frames_of_many_pixels_need_their_bytes() {
    let format = Format { rows: 4, columns: 5, frames: 9999, samples: 1, allocated: 16, stored: 16, signed: 0 };
    let mut it = DataSet::new(EXPLICIT);
    it.pixel_format(&format).fragments(&[], &[&[0xFF, 0xD8, 0xFF, 0xC0], &[1, 2]]);
    let error = dicom::decode_frames(&parse(&file("1.2.840.10008.1.2.4.70", &it.bytes))).unwrap_err().to_string();
    assert!(error.contains("2 fragments") && error.contains("9999 frames"), "{error}");
}

#[test]
fn transfer_syntaxes_that_do_not_fit_their_pixels() {
    // a JPEG-LS stream said to be JPEG baseline, or of a maker's own syntax: read as what it is
    let (_, _, format, stream) = streams().into_iter().find(|s| s.0 == "lossless_16.jls").unwrap();
    for said in ["1.2.840.10008.1.2.4.50", "1.2.3.4.5"] {
        assert!(dicom::decode_frames(&parse(&compressed(said, &format, stream))).is_ok(), "{said}");
    }
    // plain pixels under a compressed syntax count when their length is right
    let it = slice(EXPLICIT);
    assert!(dicom::decode_frames(&parse(&file("1.2.840.10008.1.2.4.70", &it))).is_ok());
    let mut wrong = DataSet::new(EXPLICIT);
    wrong.pixel_format(&Format { rows: 4, ..format }).raw((0x7FE0, 0x0010), "OW", &[0; 30]);
    let error = dicom::decode_frames(&parse(&file("1.2.840.10008.1.2.4.70", &wrong.bytes))).unwrap_err().to_string();
    assert!(error.contains("not in fragments"), "{error}");
    // the byte order of pixels in a syntax that nobody knows is not guessed
    let error = dicom::decode_frames(&parse(&file("1.2.840.113619.5.2", &slice(IMPLICIT)))).unwrap_err().to_string();
    assert!(error.contains("GE Private"), "{error}");
}

#[test]
fn a_desert_of_zeros_is_crossed_in_one_step() {
    let mut it = DataSet::new(EXPLICIT);
    it.text((0x0008, 0x0060), "CS", "CT");
    it.bytes.extend(vec![0; 8 << 20]);
    it.text((0x0010, 0x0010), "PN", "Behind");
    // a walk of eight bytes each that looked ahead each time would not come to an end
    let it = parse(&file("1.2.840.10008.1.2.1", &it.bytes));
    assert_eq!(it.object.string(tags::PATIENT_NAME).unwrap().as_deref(), Some("Behind"));
}
