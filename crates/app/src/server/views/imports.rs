//! Tables that are brought in.

use exchange::import::{ColumnStats, Duplicate, Mapping, Preview, Proposal, RowError, Seen, Sheet, Target, propose};
use records::forms::{FieldKind, Forms};
use records::{Digest, Technique};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::register::import::Taken;

/// Rows shown of a sheet.
const ROWS: usize = 25;
/// Errors and duplicates shown.
const SHOWN: usize = 500;

/// A code of a choice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportCode)]
pub struct CodeView {
    code: String,
    zh: String,
    en: String,
}

/// Where a column may go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportTarget)]
pub struct TargetView {
    /// `patient.number`, `case.treated_on`, `plan.prescription_gy`
    to: String,
    group_zh: String,
    group_en: String,
    zh: String,
    en: String,
    unit: String,
    /// `text`, `number`, `whole`, `date`, `date_time`, `yes_no`, `choice`, `person`…
    kind: &'static str,
    codes: Vec<CodeView>,
}

/// Where the columns of a table may go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportTargets)]
pub struct TargetsView {
    rows: Vec<TargetView>,
}

impl TargetsView {
    /// Of cases of a technique.
    pub fn new(forms: &Forms, technique: Technique) -> Self {
        let own = |group: &str, names: &[&str]| names.iter().map(|name| format!("{group}.{name}")).collect::<Vec<_>>();
        let mut rows = Vec::new();
        let mut add = |group: (&str, &str), to: &str| {
            let target: Option<Target> = to.parse().ok();
            let Some((kind, label, unit)) = target.and_then(|target| target.described(forms)) else { return };
            let codes = match &kind {
                FieldKind::Choice(codes) => codes.iter().map(|one| CodeView {
                    code: one.code.clone(),
                    zh: one.label.zh.clone(),
                    en: one.label.en.clone(),
                }),
                _ => return rows.push(TargetView::new(group, to, label, unit, &kind, Vec::new())),
            };
            let codes = codes.collect();
            rows.push(TargetView::new(group, to, label, unit, &kind, codes));
        };
        for to in own("patient", &["number", "name", "birth_date", "sex"]) {
            add(("患者", "Patient"), &to);
        }
        let of_case = [
            "number",
            "technique",
            "route",
            "method",
            "site",
            "diagnosis",
            "treated_on",
            "prescription_gy",
            "strength_u",
            "model",
            "seeds",
            "notes",
        ];
        for to in own("case", &of_case) {
            add(("病例", "Case"), &to);
        }
        for form in forms.of_case(technique) {
            for field in form.fields.iter().filter(|field| field.fits(technique) && !field.retired) {
                add((&form.label.zh, &form.label.en), &format!("{}.{}", form.name, field.name));
            }
        }
        Self { rows }
    }
}

impl TargetView {
    fn new(
        group: (&str, &str),
        to: &str,
        label: records::forms::Words,
        unit: String,
        kind: &FieldKind,
        codes: Vec<CodeView>,
    ) -> Self {
        Self {
            to: to.to_owned(),
            group_zh: group.0.to_owned(),
            group_en: group.1.to_owned(),
            zh: label.zh,
            en: label.en,
            unit,
            kind: kind.name(),
            codes,
        }
    }
}

/// A row as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub struct RowView {
    /// its number, from 1
    row: u32,
    /// by column, from 0
    cells: Vec<String>,
}

/// A sheet of a table.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportSheet)]
pub struct SheetView {
    name: String,
    /// rows that hold something
    rows: usize,
    columns: usize,
    first: Vec<RowView>,
    /// how it might be taken; none where nothing was recognised
    #[schema(value_type = Option<Object>)]
    mapping: Option<Mapping>,
}

impl SheetView {
    /// A sheet, with a proposal.
    pub fn new(sheet: &Sheet, forms: &Forms, technique: Technique, nuclide: Option<&str>) -> Self {
        let last = sheet.rows.iter().filter_map(|row| row.cells.keys().next_back()).max();
        let columns = last.map_or(0, |last| *last as usize + 1);
        let first = sheet.rows.iter().take(ROWS).map(|row| {
            let text = |column: usize| {
                let raw = row.cells.get(&(column as u32)).map(ToString::to_string).unwrap_or_default();
                raw.chars().take(60).collect()
            };
            RowView { row: row.number, cells: (0..columns).map(text).collect() }
        });
        Self {
            name: sheet.name.clone(),
            rows: sheet.rows.len(),
            columns,
            first: first.collect(),
            mapping: propose(forms, sheet, technique, nuclide),
        }
    }
}

/// A table that was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportFile)]
pub struct FileView {
    sha256: String,
    bytes: usize,
    sheets: Vec<SheetView>,
}

