//! Computes a verification and its report.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use physics::{AirKermaStrength, Gray};
use records::verification::{DraftSeed, Outcome, OutputFile, SeedOrigin, Settings, State};
use records::{Change, Id, Item, Job, StoredStudy, Verification};
use report::verification::Fonts;
use serde_json::{Value, json};

use super::watch::JobWatch;
use super::{End, blocking, place, unstored, whose};
use crate::failure::{Failure, unusable};
use crate::server::{App, SOFTWARE};
use crate::verify::{
    self, CriteriaChoice, FormalismChoice, GivenSeed, LanguageChoice, Registered, Request, SeedTag, Strength, files,
    verdict,
};
use crate::watch::{Step, Watch};

/// The study of a verification.
async fn study_of(app: &App, verification: &Verification) -> Result<StoredStudy, Failure> {
    let gone = || Failure::input("the study of this verification is not there any more");
    app.store.study(verification.study).await.map_err(unstored)?.ok_or_else(gone)
}

/// The folder with the study of a verification.
pub async fn folder_of(app: &App, verification: &Verification) -> Result<PathBuf, Failure> {
    let study = study_of(app, verification).await?;
    let app = app.clone();
    blocking(move || place::place(&app.data, &app.objects, study.id, &study.files)).await
}

/// What a verification asks of the pipeline, but for the seeds.
///
/// # Errors
/// When a value cannot be meant.
pub fn request_of(settings: &Settings, folder: &Path) -> Result<Request, Failure> {
    let moment = |what: &str, text: &Option<String>| -> Result<Option<DateTime>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let at = text
            .parse::<DateTime>()
            .or_else(|_| text.parse::<Date>().map(|day| day.to_datetime(jiff::civil::Time::midnight())));
        at.map(Some).map_err(|_| {
            Failure::input(format!("{what} '{text}' is no day; write it like 2026-01-31 or 2026-01-31T08:00"))
        })
    };
    let formalism = match settings.formalism.as_deref() {
        None | Some("auto") => FormalismChoice::Auto,
        Some("point") => FormalismChoice::Point,
        Some("1d") => FormalismChoice::One,
        Some("2d") => FormalismChoice::Two,
        Some(other) => {
            return Err(Failure::input(format!("there is no formalism '{other}'; choose auto, point, 1d or 2d")));
        }
    };
    let request = Request {
        prescription: settings.prescription_gy.map(Gray::new),
        model: settings.model.clone(),
        strength: settings.strength_u.map(|u| Strength::AirKerma(AirKermaStrength::new(u))),
        strength_date: moment("the date of the strength", &settings.strength_date)?,
        implant_date: moment("the date of the implant", &settings.implant_date)?,
        count: settings.count.map(|count| count as usize),
        target: settings.target.clone(),
        criteria: settings.criteria.clone().map(CriteriaChoice::Id),
        formalism,
        grid_mm: settings.grid_mm.unwrap_or(1.0),
        ..Request::of(folder)
    };
    request.check()?;
    Ok(request)
}

/// A seed of a draft as the pipeline takes it.
pub fn given(seed: &DraftSeed) -> GivenSeed {
    let origin = match seed.origin {
        SeedOrigin::Plan => SeedTag::Plan,
        SeedOrigin::Found => SeedTag::Found,
        SeedOrigin::Added => SeedTag::Added,
        SeedOrigin::Moved => SeedTag::Moved,
    };
    let note = seed.needle.clone();
    GivenSeed { axis: seed.axis, confidence: seed.confidence, note, ..GivenSeed::at(seed.centre_mm, origin) }
}

