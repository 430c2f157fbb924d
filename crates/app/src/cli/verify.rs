//! `dosewright verify`: a folder of DICOM in, a verified dose and a report out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dose::criteria::{Outcome, Severity, Verdict};
use report::verification::Fonts;
use serde_json::json;

use super::{Answer, SeedsArg, VerifyArgs};
use crate::failure::{Exit, Failure};
use crate::output::{check_target, write_folder};
use crate::verify::{
    CriteriaChoice, GivenFile, LanguageChoice, Level, Notice, Request, SeedOrigin, Verified, files, read, seed_file,
    verdict, verify,
};
use crate::watch::{Step, Watch};

/// Verifies and writes the folder.
pub fn run(args: &VerifyArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    let request = request(args)?;
    check_target(&args.out, args.replace)?;
    let study = read(&request, watch)?;
    let verified = verify(&request, &study, &jiff::Zoned::now(), watch)?;
    watch.step(Step::Report)?;
    let files = files(&verified, args.lang, &Fonts::embedded())?;
    watch.step(Step::Writing)?;
    let named: Vec<(String, Vec<u8>)> = files.into_iter().map(|file| (file.name, file.bytes)).collect();
    write_folder(&args.out, &named)?;
    let record = args.out.join("result.json");
    let answer = Answer::new(
        text(&verified, &args.out, args.lang),
        json!({
            "result": record, "out": args.out, "verdict": verdict(verified.judged.verdict),
            "files": named.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "seeds": verified.seeds.placed.len(),
            "notices": verified.notices,
        }),
    );
    let failed = args.strict && verified.judged.verdict != Verdict::Met;
    Ok(if failed { answer.with_exit(Exit::NotMet) } else { answer })
}

/// The request that the command line makes; reads the files it names and refuses values that cannot be meant.
fn request(args: &VerifyArgs) -> Result<Request, Failure> {
    let read = |path: &PathBuf| -> Result<GivenFile, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::input(format!("{} cannot be read: {error}", path.display())))?;
        Ok(GivenFile { path: path.clone(), text })
    };
    let is_file = |name: &str| Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    let request = Request {
        prescription: args.prescription,
        seeds: match &args.seeds {
            SeedsArg::Plan => SeedOrigin::Plan,
            SeedsArg::Auto => SeedOrigin::Auto,
            SeedsArg::File(path) => SeedOrigin::Given(seed_file::read(path)?),
        },
        model: args.model.clone(),
        model_file: args.model_file.as_ref().map(read).transpose()?,
        strength: args.strength,
        strength_date: args.strength_date,
        implant_date: args.implant_date,
        count: args.count,
        target: args.target.clone(),
        criteria: match &args.criteria {
            None => None,
            Some(given) if is_file(given) => Some(CriteriaChoice::File(read(&PathBuf::from(given))?)),
            Some(id) => Some(CriteriaChoice::Id(id.clone())),
        },
        formalism: args.formalism,
        grid_mm: args.grid.value(),
        dose_bits: args.dose_bits,
        institution: args.institution.clone(),
        ..Request::of(&args.case)
    };
    request.check()?;
    Ok(request)
}

/// Warnings printed at most; the report has all.
const WARNINGS: usize = 8;
/// Characters of a warning printed at most; the report has the rest.
const WARNING_WIDTH: usize = 160;

