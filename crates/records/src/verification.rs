//! A dose verification of a case: what was asked, what came out, and how far it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Account, Case, Digest, Id, Job, StoredStudy};

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// seeds and settings are being worked on
    Draft,
    /// a run was ordered
    Running,
    /// computed; can be signed
    Computed,
    /// signed by all whose signature it needs
    Signed,
    /// a later version took its place
    Superseded,
}

impl State {
    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Computed => "computed",
            Self::Signed => "signed",
            Self::Superseded => "superseded",
        }
    }
}

/// Where a seed of a draft came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedOrigin {
    /// the treatment plan
    Plan,
    /// found on the CT
    Found,
    /// put there by a person
    Added,
    /// found or planned, then moved or turned by a person
    Moved,
}

/// A seed of a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftSeed {
    /// number that stays with it while others come and go
    pub number: u32,
    /// centre, DICOM patient coordinates (LPS), mm
    pub centre_mm: [f64; 3],
    /// unit vector along it, where known
    pub axis: Option<[f64; 3]>,
    /// where it came from
    pub origin: SeedOrigin,
    /// the finder's confidence, 0 to 1, where it was found
    pub confidence: Option<f64>,
    /// needle or strand of the plan, where it came from one
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub needle: String,
}

/// The work in progress on a verification. It is kept safe but not in the ledger: the run that uses it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// counts the edits, from 0
    pub revision: u64,
    /// where the seeds stand
    pub seeds: Vec<DraftSeed>,
}

/// What a verification is asked to compute; every value that is absent is taken from the plan or the usual choice, and the result says so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// prescribed dose, Gy
    pub prescription_gy: Option<f64>,
    /// seed model by name
    pub model: Option<String>,
    /// air-kerma strength of one seed, U
    pub strength_u: Option<f64>,
    /// day (and time) the strength was stated for, `2026-01-31` or `2026-01-31T08:00`
    pub strength_date: Option<String>,
    /// day (and time) of the implant
    pub implant_date: Option<String>,
    /// number of seeds implanted
    pub count: Option<u32>,
    /// name of the target structure
    pub target: Option<String>,
    /// id of the criteria pack
    pub criteria: Option<String>,
    /// `auto`, `point`, `1d` or `2d`
    pub formalism: Option<String>,
    /// voxel size of the dose grid, mm
    pub grid_mm: Option<f64>,
}

/// A file that a run produced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// its name, for example `report.zh.pdf`
    pub name: String,
    /// its content
    pub content: Digest,
    /// its size
    pub bytes: u64,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// the files of the run, in the order of their names
    pub files: Vec<OutputFile>,
    /// `met`, `not_met` or `incomplete`
    pub verdict: String,
    /// seeds that were computed
    pub seeds: u32,
    /// what lists and comparisons of versions show: target, prescription, indices, findings, notices (see `docs/methods/records.md`)
    pub summary: Value,
    /// digest of all input files
    pub inputs: Digest,
    /// name and version of the program
    pub software: String,
    /// when it was computed
    pub computed: Timestamp,
}

impl Outcome {
    /// What a signature binds to: inputs, and every result and report file by name and content.
    pub fn content(&self) -> Digest {
        let files: Vec<String> = self.files.iter().map(|file| format!("{} {}\n", file.content, file.name)).collect();
        Digest::of(format!("inputs {}\n{}", self.inputs, files.concat()).as_bytes())
    }

    /// A file by name.
    pub fn file(&self, name: &str) -> Option<&OutputFile> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// One version of the dose verification of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// which one
    pub id: Id<Verification>,
    /// counts the changes, from 1
    pub version: u32,
    /// whose
    pub case: Id<Case>,
    /// sixteen random bytes, hexadecimal: the ledger holds seals of the words that came with files, and without these bytes a name in them
    /// could be guessed
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// which of the case's verifications, from 1
    pub number: u32,
    /// what it rests on
    pub study: Id<StoredStudy>,
    /// the version it takes the place of, and why
    pub follows: Option<(Id<Verification>, String)>,
    /// how far it is
    pub state: State,
    /// what is asked
    pub settings: Settings,
    /// seeds of the run that was ordered; empty while a draft
    pub seeds: Vec<DraftSeed>,
    /// the run in progress
    pub job: Option<Id<Job>>,
    /// why the last run gave nothing, in words
    pub failure: Option<String>,
    /// the same in Chinese, where somebody has written it
    #[serde(default)]
    pub failure_zh: Option<String>,
    /// what came out
    pub outcome: Option<Outcome>,
    /// who began it
    pub created_by: Id<Account>,
    /// when
    pub created: Timestamp,
}
