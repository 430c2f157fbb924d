//! Whether values fill in a form rightly.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::field::{FieldKind, Part};
use super::form::{Compare, Form, Order};
use super::read::{is_date, is_date_time};
use super::say;
use crate::Lot;

/// What is wrong with one field, as the person who fills it in reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldError {
    /// which field; empty where it is the form as a whole
    pub field: String,
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.en, self.zh)
    }
}

impl std::error::Error for FieldError {}

impl Form {
    /// Checks values against the form: what is missing, what is too much, what cannot be meant, what does not fit together. Empty
    /// texts and lists count as not filled in ([`Form::clean`] takes them out before they are kept). All that is wrong is listed, in
    /// the order of the page.
    pub fn check(&self, values: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
        let values = Self::clean(values);
        let instance = Value::Object(values);
        let (rules, own): (Vec<_>, Vec<_>) = self.validator.iter_errors(&instance).partition(say::is_of_rule);
        let mut wrong: Vec<FieldError> = own.iter().flat_map(|error| say::errors(self, error)).collect();
        // where a field is wrong by itself, how it fits with others is no news
        let fine = |name: &str| wrong.iter().all(|error| error.field != name);
        let mut more: Vec<FieldError> = rules.iter().flat_map(|error| say::errors(self, error)).collect();
        more.retain(|error| fine(&error.field));
        let Some(values) = instance.as_object() else { return Ok(()) };
        for field in self.fields.iter().filter(|field| fine(&field.name)) {
            if let (FieldKind::Parts(parts), Some(value)) = (&field.kind, values.get(&field.name)) {
                more.extend(
                    entries(value).filter(|text| !in_parts(text, parts)).map(|text| say::parts(field, parts, text)),
                );
            }
        }
        let pairs = self.compare.iter().filter(|pair| fine(&pair.field) && fine(&pair.with));
        more.extend(pairs.filter(|pair| !in_order(values, pair)).map(|pair| say::order(self, pair)));
        wrong.extend(more);
        if self.name == "stock_take" {
            wrong.extend(self.difference(values));
        }
        self.sorted(wrong)
    }

    /// What can only be checked beside the lot that a record is about: not more seeds measured, tested or lost than the lot has.
    pub fn check_with_lot(&self, values: &Map<String, Value>, lot: &Lot) -> Result<(), Vec<FieldError>> {
        let over = |name: &str| {
            let field = self.field(name)?;
            let given = values.get(name)?.as_f64()?;
            if given <= f64::from(lot.count) {
                return None;
            }
            Some(say::about(
                field,
                &format!("为 {given}，而该批次只有 {} 粒：请核对数目或批次", lot.count),
                &format!("is {given}, but the lot has {} seeds: check the number or the lot", lot.count),
            ))
        };
        self.sorted(["sampled", "seeds"].into_iter().filter_map(over).collect())
    }

    /// The difference of a stock-take follows from what was counted; written down all the same, because it is what is signed.
    fn difference(&self, values: &Map<String, Value>) -> Option<FieldError> {
        // a safe may be empty
        let entries = values.get("counted").into_iter().flat_map(entries);
        let counted = entries
            .into_iter()
            .try_fold(0_i64, |sum, entry| sum.checked_add(entry.rsplit(':').next()?.trim().parse().ok()?))?;
        let whole = |name: &str| values.get(name)?.as_i64();
        let must = counted.checked_sub(whole("expected")?)?;
        if whole("difference")? == must {
            return None;
        }
        Some(say::about(
            self.field("difference")?,
            &format!("应为实盘 {counted} 减账面，即 {must}"),
            &format!("must be the {counted} counted less those of the ledger: {must}"),
        ))
    }

    /// Each thing once, in the order of the page; what belongs to no field comes last.
    fn sorted(&self, wrong: Vec<FieldError>) -> Result<(), Vec<FieldError>> {
        let at = |error: &FieldError| {
            self.fields.iter().position(|field| field.name == error.field).unwrap_or(self.fields.len())
        };
        let mut seen = BTreeSet::new();
        let mut wrong: Vec<_> = wrong.into_iter().filter(|error| seen.insert(error.clone())).collect();
        wrong.sort_by_key(at);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str().into_iter();
    one.chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Whether a text is of these parts.
fn in_parts(text: &str, parts: &[Part]) -> bool {
    let given: Vec<&str> = text.splitn(parts.len().max(1), ':').map(str::trim).collect();
    let fits = |(part, text): (&Part, &&str)| match part.kind {
        FieldKind::Whole => text.len() <= 12 && text.parse::<u64>().is_ok(),
        FieldKind::Number => text.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0),
        FieldKind::Date => is_date(text),
        FieldKind::DateTime => is_date_time(text),
        _ => !text.is_empty(),
    };
    given.len() == parts.len() && parts.iter().zip(&given).all(fits)
}

/// Whether two fields are in order; where one is missing or no day or number, there is nothing to compare.
fn in_order(values: &Map<String, Value>, pair: &Compare) -> bool {
    let (Some(one), Some(other)) = (values.get(&pair.field), values.get(&pair.with)) else { return true };
    match pair.order {
        Order::AtMost => !matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one > other),
        Order::NotBefore => {
            let (Some(one), Some(other)) = (one.as_str(), other.as_str()) else { return true };
            if let (Ok(one), Ok(other)) = (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
                return one >= other;
            }
            !matches!((one.parse::<Date>(), other.parse::<Date>()), (Ok(one), Ok(other)) if one < other)
        }
    }
}
