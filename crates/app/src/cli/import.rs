//! `dosewright import`: another register's table, looked at and taken.

use std::fmt::Write as _;
use std::fs;

use exchange::import::{self as tables, Limits, Mapping, Proposal, RowError, Sheet, propose};
use records::{Action, Digest, Store as _, Technique};
use serde_json::{Value, json};

use super::export::acting;
use super::norms::hospital;
use super::serve::forms;
use super::{Answer, ImportArgs};
use crate::care::folder::{open_there, wait};
use crate::clock::Clock;
use crate::failure::{Failure, unusable};
use crate::register::import::{self, Taken, Taking};
use crate::register::trouble::{Trouble, parted};

/// Errors shown.
const SHOWN: usize = 40;

/// Imports.
pub fn run(args: &ImportArgs) -> Result<Answer, Failure> {
    wait(bring_in(args))
}

async fn bring_in(args: &ImportArgs) -> Result<Answer, Failure> {
    let bytes = fs::read(&args.file).map_err(|error| Failure::input(format!("{}: {error}", args.file.display())))?;
    let sheets = tables::read(&bytes, Limits::default()).map_err(|error| {
        let (zh, en) = parted(&error.to_string());
        Failure::input(format!("{}: {en}", args.file.display())).zh(zh)
    })?;
    let forms = forms(&args.data.data)?;
    let technique = Technique::ALL.into_iter().find(|one| one.name() == args.technique).ok_or_else(|| {
        let known = Technique::ALL.map(Technique::name).join(", ");
        Failure::usage(format!("there is no technique '{}'; choose one of {known}", args.technique))
    })?;
    let mapping = match &args.mapping {
        Some(path) => {
            let text =
                fs::read_to_string(path).map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
            serde_json::from_str(&text)
                .map_err(|error| Failure::input(format!("{} is no mapping: {error}", path.display())))?
        }
        None => proposed(&sheets, args, &forms, technique)?,
    };
    if let Some(path) = &args.write_mapping {
        crate::output::write_file(path, &serde_json::to_vec_pretty(&mapping).map_err(unusable)?)?;
    }
    let store = open_there(&args.data.data, args.data.identity_keys.as_deref()).await?;
    let failed = |error: records::StoreError| Failure::failed(error.to_string());
    let none = store.hospitals().await.map_err(failed)?.is_empty();
    let of = if none { None } else { Some(hospital(&*store, args.hospital.as_deref()).await?.id) };
    let there = import::there(&*store, of).await.map_err(failed)?;
    let proposal = tables::take(&forms, &mapping, &sheets, &there).map_err(Trouble::from)?;
    let (true, Some(login)) = (args.take, &args.who) else {
        return Ok(Answer::new(looked(&mapping, &proposal), seen(&mapping, &proposal)));
    };
    let clock = Clock::system();
    let who = acting(&*store, login, Action::ImportRecords, of).await?.id;
    let taking = Taking { store: &*store, clock: &clock, who, hospital: of, file: Digest::of(&bytes) };
    let taken = import::take(&taking, &there, proposal).await?;
    Ok(Answer::new(told(&taken), as_json(&taken)))
}

fn proposed(
    sheets: &[Sheet],
    args: &ImportArgs,
    forms: &records::forms::Forms,
    technique: Technique,
) -> Result<Mapping, Failure> {
    let chosen = sheets.iter().filter(|sheet| args.sheet.as_ref().is_none_or(|name| *name == sheet.name));
    let all = chosen.filter_map(|sheet| propose(forms, sheet, technique, args.nuclide.as_deref()));
    all.max_by_key(|mapping| mapping.columns.len()).ok_or_else(|| {
        let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let names = names.join(", ");
        Failure::input(format!(
            "no row of headers is recognised in {names}: give --sheet, or --mapping with the columns"
        ))
        .zh(format!("在 {names} 中未识别出标题行：请指定工作表或列的对应关系。"))
    })
}

fn errors(out: &mut String, errors: &[RowError]) {
    for error in errors.iter().take(SHOWN) {
        let place = if error.column.is_empty() { String::new() } else { format!(" {}", error.column) };
        let value = if error.value.is_empty() { String::new() } else { format!(" “{}”", error.value) };
        let _ = writeln!(out, "✗ {}{place}{value}  {}\n    {}", error.row, error.zh, error.en);
    }
    if errors.len() > SHOWN {
        let _ = writeln!(out, "… {}", errors.len() - SHOWN);
    }
}

fn looked(mapping: &Mapping, proposal: &Proposal) -> String {
    let mut out = format!("{}, row {}\n", mapping.sheet, mapping.header_row);
    for column in &mapping.columns {
        let _ = write!(out, "  {} → {}", column.header, column.to);
        if (column.factor - 1.0).abs() > f64::EPSILON {
            let _ = write!(out, "  × {}", column.factor);
        }
        out.push_str(if column.remark.is_empty() { "" } else { "  ! " });
        out.push_str(&column.remark);
        out.push('\n');
    }
    errors(&mut out, &proposal.errors);
    let records: usize = proposal.cases.iter().map(|case| case.records.len()).sum();
    let _ = writeln!(
        out,
        "{} rows: {} cases of {} patients with {records} forms would be taken; {} are there already, {} errors\n\
         共 {0} 行：将导入 {1} 例（{2} 名患者，{records} 份表单）；{3} 行已存在，{4} 处有误\n\
         Take them with --take --as LOGIN; correct the columns with --write-mapping FILE and --mapping FILE.",
        proposal.rows,
        proposal.cases.len(),
        proposal.patients.len(),
        proposal.duplicates.len(),
        proposal.errors.len(),
    );
    out
}

fn wrong(errors: &[RowError]) -> Vec<Value> {
    let one = |error: &RowError| json!({ "row": error.row, "column": error.column, "value": error.value, "zh": error.zh, "en": error.en });
    errors.iter().map(one).collect()
}

fn seen(mapping: &Mapping, proposal: &Proposal) -> Value {
    let records: usize = proposal.cases.iter().map(|case| case.records.len()).sum();
    json!({ "taken": false, "mapping": mapping, "rows": proposal.rows, "patients": proposal.patients.len(), "cases": proposal.cases.len(),
        "records": records, "errors": wrong(&proposal.errors), "duplicates": proposal.duplicates.len() })
}

fn told(taken: &Taken) -> String {
    let mut out = String::new();
    errors(&mut out, &taken.errors);
    let _ = writeln!(
        out,
        "{} rows: {} cases taken, {} new patients, {} forms; {} are there already, {} errors\n\
         共 {0} 行：已导入 {1} 例，新患者 {2} 名，表单 {3} 份；{4} 行已存在，{5} 处有误",
        taken.rows,
        taken.cases,
        taken.patients,
        taken.records,
        taken.duplicates.len(),
        taken.errors.len(),
    );
    out
}

fn as_json(taken: &Taken) -> Value {
    json!({ "taken": true, "rows": taken.rows, "patients": taken.patients, "cases": taken.cases, "records": taken.records,
        "errors": wrong(&taken.errors), "duplicates": taken.duplicates.len() })
}
