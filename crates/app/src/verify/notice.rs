//! What a reader of the result must be told, in both languages.

use dose::criteria::Pack;
use image::Region;
use image::seeds::{Language, Warning};
use image::study::{Severity, Study};
use serde::Serialize;

use super::sources::Seeds;
use crate::failure::Failure;

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
}

impl Notice {
    /// Good to know.
    pub fn note(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Note, zh: zh.into(), en: en.into() }
    }

    /// To be looked at before signing.
    pub fn warning(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Warning, zh: zh.into(), en: en.into() }
    }

    /// To be resolved before the result is used.
    pub fn serious(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Serious, zh: zh.into(), en: en.into() }
    }
}

/// What was wrong with the files.
pub fn of_study(study: &Study) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    for problem in &study.problems {
        let place = problem.path.display().to_string();
        let tag = problem.tag.clone().map(|tag| format!("{tag}: ")).unwrap_or_default();
        let colon = if place.is_empty() { "" } else { ": " };
        let level = match problem.severity {
            Severity::Note => Level::Note,
            // a file that could not be used was left out; whether that matters, only the reader can say
            Severity::Warning | Severity::Error => Level::Warning,
        };
        let (zh, en) = (
            format!("导入：{place}{colon}{tag}{}", problem.reason),
            format!("import: {place}{colon}{tag}{}", problem.reason),
        );
        notices.push(Notice { level, zh, en });
    }
    notices
}

/// What is odd about where the seeds lie, and what the finder was unsure of.
///
/// # Errors
/// When a seed cannot be in the same patient as the target.
pub fn of_seeds(seeds: &Seeds, target: &Region, pack: &Pack, notices: &mut Vec<Notice>) -> Result<(), Failure> {
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
            )));
        }
        if away > STRAY_MM {
            stray.push(number.to_string());
        }
    }
    if !stray.is_empty() {
        notices.push(Notice::warning(
            format!("粒子 {} 距靶区超过 {STRAY_MM:.0} mm，可能已迁移或识别有误。", stray.join("、")),
            format!(
                "seed(s) {} lie more than {STRAY_MM:.0} mm from the target: migrated, or not seeds",
                stray.join(", ")
            ),
        ));
    }
    for kind in &seeds.kinds {
        if kind.model.nuclide.id != pack.nuclide {
            let (nuclide, meant) = (&kind.model.nuclide.id, &pack.nuclide);
            notices.push(Notice::warning(
                format!("评价标准针对 {meant}，本例粒子核素为 {nuclide}，限值可能不适用。"),
                format!("the criteria are for {meant}, the seeds are {nuclide}; the limits may not apply"),
            ));
        }
    }
    let Some(findings) = &seeds.findings else { return Ok(()) };
    for warning in &findings.warnings {
        let level = match warning {
            Warning::CountDiffers { .. } => Level::Serious,
            Warning::RejectedObject { .. } => Level::Note,
            _ => Level::Warning,
        };
        notices.push(Notice {
            level,
            zh: warning.sentence(Language::Chinese),
            en: warning.sentence(Language::English),
        });
    }
    Ok(())
}
