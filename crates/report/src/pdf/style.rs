//! The look: one type scale, one spacing scale, one accent colour. Red for what blocks or harms, amber for what is due.

/// Red, green and blue.
pub type Colour = [u8; 3];

/// Text.
pub const INK: Colour = [0x1a, 0x20, 0x27];
/// Labels, captions, what may be skipped.
pub const MUTED: Colour = [0x5a, 0x66, 0x72];
/// Hairlines.
pub const RULE: Colour = [0xcf, 0xd6, 0xdd];
/// Background of bands and table heads.
pub const FAINT: Colour = [0xf2, 0xf5, 0xf7];
/// The accent.
pub const ACCENT: Colour = [0x0b, 0x5f, 0x73];
/// Blocks or harms.
pub const RED: Colour = [0xb8, 0x1d, 0x2c];
/// Due, to be looked at.
pub const AMBER: Colour = [0x9a, 0x5b, 0x00];
/// Paper.
pub const WHITE: Colour = [0xff, 0xff, 0xff];

/// Type scale, pt: footnotes.
pub const TINY: f32 = 6.5;
/// Type scale, pt: labels, captions, dense tables.
pub const SMALL: f32 = 7.5;
/// Type scale, pt: text and tables.
pub const BODY: f32 = 8.5;
/// Type scale, pt: what has to be seen first.
pub const LEAD: f32 = 10.5;
/// Type scale, pt: section headings.
pub const HEADING: f32 = 12.5;
/// Type scale, pt: the title.
pub const TITLE: f32 = 18.0;

/// Distance between lines, in sizes.
pub const LEADING: f32 = 1.5;
/// Spacing scale, pt.
pub const GAP: f32 = 6.0;

/// A4 portrait, pt.
pub const PAGE: [f32; 2] = [595.276, 841.89];
/// Left and right margin, pt.
pub const MARGIN: f32 = 42.0;
/// First y of the content, pt.
pub const TOP: f32 = 58.0;
/// Last y of the content, pt.
pub const BOTTOM: f32 = 841.89 - 56.0;
/// Width of the content, pt.
pub const WIDTH: f32 = PAGE[0] - 2.0 * MARGIN;

/// A display colour made dark enough to be read on paper: drawn structures are often yellow or white.
pub fn on_paper(colour: Colour) -> Colour {
    let (bright, most) = (luminance(colour), 120.0);
    if bright <= most { colour } else { colour.map(|part| (f32::from(part) * most / bright) as u8) }
}

/// A display colour made light enough to be seen on a dark image: drawn structures are often navy blue.
pub fn on_image(colour: Colour) -> Colour {
    let (bright, least) = (luminance(colour), 140.0);
    if bright >= least {
        return colour;
    }
    let white = (least - bright) / (255.0 - bright);
    colour.map(|part| (f32::from(part) + (255.0 - f32::from(part)) * white) as u8)
}

/// Perceived brightness, 0 to 255 (weights of ITU-R BT.601).
fn luminance(colour: Colour) -> f32 {
    0.299 * f32::from(colour[0]) + 0.587 * f32::from(colour[1]) + 0.114 * f32::from(colour[2])
}
