//! What a page shows, before it is written.

use std::sync::Arc;

use super::style::Colour;
use super::wrap::Line;

/// A point on the page, pt.
pub(crate) type Spot = [f32; 2];

/// A rectangle: left, top, width, height, pt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Area {
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    pub fn right(self) -> f32 {
        self.x + self.w
    }

    pub fn bottom(self) -> f32 {
        self.y + self.h
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pen {
    pub colour: Colour,
    pub width: f32,
    /// on and off lengths, pt; empty for a solid line
    pub dash: &'static [f32],
}

impl Pen {
    pub const fn new(colour: Colour, width: f32) -> Self {
        Self { colour, width, dash: &[] }
    }

    pub const fn dashed(self, dash: &'static [f32]) -> Self {
        Self { dash, ..self }
    }
}

/// A polyline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stroke {
    pub spots: Vec<Spot>,
    pub closed: bool,
}

/// Grey pixels, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Picture {
    pub grey: Arc<Vec<u8>>,
    pub size: [u32; 2],
}

/// One thing on a page.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// a line of text whose baseline begins at the spot
    Text { spot: Spot, size: f32, colour: Colour, line: Line },
    /// lines, all of one pen; never filled
    Lines { strokes: Vec<Stroke>, pen: Pen },
    /// a filled polygon
    Fill { spots: Vec<Spot>, colour: Colour },
    /// a filled circle
    Dot { centre: Spot, radius: f32, colour: Colour },
    /// an image stretched over an area
    Picture { area: Area, picture: Picture },
    /// everything until [`Op::Unclip`] is cut at the area
    Clip(Area),
    /// ends the innermost [`Op::Clip`]
    Unclip,
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub ops: Vec<Op>,
}

impl Page {
    pub fn lines(&mut self, strokes: Vec<Stroke>, pen: Pen) {
        if !strokes.is_empty() {
            self.ops.push(Op::Lines { strokes, pen });
        }
    }

    pub fn line(&mut self, from: Spot, to: Spot, pen: Pen) {
        self.lines(vec![Stroke { spots: vec![from, to], closed: false }], pen);
    }

    pub fn frame(&mut self, area: Area, pen: Pen) {
        self.lines(vec![Stroke { spots: corners(area).to_vec(), closed: true }], pen);
    }

    pub fn fill(&mut self, area: Area, colour: Colour) {
        self.ops.push(Op::Fill { spots: corners(area).to_vec(), colour });
    }
}

fn corners(area: Area) -> [Spot; 4] {
    [[area.x, area.y], [area.right(), area.y], [area.right(), area.bottom()], [area.x, area.bottom()]]
}
