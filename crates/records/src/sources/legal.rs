//! Which steps are lawful: the one table of the ledger of seeds.
//!
//! A line is never changed, so a mistake is put right by a movement the other way; which one is in the table too.

use serde::{Deserialize, Serialize};

use super::{Place, SourceError, Step};

/// What kind of place, whichever safe or case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as the places of the same name")]
pub enum PlaceKind {
    Ordered,
    Cancelled,
    Received,
    Assay,
    Stored,
    Quarantine,
    Issued,
    Implanted,
    Returned,
    Disposed,
    Lost,
}

impl PlaceKind {
    /// All kinds, in the order in which a seed usually passes them.
    pub const ALL: [Self; 11] = [
        Self::Ordered,
        Self::Cancelled,
        Self::Received,
        Self::Assay,
        Self::Stored,
        Self::Quarantine,
        Self::Issued,
        Self::Implanted,
        Self::Returned,
        Self::Disposed,
        Self::Lost,
    ];

    /// Whether seeds usually stay there.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Implanted | Self::Returned | Self::Disposed)
    }

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Cancelled => "cancelled",
            Self::Received => "received",
            Self::Assay => "assay",
            Self::Stored => "stored",
            Self::Quarantine => "quarantine",
            Self::Issued => "issued",
            Self::Implanted => "implanted",
            Self::Returned => "returned",
            Self::Disposed => "disposed",
            Self::Lost => "lost",
        }
    }
}

impl Place {
    /// What kind of place.
    pub fn kind(&self) -> PlaceKind {
        match self {
            Self::Ordered => PlaceKind::Ordered,
            Self::Cancelled => PlaceKind::Cancelled,
            Self::Received => PlaceKind::Received,
            Self::Assay => PlaceKind::Assay,
            Self::Stored(_) => PlaceKind::Stored,
            Self::Quarantine => PlaceKind::Quarantine,
            Self::Issued(_) => PlaceKind::Issued,
            Self::Implanted(_) => PlaceKind::Implanted,
            Self::Returned => PlaceKind::Returned,
            Self::Disposed => PlaceKind::Disposed,
            Self::Lost => PlaceKind::Lost,
        }
    }
}

impl Step {
    /// All steps, in the order in which a seed usually makes them.
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

/// One lawful step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lawful {
    /// where the seeds are
    pub from: PlaceKind,
    /// what is done
    pub step: Step,
    /// where they are then
    pub to: PlaceKind,
    /// what it says, and what it is for
    pub meaning: &'static str,
    /// whether it must be shown why: by evidence or a note
    pub why: bool,
    /// which step it takes back when that was entered by mistake
    pub undoes: Option<Step>,
}

const fn usual(from: PlaceKind, step: Step, to: PlaceKind, meaning: &'static str) -> Lawful {
    Lawful { from, step, to, meaning, why: false, undoes: None }
}

const fn shown(from: PlaceKind, step: Step, to: PlaceKind, meaning: &'static str) -> Lawful {
    Lawful { from, step, to, meaning, why: true, undoes: None }
}

const fn undoing(undone: Step, from: PlaceKind, step: Step, to: PlaceKind, meaning: &'static str) -> Lawful {
    Lawful { from, step, to, meaning, why: true, undoes: Some(undone) }
}

use PlaceKind as At;

/// Every lawful step; whatever is not here is refused.
pub const TABLE: [Lawful; 41] = [
    usual(At::Ordered, Step::Receive, At::Received, "a delivery came"),
    shown(At::Ordered, Step::Cancel, At::Cancelled, "will not come"),
    undoing(Step::Cancel, At::Cancelled, Step::Receive, At::Received, "came after all"),
    undoing(Step::Receive, At::Received, Step::Cancel, At::Cancelled, "was not in the delivery"),
    usual(At::Received, Step::Assay, At::Assay, "sample for assay or leak test"),
    usual(At::Received, Step::Store, At::Stored, "released into a safe"),
    shown(At::Received, Step::Quarantine, At::Quarantine, "damaged or doubtful on arrival"),
    shown(At::Received, Step::Return, At::Returned, "sent back unused"),
    shown(At::Received, Step::Dispose, At::Disposed, "decayed unopened, or handed over as waste"),
    shown(At::Received, Step::Lose, At::Lost, "missing before release"),
    usual(At::Assay, Step::Store, At::Stored, "passed the test"),
    shown(At::Assay, Step::Quarantine, At::Quarantine, "failed the test or leaking"),
    shown(At::Assay, Step::Return, At::Returned, "sent back after the test"),
    shown(At::Assay, Step::Dispose, At::Disposed, "spent in the test"),
    shown(At::Assay, Step::Lose, At::Lost, "missing at the measuring place"),
    usual(At::Stored, Step::Assay, At::Assay, "measured again"),
    usual(At::Stored, Step::Store, At::Stored, "into another safe; takes back storing into the wrong one"),
    shown(At::Stored, Step::Quarantine, At::Quarantine, "set aside"),
    usual(At::Stored, Step::Issue, At::Issued, "handed out for a case"),
    shown(At::Stored, Step::Return, At::Returned, "sent back"),
    shown(At::Stored, Step::Dispose, At::Disposed, "decayed, or handed over as waste"),
    shown(At::Stored, Step::Lose, At::Lost, "not in the safe when counted"),
    usual(At::Quarantine, Step::Assay, At::Assay, "tested again"),
    undoing(Step::Quarantine, At::Quarantine, Step::Store, At::Stored, "found sound"),
    shown(At::Quarantine, Step::Return, At::Returned, "sent back"),
    shown(At::Quarantine, Step::Dispose, At::Disposed, "decayed, or handed over as waste"),
    shown(At::Quarantine, Step::Lose, At::Lost, "missing from quarantine"),
    undoing(Step::Recover, At::Quarantine, Step::Implant, At::Implanted, "did not leave the patient"),
    Lawful {
        undoes: Some(Step::Issue),
        ..usual(At::Issued, Step::Store, At::Stored, "not needed, or issued for the wrong case: back into a safe")
    },
    usual(At::Issued, Step::Implant, At::Implanted, "implanted in the patient it was issued for"),
    shown(At::Issued, Step::Quarantine, At::Quarantine, "dropped, damaged or no longer sterile"),
    shown(At::Issued, Step::Lose, At::Lost, "neither in the patient nor left over"),
    undoing(Step::Implant, At::Implanted, Step::Recover, At::Issued, "was not implanted after all"),
    shown(At::Implanted, Step::Recover, At::Quarantine, "expelled or removed; never used again"),
    shown(At::Implanted, Step::Lose, At::Lost, "left the patient unseen"),
    undoing(Step::Return, At::Returned, Step::Receive, At::Received, "was not sent, or came back"),
    undoing(Step::Dispose, At::Disposed, Step::Quarantine, At::Quarantine, "is here: was not handed over"),
    shown(At::Lost, Step::Find, At::Quarantine, "found: looked over before anything else"),
    undoing(Step::Lose, At::Lost, Step::Find, At::Stored, "was in the safe all the time"),
    undoing(Step::Lose, At::Lost, Step::Find, At::Issued, "was with the case all the time"),
    shown(At::Lost, Step::Find, At::Implanted, "seen in the patient it was issued for"),
];

