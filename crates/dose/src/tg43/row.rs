//! The dose of one seed in one row of voxels: one algorithm for every width of vector.
//!
//! [`Lanes`] names the few operations it needs; `f32` itself is the plain version, `simd.rs` has the wide ones. All do
//! the same IEEE operations in the same order (fused multiply-adds included), so that their results are the same bits.
#![allow(unsafe_code)]

use super::table::{COLUMNS_PER_DEGREE, LIFT, LOW_BITS, R2_MIN, ROW_BITS, ROW_SHIFT, STRIDE_BITS, Table};

/// One seed seen from one row of voxels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// squared distance of the seed from the line of the row, mm²
    pub p2: f32,
    /// position of voxel 0 along the row, from the foot of the seed, mm
    pub start: f32,
    /// distance between voxels, mm
    pub step: f32,
    /// position of the row's foot along the seed's axis, mm
    pub z_foot: f32,
    /// change of that position along the row, mm per mm
    pub z_slope: f32,
    /// dose at relative rate 1, Gy
    pub scale: f32,
}

impl Row {
    /// Whether r² of all `count` voxels from the `first` lies in the table as it is: nearly always, and it need not be held
    /// there. The distance is greatest at one of the ends, by the same operations as for each voxel.
    #[inline(always)]
    pub fn stays_inside(&self, table: &Table, first: usize, count: usize) -> bool {
        let r2 = |index: usize| {
            let along = (index as f32).mul_add(self.step, self.start);
            along.mul_add(along, self.p2)
        };
        self.p2 >= R2_MIN && r2(first) <= table.r2_max && r2(first + count) <= table.r2_max
    }
}

/// A vector of single-precision numbers, or one.
///
/// # Safety
/// Every method may need the instructions the type stands for: call only where they are known to exist.
pub(super) trait Lanes: Copy {
    const N: usize;
    /// whole numbers of the same width
    type Int: Copy;
    unsafe fn splat(x: f32) -> Self;
    /// `first`, `first + 1`…
    unsafe fn ramp(first: f32) -> Self;
    /// # Safety
    /// `N` numbers can be read at `from`.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// `N` numbers can be written at `to`.
    unsafe fn store(self, to: *mut f32);
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn abs(self) -> Self;
    unsafe fn sqrt(self) -> Self;
    /// `self * b + c`, rounded once
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// `yes` where the sign of `self` is minus, else `no`
    unsafe fn minus_select(self, yes: Self, no: Self) -> Self;
    /// bits shifted right by `ROW_SHIFT`: the row of r², counted from zero
    unsafe fn row(self) -> Self::Int;
    /// the remaining bits as a number from 0 to 1: the place between two rows
    unsafe fn row_part(self) -> Self;
    /// towards zero
    unsafe fn truncate(self) -> Self::Int;
    unsafe fn from_int(n: Self::Int) -> Self;
    /// `row * STRIDE`
    unsafe fn first_cell(row: Self::Int) -> Self::Int;
    unsafe fn add_int(one: Self::Int, other: Self::Int) -> Self::Int;
    /// # Safety
    /// `N` whole numbers can be read at `from`.
    unsafe fn load_int(from: *const i32) -> Self::Int;
    /// # Safety
    /// `N` whole numbers can be written at `to`.
    unsafe fn store_int(n: Self::Int, to: *mut i32);
    /// the 32 bits at each of the places that `at` lists and those at the place after it
    ///
    /// # Safety
    /// `N` places can be read at `at`; counted from `from`, which itself may lie outside, they and those after them lie in
    /// the table that `from` was reckoned from.
    unsafe fn gather_pair(from: *const u32, at: *const i32) -> (Self::Int, Self::Int);
    /// the bits as numbers
    unsafe fn from_bits(bits: Self::Int) -> Self;
    /// the packed numbers in the low and high halves, see `table.rs`
    unsafe fn unpack(halves: Self::Int) -> (Self, Self);
}

/// Coefficients of asin(s)/s for s² in [0, 1/2], in powers of s² from the highest, fitted to the least greatest error of
/// the angle: 1.9e-5 rad, or 0.002 columns. The unit is a column of the table.
const ASIN: [f32; 4] = asin_coefficients();

