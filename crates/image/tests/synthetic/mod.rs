//! DICOM files made up for the tests, byte by byte.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::Write;

/// How a data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    pub explicit: bool,
    pub big: bool,
}

pub const EXPLICIT: Encoding = Encoding { explicit: true, big: false };
pub const IMPLICIT: Encoding = Encoding { explicit: false, big: false };
pub const BIG: Encoding = Encoding { explicit: true, big: true };

/// A data set under construction.
#[derive(Debug, Clone)]
pub struct DataSet {
    pub encoding: Encoding,
    pub bytes: Vec<u8>,
}

impl DataSet {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, bytes: Vec::new() }
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.encoding.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.encoding.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn header(&mut self, tag: (u16, u16), vr: &str, length: u32) {
        self.u16(tag.0);
        self.u16(tag.1);
        if !self.encoding.explicit || tag.0 == 0xFFFE {
            self.u32(length);
            return;
        }
        self.bytes.extend(vr.as_bytes());
        if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT" | "OV") {
            self.u16(0);
            self.u32(length);
        } else {
            self.u16(length as u16);
        }
    }

    pub fn raw(&mut self, tag: (u16, u16), vr: &str, value: &[u8]) -> &mut Self {
        self.header(tag, vr, value.len() as u32);
        self.bytes.extend(value);
        self
    }

    pub fn text(&mut self, tag: (u16, u16), vr: &str, value: &str) -> &mut Self {
        let mut value = value.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == "UI" { 0 } else { b' ' });
        }
        self.raw(tag, vr, &value)
    }

    pub fn us(&mut self, tag: (u16, u16), value: u16) -> &mut Self {
        let bytes = if self.encoding.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(tag, "US", &bytes)
    }

    /// A sequence of undefined length (items too) or of stated lengths.
    pub fn sequence(&mut self, tag: (u16, u16), items: &[DataSet], open: bool) -> &mut Self {
        let lengths: u32 = items.iter().map(|i| 8 + i.bytes.len() as u32).sum();
        self.header(tag, "SQ", if open { u32::MAX } else { lengths });
        for item in items {
            self.header((0xFFFE, 0xE000), "", if open { u32::MAX } else { item.bytes.len() as u32 });
            self.bytes.extend(&item.bytes);
            if open {
                self.header((0xFFFE, 0xE00D), "", 0);
            }
        }
        if open {
            self.header((0xFFFE, 0xE0DD), "", 0);
        }
        self
    }

    /// Encapsulated pixel data.
    pub fn fragments(&mut self, table: &[u32], fragments: &[&[u8]]) -> &mut Self {
        self.header((0x7FE0, 0x0010), "OB", u32::MAX);
        self.header((0xFFFE, 0xE000), "", 4 * table.len() as u32);
        for &offset in table {
            self.u32(offset);
        }
        for fragment in fragments {
            self.header((0xFFFE, 0xE000), "", fragment.len() as u32);
            self.bytes.extend(*fragment);
        }
        self.header((0xFFFE, 0xE0DD), "", 0);
        self
    }

    /// Image Pixel attributes.
    pub fn pixel_format(&mut self, f: &Format) -> &mut Self {
        self.us((0x0028, 0x0002), f.samples);
        self.text((0x0028, 0x0004), "CS", if f.samples == 3 { "RGB" } else { "MONOCHROME2" });
        if f.frames > 1 {
            self.text((0x0028, 0x0008), "IS", &f.frames.to_string());
        }
        self.us((0x0028, 0x0010), f.rows).us((0x0028, 0x0011), f.columns);
        self.us((0x0028, 0x0100), f.allocated).us((0x0028, 0x0101), f.stored).us((0x0028, 0x0102), f.stored - 1);
        self.us((0x0028, 0x0103), f.signed)
    }
}

/// What [`DataSet::pixel_format`] writes.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    pub rows: u16,
    pub columns: u16,
    pub frames: u16,
    pub samples: u16,
    pub allocated: u16,
    pub stored: u16,
    pub signed: u16,
}

/// Preamble, file meta information, and the data set.
pub fn file(syntax: &str, data_set: &[u8]) -> Vec<u8> {
    let mut meta = DataSet::new(EXPLICIT);
    meta.raw((0x0002, 0x0001), "OB", &[0, 1]);
    meta.text((0x0002, 0x0002), "UI", "1.2.840.10008.5.1.4.1.1.2").text((0x0002, 0x0003), "UI", "1.2.3.4");
    meta.text((0x0002, 0x0010), "UI", syntax).text((0x0002, 0x0016), "AE", "SENDER");
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    let mut length = DataSet::new(EXPLICIT);
    length.raw((0x0002, 0x0000), "UL", &(meta.bytes.len() as u32).to_le_bytes());
    out.extend(length.bytes);
    out.extend(meta.bytes);
    out.extend(data_set);
    out
}

