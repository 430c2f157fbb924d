//! The arguments of every verb.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use physics::{Gray, Millimetre};

use super::audit::Known;
use super::exchange_args::{ExportVerb, ImportArgs};
use super::register_args::{BackupArgs, DoctorArgs, IndicatorsArgs, KeysVerb, MadeUpArgs, NormsVerb, RestoreArgs};
use crate::verify::{DoseBits, FormalismChoice, LanguageChoice, Strength};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the machine failed (disk, permissions) or Dosewright has a defect
  2    the command line is wrong
  3    the given files or values cannot be used; nothing was written
  4    done, but a required criterion is not met (only with --strict)
  130  stopped by Ctrl-C; nothing was written

For research, teaching and quality assurance; not a certified medical device.";

/// Dosewright (核准): plans, verifies and records radionuclide therapy.
///
/// DICOM study → volume → structures → sources → dose grid → DVH & effect → report
#[derive(Debug, Parser)]
#[command(name = "dosewright", version, after_help = EXIT_CODES, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// Print one JSON object for machines instead of text (errors too)
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Number of threads; the results do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// What Dosewright can do from the command line.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Verify the dose of a permanent seed implant: a folder of DICOM in, a report out
    #[command(after_help = "Examples:
  dosewright verify case/ --prescription 145Gy --out result/
  dosewright verify case/ --seeds auto --model STM1251 --strength 0.621U --count 54 --prescription 145Gy --out result/
  dosewright verify case/ --seeds result/seeds.csv --model STM1251 --strength 0.621U --prescription 145Gy --out corrected/")]
    Verify(Box<VerifyArgs>),
    /// Compute a result again from its inputs and check that the dose is the same to the byte
    #[command(after_help = "Example:\n  dosewright reproduce result/result.json")]
    Reproduce(ReproduceArgs),
    /// List what a folder of DICOM holds, and what is wrong with it
    #[command(after_help = "Example:\n  dosewright inspect case/")]
    Inspect(InspectArgs),
    /// Find the seeds on a CT
    #[command(after_help = "Example:\n  dosewright find-seeds case/ --model STM1251 --count 54 --out seeds.csv")]
    FindSeeds(FindSeedsArgs),
    /// DVH and indices of every structure on a dose that is already there (RTDOSE)
    #[command(after_help = "Example:\n  dosewright dvh case/ --prescription 145Gy --out dvh.csv")]
    Dvh(DvhArgs),
    /// Convert a CT, a dose or structures to NIfTI
    #[command(after_help = "Example:\n  dosewright convert case/ --out nifti/")]
    Convert(ConvertArgs),
    /// Make up a patient: CT, structures and plan of a simulated implant
    #[command(after_help = "Example:\n  dosewright simulate prostate --out made-up/")]
    Simulate(SimulateArgs),
    /// The seed models: list them, show one, check a hospital's own
    #[command(subcommand)]
    Seed(SeedVerb),
    /// The criteria packs: list them, show one, check a hospital's own
    #[command(subcommand)]
    Criteria(CriteriaVerb),
    /// Serve a department: cases, images, verifications, signatures, in the browser
    #[command(after_help = "Example:\n  dosewright serve --data /srv/dosewright --listen 127.0.0.1:8642\n
The data folder holds everything; it is made where it is not there. The first visit makes the administrator's account. For others to
reach it, put a proxy that speaks TLS in front of it and add --host NAME --behind-proxy.")]
    Serve(ServeArgs),
    /// The ledger of a data folder
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Whether a hospital keeps the norms
    #[command(subcommand)]
    Norms(NormsVerb),
    /// The national quality indicators of a period
    #[command(after_help = "Example:
  dosewright indicators --data /srv/dosewright --pack seeds-2022 --from 2026-01-01 --to 2026-12-31 --group month")]
    Indicators(IndicatorsArgs),
    /// What leaves the hospital: tables, studies, FHIR, packages for the province
    #[command(subcommand)]
    Export(ExportVerb),
    /// Bring in another register's table; looked at only, until --take
    #[command(after_help = "Examples:
  dosewright import cases.xlsx --data /srv/dosewright --write-mapping columns.json
  dosewright import cases.xlsx --data /srv/dosewright --mapping columns.json --take --as chen\n
Each row is taken whole or not at all; rows whose patient and day are there already are passed over, so that a second time adds nothing.")]
    Import(Box<ImportArgs>),
    /// Copy a data folder while it is in use
    #[command(after_help = "Example:\n  dosewright backup --data /srv/dosewright --to /mnt/backup\n
