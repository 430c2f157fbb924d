//! `dosewright reproduce`: the same inputs must give the same dose, to the byte.

use std::fs;
use std::path::Path;

use report::verification::Fonts;
use serde_json::{Value, json};

use super::{Answer, ReproduceArgs};
use crate::failure::Failure;
use crate::output::write_file;
use crate::verify::{FORMAT, LanguageChoice, Request, digest, dose_digest, files, read, verify};
use crate::watch::Watch;

/// Computes again and compares.
pub fn run(args: &ReproduceArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    let name = args.result.display();
    let text =
        fs::read_to_string(&args.result).map_err(|error| Failure::input(format!("{name} cannot be read: {error}")))?;
    let record: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::input(format!("{name} is not a result of Dosewright: {error}")))?;
    if record["format"] != "dosewright-result" {
        return Err(Failure::input(format!(
            "{name} is not a result of Dosewright; give the result.json of a verification"
        )));
    }
    if record["format_version"] != FORMAT {
        return Err(Failure::input(format!(
            "{name} has format version {}, this program reads {FORMAT}; use the version of Dosewright that wrote it ({})",
            record["format_version"], record["software"]["version"]
        )));
    }
    let mut request: Request = serde_json::from_value(record["request"].clone())
        .map_err(|error| Failure::input(format!("{name}: its request cannot be read: {error}")))?;
    if let Some(case) = &args.case {
        request.case.clone_from(case);
    }
    request.check()?;
    let then = moment(field(&record, "computed_at", &args.result)?)
        .map_err(|error| Failure::input(format!("{name}: computed_at cannot be read: {error}")))?;

    let study = read(&request, watch)?;
    check_inputs(&record, &study, &args.result)?;
    let verified = verify(&request, &study, &then, watch)?;
    let files = files(&verified, LanguageChoice::En, &Fonts::embedded())?;
    let rtdose =
        files.iter().find(|file| file.name == "dose.dcm").map(|file| file.bytes.as_slice()).unwrap_or_default();
    let got = [dose_digest(&verified.dose.volume), digest(rtdose)];
    let wanted = [text_of(&record["dose"]["sha256"]), text_of(&output_digest(&record, "dose.dcm"))];
    if let Some(out) = &args.out {
        write_file(out, rtdose)?;
    }
    for (what, (got, wanted)) in ["dose", "RTDOSE file"].iter().zip(got.iter().zip(&wanted)) {
        if got != wanted {
            return Err(Failure::failed(format!(
                "the {what} is NOT the same: SHA-256 {got}, recorded {wanted}; recorded by Dosewright {}, this is {}",
                text_of(&record["software"]["version"]),
                env!("CARGO_PKG_VERSION")
            )));
        }
    }
    let [dose, file] = got;
    Ok(Answer::new(
        format!("the same to the byte\n  dose    {dose}\n  RTDOSE  {file}\n"),
        json!({ "same": true, "dose_sha256": dose, "rtdose_sha256": file }),
    ))
}

/// A moment with its offset from UTC, which the RTDOSE bears; a time zone's name, if there is one, is not looked up.
fn moment(text: &str) -> Result<jiff::Zoned, jiff::Error> {
    let offset = jiff::fmt::temporal::Pieces::parse(text)?.to_numeric_offset().unwrap_or(jiff::tz::Offset::UTC);
    Ok(text.parse::<jiff::Timestamp>()?.to_zoned(offset.to_time_zone()))
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or("(none)").to_owned()
}

fn field<'v>(record: &'v Value, name: &str, path: &Path) -> Result<&'v str, Failure> {
    record[name].as_str().ok_or_else(|| Failure::input(format!("{}: '{name}' is missing", path.display())))
}

fn output_digest(record: &Value, name: &str) -> Value {
    let outputs = record["outputs"].as_array().cloned().unwrap_or_default();
    outputs.into_iter().find(|output| output["name"] == name).map(|output| output["sha256"].clone()).unwrap_or_default()
}

/// Every input must be the file it was.
fn check_inputs(record: &Value, study: &image::study::Study, path: &Path) -> Result<(), Failure> {
    let mut wrong: Vec<String> = Vec::new();
    let recorded = record["inputs"].as_array().cloned().unwrap_or_default();
    for input in &recorded {
        let name = text_of(&input["path"]);
        match study.files.iter().find(|file| file.path.as_os_str() == name.as_str()) {
            None => wrong.push(format!("{name} is missing")),
            Some(file) if input["sha256"] != file.sha256.as_str() => wrong.push(format!("{name} has changed")),
            Some(_) => {}
        }
    }
    for file in &study.files {
        if !recorded.iter().any(|input| input["path"].as_str() == file.path.to_str()) {
            wrong.push(format!("{} is new", file.path.display()));
        }
    }
    if recorded.is_empty() {
        wrong.push("it lists no inputs".to_owned());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let more = wrong.len().saturating_sub(5);
    wrong.truncate(5);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Failure::input(format!(
        "the inputs are not those of {}: {}{tail}; restore them, or name their folder with --case",
        path.display(),
        wrong.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_wherever_its_time_zone_is_known() {
        for text in [
            "2026-03-02T08:00:00+08:00",
            "2026-03-02T08:00:00+08:00[Asia/Shanghai]",
            "2026-03-02T08:00:00+08:00[Nowhere/Known]",
        ] {
            let read = moment(text).unwrap();
            assert_eq!((read.datetime().hour(), read.offset().seconds()), (8, 8 * 3600), "{text}");
        }
        assert_eq!(moment("2026-03-02T08:00:00+00:00[UTC]").unwrap().datetime().hour(), 8);
        assert!(moment("yesterday").is_err());
    }
}