/// The row of the table that a step from one place to another falls under.
///
/// # Errors
/// When there is none, or the safe is the same, or the case another one.
pub fn lawful(from: &Place, step: Step, to: &Place) -> Result<&'static Lawful, SourceError> {
    let is = |row: &&Lawful| (row.from, row.step, row.to) == (from.kind(), step, to.kind());
    let Some(row) = TABLE.iter().find(is) else {
        return Err(SourceError::Illegal { step, from: from.clone(), to: to.clone() });
    };
    match (from, to) {
        (Place::Stored(old), Place::Stored(new)) if old == new => Err(SourceError::SameSafe { safe: old.clone() }),
        (Place::Issued(old) | Place::Implanted(old), Place::Issued(new) | Place::Implanted(new)) if old != new => {
            Err(SourceError::OtherCase { step, from: *old, to: *new })
        }
        _ => Ok(row),
    }
}

/// The step that leads from one kind of place to another, where one does.
pub fn leads(from: PlaceKind, to: PlaceKind) -> Option<Step> {
    TABLE.iter().find(|row| (row.from, row.to) == (from, to)).map(|row| row.step)
}

/// The table, as Markdown.
pub fn table() -> String {
    let mut text =
        "| from | step | to | must be shown | takes back | meaning |\n|---|---|---|---|---|---|\n".to_owned();
    for from in PlaceKind::ALL {
        for row in TABLE.iter().filter(|row| row.from == from) {
            let why = if row.why { "yes" } else { "–" };
            let undoes = row.undoes.map_or("–", Step::name);
            let (step, to) = (row.step.name(), row.to.name());
            let cells = [from.name(), step, to, why, undoes, row.meaning].join(" | ");
            text.push_str(&["| ", &cells, " |\n"].concat());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    #[test]
    fn the_table_is_the_golden_one() {
        let golden = include_str!("legal.golden.md");
        assert_eq!(table(), golden, "if the change is meant, write this table to src/sources/legal.golden.md");
    }

    #[test]
    fn no_row_stands_twice_and_a_pair_of_places_has_one_step() {
        for (at, row) in TABLE.iter().enumerate() {
            let again = TABLE.iter().skip(at + 1).find(|other| (other.from, other.to) == (row.from, row.to));
            assert_eq!(again, None, "{row:?}");
            assert_ne!(row.to, PlaceKind::Ordered, "nothing is ever ordered again");
        }
    }

    #[test]
    fn every_place_is_reached_and_every_mistake_can_be_put_right() {
        for kind in PlaceKind::ALL {
            assert!(kind == PlaceKind::Ordered || TABLE.iter().any(|row| row.to == kind), "{kind:?}");
            // whatever was entered by mistake, the seeds can be brought back to where they may be issued
            let mut reached = vec![kind];
            while let Some(row) =
                TABLE.iter().find(|row| reached.contains(&row.from) && !reached.contains(&row.to)).copied()
            {
                reached.push(row.to);
            }
            assert!(reached.contains(&PlaceKind::Stored), "{kind:?}");
        }
        for row in TABLE.iter().filter(|row| row.undoes.is_some()) {
            let back = TABLE.iter().find(|other| other.to == row.from && Some(other.step) == row.undoes);
            assert!(back.is_some(), "{row:?} takes back a step that does not lead there");
        }
    }

    #[test]
    fn another_case_or_the_same_safe_is_refused() {
        let (a, b) = (Id::new(1, [1; 10]), Id::new(2, [2; 10]));
        assert!(lawful(&Place::Issued(a), Step::Implant, &Place::Implanted(a)).is_ok());
        let other = lawful(&Place::Issued(a), Step::Implant, &Place::Implanted(b));
        assert!(matches!(other, Err(SourceError::OtherCase { .. })));
        let safe = |name: &str| Place::Stored(name.to_owned());
        assert!(lawful(&safe("A"), Step::Store, &safe("B")).is_ok());
        assert!(matches!(lawful(&safe("A"), Step::Store, &safe("A")), Err(SourceError::SameSafe { .. })));
        assert!(matches!(
            lawful(&Place::Ordered, Step::Implant, &Place::Implanted(a)),
            Err(SourceError::Illegal { .. })
        ));
    }
}