The keys that seal the patients' identity are not copied: keep the key file apart from the backups.")]
    Backup(BackupArgs),
    /// Bring a data folder back from a backup
    #[command(after_help = "Example:
  dosewright restore --from /mnt/backup --data /srv/dosewright-new --identity-keys /safe/identity.keys")]
    Restore(RestoreArgs),
    /// The keys that seal the patients' identity
    #[command(subcommand)]
    Keys(KeysVerb),
    /// Find what is wrong with a data folder, and say what to do
    #[command(after_help = "Example:\n  dosewright doctor --data /srv/dosewright\n
Exit code 3 when something is wrong.")]
    Doctor(DoctorArgs),
    /// Fill an empty data folder with the year of a hospital that does not exist
    #[command(after_help = "Example:\n  dosewright made-up --data demo/ --seed 7")]
    MadeUp(MadeUpArgs),
}

/// What `--seeds` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedsArg {
    /// the RTPLAN of the study
    Plan,
    /// found on the CT
    Auto,
    /// a list of seeds
    File(PathBuf),
}

impl FromStr for SeedsArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        let is = |wanted: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
        match text {
            "plan" => Ok(Self::Plan),
            "auto" => Ok(Self::Auto),
            _ if is("csv") || is("json") => Ok(Self::File(path.to_path_buf())),
            _ => Err("write plan, auto, or the name of a file ending in .csv or .json".to_owned()),
        }
    }
}

/// `dosewright verify`
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Folder with the CT and structures (and RTPLAN, RTDOSE where there are)
    #[arg(value_name = "CASE_DIR")]
    pub case: PathBuf,
    /// Folder to write; must be empty or not there yet
    #[arg(long, value_name = "OUT_DIR")]
    pub out: PathBuf,
    /// Prescribed dose with its unit [default: the plan's, if it states one]
    #[arg(long, value_name = "DOSE", allow_hyphen_values = true)]
    pub prescription: Option<Gray>,
    /// Where the seed positions come from: 'plan' (the RTPLAN), 'auto' (found on the CT), or a list as .csv or .json, such as the
    /// seeds.csv of an earlier result that was corrected by hand (columns x_mm, y_mm, z_mm; axis_x…, origin optional)
    #[arg(long, value_name = "plan|auto|FILE", default_value = "plan")]
    pub seeds: SeedsArg,
    /// Seed model, e.g. STM1251 (`dosewright seed list`) [default: the plan's]
    #[arg(long)]
    pub model: Option<String>,
    /// A hospital's own seed model as a file
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    pub model_file: Option<PathBuf>,
    /// Strength per seed: air-kerma strength (0.621U) or apparent activity (0.5mCi, 18.5MBq) [default: the plan's]
    #[arg(long, allow_hyphen_values = true)]
    pub strength: Option<Strength>,
    /// Date (or date and time) the strength is stated for; with --implant-date it is decayed to the implant
    #[arg(long, value_name = "DATE", requires = "implant_date")]
    pub strength_date: Option<jiff::civil::DateTime>,
    /// Date of the implant; the strength is decayed from its reference date to this date. Without it, none is decayed
    #[arg(long, value_name = "DATE")]
    pub implant_date: Option<jiff::civil::DateTime>,
    /// Number of seeds that were implanted, to check against
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Name of the target structure [default: by the criteria pack]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Criteria pack: an id (`dosewright criteria list`) or a file [default: chosen by the structures' names]
    #[arg(long, value_name = "ID|FILE")]
    pub criteria: Option<String>,
    /// How the dose around a seed is described
    #[arg(long, value_enum, default_value = "auto")]
    pub formalism: FormalismChoice,
    /// Voxel size of the dose grid
    #[arg(long, value_name = "LENGTH", default_value = "1mm", allow_hyphen_values = true)]
    pub grid: Millimetre,
    /// Bits of a dose value in dose.dcm
    #[arg(long, value_enum, value_name = "BITS", default_value = "16")]
    pub dose_bits: DoseBits,
    /// Language of the report
    #[arg(long, value_enum, default_value = "both")]
    pub lang: LanguageChoice,
    /// Institution named on the report [default: the CT's]
    #[arg(long, value_name = "NAME")]
    pub institution: Option<String>,
    /// Put the result in the place of an earlier one at OUT_DIR
    #[arg(long)]
    pub replace: bool,
    /// Exit with 4 when a required criterion is not met
    #[arg(long)]
    pub strict: bool,
}

