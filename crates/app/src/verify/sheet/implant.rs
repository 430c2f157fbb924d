//! What was implanted, and the scan it was verified on.

use dose::tg43::Formalism;
use report::verification as r;

use super::super::Verified;
use super::super::given::SeedTag;
use super::super::request::SeedOrigin;
use super::Say;

/// Date and time to the minute; the date alone where no time is known, which reads as midnight.
fn when(at: jiff::civil::DateTime) -> String {
    if at.time() == jiff::civil::Time::midnight() {
        at.date().to_string()
    } else {
        format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
    }
}

pub(super) fn study(v: &Verified<'_>) -> r::Study {
    let ct = v.chosen.ct;
    let grid = &v.chosen.volume.grid;
    let mut parts: Vec<String> = [&ct.manufacturer, &ct.model].into_iter().filter(|t| !t.is_empty()).cloned().collect();
    // anonymised studies have the same filler in both
    parts.dedup();
    parts.push(format!("{} × {:.2} mm", grid.size[2], grid.spacing[2]));
    parts.extend(ct.kvp.map(|kv| format!("{kv:.0} kV")));
    let days = match (v.request.implant_date, ct.acquired) {
        (Some(implanted), Some(scanned)) => {
            physics::decay::civil_elapsed(implanted, scanned).ok().map(physics::Seconds::days)
        }
        _ => None,
    };
    r::Study {
        date: ct.acquired.map(when).unwrap_or_default(),
        days_after_implant: days,
        description: parts.join(", "),
    }
}

pub(super) fn implant(v: &Verified<'_>, say: Say<'_>) -> r::Implant {
    let groups = v.seeds.kinds.iter().enumerate().map(|(at, kind)| r::SeedGroup {
        model: kind.model.name.clone(),
        nuclide: kind.model.nuclide.id.clone(),
        half_life: format!("{:.2} d", kind.half_life.days()),
        strength: kind.strength,
        strength_date: v.request.implant_date.or(kind.stated_at).map(|t| t.date().to_string()).unwrap_or_default(),
        count: v.seeds.placed.iter().filter(|seed| seed.kind == at).count(),
        length_mm: kind.model.capsule.length_mm,
        diameter_mm: kind.model.capsule.diameter_mm,
    });
    let plan_count = v.chosen.plan.map(|plan| plan.seeds.len()).filter(|_| v.request.seeds != SeedOrigin::Plan);
    r::Implant {
        site: v.target.name.clone(),
        date: v.request.implant_date.map(|t| t.date().to_string()).unwrap_or_default(),
        groups: groups.collect(),
        seeds_from: source(v),
        expected_count: v.request.count.or(plan_count),
        formalism: formalism(v.formalism, say),
        dose_kind: say("至无穷时间的总剂量（水中）", "dose to infinity, in water"),
    }
}

pub(super) fn formalism(form: Formalism, say: Say<'_>) -> String {
    match form {
        Formalism::Line2D => say("TG-43 二维，线源", "TG-43 2D, line source"),
        Formalism::Line1D => say("TG-43 一维，线源", "TG-43 1D, line source"),
        Formalism::Point1D => say("TG-43 一维，点源", "TG-43 1D, point source"),
    }
}

pub(super) fn seeds(v: &Verified<'_>) -> Vec<r::Seed> {
    v.seeds
        .placed
        .iter()
        .zip(1..)
        .map(|(seed, number)| r::Seed {
            number,
            centre: seed.centre,
            axis: seed.axis,
            confidence: seed.confidence,
            origin: match seed.origin {
                SeedTag::Plan => r::Origin::Plan,
                SeedTag::Found => r::Origin::Found,
                SeedTag::Added => r::Origin::Added,
                SeedTag::Moved => r::Origin::Moved,
            },
            group: seed.kind,
            note: seed.needle.clone(),
        })
        .collect()
}

/// Where the positions came from. Of a given list the tags say what it was made of.
fn source(v: &Verified<'_>) -> r::SeedSource {
    let any = |tag: SeedTag| v.seeds.placed.iter().any(|seed| seed.origin == tag);
    match v.request.seeds {
        SeedOrigin::Plan => r::SeedSource::Plan,
        SeedOrigin::Auto => r::SeedSource::Found,
        SeedOrigin::Given(_) if any(SeedTag::Found) => r::SeedSource::Edited,
        SeedOrigin::Given(_) if any(SeedTag::Plan) => r::SeedSource::EditedPlan,
        SeedOrigin::Given(_) => r::SeedSource::Given,
    }
}
