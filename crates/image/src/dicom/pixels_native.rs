//! Uncompressed pixel data.

use super::DicomError;
use super::pixels::{PixelFormat, Samples};

/// Swaps the bytes of each 16-bit word; an odd last byte stays.
pub(super) fn swap_pairs(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    for pair in out.as_chunks_mut::<2>().0 {
        pair.swap(0, 1);
    }
    out
}

/// The first `wanted` bytes.
fn enough<'a>(data: &'a [u8], wanted: usize, format: &PixelFormat) -> Result<&'a [u8], DicomError> {
    data.get(..wanted).ok_or_else(|| DicomError::Pixels {
        what: format!(
            "{} bytes where {} frames of {} rows, {} columns, {} samples of {} bits need {wanted}",
            data.len(),
            format.frames,
            format.rows,
            format.columns,
            format.samples,
            format.bits_allocated
        ),
    })
}

pub(super) fn floats(data: &[u8], format: &PixelFormat, big: bool) -> Result<Samples, DicomError> {
    let data = enough(data, format.len().saturating_mul(4), format)?;
    let chunks = data.as_chunks::<4>().0.iter();
    Ok(Samples::F32(chunks.map(|b| if big { f32::from_be_bytes(*b) } else { f32::from_le_bytes(*b) }).collect()))
}

pub(super) fn doubles(data: &[u8], format: &PixelFormat, big: bool) -> Result<Samples, DicomError> {
    let data = enough(data, format.len().saturating_mul(8), format)?;
    let chunks = data.as_chunks::<8>().0.iter();
    Ok(Samples::F64(chunks.map(|b| if big { f64::from_be_bytes(*b) } else { f64::from_le_bytes(*b) }).collect()))
}

pub(super) fn integers(data: &[u8], format: &PixelFormat, big: bool) -> Result<Samples, DicomError> {
    let count = format.len();
    if format.bits_allocated == 1 {
        // bits follow one another over the ends of rows and frames, the first in the lowest bit (PS3.5 §8.1.1)
        let data = enough(data, count.div_ceil(8), format)?;
        let bits = data.iter().flat_map(|&byte| (0..8).map(move |bit| byte >> bit & 1)).take(count);
        let mut out = Vec::with_capacity(count);
        out.extend(bits);
        return Ok(Samples::U8(interleave(out, format)));
    }
    if format.bits_allocated == 8 && format.photometric == "YBR_FULL_422" && format.samples == 3 && !format.planar {
        let halved = count / 3 * 2;
        if data.len() < count && data.len() >= halved && format.columns.is_multiple_of(2) {
            return Ok(Samples::U8(expand_422(enough(data, halved, format)?)));
        }
    }
    let shift = format.high_bit + 1 - format.bits_stored;
    macro_rules! words {
        ($variant:ident, $t:ty, $n:literal) => {{
            let data = enough(data, count.saturating_mul($n), format)?;
            // move the stored bits to the top, then back: that masks and extends the sign in one go
            let up = <$t>::BITS - format.bits_stored - shift;
            let down = <$t>::BITS - format.bits_stored;
            let chunks = data.as_chunks::<$n>().0.iter();
            let values =
                chunks.map(|b| (if big { <$t>::from_be_bytes(*b) } else { <$t>::from_le_bytes(*b) }) << up >> down);
            Samples::$variant(interleave(values.collect(), format))
        }};
    }
    Ok(match (format.bits_allocated, format.signed) {
        (8, false) => words!(U8, u8, 1),
        (8, true) => words!(I8, i8, 1),
        (16, false) => words!(U16, u16, 2),
        (16, true) => words!(I16, i16, 2),
        (32, false) => words!(U32, u32, 4),
        (32, true) => words!(I32, i32, 4),
        (bits, _) => {
            return Err(DicomError::Pixels {
                what: format!("(0028,0100) Bits Allocated {bits} is not 1, 8, 16 or 32"),
            });
        }
    })
}

/// Planes of each frame to pixels with their samples together.
fn interleave<T: Copy>(values: Vec<T>, format: &PixelFormat) -> Vec<T> {
    if !format.planar || format.samples == 1 {
        return values;
    }
    let plane = format.rows * format.columns;
    let mut out = Vec::with_capacity(values.len());
    for frame in values.chunks_exact(plane * format.samples) {
        for i in 0..plane {
            out.extend((0..format.samples).filter_map(|s| frame.get(s * plane + i)).copied());
        }
    }
    out
}

/// Two luminances share a pair of chrominances (PS3.3 §C.7.6.3.1.2).
fn expand_422(data: &[u8]) -> Vec<u8> {
    data.as_chunks::<4>().0.iter().flat_map(|&[y0, y1, cb, cr]| [y0, cb, cr, y1, cb, cr]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(rows: usize, columns: usize, frames: usize, bits: (u32, u32), signed: bool) -> PixelFormat {
        PixelFormat {
            rows,
            columns,
            frames,
            samples: 1,
            bits_allocated: bits.0,
            bits_stored: bits.1,
            high_bit: bits.1 - 1,
            signed,
            photometric: "MONOCHROME2".to_owned(),
            planar: false,
        }
    }

    #[test]
    fn bits_run_over_the_ends_of_frames() {
        // two frames of 3 × 3: nine bits each, the second begins at bit 9
        let data = [0b0000_0001, 0b0000_0010, 0b0000_0010];
        let Samples::U8(bits) = integers(&data, &format(3, 3, 2, (1, 1), false), false).unwrap() else { panic!() };
        let set: Vec<usize> = bits.iter().enumerate().filter(|(_, b)| **b == 1).map(|(i, _)| i).collect();
        assert_eq!((bits.len(), set), (18, vec![0, 9, 17]));
    }

    #[test]
    fn twelve_bits_in_sixteen_extend_their_sign_and_lose_overlays() {
        let data = 0xF800_u16.to_le_bytes();
        assert_eq!(integers(&data, &format(1, 1, 1, (16, 12), true), false).unwrap(), Samples::I16(vec![-2048]));
        assert_eq!(integers(&data, &format(1, 1, 1, (16, 12), false), false).unwrap(), Samples::U16(vec![0x800]));
    }

    #[test]
    fn thirty_two_bits_of_a_dose_in_either_order() {
        let value = 0x0102_0304_u32;
        let f = format(1, 1, 1, (32, 32), false);
        assert_eq!(integers(&value.to_le_bytes(), &f, false).unwrap(), Samples::U32(vec![value]));
        assert_eq!(integers(&value.to_be_bytes(), &f, true).unwrap(), Samples::U32(vec![value]));
    }

    #[test]
    fn too_few_bytes_are_an_error_before_anything_is_allocated() {
        let error = integers(&[0; 10], &format(65535, 65535, 1_000_000, (16, 16), false), false).unwrap_err();
        assert!(error.to_string().contains("65535 rows"), "{error}");
    }
}
