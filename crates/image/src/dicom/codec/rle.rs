//! RLE Lossless: PackBits over byte planes (PS3.5 Annex G).

use super::{PixelFormat, Raster};

const HEADER: usize = 64;

fn word(data: &[u8], index: usize) -> Option<usize> {
    data.get(4 * index..)?.first_chunk::<4>().map(|b| u32::from_le_bytes(*b) as usize)
}

/// Whether data begin with a plausible RLE header.
pub(super) fn is_header(data: &[u8]) -> bool {
    data.len() >= HEADER && word(data, 0).is_some_and(|n| (1..=15).contains(&n)) && word(data, 1) == Some(HEADER)
}

/// Decodes one frame. The planes go from the most significant byte of the first sample to the least of the last.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Raster, String> {
    let bytes = format.bits_allocated as usize / 8;
    if !matches!(format.bits_allocated, 8 | 16 | 24 | 32) {
        return Err(format!("{} bits allocated cannot be run-length encoded", format.bits_allocated));
    }
    let planes = word(data, 0).ok_or("the header is cut off")?;
    if planes != bytes * format.samples {
        return Err(format!(
            "{planes} segments where {} samples of {bytes} bytes need {}",
            format.samples,
            bytes * format.samples
        ));
    }
    let pixels = format.rows * format.columns;
    // two bytes give at most 128
    if pixels.saturating_mul(planes) > data.len().saturating_mul(64) {
        return Err(format!("{} bytes cannot hold {planes} planes of {pixels} pixels", data.len()));
    }
    let mut values = vec![0_u32; pixels * format.samples];
    for plane in 0..planes {
        let start = word(data, 1 + plane).unwrap_or(0);
        let end = if plane + 1 < planes { word(data, 2 + plane).unwrap_or(0) } else { data.len() };
        let segment = data.get(start..end).filter(|_| start >= HEADER);
        let segment =
            segment.ok_or_else(|| format!("segment {} lies at bytes {start} to {end} of {}", plane + 1, data.len()))?;
        let sample = plane / bytes;
        let shift = 8 * (bytes - 1 - plane % bytes) as u32;
        let mut targets = values.iter_mut().skip(sample).step_by(format.samples);
        let filled = unpack(segment, |byte| match targets.next() {
            Some(value) => {
                *value |= u32::from(byte) << shift;
                true
            }
            None => false,
        });
        if filled < pixels {
            return Err(format!("segment {} ends after {filled} of {pixels} pixels", plane + 1));
        }
    }
    Ok(Raster {
        width: format.columns,
        height: format.rows,
        components: format.samples,
        precision: format.bits_allocated,
        signed: false,
        values: values.into_iter().map(u32::cast_signed).collect(),
    })
}

/// Unpacks a segment into `put` until it wants no more; returns how many bytes it took.
fn unpack(segment: &[u8], mut put: impl FnMut(u8) -> bool) -> usize {
    let mut taken = 0;
    let mut rest = segment;
    while let Some((&control, after)) = rest.split_first() {
        let control = control.cast_signed();
        if control >= 0 {
            let length = (control as usize + 1).min(after.len());
            let (literal, after) = after.split_at(length);
            for &byte in literal {
                if !put(byte) {
                    return taken;
                }
                taken += 1;
            }
            rest = after;
        } else if control == -128 {
            rest = after;
        } else {
            let Some((&byte, after)) = after.split_first() else { break };
            for _ in 0..1 - i32::from(control) {
                if !put(byte) {
                    return taken;
                }
                taken += 1;
            }
            rest = after;
        }
    }
    taken
}
