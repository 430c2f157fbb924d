//! The verification report, read back by other programs.

mod phantom;

use std::path::PathBuf;
use std::process::Command;

use dosewright_report::Language;
use dosewright_report::verification::{Fonts, Verification, pdf};
use phantom::Phantom;

fn save(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("the target folder can be written");
    path
}

/// What a program of poppler-utils says about a file; `None` when it is not installed.
fn poppler(program: &str, arguments: &[&str], file: &std::path::Path) -> Option<String> {
    match Command::new(program).args(arguments).arg(file).arg("-").output() {
        Ok(output) if output.status.success() => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => panic!("{program} refuses the report: {}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            println!("skipped: {program} is missing (Debian package poppler-utils)");
            None
        }
    }
}

fn make(report: &Verification<'_>, language: Language) -> Vec<u8> {
    pdf(report, language, &Fonts::embedded()).expect("a report")
}

#[test]
fn words_and_figures_can_be_searched_in_both_languages() {
    let phantom = Phantom::new();
    for (language, name, words) in [
        (
            Language::Chinese,
            "report.zh.pdf",
            ["剂量验证报告", "有判据未达标", "处方剂量", "无证据", "医学物理师", "第 1 页"],
        ),
        (
            Language::English,
            "report.en.pdf",
            ["dose verification", "Criteria not met", "Prescription", "no evidence", "physicist", "Page 1 of"],
        ),
    ] {
        let bytes = make(&phantom.report(language), language);
        assert!(bytes.len() < 3_000_000, "{} bytes", bytes.len());
        let path = save(name, &bytes);
        let Some(text) = poppler("pdftotext", &["-layout"], &path) else { return };
        for word in words {
            assert!(text.contains(word), "{word} is not in the {language} report");
        }
        for figure in ["154.1 ± 2.3", "92.7", "231.6", "CASE-2026-0142", "STM1251", "Urètre", "145.0", "290.0"] {
            assert!(text.contains(figure), "{figure} is not in the {language} report");
        }
        assert!(text.contains(if Fonts::has_rare_han() { "𠮷田㛃䶮" } else { "[U+20BB7]田㛃䶮" }));
        for nonsense in ["NaN", "inf", "⟨?⟩", "[U+"] {
            let expected = nonsense == "[U+" && !Fonts::has_rare_han();
            assert!(expected || !text.contains(nonsense), "{nonsense} is in the {language} report");
        }
    }
}

#[test]
fn the_same_report_has_the_same_bytes() {
    let phantom = Phantom::new();
    let report = phantom.report(Language::Chinese);
    let (first, second) = (make(&report, Language::Chinese), make(&report, Language::Chinese));
    assert!(first == second, "two runs differ");
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert!(one.install(|| make(&report, Language::Chinese)) == first, "the number of threads shows");
}
