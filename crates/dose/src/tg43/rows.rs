//! The dose of one seed in all rows of a slice.
//!
//! Reading a table at scattered places keeps a processor's load units busy, finding the places its arithmetic units: while one row is read, the
//! places of the next are found. Arithmetic for a voxel is a long chain with a division and a root, so what depends on what lies a
//! vector or a row apart: a processor looks ahead over some dozens of instructions and would wait for the chain otherwise.
#![allow(unsafe_code)]

use super::row::{BLOCK, Found, Lanes, Row, Wide, add_1d, find, look, read, turn};
use super::table::{Cells, STRIDE, Table};

/// Where a block of voxels lies in the slice, and in its row.
#[derive(Clone, Copy)]
struct Block {
    /// index of its first voxel in the slice
    at: usize,
    /// the same in the row
    first: usize,
    /// voxels
    count: usize,
}

/// Adds the dose of a seed to the rows of a slice, `width` voxels each; `row` tells how the seed is seen from a row. `found` is made once and
/// used for many seeds.
///
/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
pub(super) unsafe fn add<L: Lanes>(
    table: &Table,
    row: impl Fn(usize) -> Row,
    width: usize,
    found: &mut [Found; 2],
    slice: &mut [f32],
) {
    let whole = width / L::N * L::N;
    let rows = slice.len() / width;
    // SAFETY: instructions by the caller's promise; blocks lie in the slice and are whole vectors, what is left is done one by one
    unsafe {
        match &table.cells {
            Cells::Plain(values) => {
                for (j, out) in slice.chunks_exact_mut(width).enumerate() {
                    let (body, rest) = out.split_at_mut(whole);
                    add_1d::<L>(table, values, &row(j), &mut found[0], 0, body);
                    add_1d::<f32>(table, values, &row(j), &mut found[0], whole, rest);
                }
            }
            Cells::Packed { cells, unit } => {
                let from = cells.as_ptr().wrapping_sub(table.first_row as usize * STRIDE);
                let out = slice.as_mut_ptr();
                let [now, next] = found;
                let (mut now, mut next) = (now, next);
                let mut pending: Option<Block> = None;
                for j in 0..rows {
                    let seen = row(j);
                    for first in (0..whole).step_by(BLOCK) {
                        let block = Block { at: j * width + first, first, count: BLOCK.min(whole - first) };
                        match pending {
                            Some(before)
                                if before.count == block.count && seen.stays_inside(table, first, block.count) =>
                            {
                                let wide = Wide::<L>::new(table, &seen, *unit);
                                overlapped::<L>(&wide, block, next, from, now, out.add(before.at));
                            }
                            before => {
                                look::<L>(table, &seen, *unit, first, block.count, next);
                                if let Some(before) = before {
                                    read_all::<L>(from, now, out.add(before.at), before.count);
                                }
                            }
                        }
                        (now, next) = (next, now);
                        pending = Some(block);
                    }
                    if whole < width {
                        look::<f32>(table, &seen, *unit, whole, width - whole, next);
                        read_all::<f32>(from, next, out.add(j * width + whole), width - whole);
                    }
                }
                if let Some(before) = pending {
                    read_all::<L>(from, now, out.add(before.at), before.count);
                }
            }
        }
    }
}

/// Reads one block while the places of another of the same size are found.
///
/// # Safety
/// As [`find`], [`turn`] and [`read`] for all vectors of both blocks.
#[inline(always)]
unsafe fn overlapped<L: Lanes>(
    wide: &Wide<L>,
    block: Block,
    next: &mut Found,
    from: *const u32,
    now: &Found,
    out: *mut f32,
) {
    // SAFETY: promised by the caller
    unsafe {
        find::<L, false>(wide, block.first, 0, next);
        for n in (L::N..block.count).step_by(L::N) {
            find::<L, false>(wide, block.first + n, n, next);
            read::<L>(from, n - L::N, now, out.add(n - L::N));
            turn::<L>(n - L::N, next);
        }
        let last = block.count - L::N;
        read::<L>(from, last, now, out.add(last));
        turn::<L>(last, next);
    }
}

/// # Safety
/// As [`read`] for `count` voxels, a multiple of `L::N`.
#[inline(always)]
unsafe fn read_all<L: Lanes>(from: *const u32, found: &Found, out: *mut f32, count: usize) {
    // SAFETY: promised by the caller
    unsafe {
        for n in (0..count).step_by(L::N) {
            read::<L>(from, n, found, out.add(n));
        }
    }
}
