//! CarePlan and Appointment: the next visit.

use serde_json::json;

use super::{Making, map};

/// The next visit, where one is due.
pub(super) fn all(making: &mut Making<'_>) {
    let Some(due) = making.input.facts.due else { return };
    let day = making.day(due);
    if day.is_null() {
        return;
    }
    let case = making.input.case.id.to_string();
    let appointment = json!({
        // nobody has been asked yet
        "status": "proposed",
        "description": "随访 / follow-up",
        "requestedPeriod": [{"start": day, "end": day}],
        "reasonReference": making.disease().map(|disease| json!([disease])),
        "participant": [{"actor": making.subject(), "required": "required", "status": "needs-action"}],
    });
    let uuid = making.id("appointment", &case);
    let appointment = making.add("Appointment", uuid, &[], map(appointment));
    let plan = json!({
        "status": "active",
        "intent": "plan",
        "title": "随访计划 / follow-up",
        "subject": making.subject(),
        "addresses": making.disease().map(|disease| json!([disease])),
        "activity": [{"reference": appointment}],
    });
    let uuid = making.id("care_plan", &case);
    making.add("CarePlan", uuid, &[], map(plan));
}
