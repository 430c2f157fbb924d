//! JPEG 2000, ISO/IEC 15444-1, by the crate `hayro-jpeg2000`.
//!
//! The crate gives unclamped single-precision samples, exact for up to 24 bits in the reversible path, always with the
//! level shift of unsigned components added: for signed components, which it does not know, that is undone here.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::{PixelFormat, Raster};

/// What the SIZ marker (A.5.1) says: width, height, and per component precision and sign.
struct Size {
    width: usize,
    height: usize,
    components: Vec<(u32, bool)>,
    /// tiles, of which the decoder keeps a record each
    tiles: u64,
}

/// The codestream: all of the data, or the box of a JP2 file (which DICOM does not allow but some write).
fn codestream(data: &[u8]) -> Option<&[u8]> {
    if data.starts_with(&[0xFF, 0x4F]) {
        return Some(data);
    }
    let at = data.windows(8).position(|w| w.starts_with(b"jp2c") && w.ends_with(&[0xFF, 0x4F, 0xFF, 0x51]))?;
    data.get(at + 4..)
}

fn size(stream: &[u8]) -> Option<Size> {
    let siz = stream.get(2..)?.strip_prefix(&[0xFF, 0x51])?;
    let word = |at: usize| siz.get(at..)?.first_chunk::<4>().map(|b| u32::from_be_bytes(*b));
    let [right, bottom, left, top] = [word(4)?, word(8)?, word(12)?, word(16)?];
    let [tile_width, tile_height] = [word(20)?, word(24)?];
    let count = usize::from(u16::from_be_bytes(*siz.get(36..)?.first_chunk::<2>()?));
    let specs = siz.get(38..38 + 3 * count)?.as_chunks::<3>().0;
    Some(Size {
        width: right.checked_sub(left)? as usize,
        height: bottom.checked_sub(top)? as usize,
        components: specs.iter().map(|s| (u32::from(s[0] & 0x7F) + 1, s[0] & 0x80 != 0)).collect(),
        tiles: u64::from(right.div_ceil(tile_width.max(1))) * u64::from(bottom.div_ceil(tile_height.max(1))),
    })
}

/// Decodes one frame.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Raster, String> {
    let stream = codestream(data).ok_or("no JPEG 2000 codestream")?;
    let size = size(stream).ok_or("the size marker is cut off")?;
    let count = size.components.len();
    if (size.width, size.height, count) != (format.columns, format.rows, format.samples) {
        return Err(format!(
            "the compressed image has {} rows, {} columns and {count} samples, the header {}, {} and {}",
            size.height, size.width, format.rows, format.columns, format.samples
        ));
    }
    let (precision, signed) = size.components.first().copied().ok_or("no component")?;
    if precision > 24 || size.components.iter().any(|&c| c != (precision, signed)) {
        return Err(format!("components of {precision} bits, or of several kinds, are not read"));
    }
    // a codestream can be cut anywhere and still decode, to a coarser image: not what a lossless file promised
    let padding = stream.iter().rev().take_while(|&&b| matches!(b, 0 | 0xFF)).count();
    if !stream.get(..stream.len() - padding).is_some_and(|s| s.ends_with(&[0xFF, 0xD9])) {
        return Err("the codestream is cut off (no end marker)".to_owned());
    }
    if size.tiles > 65_535 {
        return Err(format!("{} tiles", size.tiles));
    }
    // neither palettes nor colours are of interest: stored values are
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let image = Image::new(stream, &settings).map_err(|e| e.to_string())?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|e| e.to_string())?;
    let (low, high) =
        if signed { (-(1_i32 << (precision - 1)), (1 << (precision - 1)) - 1) } else { (0, (1 << precision) - 1) };
    let shift = if signed { 1_i32 << (precision - 1) } else { 0 };
    let pixels = size.width * size.height;
    let planes = decoded.components();
    if planes.len() != count || planes.iter().any(|plane| plane.samples().len() != pixels) {
        return Err("the decoder gave another size than the codestream's header".to_owned());
    }
    let mut values = vec![0; pixels * count];
    for (index, plane) in planes.iter().enumerate() {
        for (to, &from) in values.iter_mut().skip(index).step_by(count).zip(plane.samples()) {
            *to = (from.round() as i32).saturating_sub(shift).clamp(low, high);
        }
    }
    Ok(Raster { width: size.width, height: size.height, components: count, precision, signed, values })
}
