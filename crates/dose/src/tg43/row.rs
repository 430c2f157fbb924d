//! The dose of one seed in one row of voxels: one algorithm for every width of vector.
//!
//! [`Lanes`] names the few operations it needs; `f32` itself is the plain version, `simd.rs` has the wide ones. All do
//! the same IEEE operations in the same order (fused multiply-adds included), so that their results are the same bits.
#![allow(unsafe_code)]

use super::table::{COLUMNS_PER_DEGREE, Cells, R2_MIN, ROW_BITS, ROW_SHIFT, STRIDE, Table};

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
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn abs(self) -> Self;
    unsafe fn sqrt(self) -> Self;
    /// `self * b + c`, rounded once
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// `c - self * b`, rounded once
    unsafe fn fnma(self, b: Self, c: Self) -> Self;
    /// `yes` where `self <= other`, else `no`
    unsafe fn le_select(self, other: Self, yes: Self, no: Self) -> Self;
    /// bits shifted right by `ROW_SHIFT`, less `first`: the row of r²
    unsafe fn row(self, first: i32) -> Self::Int;
    /// the remaining bits as a number from 0 to 1: the place between two rows
    unsafe fn row_part(self) -> Self;
    /// towards zero
    unsafe fn truncate(self) -> Self::Int;
    unsafe fn from_int(n: Self::Int) -> Self;
    /// `row * STRIDE + column`
    unsafe fn cell(row: Self::Int, column: Self::Int) -> Self::Int;
    /// # Safety
    /// `N` whole numbers can be read at `from`.
    unsafe fn load_int(from: *const i32) -> Self::Int;
    /// # Safety
    /// `N` whole numbers can be written at `to`.
    unsafe fn store_int(n: Self::Int, to: *mut i32);
    /// the 32 bits at each place and those at the place after it
    ///
    /// # Safety
    /// All places and those after them lie inside the table at `from`.
    unsafe fn gather_pair(from: *const u32, at: Self::Int) -> (Self::Int, Self::Int);
    /// the bits as numbers
    unsafe fn from_bits(bits: Self::Int) -> Self;
    /// the packed numbers in the low and high halves; `exponent` as in the table
    unsafe fn unpack(halves: Self::Int, exponent: i32) -> (Self, Self);
}

/// Coefficients of atan(q)/q over [0, 1] in powers of q², from the highest, fitted to the least greatest error of the
/// angle: 3e-7 rad. The unit is a column of the table.
const ATAN: [f32; 7] = atan_coefficients();

const fn atan_coefficients() -> [f32; 7] {
    // radians to columns
    let scale = 180.0 / std::f64::consts::PI * COLUMNS_PER_DEGREE;
    let radians = [
        0.006_811_801_733,
        -0.033_604_249_385,
        0.079_623_710_678,
        -0.132_333_445_854,
        0.198_078_163_749,
        -0.333_173_681_738,
        0.999_996_111_606,
    ];
    let mut out = [0.0; 7];
    let mut k = 0;
    while k < 7 {
        out[k] = (radians[k] * scale) as f32;
        k += 1;
    }
    out
}

/// Column of the transverse plane.
const TRANSVERSE: f32 = (90.0 * COLUMNS_PER_DEGREE) as f32;

/// Voxels worked on at a time: what is known of them between the two passes stays in the first-level cache.
const BLOCK: usize = 256;

/// What the first pass finds for each voxel of a block; made once and used for many rows.
pub(super) struct Found {
    cell: [i32; BLOCK],
    /// place between two rows
    part: [f32; BLOCK],
    /// place between two columns
    across: [f32; BLOCK],
    /// dose at table value 1
    factor: [f32; BLOCK],
}

impl Default for Found {
    fn default() -> Self {
        Self { cell: [0; BLOCK], part: [0.0; BLOCK], across: [0.0; BLOCK], factor: [0.0; BLOCK] }
    }
}

/// Adds the dose of a seed to `out`, whose length is a multiple of `L::N`; `first` is the index of `out[0]` in the row.
///
/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
pub(super) unsafe fn add<L: Lanes>(table: &Table, row: &Row, found: &mut Found, first: usize, out: &mut [f32]) {
    // SAFETY: instructions by the caller's promise; see the two functions for the places
    unsafe {
        match &table.cells {
            Cells::Plain(values) => add_1d::<L>(values, table, row, first, out),
            Cells::Packed { cells, exponent } => {
                for (n, block) in out.chunks_mut(BLOCK).enumerate() {
                    // two passes: long chains of arithmetic and slow reads overlap badly in one loop
                    find::<L>(table, row, first + n * BLOCK, block.len(), found);
                    read::<L>(cells, *exponent, found, block);
                }
            }
        }
    }
}

