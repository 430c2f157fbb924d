//! Where and by what a case is treated.

use records::case::Technique;
use records::forms::Techniques;
use records::record::About;
use records::{Hospital, Id};

use crate::server::App;
use crate::server::auth::Person;
use crate::server::auth::scope::must_reach;
use crate::server::problem::Problem;

/// The hospital of a new case: the one named, or the only one that the person belongs to or that there is. Without any hospital
/// entered a case belongs to none.
///
/// # Errors
/// When the person does not reach the one named, or belongs to several and names none.
pub async fn treated_at(app: &App, person: &Person, given: Option<&str>) -> Result<Option<Id<Hospital>>, Problem> {
    let unknown = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
    if let Some(text) = given.filter(|text| !text.is_empty()) {
        let id = text.parse().map_err(|_| unknown())?;
        must_reach(&*app.store, person.hospitals(), About::Hospital(id)).await?;
        let there = app.store.hospitals().await?.iter().any(|one| one.id == id);
        return if there { Ok(Some(id)) } else { Err(unknown()) };
    }
    let all = app.store.hospitals().await?;
    match (person.hospitals(), all.as_slice()) {
        ([only], _) => Ok(Some(*only)),
        ([], [only]) => Ok(Some(only.id)),
        ([], []) => Ok(None),
        _ => Err(Problem::field("hospital", "请选择医院。", "choose the hospital")),
    }
}

/// A technique by its name; a seed implant where none is given.
///
/// # Errors
/// When there is no such technique.
pub fn technique(name: &str) -> Result<Technique, Problem> {
    if name.is_empty() {
        return Ok(Technique::default());
    }
    Technique::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| {
        Problem::field(
            "technique",
            "没有这种技术；可选：seed_implant、ablation、radiopharmaceutical。",
            "there is no such technique; choose seed_implant, ablation or radiopharmaceutical",
        )
    })
}

/// Refuses a way or a means that the technique does not have.
///
/// # Errors
/// A problem of the field `route`.
pub fn check_way(technique: Technique, route: &str, method: &str) -> Result<(), Problem> {
    Techniques::builtin().check(technique, route, method).map_err(|error| Problem::field("route", error.zh, error.en))
}