const fn asin_coefficients() -> [f32; 4] {
    // radians to columns
    let scale = 180.0 / std::f64::consts::PI * COLUMNS_PER_DEGREE;
    let radians = [0.118_183_754_667, 0.040_223_425_203, 0.172_189_812_420, 0.999_770_146_187];
    let mut out = [0.0; 4];
    let mut k = 0;
    while k < 4 {
        out[k] = (radians[k] * scale) as f32;
        k += 1;
    }
    out
}

/// Column of the transverse plane.
const TRANSVERSE: f32 = (90.0 * COLUMNS_PER_DEGREE) as f32;

/// Voxels worked on at a time: what is known of them between the passes stays in the first-level cache.
pub(super) const BLOCK: usize = 256;

/// What the first passes find for each voxel of a block; made once and used for many rows.
pub(super) struct Found {
    /// place in the table if its first row were that of r² = 0; after the first pass that of the row's first column
    cell: [i32; BLOCK],
    /// place between two rows
    part: [f32; BLOCK],
    /// place between two columns; after the first pass cos²θ - 1/2
    across: [f32; BLOCK],
    /// dose at table value 1
    factor: [f32; BLOCK],
}

impl Default for Found {
    fn default() -> Self {
        Self { cell: [0; BLOCK], part: [0.0; BLOCK], across: [0.0; BLOCK], factor: [0.0; BLOCK] }
    }
}

/// What the passes need to know of a row, in vectors.
#[derive(Clone, Copy)]
pub(super) struct Wide<L> {
    step: L,
    start: L,
    p2: L,
    z_foot: L,
    z_slope: L,
    scale: L,
    r2_max: L,
}

impl<L: Lanes> Wide<L> {
    /// # Safety
    /// The processor has the instructions of `L`.
    #[inline(always)]
    pub unsafe fn new(table: &Table, row: &Row, unit: f32) -> Self {
        // SAFETY: promised by the caller
        unsafe {
            Self {
                step: L::splat(row.step),
                start: L::splat(row.start),
                p2: L::splat(row.p2),
                z_foot: L::splat(row.z_foot),
                z_slope: L::splat(row.z_slope),
                scale: L::splat(row.scale * unit),
                r2_max: L::splat(table.r2_max),
            }
        }
    }
}

/// Finds for the voxels from the `first` on, `count` in number: rows of the table and cos²θ, then columns.
///
/// # Safety
/// The processor has the instructions of `L`; `count` is a multiple of `L::N` and at most `BLOCK`.
#[inline(always)]
pub(super) unsafe fn look<L: Lanes>(
    table: &Table,
    row: &Row,
    unit: f32,
    first: usize,
    count: usize,
    found: &mut Found,
) {
    // SAFETY: `n` runs over whole vectors inside the arrays of `found`; `HOLD` where the row leaves the table
    unsafe {
        let wide = Wide::<L>::new(table, row, unit);
        if row.stays_inside(table, first, count) {
            for n in (0..count).step_by(L::N) {
                find::<L, false>(&wide, first + n, n, found);
            }
        } else {
            for n in (0..count).step_by(L::N) {
                find::<L, true>(&wide, first + n, n, found);
            }
        }
        for n in (0..count).step_by(L::N) {
            turn::<L>(n, found);
        }
    }
}

/// First step: the row of the table for each voxel of a vector, and cos²θ. `HOLD` holds r² within the table.
///
/// # Safety
/// The processor has the instructions of `L`; a vector at `n` lies inside the arrays of `found`; without `HOLD` the row stays inside
/// the table.
#[inline(always)]
pub(super) unsafe fn find<L: Lanes, const HOLD: bool>(wide: &Wide<L>, voxel: usize, n: usize, found: &mut Found) {
    // SAFETY: promised by the caller
    unsafe {
        let along = L::ramp(voxel as f32).fma(wide.step, wide.start);
        let r2 = along.fma(along, wide.p2);
        let r2 = if HOLD { r2.max(L::splat(R2_MIN)).min(wide.r2_max) } else { r2 };
        let z = along.fma(wide.z_slope, wide.z_foot);
        let inverse = L::splat(1.0).div(r2);
        z.mul(z).fma(inverse, L::splat(-0.5)).store(found.across.as_mut_ptr().add(n));
        L::store_int(L::first_cell(r2.row()), found.cell.as_mut_ptr().add(n));
        r2.row_part().store(found.part.as_mut_ptr().add(n));
        inverse.mul(wide.scale).store(found.factor.as_mut_ptr().add(n));
    }
}

