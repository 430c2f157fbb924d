//! Each decoder against what an established encoder made of an image that both sides know by formula.

mod synthetic;

use dosewright_image::dicom::{self, Limits};
use synthetic::{Format, compressed, streams};

/// The picture of `codec_streams.py`: a ramp with texture and a flat part.
fn picture(bits: u32, samples: usize) -> Vec<i64> {
    let top = (1_i64 << bits) - 1;
    let mut out = Vec::new();
    for y in 0..29_i64 {
        for x in 0..37_i64 {
            for s in 0..samples as i64 {
                let ramp = (x * 5 + y * 3 + s * 40) * top / 400;
                let texture = (x * x * 7 + y * 13 + x * y * (s + 1)) % 31 * top / 255;
                let flat = x > 20 && y > 10 && y < 20;
                out.push(if flat { top / 3 } else { (ramp + texture).min(top) });
            }
        }
    }
    out
}

/// The largest error that the kind of coding allows.
fn allowed(name: &str) -> i64 {
    match name {
        _ if name.contains("near10") => 10,
        _ if name.contains("near3") => 3,
        _ if name.contains("near2") => 2,
        // quantisation steps of quality 95 add up over 64 coefficients of a rough texture
        "baseline_8.jpg" | "baseline_rgb_444.jpg" | "extended_12.jpg" => 14,
        _ => 0,
    }
}

#[test]
fn decoders_give_back_the_picture() {
    for (name, syntax, format, stream) in streams() {
        let file = dicom::parse(&compressed(syntax, &format, stream), &Limits::default()).unwrap();
        let frames = dicom::decode_frames(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let shift = if format.signed == 1 { 32768 } else { 0 };
        let got = frames.frame(0);
        let want = picture(u32::from(format.stored), usize::from(format.samples));
        assert_eq!(got.len(), want.len(), "{name}");
        let worst = got.iter().zip(&want).map(|(g, w)| (*g as i64 + shift - w).abs()).max().unwrap();
        let most = allowed(name);
        assert!(worst <= most, "{name}: differs by {worst}, {most} allowed");
        assert!(most == 0 || worst > 0, "{name}: lossy, but nothing was lost");
    }
}

#[test]
fn a_header_that_contradicts_the_stream_is_refused() {
    for (name, syntax, format, stream) in streams() {
        for wrong in [
            Format { rows: 28, ..format },
            Format { columns: 65535, rows: 65535, ..format },
            Format { samples: 4 - format.samples, ..format },
        ] {
            let file = dicom::parse(&compressed(syntax, &wrong, stream), &Limits::default()).unwrap();
            let error = dicom::decode_frames(&file).unwrap_err().to_string();
            assert!(error.starts_with("pixel data: ") || error.contains("decoded pixel data"), "{name}: {error}");
        }
    }
}

#[test]
fn high_throughput_jpeg_2000_is_refused_by_name() {
    let stream = include_bytes!("streams/reversible_16.htj2k");
    let (_, _, format, _) = streams()[4];
    let file = dicom::parse(&compressed("1.2.840.10008.1.2.4.201", &format, stream), &Limits::default()).unwrap();
    let error = dicom::decode_frames(&file).unwrap_err().to_string();
    assert!(error.contains("High-Throughput JPEG 2000") && error.contains("1.2.840.10008.1.2.4.201"), "{error}");
}

#[test]
fn cut_streams_are_errors() {
    for (name, syntax, format, stream) in streams() {
        for keep in [0, 2, 10, stream.len() / 3, stream.len() / 2] {
            let file = dicom::parse(&compressed(syntax, &format, &stream[..keep]), &Limits::default()).unwrap();
            assert!(dicom::decode_frames(&file).is_err(), "{name} cut to {keep} bytes gave an image");
        }
    }
}
