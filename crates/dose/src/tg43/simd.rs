//! The vector versions of a row, chosen by what the processor has; the plain version is `f32` of `row.rs`.
#![allow(unsafe_code)]

use super::row::{Found, Lanes, Row, add};
use super::table::Table;

/// Which instructions compute a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// one voxel at a time
    Plain,
    /// 8 voxels at a time
    Avx2,
    /// 16 voxels at a time
    Avx512,
}

impl Instructions {
    /// All that this processor has, the plain ones first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Self::Avx2);
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                    found.push(Self::Avx512);
                }
            }
        }
        found
    }

    /// The widest that this processor has.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Plain)
    }
}

/// A version of the row loop that this processor can run.
#[derive(Clone, Copy)]
pub(super) struct Adder(Instructions);

impl Adder {
    /// With these instructions, or the best there are when the processor lacks them.
    pub fn new(wanted: Instructions) -> Self {
        Self(if Instructions::available().contains(&wanted) { wanted } else { Instructions::best() })
    }

    /// Adds the dose of a seed to a row of voxels.
    pub fn add(self, table: &Table, row: &Row, found: &mut Found, out: &mut [f32]) {
        // SAFETY: `new` let through only instructions that the processor has
        unsafe {
            match self.0 {
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx512 => x86::add_avx512(table, row, found, out),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx2 => x86::add_avx2(table, row, found, out),
                _ => add::<f32>(table, row, found, 0, out),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports, reason = "the intrinsics of one processor")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::table::{LOW_BITS, ROW_BITS, ROW_SHIFT, STRIDE_BITS};
    use super::{Found, Lanes, Row, Table, add};

    /// Whole vectors first, what is left one by one.
    macro_rules! adder {
        ($name:ident, $lanes:ty, $features:literal) => {
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $name(table: &Table, row: &Row, found: &mut Found, out: &mut [f32]) {
                let whole = out.len() / <$lanes>::N * <$lanes>::N;
                let (body, rest) = out.split_at_mut(whole);
                // SAFETY: the caller knows that the processor has these instructions
                unsafe {
                    add::<$lanes>(table, row, found, 0, body);
                    add::<f32>(table, row, found, whole, rest);
                }
            }
        };
    }
    adder!(add_avx512, Wide16, "avx512f,avx512dq,avx2,fma");
    adder!(add_avx2, Wide8, "avx2,fma");

    #[derive(Clone, Copy)]
    pub(super) struct Wide16(__m512);
    #[derive(Clone, Copy)]
    pub(super) struct Wide8(__m256);

    // SAFETY of both: each method is one or a few instructions; the trait's caller answers for their existence and for
    // the places that are read and written.
    impl Lanes for Wide16 {
        const N: usize = 16;
        type Int = __m512i;
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            unsafe { Self(_mm512_set1_ps(x)) }
        }
        #[inline(always)]
        unsafe fn ramp(first: f32) -> Self {
            unsafe {
                let steps = _mm512_setr_ps(
                    0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0,
                );
                Self(_mm512_add_ps(_mm512_set1_ps(first), steps))
            }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(_mm512_loadu_ps(from)) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { Self(_mm512_mul_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { Self(_mm512_add_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { Self(_mm512_sub_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            unsafe { Self(_mm512_div_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { Self(_mm512_min_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { Self(_mm512_max_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            unsafe { Self(_mm512_abs_ps(self.0)) }
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            unsafe { Self(_mm512_sqrt_ps(self.0)) }
        }
        #[inline(always)]
        unsafe fn fma(self, b: Self, c: Self) -> Self {
            unsafe { Self(_mm512_fmadd_ps(self.0, b.0, c.0)) }
        }
        #[inline(always)]
        unsafe fn minus_select(self, yes: Self, no: Self) -> Self {
            unsafe { Self(_mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(self.0)), no.0, yes.0)) }
        }
        #[inline(always)]
        unsafe fn row(self) -> Self::Int {
            unsafe { _mm512_srli_epi32::<ROW_SHIFT>(_mm512_castps_si512(self.0)) }
        }
        #[inline(always)]
        unsafe fn row_part(self) -> Self {
            unsafe {
                let bits = _mm512_slli_epi32::<ROW_BITS>(_mm512_castps_si512(self.0));
                let part = _mm512_and_si512(bits, _mm512_set1_epi32(0x007f_ffff));
                let number = _mm512_castsi512_ps(_mm512_or_si512(part, _mm512_set1_epi32(0x3f80_0000)));
                Self(_mm512_sub_ps(number, _mm512_set1_ps(1.0)))
            }
        }
        #[inline(always)]
        unsafe fn truncate(self) -> Self::Int {
            unsafe { _mm512_cvttps_epi32(self.0) }
        }
        #[inline(always)]
        unsafe fn from_int(n: Self::Int) -> Self {
            unsafe { Self(_mm512_cvtepi32_ps(n)) }
        }
        #[inline(always)]
        unsafe fn first_cell(row: Self::Int) -> Self::Int {
            unsafe { _mm512_slli_epi32::<STRIDE_BITS>(row) }
        }
        #[inline(always)]
        unsafe fn add_int(one: Self::Int, other: Self::Int) -> Self::Int {
            unsafe { _mm512_add_epi32(one, other) }
        }
        #[inline(always)]
        unsafe fn load_int(from: *const i32) -> Self::Int {
            unsafe { _mm512_loadu_si512(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store_int(n: Self::Int, to: *mut i32) {
            unsafe { _mm512_storeu_si512(to.cast(), n) }
        }
        #[inline(always)]
        unsafe fn gather_pair(from: *const u32, at: *const i32) -> (Self::Int, Self::Int) {
            unsafe {
                let at = _mm512_loadu_si512(at.cast());
                let low = _mm512_i32gather_epi64::<4>(_mm512_castsi512_si256(at), from.cast());
                let high = _mm512_i32gather_epi64::<4>(_mm512_extracti64x4_epi64::<1>(at), from.cast());
                let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
                let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
                (_mm512_permutex2var_epi32(low, even, high), _mm512_permutex2var_epi32(low, odd, high))
            }
        }
        #[inline(always)]
        unsafe fn from_bits(bits: Self::Int) -> Self {
            unsafe { Self(_mm512_castsi512_ps(bits)) }
        }
        #[inline(always)]
        unsafe fn unpack(halves: Self::Int) -> (Self, Self) {
            unsafe {
                let low = _mm512_and_si512(_mm512_slli_epi32::<12>(halves), _mm512_set1_epi32(LOW_BITS));
                let high = _mm512_srli_epi32::<4>(halves);
                (Self(_mm512_castsi512_ps(low)), Self(_mm512_castsi512_ps(high)))
            }
        }
    }

    impl Lanes for Wide8 {
        const N: usize = 8;
        type Int = __m256i;
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            unsafe { Self(_mm256_set1_ps(x)) }
        }
        #[inline(always)]
        unsafe fn ramp(first: f32) -> Self {
            unsafe {
                let steps = _mm256_setr_ps(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
                Self(_mm256_add_ps(_mm256_set1_ps(first), steps))
            }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { Self(_mm256_loadu_ps(from)) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm256_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { Self(_mm256_mul_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { Self(_mm256_add_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { Self(_mm256_sub_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            unsafe { Self(_mm256_div_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { Self(_mm256_min_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { Self(_mm256_max_ps(self.0, other.0)) }
        }
        #[inline(always)]
        unsafe fn abs(self) -> Self {
            unsafe { Self(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)) }
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            unsafe { Self(_mm256_sqrt_ps(self.0)) }
        }
        #[inline(always)]
        unsafe fn fma(self, b: Self, c: Self) -> Self {
            unsafe { Self(_mm256_fmadd_ps(self.0, b.0, c.0)) }
        }
        #[inline(always)]
        unsafe fn minus_select(self, yes: Self, no: Self) -> Self {
            unsafe { Self(_mm256_blendv_ps(no.0, yes.0, self.0)) }
        }
        #[inline(always)]
        unsafe fn row(self) -> Self::Int {
            unsafe { _mm256_srli_epi32::<{ ROW_SHIFT as i32 }>(_mm256_castps_si256(self.0)) }
        }
        #[inline(always)]
        unsafe fn row_part(self) -> Self {
            unsafe {
                let bits = _mm256_slli_epi32::<{ ROW_BITS as i32 }>(_mm256_castps_si256(self.0));
                let part = _mm256_and_si256(bits, _mm256_set1_epi32(0x007f_ffff));
                let number = _mm256_castsi256_ps(_mm256_or_si256(part, _mm256_set1_epi32(0x3f80_0000)));
                Self(_mm256_sub_ps(number, _mm256_set1_ps(1.0)))
            }
        }
        #[inline(always)]
        unsafe fn truncate(self) -> Self::Int {
            unsafe { _mm256_cvttps_epi32(self.0) }
        }
        #[inline(always)]
        unsafe fn from_int(n: Self::Int) -> Self {
            unsafe { Self(_mm256_cvtepi32_ps(n)) }
        }
        #[inline(always)]
        unsafe fn first_cell(row: Self::Int) -> Self::Int {
            unsafe { _mm256_slli_epi32::<{ STRIDE_BITS as i32 }>(row) }
        }
        #[inline(always)]
        unsafe fn add_int(one: Self::Int, other: Self::Int) -> Self::Int {
            unsafe { _mm256_add_epi32(one, other) }
        }
        #[inline(always)]
        unsafe fn load_int(from: *const i32) -> Self::Int {
            unsafe { _mm256_loadu_si256(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store_int(n: Self::Int, to: *mut i32) {
            unsafe { _mm256_storeu_si256(to.cast(), n) }
        }
        #[inline(always)]
        unsafe fn gather_pair(from: *const u32, at: *const i32) -> (Self::Int, Self::Int) {
            // eight plain reads: the processor's own gather of 256 bits takes twice as long
            unsafe {
                let read = |n: usize| from.wrapping_add(*at.add(n) as usize).cast::<f64>().read_unaligned();
                // so divided that the shuffles, which work on each 128-bit half, bring them in order
                let low = _mm256_castpd_ps(_mm256_setr_pd(read(0), read(1), read(4), read(5)));
                let high = _mm256_castpd_ps(_mm256_setr_pd(read(2), read(3), read(6), read(7)));
                let here = _mm256_shuffle_ps::<0b10_00_10_00>(low, high);
                let next = _mm256_shuffle_ps::<0b11_01_11_01>(low, high);
                (_mm256_castps_si256(here), _mm256_castps_si256(next))
            }
        }
        #[inline(always)]
        unsafe fn from_bits(bits: Self::Int) -> Self {
            unsafe { Self(_mm256_castsi256_ps(bits)) }
        }
        #[inline(always)]
        unsafe fn unpack(halves: Self::Int) -> (Self, Self) {
            unsafe {
                let low = _mm256_and_si256(_mm256_slli_epi32::<12>(halves), _mm256_set1_epi32(LOW_BITS));
                let high = _mm256_srli_epi32::<4>(halves);
                (Self(_mm256_castsi256_ps(low)), Self(_mm256_castsi256_ps(high)))
            }
        }
    }
}
