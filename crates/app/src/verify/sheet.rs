//! The verification as the report wants it, in one of its languages.

mod comparison;
mod curves;
mod implant;
mod indices;
mod provenance;

use dose::criteria::{Outcome as Found, Severity as Weight, Verdict};
use report::Language;
use report::verification as r;

use super::Verified;
use super::notice::{Level, Notice};

pub use curves::{Points, points};

/// Picks the Chinese or the English sentence.
type Say<'s> = &'s dyn Fn(&str, &str) -> String;

/// Everything the report shows.
pub fn fill<'a>(v: &'a Verified<'_>, language: Language, points: &'a Points, result_hash: &str) -> r::Verification<'a> {
    let say = |zh: &str, en: &str| if language == Language::Chinese { zh.to_owned() } else { en.to_owned() };
    let (case, patient) = patient(v, &say);
    r::Verification {
        case,
        patient,
        institution: v.request.institution.clone().unwrap_or_default(),
        study: implant::study(v),
        implant: implant::implant(v, &say),
        prescription: v.prescription,
        verdict: verdict(v, &say),
        ct: Some(v.chosen.volume),
        dose: &v.dose.volume,
        structures: &v.chosen.set.structures,
        target: Some(v.target.number),
        seeds: implant::seeds(v),
        curves: curves::curves(v, &v.measured, &points.ours),
        indices: indices::indices(v, language),
        comparison: comparison::comparison(v, points, &say),
        system: comparison::system(v, &say),
        warnings: Notice::grouped(&v.notices)
            .iter()
            .map(|notice| r::Warning {
                severity: match notice.level {
                    Level::Serious => r::Severity::Blocking,
                    Level::Warning => r::Severity::Caution,
                    Level::Note => r::Severity::Note,
                },
                text: if language == Language::Chinese { spaced(&notice.zh) } else { sentence(&notice.en) },
            })
            .collect(),
        methods: provenance::methods(v, &say),
        data: provenance::data(v),
        inputs: provenance::inputs(&v.study.files, language),
        software: format!("Dosewright {}", env!("CARGO_PKG_VERSION")),
        result_hash: result_hash.to_owned(),
        ledger_head: v.ledger_head.clone(),
        generated: moment(&v.now),
        display: display(v),
    }
}

/// Number of the case, and the patient: as registered where the verification is of a case, else as the files say.
fn patient(v: &Verified<'_>, say: Say<'_>) -> (String, r::Patient) {
    let sex = |sex: &str| match sex {
        "M" => say("男", "male"),
        "F" => say("女", "female"),
        "O" => say("其他", "other"),
        _ => String::new(),
    };
    let birth = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    if let Some(one) = &v.registered {
        let patient = r::Patient {
            name: one.name.clone(),
            id: one.number.clone(),
            birth: birth(one.birth_date),
            sex: sex(&one.sex),
        };
        return (one.case.clone(), patient);
    }
    let one = &v.study.patient;
    let patient = r::Patient {
        name: shown_name(&one.name),
        id: one.id.clone(),
        birth: birth(one.birth_date),
        sex: sex(&one.sex),
    };
    (if one.id.is_empty() { v.study.identity.id.clone() } else { one.id.clone() }, patient)
}

/// Chinese with a space between Han characters and figures, and a full stop.
fn spaced(text: &str) -> String {
    let han = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        let meets = |before: char| (han(before) && c.is_ascii_digit()) || (before.is_ascii_digit() && han(c));
        if out.chars().next_back().is_some_and(meets) {
            out.push(' ');
        }
        out.push(c);
    }
    if out.ends_with(|c: char| han(c) || c.is_ascii_alphanumeric() || c == '）' || c == ')') {
        out.push('。');
    }
    out
}

