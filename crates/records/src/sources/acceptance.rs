//! What holds a lot back from use: certificate, assay, leak test. The figures are data (`data/norms/source-acceptance.toml`).

use jiff::civil::Date;
use jiff::tz::Offset;
use physics::Nuclide;
use serde::{Deserialize, Serialize};

use super::decay::{noon, worth};
use super::{Movement, PlaceKind, Sentence, Step};
use crate::{About, Lot, Record};

/// What follows when something is missing or does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// nothing
    None,
    /// it is said
    Warn,
    /// it may not be done
    Block,
}

/// What a rule says, who says so, and how that was checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Origin {
    /// the rule in English
    pub text: String,
    /// the rule in Chinese
    pub text_zh: String,
    /// where it comes from
    pub source: String,
    /// the same in Chinese
    pub source_zh: String,
    /// how it was compared with its source; `None` is unverified
    #[serde(default)]
    pub checked: Option<String>,
}

/// A certificate is on file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CertificateRule {
    /// without a record
    pub missing: Severity,
    /// with a record but no paper
    pub no_file: Severity,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// The strength of a sample is measured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AssayRule {
    /// without a record
    pub missing: Severity,
    /// measured and not passed
    pub failed: Severity,
    /// part of the lot
    pub sample_fraction: f64,
    /// least number of seeds
    pub sample_at_least: u32,
    /// how far the mean may be off, percent
    pub mean_percent: f64,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// How far one seed may be off.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SingleRule {
    /// measured and not passed
    pub failed: Severity,
    /// percent
    pub single_percent: f64,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// Seeds are tight.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LeakRule {
    /// without a record
    pub missing: Severity,
    /// measured and not passed
    pub failed: Severity,
    /// for which nuclides; others are not asked for it
    pub nuclides: Vec<String>,
    /// least number of seeds
    pub seeds: u32,
    /// most activity in the water of one seed, Bq
    pub limit_bq: f64,
    /// least number of seeds of a test after a failed one
    pub again: u32,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// When a lot counts as decayed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DecayedRule {
    /// half-lives
    pub half_lives: f64,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// When a licence is nearly used up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LicenceRule {
    /// part of the limit from which it is said
    pub warn_from: f64,
    /// whence
    #[serde(flatten)]
    pub origin: Origin,
}

/// What is asked of lots: immutable under one version.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// name for machines
    pub id: String,
    /// edition
    pub version: String,
    /// name in English
    pub title: String,
    /// name in Chinese
    pub title_zh: String,
    /// where the rules come from
    pub source: String,
    /// what else a reader should know
    pub note: String,
    /// certificate
    pub certificate: CertificateRule,
    /// assay of a sample
    pub assay: AssayRule,
    /// single seeds of the sample
    pub assay_single: SingleRule,
    /// leak test
    pub leak_test: LeakRule,
    /// decayed lots
    pub decayed: DecayedRule,
    /// licence
    pub licence: LicenceRule,
}

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pack of source rules cannot be used: {0}")]
pub struct PackError(pub(super) String);

impl Pack {
    /// Reads a pack.
    ///
    /// # Errors
    /// When a key is missing or unknown, or a figure cannot be meant.
    pub fn load(text: &str) -> Result<Self, PackError> {
        let pack: Self = toml::from_str(text).map_err(|error| PackError(error.to_string()))?;
        let figures = [
            ("assay.sample_fraction", pack.assay.sample_fraction, 1.0),
            ("assay.mean_percent", pack.assay.mean_percent, 100.0),
            ("assay_single.single_percent", pack.assay_single.single_percent, 100.0),
            ("leak_test.limit_bq", pack.leak_test.limit_bq, 1e6),
            ("decayed.half_lives", pack.decayed.half_lives, 100.0),
            ("licence.warn_from", pack.licence.warn_from, 1.0),
        ];
        match figures.iter().find(|(_, value, most)| !(*value > 0.0 && value <= most)) {
            Some((name, value, most)) => {
                Err(PackError(format!("{name} is {value}, and must be above 0 and at most {most}")))
            }
            None => Ok(pack),
        }
    }

    /// The pack that comes with Dosewright.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn embedded() -> Result<Self, PackError> {
        Self::load(include_str!("../../../../data/norms/source-acceptance.toml"))
    }

    /// How many seeds of a lot must be measured: never more than it has.
    pub fn sample(&self, count: u32) -> u32 {
        let part = (f64::from(count) * self.assay.sample_fraction).ceil() as u32;
        part.max(self.assay.sample_at_least).min(count)
    }
}

