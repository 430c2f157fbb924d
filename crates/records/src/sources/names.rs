//! Places from what tables and data files call them.

use super::Place;

impl Place {
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
