//! Finds the seeds on the CT of a draft.

use image::seeds::Language;
use jiff::civil::DateTime;
use physics::{AirKermaStrength, Gray};
use records::change::Work;
use records::verification::{Draft, DraftSeed, SeedOrigin, State};
use records::{Id, Job, Verification};
use serde_json::{Value, json};

use super::verify::{folder_of, request_of};
use super::watch::JobWatch;
use super::{End, blocking, unstored};
use crate::failure::{Failure, unusable};
use crate::server::App;
use crate::verify::{self, Strength, found_seeds};
use crate::watch::{Step, Watch};

/// Searches, and puts what was found in the place of the draft's seeds.
pub async fn run(app: &App, job: &Job, watch: &JobWatch) -> Result<End, Failure> {
    let id = job.subject.parse::<Id<Verification>>().map_err(unusable)?;
    let gone = || Failure::input("the verification is not there any more");
    let verification = app.store.verification(id).await.map_err(unstored)?.ok_or_else(gone)?;
    let (app, watch) = (app.clone(), watch.clone());
    let folder = folder_of(&app, &verification).await?;
    let count = job.input.get("count").and_then(Value::as_u64).map(|count| count as usize);
    let mut request = request_of(&verification.settings, &folder)?;
    request.seeds = verify::SeedOrigin::Auto;
    request.count = count.or(request.count);
    // where the seeds are depends on neither dose nor strength: the search need not wait for them
    request.prescription = request.prescription.or(Some(Gray::new(100.0)));
    request.strength = request.strength.or(Some(Strength::AirKerma(AirKermaStrength::new(1.0))));
    (request.strength_date, request.implant_date) = (None::<DateTime>, None);
    let found = blocking(move || {
        let watch: &dyn Watch = &watch;
        let study = verify::read(&request, watch)?;
        watch.step(Step::Seeds)?;
        found_seeds(&request, &study, watch)
    })
    .await?;
    // read after the search: what was edited meanwhile is replaced too, and whoever edited it sees the revision change
    let current = app.store.verification(id).await.map_err(unstored)?.ok_or_else(gone)?;
    if current.state != State::Draft {
        return Err(Failure::input("the verification is no draft any more; its seeds stay as they are"));
    }
    let revision = app.store.draft(id).await.map_err(unstored)?.map_or(0, |draft| draft.revision) + 1;
    let seeds: Vec<DraftSeed> = found
        .seeds
        .iter()
        .zip(1..)
        .map(|(seed, number)| DraftSeed {
            number,
            centre_mm: seed.centre,
            axis: seed.axis,
            origin: SeedOrigin::Found,
            confidence: Some(seed.confidence),
            needle: String::new(),
        })
        .collect();
    let warnings: Vec<Value> = found
        .warnings
        .iter()
        .map(|warning| json!({ "zh": warning.sentence(Language::Chinese), "en": warning.sentence(Language::English) }))
        .collect();
    let result = json!({ "seeds": seeds.len(), "revision": revision, "warnings": warnings });
    Ok(End { work: vec![Work::Draft(id, Draft { revision, seeds })], result, ..End::default() })
}