/// Computes with the seeds that were ordered, keeps every file, and puts the result in place of the version it follows.
pub async fn run(app: &App, job: &Job, watch: &JobWatch) -> Result<End, Failure> {
    let id = job.subject.parse::<Id<Verification>>().map_err(unusable)?;
    let gone = || Failure::input("the verification is not there any more");
    let before = app.store.verification(id).await.map_err(unstored)?.ok_or_else(gone)?;
    if before.state != State::Running || before.job != Some(job.id) {
        return Err(Failure::input("the verification does not wait for this run any more"));
    }
    let study = study_of(app, &before).await?;
    let folder = folder_of(app, &before).await?;
    let mut request = request_of(&before.settings, &folder)?;
    let head = app.store.head().await.map_err(unstored)?;
    let ledger = format!("{}:{}", head.seq, head.hash);
    let case = app.store.case(before.case).await.map_err(unstored)?.ok_or_else(gone)?;
    let (now, seeds, on_thread) = (app.clock.zoned(), before.seeds.clone(), watch.clone());
    let (made, verdict, seeds) = blocking(move || {
        let watch: &dyn Watch = &on_thread;
        let study = verify::read(&request, watch)?;
        request.seeds = origin(&study, &seeds);
        let study = &study;
        let mut verified = verify::verify(&request, study, &now, watch)?;
        verified.ledger_head = ledger;
        verified.notices.extend(whose::notices(study, &case.patient));
        verified.notices.sort_by_key(|notice| std::cmp::Reverse(notice.level));
        verified.registered = Some(Registered {
            case: case.case.number,
            name: case.patient.name,
            number: case.patient.number,
            birth_date: case.patient.birth_date,
            sex: case.patient.sex,
        });
        watch.step(Step::Report)?;
        let made = files(&verified, LanguageChoice::Both, &Fonts::embedded())?;
        watch.step(Step::Writing)?;
        Ok((made, verdict(verified.judged.verdict), verified.seeds.placed.len() as u32))
    })
    .await?;
    let mut kept = Vec::with_capacity(made.len());
    let mut result = Value::Null;
    for file in made {
        if file.name == "result.json" {
            result = serde_json::from_slice(&file.bytes).map_err(|error| Failure::failed(error.to_string()))?;
        }
        let object = app.objects.put(&file.bytes).await.map_err(|error| Failure::failed(error.to_string()))?;
        kept.push(OutputFile { name: file.name, content: object.content, bytes: object.bytes });
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    let outcome = Outcome {
        files: kept,
        verdict: verdict.to_owned(),
        seeds,
        summary: summary(&result),
        inputs: study.content(),
        software: SOFTWARE.to_owned(),
        computed: app.clock.now(),
    };
    let result = json!({ "verification": id, "verdict": verdict, "seeds": seeds });
    let follows = before.follows.as_ref().map(|(id, _)| *id);
    let after = Verification {
        version: before.version + 1,
        state: State::Computed,
        failure: None,
        failure_zh: None,
        outcome: Some(outcome),
        ..before.clone()
    };
    let mut changes = vec![Change::Replace { before: Item::Verification(before), after: Item::Verification(after) }];
    if let Some(followed) = follows {
        let old =
            app.store.verification(followed).await.map_err(unstored)?.filter(|old| old.state != State::Superseded);
        changes.extend(old.map(|old| {
            let superseded = Verification { version: old.version + 1, state: State::Superseded, ..old.clone() };
            Change::Replace { before: Item::Verification(old), after: Item::Verification(superseded) }
        }));
    }
    Ok(End { changes, result, ..End::default() })
}

/// The plan itself where the seeds are the plan's, untouched: then each keeps the model and strength that the plan gives it.
fn origin(study: &image::study::Study, seeds: &[DraftSeed]) -> verify::SeedOrigin {
    let untouched = seeds.iter().all(|seed| seed.origin == SeedOrigin::Plan);
    let is_plan = study.ct().and_then(|ct| study.implant_plan_on(ct)).is_ok_and(|plan| {
        plan.seeds.len() == seeds.len()
            && plan.seeds.iter().zip(seeds).all(|(planned, seed)| planned.position == seed.centre_mm)
    });
    if untouched && is_plan {
        verify::SeedOrigin::Plan
    } else {
        verify::SeedOrigin::Given(seeds.iter().map(given).collect())
    }
}

/// What lists, the case page and comparisons of versions show, from `result.json`; no identity.
fn summary(result: &Value) -> Value {
    let pick = |pointer: &str| result.pointer(pointer).cloned().unwrap_or_default();
    let target = pick("/target");
    let structures = pick("/structures");
    let of_target = structures.as_array().and_then(|all| all.iter().find(|one| one.get("name") == Some(&target)));
    let part = |key: &str| of_target.and_then(|one| one.get(key)).cloned().unwrap_or_default();
    json!({
        "target": { "name": target, "volume_cm3": part("volume_cm3"), "indices": part("indices") },
        "prescription_gy": pick("/prescription_gy"),
        "formalism": pick("/dose/formalism"),
        "kinds": pick("/implant/kinds"),
        "structures": structures,
        "criteria": { "pack": pick("/criteria/pack"), "version": pick("/criteria/version") },
        "findings": pick("/criteria/findings"),
        "effect": pick("/effect"),
        "notices": pick("/notices"),
        "dose_sha256": pick("/dose/sha256"),
    })
}
