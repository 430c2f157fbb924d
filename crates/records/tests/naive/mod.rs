//! The rules of `docs/methods/indicators.md`, section 1, read straight from JSON. Days are compared as ISO texts and counted by a
//! calendar written here; nothing of the crate is used.

#![allow(clippy::unwrap_used, clippy::bool_to_int_with_if)]

use serde_json::{Value, json};

/// Year, month, day of an ISO date; `None` for what is none.
fn ymd(text: &str) -> Option<(i64, i64, i64)> {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let &[y, m, d] = parts.as_slice() else { return None };
    (text.len() == 10 && (1..=12).contains(&m) && d >= 1 && d <= month_length(y, m)).then_some((y, m, d))
}

fn month_length(y: i64, m: i64) -> i64 {
    match m {
        2 if y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 January 2000, counted month by month.
fn number(day: &str) -> i64 {
    let (y, m, d) = ymd(day).unwrap();
    let years: i64 = (2000..y).map(|y| (1..=12).map(|m| month_length(y, m)).sum::<i64>()).sum();
    years + (1..m).map(|m| month_length(y, m)).sum::<i64>() + d - 1
}

/// Seconds since 2000 as on the clock, and in UTC where an offset stands; a text without a time is no moment.
fn moment(text: &str) -> Option<(i64, Option<i64>)> {
    let (day, rest) = text.split_once('T')?;
    ymd(day)?;
    let (time, offset) = match rest {
        rest if rest.ends_with('Z') => (&rest[..rest.len() - 1], Some(0)),
        rest => match rest.split_once('+') {
            Some((time, offset)) => (time, Some(offset[..2].parse::<i64>().ok()? * 3600)),
            None => (rest, None),
        },
    };
    let hms: Vec<i64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let clock = number(day) * 86400 + hms.iter().zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum::<i64>();
    Some((clock, offset.map(|offset| clock - offset)))
}

fn said<'a>(record: &'a Value, field: &str) -> &'a str {
    record["values"][field].as_str().unwrap_or("")
}

fn yes(record: &Value, field: &str) -> bool {
    record["values"][field] == json!(true)
}

fn day(record: &Value) -> &str {
    record["day"].as_str().unwrap()
}

fn count(record: &Value, field: &str) -> u64 {
    record["values"][field].as_u64().unwrap_or(0)
}

/// How many seeds `7` or `1-20` names.
fn seeds_of_range(text: &str) -> i64 {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(first), Ok(last)) => last - first + 1,
        _ => 0,
    }
}

