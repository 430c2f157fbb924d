//! A figure with its interval, and what of it may be shown to the public.

use serde::Serialize;

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// the definition could not be read
    Definition,
    /// its counts come from records, and none lies in the period
    NotEntered,
    /// two records of one hospital overlap
    Overlap,
    /// left out because of small numbers
    TooFew,
}

/// An indicator's figure, of the whole or of one part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Computed {
    /// code of the indicator
    pub code: String,
    /// which part: see [`crate::facts::Tally`]
    pub part: String,
    /// what meets it; `None` where nothing is known
    pub numerator: Option<u64>,
    /// all that count; `None` where nothing is known
    pub denominator: Option<u64>,
    /// their ratio, 0 to 1 (above 1 only for lesions treated that were not planned); `None` where the denominator is 0
    pub value: Option<f64>,
    /// Wilson score interval, 95 %; `None` where the ratio is no proportion
    pub interval: Option<[f64; 2]>,
    /// why there is no figure
    pub missing: Option<Missing>,
}

impl Computed {
    /// From two counts.
    pub fn of(code: &str, part: &str, numerator: u64, denominator: u64) -> Self {
        Self {
            code: code.to_owned(),
            part: part.to_owned(),
            numerator: Some(numerator),
            denominator: Some(denominator),
            value: (denominator > 0).then(|| numerator as f64 / denominator as f64),
            interval: wilson(numerator, denominator),
            missing: None,
        }
    }

    /// None, and why.
    pub fn missing(code: &str, part: &str, why: Missing) -> Self {
        Self {
            code: code.to_owned(),
            part: part.to_owned(),
            numerator: None,
            denominator: None,
            value: None,
            interval: None,
            missing: Some(why),
        }
    }

    /// Whether it, or what remains of it, is a small number that is not 0.
    fn is_small(&self, below: u64) -> bool {
        let (Some(numerator), Some(denominator)) = (self.numerator, self.denominator) else { return false };
        [numerator, denominator, denominator.saturating_sub(numerator)].iter().any(|count| (1..below).contains(count))
    }
}

/// The standard normal quantile at 0.975.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson score interval at 95 %, without continuity correction (Wilson, JASA 22:209 (1927), doi:10.1080/01621459.1927.10502953); `None`
/// where there is nothing, or more than all.
pub fn wilson(numerator: u64, denominator: u64) -> Option<[f64; 2]> {
    if denominator == 0 || numerator > denominator {
        return None;
    }
    let (x, n) = (numerator as f64, denominator as f64);
    let (p, z2) = (x / n, Z_95 * Z_95);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // at the ends the two terms are equal, and rounding must not leave a limit beside the value
    let low = if numerator == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if numerator == denominator { 1.0 } else { (centre + half).min(1.0) };
    Some([low, high])
}

/// Figures as the public may see them: small numbers are left out, and where that leaves out exactly one part of an indicator, the next
/// smallest part too, since the one could be found by subtracting from the whole. `below` 0 or 1 leaves nothing out.
pub fn for_public(mut figures: Vec<Computed>, below: u64) -> Vec<Computed> {
    let codes: std::collections::BTreeSet<String> = figures.iter().map(|one| one.code.clone()).collect();
    for code in codes {
        let parts: Vec<usize> =
            (0..figures.len()).filter(|at| figures.get(*at).is_some_and(|one| one.code == code)).collect();
        let (mut hidden, shown): (Vec<usize>, Vec<usize>) =
            parts.into_iter().partition(|at| figures.get(*at).is_some_and(|one| one.is_small(below)));
        if hidden.len() == 1 {
            // a part without cases hides nothing
            let size = |at: &usize| figures.get(*at).and_then(|one| one.denominator).filter(|count| *count > 0);
            hidden.extend(shown.into_iter().filter(|at| size(at).is_some()).min_by_key(|at| size(at)));
        }
        for at in hidden {
            if let Some(one) = figures.get_mut(at) {
                *one = Computed::missing(&code, &one.part, Missing::TooFew);
            }
        }
    }
    figures
}
