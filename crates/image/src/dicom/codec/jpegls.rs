//! JPEG-LS, ISO/IEC 14495-1 (ITU-T T.87): lossless and near-lossless, all interleave modes.
//!
//! Mapping tables, restart intervals and colour transforms of vendors are not read.

mod bits;
mod model;
mod scan;

use super::{PixelFormat, Raster};
use model::Parameters;
use scan::Interleave;

/// Decodes one frame.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Raster, String> {
    let mut at = 0;
    let mut frame: Option<(u32, Vec<u8>)> = None;
    let mut preset: Option<[u16; 5]> = None;
    let mut planes: Vec<Vec<u16>> = Vec::new();
    let mut decoded = 0;
    while let Some(marker) = next_marker(data, &mut at) {
        match marker {
            0xD8 | 0x01 => continue,
            0xD9 => break,
            _ => {}
        }
        let segment = segment(data, &mut at).ok_or_else(|| format!("marker FF{marker:02X} is cut off"))?;
        match marker {
            0xF7 => {
                let (precision, ids) = frame_header(segment, format)?;
                planes = vec![vec![0; format.rows * format.columns]; ids.len()];
                frame = Some((precision, ids));
            }
            0xF8 => preset = parameters(segment, preset)?,
            0xDD if segment.iter().any(|&b| b != 0) => return Err("restart intervals are not read".to_owned()),
            0xDA => {
                let (precision, ids) = frame.as_ref().ok_or("a scan before the frame header")?;
                let (indices, near, interleave) = scan_header(segment, ids)?;
                let model = Parameters::new(*precision, near, preset)?;
                let mut targets: Vec<Vec<u16>> = Vec::with_capacity(indices.len());
                for &index in &indices {
                    targets.push(std::mem::take(planes.get_mut(index).ok_or("an empty scan")?));
                }
                let rest = data.get(at..).unwrap_or_default();
                at += scan::decode(rest, &model, interleave, format.columns, &mut targets)?;
                decoded += indices.len();
                for (index, target) in indices.into_iter().zip(targets) {
                    if let Some(plane) = planes.get_mut(index) {
                        *plane = target;
                    }
                }
                if decoded >= ids.len() {
                    break;
                }
            }
            _ => {}
        }
    }
    let (precision, ids) = frame.ok_or("no image in the stream")?;
    if decoded < ids.len() {
        return Err(format!("{decoded} of {} components are there", ids.len()));
    }
    let count = planes.len();
    let mut values = vec![0; format.rows * format.columns * count];
    for (index, plane) in planes.iter().enumerate() {
        for (to, &from) in values.iter_mut().skip(index).step_by(count).zip(plane) {
            *to = from.into();
        }
    }
    Ok(Raster { width: format.columns, height: format.rows, components: count, precision, signed: false, values })
}

fn next_marker(data: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = data.get(*at..)?;
        let i = rest.iter().position(|&b| b == 0xFF)?;
        let code = *rest.get(i + 1)?;
        *at += i + if code == 0xFF { 1 } else { 2 };
        // less than 0x80 after 0xFF is data with a stuffed bit
        if code >= 0x80 && code != 0xFF {
            return Some(code);
        }
    }
}

fn segment<'a>(data: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes(*data.get(*at..)?.first_chunk::<2>()?));
    let contents = data.get(*at + 2..*at + length)?;
    *at += length;
    Some(contents)
}

/// Precision and component identifiers of a frame header (C.2.2).
fn frame_header(segment: &[u8], format: &PixelFormat) -> Result<(u32, Vec<u8>), String> {
    let (&[precision, h1, h0, w1, w0, count], rest) =
        segment.split_first_chunk::<6>().ok_or("a frame header that is cut off")?;
    let (height, width) = (usize::from(u16::from_be_bytes([h1, h0])), usize::from(u16::from_be_bytes([w1, w0])));
    if (width, height, usize::from(count)) != (format.columns, format.rows, format.samples) {
        return Err(format!(
            "the compressed image has {height} rows, {width} columns and {count} samples, the header {}, {} and {}",
            format.rows, format.columns, format.samples
        ));
    }
    if !(2..=16).contains(&precision) {
        return Err(format!("a precision of {precision} bits"));
    }
    let specs = rest.as_chunks::<3>().0;
    if specs.len() < usize::from(count) {
        return Err("a frame header that is cut off".to_owned());
    }
    if specs.iter().take(usize::from(count)).any(|s| s[1] != 0x11) {
        return Err("components of different resolution are not read".to_owned());
    }
    Ok((u32::from(precision), specs.iter().take(usize::from(count)).map(|s| s[0]).collect()))
}

/// An LSE segment (C.2.4): only preset coding parameters are of use.
fn parameters(segment: &[u8], before: Option<[u16; 5]>) -> Result<Option<[u16; 5]>, String> {
    match segment.split_first() {
        Some((1, rest)) => {
            let words = rest.as_chunks::<2>().0;
            let words = words.first_chunk::<5>().ok_or("coding parameters that are cut off")?;
            Ok(Some(words.map(u16::from_be_bytes)))
        }
        Some((2 | 3, _)) => Err("mapping tables are not read".to_owned()),
        _ => Ok(before),
    }
}

/// Component indices, NEAR and interleave mode of a scan header (C.2.3).
fn scan_header(segment: &[u8], ids: &[u8]) -> Result<(Vec<usize>, i32, Interleave), String> {
    let (&count, rest) = segment.split_first().ok_or("a scan header that is cut off")?;
    let (pairs, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or("a scan header that is cut off")?;
    let &[near, mode, transform] = rest.first_chunk::<3>().ok_or("a scan header that is cut off")?;
    if transform != 0 {
        return Err("a point transform is not read".to_owned());
    }
    let mut indices = Vec::new();
    for &[id, table] in pairs.as_chunks::<2>().0 {
        if table != 0 {
            return Err("mapping tables are not read".to_owned());
        }
        indices.push(ids.iter().position(|&i| i == id).ok_or("a scan of a component that is not there")?);
    }
    let mut once = indices.clone();
    once.sort_unstable();
    once.dedup();
    let interleave = match (mode, indices.len()) {
        (_, n) if n == 0 || n > 4 || once.len() != n => return Err(format!("a scan of {n} components")),
        (_, 1) => Interleave::None,
        (1, _) => Interleave::Line,
        (2, _) => Interleave::Sample,
        _ => return Err(format!("interleave mode {mode} for {} components", indices.len())),
    };
    Ok((indices, i32::from(near), interleave))
}