/// Something that holds seeds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// which rule
    pub rule: &'static str,
    /// whether it blocks
    pub severity: Severity,
    /// what is wrong and what to do
    #[serde(flatten)]
    pub sentence: Sentence,
    /// who asks for it
    pub source: Sentence,
    /// the rule was not compared with its source
    pub unverified: bool,
}

impl Hold {
    pub(super) fn new(rule: &'static str, severity: Severity, origin: &Origin, sentence: Sentence) -> Self {
        let source = Sentence::new(&origin.source_zh, &origin.source);
        Self { rule, severity, sentence, source, unverified: origin.checked.is_none() }
    }
}

/// What holds a lot back on a day; empty when nothing does.
pub fn may_release(lot: &Lot, records: &[Record], pack: &Pack, today: Date, zone: Offset) -> Vec<Hold> {
    let mut of_lot: Vec<&Record> =
        records.iter().filter(|one| one.about == About::Lot(lot.id) && one.holds_on(today)).collect();
    of_lot.sort_by_key(|one| (one.day, one.created, one.id));
    let form = |name: &str| of_lot.iter().filter(|one| one.form == name).copied().collect::<Vec<_>>();
    let mut holds = certificate(&form("certificate"), &pack.certificate);
    holds.extend(assay(lot, &form("assay"), pack, zone));
    holds.extend(leak(lot, &form("leak_test"), &pack.leak_test));
    holds.retain(|hold| hold.severity != Severity::None);
    holds
}

/// What holds a movement back: all of it where seeds are released into a safe, what blocks where they are issued.
pub fn holds(lot: &Lot, movement: &Movement, records: &[Record], pack: &Pack, today: Date, zone: Offset) -> Vec<Hold> {
    let from = movement.from.kind();
    let released = matches!(from, PlaceKind::Received | PlaceKind::Assay | PlaceKind::Quarantine);
    let mut holds = match movement.step {
        Step::Store if released => may_release(lot, records, pack, today, zone),
        Step::Issue => may_release(lot, records, pack, today, zone),
        _ => Vec::new(),
    };
    if movement.step == Step::Issue {
        holds.retain(|hold| hold.severity == Severity::Block);
    }
    holds
}

fn certificate(records: &[&Record], rule: &CertificateRule) -> Vec<Hold> {
    let of_seeds = |one: &&&Record| one.text("kind") == Some("seed_certificate") && one.text("number").is_some();
    let found: Vec<_> = records.iter().filter(of_seeds).collect();
    let (severity, sentence) = if found.is_empty() {
        let sentence = Sentence::new(
            "没有该批次的合格证：请登记合格证编号并上传扫描件",
            "the lot has no certificate: enter its number and attach the paper",
        );
        (rule.missing, sentence)
    } else if found.iter().all(|one| one.files.is_empty()) {
        let sentence = Sentence::new(
            "合格证没有扫描件：请上传，以便存入患者病历",
            "the certificate has no paper attached: attach it, the patient's record needs a copy",
        );
        (rule.no_file, sentence)
    } else {
        return Vec::new();
    };
    vec![Hold::new("certificate", severity, &rule.origin, sentence)]
}

