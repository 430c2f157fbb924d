//! Pixel data: from the bytes of the file to stored values.

use std::borrow::Cow;

use dicom_core::value::{PrimitiveValue, Value};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use rayon::prelude::*;

use super::attributes::{Attributes, required};
use super::codec::{self, Raster};
use super::encoding::Codec;
use super::pixels_frames::split_frames;
use super::pixels_native as native;
use super::{DicomError, DicomFile, Limits, describe};

/// What the header says of the pixels (PS3.3 §C.7.6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelFormat {
    /// (0028,0010)
    pub rows: usize,
    /// (0028,0011)
    pub columns: usize,
    /// (0028,0008), 1 where absent
    pub frames: usize,
    /// (0028,0002) Samples per Pixel, 1 where absent
    pub samples: usize,
    /// (0028,0100)
    pub bits_allocated: u32,
    /// (0028,0101), as Bits Allocated where absent
    pub bits_stored: u32,
    /// (0028,0102), the highest stored bit where absent
    pub high_bit: u32,
    /// (0028,0103) Pixel Representation: two's complement
    pub signed: bool,
    /// (0028,0004); empty where absent
    pub photometric: String,
    /// (0028,0006) Planar Configuration: the planes of a frame follow one another
    pub planar: bool,
}

/// Stored values in the narrowest type that holds them.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Samples {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Decoded pixel data: stored values, before rescale slope and intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct Frames {
    /// what the header says
    pub format: PixelFormat,
    /// frame by frame, row by row, column by column; the samples of a colour pixel stand together.
    /// Colours are those of the file or of the compressed stream, not converted
    pub samples: Samples,
}

impl Samples {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a range as floating point numbers; empty where the range is not within.
    pub fn to_f64(&self, range: std::ops::Range<usize>) -> Vec<f64> {
        macro_rules! convert {
            ($($variant:ident)*) => {
                match self { $(Self::$variant(v) => v.get(range).unwrap_or_default().iter().map(|&x| x as f64).collect(),)* }
            };
        }
        convert!(U8 I8 U16 I16 U32 I32 F32 F64)
    }
}

impl Frames {
    /// Number of values of one frame.
    pub fn frame_len(&self) -> usize {
        self.format.frame_len()
    }

    /// The values of frame `index` (from 0) as floating point numbers; empty where there is no such frame.
    pub fn frame(&self, index: usize) -> Vec<f64> {
        let length = self.frame_len();
        self.samples.to_f64(index.saturating_mul(length)..index.saturating_add(1).saturating_mul(length))
    }
}

impl PixelFormat {
    /// Reads the format from a data set (or from the item that holds the pixel data).
    ///
    /// # Errors
    /// When an attribute is missing or contradicts another.
    pub fn read(object: &InMemDicomObject) -> Result<Self, DicomError> {
        let number = |tag: Tag, range: std::ops::RangeInclusive<i64>| -> Result<Option<usize>, DicomError> {
            match object.int(tag)? {
                None => Ok(None),
                Some(n) if range.contains(&n) => Ok(Some(n as usize)),
                Some(n) => Err(DicomError::Value {
                    attribute: describe(tag),
                    value: n.to_string(),
                    expected: format!("between {} and {}", range.start(), range.end()),
                }),
            }
        };
        let need = |tag: Tag, range| required(number(tag, range)?, tag);
        let float = object.get(tags::FLOAT_PIXEL_DATA).is_some() || object.get(tags::DOUBLE_FLOAT_PIXEL_DATA).is_some();
        let bits_allocated = need(tags::BITS_ALLOCATED, 1..=64)? as u32;
        let bits_stored = match number(tags::BITS_STORED, 1..=64)? {
            Some(bits) if bits as u32 <= bits_allocated => bits as u32,
            Some(bits) if !float => {
                return Err(DicomError::Pixels {
                    what: format!("(0028,0101) Bits Stored {bits} exceeds (0028,0100) Bits Allocated {bits_allocated}"),
                });
            }
            _ => bits_allocated,
        };
        let high_bit = number(tags::HIGH_BIT, 0..=63)?.map_or(bits_stored - 1, |h| h as u32);
        Ok(Self {
            rows: need(tags::ROWS, 1..=65535)?,
            columns: need(tags::COLUMNS, 1..=65535)?,
            frames: number(tags::NUMBER_OF_FRAMES, 0..=i64::from(i32::MAX))?.unwrap_or(1).max(1),
            samples: number(tags::SAMPLES_PER_PIXEL, 1..=4)?.unwrap_or(1),
            bits_allocated,
            bits_stored,
            // a high bit outside the word cannot be meant
            high_bit: if high_bit + 1 < bits_stored || high_bit >= bits_allocated { bits_stored - 1 } else { high_bit },
            signed: number(tags::PIXEL_REPRESENTATION, 0..=1)? == Some(1),
            photometric: object.string(tags::PHOTOMETRIC_INTERPRETATION)?.unwrap_or_default(),
            planar: number(tags::PLANAR_CONFIGURATION, 0..=1)? == Some(1),
        })
    }

    /// Number of values of one frame.
    pub fn frame_len(&self) -> usize {
        self.rows.saturating_mul(self.columns).saturating_mul(self.samples)
    }

    /// Number of values of all frames.
    pub(super) fn len(&self) -> usize {
        self.frame_len().saturating_mul(self.frames)
    }
}

