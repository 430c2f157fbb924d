//! The mark and the word of each judgement, outcome and severity.

use crate::pdf::marks::Mark;
use crate::pdf::sheet::Look;
use crate::verification::{Judgement, Outcome, Severity};

impl From<Judgement> for Mark {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Met => Self::Tick,
            Judgement::NotMet => Self::Cross,
            Judgement::AdviceNotMet => Self::Attention,
            Judgement::NoEvidence => Self::Open,
            Judgement::NotJudged => Self::Dash,
        }
    }
}

impl From<Outcome> for Mark {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Met => Self::Tick,
            Outcome::NotMet => Self::Cross,
            Outcome::Review => Self::Attention,
            Outcome::NotJudged => Self::Open,
        }
    }
}

/// Term key of a judgement's word.
pub(crate) const fn judgement_key(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Met => "judgement.met",
        Judgement::NotMet => "judgement.not_met",
        Judgement::AdviceNotMet => "judgement.advice_not_met",
        Judgement::NoEvidence => "judgement.no_evidence",
        Judgement::NotJudged => "judgement.not_judged",
    }
}

/// The look of a figure with these limits: red outside a required one, amber outside an advised one.
pub(crate) fn figure(judgements: impl Iterator<Item = Judgement>, size: f32) -> Option<Look> {
    let worst = judgements.max_by_key(|judgement| match judgement {
        Judgement::NotMet => 2,
        Judgement::AdviceNotMet => 1,
        _ => 0,
    })?;
    matches!(worst, Judgement::NotMet | Judgement::AdviceNotMet).then(|| Look::strong(size, Mark::from(worst).colour()))
}

/// Term key of an outcome's words.
pub(crate) const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "outcome.met",
        Outcome::NotMet => "outcome.not_met",
        Outcome::Review => "outcome.review",
        Outcome::NotJudged => "outcome.not_judged",
    }
}

/// Term key and mark of a warning's severity.
pub(crate) const fn severity(severity: Severity) -> (&'static str, Mark) {
    match severity {
        Severity::Blocking => ("severity.blocking", Mark::Cross),
        Severity::Caution => ("severity.caution", Mark::Attention),
        Severity::Note => ("severity.note", Mark::Dash),
    }
}
