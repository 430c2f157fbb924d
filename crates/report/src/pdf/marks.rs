//! Drawn marks: told apart by shape, so that nothing depends on colour alone.

use super::page::{Op, Page, Pen, Spot, Stroke};
use super::style::{ACCENT, AMBER, Colour, MUTED, RED, WHITE};

/// A drawn mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// a disc with a tick
    Tick,
    /// a square with a cross
    Cross,
    /// a triangle with a bar
    Attention,
    /// an open circle with a dot: no evidence
    Open,
    /// a short line: nothing to judge
    Dash,
}

impl Mark {
    pub const fn colour(self) -> Colour {
        match self {
            Self::Tick => ACCENT,
            Self::Cross => RED,
            Self::Attention | Self::Open => AMBER,
            Self::Dash => MUTED,
        }
    }
}

/// Draws a mark of radius `r` around `centre`.
pub(crate) fn draw_mark(page: &mut Page, [x, y]: Spot, r: f32, mark: Mark) {
    let colour = mark.colour();
    let pen = Pen::new(WHITE, r * 0.3);
    let open = |spots: &[Spot]| Stroke { spots: spots.to_vec(), closed: false };
    match mark {
        Mark::Tick => {
            page.ops.push(Op::Dot { centre: [x, y], radius: r, colour });
            page.lines(
                vec![open(&[[x - 0.48 * r, y + 0.02 * r], [x - 0.12 * r, y + 0.4 * r], [x + 0.5 * r, y - 0.36 * r]])],
                pen,
            );
        }
        Mark::Cross => {
            let s = 0.92 * r;
            page.ops
                .push(Op::Fill { spots: vec![[x - s, y - s], [x + s, y - s], [x + s, y + s], [x - s, y + s]], colour });
            let d = 0.45 * r;
            page.lines(vec![open(&[[x - d, y - d], [x + d, y + d]]), open(&[[x - d, y + d], [x + d, y - d]])], pen);
        }
        Mark::Attention => {
            page.ops.push(Op::Fill {
                spots: vec![[x, y - 1.05 * r], [x + 1.1 * r, y + 0.9 * r], [x - 1.1 * r, y + 0.9 * r]],
                colour,
            });
            page.lines(vec![open(&[[x, y - 0.35 * r], [x, y + 0.2 * r]])], pen);
            page.ops.push(Op::Dot { centre: [x, y + 0.58 * r], radius: 0.16 * r, colour: WHITE });
        }
        Mark::Open => {
            page.ops.push(Op::Dot { centre: [x, y], radius: r, colour });
            page.ops.push(Op::Dot { centre: [x, y], radius: 0.68 * r, colour: WHITE });
            page.ops.push(Op::Dot { centre: [x, y], radius: 0.26 * r, colour });
        }
        Mark::Dash => page.line([x - 0.6 * r, y], [x + 0.6 * r, y], Pen::new(colour, r * 0.3)),
    }
}