/// Second step: the column of each voxel of a vector, from cos²θ.
///
/// # Safety
/// The processor has the instructions of `L`; a vector at `n` lies inside the arrays of `found`.
#[inline(always)]
pub(super) unsafe fn turn<L: Lanes>(n: usize, found: &mut Found) {
    // SAFETY: promised by the caller
    unsafe {
        let beyond_half = L::load(found.across.as_ptr().add(n));
        // the lesser of sin²θ and cos²θ: nothing at least, even of what is no number, and a half at most
        let lesser = L::splat(0.5).sub(beyond_half.abs()).max(L::splat(0.0));
        let mut angle = L::splat(ASIN[0]);
        for &coefficient in &ASIN[1..] {
            angle = angle.fma(lesser, L::splat(coefficient));
        }
        // from the axis or from the transverse plane, whichever is nearer
        let angle = angle.mul(lesser.sqrt());
        let column = beyond_half.minus_select(L::splat(TRANSVERSE).sub(angle), angle);
        let column_at = column.truncate();
        column.sub(L::from_int(column_at)).store(found.across.as_mut_ptr().add(n));
        let cell = found.cell.as_mut_ptr().add(n);
        L::store_int(L::add_int(L::load_int(cell), column_at), cell);
    }
}

/// Third step: the table read where a vector of voxels lies in it, and the dose added to them. `from` is where the table's row of r² = 0
/// would begin.
///
/// # Safety
/// The processor has the instructions of `L`; `found` holds at `n` what [`find`] and [`turn`] found in this table for the voxels at `out`,
/// of which `L::N` can be read and written.
#[inline(always)]
pub(super) unsafe fn read<L: Lanes>(from: *const u32, n: usize, found: &Found, out: *mut f32) {
    // SAFETY: `find` holds r² in the rows of the table, or it lies there, and `turn` θ to its columns; one more row and a margin of columns
    // lie beyond them
    unsafe {
        let (here, next) = L::gather_pair(from, found.cell.as_ptr().add(n));
        let (a0, b0) = L::unpack(here);
        let (a1, b1) = L::unpack(next);
        let across = L::load(found.across.as_ptr().add(n));
        let a = across.fma(a1.sub(a0), a0);
        let b = across.fma(b1.sub(b0), b0);
        let value = L::load(found.part.as_ptr().add(n)).fma(b.sub(a), a).mul(L::splat(LIFT));
        value.fma(L::load(found.factor.as_ptr().add(n)), L::load(out)).store(out);
    }
}

/// Adds the dose of a seed by a 1D table to `out`, whose length is a multiple of `L::N`; `first` is the index of `out[0]` in the row.
///
/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
pub(super) unsafe fn add_1d<L: Lanes>(
    table: &Table,
    values: &[f32],
    row: &Row,
    found: &mut Found,
    first: usize,
    out: &mut [f32],
) {
    // SAFETY: instructions by the caller's promise; see the two functions for the places
    unsafe {
        for (n, block) in out.chunks_mut(BLOCK).enumerate() {
            find_1d::<L>(table, row, first + n * BLOCK, block.len(), found);
            read_1d::<L>(values, table.first_row as usize, found, block);
        }
    }
}

