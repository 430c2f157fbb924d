//! `dosewright verify`: a folder of DICOM in, a verified dose and a report out.

use std::fmt::Write as _;
use std::path::Path;

use dose::criteria::{Outcome, Verdict};
use report::verification::Fonts;
use serde_json::json;

use super::{Answer, LanguageChoice, VerifyArgs};
use crate::failure::{Exit, Failure};
use crate::output::{check_target, write_folder};
use crate::verify::{Level, Request, Verified, files, read, verdict, verify};
use crate::watch::Watch;

/// Verifies and writes the folder.
pub fn run(args: &VerifyArgs, watch: &Watch) -> Result<Answer, Failure> {
    let request = Request::from_args(args)?;
    check_target(&args.out, args.replace)?;
    let study = read(&request, watch)?;
    let verified = verify(&request, &study, jiff::Zoned::now(), watch)?;
    watch.step("writing the report")?;
    let files = files(&verified, args.lang, &Fonts::embedded())?;
    watch.step("writing")?;
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

/// The result in a dozen lines.
fn text(v: &Verified<'_>, out: &Path, language: LanguageChoice) -> String {
    let zh = language == LanguageChoice::Zh;
    let pick = |in_zh: &'static str, in_en: &'static str| if zh { in_zh } else { in_en };
    let mut text = String::new();
    let strength =
        v.seeds.kinds.first().map(|kind| format!("{:.3}, {}", kind.strength, kind.model.name)).unwrap_or_default();
    let _ = writeln!(text, "{}  {} × {strength}", pick("粒子", "seeds"), v.seeds.placed.len());
    let _ = writeln!(text, "{}  {} · {:.1}", pick("靶区", "target"), v.target.name, v.prescription);
    for finding in &v.judged.findings {
        let mark = match finding.outcome {
            Outcome::Met => pick("✓ 达到", "✓ met"),
            Outcome::NotMet => pick("✗ 未达到", "✗ not met"),
            Outcome::NoEvidence(_) => pick("– 无法评价", "– no evidence"),
        };
        let clause = &finding.clause;
        let name = finding.structure.as_deref().unwrap_or(&clause.structure);
        let value = finding.measured_gy.or(finding.measured).map_or("—".to_owned(), |value| format!("{value:.1}"));
        let limit = if zh { &clause.text_zh } else { &clause.text };
        let (index, unit) = (clause.index.to_string(), clause.index.unit());
        let _ = writeln!(text, "  {name:<12} {index:<7} {value:>8} {unit:<4} {mark:<14} {limit}");
    }
    let verdict = match v.judged.verdict {
        Verdict::Met => pick("结论：必需标准均达到", "verdict: all required criteria are met"),
        Verdict::NotMet => pick("结论：有必需标准未达到", "verdict: a required criterion is not met"),
        Verdict::Incomplete => pick("结论：有必需标准无法评价", "verdict: a required criterion could not be judged"),
    };
    let _ = writeln!(text, "{verdict}");
    for notice in v.notices.iter().filter(|notice| notice.level >= Level::Warning) {
        let _ = writeln!(text, "  ! {}", if zh { &notice.zh } else { &notice.en });
    }
    let notes = v.notices.iter().filter(|notice| notice.level == Level::Note).count();
    if notes > 0 {
        let _ = if zh {
            writeln!(text, "  另有 {notes} 条提示，见报告")
        } else {
            writeln!(text, "  and {notes} note(s) in the report")
        };
    }
    let _ = writeln!(text, "→ {}", out.display());
    text
}
