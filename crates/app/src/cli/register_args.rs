//! The arguments of the verbs that look at a data folder: norms, indicators, backups, keys.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::verify::LanguageChoice;

/// Which data folder.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Folder that `dosewright serve` uses
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Key file that seals identity, where it does not lie in the data folder
    #[arg(long, value_name = "FILE")]
    pub identity_keys: Option<PathBuf>,
}

/// `dosewright norms …`
#[derive(Debug, Subcommand)]
pub enum NormsVerb {
    /// Judge a hospital by the norms G07 and G08, clause by clause
    #[command(after_help = "Example:\n  dosewright norms check --data /srv/dosewright --strict\n
The rates are of the year that ends today. With --strict the exit code is 4 when a rule is not met.")]
    Check(NormsArgs),
}

/// `dosewright norms check`
#[derive(Debug, Args)]
pub struct NormsArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Code of the hospital [default: the only one there is]
    #[arg(long, value_name = "CODE")]
    pub hospital: Option<String>,
    /// The day to judge [default: today]
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
    /// Language of the clauses and of what was found
    #[arg(long, value_enum, default_value = "both")]
    pub lang: LanguageChoice,
    /// Exit with 4 when a rule is not met
    #[arg(long)]
    pub strict: bool,
}

/// Parts of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupArg {
    /// one figure
    Whole,
    /// by month
    Month,
    /// by quarter
    Quarter,
    /// by year
    Year,
    /// by who did the procedure
    Operator,
    /// by hospital
    Hospital,
}

/// `dosewright indicators`
#[derive(Debug, Args)]
pub struct IndicatorsArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Which set: seeds-2022, ablation-2022 or nuclear-2025
    #[arg(long)]
    pub pack: String,
    /// First day, by day of discharge [default: 1 January of the last day's year]
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Last day [default: today]
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
    /// Into what parts
    #[arg(long, value_enum, default_value = "whole")]
    pub group: GroupArg,
    /// Only of the hospital with this code
    #[arg(long, value_name = "CODE")]
    pub hospital: Option<String>,
}

/// `dosewright backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Folder of backups, best on another disk; a second backup there copies only what is new
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// Read the files again that earlier backups copied
    #[arg(long)]
    pub full: bool,
}

/// `dosewright restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Folder of backups (its newest copy is taken), or one of its copies
    #[arg(long, value_name = "FOLDER")]
    pub from: PathBuf,
    /// The new data folder; must be empty or not there yet
    #[arg(long, value_name = "NEWDIR")]
    pub data: PathBuf,
    /// Key file that sealed the identities; it is copied into the new folder
    #[arg(long, value_name = "FILE")]
    pub identity_keys: Option<PathBuf>,
}

/// `dosewright keys …`
#[derive(Debug, Subcommand)]
pub enum KeysVerb {
    /// Make a new key, seal every identity by it, and drop the old one; the server must be stopped
    #[command(after_help = "Example:\n  dosewright keys rotate --data /srv/dosewright --old /safe/keys-until-today\n
Backups from before are opened by the old key alone: keep it with --old, apart from them. Killed at any moment it loses nothing: run it
again.")]
    Rotate(RotateArgs),
}

/// `dosewright keys rotate`
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// File to keep the old key in (with the new one), for older backups
    #[arg(long, value_name = "FILE")]
    pub old: Option<PathBuf>,
}

/// `dosewright doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Which folder
    #[command(flatten)]
    pub data: DataArgs,
    /// Trust files by their size instead of reading all of them
    #[arg(long)]
    pub quick: bool,
    /// Make lists and counts anew from the records first; the server must be stopped
    #[arg(long)]
    pub rebuild: bool,
    /// Language of what was found
    #[arg(long, value_enum, default_value = "both")]
    pub lang: LanguageChoice,
}

/// `dosewright made-up`
#[derive(Debug, Args)]
pub struct MadeUpArgs {
    /// Folder to fill; must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The same number gives the same hospital
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// Only a few patients
    #[arg(long)]
    pub small: bool,
    /// Last day of the year [default: yesterday]
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Password of every account [default: a random one, which is printed]
    #[arg(long, value_name = "WORDS")]
    pub password: Option<String>,
}