/// The result in a dozen lines.
fn text(v: &Verified<'_>, out: &Path, language: LanguageChoice) -> String {
    let zh = language == LanguageChoice::Zh;
    let pick = |in_zh: &'static str, in_en: &'static str| if zh { in_zh } else { in_en };
    let mut text = String::new();
    let strength =
        v.seeds.kinds.first().map(|kind| format!("{:.3}, {}", kind.strength, kind.model.name)).unwrap_or_default();
    let _ = writeln!(text, "{} {} × {strength}", padded(pick("粒子", "seeds"), 7), v.seeds.placed.len());
    let _ = writeln!(text, "{} {} · {:.1}", padded(pick("靶区", "target"), 7), v.target.name, v.prescription);
    text.push_str(&findings(v, zh));
    let advice_only = !v.judged.findings.iter().any(|finding| finding.clause.severity == Severity::Required);
    let verdict = match v.judged.verdict {
        Verdict::Met => pick("结论：必需标准均达到", "verdict: all required criteria are met"),
        Verdict::NotMet => pick("结论：有必需标准未达到", "verdict: a required criterion is not met"),
        Verdict::Incomplete if advice_only => {
            pick("结论：评价标准只有建议条款，仅供比较", "verdict: none; the criteria hold advice only")
        }
        Verdict::Incomplete => pick("结论：有必需标准无法评价", "verdict: a required criterion could not be judged"),
    };
    let _ = writeln!(text, "{verdict}");
    let told = Notice::grouped(&v.notices);
    let (notes, warnings): (Vec<&Notice>, Vec<&Notice>) = told.iter().partition(|one| one.level == Level::Note);
    for notice in warnings.iter().take(WARNINGS) {
        let _ = writeln!(text, "  ! {}", cut(if zh { &notice.zh } else { &notice.en }));
    }
    let more = warnings.len().saturating_sub(WARNINGS);
    for (n, of_zh, of_en) in [(more, "条警示", "more warning(s)"), (notes.len(), "条提示", "note(s)")] {
        if n > 0 {
            let line =
                if zh { format!("另有 {n} {of_zh}，见报告") } else { format!("and {n} {of_en} in the report") };
            let _ = writeln!(text, "  {line}");
        }
    }
    let _ = writeln!(text, "→ {}", out.display());
    text
}

/// One line per clause; structure, index and value stand at the first of an index's limits.
fn findings(v: &Verified<'_>, zh: bool) -> String {
    let pick = |in_zh: &'static str, in_en: &'static str| if zh { in_zh } else { in_en };
    let names: Vec<&str> = v
        .judged
        .findings
        .iter()
        .map(|finding| finding.structure.as_deref().unwrap_or(&finding.clause.structure))
        .collect();
    let wide = names.iter().map(|name| columns(name)).max().unwrap_or(0).clamp(8, 24);
    let mut text = String::new();
    let mut before: Option<(&str, String)> = None;
    for (finding, name) in v.judged.findings.iter().zip(names) {
        let mark = match finding.outcome {
            Outcome::Met => pick("✓ 达标", "✓ met"),
            Outcome::NotMet if finding.clause.severity == Severity::Advised => pick("! 未达建议值", "! advice not met"),
            Outcome::NotMet => pick("✗ 未达标", "✗ not met"),
            Outcome::NoEvidence(_) => pick("– 无法评价", "– no evidence"),
        };
        let clause = &finding.clause;
        let value = finding.measured_gy.or(finding.measured).map_or("—".to_owned(), |value| {
            let digits = if matches!(clause.index.unit().to_string().as_str(), "" | "cm³") { 2 } else { 1 };
            format!("{value:.digits$}")
        });
        let limit = if zh { &clause.text_zh } else { &clause.text };
        let (index, unit) = (clause.index.to_string(), clause.index.unit().to_string());
        let same_name = before.as_ref().is_some_and(|(last, _)| *last == name);
        let same_index = same_name && before.as_ref().is_some_and(|(_, last)| *last == index);
        let shown = if same_name { "" } else { name };
        let figure = if same_index { String::new() } else { format!("{index:<7} {value:>8} {}", padded(&unit, 4)) };
        let _ = writeln!(text, "  {}  {}  {}  {limit}", padded(shown, wide), padded(&figure, 21), padded(mark, 17));
        before = Some((name, index));
    }
    text
}

/// Columns that a text takes in a terminal: a Han character takes two.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{300}'..='\u{36f}' => 0,
            '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{20000}'..='\u{3fffd}' => 2,
            _ => 1,
        })
        .sum()
}

/// Filled with spaces to `wide` columns.
fn padded(text: &str, wide: usize) -> String {
    format!("{text}{}", " ".repeat(wide.saturating_sub(columns(text))))
}

fn cut(text: &str) -> String {
    let mut used = 0;
    let short: String = text
        .chars()
        .take_while(|c| {
            used += columns(c.encode_utf8(&mut [0; 4]));
            used < WARNING_WIDTH
        })
        .collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_takes_two_columns_and_long_warnings_are_cut() {
        assert_eq!(columns("前列腺"), 6);
        assert_eq!(columns("Urètre"), 6);
        assert_eq!(columns(&padded("𠮷田", 8)), 8);
        let long = "警示".repeat(100);
        assert!(columns(&cut(&long)) <= WARNING_WIDTH && cut(&long).ends_with('…'));
        assert_eq!(cut("短"), "短");
    }
}