/// `dosewright reproduce`
#[derive(Debug, Args)]
pub struct ReproduceArgs {
    /// The result.json of an earlier run
    #[arg(value_name = "RESULT_JSON")]
    pub result: PathBuf,
    /// Folder of the inputs, if it has moved [default: where the result says]
    #[arg(long, value_name = "CASE_DIR")]
    pub case: Option<PathBuf>,
    /// Write the recomputed RTDOSE to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `dosewright inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Folder to look into
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `dosewright find-seeds`
#[derive(Debug, Args)]
pub struct FindSeedsArgs {
    /// Folder with the CT
    #[arg(value_name = "CASE_DIR")]
    pub case: PathBuf,
    /// Seed model, for its length and diameter
    #[arg(long)]
    pub model: String,
    /// Number of seeds expected
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// CSV file to write [default: print]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `dosewright dvh`
#[derive(Debug, Args)]
pub struct DvhArgs {
    /// Folder with RTSTRUCT and RTDOSE
    #[arg(value_name = "CASE_DIR")]
    pub case: PathBuf,
    /// Prescribed dose, for V100, V150…
    #[arg(long, value_name = "DOSE", allow_hyphen_values = true)]
    pub prescription: Option<Gray>,
    /// CSV file for the curves [default: none]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `dosewright convert`
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Folder of DICOM
    #[arg(value_name = "CASE_DIR")]
    pub case: PathBuf,
    /// Folder to write; must be empty or not there yet
    #[arg(long, value_name = "OUT_DIR")]
    pub out: PathBuf,
}

/// `dosewright simulate`
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Which patient
    pub patient: MadeUpPatient,
    /// Folder to write; must be empty or not there yet
    #[arg(long, value_name = "OUT_DIR")]
    pub out: PathBuf,
}

/// The made-up patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MadeUpPatient {
    /// prostate implant through a perineal template
    Prostate,
    /// lung lesion implanted with free-hand needles
    Lung,
    /// oesophageal stent with a strand of seeds
    Stent,
}

/// `dosewright seed …`
#[derive(Debug, Subcommand)]
pub enum SeedVerb {
    /// All seed models
    List,
    /// One model with its tables, sources and conflicts
    #[command(after_help = "Example:\n  dosewright seed show 6711")]
    Show {
        /// its name
        model: String,
    },
    /// Check a hospital's own model file and say what is missing
    #[command(after_help = "Example:\n  dosewright seed check our-seed.toml")]
    Check {
        /// the TOML file
        file: PathBuf,
    },
}

/// `dosewright criteria …`
#[derive(Debug, Subcommand)]
pub enum CriteriaVerb {
    /// All criteria packs
    List,
    /// One pack, clause by clause with its sources
    #[command(after_help = "Example:\n  dosewright criteria show prostate-125I-145Gy")]
    Show {
        /// its id
        pack: String,
    },
    /// Check a hospital's own pack
    #[command(after_help = "Example:\n  dosewright criteria check our-criteria.toml")]
    Check {
        /// the TOML file
        file: PathBuf,
    },
}

/// `dosewright serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Folder that holds everything: database, files, work in progress
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Key file that seals the patients' identity [default: identity.keys in the data folder, made at the first start]
    #[arg(long, value_name = "FILE")]
    pub identity_keys: Option<PathBuf>,
    /// Address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8642")]
    pub listen: SocketAddr,
    /// Jobs done at a time [default: half the cores]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// Name under which browsers reach it, besides addresses and localhost; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// A proxy in front of it says in X-Forwarded-For who asks; without such a proxy anybody could write that
    #[arg(long)]
    pub behind_proxy: bool,
    /// Tell visitors that the patients are made up
    #[arg(long)]
    pub demo: bool,
}

/// `dosewright audit`
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Check the chain of the ledger, every item against it, and that a printed entry is still there
    #[command(after_help = "Example:\n  dosewright audit verify --data /srv/dosewright --known 128:9f86d081…\n
Exit code 3 when something is not in order.")]
    Verify(AuditVerifyArgs),
}

/// `dosewright audit verify`
#[derive(Debug, Args)]
pub struct AuditVerifyArgs {
    /// Folder that `dosewright serve` uses
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Key file that seals identity, where it does not lie in the data folder
    #[arg(long, value_name = "FILE")]
    pub identity_keys: Option<PathBuf>,
    /// Entry known from a signed report or a backup
    #[arg(long, value_name = "SEQ:HASH")]
    pub known: Option<Known>,
}
