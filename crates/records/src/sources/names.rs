//! What places and steps are called in tables and data files.

use super::{Place, Step};

impl Place {
    /// Its kind, for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Cancelled => "cancelled",
            Self::Received => "received",
            Self::Assay => "assay",
            Self::Stored(_) => "stored",
            Self::Quarantine => "quarantine",
            Self::Issued(_) => "issued",
            Self::Implanted(_) => "implanted",
            Self::Returned => "returned",
            Self::Disposed => "disposed",
            Self::Lost => "lost",
        }
    }

    /// The place of a kind; `of` is the safe's name or the case's identifier where the kind has one.
    pub fn from_name(kind: &str, of: &str) -> Option<Self> {
        let case = || of.parse().ok();
        Some(match kind {
            "ordered" => Self::Ordered,
            "cancelled" => Self::Cancelled,
            "received" => Self::Received,
            "assay" => Self::Assay,
            "stored" => Self::Stored(of.to_owned()),
            "quarantine" => Self::Quarantine,
            "issued" => Self::Issued(case()?),
            "implanted" => Self::Implanted(case()?),
            "returned" => Self::Returned,
            "disposed" => Self::Disposed,
            "lost" => Self::Lost,
            _ => return None,
        })
    }
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 12] = [
        Self::Receive,
        Self::Cancel,
        Self::Assay,
        Self::Store,
        Self::Quarantine,
        Self::Issue,
        Self::Implant,
        Self::Recover,
        Self::Return,
        Self::Dispose,
        Self::Lose,
        Self::Find,
    ];

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Cancel => "cancel",
            Self::Assay => "assay",
            Self::Store => "store",
            Self::Quarantine => "quarantine",
            Self::Issue => "issue",
            Self::Implant => "implant",
            Self::Recover => "recover",
            Self::Return => "return",
            Self::Dispose => "dispose",
            Self::Lose => "lose",
            Self::Find => "find",
        }
    }
}