impl FileView {
    /// A table with its sheets.
    pub fn new(content: Digest, bytes: usize, sheets: Vec<SheetView>) -> Self {
        Self { sha256: content.to_string(), bytes, sheets }
    }
}

/// One value as it would be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportCell)]
pub struct CellView {
    raw: String,
    value: Option<String>,
    /// why it cannot be read
    zh: Option<String>,
    en: Option<String>,
}

impl From<Seen> for CellView {
    fn from(seen: Seen) -> Self {
        let (zh, en) = seen.wrong.map(|wrong| (wrong.zh, wrong.en)).unzip();
        Self { raw: seen.raw, value: seen.value, zh, en }
    }
}

/// A row as it would be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportSeenRow)]
pub struct SeenRowView {
    row: u32,
    /// in the order of the mapping's columns
    cells: Vec<CellView>,
}

/// What a column holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportColumn)]
pub struct ColumnView {
    header: String,
    to: String,
    filled: usize,
    empty: usize,
    wrong: usize,
    /// different values, the first of them
    samples: Vec<String>,
    more: bool,
    /// smallest and largest
    range: Option<[String; 2]>,
}

impl From<ColumnStats> for ColumnView {
    fn from(stats: ColumnStats) -> Self {
        Self {
            header: stats.header,
            to: stats.to.to_string(),
            filled: stats.filled,
            empty: stats.empty,
            wrong: stats.wrong,
            samples: stats.samples,
            more: stats.more,
            range: stats.range.map(|(least, most)| [least, most]),
        }
    }
}

/// What is wrong with a value, or with a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportError)]
pub struct ErrorView {
    row: u32,
    /// header; empty where it is the row
    column: String,
    value: String,
    zh: String,
    en: String,
}

impl From<&RowError> for ErrorView {
    fn from(error: &RowError) -> Self {
        Self {
            row: error.row,
            column: error.column.clone(),
            value: error.value.clone(),
            zh: error.zh.clone(),
            en: error.en.clone(),
        }
    }
}

/// A row whose case is there already.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportDuplicate)]
pub struct DuplicateView {
    row: u32,
    /// the earlier row; none where the case is in the register
    of: Option<u32>,
    /// number of the patient
    patient: String,
    day: String,
}

impl From<&Duplicate> for DuplicateView {
    fn from(one: &Duplicate) -> Self {
        Self { row: one.row, of: one.of, patient: one.patient.clone(), day: one.day.to_string() }
    }
}

/// What would be taken, or was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportResult)]
pub struct ResultView {
    /// rows below the headers
    rows: usize,
    /// patients; once taken: those who were not there
    patients: usize,
    cases: usize,
    records: usize,
    errors: Vec<ErrorView>,
    errors_total: usize,
    duplicates: Vec<DuplicateView>,
    duplicates_total: usize,
}

impl ResultView {
    fn new(
        rows: usize,
        (patients, cases, records): (usize, usize, usize),
        errors: &[RowError],
        duplicates: &[Duplicate],
    ) -> Self {
        Self {
            rows,
            patients,
            cases,
            records,
            errors: errors.iter().take(SHOWN).map(ErrorView::from).collect(),
            errors_total: errors.len(),
            duplicates: duplicates.iter().take(SHOWN).map(DuplicateView::from).collect(),
            duplicates_total: duplicates.len(),
        }
    }
}

impl From<&Taken> for ResultView {
    fn from(taken: &Taken) -> Self {
        Self::new(taken.rows, (taken.patients, taken.cases, taken.records), &taken.errors, &taken.duplicates)
    }
}

impl From<&Proposal> for ResultView {
    fn from(proposal: &Proposal) -> Self {
        let records = proposal.cases.iter().map(|case| case.records.len()).sum();
        let counts = (proposal.patients.len(), proposal.cases.len(), records);
        Self::new(proposal.rows, counts, &proposal.errors, &proposal.duplicates)
    }
}

/// A look at a table before it is taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct PreviewView {
    #[serde(flatten)]
    result: ResultView,
    columns: Vec<ColumnView>,
    first: Vec<SeenRowView>,
}

impl PreviewView {
    /// Of a mapping.
    pub fn new(preview: Preview, proposal: &Proposal) -> Self {
        let row =
            |(row, cells): (u32, Vec<Seen>)| SeenRowView { row, cells: cells.into_iter().map(Into::into).collect() };
        Self {
            result: proposal.into(),
            columns: preview.columns.into_iter().map(Into::into).collect(),
            first: preview.first.into_iter().map(row).collect(),
        }
    }
}

/// A mapping as it comes in: what [`Mapping`] reads.
///
/// # Errors
/// When it is none.
pub fn mapping(value: Value) -> Result<Mapping, serde_json::Error> {
    serde_json::from_value(value)
}
