//! Decoders of compressed frames. Each is given one frame and what the header promises, and may not produce more.

mod jpeg;
mod jpeg2000;
mod jpegls;
mod rle;

use super::encoding::Codec;
use super::pixels::PixelFormat;

/// A decoded frame.
pub(super) struct Raster {
    /// columns
    pub width: usize,
    /// rows
    pub height: usize,
    /// samples per pixel
    pub components: usize,
    /// bits of a value
    pub precision: u32,
    /// whether the stream itself says that values are signed (then they are)
    pub signed: bool,
    /// row by row, the samples of a pixel together; 32-bit patterns where the precision is 32
    pub values: Vec<i32>,
}

/// The codec a stream begins like.
pub(super) fn recognise(data: &[u8]) -> Option<Codec> {
    match data {
        // JPEG and JPEG-LS differ in the frame marker only
        [0xFF, 0xD8, 0xFF, ..] => Some(if has_jpegls_frame(data) { Codec::JpegLs } else { Codec::Jpeg }),
        [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20, ..] => Some(Codec::Jpeg2000),
        _ if rle::is_header(data) => Some(Codec::Rle),
        _ => None,
    }
}

fn has_jpegls_frame(data: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = data.get(at..at + 4).and_then(|b| b.first_chunk::<4>()) {
        if marker == 0xF7 {
            return true;
        }
        if marker == 0xDA || marker < 0xC0 {
            return false;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    false
}

/// Decodes one frame.
pub(super) fn decode(codec: Codec, data: &[u8], format: &PixelFormat) -> Result<Raster, String> {
    match codec {
        Codec::Rle => rle::decode(data, format),
        Codec::Jpeg => jpeg::decode(data, format),
        Codec::JpegLs => jpegls::decode(data, format),
        // not our code: a panic in it must not end the program
        Codec::Jpeg2000 => std::panic::catch_unwind(|| jpeg2000::decode(data, format))
            .unwrap_or_else(|_| Err("the decoder gave up on a broken stream".to_owned())),
        Codec::Native | Codec::Htj2k | Codec::Unknown => Err("no decoder".to_owned()),
    }
}

/// Checks a decoded frame against the header of the file.
pub(super) fn fits(raster: &Raster, format: &PixelFormat) -> Result<(), String> {
    let Raster { width, height, components, precision, .. } = *raster;
    if (width, height, components) != (format.columns, format.rows, format.samples) {
        return Err(format!(
            "the compressed image has {height} rows, {width} columns and {components} samples, the header {}, {} and {}",
            format.rows, format.columns, format.samples
        ));
    }
    if precision > format.bits_allocated {
        return Err(format!(
            "the compressed image has {precision} bits, the header allocates {}",
            format.bits_allocated
        ));
    }
    if raster.values.len() != width * height * components {
        return Err("the compressed image is incomplete".to_owned());
    }
    Ok(())
}

/// The stored value of a sample: two's complement of Bits Stored where the header says signed and the stream does not.
pub(super) fn stored(value: i32, raster: &Raster, format: &PixelFormat) -> i32 {
    if raster.signed || !format.signed {
        return value;
    }
    let spare = 32 - format.bits_stored.clamp(1, 32);
    value << spare >> spare
}
