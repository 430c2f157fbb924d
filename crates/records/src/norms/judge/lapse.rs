//! When a rule that is met will fail.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Known, one};
use crate::norms::evidence::lapses_after;
use crate::norms::finding::{Lapse, State};
use crate::norms::pack::Rule;

/// The days within the look-ahead on which something lapses, becomes too old, or a new year begins.
pub(super) fn turning_days(known: &Known<'_>) -> Vec<Date> {
    let today = known.evidence.today;
    let last = today.saturating_add(i64::from(known.pack.look_ahead_days).days());
    let mut days = BTreeSet::new();
    let mut note = |day: Date| {
        if day > today && day <= last {
            days.insert(day);
        }
    };
    let ages = ages(known);
    let mine = known.of_hospital.iter().chain(known.of_people.values().flatten());
    for record in mine.filter(|record| !record.withdrawn) {
        let until = lapses_after(record);
        let aged = ages.iter().map(|age| record.day.saturating_add(i64::from(*age).months()));
        until.into_iter().chain(aged).filter_map(|last| last.tomorrow().ok()).for_each(&mut note);
    }
    let exemptions = known.pack.roles.iter().filter_map(|role| role.exemption.as_ref());
    exemptions.flat_map(|need| need.turns(today.year()).chain(need.turns(last.year()))).for_each(&mut note);
    days.into_iter().collect()
}

/// After how many months something of the pack is too old.
fn ages(known: &Known<'_>) -> BTreeSet<u32> {
    let rules = known.pack.rules.iter().filter_map(|rule| rule.check.months());
    let roles = known
        .pack
        .roles
        .iter()
        .flat_map(|role| [&role.radiation_protection, &role.medical_exam])
        .flatten()
        .map(|current| current.months);
    rules.chain(roles).collect()
}

/// The first of some days on which the rule fails.
pub(super) fn first(known: &Known<'_>, rule: &Rule, days: &[Date]) -> Option<Lapse> {
    // what is counted by the store does not change because a paper lapses
    if rule.check.is_of_cases() {
        return None;
    }
    days.iter().find_map(|day| {
        let judged = one(known, rule, *day);
        (judged.state != State::Met).then_some(Lapse { day: *day, says: judged.says })
    })
}
