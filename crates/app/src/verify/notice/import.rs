//! What was wrong with the files, in both languages.

use std::collections::BTreeSet;

use image::study::{Problem, Severity, Study};

use super::{Level, Notice, few, sentences};

/// Most places named in one sentence.
const NAMED: usize = 6;

/// The problems, equal ones told once.
pub fn of_study(study: &Study) -> Vec<Notice> {
    let mut groups: Vec<(Level, String, Vec<String>, Vec<&Problem>)> = Vec::new();
    for problem in &study.problems {
        let level = match problem.severity {
            Severity::Note => Level::Note,
            // a file that could not be used was left out; whether that matters, only the reader can say
            Severity::Warning | Severity::Error => Level::Warning,
        };
        let text = chinese(&problem.reason);
        match groups.iter_mut().find(|(l, zh, _, _)| *l == level && *zh == text) {
            Some((_, _, places, problems)) => {
                places.push(place(problem));
                problems.push(problem);
            }
            None => groups.push((level, text, vec![place(problem)], vec![problem])),
        }
    }
    let mut notices = Vec::new();
    for (level, zh, places, problems) in groups {
        let places: Vec<String> = places.into_iter().filter(|place| !place.is_empty()).collect();
        let zh = if places.is_empty() { zh } else { format!("{}：{zh}", few(&places, NAMED).0) };
        let sentences: BTreeSet<String> = problems.iter().map(|problem| bare(problem)).collect();
        let english = match (sentences.first(), sentences.len()) {
            // one sentence with all its places
            (Some(sentence), 1) if !places.is_empty() => format!("{}: {sentence}", few(&places, NAMED).1),
            _ => few(&problems.iter().map(|problem| english(problem)).collect::<Vec<_>>(), 3).1,
        };
        notices
            .push(Notice { level, zh: format!("导入：{zh}。"), en: format!("import: {english}"), subject: None });
    }
    notices
}

/// What is not known is not hidden: it is told in English, and said to be.
/// A sentence of the reader in Chinese, where it has one.
pub fn chinese(reason: &str) -> String {
    sentences::chinese(reason).unwrap_or_else(|| format!("（英文原文）{reason}"))
}

/// The remark without its place.
fn bare(problem: &Problem) -> String {
    match problem.reason.strip_prefix("tolerated: ") {
        Some(rest) => match rest.split_once(": ") {
            Some((tag, what)) if tag.starts_with('(') => what.to_owned(),
            _ => rest.to_owned(),
        },
        None => problem.reason.clone(),
    }
}

/// File and attribute.
fn place(problem: &Problem) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !problem.path.as_os_str().is_empty() {
        parts.push(problem.path.display().to_string());
    }
    // a repair names its attribute in the sentence
    let told = problem.reason.strip_prefix("tolerated: ").and_then(|rest| rest.split_once(": ")).map(|(tag, _)| tag);
    parts.extend(problem.tag.as_deref().or(told.filter(|tag| tag.starts_with('('))).map(str::to_owned));
    parts.join(" ")
}

fn english(problem: &Problem) -> String {
    let place = problem.path.display().to_string();
    let tag = problem.tag.clone().map(|tag| format!("{tag}: ")).unwrap_or_default();
    let colon = if place.is_empty() { "" } else { ": " };
    format!("{place}{colon}{tag}{}", problem.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerated(what: &str) -> Problem {
        Problem { path: "SS001.dcm".into(), tag: None, reason: format!("tolerated: {what}"), severity: Severity::Note }
    }

    #[test]
    fn equal_repairs_are_one_chinese_sentence_with_their_places() {
        let charset = "not ASCII although no (0008,0005) Specific Character Set says so; decoded as ISO 8859-1";
        let study = Study {
            problems: vec![
                tolerated(&format!("(3006,0026) ROIName: {charset}")),
                tolerated(&format!("(3006,0085) ROIObservationLabel: {charset}")),
                tolerated("something new"),
            ],
            ..Study::default()
        };
        let notices = of_study(&study);
        assert_eq!(notices.len(), 2);
        let zh = &notices[0].zh;
        assert!(zh.contains("字符集") && zh.contains("ROIName") && zh.contains("ROIObservationLabel"), "{zh}");
        assert!(!zh.contains("ASCII although") && notices[0].en.contains("decoded as ISO 8859-1"));
        assert!(notices[1].zh.contains("something new"), "what is not known is not hidden");
    }
}
