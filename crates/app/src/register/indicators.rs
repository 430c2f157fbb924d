//! Indicators of a period, in parts, from the store.

use records::indicators::{Computed, Inquiry, Pack};
use records::store::RecordQuery;
use records::{Kind, Store, StoreError};

/// Records at most that report counts from elsewhere.
const RECORDS: u32 = 10_000;

/// The figures that an inquiry asks for.
///
/// # Errors
/// Those of the store.
pub async fn figures(
    store: &dyn Store,
    pack: &Pack,
    inquiry: &Inquiry<'_>,
    hospitals: &[records::Id<records::Hospital>],
) -> Result<Vec<Computed>, StoreError> {
    let mut answers = Vec::with_capacity(inquiry.questions().len());
    for question in inquiry.questions() {
        answers.push(store.tally(&question.query, question.count, question.group).await?);
    }
    let elsewhere = pack.indicators.iter().any(|indicator| indicator.counts_from.is_some());
    let records = if elsewhere {
        let query = RecordQuery {
            kinds: vec![Kind::Hospital],
            forms: vec!["indicator_count".to_owned()],
            hospitals: hospitals.to_vec(),
            limit: RECORDS,
            ..RecordQuery::default()
        };
        store.records(&query).await?.rows
    } else {
        Vec::new()
    };
    Ok(inquiry.figures(&answers, &records))
}