/// A small CT slice with a sequence in a sequence, private attributes and native pixels.
pub fn slice(encoding: Encoding) -> Vec<u8> {
    let mut inner = DataSet::new(encoding);
    inner.text((0x0008, 0x0100), "SH", "CODE").text((0x0008, 0x0104), "LO", "inner");
    let mut outer = DataSet::new(encoding);
    outer.text((0x0008, 0x1150), "UI", "1.2.3").sequence((0x0040, 0xA170), &[inner.clone(), inner], true);
    let mut it = DataSet::new(encoding);
    it.text((0x0008, 0x0005), "CS", "ISO_IR 192").text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.2");
    it.text((0x0008, 0x0018), "UI", "1.2.3.4").text((0x0008, 0x0060), "CS", "CT");
    it.sequence((0x0008, 0x1140), &[outer.clone(), outer], false);
    it.text((0x0010, 0x0010), "PN", "测试^病人").text((0x0010, 0x0020), "LO", "P1");
    it.text((0x0020, 0x0032), "DS", "-1.5\\2\\3.25").text((0x0020, 0x0037), "DS", "1\\0\\0\\0\\1\\0");
    it.pixel_format(&Format { rows: 4, columns: 5, frames: 1, samples: 1, allocated: 16, stored: 16, signed: 1 });
    it.text((0x0028, 0x1052), "DS", "-1024").text((0x0028, 0x1053), "DS", "1");
    it.text((0x0029, 0x0010), "LO", "MAKER").raw((0x0029, 0x1001), "UN", &[1, 2, 3, 4]);
    let pixels: Vec<u8> = (0..20_i16)
        .map(|i| i * 7 - 60)
        .flat_map(|v| if encoding.big { v.to_be_bytes() } else { v.to_le_bytes() })
        .collect();
    it.raw((0x7FE0, 0x0010), "OW", &pixels);
    it.bytes
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

/// RLE Lossless of one frame: planes of bytes, each in literal runs.
pub fn rle(planes: &[Vec<u8>]) -> Vec<u8> {
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for plane in planes {
        let mut segment = Vec::new();
        for part in plane.chunks(128) {
            segment.push((part.len() - 1) as u8);
            segment.extend(part);
        }
        segment.resize(segment.len().next_multiple_of(2), 0);
        segments.push(segment);
    }
    let mut out = (planes.len() as u32).to_le_bytes().to_vec();
    let mut at = 64;
    for segment in &segments {
        out.extend((at as u32).to_le_bytes());
        at += segment.len();
    }
    out.resize(64, 0);
    out.extend(segments.concat());
    out
}

/// One file of each encoding, with pixel data.
pub fn specimens() -> Vec<(&'static str, Vec<u8>)> {
    let format = Format { rows: 4, columns: 5, frames: 2, samples: 1, allocated: 16, stored: 12, signed: 0 };
    let plane: Vec<u8> = (0..20).collect();
    let frame = rle(&[vec![1; 20], plane]);
    let mut compressed = DataSet::new(EXPLICIT);
    compressed.text((0x0008, 0x0060), "CS", "CT").pixel_format(&format);
    let second = 8 + frame.len() as u32;
    compressed.fragments(&[0, second], &[&frame, &frame]);
    vec![
        ("explicit", file("1.2.840.10008.1.2.1", &slice(EXPLICIT))),
        ("implicit", file("1.2.840.10008.1.2", &slice(IMPLICIT))),
        ("big endian", file("1.2.840.10008.1.2.2", &slice(BIG))),
        ("deflated", file("1.2.840.10008.1.2.1.99", &deflate(&slice(EXPLICIT)))),
        ("bare", slice(IMPLICIT)),
        ("encapsulated", file("1.2.840.10008.1.2.5", &compressed.bytes)),
    ]
}

/// Transfer syntax and data of each compressed stream beside this file, with its format.
pub fn streams() -> Vec<(&'static str, &'static str, Format, &'static [u8])> {
    const fn f(samples: u16, allocated: u16, stored: u16, signed: u16) -> Format {
        Format { rows: 29, columns: 37, frames: 1, samples, allocated, stored, signed }
    }
    const BASELINE: &str = "1.2.840.10008.1.2.4.50";
    const EXTENDED: &str = "1.2.840.10008.1.2.4.51";
    const LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
    const LS: &str = "1.2.840.10008.1.2.4.80";
    const NEAR: &str = "1.2.840.10008.1.2.4.81";
    const J2K: &str = "1.2.840.10008.1.2.4.90";
    macro_rules! all {
        ($($name:literal $syntax:ident $format:expr;)*) => {
            vec![$(($name, $syntax, $format, include_bytes!(concat!("../streams/", $name)).as_slice()),)*]
        };
    }
    all! {
        "baseline_8.jpg" BASELINE f(1, 8, 8, 0);
        "baseline_rgb_444.jpg" BASELINE f(3, 8, 8, 0);
        "extended_12.jpg" EXTENDED f(1, 16, 12, 0);
        "lossless_12.jpg" LOSSLESS f(1, 16, 12, 0);
        "lossless_16_p1.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p2.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p3.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p4.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p5.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p6.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_16_p7.jpg" LOSSLESS f(1, 16, 16, 0);
        "lossless_rgb_8.jpg" LOSSLESS f(3, 8, 8, 0);
        "lossless_8.jls" LS f(1, 8, 8, 0);
        "lossless_16.jls" LS f(1, 16, 16, 0);
        "near3_8.jls" NEAR f(1, 8, 8, 0);
        "near10_16.jls" NEAR f(1, 16, 16, 0);
        "rgb_0.jls" LS f(3, 8, 8, 0);
        "rgb_1.jls" LS f(3, 8, 8, 0);
        "rgb_2.jls" LS f(3, 8, 8, 0);
        "rgb_0_near2.jls" NEAR f(3, 8, 8, 0);
        "rgb_1_near2.jls" NEAR f(3, 8, 8, 0);
        "rgb_2_near2.jls" NEAR f(3, 8, 8, 0);
        "reversible_16.j2k" J2K f(1, 16, 16, 0);
        "reversible_16_signed.j2k" J2K f(1, 16, 16, 1);
        "reversible_rgb.j2k" J2K f(3, 8, 8, 0);
    }
}

/// A file that holds one compressed frame.
pub fn compressed(syntax: &str, format: &Format, stream: &[u8]) -> Vec<u8> {
    let mut it = DataSet::new(EXPLICIT);
    it.text((0x0008, 0x0060), "CS", "CT").pixel_format(format).fragments(&[], &[stream]);
    file(syntax, &it.bytes)
}
