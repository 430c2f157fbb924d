//! `dosewright criteria`: the criteria packs.

use std::fmt::Write as _;
use std::path::Path;

use dose::criteria::{Comparison, Pack, Severity, embedded, load};
use serde_json::{Value, json};

use super::{Answer, CriteriaVerb};
use crate::failure::{Failure, unusable};

/// Lists, shows or checks.
pub fn run(verb: &CriteriaVerb) -> Result<Answer, Failure> {
    let packs = embedded().map_err(unusable)?;
    match verb {
        CriteriaVerb::List => {
            let mut out = String::new();
            for pack in &packs {
                let _ = writeln!(out, "{:<28} {:<8} {} / {}", pack.id, pack.version, pack.title_zh, pack.title);
            }
            Ok(Answer::new(out, Value::Array(packs.iter().map(json).collect())))
        }
        CriteriaVerb::Show { pack } => {
            let known: Vec<&str> = packs.iter().map(|one| one.id.as_str()).collect();
            let found = packs.iter().find(|one| one.id == *pack).ok_or_else(|| {
                Failure::input(format!("there is no criteria pack '{pack}'; choose one of {}", known.join(", ")))
            })?;
            Ok(Answer::new(text(found), json(found)))
        }
        CriteriaVerb::Check { file } => check(file),
    }
}

fn check(file: &Path) -> Result<Answer, Failure> {
    let name = file.display();
    let content =
        std::fs::read_to_string(file).map_err(|error| Failure::input(format!("{name} cannot be read: {error}")))?;
    let pack = load(&content).map_err(|error| Failure::input(format!("{name}: {error}")))?;
    Ok(Answer::new(format!("{name} can be used with --criteria\n\n{}", text(&pack)), json(&pack)))
}

fn text(pack: &Pack) -> String {
    let mut out = format!("{} {}\n{} / {}\n{}\n\n", pack.id, pack.version, pack.title_zh, pack.title, pack.note.trim());
    for clause in &pack.clauses {
        let side = if clause.comparison == Comparison::AtLeast { "≥" } else { "≤" };
        let weight = if clause.severity == Severity::Required { "required" } else { "advised" };
        let (structure, index) = (&clause.structure, clause.index.to_string());
        let _ = writeln!(out, "{structure} {index} {side} {} {} ({weight})", clause.limit, clause.unit.symbol());
        let _ = writeln!(out, "    {}", clause.source);
        let _ = writeln!(out, "    {}", clause.checked.as_deref().unwrap_or("unverified"));
    }
    out
}

fn json(pack: &Pack) -> Value {
    json!({
        "id": pack.id, "version": pack.version, "title": pack.title, "title_zh": pack.title_zh, "note": pack.note,
        "prescription_gy": pack.prescription_gy,
        "clauses": pack.clauses.iter().map(|clause| json!({
            "id": clause.id, "structure": clause.structure, "index": clause.index.to_string(),
            "at_least": (clause.comparison == Comparison::AtLeast).then_some(clause.limit),
            "at_most": (clause.comparison == Comparison::AtMost).then_some(clause.limit),
            "unit": clause.unit.symbol(), "required": clause.severity == Severity::Required,
            "source": clause.source, "source_zh": clause.source_zh, "checked": clause.checked,
        })).collect::<Vec<_>>(),
    })
}
