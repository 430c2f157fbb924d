//! Coefficients of one block, sequential (F.2.2) and progressive (G.1.2).

use super::Scan;
use super::bits::{Bits, extend};
use super::huffman::Table;

type Block = [i16; 64];

/// A DC difference added to the prediction.
pub(super) fn dc(bits: &mut Bits<'_>, table: &Table, prediction: &mut i32) -> Result<i32, String> {
    let category = u32::from(table.decode(bits)?);
    if category > 16 {
        return Err("a DC difference of more than 16 bits".to_owned());
    }
    let difference = extend(bits.take(category)?, category);
    *prediction = prediction.wrapping_add(difference);
    Ok(*prediction)
}

/// All AC coefficients of a sequential block.
pub(super) fn ac(bits: &mut Bits<'_>, table: &Table, block: &mut Block) -> Result<(), String> {
    let mut k = 1;
    while k < 64 {
        let symbol = table.decode(bits)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run < 15 {
                break;
            }
            k += 16;
            continue;
        }
        k += run;
        let value = extend(bits.take(size)?, size) as i16;
        *block.get_mut(k).ok_or("coefficients beyond the block")? = value;
        k += 1;
    }
    Ok(())
}

/// First pass over a band of AC coefficients; `skip` counts the blocks that an end-of-band run still covers.
pub(super) fn ac_first(
    bits: &mut Bits<'_>,
    table: &Table,
    scan: &Scan,
    block: &mut Block,
    skip: &mut u32,
) -> Result<(), String> {
    if *skip > 0 {
        *skip -= 1;
        return Ok(());
    }
    let mut k = scan.start;
    while k <= scan.end {
        let symbol = table.decode(bits)?;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run < 15 {
                *skip = (1 << run) - 1 + bits.take(run)?;
                break;
            }
            k += 16;
            continue;
        }
        k += run as usize;
        let value = extend(bits.take(size)?, size) << scan.low;
        *block.get_mut(k).ok_or("coefficients beyond the block")? = value as i16;
        k += 1;
    }
    Ok(())
}

/// One more bit of each coefficient of the band: those known already get a correction bit, new ones appear.
pub(super) fn ac_refine(
    bits: &mut Bits<'_>,
    table: &Table,
    scan: &Scan,
    block: &mut Block,
    skip: &mut u32,
) -> Result<(), String> {
    let one = 1_i16 << scan.low;
    let mut k = scan.start;
    if *skip == 0 {
        while k <= scan.end {
            let symbol = table.decode(bits)?;
            let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
            let mut new = 0;
            match size {
                0 if run < 15 => {
                    *skip = (1 << run) + bits.take(run)?;
                    break;
                }
                0 => {}
                1 => new = if bits.take(1)? == 1 { one } else { -one },
                _ => return Err("a refinement of more than one bit".to_owned()),
            }
            // pass over `run` zeros, correcting the non-zeros on the way
            while k <= scan.end {
                let Some(value) = block.get_mut(k) else { break };
                if *value == 0 {
                    if run == 0 {
                        *value = new;
                        k += 1;
                        break;
                    }
                    run -= 1;
                } else {
                    correct(bits, value, one)?;
                }
                k += 1;
            }
        }
    }
    if *skip > 0 {
        for value in block.iter_mut().take(scan.end + 1).skip(k).filter(|v| **v != 0) {
            correct(bits, value, one)?;
        }
        *skip -= 1;
    }
    Ok(())
}

fn correct(bits: &mut Bits<'_>, value: &mut i16, one: i16) -> Result<(), String> {
    if bits.take(1)? == 1 && *value & one == 0 {
        *value = if *value > 0 { value.wrapping_add(one) } else { value.wrapping_sub(one) };
    }
    Ok(())
}
