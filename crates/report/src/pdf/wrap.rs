//! Line breaking for Chinese and Latin text.
//!
//! A line may end after a space or between Han characters, but never so that a closing mark begins it or an opening
//! mark ends it (GB/T 15834, "标点符号的位置"); long names and paths may end a line after a slash, hyphen or underscore.

use std::rc::Rc;

use super::fonts::Weight;
use super::shape::{Glyph, Shaped, Shaper};

/// Marks that may not begin a line.
const NO_START: &str = "，。、；：？！）】》〉」』〕］｝”’…—·％‰℃°,.;:?!)]}%²³¹";
/// Marks that may not end a line.
const NO_END: &str = "（【《〈「『〔［｛“‘([{$¥￥";

/// Signs between figures, which stay on one line with them.
const SIGNS: &str = "×±=≥≤<>";
/// Units, which stay with their figure.
const UNITS: [&str; 13] = ["Gy", "cGy", "mm", "cm", "cm³", "cc", "HU", "U", "%", "d", "kV", "MBq", "mCi"];

/// One line of a paragraph: some glyphs of a shaped text.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub shaped: Rc<Shaped>,
    pub from: usize,
    pub to: usize,
    /// width in em, without trailing spaces
    pub width: f32,
}

impl Line {
    pub fn glyphs(&self) -> &[Glyph] {
        self.shaped.glyphs.get(self.from..self.to).unwrap_or(&[])
    }
}

/// Breaks `text` into lines of at most `width_em`; line feeds begin a new line. At least one line comes back.
pub(crate) fn wrap(shaper: &Shaper<'_>, text: &str, weight: Weight, width_em: f32) -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let shaped = Rc::new(shaper.shape(paragraph, weight));
        break_paragraph(&shaped, width_em, &mut lines);
    }
    lines
}

/// The whole text on one line.
pub(crate) fn single(shaper: &Shaper<'_>, text: &str, weight: Weight) -> Line {
    let shaped = Rc::new(shaper.shape(text, weight));
    let to = shaped.glyphs.len();
    Line { width: width(&shaped, 0, to), from: 0, to, shaped }
}