/// First pass: where in the table each voxel lies.
///
/// # Safety
/// The processor has the instructions of `L`; `count` is a multiple of `L::N` and at most `BLOCK`.
#[inline(always)]
unsafe fn find<L: Lanes>(table: &Table, row: &Row, first: usize, count: usize, found: &mut Found) {
    // SAFETY: `n` runs over whole vectors inside the arrays of `found`
    unsafe {
        let (step, start, p2) = (L::splat(row.step), L::splat(row.start), L::splat(row.p2));
        let (r2_min, r2_max) = (L::splat(R2_MIN), L::splat(table.r2_max));
        let (z_foot, z_slope) = (L::splat(row.z_foot), L::splat(row.z_slope));
        let scale = L::splat(row.scale);
        for n in (0..count).step_by(L::N) {
            let along = L::ramp((first + n) as f32).fma(step, start);
            let r2 = along.fma(along, p2).max(r2_min).min(r2_max);
            let z = along.fma(z_slope, z_foot).abs();
            let rho = z.fnma(z, r2).max(L::splat(0.0)).sqrt();
            let (small, large) = (rho.min(z), rho.max(z));
            // one division serves both 1/r² and small/large
            let inverse = L::splat(1.0).div(large.mul(r2));
            let q = small.mul(r2).mul(inverse);
            let q2 = q.mul(q);
            let mut angle = L::splat(ATAN[0]);
            for &coefficient in &ATAN[1..] {
                angle = angle.fma(q2, L::splat(coefficient));
            }
            let angle = angle.mul(q);
            let column = rho.le_select(z, angle, L::splat(TRANSVERSE).sub(angle));
            let column = column.max(L::splat(0.0)).min(L::splat(TRANSVERSE));
            let column_at = column.truncate();
            let inverse_r2 = large.mul(inverse);
            L::store_int(L::cell(r2.row(table.first_row), column_at), found.cell.as_mut_ptr().add(n));
            r2.row_part().store(found.part.as_mut_ptr().add(n));
            column.sub(L::from_int(column_at)).store(found.across.as_mut_ptr().add(n));
            inverse_r2.mul(inverse_r2).mul(scale).store(found.factor.as_mut_ptr().add(n));
        }
    }
}

/// Second pass: the table read there, and the dose added.
///
/// # Safety
/// The processor has the instructions of `L`; `found` holds what [`find`] found for the voxels of `out` in the table of
/// `cells`.
#[inline(always)]
unsafe fn read<L: Lanes>(cells: &[u32], exponent: i32, found: &Found, out: &mut [f32]) {
    // SAFETY: `find` clamps r² to the rows of the table and θ to its columns; one more row and a margin of columns lie
    // beyond them. `n` runs over whole vectors of `out`, which is no longer than `BLOCK`.
    unsafe {
        for (n, chunk) in out.chunks_exact_mut(L::N).enumerate() {
            let n = n * L::N;
            let (here, next) = L::gather_pair(cells.as_ptr(), L::load_int(found.cell.as_ptr().add(n)));
            let (a0, b0) = L::unpack(here, exponent);
            let (a1, b1) = L::unpack(next, exponent);
            let across = L::load(found.across.as_ptr().add(n));
            let a = across.fma(a1.sub(a0), a0);
            let b = across.fma(b1.sub(b0), b0);
            let value = L::load(found.part.as_ptr().add(n)).fma(b.sub(a), a);
            let sum = value.fma(L::load(found.factor.as_ptr().add(n)), L::load(chunk.as_ptr()));
            sum.store(chunk.as_mut_ptr());
        }
    }
}

/// The 1D forms: a function of the distance only.
///
/// # Safety
/// The processor has the instructions of `L`; `values` are those of `table`.
#[inline(always)]
unsafe fn add_1d<L: Lanes>(values: &[f32], table: &Table, row: &Row, first: usize, out: &mut [f32]) {
    // SAFETY: r² is clamped to the rows of the table, which has one more; chunks are whole vectors of `out`
    unsafe {
        let (step, start, p2) = (L::splat(row.step), L::splat(row.start), L::splat(row.p2));
        let (r2_min, r2_max) = (L::splat(R2_MIN), L::splat(table.r2_max));
        let scale = L::splat(row.scale);
        for (n, chunk) in out.chunks_exact_mut(L::N).enumerate() {
            let along = L::ramp((first + n * L::N) as f32).fma(step, start);
            let r2 = along.fma(along, p2).max(r2_min).min(r2_max);
            let (a, b) = L::gather_pair(values.as_ptr().cast(), r2.row(table.first_row));
            let (a, b) = (L::from_bits(a), L::from_bits(b));
            let relative = r2.row_part().fma(b.sub(a), a).div(r2);
            scale.fma(relative, L::load(chunk.as_ptr())).store(chunk.as_mut_ptr());
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
    unsafe fn fnma(self, b: Self, c: Self) -> Self {
        (-self).mul_add(b, c)
    }
    #[inline(always)]
    unsafe fn le_select(self, other: Self, yes: Self, no: Self) -> Self {
        if self <= other { yes } else { no }
    }
    #[inline(always)]
    unsafe fn row(self, first: i32) -> i32 {
        (self.to_bits() >> ROW_SHIFT) as i32 - first
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
    unsafe fn cell(row: i32, column: i32) -> i32 {
        row * STRIDE as i32 + column
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
    unsafe fn gather_pair(from: *const u32, at: i32) -> (i32, i32) {
        // SAFETY: promised by the caller
        unsafe { (*from.add(at as usize) as i32, *from.add(at as usize + 1) as i32) }
    }
    #[inline(always)]
    unsafe fn from_bits(bits: i32) -> Self {
        f32::from_bits(bits as u32)
    }
    #[inline(always)]
    unsafe fn unpack(halves: i32, exponent: i32) -> (Self, Self) {
        let number = |half: u32| f32::from_bits((half << 12).wrapping_add(exponent as u32));
        let halves = halves as u32;
        (number(halves & 0xffff), number(halves >> 16))
    }
}
