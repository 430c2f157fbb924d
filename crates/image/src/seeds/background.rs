//! What lies around the seeds: a grey opening of each slice takes everything seed-sized away.

use rayon::prelude::*;

/// Grey opening of every slice of `size` with a square of `width` pixels: the highest of the lowest values that a square
/// through the pixel can hold. What does not contain such a square disappears.
pub(super) fn opened(values: &[f32], size: [usize; 3], width: [usize; 2]) -> Vec<f32> {
    let [columns, rows, _] = size;
    let mut out = vec![0.0_f32; values.len()];
    if columns == 0 || rows == 0 {
        return out;
    }
    out.par_chunks_mut(columns * rows).zip(values.par_chunks(columns * rows)).for_each(|(out, slice)| {
        let mut a = slice.to_vec();
        let mut b = vec![0.0_f32; slice.len()];
        running(&mut a, &mut b, 1, columns, width[0], f32::min);
        running(&mut a, &mut b, columns, rows, width[1], f32::min);
        // the dilation looks the other way, so reverse, and the whole is an opening
        a.reverse();
        running(&mut a, &mut b, 1, columns, width[0], f32::max);
        running(&mut a, &mut b, columns, rows, width[1], f32::max);
        for (to, from) in out.iter_mut().zip(a.iter().rev()) {
            *to = *from;
        }
    });
    out
}

/// `values[x] = op(values[x], …, values[x + width − 1])` along one direction of a slice, by doubling the reach.
///
/// `stride` 1 runs along rows of `line` pixels, any other along columns of `line` pixels. Windows end at the border.
fn running(
    values: &mut Vec<f32>,
    scratch: &mut Vec<f32>,
    stride: usize,
    line: usize,
    width: usize,
    op: fn(f32, f32) -> f32,
) {
    let width = width.clamp(1, line);
    let mut reach = 1;
    while reach < width {
        let shift = reach.min(width - reach);
        if stride == 1 {
            for (to, from) in scratch.chunks_mut(line).zip(values.chunks(line)) {
                for x in 0..line - shift {
                    to[x] = op(from[x], from[x + shift]);
                }
                to[line - shift..].copy_from_slice(&from[line - shift..]);
            }
        } else {
            let n = values.len() - shift * stride;
            for x in 0..n {
                scratch[x] = op(values[x], values[x + shift * stride]);
            }
            scratch[n..].copy_from_slice(&values[n..]);
        }
        std::mem::swap(values, scratch);
        reach += shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The opening by its definition.
    fn naive(values: &[f32], [nx, ny, _]: [usize; 3], [wx, wy]: [usize; 2]) -> Vec<f32> {
        let mut out = vec![f32::NEG_INFINITY; values.len()];
        let (wx, wy) = (wx.min(nx), wy.min(ny));
        for y in 0..ny {
            for x in 0..nx {
                let square = || (y..(y + wy).min(ny)).flat_map(move |v| (x..(x + wx).min(nx)).map(move |u| v * nx + u));
                let low = square().map(|at| values[at]).fold(f32::INFINITY, f32::min);
                square().for_each(|at| out[at] = out[at].max(low));
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let size = [13, 9, 1];
        let values: Vec<f32> = (0..117_u32).map(|i| ((i * 7919) % 101) as f32).collect();
        for width in [[1, 1], [3, 2], [5, 4], [20, 20]] {
            assert_eq!(opened(&values, size, width), naive(&values, size, width), "{width:?}");
        }
    }

    #[test]
    fn removes_what_is_smaller_than_the_square_and_keeps_what_is_larger() {
        let size = [20, 20, 1];
        let mut values = vec![10.0_f32; 400];
        values[5 * 20 + 5] = 900.0;
        for y in 10..16 {
            for x in 10..16 {
                values[y * 20 + x] = 500.0;
            }
        }
        let open = opened(&values, size, [4, 4]);
        assert_eq!(open[5 * 20 + 5], 10.0);
        assert_eq!(open[12 * 20 + 12], 500.0);
    }
}
