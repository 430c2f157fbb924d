//! Any bytes as a compressed or native frame of a small image: decoding ends without a panic.
//!
//! The first bytes choose the transfer syntax and the header, so that the decoders are reached at once; the rest is
//! the frame.

#![no_main]

use dosewright_image::dicom::{self, Limits};
use libfuzzer_sys::fuzz_target;

const SYNTAXES: [&str; 7] = [
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
];

fn element(out: &mut Vec<u8>, group: u16, number: u16, vr: &[u8; 2], value: &[u8]) {
    out.extend(group.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(vr);
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[syntax, samples, bits, frames], stream)) = bytes.split_first_chunk::<4>() else { return };
    let uid = SYNTAXES[usize::from(syntax) % SYNTAXES.len()];
    let mut file = b"DICM".to_vec();
    element(&mut file, 0x0002, 0x0010, b"UI", uid.as_bytes());
    let (allocated, stored) = [(8_u16, 8_u16), (16, 12), (16, 16), (32, 32), (1, 1)][usize::from(bits) % 5];
    // the size of the streams in the corpus
    let numbers: [(u16, u16); 7] = [
        (0x0002, [1, 3][usize::from(samples) % 2]),
        (0x0010, 29),
        (0x0011, 37),
        (0x0100, allocated),
        (0x0101, stored),
        (0x0102, stored - 1),
        (0x0103, u16::from(bits >> 7)),
    ];
    for (number, value) in numbers {
        element(&mut file, 0x0028, number, b"US", &value.to_le_bytes());
    }
    element(&mut file, 0x0028, 0x0008, b"IS", if frames == 1 { b"2 " } else { b"1 " });
    file.extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0]);
    if uid == SYNTAXES[0] {
        file.extend((stream.len() as u32).to_le_bytes());
        file.extend(stream);
    } else {
        file.extend(u32::MAX.to_le_bytes());
        for part in [b"".as_slice(), stream] {
            file.extend([0xFE, 0xFF, 0x00, 0xE0]);
            file.extend((part.len() as u32).to_le_bytes());
            file.extend(part);
        }
        file.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    }
    let limits = Limits { pixel_bytes: 16 << 20, ..Limits::default() };
    if let Ok(file) = dicom::parse(&file, &limits) {
        let _ = dicom::decode_frames_within(&file, &limits);
    }
});
