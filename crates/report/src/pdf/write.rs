//! Writes recorded pages as PDF/A-2u: fonts embedded and subset, every glyph with its Unicode, the same bytes each time.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke as Outline, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::fonts::{Fonts, Source};
use super::page::{Area, Op, Page, Pen, Picture, Spot, Stroke};
use super::style::{Colour, PAGE};
use super::wrap::Line;
use crate::Language;
use crate::verification::Moment;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A font cannot be read; only fonts added by the caller can be at fault.
    #[error("font {rank} of the report cannot be read; leave it out")]
    Font {
        /// its place in the order of preference
        rank: usize,
    },
    /// A volume's voxels do not fill its grid.
    #[error("the {what} has {voxels} voxels but its grid has {grid}; give the volume as it was read")]
    Volume {
        /// CT or dose
        what: &'static str,
        /// number of voxels
        voxels: usize,
        /// number the grid asks for
        grid: usize,
    },
    /// The PDF writer refused the document.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}

/// Title, language and date of a document.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub title: String,
    pub subject: String,
    pub creator: String,
    pub language: Language,
    pub created: Moment,
    pub keywords: Vec<String>,
}

/// The finished file.
pub(crate) fn write(pages: &[Page], about: &About, fonts: &Fonts) -> Result<Vec<u8>, ReportError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|error| ReportError::Pdf(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut cache: Vec<Option<Font>> = vec![None; fonts.len()];
    let size = Size::from_wh(PAGE[0], PAGE[1]).ok_or_else(|| ReportError::Pdf("no page size".to_owned()))?;
    for page in pages {
        let mut sheet = document.start_page_with(PageSettings::new(size));
        let mut surface = sheet.surface();
        for op in &page.ops {
            draw(&mut surface, op, fonts, &mut cache)?;
        }
        surface.finish();
        sheet.finish();
    }
    document.set_metadata(metadata(about));
    document.finish().map_err(|error| ReportError::Pdf(format!("{error:?}")))
}

fn metadata(about: &About) -> Metadata {
    let at = about.created;
    let offset = at.utc_offset_minutes;
    let date = DateTime::new(at.year)
        .month(at.month)
        .day(at.day)
        .hour(at.hour)
        .minute(at.minute)
        .second(at.second)
        .utc_offset_hour((offset / 60) as i8)
        .utc_offset_minute((offset % 60).unsigned_abs() as u8);
    Metadata::new()
        .title(about.title.clone())
        .description(about.subject.clone())
        .creator(about.creator.clone())
        .keywords(about.keywords.clone())
        .language(about.language.tag().to_owned())
        .creation_date(date)
}

fn draw(surface: &mut Surface<'_>, op: &Op, fonts: &Fonts, cache: &mut [Option<Font>]) -> Result<(), ReportError> {
    match op {
        Op::Text { spot, size, colour, line } => {
            surface.set_stroke(None);
            surface.set_fill(Some(solid(*colour)));
            text(surface, *spot, *size, line, fonts, cache)?;
        }
        Op::Lines { strokes, pen } => {
            if let Some(path) = path_of(strokes) {
                surface.set_fill(None);
                surface.set_stroke(Some(outline(*pen)));
                surface.draw_path(&path);
            }
        }
        Op::Fill { spots, colour } => {
            if let Some(path) = path_of(&[Stroke { spots: spots.clone(), closed: true }]) {
                surface.set_stroke(None);
                surface.set_fill(Some(solid(*colour)));
                surface.draw_path(&path);
            }
        }
        Op::Dot { centre, radius, colour } => {
            if let Some(path) = circle(*centre, *radius) {
                surface.set_stroke(None);
                surface.set_fill(Some(solid(*colour)));
                surface.draw_path(&path);
            }
        }
        Op::Picture { area, picture } => image(surface, *area, picture)?,
        Op::Clip(area) => {
            let mut builder = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(area.x, area.y, area.w, area.h) {
                builder.push_rect(rect);
            }
            let path = builder.finish().ok_or_else(|| ReportError::Pdf("empty clip".to_owned()))?;
            surface.push_clip_path(&path, &FillRule::NonZero);
        }
        Op::Unclip => surface.pop(),
    }
    Ok(())
}

