//! What a reader of the result must be told, in both languages.

mod dates;
mod groups;
mod import;
mod sentences;

use dose::criteria::Pack;
use image::seeds::{Language, Warning};
use image::{Region, RegionNote};
use serde::Serialize;

use super::choose::Chosen;
use super::request::Request;
use super::sources::{Kind as SeedKind, Seeds};
use crate::failure::Failure;

pub use dates::Days;
use groups::{Kind, Subject, few};
pub use import::{chinese, of_study};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// good to know
    Note,
    /// look at it before signing
    Warning,
    /// the result must not be used before this is resolved
    Serious,
}

/// One thing to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// how much it matters
    pub level: Level,
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
    /// what it is about, where there may be many of its kind
    #[serde(skip)]
    pub subject: Option<Subject>,
}

impl Notice {
    /// Good to know.
    pub fn note(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Note, zh: zh.into(), en: en.into(), subject: None }
    }

    /// To be looked at before signing.
    pub fn warning(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Warning, zh: zh.into(), en: en.into(), subject: None }
    }

    /// To be resolved before the result is used.
    pub fn serious(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Serious, zh: zh.into(), en: en.into(), subject: None }
    }
}

impl Notice {
    /// A contour that was mended.
    pub fn of_contour(structure: &str, note: &RegionNote) -> Self {
        let (zh, en) = (note.chinese(), note.to_string());
        Self {
            subject: Some(Subject { kind: Kind::Contour(structure.to_owned()), zh: zh.clone(), en: en.clone() }),
            ..Self::note(format!("结构“{structure}”：{zh}。"), format!("structure '{structure}': {en}"))
        }
    }

    /// For a reader: those of one kind told as one where there are many.
    pub fn grouped(notices: &[Self]) -> Vec<Self> {
        groups::grouped(notices)
    }
}

/// What is odd about the days of implant, scan and strength.
pub fn of_days(chosen: &Chosen<'_>, request: &Request, kinds: &[SeedKind], notices: &mut Vec<Notice>) {
    let days = Days {
        implanted: request.implant_date.map(jiff::civil::DateTime::date),
        scanned: chosen.ct.acquired.map(jiff::civil::DateTime::date),
    };
    notices.extend(days.of_scan());
    for kind in kinds {
        let notice = kind.stated_at.and_then(|stated| days.of_strength(stated.date(), kind.half_life));
        // the sources of a plan usually share one day
        notices.extend(notice.filter(|notice| !notices.contains(notice)));
    }
}

/// What is odd about where the seeds lie, and what the finder was unsure of.
///
/// # Errors
/// When a seed cannot be in the same patient as the target.
pub fn of_seeds(
    seeds: &Seeds,
    stated: Option<usize>,
    target: &Region,
    pack: &Pack,
    notices: &mut Vec<Notice>,
) -> Result<(), Failure> {
    /// Seeds farther than this from the target have left it.
    const STRAY_MM: f64 = 20.0;
    /// No seed of a patient is farther from the target: it is an error of the plan.
    const ELSEWHERE_MM: f64 = 1000.0;
    let [low, high] = target.bounds_uvn();
    let mut stray: Vec<String> = Vec::new();
    for (seed, number) in seeds.placed.iter().zip(1..) {
        let at = target.to_uvn(seed.centre);
        let away = (0..3).map(|a| (low[a] - at[a]).max(at[a] - high[a])).fold(0.0, f64::max);
        if away > ELSEWHERE_MM {
            return Err(Failure::input(format!(
                "seed {number} lies {:.1} m from the target '{}'; correct the plan and export it again",
                away / 1000.0,
                target.name
            ))
            .zh(format!(
                "{number} 号粒子距靶区“{}”达 {:.1} m；请更正计划并重新导出。",
                target.name,
                away / 1000.0
            )));
        }
        if away > STRAY_MM {
            stray.push(number.to_string());
        }
    }
    if !stray.is_empty() {
        let (n, (zh, en)) = (stray.len(), few(&stray, 12));
        notices.push(Notice::warning(
            format!("{n} 粒粒子距靶区超过 {STRAY_MM:.0} mm，可能已迁移或识别有误：{zh}。"),
            format!("{n} seed(s) lie more than {STRAY_MM:.0} mm from the target, migrated or not seeds: {en}"),
        ));
    }
    for kind in &seeds.kinds {
        if kind.model.nuclide.id != pack.nuclide {
            let (nuclide, meant) = (&kind.model.nuclide.id, &pack.nuclide);
            notices.push(Notice::warning(
                format!("判据针对 {meant}，本例粒子核素为 {nuclide}，限值可能不适用。"),
                format!("the criteria are for {meant}, the seeds are {nuclide}; the limits may not apply"),
            ));
        }
    }
    let Some(findings) = &seeds.findings else { return Ok(()) };
    for warning in &findings.warnings {
        let level = match warning {
            // a plan made before the implant need not hold the number that was implanted; a stated number must
            Warning::CountDiffers { .. } if stated.is_some() => Level::Serious,
            Warning::RejectedObject { .. } => Level::Note,
            _ => Level::Warning,
        };
        notices.push(Notice {
            level,
            zh: warning.sentence(Language::Chinese),
            en: warning.sentence(Language::English),
            subject: subject(warning),
        });
    }
    Ok(())
}

/// What a warning of the finder is about.
fn subject(warning: &Warning) -> Option<Subject> {
    let at = |[x, y, z]: &image::Point| format!("({x:.1}, {y:.1}, {z:.1})");
    let (kind, text) = match warning {
        Warning::MaybeTwo { seed, brightness } => (Kind::MaybeTwo, format!("{} (×{brightness:.1})", seed + 1)),
        Warning::TouchingSeeds { a, b, distance_mm } => {
            (Kind::Touching, format!("{}–{} ({distance_mm:.1} mm)", a + 1, b + 1))
        }
        Warning::PossibleSeed { centre, .. } => (Kind::Possible, at(centre)),
        Warning::RejectedObject { centre, .. } => (Kind::Rejected, at(centre)),
        Warning::CountDiffers { .. } | Warning::BrightnessUncertain { .. } => return None,
    };
    Some(Subject { kind, zh: text.clone(), en: text })
}
