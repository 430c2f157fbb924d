//! The page being filled: a cursor that moves down and begins a new page when there is no room.

use super::fonts::Weight;
use super::page::{Op, Page, Spot};
use super::shape::Shaper;
use super::style::{BOTTOM, Colour, GAP, HEADING, INK, LEADING, MARGIN, TOP, WIDTH};
use super::wrap::{Line, single, wrap_at_most};
use crate::Language;
use crate::terms::term;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    pub size: f32,
    pub colour: Colour,
    pub weight: Weight,
}

impl Look {
    pub const fn new(size: f32, colour: Colour) -> Self {
        Self { size, colour, weight: Weight::Regular }
    }

    pub const fn strong(size: f32, colour: Colour) -> Self {
        Self { size, colour, weight: Weight::Strong }
    }

    /// Height of one line, pt.
    pub fn leading(self) -> f32 {
        self.size * LEADING
    }

    /// From the top of a line to its baseline, so that Han characters sit in the middle.
    pub fn drop(self) -> f32 {
        self.size * (LEADING / 2.0 + 0.36)
    }
}

/// Where a text is set against its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

/// Pages in the making.
pub(crate) struct Sheet<'s, 'f> {
    pub shaper: &'s Shaper<'f>,
    pub language: Language,
    pub pages: Vec<Page>,
    /// where the next thing begins, pt from the top
    pub y: f32,
}

impl<'s, 'f> Sheet<'s, 'f> {
    pub fn new(shaper: &'s Shaper<'f>, language: Language) -> Self {
        Self { shaper, language, pages: vec![Page::default()], y: TOP }
    }

    /// A label in the report's language.
    pub fn term(&self, key: &str) -> &'static str {
        term(key, self.language)
    }

    /// The page being filled.
    pub fn page(&mut self) -> &mut Page {
        if self.pages.is_empty() {
            self.pages.push(Page::default());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    pub fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = TOP;
    }

    /// Room left on this page, pt.
    pub fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Begins a new page when less than `height` is left.
    pub fn need(&mut self, height: f32) {
        if self.room() < height && self.y > TOP {
            self.new_page();
        }
    }

    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Width of a text on one line, pt.
    pub fn measure(&self, text: &str, look: Look) -> f32 {
        single(self.shaper, text, look.weight).width * look.size
    }

    /// Draws one line with its baseline at `spot`; gives its width.
    pub fn text(&mut self, spot: Spot, align: Align, text: &str, look: Look) -> f32 {
        let line = single(self.shaper, text, look.weight);
        self.line(spot, align, line, look)
    }

    pub fn line(&mut self, spot: Spot, align: Align, line: Line, look: Look) -> f32 {
        let width = line.width * look.size;
        let x = match align {
            Align::Left => spot[0],
            Align::Centre => spot[0] - width / 2.0,
            Align::Right => spot[0] - width,
        };
        if !line.glyphs().is_empty() {
            self.page().ops.push(Op::Text { spot: [x, spot[1]], size: look.size, colour: look.colour, line });
        }
        width
    }

    /// Breaks a text to `width` points.
    pub fn wrap(&self, text: &str, width: f32, look: Look, most: usize) -> Vec<Line> {
        wrap_at_most(self.shaper, text, look.weight, width / look.size, most)
    }

    /// Draws lines downwards from `top`; gives the height used.
    pub fn lines(&mut self, x: f32, top: f32, align: Align, lines: Vec<Line>, look: Look) -> f32 {
        let mut y = top;
        for line in lines {
            self.line([x, y + look.drop()], align, line, look);
            y += look.leading();
        }
        y - top
    }

    /// A paragraph over the whole width, over as many pages as it takes.
    pub fn paragraph(&mut self, text: &str, look: Look) {
        for line in self.wrap(text, WIDTH, look, 400) {
            self.need(look.leading());
            let y = self.y;
            self.line([MARGIN, y + look.drop()], Align::Left, line, look);
            self.y += look.leading();
        }
    }

    /// A section heading that stays with at least `with` points of what follows.
    pub fn heading(&mut self, key: &str, with: f32) {
        if self.y > TOP {
            self.skip(GAP * 2.0);
        }
        let look = Look::strong(HEADING, INK);
        self.need(look.leading() + GAP + with);
        let y = self.y;
        self.text([MARGIN, y + look.drop()], Align::Left, self.term(key), look);
        self.y += look.leading() + GAP * 0.5;
    }
}