/// Decodes all frames of a file within the default [`Limits`].
///
/// # Errors
/// When there are no pixel data, when they do not fit the header, or when no decoder can read them.
pub fn decode_frames(file: &DicomFile) -> Result<Frames, DicomError> {
    decode_frames_within(file, &Limits::default())
}

/// Decodes all frames of a file; no more than `limits.pixel_bytes` are produced.
///
/// # Errors
/// As [`decode_frames`].
pub fn decode_frames_within(file: &DicomFile, limits: &Limits) -> Result<Frames, DicomError> {
    let object = &file.object;
    let tag = [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA]
        .into_iter()
        .find(|&tag| object.get(tag).is_some_and(|e| !matches!(e.value(), Value::Primitive(PrimitiveValue::Empty))));
    let tag = required(tag, tags::PIXEL_DATA)?;
    let format = PixelFormat::read(object)?;
    let bytes = (format.len() as u64).saturating_mul(u64::from(format.bits_allocated.div_ceil(8)));
    Limits::check("size of the decoded pixel data in bytes", bytes, limits.pixel_bytes)?;
    let Some(element) = object.get(tag) else { return required(None, tag) };
    match element.value() {
        Value::Primitive(PrimitiveValue::U8(data)) => {
            let whole = bytes.next_multiple_of(2);
            if file.syntax.codec == Codec::Unknown {
                return Err(unsupported(file));
            }
            if file.syntax.codec != Codec::Native && (data.len() as u64).next_multiple_of(2) != whole {
                let what = format!(
                    "not in fragments, as {} has them, nor of the length that plain pixels have",
                    file.syntax.name
                );
                return Err(DicomError::Pixels { what });
            }
            // in big endian files a word of OW holds two 8-bit samples (or 16 bits) in swapped order
            let swapped = file.syntax.big_endian && element.vr() == VR::OW && format.bits_allocated <= 8;
            let data: Cow<'_, [u8]> = if swapped { native::swap_pairs(data).into() } else { data.as_slice().into() };
            let samples = match tag {
                tags::FLOAT_PIXEL_DATA => native::floats(&data, &format, file.syntax.big_endian)?,
                tags::DOUBLE_FLOAT_PIXEL_DATA => native::doubles(&data, &format, file.syntax.big_endian)?,
                _ => native::integers(&data, &format, file.syntax.big_endian)?,
            };
            Ok(Frames { format, samples })
        }
        Value::PixelSequence(sequence) => {
            let frames = split_frames(object, sequence, &format)?;
            let samples = compressed(file, &frames, &format)?;
            Ok(Frames { format, samples })
        }
        _ => Err(DicomError::Pixels { what: format!("{} holds no pixels", describe(tag)) }),
    }
}

/// A frame of nothing but one value compresses without bound; more than this is not believed of a few bytes.
const BLANK_BYTES: usize = 64 << 20;
/// What a byte of compressed data can stand for beyond that.
const RATIO: usize = 2000;

fn unsupported(file: &DicomFile) -> DicomError {
    DicomError::Unsupported { syntax: format!("{} ({})", file.syntax.name, file.syntax.uid) }
}

fn compressed(file: &DicomFile, frames: &[Cow<'_, [u8]>], format: &PixelFormat) -> Result<Samples, DicomError> {
    let syntax = &file.syntax;
    // the streams say themselves what they are, better than some transfer syntaxes do
    let codec = match syntax.codec {
        declared @ (Codec::Rle | Codec::Htj2k) => declared,
        declared => frames.first().and_then(|f| codec::recognise(f)).unwrap_or(declared),
    };
    if matches!(codec, Codec::Unknown | Codec::Htj2k | Codec::Native) {
        return Err(unsupported(file));
    }
    let given: usize = frames.iter().map(|f| f.len()).sum();
    let wanted = format.len().saturating_mul(format.bits_allocated.div_ceil(8) as usize);
    if wanted > BLANK_BYTES.max(given.saturating_mul(RATIO)) {
        return Err(DicomError::Pixels {
            what: format!("{given} compressed bytes cannot hold the {wanted} that the header claims"),
        });
    }
    let decode = |(index, data): (usize, &Cow<'_, [u8]>)| -> Result<Raster, DicomError> {
        let failed = |why| DicomError::Frame { frame: index + 1, syntax: syntax.name, why };
        let raster = codec::decode(codec, data, format).map_err(failed)?;
        codec::fits(&raster, format).map_err(failed)?;
        Ok(raster)
    };
    macro_rules! collect {
        ($variant:ident, $t:ty) => {{
            let mut out: Vec<$t> = vec![0; format.len()];
            let done: Vec<Result<(), DicomError>> = out
                .par_chunks_mut(format.frame_len())
                .zip(frames.par_iter())
                .enumerate()
                .map(|(index, (out, data))| {
                    let raster = decode((index, data))?;
                    for (to, &from) in out.iter_mut().zip(&raster.values) {
                        *to = codec::stored(from, &raster, format) as $t;
                    }
                    Ok(())
                })
                .collect();
            done.into_iter().collect::<Result<(), _>>()?;
            Samples::$variant(out)
        }};
    }
    Ok(match (format.bits_allocated, format.signed) {
        (..=8, false) => collect!(U8, u8),
        (..=8, true) => collect!(I8, i8),
        (9..=16, false) => collect!(U16, u16),
        (9..=16, true) => collect!(I16, i16),
        (17..=32, false) => collect!(U32, u32),
        (17..=32, true) => collect!(I32, i32),
        _ => {
            return Err(DicomError::Pixels {
                what: format!("{} bits allocated cannot be compressed", format.bits_allocated),
            });
        }
    })
}
