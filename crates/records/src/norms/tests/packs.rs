//! The packs themselves: complete, true to the norm's words, and unchanged.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::norms::check::Check;
use crate::norms::{Kind, Pack, PackError};

/// Edition and digest of every built-in pack. A pack that was used is never changed: raise its edition, then put the new digest here.
const EDITIONS: [(&str, u32, &str); 2] = [
    ("G07-2022", 1, "a8a282949d50f42f1b086e1c7894a408ae545076adf3564174f157a9fc661629"),
    ("G08-2022", 1, "7a510ba5dc13ccb3092306c8b1e9068030275dce3d9be2bb4f0b5fe31b429f39"),
];

#[test]
fn the_packs_are_those_of_their_editions() {
    for (pack, (id, edition, digest)) in Pack::builtin().unwrap().iter().zip(EDITIONS) {
        let stamp = pack.stamp();
        assert_eq!((stamp.pack.as_str(), stamp.edition, stamp.digest.to_string().as_str()), (id, edition, digest));
    }
}

#[test]
fn every_clause_has_a_rule_or_is_left_out_with_a_reason() {
    for pack in Pack::builtin().unwrap() {
        let ruled: BTreeSet<&String> =
            pack.rules.iter().flat_map(|rule| rule.also.iter().chain([&rule.clause])).collect();
        let left: BTreeSet<&String> = pack.left_out.iter().map(|left| &left.clause).collect();
        for clause in &pack.clauses {
            assert!(ruled.contains(clause) || left.contains(clause), "{} {clause}", pack.id);
        }
        assert!(
            pack.left_out
                .iter()
                .all(|left| pack.clauses.contains(&left.clause) && !left.zh.is_empty() && !left.en.is_empty())
        );
    }
}

#[test]
fn rules_say_what_they_must() {
    let mut ids = BTreeSet::new();
    for pack in Pack::builtin().unwrap() {
        let of_roles: BTreeSet<&str> = pack
            .roles
            .iter()
            .flat_map(|role| {
                let parts = [
                    role.licence.as_ref().map(|need| need.clause.as_str()),
                    role.title.as_ref().map(|need| need.clause.as_str()),
                    role.experience.as_ref().map(|need| need.clause.as_str()),
                    role.training.as_ref().map(|need| need.clause.as_str()),
                    role.exemption.as_ref().map(|need| need.clause.as_str()),
                ];
                parts.into_iter().flatten().chain(role.courses.iter().map(|need| need.clause.as_str()))
            })
            .collect();
        assert!(of_roles.iter().all(|clause| pack.clauses.iter().any(|one| one == clause)));
        for rule in &pack.rules {
            assert!(ids.insert(rule.id.clone()) && rule.id.starts_with(&pack.id[..3]));
            assert!(
                !rule.proof.is_empty() && !rule.how_zh.is_empty() && !rule.how_en.is_empty() && !rule.en.is_empty(),
                "{}",
                rule.id
            );
            let is_attested = matches!(rule.check, Check::Attestation { .. });
            assert_eq!(rule.kind == Kind::Attest, is_attested, "{}", rule.id);
        }
        for rule in pack.rules.iter().filter(|rule| rule.ours) {
            let reason = rule.reason().unwrap();
            let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(reason.zh.contains(han) && reason.en.len() > 20 && !reason.en.contains(han), "{}", rule.id);
        }
    }
}

#[test]
fn fields_that_a_check_can_find_wanting_have_names() {
    for pack in Pack::builtin().unwrap() {
        for rule in &pack.rules {
            let (Check::HasRecords { must, .. }
            | Check::AllRecords { must, .. }
            | Check::Recent { must, .. }
            | Check::OperatorRecords { must, .. }) = &rule.check
            else {
                continue;
            };
            let fields = must
                .yes
                .iter()
                .chain(&must.filled)
                .chain(must.at_least.keys())
                .chain(must.any.keys())
                .chain(&must.person);
            for field in fields {
                assert!(pack.labels.contains_key(field), "{}: {field}", rule.id);
            }
        }
    }
}

