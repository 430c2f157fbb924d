//! From indices to findings.

use physics::Gray;

use super::names;
use super::pack::{Clause, Comparison, LimitUnit, Pack, Severity};
use crate::dvh::Dvh;
use crate::indices::{self, WholeDose};

/// What a pack is judged on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// histograms of the structures there are
    pub structures: &'a [Dvh],
    /// prescribed dose
    pub prescription: Gray,
    /// evaluation of the whole dose grid, needed for conformity
    pub whole: Option<&'a WholeDose>,
}

/// Why a clause could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEvidence {
    /// no structure has a name that fits
    NoStructure,
    /// the index has no value, such as D2cc of a structure of 1 cm³
    NoValue,
    /// the prescription is not a positive dose
    NoPrescription,
    /// part of the structure lies outside the dose grid and could change the answer
    Incomplete,
}

/// Whether a clause holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// it holds
    Met,
    /// it does not
    NotMet,
    /// it cannot be said
    NoEvidence(NoEvidence),
}

/// The answer to one clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// the clause
    pub clause: Clause,
    /// name of the structure it was judged on, as its author wrote it
    pub structure: Option<String>,
    /// measured value, in the unit of the limit
    pub measured: Option<f64>,
    /// how far the value is on the right side of the limit, in the same unit; negative on the wrong side
    pub margin: Option<f64>,
    /// the same measured value in Gy, for doses
    pub measured_gy: Option<f64>,
    /// the limit in Gy, for doses
    pub limit_gy: Option<f64>,
    /// the answer
    pub outcome: Outcome,
}

/// The answer to all required clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// every required clause holds
    Met,
    /// at least one required clause does not hold
    NotMet,
    /// none fails, but at least one could not be judged
    Incomplete,
}

/// Judges the evidence against a pack, one finding per clause in the pack's order.
pub fn judge(pack: &Pack, evidence: &Evidence<'_>) -> Vec<Finding> {
    pack.clauses.iter().map(|clause| finding(pack, clause, evidence)).collect()
}

/// The verdict on the required clauses. Advised clauses do not count.
pub fn overall(findings: &[Finding]) -> Verdict {
    let required = || findings.iter().filter(|finding| finding.clause.severity == Severity::Required);
    if required().any(|finding| finding.outcome == Outcome::NotMet) {
        Verdict::NotMet
    } else if required().all(|finding| finding.outcome == Outcome::Met) && required().next().is_some() {
        Verdict::Met
    } else {
        Verdict::Incomplete
    }
}

fn finding(pack: &Pack, clause: &Clause, evidence: &Evidence<'_>) -> Finding {
    let prescription = evidence.prescription;
    let sound = prescription.is_finite() && prescription.value() > 0.0;
    let limit_gy = match clause.unit {
        LimitUnit::PercentOfPrescription if sound => Some(clause.limit / 100.0 * prescription.value()),
        LimitUnit::Gray => Some(clause.limit),
        _ => None,
    };
    let mut answer = Finding {
        clause: clause.clone(),
        structure: None,
        measured: None,
        margin: None,
        measured_gy: None,
        limit_gy,
        outcome: Outcome::NoEvidence(NoEvidence::NoStructure),
    };
    let names = evidence.structures.iter().map(|dvh| dvh.name.as_str());
    let rule = pack.structures.iter().find(|rule| rule.key == clause.structure);
    let Some(dvh) = rule.and_then(|rule| names::find(rule, names)).and_then(|at| evidence.structures.get(at)) else {
        return answer;
    };
    answer.structure = Some(dvh.name.clone());
    if !sound {
        answer.outcome = Outcome::NoEvidence(NoEvidence::NoPrescription);
        return answer;
    }
    let Some(value) = indices::index(dvh, clause.index, prescription, evidence.whole).value else {
        answer.outcome = Outcome::NoEvidence(NoEvidence::NoValue);
        return answer;
    };
    let measured = match clause.unit {
        LimitUnit::PercentOfPrescription => 100.0 * value / prescription.value(),
        _ => value,
    };
    let margin = match clause.comparison {
        Comparison::AtLeast => measured - clause.limit,
        Comparison::AtMost => clause.limit - measured,
    };
    answer.measured = Some(measured);
    answer.margin = Some(margin);
    answer.measured_gy = limit_gy.map(|_| value);
    answer.outcome = match (margin >= 0.0, dvh.outside_cm3 > crate::dvh::OUTSIDE_TOLERANCE * dvh.volume_cm3) {
        // What lies outside the grid can only be judged where more volume could not undo the answer.
        (true, true) => Outcome::NoEvidence(NoEvidence::Incomplete),
        (true, false) => Outcome::Met,
        (false, _) => Outcome::NotMet,
    };
    answer
}
