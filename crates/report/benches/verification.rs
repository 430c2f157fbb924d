//! Time of one report: nine axial slices, two planes, all tables.

#[path = "../tests/phantom/mod.rs"]
mod phantom;

use dosewright_report::Language;
use dosewright_report::verification::{Fonts, pdf};

fn main() {
    divan::main();
}

#[divan::bench(args = [Language::Chinese, Language::English], sample_count = 10)]
fn report(bencher: divan::Bencher<'_, '_>, language: Language) {
    let phantom = phantom::Phantom::new();
    let report = phantom.report(language);
    bencher.bench_local(|| pdf(&report, language, &Fonts::embedded()).map(|bytes| bytes.len()));
}
