//! What differs between two verifications.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use records::Verification;
use records::verification::DraftSeed;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::server::App;
use crate::server::extract::{Asked, Key};
use crate::server::problem::Problem;
use crate::worker;

/// With which one to compare.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct With {
    /// id of another verification of the same case
    to: String,
}

/// A setting that differs.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct SettingDifference {
    field: String,
    #[schema(value_type = Object)]
    before: Value,
    #[schema(value_type = Object)]
    after: Value,
}

/// A seed that moved.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Moved {
    number: u32,
    distance_mm: f64,
}

/// Seeds that differ, by their numbers.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SeedDifference {
    added: Vec<u32>,
    removed: Vec<u32>,
    moved: Vec<Moved>,
}

/// An index that differs.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct IndexDifference {
    structure: String,
    index: String,
    unit: String,
    before: Option<f64>,
    after: Option<f64>,
}

/// Two values of one thing.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct BeforeAfter {
    before: Option<String>,
    after: Option<String>,
}

/// What differs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Difference {
    settings: Vec<SettingDifference>,
    seeds: SeedDifference,
    indices: Vec<IndexDifference>,
    verdict: BeforeAfter,
}

/// Differences smaller than this are rounding.
const SAME_MM: f64 = 0.01;

/// What differs from this verification to another.
#[utoipa::path(get, path = "/verifications/{id}/difference", tag = "verifications", params(("id" = String, Path), With),
    responses((status = 200, body = Difference)))]
pub async fn read(
    State(app): State<App>,
    Key(id): Key<Verification>,
    Asked(with): Asked<With>,
) -> Result<Json<Difference>, Problem> {
    let one = worker::verification(&app, id).await?;
    let unknown = || Problem::not_found("项可比较的剂量验证", "verification to compare with");
    let other = worker::verification(&app, with.to.parse().map_err(|_| unknown())?).await?;
    if other.case != one.case {
        return Err(unknown());
    }
    let verdict = |one: &Verification| one.outcome.as_ref().map(|outcome| outcome.verdict.clone());
    Ok(Json(Difference {
        settings: settings(&one, &other),
        seeds: seeds(&seeds_of(&app, &one).await?, &seeds_of(&app, &other).await?),
        indices: indices(&one, &other),
        verdict: BeforeAfter { before: verdict(&one), after: verdict(&other) },
    }))
}

/// The seeds that were computed, or the draft's where nothing was yet.
async fn seeds_of(app: &App, one: &Verification) -> Result<Vec<DraftSeed>, Problem> {
    if !one.seeds.is_empty() {
        return Ok(one.seeds.clone());
    }
    Ok(app.store.draft(one.id).await?.map(|draft| draft.seeds).unwrap_or_default())
}

fn settings(one: &Verification, other: &Verification) -> Vec<SettingDifference> {
    let fields = |one: &Verification| match serde_json::to_value(&one.settings) {
        Ok(Value::Object(map)) => map.into_iter().collect::<BTreeMap<String, Value>>(),
        _ => BTreeMap::new(),
    };
    let mut after = fields(other);
    let pairs = fields(one).into_iter().map(|(field, before)| {
        let after = after.remove(&field).unwrap_or_default();
        SettingDifference { field, before, after }
    });
    pairs.filter(|pair| pair.before != pair.after).collect()
}

fn seeds(before: &[DraftSeed], after: &[DraftSeed]) -> SeedDifference {
    let there =
        |seeds: &[DraftSeed]| seeds.iter().map(|seed| (seed.number, seed.centre_mm)).collect::<BTreeMap<_, _>>();
    let (old, new) = (there(before), there(after));
    let moved = old.iter().filter_map(|(number, from)| {
        let to = new.get(number)?;
        let distance_mm = from.iter().zip(to).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        (distance_mm > SAME_MM).then_some(Moved { number: *number, distance_mm })
    });
    SeedDifference {
        added: new.keys().filter(|number| !old.contains_key(number)).copied().collect(),
        removed: old.keys().filter(|number| !new.contains_key(number)).copied().collect(),
        moved: moved.collect(),
    }
}

/// Structure and index → value and unit.
type Figures = BTreeMap<(String, String), (Option<f64>, String)>;

fn figures(one: &Verification) -> Figures {
    let structures = one.outcome.as_ref().and_then(|outcome| outcome.summary.get("structures")?.as_array());
    let mut figures = Figures::new();
    for structure in structures.into_iter().flatten() {
        let name = structure.get("name").and_then(Value::as_str).unwrap_or_default();
        for (index, figure) in structure.get("indices").and_then(Value::as_object).into_iter().flatten() {
            let unit = figure.get("unit").and_then(Value::as_str).unwrap_or_default().to_owned();
            figures.insert((name.to_owned(), index.clone()), (figure.get("value").and_then(Value::as_f64), unit));
        }
    }
    figures
}

fn indices(one: &Verification, other: &Verification) -> Vec<IndexDifference> {
    let (before, mut after) = (figures(one), figures(other));
    let mut rows: Vec<IndexDifference> = before
        .into_iter()
        .map(|((structure, index), (before, unit))| {
            let after = after.remove(&(structure.clone(), index.clone())).and_then(|(value, _)| value);
            IndexDifference { structure, index, unit, before, after }
        })
        .collect();
    let new = after.into_iter().map(|((structure, index), (after, unit))| IndexDifference {
        structure,
        index,
        unit,
        before: None,
        after,
    });
    rows.extend(new);
    rows
}

#[cfg(test)]
mod tests {
    use records::verification::SeedOrigin;

    use super::*;

    #[test]
    fn seeds_are_compared_by_their_numbers() {
        let seed = |number, x| DraftSeed {
            number,
            centre_mm: [x, 0.0, 0.0],
            axis: None,
            origin: SeedOrigin::Found,
            confidence: None,
            needle: String::new(),
        };
        let difference =
            seeds(&[seed(1, 0.0), seed(2, 5.0), seed(3, 9.0)], &[seed(1, 0.001), seed(3, 12.0), seed(7, 1.0)]);
        let moved = vec![Moved { number: 3, distance_mm: 3.0 }];
        assert_eq!(difference, SeedDifference { added: vec![7], removed: vec![2], moved });
    }
}
