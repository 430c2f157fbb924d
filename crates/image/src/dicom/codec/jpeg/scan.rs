//! One scan of a DCT image: which blocks its bits belong to (A.2).

use super::bits::Bits;
use super::coefficients::{ac, ac_first, ac_refine, dc};
use super::huffman::Table;
use super::{Frame, Process, Scan, Tables};

struct State<'a> {
    bits: Bits<'a>,
    predictions: [i32; 4],
    skip: u32,
}

/// Decodes a scan into the coefficients of the frame; returns how many bytes it took.
pub(super) fn scan(data: &[u8], frame: &mut Frame, scan: &Scan, tables: &Tables) -> Result<usize, String> {
    let mut state = State { bits: Bits::new(data), predictions: [0; 4], skip: 0 };
    let interleaved = scan.components.len() > 1;
    let (wide, high) = if interleaved {
        (frame.width.div_ceil(8 * frame.horizontal_max), frame.height.div_ceil(8 * frame.vertical_max))
    } else {
        let component = scan.components.first().and_then(|c| frame.components.get(c.0)).ok_or("an empty scan")?;
        (component.width.div_ceil(8), component.height.div_ceil(8))
    };
    for unit in 0..wide * high {
        if tables.restart_interval > 0 && unit > 0 && unit.is_multiple_of(tables.restart_interval) {
            state.bits.restart()?;
            state.predictions = [0; 4];
            state.skip = 0;
        }
        let (column, row) = (unit % wide, unit / wide);
        for (slot, &(index, dc_table, ac_table)) in scan.components.iter().enumerate() {
            let component = frame.components.get_mut(index).ok_or("an empty scan")?;
            let (across, down) = if interleaved { (component.horizontal, component.vertical) } else { (1, 1) };
            for v in 0..down {
                for h in 0..across {
                    let at = (row * down + v) * component.blocks_wide + column * across + h;
                    let block = component.coefficients.get_mut(at).ok_or("a block beyond the image")?;
                    let tables = (tables.dc[dc_table].as_ref(), tables.ac[ac_table].as_ref());
                    one_block(&mut state, frame.process, scan, tables, slot, block)?;
                }
            }
        }
    }
    Ok(state.bits.end())
}

fn one_block(
    state: &mut State<'_>,
    process: Process,
    scan: &Scan,
    (dc_table, ac_table): (Option<&Table>, Option<&Table>),
    slot: usize,
    block: &mut [i16; 64],
) -> Result<(), String> {
    const ABSENT: &str = "a Huffman table that was never defined";
    let State { bits, predictions, skip } = state;
    let prediction = &mut predictions[slot & 3];
    if process == Process::Sequential {
        block[0] = dc(bits, dc_table.ok_or(ABSENT)?, prediction)? as i16;
        return ac(bits, ac_table.ok_or(ABSENT)?, block);
    }
    match (scan.start, scan.high) {
        (0, 0) => block[0] = (dc(bits, dc_table.ok_or(ABSENT)?, prediction)? << scan.low) as i16,
        (0, _) => block[0] |= (bits.take(1)? << scan.low) as i16,
        (_, 0) => ac_first(bits, ac_table.ok_or(ABSENT)?, scan, block, skip)?,
        (..) => ac_refine(bits, ac_table.ok_or(ABSENT)?, scan, block, skip)?,
    }
    Ok(())
}
