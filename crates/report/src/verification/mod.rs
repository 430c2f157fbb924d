//! The dose-verification report of a permanent implant.

mod comparison;
mod data;
mod images;
mod indices;
mod judged;
mod matrix;
mod panel;
mod plot;
mod provenance;
mod seeds;
mod summary;

use std::fmt;

use image::{Volume, Voxels};

use crate::Language;
use crate::number::short_hash;
use crate::pdf::page::Pen;
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{BOTTOM, MARGIN, MUTED, RULE, SMALL, TINY, WIDTH};
use crate::pdf::write::{About, write};
use crate::pdf::{Library, Shaper};
use crate::terms::{fill, term};

pub use crate::pdf::{FontData, Fonts, ReportError};
pub use data::{
    ComparedIndex, Comparison, Curve, DataFile, Displacement, Display, Implant, Index, InputFile, Judgement, Method,
    Moment, Origin, Outcome, Patient, PointRatio, Role, Seed, SeedGroup, SeedSource, Severity, Study, SystemDose,
    SystemIndex, Verdict, Verification, Warning,
};

/// The report as a PDF/A-2u file: searchable, fonts embedded, and the same bytes for the same input and fonts.
pub fn pdf(report: &Verification<'_>, language: Language, fonts: &Fonts) -> Result<Vec<u8>, ReportError> {
    check("dose", report.dose)?;
    report.ct.map_or(Ok(()), |ct| check("CT", ct))?;
    let library = Library::new(fonts);
    let shaper = Shaper::new(fonts, &library, language);
    let mut sheet = Sheet::new(&shaper, language);
    let plot_height = summary::draw(&mut sheet, report);
    images::draw(&mut sheet, report);
    indices::draw(&mut sheet, report, plot_height);
    if let Some(comparison) = &report.comparison {
        comparison::draw(&mut sheet, report, comparison);
    }
    if let Some(system) = &report.system {
        comparison::draw_system(&mut sheet, system);
    }
    summary::all_warnings(&mut sheet, report);
    seeds::draw(&mut sheet, report);
    provenance::draw(&mut sheet, report);
    provenance::signatures(&mut sheet, report);
    frame(&mut sheet, report);
    let case: String = report.case.chars().take(120).collect();
    let about = About {
        title: format!("{} · {case}", term("report.title", language)),
        subject: term("report.subject", language).to_owned(),
        creator: report.software.clone(),
        language,
        created: report.generated,
        keywords: vec![case, report.result_hash.clone()],
    };
    write(&sheet.pages, &about, fonts)
}

fn check(what: &'static str, volume: &Volume) -> Result<(), ReportError> {
    let voxels = match &volume.voxels {
        Voxels::I16(values) => values.len(),
        Voxels::F32(values) => values.len(),
    };
    let grid = volume.grid.size.iter().try_fold(1_usize, |all, &n| all.checked_mul(n)).unwrap_or(usize::MAX);
    if voxels == grid { Ok(()) } else { Err(ReportError::Volume { what, voxels, grid }) }
}

/// Header and footer of every page, now that their number is known.
fn frame(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let pages = std::mem::take(&mut sheet.pages);
    let count = pages.len().to_string();
    let look = Look::new(SMALL, MUTED);
    let foot = Look::new(TINY, MUTED);
    let mut done = Vec::with_capacity(pages.len());
    for (at, page) in pages.into_iter().enumerate() {
        sheet.pages.push(page);
        let number = fill("page.number", sheet.language, &[("n", &(at + 1).to_string()), ("m", &count)]);
        let mut who: Vec<&str> = vec![sheet.term("report.short")];
        for part in [report.case.as_str(), report.patient.name.as_str(), report.patient.id.as_str()] {
            // an anonymised study bears one word as case, name and number
            if !part.is_empty() && !who.contains(&part) {
                who.push(part);
            }
        }
        let width = WIDTH - sheet.measure(&number, look) - 12.0;
        let mut lines = sheet.wrap(&who.join(" · "), width, look, 1);
        if let Some(line) = lines.pop() {
            sheet.line([MARGIN, 36.0], Align::Left, line, look);
        }
        sheet.text([MARGIN + WIDTH, 36.0], Align::Right, &number, look);
        sheet.page().line([MARGIN, 42.0], [MARGIN + WIDTH, 42.0], Pen::new(RULE, 0.5));

        let top = BOTTOM + 10.0;
        sheet.page().line([MARGIN, top], [MARGIN + WIDTH, top], Pen::new(RULE, 0.5));
        let hash = fill("page.hash", sheet.language, &[("hash", &short_hash(&report.result_hash, 16))]);
        let right = sheet.text([MARGIN + WIDTH, top + 3.0 + foot.drop()], Align::Right, &hash, foot);
        let software = sheet.wrap(&report.software, WIDTH - right - 12.0, foot, 1);
        sheet.lines(MARGIN, top + 3.0, Align::Left, software, foot);
        let disclaimer = sheet.wrap(sheet.term("report.disclaimer"), WIDTH, foot, 2);
        sheet.lines(MARGIN, top + 3.0 + foot.leading(), Align::Left, disclaimer, foot);
        done.append(&mut sheet.pages);
    }
    sheet.pages = done;
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.utc_offset_minutes;
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs();
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {sign}{:02}:{:02}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            minutes / 60,
            minutes % 60
        )
    }
}
