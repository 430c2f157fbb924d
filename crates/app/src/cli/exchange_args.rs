//! The arguments of `export` and `import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use super::register_args::DataArgs;

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// a ZIP of CSV files
    Csv,
    /// a workbook
    Xlsx,
    /// a ZIP of Parquet files
    Parquet,
}

/// Of which hospital, and into which file.
#[derive(Debug, Args)]
pub struct OutArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Code of the hospital [default: all; of a package: the only one there is]
    #[arg(long, value_name = "CODE")]
    pub hospital: Option<String>,
    /// File to write; only its owner may read it
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `dosewright export …`
#[derive(Debug, Subcommand)]
pub enum ExportVerb {
    /// The register as tables, with a dictionary
    #[command(after_help = "Example:
  dosewright export tables --data /srv/dosewright --identity --format xlsx --out register.xlsx\n
Without --identity names and numbers of patients and people stay behind; free text does not: for whom may not know the patients, export a
study. That it was exported is noted in the ledger.")]
    Tables(TablesArgs),
    /// The register without what says who somebody is
    #[command(after_help = "Example:
  dosewright export study --data /srv/dosewright --policy shifted --from 2026-01-01 --until 2026-12-31 --out study.zip\n
The key of its pseudonyms is exchange.key in the data folder, made at the first export; it stays there and is in no backup.
What a policy is worth: docs/methods/exchange.md.")]
    Study(StudyArgs),
    /// A case as a FHIR R4 bundle
    #[command(
        after_help = "Example:\n  dosewright export fhir --data /srv/dosewright --case 2026-0001 --out case.fhir.json"
    )]
    Fhir(FhirArgs),
    /// A package of cases for the province
    #[command(after_help = "Examples:
  dosewright export province --data /srv/dosewright --from 2026-05-01 --until 2026-05-31 --check
  dosewright export province --data /srv/dosewright --from 2026-05-01 --until 2026-05-31 --as chen --out may.json --xlsx may.xlsx\n
Each of its cases is noted as sent. With --check nothing is written: it says what would be sent. Exit code 3 when a case cannot be sent.")]
    Province(ProvinceArgs),
}

/// `dosewright export tables`
#[derive(Debug, Args)]
pub struct TablesArgs {
    /// Where from and where to
    #[command(flatten)]
    pub of: OutArgs,
    /// How they are written
    #[arg(long, value_enum, default_value = "csv")]
    pub format: FormatArg,
    /// Begin each CSV with the mark by which Excel knows UTF-8
    #[arg(long)]
    pub excel: bool,
    /// With names and numbers of patients and people
    #[arg(long)]
    pub identity: bool,
}

/// `dosewright export study`
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// Where from and where to
    #[command(flatten)]
    pub of: OutArgs,
    /// Name of the policy: shifted or day-numbers
    #[arg(long)]
    pub policy: String,
    /// Mark groups of fewer patients than this
    #[arg(long, value_name = "N", default_value = "5")]
    pub k: usize,
    /// First day of the procedure
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Last day of the procedure
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// How it is written
    #[arg(long, value_enum, default_value = "csv")]
    pub format: FormatArg,
    /// Begin each CSV with the mark by which Excel knows UTF-8
    #[arg(long)]
    pub excel: bool,
}

/// `dosewright export fhir`
#[derive(Debug, Args)]
pub struct FhirArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Number of the case
    #[arg(long, value_name = "NUMBER")]
    pub case: String,
    /// Say who the patient is [default: under a pseudonym, days shifted]
    #[arg(long)]
    pub named: bool,
    /// To be put into a server [default: to be read]
    #[arg(long)]
    pub transaction: bool,
    /// File to write; only its owner may read it
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `dosewright export province`
#[derive(Debug, Args)]
pub struct ProvinceArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Code of the hospital [default: the only one there is]
    #[arg(long, value_name = "CODE")]
    pub hospital: Option<String>,
    /// First day of discharge, or of the procedure where no discharge is recorded
    #[arg(long, value_name = "DATE")]
    pub from: Date,
    /// Last day
    #[arg(long, value_name = "DATE")]
    pub until: Date,
    /// Numbers of cases that stay behind, with commas
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub leave_out: Vec<String>,
    /// Only say what would be sent
    #[arg(long)]
    pub check: bool,
    /// In whose name it is sent: a login
    #[arg(long = "as", value_name = "LOGIN", required_unless_present = "check")]
    pub who: Option<String>,
    /// The JSON file to write
    #[arg(long, value_name = "FILE", required_unless_present = "check")]
    pub out: Option<PathBuf>,
    /// The same as a workbook
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
}

/// `dosewright import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The table: XLSX, ODS, XLS or CSV
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Code of the hospital whose cases they are [default: the only one there is]
    #[arg(long, value_name = "CODE")]
    pub hospital: Option<String>,
    /// The sheet [default: the one in which most columns are recognised]
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Technique of cases whose row does not say
    #[arg(long, value_name = "NAME", default_value = "seed_implant")]
    pub technique: String,
    /// What the seeds are of, for columns in mCi: I-125 or Pd-103
    #[arg(long, value_name = "NUCLIDE")]
    pub nuclide: Option<String>,
    /// How columns are taken: a file that --write-mapping wrote, corrected by hand
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Write how columns would be taken, to be corrected
    #[arg(long, value_name = "FILE")]
    pub write_mapping: Option<PathBuf>,
    /// Take the rows; without it they are only looked at
    #[arg(long, requires = "who")]
    pub take: bool,
    /// In whose name they are taken: a login
    #[arg(long = "as", value_name = "LOGIN")]
    pub who: Option<String>,
}