fn assay(lot: &Lot, records: &[&Record], pack: &Pack, zone: Offset) -> Vec<Hold> {
    let (rule, needed) = (&pack.assay, pack.sample(lot.count));
    let hold = |severity, zh: String, en: String| Hold::new("assay", severity, &rule.origin, Sentence { zh, en });
    let Some(last) = records.last() else {
        return vec![hold(
            rule.missing,
            format!("该批次尚未抽检强度：请测量至少 {needed} 粒并登记"),
            format!("the lot was not assayed: measure at least {needed} seeds and enter the result"),
        )];
    };
    let mut holds = Vec::new();
    if !last.yes("accepted") {
        holds.push(hold(
            rule.failed,
            format!("{} 的抽检结论为不合格：请隔离该批次，或复测后重新登记", last.day),
            format!("the assay of {} was not accepted: quarantine the lot, or measure again and enter it", last.day),
        ));
    }
    let sampled = last.number("sampled").unwrap_or(0.0);
    if sampled < f64::from(needed) {
        holds.push(hold(
            rule.failed,
            format!("{} 只抽检了 {sampled} 粒，应不少于 {needed} 粒：请补测", last.day),
            format!("the assay of {} has {sampled} seeds, and needs {needed}: measure more", last.day),
        ));
    }
    let certified = noon(last.day, zone).and_then(|at| worth(lot, at).ok()).map(|worth| worth.strength.value());
    match (last.number("mean_u"), certified) {
        (Some(mean), Some(certified)) => {
            let off = (mean / certified - 1.0) * 100.0;
            if !within(off, rule.mean_percent) {
                let most = rule.mean_percent;
                holds.push(hold(
                    rule.failed,
                    format!("抽检平均 {mean:.3} U，证书衰变至 {} 为 {certified:.3} U，相差 {off:+.1}%，超过 {most}%：请复测并联系生产企业", last.day),
                    format!("the mean is {mean:.3} U, the certificate decayed to {} says {certified:.3} U: {off:+.1} %, more than {most} %: measure again and ask the maker", last.day),
                ));
            }
        }
        (None, _) => holds.push(hold(
            rule.failed,
            format!("{} 的抽检没有平均强度：请补填", last.day),
            format!("the assay of {} has no mean strength: enter it", last.day),
        )),
        (_, None) => holds.push(hold(
            rule.failed,
            format!("没有核素 {} 的衰变数据，无法核对强度：请改正批次的核素", lot.nuclide),
            format!("the strength cannot be compared, no decay data for {}: correct the lot's nuclide", lot.nuclide),
        )),
    }
    let single = &pack.assay_single;
    if let Some(off) = last.number("largest_deviation_percent").filter(|off| !within(*off, single.single_percent)) {
        let most = single.single_percent;
        let sentence = Sentence::new(
            format!("单粒最大偏差 {off}%，超过 {most}%：请扩大抽检，偏差大的粒子隔离"),
            format!(
                "one seed is {off} % off, more than {most} %: measure more seeds, and quarantine those that are off"
            ),
        );
        holds.push(Hold::new("assay_single", single.failed, &single.origin, sentence));
    }
    holds
}

/// Whether a deviation is allowed; what is not a number is not.
fn within(off: f64, most: f64) -> bool {
    off.abs() <= most
}

fn leak(lot: &Lot, records: &[&Record], rule: &LeakRule) -> Vec<Hold> {
    let id = Nuclide::find(&lot.nuclide).map_or(lot.nuclide.as_str(), |nuclide| nuclide.id.as_str());
    if !rule.nuclides.iter().any(|name| name == id) {
        return Vec::new();
    }
    let hold = |severity, zh: String, en: String| Hold::new("leak_test", severity, &rule.origin, Sentence { zh, en });
    let limit = rule.limit_bq;
    let passed = |one: &Record| one.yes("accepted") && one.number("largest_bq").is_some_and(|bq| bq <= limit);
    let Some((last, earlier)) = records.split_last() else {
        return vec![hold(
            rule.missing,
            format!("该批次没有泄漏检验记录：请检验至少 {} 粒，或登记生产企业的检验结果", rule.seeds),
            format!("the lot has no leak test: test at least {} seeds, or enter the maker's result", rule.seeds),
        )];
    };
    let mut holds = Vec::new();
    if !passed(last) {
        let found = last.number("largest_bq").map_or("—".to_owned(), |bq| bq.to_string());
        holds.push(hold(
            rule.failed,
            format!("{} 的泄漏检验不合格（最大 {found} Bq，限值 {limit} Bq）：请隔离该批次；若非泄漏所致，去污后另取 {} 粒复试", last.day, rule.again),
            format!("the leak test of {} failed (largest {found} Bq, limit {limit} Bq): quarantine the lot; if nothing leaks, clean the seed and test {} more", last.day, rule.again),
        ));
    }
    let failed_before = earlier.iter().any(|one| !passed(one));
    let needed = if failed_before { rule.again } else { rule.seeds }.min(lot.count);
    let sampled = last.number("sampled").unwrap_or(0.0);
    if sampled < f64::from(needed) {
        holds.push(hold(
            rule.failed,
            format!("{} 的泄漏检验只有 {sampled} 粒，应不少于 {needed} 粒：请补检", last.day),
            format!("the leak test of {} has {sampled} seeds, and needs {needed}: test more", last.day),
        ));
    }
    holds
}
