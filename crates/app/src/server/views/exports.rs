//! By which policies studies are exported.

use exchange::deidentified::{Dates, Policy};
use serde::Serialize;
use utoipa::ToSchema;

/// A policy of study exports.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportPolicy)]
pub struct PolicyView {
    id: String,
    edition: u32,
    version: String,
    zh: String,
    en: String,
    /// whether it meets 45 CFR 164.514(b)(2)(i)
    safe_harbor: bool,
    /// `shift`: all days of one patient move by one offset; `number`: counted from the procedure
    dates: &'static str,
    largest_shift_days: u32,
    /// ages above are one group
    top_age: u32,
    age_band_years: u32,
    icd10_characters: usize,
    quasi_identifiers: Vec<&'static str>,
    /// SHA-256 of the file it stands in
    sha256: String,
}

impl From<&Policy> for PolicyView {
    fn from(policy: &Policy) -> Self {
        Self {
            id: policy.id.clone(),
            edition: policy.edition,
            version: policy.version.clone(),
            zh: policy.title_zh.clone(),
            en: policy.title_en.clone(),
            safe_harbor: policy.safe_harbor,
            dates: match policy.dates {
                Dates::Shift => "shift",
                Dates::Number => "number",
            },
            largest_shift_days: policy.largest_shift_days,
            top_age: policy.top_age,
            age_band_years: policy.age_band_years,
            icd10_characters: policy.icd10_characters,
            quasi_identifiers: policy.quasi_identifiers.iter().map(|quasi| quasi.name()).collect(),
            sha256: policy.digest.to_string(),
        }
    }
}

/// The policies of study exports.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportPolicies)]
pub struct PoliciesView {
    /// all of them
    pub rows: Vec<PolicyView>,
    /// by which exports of one key are recognised; none before the first export
    pub key_mark: Option<String>,
}
