//! The samples of a scan (A.8, annex B): regular mode and run mode over lines.

use super::bits::Bits;
use super::model::{Context, Parameters, RunContext};

/// How the components of a scan follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interleave {
    None,
    Line,
    Sample,
}

/// Run lengths are powers of two of these (A.2.1).
const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

struct Decoder<'a> {
    p: &'a Parameters,
    bits: Bits<'a>,
    contexts: Vec<Context>,
    runs: [RunContext; 2],
}

/// Two lines of a component with a sample before and one behind: `line[1]` is column 0.
struct Lines {
    above: Vec<i32>,
    here: Vec<i32>,
    run_index: usize,
}

impl Lines {
    fn new(width: usize) -> Self {
        Self { above: vec![0; width + 2], here: vec![0; width + 2], run_index: 0 }
    }

    /// Makes the current line the one above and sets the samples beyond its ends (A.2.1).
    fn advance(&mut self, width: usize) {
        std::mem::swap(&mut self.above, &mut self.here);
        self.above[width + 1] = self.above[width];
        self.here[0] = self.above[1];
    }

    /// Left, above, above left and above right of column `x` (from 1).
    fn neighbours(&self, x: usize) -> [i32; 4] {
        [self.here[x - 1], self.above[x], self.above[x - 1], self.above[x + 1]]
    }
}

/// Decodes a scan into planes of `width` columns; returns how many bytes it took.
pub(super) fn decode(
    data: &[u8],
    p: &Parameters,
    interleave: Interleave,
    width: usize,
    planes: &mut [Vec<u16>],
) -> Result<usize, String> {
    let mut decoder = Decoder {
        p,
        bits: Bits::new(data),
        contexts: vec![Context::new(p); 365],
        runs: [RunContext::new(p, 0), RunContext::new(p, 1)],
    };
    let mut lines: Vec<Lines> = planes.iter().map(|_| Lines::new(width)).collect();
    let height = planes.first().map_or(0, |p| p.len() / width.max(1));
    for y in 0..height {
        for component in &mut lines {
            component.advance(width);
        }
        if interleave == Interleave::Sample {
            decoder.samples_together(&mut lines, width)?;
        } else {
            for component in &mut lines {
                decoder.line(component, width)?;
            }
        }
        for (plane, component) in planes.iter_mut().zip(&lines) {
            for (to, &from) in plane.iter_mut().skip(y * width).zip(&component.here[1..=width]) {
                *to = from as u16;
            }
        }
    }
    Ok(decoder.bits.end())
}

impl Decoder<'_> {
    fn regions(&self, [a, b, c, d]: [i32; 4]) -> [i32; 3] {
        [self.p.region(d - b), self.p.region(b - c), self.p.region(c - a)]
    }

    /// A sample of regular mode.
    fn regular(&mut self, [a, b, c, _]: [i32; 4], [q1, q2, q3]: [i32; 3]) -> Result<i32, String> {
        let signed = (q1 * 9 + q2) * 9 + q3;
        let sign = if signed < 0 { -1 } else { 1 };
        let context = self.contexts.get_mut(signed.unsigned_abs() as usize).ok_or("a context out of bounds")?;
        // median edge detector (A.4.1)
        let edge = if c >= a.max(b) {
            a.min(b)
        } else if c <= a.min(b) {
            a.max(b)
        } else {
            a + b - c
        };
        let prediction = (edge + sign * context.bias()).clamp(0, self.p.maxval);
        let error = context.error(self.p, &mut self.bits)?;
        Ok(self.p.reconstruct(prediction, sign * error))
    }

    /// The length of a run of at most `room` samples, and whether a sample interrupts it.
    fn run(&mut self, run_index: &mut usize, room: usize) -> Result<(usize, bool), String> {
        let mut length = 0;
        while self.bits.take(1)? == 1 {
            let whole = 1_usize << J[*run_index & 31];
            let count = whole.min(room - length);
            length += count;
            if count == whole {
                *run_index = (*run_index + 1).min(31);
            }
            if length == room {
                return Ok((length, false));
            }
        }
        length += self.bits.take(J[*run_index & 31])? as usize;
        if length >= room {
            return Err("a run beyond the end of the line".to_owned());
        }
        Ok((length, true))
    }

    /// The sample that interrupts a run; `kind` 1 where left and above are alike.
    fn interruption(&mut self, a: i32, b: i32, kind: usize, run_index: usize) -> Result<i32, String> {
        let error = self.runs[kind & 1].error(self.p, &mut self.bits, J[run_index & 31])?;
        if kind == 1 {
            return Ok(self.p.reconstruct(a, error));
        }
        Ok(self.p.reconstruct(b, if a > b { -error } else { error }))
    }

    fn line(&mut self, lines: &mut Lines, width: usize) -> Result<(), String> {
        let mut x = 1;
        while x <= width {
            let neighbours = lines.neighbours(x);
            let regions = self.regions(neighbours);
            if regions != [0; 3] {
                lines.here[x] = self.regular(neighbours, regions)?;
                x += 1;
                continue;
            }
            let left = neighbours[0];
            let (length, interrupted) = self.run(&mut lines.run_index, width + 1 - x)?;
            lines.here[x..x + length].fill(left);
            x += length;
            if interrupted {
                let above = lines.above[x];
                let kind = usize::from((left - above).abs() <= self.p.near);
                lines.here[x] = self.interruption(left, above, kind, lines.run_index)?;
                lines.run_index = lines.run_index.saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// A line whose components alternate sample by sample: they run together or not at all (B.2.3).
    fn samples_together(&mut self, lines: &mut [Lines], width: usize) -> Result<(), String> {
        let mut x = 1;
        let mut run_index = lines.first().map_or(0, |l| l.run_index);
        while x <= width {
            let all: Vec<([i32; 4], [i32; 3])> = lines
                .iter()
                .map(|component| {
                    let neighbours = component.neighbours(x);
                    (neighbours, self.regions(neighbours))
                })
                .collect();
            if all.iter().any(|(_, regions)| *regions != [0; 3]) {
                for (component, (neighbours, regions)) in lines.iter_mut().zip(all) {
                    component.here[x] = self.regular(neighbours, regions)?;
                }
                x += 1;
                continue;
            }
            let (length, interrupted) = self.run(&mut run_index, width + 1 - x)?;
            for component in lines.iter_mut() {
                let left = component.here[x - 1];
                component.here[x..x + length].fill(left);
            }
            x += length;
            if interrupted {
                for component in lines.iter_mut() {
                    let (left, above) = (component.here[x - 1], component.above[x]);
                    component.here[x] = self.interruption(left, above, 0, run_index)?;
                }
                run_index = run_index.saturating_sub(1);
                x += 1;
            }
        }
        if let Some(first) = lines.first_mut() {
            first.run_index = run_index;
        }
        Ok(())
    }
}
