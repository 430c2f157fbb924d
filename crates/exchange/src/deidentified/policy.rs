//! Policies as `data/exchange/deidentification.toml` states them.

use std::collections::BTreeMap;

use records::Digest;
use records::forms::{FieldKind, Forms};
use regex::Regex;
use serde::Deserialize;

/// What becomes of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// all days of one patient move by one keyed offset
    Shift,
    /// days are counted from the procedure, which is day 0
    Number,
}

/// What a group of like cases is formed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quasi {
    /// the hospital's pseudonym
    Hospital,
    /// sex
    Sex,
    /// age at the procedure, in a band
    AgeBand,
    /// technique
    Technique,
    /// ICD-10 code, cut
    Icd10,
    /// region of the body
    Region,
    /// year of the procedure
    Year,
}

impl Quasi {
    /// Its column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Sex => "sex",
            Self::AgeBand => "age_band",
            Self::Technique => "technique",
            Self::Icd10 => "icd10",
            Self::Region => "region",
            Self::Year => "year",
        }
    }
}

/// What happens to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Treatment {
    Keep,
    Drop,
    Pseudonym,
    Date,
}

/// One policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// its name
    pub id: String,
    /// its edition
    pub edition: u32,
    /// its title, Chinese
    pub title_zh: String,
    /// its title, English
    pub title_en: String,
    /// whether it meets 45 CFR 164.514(b)(2)(i)
    pub safe_harbor: bool,
    /// what becomes of days
    pub dates: Dates,
    /// the largest offset of days
    pub largest_shift_days: u32,
    /// ages above are one group
    pub top_age: u32,
    /// width of a band of ages, years
    pub age_band_years: u32,
    /// ICD-10 codes are cut to so many characters
    pub icd10_characters: usize,
    /// what groups are formed by
    pub quasi_identifiers: Vec<Quasi>,
    /// SHA-256 of the file it stands in
    pub digest: Digest,
    /// version of that file
    pub version: String,
    pub(super) types: BTreeMap<String, Treatment>,
    pub(super) texts: Vec<(String, String, Regex)>,
}

/// All policies of a file.
#[derive(Debug, Clone)]
pub struct Policies(Vec<Policy>);

/// Why policies cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("de-identification policy: {0}")]
pub struct PolicyError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    version: String,
    policy: Vec<Written>,
    types: BTreeMap<String, Treatment>,
    #[serde(default)]
    text: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    edition: u32,
    title_zh: String,
    title_en: String,
    safe_harbor: bool,
    dates: Dates,
    largest_shift_days: u32,
    top_age: u32,
    age_band_years: u32,
    icd10_characters: usize,
    quasi_identifiers: Vec<Quasi>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    form: String,
    field: String,
    pattern: String,
}

/// Every type of a form's field; a policy must say something about each.
const TYPES: [&str; 11] =
    ["text", "parts", "date", "date_time", "whole", "number", "yes_no", "choice", "person", "asset", "lot"];

impl Policies {
    /// The policies that come with Dosewright.
    pub fn builtin() -> Result<Self, PolicyError> {
        Self::load(include_str!("../../../../data/exchange/deidentification.toml"))
    }

    /// From the text of such a file.
    pub fn load(text: &str) -> Result<Self, PolicyError> {
        let wrong = |what: String| Err(PolicyError(what));
        let file: File = toml::from_str(text).map_err(|error| PolicyError(error.to_string()))?;
        if let Some(missing) = TYPES.iter().find(|kind| !file.types.contains_key(**kind)) {
            return wrong(format!("[types] does not say what happens to '{missing}'"));
        }
        for (kind, treatment) in &file.types {
            let fits = match kind.as_str() {
                // neither has a form that could be checked
                "text" | "parts" => *treatment == Treatment::Drop,
                "date" | "date_time" => matches!(treatment, Treatment::Date | Treatment::Drop),
                "person" | "asset" | "lot" => matches!(treatment, Treatment::Pseudonym | Treatment::Drop),
                "whole" | "number" | "yes_no" | "choice" => matches!(treatment, Treatment::Keep | Treatment::Drop),
                _ => false,
            };
            if !fits {
                return wrong(format!("[types] {kind} cannot be treated so"));
            }
        }
        let forms = Forms::builtin();
        let mut texts = Vec::new();
        for text in file.text {
            let place = format!("{} {}", text.form, text.field);
            let field = forms.get(&text.form).and_then(|form| form.field(&text.field));
            match field {
                Some(field) if matches!(field.kind, FieldKind::Text { .. }) && !field.identifies => {}
                _ => return wrong(format!("{place} is no text of a form, or one that identifies")),
            }
            if !text.pattern.starts_with('^') || !text.pattern.ends_with('$') {
                return wrong(format!("{place}: the pattern must be about the whole text, from ^ to $"));
            }
            let pattern = Regex::new(&text.pattern).map_err(|error| PolicyError(format!("{place}: {error}")))?;
            texts.push((text.form, text.field, pattern));
        }
        let digest = Digest::of(text.as_bytes());
        let mut all: Vec<Policy> = Vec::new();
        for one in file.policy {
            if one.age_band_years == 0 || one.icd10_characters < 3 || one.top_age > 89 {
                return wrong(format!(
                    "{}: bands of at least a year, codes of at least 3 characters, ages to 89",
                    one.id
                ));
            }
            if one.dates == Dates::Shift && !(1..=3650).contains(&one.largest_shift_days) {
                return wrong(format!("{}: days are shifted by 1 to 3650", one.id));
            }
            if one.safe_harbor && one.dates == Dates::Shift {
                return wrong(format!("{}: shifted days do not meet Safe Harbor (164.514(b)(2)(i)(C))", one.id));
            }
            if all.iter().any(|there| there.id == one.id) {
                return wrong(format!("{} is there twice", one.id));
            }
            all.push(Policy {
                id: one.id,
                edition: one.edition,
                title_zh: one.title_zh,
                title_en: one.title_en,
                safe_harbor: one.safe_harbor,
                dates: one.dates,
                largest_shift_days: one.largest_shift_days,
                top_age: one.top_age,
                age_band_years: one.age_band_years,
                icd10_characters: one.icd10_characters,
                quasi_identifiers: one.quasi_identifiers,
                digest,
                version: file.version.clone(),
                types: file.types.clone(),
                texts: texts.clone(),
            });
        }
        Ok(Self(all))
    }

    /// All of them.
    pub fn all(&self) -> &[Policy] {
        &self.0
    }

    /// One by name.
    pub fn get(&self, id: &str) -> Option<&Policy> {
        self.0.iter().find(|policy| policy.id == id)
    }
}

impl Policy {
    /// An age as it may be told: a band, or the top group.
    pub fn age_band(&self, age: u32) -> String {
        if age > self.top_age {
            return format!(">{}", self.top_age);
        }
        let from = age / self.age_band_years * self.age_band_years;
        let until = (from + self.age_band_years - 1).min(self.top_age);
        if from == until { from.to_string() } else { format!("{from}-{until}") }
    }
}
