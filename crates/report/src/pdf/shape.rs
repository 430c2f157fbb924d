//! From text to glyphs: chooses a font for every character and shapes the runs.
//!
//! No character is ever drawn as an empty box: what no font has is written as its code, `[U+20BB7]`.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;

use rustybuzz::ttf_parser::{GlyphId, Tag};
use rustybuzz::{Direction, Face, Feature, Script, ShapePlan, UnicodeBuffer};

use super::fonts::{Fonts, Source, Weight};
use crate::Language;

/// One placed glyph; lengths in em.
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    pub face: usize,
    pub id: u32,
    pub advance: f32,
    pub dx: f32,
    pub dy: f32,
    /// size relative to the text, below 1 for drawn superscripts and subscripts
    pub scale: f32,
    /// bytes of the text it stands for
    pub from: usize,
    pub to: usize,
}

/// A text and its glyphs.
#[derive(Debug)]
pub(crate) struct Shaped {
    pub text: String,
    pub glyphs: Vec<Glyph>,
}

/// How superscripts and subscripts that the font lacks are drawn from plain digits.
const SCRIPT_SCALE: f32 = 0.62;
const SUPER_RISE: f32 = 0.36;
const SUB_RISE: f32 = -0.12;

struct Loaded<'f> {
    face: Face<'f>,
    em: f32,
}

/// Shapes texts with a set of fonts.
pub(crate) struct Shaper<'f> {
    sources: &'f [OnceCell<Source>],
    fonts: &'f Fonts,
    faces: Vec<OnceCell<Option<Loaded<'f>>>>,
    plans: RefCell<HashMap<(usize, Script), Rc<ShapePlan>>>,
    language: Language,
}

/// Holds the bytes of the fonts while a [`Shaper`] borrows them.
pub(crate) struct Library {
    sources: Vec<OnceCell<Source>>,
}

impl Library {
    pub fn new(fonts: &Fonts) -> Self {
        Self { sources: (0..fonts.len()).map(|_| OnceCell::new()).collect() }
    }
}

impl<'f> Shaper<'f> {
    pub fn new(fonts: &'f Fonts, library: &'f Library, language: Language) -> Self {
        let faces = (0..fonts.len()).map(|_| OnceCell::new()).collect();
        Self { sources: &library.sources, fonts, faces, plans: RefCell::default(), language }
    }