/// Glyphs of one face and scale are drawn together.
fn text(
    surface: &mut Surface<'_>,
    spot: Spot,
    size: f32,
    line: &Line,
    fonts: &Fonts,
    cache: &mut [Option<Font>],
) -> Result<(), ReportError> {
    let mut x = spot[0];
    for run in line.glyphs().chunk_by(|a, b| a.face == b.face && a.scale == b.scale) {
        let Some(first) = run.first() else { continue };
        let font = font(first.face, fonts, cache)?;
        let scale = first.scale;
        let glyphs: Vec<KrillaGlyph> = run
            .iter()
            .map(|glyph| {
                let range = glyph.from..glyph.to;
                let (advance, dx, dy) = (glyph.advance / scale, glyph.dx / scale, glyph.dy / scale);
                KrillaGlyph::new(GlyphId::new(glyph.id), advance, dx, dy, 0.0, range, None)
            })
            .collect();
        surface.draw_glyphs(Point::from_xy(x, spot[1]), &glyphs, font, &line.shaped.text, size * scale, false);
        x += run.iter().map(|glyph| glyph.advance).sum::<f32>() * size;
    }
    Ok(())
}

fn font(rank: usize, fonts: &Fonts, cache: &mut [Option<Font>]) -> Result<Font, ReportError> {
    let slot = cache.get_mut(rank).ok_or(ReportError::Font { rank })?;
    if slot.is_none() {
        *slot = match fonts.face(rank) {
            Some(Source::Static(bytes)) => Font::new(bytes.into(), 0),
            Some(Source::Shared(bytes, index)) => Font::new(bytes.into(), index),
            None => None,
        };
    }
    slot.clone().ok_or(ReportError::Font { rank })
}

fn image(surface: &mut Surface<'_>, area: Area, picture: &Picture) -> Result<(), ReportError> {
    let Some(size) = Size::from_wh(area.w, area.h) else { return Ok(()) };
    let image = Image::from_custom(picture.clone(), false).map_err(ReportError::Pdf)?;
    surface.push_transform(&Transform::from_translate(area.x, area.y));
    surface.draw_image(image, size);
    surface.pop();
    Ok(())
}

impl CustomImage for Picture {
    fn color_channel(&self) -> &[u8] {
        &self.grey
    }
    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }
    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }
    fn size(&self) -> (u32, u32) {
        (self.size[0], self.size[1])
    }
    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }
    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}

fn rgb(colour: Colour) -> rgb::Color {
    rgb::Color::new(colour[0], colour[1], colour[2])
}

fn solid(colour: Colour) -> Fill {
    Fill { paint: rgb(colour).into(), opacity: NormalizedF32::ONE, rule: FillRule::EvenOdd }
}

fn outline(pen: Pen) -> Outline {
    Outline {
        paint: rgb(pen.colour).into(),
        width: pen.width,
        line_cap: if pen.dash.is_empty() { LineCap::Round } else { LineCap::Butt },
        line_join: LineJoin::Round,
        dash: (!pen.dash.is_empty()).then(|| StrokeDash { array: pen.dash.to_vec(), offset: 0.0 }),
        ..Outline::default()
    }
}

/// Spots are rounded to a hundredth of a point: invisible, and the file is a third smaller.
fn path_of(strokes: &[Stroke]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for stroke in strokes {
        let mut last = None;
        for spot in &stroke.spots {
            let [x, y] = spot.map(|v| (v * 100.0).round() / 100.0);
            if !(x.is_finite() && y.is_finite()) || last == Some([x, y]) {
                continue;
            }
            match last {
                None => builder.move_to(x, y),
                Some(_) => builder.line_to(x, y),
            }
            last = Some([x, y]);
        }
        if stroke.closed && last.is_some() {
            builder.close();
        }
    }
    builder.finish()
}

fn circle([x, y]: Spot, r: f32) -> Option<Path> {
    // control points of four cubic arcs, off by less than 0.03 % of the radius
    let k = 0.552_285 * r;
    let mut builder = PathBuilder::new();
    builder.move_to(x + r, y);
    builder.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
    builder.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
    builder.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
    builder.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
    builder.close();
    builder.finish()
}