/// All facts as plain JSON.
pub fn facts(
    case: &Value,
    records: &[Value],
    studies: &[Value],
    verifications: &[Value],
    movements: &[Value],
) -> Value {
    let form = |name: &str| -> Vec<&Value> {
        let mut found: Vec<&Value> =
            records.iter().filter(|record| record["form"] == name && record["withdrawn"] == json!(false)).collect();
        found.sort_by_key(|record| (day(record).to_owned(), record["id"].as_str().unwrap().to_owned()));
        found
    };
    let technique = case["technique"].as_str().unwrap();
    let mut set = vec![technique.to_owned()];
    let mut hold = |condition: bool, name: &str| {
        if condition && !set.iter().any(|there| there == name) {
            set.push(name.to_owned());
        }
    };

    let (treated, start, operator) = if let Some(record) = form("procedure").first() {
        (Some(day(record)), moment(said(record, "started_at")), said(record, "operator"))
    } else if let Some(record) = form("administration").first() {
        (Some(day(record)), moment(said(record, "at")), said(record, "by"))
    } else {
        (case["implanted_on"].as_str(), None, "")
    };
    let before = |text: &str| {
        let (Some(treated), Some((clock, instant))) = (treated, moment(text)) else { return false };
        match start {
            Some((_, Some(start))) if instant.is_some() => instant.unwrap() < start,
            Some((start, _)) => clock < start,
            None => clock < number(treated) * 86400,
        }
    };
    let since = |day: &str| treated.map_or(-1, |treated| number(day) - number(treated));
    let in_30 = |day: &str| (0..=30).contains(&since(day));
    hold(treated.is_some(), "treated");

    // process
    if let Some(record) = form("indication").last() {
        hold(true, "indication_stated");
        let met = |names: &[&str]| names.iter().filter(|name| yes(record, name)).count();
        let first = met(&["diameter_at_most_7cm", "recurrent_or_metastatic"])
            + if yes(record, "no_surgery_any_more") || yes(record, "prostate") { 1 } else { 0 };
        let second = met(&["kps_at_least_70", "has_needle_path", "luminal_obstruction"])
            + met(&["no_contraindication", "survival_at_least_3_months", "refused_other"]);
        let listed = match &record["values"]["contraindications"] {
            Value::Array(items) => items.iter().any(|item| item != ""),
            Value::String(text) => !text.is_empty(),
            _ => false,
        };
        let other = said(record, "decision") == "treat" && !listed;
        hold(if technique == "seed_implant" { first >= 2 && second >= 3 } else { other }, "indication_right");
    }
    for plan in form("plan") {
        let people = if technique == "seed_implant" { 3 } else { 2 };
        let there = ["attending", "operator", "physicist"][..people].iter().all(|who| !said(plan, who).is_empty());
        hold(there && before(said(plan, "completed_at")), "plan_before");
    }
    for consent in form("consent") {
        let parts = yes(consent, "purpose")
            && yes(consent, "risk")
            && yes(consent, "after_care")
            && yes(consent, "complications");
        hold(parts && !said(consent, "signed_by").is_empty() && before(said(consent, "signed_at")), "consent_before");
    }
    for procedure in form("procedure") {
        let all =
            ["ecg", "respiration", "blood_pressure", "pulse", "spo2"].iter().all(|channel| yes(procedure, channel));
        hold(all, "monitored");
    }
    for check in verifications {
        for study in studies {
            let date = study["summary"]["date"].as_str().unwrap();
            let taken = date.split('T').next().filter(|day| ymd(day).is_some());
            hold(
                ["computed", "signed"].contains(&check["state"].as_str().unwrap())
                    && study["id"] == check["study"]
                    && study["withdrawn"] == json!(false)
                    && taken.is_some_and(|day| since(day) >= 0),
                "dose_verified",
            );
        }
    }
    for certificate in form("certificate") {
        let (kind, paper) = (said(certificate, "kind"), !certificate["files"].as_array().unwrap().is_empty());
        let filed = match technique {
            "seed_implant" => kind == "seed_certificate" && paper,
            "ablation" => kind == "device_barcode" && (paper || !said(certificate, "number").is_empty()),
            _ => false,
        };
        hold(filed, "certificate_filed");
    }
    for upload in form("province_upload") {
        hold(said(upload, "result") == "accepted", "uploaded");
    }

    // course
    let discharged = form("discharge").into_iter().map(day).find(|left| treated.is_none_or(|treated| *left >= treated));
    hold(treated.is_some() && discharged.is_some(), "discharged");
    let mut deaths: Vec<&str> = form("death").into_iter().map(day).collect();
    deaths.extend(form("discharge").into_iter().filter(|record| said(record, "condition") == "died").map(day));
    deaths.sort_unstable();
    let recorded = deaths.first().copied();
    let dead = |visit: &&Value| visit["values"]["alive"] == json!(false);
    let learnt = form("follow_up").into_iter().find(|visit| dead(visit)).map(day);
    let died = recorded.or(learnt);
    hold(died.is_some_and(in_30), "died_in_30_days");
    let mut signs: Vec<&str> = treated.into_iter().collect();
    for name in ["discharge", "response", "laboratory", "quality_of_life", "administration"] {
        signs.extend(form(name).into_iter().map(day));
    }
    signs.extend(form("follow_up").into_iter().filter(|visit| yes(visit, "reached") && yes(visit, "alive")).map(day));
    signs.sort_unstable();
    let alive = match (recorded, died, signs.last().copied()) {
        (Some(death), _, _) => Some(death),
        (None, Some(learnt), Some(sign)) if sign > learnt => Some(learnt),
        (_, _, sign) => sign,
    };
    let declared = form("follow_up").into_iter().filter(|visit| yes(visit, "lost")).map(day).next_back();
    let lost = died.is_none() && declared.is_some_and(|on| alive.is_none_or(|alive| on >= alive));
    hold(lost, "lost_to_follow_up");
    let reached: Vec<&str> =
        form("follow_up").into_iter().filter(|visit| yes(visit, "reached") || dead(visit)).map(day).collect();
    let mut stated: Vec<(&str, &str)> =
        form("follow_up").into_iter().map(|visit| (day(visit), said(visit, "next_due"))).collect();
    stated.retain(|(_, due)| !due.is_empty());
    stated.sort_unstable();
    let planned = stated.last().map(|(_, due)| *due).or(case["follow_up_due"].as_str());
    hold(planned.is_some(), "follow_up_planned");
    hold(discharged.is_some_and(|left| reached.iter().any(|visit| *visit > left)), "followed_up");
    let due = planned.filter(|due| died.is_none() && !lost && reached.iter().all(|visit| visit < due));

    // outcome
    for event in form("complication").into_iter().filter(|event| in_30(day(event))) {
        let (kind, cause) = (said(event, "kind"), said(event, "cause"));
        let from = |wanted: &str| [wanted, "unknown", ""].contains(&cause);
        let grade = event["values"]["grade"].as_f64();
        let major = event["values"]["major"].as_bool().unwrap_or(grade.is_none_or(|grade| grade > 2.5));
        let puncture = ["infection", "bleeding", "pneumothorax", "nerve_injury"].contains(&kind);
        hold(puncture && from("puncture") && major, "puncture_complication");
        hold(kind == "infection" && major, "serious_infection");
        let organs = [
            "skin_ulcer",
            "pneumonitis",
            "myelopathy",
            "cystitis",
            "enteritis",
            "brain_necrosis",
            "oesophageal_perforation",
        ];
        hold(organs.contains(&kind) && from("radiation"), kind);
        hold(grade.is_some_and(|grade| grade > 2.5), "serious_event");
    }
    for response in form("response").into_iter().filter(|response| since(day(response)) >= 0) {
        let recist = said(response, "method") == "recist_1.1";
        hold(recist && ["CR", "PR", "SD", "PD"].contains(&said(response, "result")), "response_judged");
        hold(recist && ["CR", "PR", "SD"].contains(&said(response, "result")), "effective");
        let (y, m, d) = ymd(treated.unwrap()).unwrap();
        let (y, m) = if m == 12 { (y + 1, 1) } else { (y, m + 1) };
        let month_later = format!("{y:04}-{m:02}-{:02}", d.min(month_length(y, m)));
        let whole = yes(response, "completely_ablated") && yes(response, "enhanced_imaging");
        hold(whole && *day(response) <= *month_later, "completely_ablated");
    }
    for asked in form("quality_of_life") {
        hold(since(day(asked)) > 0, "quality_of_life_asked");
    }

    // region
    let mut nodules = Vec::new();
    for diagnosis in form("diagnosis") {
        let regions: Vec<&str> = match &diagnosis["values"]["region"] {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        for region in &regions {
            hold(["pelvis", "prostate"].contains(region), "pelvic");
            hold(["thorax", "oesophagus"].contains(region), "thoracic");
            hold(*region == "oesophagus", "oesophageal");
            hold(*region == "spine", "spinal");
            hold(*region == "brain", "cerebral");
            hold(*region == "abdomen", "abdominal");
        }
        if regions.contains(&"thyroid") && diagnosis["values"]["malignant"] == json!(false) {
            nodules.push(diagnosis["values"]["largest_diameter_cm"].as_f64().unwrap_or(99.0));
        }
        let known = said(diagnosis, "pathology_day");
        hold(!known.is_empty() && treated.is_some_and(|treated| known <= treated), "pathology_before");
    }
    hold(!nodules.is_empty(), "benign_thyroid");
    hold(!nodules.is_empty() && nodules.iter().all(|cm| *cm < 2.0), "below_2_cm");

    // counts
    let seeds_at = |end: &str| -> i64 {
        let here = movements.iter().filter(|one| one[end] == json!({"kind": "implanted", "of": case["id"]}));
        here.flat_map(|one| one["seeds"].as_str().unwrap().split(',').map(seeds_of_range)).sum()
    };
    let total = |field: &str| form("procedure").into_iter().map(|record| count(record, field)).sum::<u64>();
    let put = seeds_at("to");
    let seeds = if put > 0 { (put - seeds_at("from")).max(0) as u64 } else { total("seeds_implanted") };

    let lived = treated.zip(alive).map(|(treated, alive)| {
        let ((y, m, d), (y2, m2, d2)) = (ymd(treated).unwrap(), ymd(alive).unwrap());
        ((y2 - y) * 12 + m2 - m - if d2 < d { 1 } else { 0 }).max(0)
    });
    let life =
        treated.zip(died.or(alive)).map(|(treated, end)| ((number(end) - number(treated)).max(0), died.is_some()));
    set.sort_unstable();
    json!({
        "operator": (operator.len() == 36).then_some(operator), "treated": treated, "discharged": discharged, "died": died,
        "alive": alive, "due": due, "set": set, "lesions": [total("lesions_planned"), total("lesions_done")], "seeds": seeds,
        "lived_months": lived, "lifetime": life
    })
}