    fn face(&self, rank: usize) -> Option<&Loaded<'f>> {
        self.faces
            .get(rank)?
            .get_or_init(|| {
                let cell = self.sources.get(rank)?;
                if cell.get().is_none() {
                    let _ = cell.set(self.fonts.face(rank)?);
                }
                let (bytes, index): (&'f [u8], u32) = match cell.get()? {
                    Source::Static(bytes) => (bytes, 0),
                    Source::Shared(bytes, index) => (bytes.as_slice(), *index),
                };
                let face = Face::from_slice(bytes, index)?;
                let em = face.units_per_em() as f32;
                Some(Loaded { face, em })
            })
            .as_ref()
    }

    /// The faces a text of this weight may use, in order.
    fn order(&self, weight: Weight) -> impl Iterator<Item = usize> + use<> {
        let first = usize::from(weight == Weight::Strong);
        std::iter::once(first).chain(2..self.fonts.len())
    }

    fn face_of(&self, c: char, weight: Weight) -> Option<usize> {
        self.order(weight).find(|&rank| self.face(rank).is_some_and(|loaded| loaded.face.glyph_index(c).is_some()))
    }

    /// Glyphs of one paragraph (no line breaks). Control characters vanish, unknown ones become codes.
    pub fn shape(&self, text: &str, weight: Weight) -> Shaped {
        let text = self.writable(text, weight);
        let mut glyphs = Vec::with_capacity(text.len());
        let mut run: Option<(usize, usize)> = None;
        for (at, c) in text.char_indices() {
            if let Some((base, rise)) = script_digit(c).filter(|_| !self.has_scripts(&text, at, weight)) {
                if let Some((face, from)) = run.take() {
                    self.shape_run(&text, from, at, face, &mut glyphs);
                }
                self.push_script(base, rise, weight, at, at + c.len_utf8(), &mut glyphs);
                continue;
            }
            let face = match run {
                // a combining mark stays with its letter
                Some((face, _)) if is_mark(c) => face,
                _ => self.face_of(c, weight).unwrap_or(0),
            };
            match run {
                Some((current, _)) if current == face => {}
                Some((current, from)) => {
                    self.shape_run(&text, from, at, current, &mut glyphs);
                    run = Some((face, at));
                }
                None => run = Some((face, at)),
            }
        }
        if let Some((face, from)) = run {
            self.shape_run(&text, from, text.len(), face, &mut glyphs);
        }
        Shaped { text, glyphs }
    }

    /// Whether the font itself has every superscript or subscript of the group around byte `at`; a group is drawn in one
    /// way, so that the 5 of `¹²⁵I` looks like its 1.
    fn has_scripts(&self, text: &str, at: usize, weight: Weight) -> bool {
        let script = |c: &char| script_digit(*c).is_some();
        let before = text.get(..at).unwrap_or_default().chars().rev().take_while(script);
        let after = text.get(at..).unwrap_or_default().chars().take_while(script);
        let face = usize::from(weight == Weight::Strong);
        before.chain(after).all(|c| self.face(face).is_some_and(|loaded| loaded.face.glyph_index(c).is_some()))
    }

    fn writable(&self, text: &str, weight: Weight) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before = None;
        for c in text.chars() {
            let letter = before.replace(c);
            match c {
                '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push(' '),
                c if is_invisible(c) => {}
                c if c.is_control() => {}
                c if script_digit(c).is_some() || self.face_of(c, weight).is_some() => out.push(c),
                c if is_mark(c) && letter.is_some_and(|letter| self.composes(letter, c, weight)) => out.push(c),
                c => {
                    let _ = write!(out, "[U+{:04X}]", c as u32);
                }
            }
        }
        out
    }

    /// Whether a letter and a combining mark that no font has by itself become one glyph.
    fn composes(&self, letter: char, mark: char, weight: Weight) -> bool {
        let Some(loaded) = self.face_of(letter, weight).and_then(|rank| self.face(rank)) else { return false };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&String::from_iter([letter, mark]));
        let shaped = rustybuzz::shape(&loaded.face, &[], buffer);
        matches!(shaped.glyph_infos(), [glyph] if glyph.glyph_id != 0)
    }

    /// English takes the proportional forms of quotation marks and dots; Chinese the full-width ones.
    fn features(&self) -> &'static [Feature] {
        static PROPORTIONAL: [Feature; 1] =
            [Feature { tag: Tag::from_bytes(b"pwid"), value: 1, start: 0, end: u32::MAX }];
        if self.language == Language::English { &PROPORTIONAL } else { &[] }
    }

    /// Signs that the font sets full-width although they stand between figures.
    fn is_tight(&self, c: char) -> bool {
        matches!(c, '±' | '×' | '÷' | '≤' | '≥' | '≈' | '→') || (c == '·' && self.language == Language::English)
    }

    fn push_script(&self, base: char, rise: f32, weight: Weight, from: usize, to: usize, glyphs: &mut Vec<Glyph>) {
        let face = usize::from(weight == Weight::Strong);
        let Some(loaded) = self.face(face) else { return };
        let Some(id) = loaded.face.glyph_index(base) else { return };
        let advance = f32::from(loaded.face.glyph_hor_advance(id).unwrap_or(0)) / loaded.em * SCRIPT_SCALE;
        glyphs.push(Glyph { face, id: u32::from(id.0), advance, dx: 0.0, dy: rise, scale: SCRIPT_SCALE, from, to });
    }

    fn shape_run(&self, text: &str, from: usize, to: usize, face: usize, glyphs: &mut Vec<Glyph>) {
        let (Some(loaded), Some(part)) = (self.face(face), text.get(from..to)) else { return };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(part);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let script = buffer.script();
        let plan = Rc::clone(self.plans.borrow_mut().entry((face, script)).or_insert_with(|| {
            Rc::new(ShapePlan::new(&loaded.face, Direction::LeftToRight, Some(script), None, self.features()))
        }));
        let shaped = rustybuzz::shape_with_plan(&loaded.face, &plan, buffer);
        let infos = shaped.glyph_infos();
        let mut end = to;
        let first = glyphs.len();
        // From the back, so that the end of each cluster is known when it is reached.
        for (at, (info, place)) in infos.iter().zip(shaped.glyph_positions()).enumerate().rev() {
            let start = from + info.cluster as usize;
            let mut advance = place.x_advance as f32 / loaded.em;
            let mut dx = place.x_offset as f32 / loaded.em;
            if text.get(start..).and_then(|rest| rest.chars().next()).is_some_and(|c| self.is_tight(c)) {
                (advance, dx) = tight(loaded, info.glyph_id).unwrap_or((advance, dx));
            }
            glyphs.push(Glyph {
                face,
                id: info.glyph_id,
                advance,
                dx,
                dy: place.y_offset as f32 / loaded.em,
                scale: 1.0,
                from: start,
                to: end,
            });
            if at > 0 && infos.get(at - 1).is_some_and(|before| before.cluster != info.cluster) {
                end = start;
            }
        }
        if let Some(added) = glyphs.get_mut(first..) {
            added.reverse();
        }
    }
}

/// Advance and shift (em) that leave a sign its ink and a hair on either side.
fn tight(loaded: &Loaded<'_>, glyph: u32) -> Option<(f32, f32)> {
    let ink = loaded.face.glyph_bounding_box(GlyphId(u16::try_from(glyph).ok()?))?;
    let side = 0.08;
    let (low, high) = (f32::from(ink.x_min) / loaded.em, f32::from(ink.x_max) / loaded.em);
    Some((high - low + 2.0 * side, side - low))
}

/// The plain digit or sign of a superscript or subscript, and how far it is raised (em).
///
/// The font has only some of them; drawing all alike keeps `¹²⁵I` even.
fn script_digit(c: char) -> Option<(char, f32)> {
    let superscript = match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from(b'4' + (c as u32 - '⁴' as u32) as u8),
        '⁺' => '+',
        '⁻' => '−',
        '₀'..='₉' => return Some((char::from(b'0' + (c as u32 - '₀' as u32) as u8), SUB_RISE)),
        _ => return None,
    };
    Some((superscript, SUPER_RISE))
}

/// Joiners, direction marks and variation selectors: nothing to draw.
fn is_invisible(c: char) -> bool {
    matches!(c as u32, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xe0100..=0xe01ef)
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}
