//! What only a norm can tell of a case: whether it is one that the norm is about, whether its devices were approved, by which method it
//! was ablated, and whether the operator was qualified on the day.

use jiff::civil::Date;

use crate::facts::FactSet;
use crate::{Case, Fact, Person, Record, Technique};

use super::Pack;
use super::check::Role;
use super::qualified::qualify;

/// The facts of a case that the packs of its technique tell, as they come with the program.
pub fn of_packs(case: &Case, records: &[Record]) -> FactSet {
    Pack::all().iter().fold(FactSet::NONE, |set, pack| set.and(facts(pack, case, records)))
}

/// The facts of a case that its pack tells from its own records: scope, devices, method of ablation.
pub fn facts(pack: &Pack, case: &Case, records: &[Record]) -> FactSet {
    if case.technique != pack.technique {
        return FactSet::NONE;
    }
    let method = match case.method.as_str() {
        _ if case.technique != Technique::Ablation => None,
        "radiofrequency" => Some(Fact::Radiofrequency),
        "microwave" => Some(Fact::Microwave),
        "cryo" => Some(Fact::Cryo),
        "focused_ultrasound" => Some(Fact::FocusedUltrasound),
        "laser" => Some(Fact::Laser),
        "electroporation" => Some(Fact::Electroporation),
        _ => None,
    };
    let set = method.map_or(FactSet::NONE, |method| FactSet::NONE.with(method));
    set.when(within_scope(pack, case, records), Fact::WithinScope)
        .when(devices_approved(case, records), Fact::DevicesApproved)
}

/// Whether somebody was qualified on the day of a procedure, by the records about that person.
pub fn operator_qualified(pack: &Pack, role: &Role, operator: &Person, records: &[&Record], day: Date) -> bool {
    // who has left since was qualified all the same
    let then = Person { active: true, ..operator.clone() };
    qualify(pack, role, &then, records, day).qualified()
}

/// Way, method and diagnosis are ones that the norm is about. The newest diagnosis counts.
fn within_scope(pack: &Pack, case: &Case, records: &[Record]) -> bool {
    let among = |codes: &[String], code: &str| codes.is_empty() || codes.iter().any(|one| one == code);
    let diagnosis = of(records, "diagnosis").max_by_key(|record| (record.day, record.created, record.id));
    among(&pack.scope.routes, &case.route)
        && among(&pack.scope.methods, &case.method)
        && (!pack.scope.malignant || diagnosis.is_some_and(|record| record.yes("malignant")))
}

/// Every device recorded names its registration and, for ablation, its indication covers the use. Without devices there is nothing to
/// object to: that they are recorded is asked by the rule on certificates.
fn devices_approved(case: &Case, records: &[Record]) -> bool {
    of(records, "device_use").all(|record| {
        record.text("registration").is_some()
            && (case.technique != Technique::Ablation || record.yes("indication_covers"))
    })
}

pub(super) fn of<'a>(records: &'a [Record], form: &'a str) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| !record.withdrawn && record.form == form)
}
