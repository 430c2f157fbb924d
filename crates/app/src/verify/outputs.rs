//! All files of a finished verification, in memory.

use report::Language;
use report::csv;
use report::verification::{Fonts, pdf};

use super::objects::{self, Content};
use super::request::LanguageChoice;
use super::{Verified, record, sheet};
use crate::failure::{Failure, unusable};

/// A file to be written.
pub struct OutputFile {
    /// its name in the folder
    pub name: String,
    /// its bytes
    pub bytes: Vec<u8>,
}

fn file(name: &str, bytes: Vec<u8>) -> OutputFile {
    OutputFile { name: name.to_owned(), bytes }
}

/// Dose, plan, tables, record and reports. The record lists the digests of the first; the reports bear the record's.
pub fn files(v: &Verified<'_>, languages: LanguageChoice, fonts: &Fonts) -> Result<Vec<OutputFile>, Failure> {
    let objects = objects::encode(&Content {
        request: v.request,
        study: v.study,
        chosen: &v.chosen,
        target: v.target.number,
        target_name: &v.target.name,
        prescription: v.prescription,
        seeds: &v.seeds,
        dose: &v.dose.volume,
        now: &v.now,
    })?;
    let curves = sheet::points(v);
    let sheet = sheet::fill(v, Language::English, &curves, "");
    let mut files = vec![
        file("dose.dcm", objects.dose.bytes),
        file("plan.dcm", objects.plan.bytes),
        file("dvh.csv", csv::dvh(&sheet.curves).into_bytes()),
        file("seeds.csv", csv::seeds(&sheet.seeds, &sheet.implant.groups).into_bytes()),
    ];
    let mut text = serde_json::to_string_pretty(&record::json(v, &files))
        .map_err(|error| Failure::failed(format!("result.json cannot be written: {error}")))?;
    text.push('\n');
    let hash = record::digest(text.as_bytes());
    for &language in languages.languages() {
        let bytes = pdf(&sheet::fill(v, language, &curves, &hash), language, fonts).map_err(unusable)?;
        files.push(file(&format!("report.{language}.pdf"), bytes));
    }
    files.push(file("result.json", text.into_bytes()));
    Ok(files)
}
