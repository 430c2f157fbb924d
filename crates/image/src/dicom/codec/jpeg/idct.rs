//! From coefficients to samples: dequantisation, inverse DCT (A.3.3), level shift.

use std::f64::consts::PI;

use super::{Component, Frame, Tables};

/// Position in the block (row by row) of the k-th coefficient in zigzag order (figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// `basis[u][x]` = C(u)/2 · cos((2x+1)uπ/16)
fn basis() -> [[f32; 8]; 8] {
    std::array::from_fn(|u| {
        std::array::from_fn(|x| {
            let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
            (scale * (((2 * x + 1) * u) as f64 * PI / 16.0).cos()) as f32
        })
    })
}

/// The inverse transform, exact to the rounding of single precision: rows, then columns.
fn inverse(block: &[f32; 64], basis: &[[f32; 8]; 8]) -> [f32; 64] {
    let mut rows = [0.0_f32; 64];
    for (input, output) in block.as_chunks::<8>().0.iter().zip(rows.as_chunks_mut::<8>().0) {
        for (coefficient, wave) in input.iter().zip(basis) {
            if *coefficient != 0.0 {
                for x in 0..8 {
                    output[x] += coefficient * wave[x];
                }
            }
        }
    }
    let mut out = [0.0_f32; 64];
    for (input, wave) in rows.as_chunks::<8>().0.iter().zip(basis) {
        for (output, weight) in out.as_chunks_mut::<8>().0.iter_mut().zip(wave) {
            for x in 0..8 {
                output[x] += weight * input[x];
            }
        }
    }
    out
}

/// The samples of a component, in rows of whole blocks.
fn samples(component: &Component, steps: &[u16; 64], precision: u32, basis: &[[f32; 8]; 8]) -> Vec<u16> {
    let stride = component.blocks_wide * 8;
    let mut out = vec![0; stride * component.blocks_high * 8];
    let (shift, top) = ((1_u32 << (precision - 1)) as f32, ((1_u32 << precision) - 1) as f32);
    let bands = out.chunks_exact_mut(stride * 8).zip(component.coefficients.chunks_exact(component.blocks_wide));
    for (band, blocks) in bands {
        for (column, coefficients) in blocks.iter().enumerate() {
            let mut block = [0.0_f32; 64];
            for ((value, step), at) in coefficients.iter().zip(steps).zip(ZIGZAG) {
                block[at] = f32::from(*value) * f32::from(*step);
            }
            let pixels = inverse(&block, basis);
            for (line, pixels) in band.chunks_exact_mut(stride).zip(pixels.as_chunks::<8>().0) {
                for (to, from) in line.iter_mut().skip(column * 8).zip(pixels) {
                    *to = (from + shift + 0.5).clamp(0.0, top) as u16;
                }
            }
        }
    }
    out
}

/// All samples of the image, the components of a pixel together, those of lower resolution repeated.
pub(super) fn assemble(frame: &Frame, tables: &Tables) -> Result<Vec<i32>, String> {
    let basis = basis();
    let count = frame.components.len();
    let mut out = vec![0; frame.width * frame.height * count];
    for (index, component) in frame.components.iter().enumerate() {
        let steps = tables.quantisation.get(component.quantisation).and_then(Option::as_ref);
        let steps = steps.ok_or("a quantisation table that was never defined")?;
        let samples = samples(component, steps, frame.precision, &basis);
        let stride = component.blocks_wide * 8;
        for (y, line) in out.chunks_exact_mut(frame.width * count).enumerate() {
            let row = samples.get(y * component.vertical / frame.vertical_max * stride..).unwrap_or_default();
            for (x, pixel) in line.chunks_exact_mut(count).enumerate() {
                let sample = row.get(x * component.horizontal / frame.horizontal_max);
                pixel[index] = sample.copied().unwrap_or(0).into();
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_the_transform_of_the_standard() {
        let pixels: [f64; 64] = std::array::from_fn(|i| ((i * 37) % 101) as f64 - 50.0);
        let basis64 = basis();
        let mut block = [0.0_f32; 64];
        for v in 0..8 {
            for u in 0..8 {
                let sum: f64 =
                    (0..64).map(|i| pixels[i] * f64::from(basis64[v][i / 8]) * f64::from(basis64[u][i % 8])).sum();
                block[v * 8 + u] = sum as f32;
            }
        }
        for (got, want) in inverse(&block, &basis64).iter().zip(pixels) {
            assert!((f64::from(*got) - want).abs() < 1e-3);
        }
    }

    #[test]
    fn zigzag_visits_every_place_once_and_walks_diagonals() {
        let mut seen = [false; 64];
        for i in ZIGZAG {
            seen[i] = true;
        }
        assert!(seen.iter().all(|s| *s));
        assert!(ZIGZAG.windows(2).all(|w| (w[0] / 8 + w[0] % 8).abs_diff(w[1] / 8 + w[1] % 8) <= 1));
    }
}