/// At most `most` lines; the last ends in an ellipsis when something was left out.
pub(crate) fn wrap_at_most(shaper: &Shaper<'_>, text: &str, weight: Weight, width_em: f32, most: usize) -> Vec<Line> {
    // Nothing legible is that long; shaping it whole would only cost time.
    let limit = 4000;
    let mut lines = match text.char_indices().nth(limit) {
        Some((end, _)) => wrap(shaper, text.get(..end).unwrap_or(text), weight, width_em),
        None => wrap(shaper, text, weight, width_em),
    };
    if lines.len() <= most || most == 0 {
        return lines;
    }
    lines.truncate(most);
    if let Some(last) = lines.pop() {
        let kept: String = match (last.glyphs().first(), last.glyphs().last()) {
            (Some(a), Some(b)) => last.shaped.text.get(a.from..b.to).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let mut chars: Vec<char> = kept.chars().collect();
        loop {
            let text: String = chars.iter().copied().chain(['…']).collect();
            let line = single(shaper, &text, weight);
            if line.width <= width_em || chars.is_empty() {
                lines.push(line);
                break;
            }
            chars.pop();
        }
    }
    lines
}

fn break_paragraph(shaped: &Rc<Shaped>, width_em: f32, lines: &mut Vec<Line>) {
    let glyphs = &shaped.glyphs;
    let mut start = 0;
    let mut used = 0.0_f32;
    let mut last_break = None;
    let mut at = 0;
    while let Some(glyph) = glyphs.get(at) {
        if at > start && may_break(shaped, at) {
            last_break = Some(at);
        }
        let advance = if is_space(shaped, at) { 0.0 } else { glyph.advance };
        if at > start && used + advance > width_em {
            // a word wider than the line is cut where it must be
            let cut = last_break.unwrap_or(at);
            push_line(shaped, start, cut, lines);
            start = skip_spaces(shaped, cut);
            at = start;
            used = 0.0;
            last_break = None;
            continue;
        }
        used += glyph.advance;
        at += 1;
    }
    push_line(shaped, start, glyphs.len(), lines);
}

fn push_line(shaped: &Rc<Shaped>, from: usize, mut to: usize, lines: &mut Vec<Line>) {
    while to > from && is_space(shaped, to - 1) {
        to -= 1;
    }
    lines.push(Line { shaped: Rc::clone(shaped), from, to, width: width(shaped, from, to) });
}

fn width(shaped: &Shaped, from: usize, to: usize) -> f32 {
    shaped.glyphs.get(from..to).unwrap_or(&[]).iter().map(|glyph| glyph.advance).sum()
}

fn skip_spaces(shaped: &Shaped, mut at: usize) -> usize {
    while is_space(shaped, at) {
        at += 1;
    }
    at
}

fn char_at(shaped: &Shaped, at: usize) -> Option<char> {
    shaped.glyphs.get(at).and_then(|glyph| shaped.text.get(glyph.from..)).and_then(|text| text.chars().next())
}

fn is_space(shaped: &Shaped, at: usize) -> bool {
    char_at(shaped, at) == Some(' ')
}

/// Whether a line may end just before glyph `at`.
fn may_break(shaped: &Shaped, at: usize) -> bool {
    let (Some(before), Some(after)) = (char_at(shaped, at - 1), char_at(shaped, at)) else { return false };
    let same_cluster = match (shaped.glyphs.get(at - 1), shaped.glyphs.get(at)) {
        (Some(a), Some(b)) => a.from == b.from,
        _ => true,
    };
    if same_cluster || NO_START.contains(after) || NO_END.contains(before) || after == ' ' {
        return false;
    }
    if before == ' ' {
        return !holds_together(shaped, at, after);
    }
    is_wide(before)
        || is_wide(after)
        || (matches!(before, '/' | '\\' | '_' | '-' | '–') && after.is_alphanumeric() && !after.is_ascii_digit())
        || matches!(before, '/' | '\\' | '_')
}

/// Whether the space before glyph `at` joins a figure to its unit or to another figure: `36 × 2.5 mm`.
fn holds_together(shaped: &Shaped, at: usize, after: char) -> bool {
    let Some(earlier) = at.checked_sub(2).and_then(|at| char_at(shaped, at)) else { return false };
    if SIGNS.contains(earlier) || SIGNS.contains(after) {
        return true;
    }
    let rest = shaped.glyphs.get(at).and_then(|glyph| shaped.text.get(glyph.from..)).unwrap_or_default();
    let word = rest.split(|c: char| !(c.is_alphanumeric() || "%°³²".contains(c))).next().unwrap_or_default();
    earlier.is_ascii_digit() && UNITS.contains(&word)
}

/// Han characters, kana and full-width marks: a line may end beside them.
fn is_wide(c: char) -> bool {
    matches!(c as u32, 0x2e80..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff01..=0xff60 | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::super::{Fonts, Library};
    use super::*;
    use crate::Language;

    fn lines(text: &str, width_em: f32) -> Vec<String> {
        let fonts = Fonts::embedded();
        let library = Library::new(&fonts);
        let shaper = Shaper::new(&fonts, &library, Language::Chinese);
        wrap(&shaper, text, Weight::Regular, width_em)
            .iter()
            .map(|line| {
                line.glyphs().iter().map(|g| line.shaped.text.get(g.from..g.to).unwrap_or_default()).collect::<String>()
            })
            .collect()
    }

    #[test]
    fn a_closing_mark_never_begins_a_line_and_an_opening_one_never_ends_it() {
        let text = "靶区的处方剂量覆盖率达到要求，尿道（见第三页）未超过限值；直肠“前壁”无证据。";
        for width in 3..20 {
            let lines = lines(text, width as f32 + 0.01);
            assert_eq!(lines.concat(), text);
            for line in &lines {
                assert!(!line.starts_with(|c| NO_START.contains(c)), "{line} at {width}");
                assert!(!line.ends_with(|c| NO_END.contains(c)), "{line} at {width}");
            }
        }
    }

    #[test]
    fn words_stay_whole_and_endless_ones_are_cut() {
        assert_eq!(lines("air kerma strength", 6.0), ["air kerma", "strength"]);
        let cut = lines(&"x".repeat(100), 10.0);
        assert!(cut.len() > 4 && cut.iter().all(|line| line.len() < 25));
        for width in 4..12 {
            let text = lines("扫描 36 × 2.5 mm 与 145 Gy", f64::from(width) as f32).join("\n");
            assert!(text.contains("145 Gy") && !text.contains("×\n") && !text.contains("\n×"), "{text}");
        }
        assert_eq!(lines("", 5.0), [""]);
        assert_eq!(lines("one\ntwo", 50.0), ["one", "two"]);
    }

    #[test]
    fn accents_greek_and_rare_names_have_glyphs_and_the_rest_is_written_as_code() {
        let fonts = Fonts::embedded();
        let library = Library::new(&fonts);
        let shaper = Shaper::new(&fonts, &library, Language::Chinese);
        for text in ["Urètre", "Ure\u{300}tre", "α/β µ ± ≥ ≤ φ Λ × ° − —", "¹²⁵I ¹⁰³Pd x₁₂", "㛃䶮𬭁"]
        {
            let shaped = shaper.shape(text, Weight::Regular);
            assert_eq!(shaped.text, text);
            assert!(shaped.glyphs.iter().all(|glyph| glyph.id != 0), "{text}");
        }
        assert_eq!(shaper.shape("a\u{10fffd}b\u{7}\u{200b}", Weight::Strong).text, "a[U+10FFFD]b");
        let rare = shaper.shape("𠮷", Weight::Strong);
        assert_eq!(rare.text, if Fonts::has_rare_han() { "𠮷" } else { "[U+20BB7]" });
        assert!(rare.glyphs.iter().all(|glyph| glyph.id != 0));
    }
}
