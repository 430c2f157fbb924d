//! JPEG, ISO/IEC 10918-1 (ITU-T T.81): baseline, extended and progressive DCT of 8 and 12 bits with Huffman coding,
//! and lossless of 2 to 16 bits. Arithmetic coding and hierarchical images are not read.
//!
//! Samples come out as they were coded: no colour transform. Chrominance of lower resolution is repeated.

mod bits;
mod coefficients;
mod huffman;
mod idct;
mod lossless;
mod scan;

use super::{PixelFormat, Raster};
use huffman::Table;

/// What a frame header says of a component, and where its samples go.
struct Component {
    id: u8,
    horizontal: usize,
    vertical: usize,
    quantisation: usize,
    /// size in samples
    width: usize,
    height: usize,
    /// size in blocks of 8 × 8, up to whole minimum coded units
    blocks_wide: usize,
    blocks_high: usize,
    /// DCT coefficients in zigzag order, block by block
    coefficients: Vec<[i16; 64]>,
    /// samples of a lossless image
    samples: Vec<u16>,
}

/// A frame header (B.2.2).
struct Frame {
    process: Process,
    precision: u32,
    width: usize,
    height: usize,
    horizontal_max: usize,
    vertical_max: usize,
    components: Vec<Component>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Process {
    Sequential,
    Progressive,
    Lossless,
}

/// Tables that stay in force until they are redefined.
struct Tables {
    quantisation: [Option<[u16; 64]>; 4],
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    restart_interval: usize,
}

/// A scan header (B.2.3).
struct Scan {
    /// index of the component, its DC (or lossless) and AC table
    components: Vec<(usize, usize, usize)>,
    /// spectral selection; the start is the predictor of a lossless scan
    start: usize,
    end: usize,
    /// successive approximation; the low part is the point transform of a lossless scan
    high: u32,
    low: u32,
}

/// Decodes one frame.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Raster, String> {
    let mut tables =
        Tables { quantisation: [None; 4], dc: [const { None }; 4], ac: [const { None }; 4], restart_interval: 0 };
    let mut frame: Option<Frame> = None;
    let mut scans = 0_usize;
    let mut at = 0;
    // some encoders forget the end marker; what counts is that the scans are there
    while let Some(marker) = next_marker(data, &mut at) {
        match marker {
            0xD8 | 0x01 | 0xD0..=0xD7 => continue,
            0xD9 => break,
            _ => {}
        }
        let segment = segment(data, &mut at).ok_or_else(|| format!("marker FF{marker:02X} is cut off"))?;
        match marker {
            0xC0..=0xC3 => {
                if frame.is_some() {
                    return Err("two frame headers (a hierarchical image?)".to_owned());
                }
                frame = Some(frame_header(marker, segment, format)?);
            }
            0xC4 => huffman::define(segment, &mut tables)?,
            0xC5..=0xC7 | 0xCD..=0xCF => return Err("hierarchical images are not read".to_owned()),
            0xC9..=0xCC => return Err("arithmetic coding is not read".to_owned()),
            0xDA => {
                let frame = frame.as_mut().ok_or("a scan before the frame header")?;
                let scan = scan_header(segment, frame)?;
                let rest = data.get(at..).unwrap_or_default();
                scans += 1;
                // each scan of a progressive image refines; more than this only costs time
                if scans > 256 {
                    return Err("more than 256 scans".to_owned());
                }
                at += if frame.process == Process::Lossless {
                    lossless::scan(rest, frame, &scan, &tables)?
                } else {
                    scan::scan(rest, frame, &scan, &tables)?
                };
            }
            0xDB => quantisation(segment, &mut tables)?,
            0xDD => {
                let interval = segment.first_chunk::<2>().ok_or("a restart interval that is cut off")?;
                tables.restart_interval = usize::from(u16::from_be_bytes(*interval));
            }
            _ => {}
        }
    }
    let frame = frame.filter(|_| scans > 0).ok_or("no image in the stream")?;
    let (precision, width, height) = (frame.precision, frame.width, frame.height);
    let components = frame.components.len();
    let values =
        if frame.process == Process::Lossless { lossless::assemble(&frame) } else { idct::assemble(&frame, &tables)? };
    Ok(Raster { width, height, components, precision, signed: false, values })
}

/// Moves past the next marker and returns its code; fill bytes and stray data are skipped.
fn next_marker(data: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = data.get(*at..)?;
        let i = rest.iter().position(|&b| b == 0xFF)?;
        let code = *rest.get(i + 1)?;
        if code == 0xFF {
            *at += i + 1;
        } else {
            *at += i + 2;
            if code != 0 {
                return Some(code);
            }
        }
    }
}

/// The contents of a marker segment.
fn segment<'a>(data: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes(*data.get(*at..)?.first_chunk::<2>()?));
    let contents = data.get(*at + 2..*at + length)?;
    *at += length;
    Some(contents)
}