/// With a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The ideographic form of a DICOM name where there is one, without the component separators.
fn shown_name(name: &str) -> String {
    let groups: Vec<&str> = name.split('=').collect();
    let group = groups.get(1).filter(|g| !g.trim().is_empty()).or(groups.first()).copied().unwrap_or_default();
    let parts: Vec<&str> = group.split('^').filter(|part| !part.is_empty()).collect();
    let han = group.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c) || c > '\u{20000}');
    parts.join(if han { "" } else { " " })
}

fn verdict(v: &Verified<'_>, say: Say<'_>) -> r::Verdict {
    let serious = v.notices.iter().any(|notice| notice.level == Level::Serious);
    let missed = |weight: Weight| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for finding in &v.judged.findings {
            if finding.outcome == Found::NotMet && finding.clause.severity == weight {
                let name = format!("{} {}", finding.structure.as_deref().unwrap_or_default(), finding.clause.index);
                names.extend(Some(name.trim().to_owned()).filter(|name| !names.contains(name)));
            }
        }
        names
    };
    let (required, advised) = (missed(Weight::Required), missed(Weight::Advised));
    let advice_only = !v.judged.findings.iter().any(|f| f.clause.severity == Weight::Required);
    let (outcome, mut sentence) = match v.judged.verdict {
        Verdict::NotMet => (
            r::Outcome::NotMet,
            say(
                &format!("必需判据未达标：{}。", required.join("、")),
                &format!("Required criteria not met: {}.", required.join(", ")),
            ),
        ),
        Verdict::Incomplete if advice_only => (
            r::Outcome::NotJudged,
            say(
                "这些判据只有建议限值，没有必需限值，仅供比较。",
                "These criteria hold advice only, nothing required; the figures serve comparison.",
            ),
        ),
        Verdict::Incomplete => (
            r::Outcome::NotJudged,
            say(
                "至少一项必需判据无法评价，见下表。",
                "At least one required criterion could not be judged; see the table.",
            ),
        ),
        Verdict::Met if serious => (
            r::Outcome::Review,
            say(
                "必需判据均达标，但须先解决下列警告。",
                "All required criteria are met, but a warning has to be settled first.",
            ),
        ),
        Verdict::Met => (r::Outcome::Met, say("必需判据均达标。", "All required criteria are met.")),
    };
    if !advised.is_empty() {
        sentence.push_str(&say(
            &format!("未达建议值：{}。", advised.join("、")),
            &format!(" Advice not met: {}.", advised.join(", ")),
        ));
    } else if advice_only && v.judged.findings.iter().all(|finding| finding.outcome == Found::Met) {
        sentence.push_str(&say("建议值均达到。", " All advice is met."));
    }
    let title = say(&v.pack.title_zh, &v.pack.title).replace("125I", "¹²⁵I");
    r::Verdict { outcome, sentence, criteria: format!("{title} ({} {})", v.pack.id, v.pack.version) }
}

/// Soft-tissue window, or a lung window where the seeds lie in lung.
fn display(v: &Verified<'_>) -> r::Display {
    if v.seeds.lie_in_lung(v.chosen.volume) {
        return r::Display { window_level: -200.0, window_width: 1600.0, ..r::Display::default() };
    }
    r::Display::default()
}

pub(crate) fn moment(now: &jiff::Zoned) -> r::Moment {
    r::Moment {
        year: now.year().unsigned_abs(),
        month: now.month().unsigned_abs(),
        day: now.day().unsigned_abs(),
        hour: now.hour().unsigned_abs(),
        minute: now.minute().unsigned_abs(),
        second: now.second().unsigned_abs(),
        utc_offset_minutes: (now.offset().seconds() / 60) as i16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_has_its_spaces_and_full_stop() {
        assert_eq!(spaced("预期58粒，检出57粒"), "预期 58 粒，检出 57 粒。");
        assert_eq!(spaced("粒子 2 与粒子 6（中心距4.1 mm）"), "粒子 2 与粒子 6（中心距 4.1 mm）。");
        assert_eq!(spaced("请核对名称。"), "请核对名称。");
    }
}