#[test]
fn a_pack_that_does_not_fit_together_is_refused() {
    let text = include_str!("../../../../../data/norms/G08-2022.toml");
    assert!(Pack::parse(text).is_ok());
    for (from, to) in [
        ("id = \"G08-1.1\"", "id = \"G08-1.2\""),
        ("clause = \"一(五)\"", "clause = \"一(五十)\""),
        ("role = \"operator\", at_least = 2", "role = \"surgeon\", at_least = 2"),
        ("only_if = \"training_base\"", "only_if = \"university\""),
        ("ours = true\n", ""),
        ("fact = \"consent_before\"", "fact = \"consent_behind\""),
        ("edition = 1", "edition = 0"),
        ("subject = \"site\"", "subject = \"moon\""),
        ("severity = \"major\"", "severity = \"major\"\nsurprise = 1"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Pack::parse(&text.replacen(from, to, 1)).unwrap_err();
        assert!(
            !error.to_string().is_empty() && matches!(error, PackError::Format(_) | PackError::Rule { .. }),
            "{to}"
        );
    }
    let next = Pack::parse(&text.replacen("edition = 1", "edition = 2", 1)).unwrap();
    assert_ne!(next.stamp(), Pack::parse(text).unwrap().stamp());
}

/// The text of the norms, where it is at hand beside the project.
fn norms() -> Option<[String; 2]> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/norms/G07_G08_2022.txt");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no text of the norms at {}", path.display());
        return None;
    };
    let (first, second) = text.split_once("G08 肿瘤消融").unwrap();
    Some([first.to_owned(), second.to_owned()])
}

/// Letters and digits only, so that spaces, widths of brackets and marks of lists do not matter.
fn bare(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// A clause's path in its levels: 四, (二), 1, (4).
type Path = [String; 4];

/// The lines of a norm, each with the clause that it stands in.
fn lines(norm: &str) -> Vec<(Path, String)> {
    let mut path = Path::default();
    let is_chinese =
        |text: &str| !text.is_empty() && text.chars().all(|letter| "一二三四五六七八九十".contains(letter));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    norm.lines()
        .map(|line| line.trim().trim_start_matches("- ").replace('（', "(").replace('）', ")"))
        .map(|line| {
            let bracket = line.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(inner, _)| inner);
            let level = match (line.split_once('、'), bracket, line.split_once('.')) {
                (Some((head, _)), _, _) if is_chinese(head) => Some((0, head.to_owned())),
                (_, Some(inner), _) if is_chinese(inner) => Some((1, format!("({inner})"))),
                (_, Some(inner), _) if is_number(inner) => Some((3, format!("({inner})"))),
                (_, _, Some((head, _))) if is_number(head) => Some((2, head.to_owned())),
                _ => None,
            };
            if let Some((level, name)) = level {
                path[level] = name;
                path[level + 1..].iter_mut().for_each(String::clear);
            }
            (path.clone(), line)
        })
        .collect()
}

/// Whether one clause is above another, or the same.
fn holds(above: &Path, below: &Path) -> bool {
    above.iter().zip(below).all(|(one, other)| one == other || one.is_empty())
}

#[test]
fn the_list_of_clauses_is_that_of_the_norm() {
    let Some(norms) = norms() else { return };
    for (pack, norm) in Pack::builtin().unwrap().iter().zip(norms) {
        let mut paths: Vec<Path> = lines(&norm).into_iter().map(|(path, _)| path).collect();
        paths.dedup();
        let stands_alone = |path: &&Path| !paths.iter().any(|other| other != *path && holds(path, other));
        let mut found = vec!["序".to_owned()];
        found.extend(paths.iter().filter(stands_alone).map(|path| path.concat()));
        assert_eq!(pack.clauses, found, "{}", pack.id);
    }
}

#[test]
fn every_rule_quotes_its_own_clause() {
    let Some(norms) = norms() else { return };
    for (pack, norm) in Pack::builtin().unwrap().iter().zip(norms) {
        let lines = lines(&norm);
        let quotes = pack.rules.iter().map(|rule| (&rule.clause, &rule.text));
        let quotes = quotes.chain(pack.left_out.iter().map(|left| (&left.clause, &left.text)));
        for (clause, text) in quotes {
            let path =
                lines.iter().map(|(path, _)| path).find(|path| path.concat() == clause.replace('序', "")).unwrap();
            // the opening sentence of a list stands above the clauses in it
            let own: String =
                lines.iter().filter(|(above, _)| holds(above, path)).map(|(_, line)| bare(line)).collect();
            assert!(own.contains(&bare(text)), "{} {clause}: not there: {text}", pack.id);
        }
    }
}
