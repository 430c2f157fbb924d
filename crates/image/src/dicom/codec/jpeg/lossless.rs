//! Lossless JPEG (annex H): each sample is predicted from its neighbours, the difference is Huffman coded.

use super::bits::{Bits, extend};
use super::{Frame, Scan, Tables};

/// Decodes a scan into the samples of the frame; returns how many bytes it took.
pub(super) fn scan(data: &[u8], frame: &mut Frame, scan: &Scan, tables: &Tables) -> Result<usize, String> {
    if frame.components.iter().any(|c| (c.horizontal, c.vertical) != (frame.horizontal_max, frame.vertical_max)) {
        return Err("lossless components of different resolution are not read".to_owned());
    }
    let mut bits = Bits::new(data);
    let width = frame.width;
    let origin = 1_i32 << (frame.precision - 1 - scan.low.min(frame.precision - 1));
    // the first line after a restart is predicted like the first of the image
    let mut first_line = 0;
    let mut unit = 0_usize;
    let mut huffman = Vec::with_capacity(scan.components.len());
    for &(index, table, _) in &scan.components {
        huffman.push((index, tables.dc[table].as_ref().ok_or("a Huffman table that was never defined")?));
    }
    for y in 0..frame.height {
        for x in 0..width {
            if tables.restart_interval > 0 && unit > 0 && unit.is_multiple_of(tables.restart_interval) {
                if x != 0 {
                    return Err("a restart within a line".to_owned());
                }
                bits.restart()?;
                first_line = y;
            }
            unit += 1;
            for &(index, table) in &huffman {
                let category = u32::from(table.decode(&mut bits)?);
                let difference = match category {
                    0..=15 => extend(bits.take(category)?, category),
                    16 => 32768,
                    _ => return Err("a difference of more than 16 bits".to_owned()),
                };
                let samples = &mut frame.components.get_mut(index).ok_or("an empty scan")?.samples;
                let at = y * width + x;
                let near = |back: usize| samples.get(at.wrapping_sub(back)).copied().map_or(0, i32::from);
                let prediction = match (x, y == first_line) {
                    (0, true) => origin,
                    (0, false) => near(width),
                    (_, true) => near(1),
                    (_, false) => predict(scan.start, near(1), near(width), near(width + 1)),
                };
                if let Some(sample) = samples.get_mut(at) {
                    *sample = prediction.wrapping_add(difference) as u16;
                }
            }
        }
    }
    // the point transform is undone once all lines are there
    if scan.low > 0 {
        for &(index, _) in &huffman {
            if let Some(component) = frame.components.get_mut(index) {
                component.samples.iter_mut().for_each(|s| *s <<= scan.low);
            }
        }
    }
    Ok(bits.end())
}

/// Table H.1: from the samples to the left (a), above (b) and above left (c).
fn predict(selection: usize, a: i32, b: i32, c: i32) -> i32 {
    match selection {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }
}

/// The samples of all components, those of a pixel together.
pub(super) fn assemble(frame: &Frame) -> Vec<i32> {
    let count = frame.components.len();
    let mut out = vec![0; frame.width * frame.height * count];
    for (index, component) in frame.components.iter().enumerate() {
        for (to, &from) in out.iter_mut().skip(index).step_by(count).zip(&component.samples) {
            *to = from.into();
        }
    }
    out
}
