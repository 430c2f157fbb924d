//! The verification report, read back by other programs.

mod phantom;

use std::path::PathBuf;
use std::process::Command;

use dosewright_report::Language;
use dosewright_report::terms;
use dosewright_report::verification::{
    FontData, Fonts, Origin, ReportError, Seed, Severity, Verification, Warning, pdf,
};
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
            ["剂量验证报告", "必需判据未达标", "处方剂量", "无证据", "医学物理师", "第 1 页"],
        ),
        (
            Language::English,
            "report.en.pdf",
            ["dose verification", "Required criteria not met", "Prescription", "no evidence", "physicist", "Page 1 of"],
        ),
    ] {
        let bytes = make(&phantom.report(language), language);
        assert!(bytes.len() < 3_000_000, "{} bytes", bytes.len());
        let path = save(name, &bytes);
        let Some(text) = poppler("pdftotext", &["-layout"], &path) else { return };
        for word in words {
            assert!(text.contains(word), "{word} is not in the {language} report");
        }
        for figure in [
            "154.1 ± 2.3",
            "92.7",
            "231.6",
            "CASE-2026-0142",
            "STM1251",
            "Urètre",
            "145.0",
            "290.0",
            "36 × 2.5 mm",
            "1954-03-08",
            "0.621",
            "Planner 9",
            "+0.3",
            "0.987–1.012",
        ] {
            assert!(text.contains(figure), "{figure} is not in the {language} report");
        }
        assert!(text.contains(if Fonts::has_rare_han() { "𠮷田㛃䶮" } else { "[U+20BB7]田㛃䶮" }));
        for nonsense in ["NaN", "inf ", "⟨?⟩", "[U+"] {
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

#[test]
fn every_font_is_embedded_subset_and_has_unicode() {
    let phantom = Phantom::new();
    let path = save("fonts.pdf", &make(&phantom.report(Language::English), Language::English));
    let output = match Command::new("pdffonts").arg(&path).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(_) => return println!("skipped: pdffonts is missing (Debian package poppler-utils)"),
    };
    let fonts: Vec<&str> = output.lines().skip(2).collect();
    assert!(fonts.len() >= 2, "{output}");
    for font in fonts {
        // columns: embedded, subset, with a map to Unicode
        assert!(font.contains(" yes yes yes "), "{font}");
    }
}

/// What goes wrong in hospitals, all at once.
#[test]
fn thousands_of_seeds_hundreds_of_warnings_and_endless_names_keep_the_layout() {
    let phantom = Phantom::new();
    let mut report = phantom.report(Language::Chinese);
    let mut random = phantom::Lcg(1);
    report.seeds = (1..=10_000)
        .map(|number| Seed {
            number,
            centre: std::array::from_fn(|a| phantom::CENTRE[a] + 40.0 * random.next() - 20.0),
            axis: None,
            confidence: None,
            origin: Origin::Plan,
            group: number % 3,
            note: if number % 50 == 0 { "与相邻粒子相接触".to_owned() } else { String::new() },
        })
        .collect();
    report.warnings = (0..200)
        .map(|i| Warning {
            severity: Severity::Caution,
            text: format!("第 {i} 条警示：{}", "需要核对的内容。".repeat(i)),
        })
        .collect();
    report.patient.name = "Wolfeschlegelsteinhausenbergerdorff".repeat(40);
    report.case = "x".repeat(5000);
    report.institution = "第一人民医院".repeat(300);
    report.implant.groups[0].model = "STM1251/".repeat(200);
    let structure = format!("{} ", "PTV_prostate_and_seminal_vesicles".repeat(30));
    report.indices.iter_mut().for_each(|index| index.structure.clone_from(&structure));
    report.curves.iter_mut().for_each(|curve| curve.structure.clone_from(&structure));
    report.indices = report.indices.iter().cycle().take(400).cloned().collect();
    report.curves = report.curves.iter().cycle().take(60).cloned().collect();
    report.verdict.sentence = "结论。".repeat(2000);
    report.inputs = report.inputs.iter().cycle().take(5000).cloned().collect();
    let bytes = make(&report, Language::Chinese);
    let path = save("crowded.pdf", &bytes);
    let Some(text) = poppler("pdftotext", &["-bbox"], &path) else { return };
    assert!(text.matches("<page ").count() > 50);
    let mut words = 0;
    for line in text.lines().filter(|line| line.contains("<word ")) {
        let number = |name: &str| -> f64 {
            let value = line.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.and_then(|value| value.parse().ok()).expect("a coordinate")
        };
        assert!(number("xMin") > 20.0 && number("xMax") < 575.3, "beyond the margin: {line}");
        assert!(number("yMin") > 15.0 && number("yMax") < 830.0, "beyond the page: {line}");
        words += 1;
    }
    assert!(words > 10_000);
}

#[test]
fn what_is_no_number_and_what_is_absent_is_said() {
    let phantom = Phantom::new();
    for language in [Language::Chinese, Language::English] {
        let mut report = phantom.report(language);
        let nan = f64::NAN;
        for index in &mut report.indices {
            index.value = nan;
            index.uncertainty = Some(f64::INFINITY);
        }
        for curve in &mut report.curves {
            curve.volume_cm3 = 0.0;
            curve.min_mean_max_gy = [nan, f64::INFINITY, f64::NEG_INFINITY];
        }
        for seed in &mut report.seeds {
            seed.centre = [nan, f64::INFINITY, 0.0];
            seed.axis = Some([nan; 3]);
            seed.confidence = Some(nan);
            seed.group = usize::MAX;
        }
        report.prescription = physics::Gray::new(nan);
        report.study.days_after_implant = Some(nan);
        report.target = Some(999);
        report.ct = None;
        report.display.isodose_percent = vec![nan, -5.0, 0.0, 100.0];
        report.display.window_width = 0.0;
        report.display.axial_slices = 0;
        let path = save(&format!("absent.{language}.pdf"), &make(&report, language));
        let Some(text) = poppler("pdftotext", &["-layout"], &path) else { return };
        assert!(!text.contains("NaN") && !text.to_lowercase().contains("inf "), "{text}");
        assert!(text.contains('—'));

        let mut empty = report.clone();
        empty.seeds.clear();
        empty.curves.clear();
        empty.indices.clear();
        empty.structures = &[];
        empty.comparison = None;
        empty.system = None;
        empty.warnings.clear();
        empty.methods.clear();
        empty.data.clear();
        empty.inputs.clear();
        empty.implant.groups.clear();
        assert!(!make(&empty, language).is_empty());
    }
}

#[test]
fn a_list_edited_by_hand_says_so_and_keeps_its_figures_whole() {
    let phantom = Phantom::new();
    for (language, moved) in [(Language::Chinese, "人工移动"), (Language::English, "moved by hand")] {
        let mut report = phantom.report(language);
        for seed in &mut report.seeds {
            seed.note.clear();
            seed.axis = Some([-0.5, -0.5, -0.707]);
            seed.origin = Origin::Found;
        }
        report.implant.groups.truncate(1);
        report.seeds.iter_mut().for_each(|seed| seed.group = 0);
        report.seeds[3].origin = Origin::Moved;
        let seeds = report.seeds.len();
        let path = save(&format!("edited.{language}.pdf"), &make(&report, language));
        let Some(text) = poppler("pdftotext", &["-layout"], &path) else { return };
        assert!(text.contains(moved));
        assert_eq!(text.matches("−0.71").count(), seeds, "a figure is cut");
    }
}

#[test]
fn characters_of_no_font_are_written_as_codes() {
    let phantom = Phantom::new();
    let mut report = phantom.report(Language::English);
    report.patient.name = "A\u{e000}\u{1f9ff}\u{0}\u{202e}B \u{627}\u{644}".to_owned();
    let path = save("codes.pdf", &make(&report, Language::English));
    let Some(text) = poppler("pdftotext", &["-layout"], &path) else { return };
    assert!(text.contains("A[U+E000][U+1F9FF]B [U+0627][U+0644]"), "{text}");
}

#[test]
fn a_broken_extra_font_or_volume_is_refused_with_a_reason() {
    let phantom = Phantom::new();
    let mut report = phantom.report(Language::English);
    let extra = Fonts::with_extra(vec![FontData { bytes: std::sync::Arc::new(b"no font".to_vec()), index: 0 }]);
    report.patient.name = "\u{1f9ff}".to_owned();
    assert!(pdf(&report, Language::English, &extra).is_ok(), "a font that cannot be read is passed over");
    let mut short = phantom.dose.clone();
    short.grid.size[2] += 1;
    report.dose = &short;
    let error = pdf(&report, Language::English, &Fonts::embedded()).expect_err("too few voxels");
    assert!(matches!(error, ReportError::Volume { what: "dose", .. }), "{error}");
}

#[test]
fn every_term_that_the_sources_use_is_in_the_table() {
    let known: std::collections::HashSet<&str> = terms::all().iter().map(|term| term.key).collect();
    let mut used = 0;
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in text.split('"').skip(1).step_by(2) {
                let parts: Vec<&str> = word.split('.').collect();
                let is_key = parts.len() == 2
                    && parts.iter().all(|p| p.len() > 2 && p.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
                if is_key && !matches!(parts[1], "ttf" | "csv" | "toml" | "dcm") {
                    assert!(known.contains(word), "{}: the term {word} is not in docs/terms.md", path.display());
                    used += 1;
                }
            }
        }
    }
    assert!(used > 90, "only {used} terms found in the sources");
}
