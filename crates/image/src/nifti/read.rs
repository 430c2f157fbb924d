//! Values of a NIfTI file.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::NiftiError;
use super::header::{Datatype, HEADER, Header};
use crate::{Unit, Volume, Voxels};

/// More decompressed bytes than this are not read.
const LIMIT: u64 = 4 << 30;

pub(super) fn volume(bytes: &[u8], unit: Unit) -> Result<Volume, NiftiError> {
    if bytes.starts_with(&[0x1f, 0x8b]) { decode(MultiGzDecoder::new(bytes), unit) } else { decode(bytes, unit) }
}

/// Fills memory only as far as there are bytes, whatever the header claims.
fn decode(mut source: impl Read, unit: Unit) -> Result<Volume, NiftiError> {
    let mut file = Vec::new();
    let mut fill = |file: &mut Vec<u8>, wanted: u64| -> Result<(), NiftiError> {
        let missing = wanted.saturating_sub(file.len() as u64);
        source.by_ref().take(missing).read_to_end(file).map_err(|e| NiftiError::Gzip(e.to_string()))?;
        Ok(())
    };
    fill(&mut file, HEADER as u64)?;
    let Some(head) = file.first_chunk::<HEADER>() else {
        return Err(NiftiError::NotNifti(format!("it has {} bytes, fewer than a header", file.len())));
    };
    let header = Header::parse(head)?;
    let (grid, reversed) = header.grid()?;
    let count = grid.size.iter().map(|&n| n as u64).product::<u64>();
    let wanted = header.offset as u64 + count * header.datatype.bytes() as u64;
    if wanted > LIMIT {
        return Err(NiftiError::TooLarge { wanted, limit: LIMIT });
    }
    fill(&mut file, wanted)?;
    let values = file.get(header.offset..).unwrap_or_default();
    if (file.len() as u64) < wanted {
        return Err(NiftiError::CutOff { got: file.len() as u64, wanted });
    }
    let mut voxels = voxels(values, &header);
    if reversed {
        let plane = grid.size[0] * grid.size[1];
        match &mut voxels {
            Voxels::I16(v) => turn(v, plane),
            Voxels::F32(v) => turn(v, plane),
        }
    }
    Ok(Volume { grid, voxels, unit })
}

/// Last plane first.
fn turn<T>(values: &mut [T], plane: usize) {
    values.reverse();
    values.chunks_mut(plane.max(1)).for_each(<[T]>::reverse);
}

fn voxels(bytes: &[u8], header: &Header) -> Voxels {
    macro_rules! values {
        ($t:ty) => {{
            let (chunks, _) = bytes.as_chunks::<{ size_of::<$t>() }>();
            let big = header.big_endian;
            chunks.iter().map(move |c| if big { <$t>::from_be_bytes(*c) } else { <$t>::from_le_bytes(*c) })
        }};
    }
    macro_rules! float {
        ($t:ty) => {
            Voxels::F32(match header.scaling {
                Some((slope, intercept)) => values!($t).map(|v| (v as f64 * slope + intercept) as f32).collect(),
                None => values!($t).map(|v| v as f32).collect(),
            })
        };
    }
    let plain = header.scaling.is_none();
    match header.datatype {
        Datatype::U8 if plain => Voxels::I16(bytes.iter().map(|&v| i16::from(v)).collect()),
        Datatype::I8 if plain => Voxels::I16(bytes.iter().map(|&v| i16::from(v as i8)).collect()),
        Datatype::I16 if plain => Voxels::I16(values!(i16).collect()),
        Datatype::U16 if plain && values!(u16).all(|v| i16::try_from(v).is_ok()) => {
            Voxels::I16(values!(u16).map(|v| v as i16).collect())
        }
        Datatype::U8 => float!(u8),
        Datatype::I8 => float!(i8),
        Datatype::I16 => float!(i16),
        Datatype::U16 => float!(u16),
        Datatype::I32 => float!(i32),
        Datatype::U32 => float!(u32),
        Datatype::F32 => float!(f32),
        Datatype::F64 => float!(f64),
    }
}