/// The row of the table for each voxel, for the 1D forms, which are functions of the distance only.
///
/// # Safety
/// The processor has the instructions of `L`; `count` is a multiple of `L::N` and at most `BLOCK`.
#[inline(always)]
unsafe fn find_1d<L: Lanes>(table: &Table, row: &Row, first: usize, count: usize, found: &mut Found) {
    // SAFETY: `n` runs over whole vectors inside the arrays of `found`
    unsafe {
        let (step, start, p2) = (L::splat(row.step), L::splat(row.start), L::splat(row.p2));
        let (r2_min, r2_max) = (L::splat(R2_MIN), L::splat(table.r2_max));
        let (scale, width) = (L::splat(row.scale), L::splat(L::N as f32));
        let mut index = L::ramp(first as f32);
        for n in (0..count).step_by(L::N) {
            let along = index.fma(step, start);
            index = index.add(width);
            let r2 = along.fma(along, p2).max(r2_min).min(r2_max);
            L::store_int(r2.row(), found.cell.as_mut_ptr().add(n));
            r2.row_part().store(found.part.as_mut_ptr().add(n));
            scale.div(r2).store(found.factor.as_mut_ptr().add(n));
        }
    }
}

/// The 1D table read there, and the dose added.
///
/// # Safety
/// The processor has the instructions of `L`; `found` holds what [`find_1d`] found for the voxels of `out` in the table of
/// `values`, whose first row is `first_row`.
#[inline(always)]
unsafe fn read_1d<L: Lanes>(values: &[f32], first_row: usize, found: &Found, out: &mut [f32]) {
    // SAFETY: r² is clamped to the rows of the table, which has one more; chunks are whole vectors of `out`
    unsafe {
        let from = values.as_ptr().cast::<u32>().wrapping_sub(first_row);
        for (n, chunk) in out.chunks_exact_mut(L::N).enumerate() {
            let n = n * L::N;
            let (a, b) = L::gather_pair(from, found.cell.as_ptr().add(n));
            let (a, b) = (L::from_bits(a), L::from_bits(b));
            let value = L::load(found.part.as_ptr().add(n)).fma(b.sub(a), a);
            let sum = value.fma(L::load(found.factor.as_ptr().add(n)), L::load(chunk.as_ptr()));
            sum.store(chunk.as_mut_ptr());
        }
    }
}

impl Lanes for f32 {
    const N: usize = 1;
    type Int = i32;
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        x
    }
    #[inline(always)]
    unsafe fn ramp(first: f32) -> Self {
        first
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: promised by the caller
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: promised by the caller
        unsafe { *to = self }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        self / other
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }
    #[inline(always)]
    unsafe fn minus_select(self, yes: Self, no: Self) -> Self {
        if self.is_sign_negative() { yes } else { no }
    }
    #[inline(always)]
    unsafe fn row(self) -> i32 {
        (self.to_bits() >> ROW_SHIFT) as i32
    }
    #[inline(always)]
    unsafe fn row_part(self) -> Self {
        f32::from_bits((self.to_bits() << ROW_BITS) & 0x007f_ffff | 0x3f80_0000) - 1.0
    }
    #[inline(always)]
    unsafe fn truncate(self) -> i32 {
        self as i32
    }
    #[inline(always)]
    unsafe fn from_int(n: i32) -> Self {
        n as f32
    }
    #[inline(always)]
    unsafe fn first_cell(row: i32) -> i32 {
        row << STRIDE_BITS
    }
    #[inline(always)]
    unsafe fn add_int(one: i32, other: i32) -> i32 {
        one + other
    }
    #[inline(always)]
    unsafe fn load_int(from: *const i32) -> i32 {
        // SAFETY: promised by the caller
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store_int(n: i32, to: *mut i32) {
        // SAFETY: promised by the caller
        unsafe { *to = n }
    }
    #[inline(always)]
    unsafe fn gather_pair(from: *const u32, at: *const i32) -> (i32, i32) {
        // SAFETY: promised by the caller
        unsafe {
            let place = from.wrapping_add(*at as usize);
            (*place as i32, *place.wrapping_add(1) as i32)
        }
    }
    #[inline(always)]
    unsafe fn from_bits(bits: i32) -> Self {
        f32::from_bits(bits as u32)
    }
    #[inline(always)]
    unsafe fn unpack(halves: i32) -> (Self, Self) {
        let halves = halves as u32;
        (f32::from_bits((halves << 12) & LOW_BITS as u32), f32::from_bits(halves >> 4))
    }
}