fn frame_header(marker: u8, segment: &[u8], format: &PixelFormat) -> Result<Frame, String> {
    let process = match marker {
        0xC2 => Process::Progressive,
        0xC3 => Process::Lossless,
        _ => Process::Sequential,
    };
    let (&[precision, h1, h0, w1, w0, count], rest) =
        segment.split_first_chunk::<6>().ok_or("a frame header that is cut off")?;
    let (height, width) = (usize::from(u16::from_be_bytes([h1, h0])), usize::from(u16::from_be_bytes([w1, w0])));
    // zero rows: their number follows the first scan, and the file's header knows it already
    let height = if height == 0 { format.rows } else { height };
    if (width, height, usize::from(count)) != (format.columns, format.rows, format.samples) {
        return Err(format!(
            "the compressed image has {height} rows, {width} columns and {count} samples, the header {}, {} and {}",
            format.rows, format.columns, format.samples
        ));
    }
    let lawful = if process == Process::Lossless { (2..=16).contains(&precision) } else { matches!(precision, 8 | 12) };
    if !lawful {
        return Err(format!("a precision of {precision} bits"));
    }
    let specs: Vec<[u8; 3]> = rest.as_chunks::<3>().0.iter().copied().take(usize::from(count)).collect();
    let factors = |spec: &[u8; 3]| (usize::from(spec[1] >> 4), usize::from(spec[1] & 15));
    if specs.len() != usize::from(count)
        || specs.iter().map(factors).any(|(h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v))
    {
        return Err("a frame header with impossible components".to_owned());
    }
    let horizontal_max = specs.iter().map(|s| factors(s).0).max().unwrap_or(1);
    let vertical_max = specs.iter().map(|s| factors(s).1).max().unwrap_or(1);
    let mut components = Vec::with_capacity(specs.len());
    for spec in &specs {
        let (horizontal, vertical) = factors(spec);
        let blocks_wide = width.div_ceil(8 * horizontal_max) * horizontal;
        let blocks_high = height.div_ceil(8 * vertical_max) * vertical;
        let (width, height) =
            ((width * horizontal).div_ceil(horizontal_max), (height * vertical).div_ceil(vertical_max));
        let lossless = process == Process::Lossless;
        components.push(Component {
            id: spec[0],
            horizontal,
            vertical,
            quantisation: usize::from(spec[2]),
            width,
            height,
            blocks_wide,
            blocks_high,
            coefficients: if lossless { Vec::new() } else { vec![[0; 64]; blocks_wide * blocks_high] },
            samples: if lossless { vec![0; width * height] } else { Vec::new() },
        });
    }
    Ok(Frame { process, precision: u32::from(precision), width, height, horizontal_max, vertical_max, components })
}

fn scan_header(segment: &[u8], frame: &Frame) -> Result<Scan, String> {
    let (&count, rest) = segment.split_first().ok_or("a scan header that is cut off")?;
    let count = usize::from(count);
    let (pairs, rest) = rest.split_at_checked(2 * count).ok_or("a scan header that is cut off")?;
    let &[start, end, approximation] = rest.first_chunk::<3>().ok_or("a scan header that is cut off")?;
    let mut components = Vec::new();
    for &[id, tables] in pairs.as_chunks::<2>().0 {
        let index =
            frame.components.iter().position(|c| c.id == id).ok_or("a scan of a component that is not there")?;
        components.push((index, usize::from(tables >> 4) & 3, usize::from(tables & 3)));
    }
    if components.is_empty() || components.len() > 4 {
        return Err(format!("a scan of {} components", components.len()));
    }
    let scan = Scan {
        components,
        start: usize::from(start),
        end: usize::from(end),
        high: u32::from(approximation >> 4),
        low: u32::from(approximation & 15),
    };
    let lawful = match frame.process {
        Process::Sequential => true,
        Process::Progressive => {
            scan.start <= scan.end && scan.end < 64 && scan.low <= 13 && (scan.start > 0 || scan.end == 0)
        }
        Process::Lossless => (1..=7).contains(&scan.start) && scan.low < frame.precision,
    };
    if lawful { Ok(scan) } else { Err("a scan header with impossible parameters".to_owned()) }
}

fn quantisation(mut segment: &[u8], tables: &mut Tables) -> Result<(), String> {
    const SHORT: &str = "a quantisation table that is cut off";
    while let Some((&head, rest)) = segment.split_first() {
        let wide = head >> 4 != 0;
        let (bytes, rest) = rest.split_at_checked(if wide { 128 } else { 64 }).ok_or(SHORT)?;
        let mut table = [0_u16; 64];
        for (k, step) in table.iter_mut().enumerate() {
            *step = if wide { u16::from_be_bytes([bytes[2 * k], bytes[2 * k + 1]]) } else { u16::from(bytes[k]) };
        }
        *tables.quantisation.get_mut(usize::from(head & 15)).ok_or("a quantisation table beyond the fourth")? =
            Some(table);
        segment = rest;
    }
    Ok(())
}
