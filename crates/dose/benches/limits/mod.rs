//! What this processor can do at best: reading pairs of numbers from scattered places of a table, and multiplying and
//! adding; in nanoseconds a lane.
#![allow(unsafe_code)]

/// CPU seconds of this thread, as the machine may be shared; wall time where the system has no such clock.
pub fn cpu_seconds() -> f64 {
    #[cfg(target_os = "linux")]
    {
        #[repr(C)]
        struct Time {
            seconds: i64,
            nanoseconds: i64,
        }
        unsafe extern "C" {
            fn clock_gettime(clock: i32, time: *mut Time) -> i32;
        }
        const THREAD_CPU: i32 = 3;
        let mut time = Time { seconds: 0, nanoseconds: 0 };
        // SAFETY: the C library of 64-bit Linux fills a structure of two 64-bit numbers
        if cfg!(target_pointer_width = "64") && unsafe { clock_gettime(THREAD_CPU, &raw mut time) } == 0 {
            return time.seconds as f64 + time.nanoseconds as f64 * 1e-9;
        }
    }
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed().as_secs_f64()
}

/// Time of one read of two neighbouring numbers at places `at` of `table`, ns: by the processor's gather, or on AVX2 by plain
/// reads where they are faster.
pub fn gather_pair_ns(table: &[f32], at: &[i32]) -> Option<f64> {
    assert!(at.iter().all(|&place| place >= 0 && (place as usize) + 1 < table.len()));
    // SAFETY: places were checked; the instructions too
    #[cfg(target_arch = "x86_64")]
    unsafe {
        if is_x86_feature_detected!("avx512f") {
            return Some(best_of(|| x86::gather_512(table, at), at.len() as f64));
        }
        if is_x86_feature_detected!("avx2") {
            let gathered = best_of(|| x86::gather_256(table, at), at.len() as f64);
            return Some(gathered.min(best_of(|| x86::read_256(table, at), at.len() as f64)));
        }
    }
    None
}

/// Time of one fused multiply-add a lane, ns.
pub fn fma_ns() -> Option<f64> {
    const ROUNDS: usize = 1_000_000;
    // SAFETY: the instructions were checked
    #[cfg(target_arch = "x86_64")]
    unsafe {
        if is_x86_feature_detected!("avx512f") {
            return Some(best_of(|| x86::fma_512(ROUNDS), (ROUNDS * 12 * 16) as f64));
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Some(best_of(|| x86::fma_256(ROUNDS), (ROUNDS * 12 * 8) as f64));
        }
    }
    None
}

fn best_of(mut run: impl FnMut() -> f32, lanes: f64) -> f64 {
    (0..25)
        .map(|_| {
            let start = cpu_seconds();
            std::hint::black_box(run());
            (cpu_seconds() - start) * 1e9 / lanes
        })
        .fold(f64::INFINITY, f64::min)
}

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports)]
mod x86 {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub unsafe fn gather_512(table: &[f32], at: &[i32]) -> f32 {
        unsafe {
            let mut sum = [_mm512_setzero_ps(); 2];
            for n in 0..at.len() / 16 {
                for half in 0..2 {
                    let places = _mm256_loadu_si256(at.as_ptr().add(16 * n + 8 * half).cast());
                    let got = _mm512_i32gather_pd::<4>(places, table.as_ptr().cast());
                    sum[half] = _mm512_add_ps(sum[half], _mm512_castpd_ps(got));
                }
            }
            _mm512_reduce_add_ps(_mm512_add_ps(sum[0], sum[1]))
        }
    }

    #[target_feature(enable = "avx2")]
    pub unsafe fn gather_256(table: &[f32], at: &[i32]) -> f32 {
        unsafe {
            let mut sum = [_mm256_setzero_ps(); 2];
            for n in 0..at.len() / 8 {
                for half in 0..2 {
                    let places = _mm_loadu_si128(at.as_ptr().add(8 * n + 4 * half).cast());
                    let got = _mm256_i32gather_pd::<4>(table.as_ptr().cast(), places);
                    sum[half] = _mm256_add_ps(sum[half], _mm256_castpd_ps(got));
                }
            }
            let mut out = [0.0; 8];
            _mm256_storeu_ps(out.as_mut_ptr(), _mm256_add_ps(sum[0], sum[1]));
            out.iter().sum()
        }
    }

    #[target_feature(enable = "avx2")]
    pub unsafe fn read_256(table: &[f32], at: &[i32]) -> f32 {
        unsafe {
            let read = |n: usize| table.as_ptr().add(at[n] as usize).cast::<f64>().read_unaligned();
            let mut sum = [_mm256_setzero_ps(); 2];
            for n in 0..at.len() / 8 {
                for half in 0..2 {
                    let first = 8 * n + 4 * half;
                    let got = _mm256_setr_pd(read(first), read(first + 1), read(first + 2), read(first + 3));
                    sum[half] = _mm256_add_ps(sum[half], _mm256_castpd_ps(got));
                }
            }
            let mut out = [0.0; 8];
            _mm256_storeu_ps(out.as_mut_ptr(), _mm256_add_ps(sum[0], sum[1]));
            out.iter().sum()
        }
    }

    #[target_feature(enable = "avx512f")]
    pub unsafe fn fma_512(rounds: usize) -> f32 {
        let (b, c) = (_mm512_set1_ps(0.999), _mm512_set1_ps(0.001));
        let mut x = [_mm512_set1_ps(1.5); 12];
        for _ in 0..rounds {
            for x in &mut x {
                *x = _mm512_fmadd_ps(*x, b, c);
            }
        }
        x.iter().map(|x| _mm512_reduce_add_ps(*x)).sum()
    }

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn fma_256(rounds: usize) -> f32 {
        let (b, c) = (_mm256_set1_ps(0.999), _mm256_set1_ps(0.001));
        let mut x = [_mm256_set1_ps(1.5); 12];
        for _ in 0..rounds {
            for x in &mut x {
                *x = _mm256_fmadd_ps(*x, b, c);
            }
        }
        let mut out = [0.0; 8];
        x.iter()
            .map(|x| {
                // SAFETY: eight numbers fit
                unsafe { _mm256_storeu_ps(out.as_mut_ptr(), *x) };
                out.iter().sum::<f32>()
            })
            .sum()
    }
}
