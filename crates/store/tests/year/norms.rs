//! The norms judged on the made-up year: what went wrong on purpose is found, with the counts of the plain computation, and nothing else is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use records::madeup::{Year, ZONE};
use records::norms::finding::{Finding, Proof, State};
use records::norms::{self, Answer, Evidence, Pack, Period, Sources, Used};
use records::sources::licence::{LotAccount, received};
use records::store::{LotQuery, RecordQuery};
use records::{Kind, Store};
use serde_json::{Value, json};

use crate::plain::{Known, Plain, has};

/// What is found of every rule that does not hang on chance.
const EXPECTED: &[(State, &[&str])] = &[
    (
        State::Met,
        &[
            "G07-1.2a",
            "G07-1.2b",
            "G07-1.2c",
            "G07-1.3a",
            "G07-1.3b",
            "G07-1.3c",
            "G07-1.4.1",
            "G07-1.4.3",
            "G07-1.4.4a",
            "G07-1.4.4b",
            "G07-1.5",
            "G07-1.6a",
            "G07-1.6b",
            "G07-2.1.1",
            "G07-2.1.2",
            "G07-2.1.3",
            "G07-2.2",
            "G07-2.3",
            "G07-3.4a",
            "G07-3.5a",
            "G07-3.5b",
            "G07-3.6a",
            "G07-3.6b",
            "G07-3.7c",
            "G07-3.9a",
            "G07-4.1.2",
            "G07-4.1.3",
            "G08-1.2",
            "G08-1.4",
            "G08-1.5",
            "G08-1.6.1",
            "G08-1.6.2a",
            "G08-1.6.2b",
            "G08-1.7a",
            "G08-1.7b",
            "G08-2.1.1",
            "G08-2.1.2",
            "G08-2.1.3",
            "G08-2.1.4",
            "G08-3.3a",
            "G08-3.5a",
            "G08-3.5b",
            "G08-3.6.2a",
            "G08-0.1",
            "G07-0.1",
        ],
    ),
    (
        State::NotMet,
        &[
            // angiography not in the archive; an incident left open; no inspection for a year; a course that ended; an evaluation forgotten;
            // a lot without registration; a device used again; too few beds; a nurse without the course; a licence that had lapsed
            "G07-1.4.2",
            "G07-3.6c",
            "G07-3.7a",
            "G07-3.7b",
            "G07-3.9b",
            "G07-3.10a",
            "G07-3.10c",
            "G08-3.6.1b",
            "G08-1.3",
            "G08-2.2",
            "G07-2.1.4",
            // at least one case of each
            "G07-3.1a",
            "G07-3.1b",
            "G07-3.2a",
            "G07-3.2b",
            "G07-3.3",
            "G07-3.4b",
            "G07-3.4c",
            "G07-3.8",
            "G07-3.10b",
            "G07-3.10d",
            "G07-3.2d",
            "G08-3.1a",
            "G08-3.2",
            "G08-3.4",
            "G08-3.6.1a",
            "G08-3.6.2b",
        ],
    ),
    // the forms have no field for a statement by rule
    (State::NotApplicable, &["G07-4.1.1", "G08-4.1.1", "G08-4.1.3"]),
];

pub async fn judged(store: &dyn Store, year: &Year, plain: &Plain) {
    let found = judge(store, year).await;
    for (state, rules) in EXPECTED {
        for rule in *rules {
            let finding = found.get(*rule).unwrap_or_else(|| panic!("no rule {rule}"));
            assert_eq!(finding.state, *state, "{rule}: {} / {}", finding.says.en, finding.says.zh);
        }
    }
    for finding in found.values().filter(|finding| finding.clause.starts_with("四(二)")) {
        assert_eq!(finding.state, State::NotApplicable, "{} of training bases: {}", finding.rule, finding.says.en);
    }
    proofs(&found, year);
    counts(&found, plain, year);
}

/// Judges by both packs, as the service does.
async fn judge(store: &dyn Store, year: &Year) -> BTreeMap<String, Finding> {
    let hospitals = store.hospitals().await.unwrap();
    let hospital = hospitals.iter().find(|one| one.id == year.hospital).unwrap();
    let people = store.people(&[hospital.id]).await.unwrap();
    let query = RecordQuery {
        kinds: vec![Kind::Hospital, Kind::Person],
        hospitals: vec![hospital.id],
        limit: 10_000,
        ..RecordQuery::default()
    };
    let records = store.records(&query).await.unwrap().rows;
    let (mut lots, mut accounts) = (Vec::new(), Vec::new());
    for row in store.lots(&LotQuery { limit: 200, ..LotQuery::default() }).await.unwrap().rows {
        accounts.push((row.lot.clone(), store.movements(row.lot.id).await.unwrap()));
        lots.push(row.lot);
    }
    let accounts: Vec<LotAccount<'_>> = accounts.iter().map(|(lot, movements)| LotAccount { lot, movements }).collect();
    let gbq = received(&accounts, "I-125", year.last.year(), ZONE).unwrap().value() / 1e9;
    assert!(gbq > 50.0 && gbq < 555.0, "{gbq}");
    let used = [Used { nuclide: "I-125".to_owned(), gbq }];
    let mut found = BTreeMap::new();
    for pack in Pack::all() {
        let mut evidence = Evidence {
            hospital,
            people: &people,
            records: &records,
            answers: &[],
            sources: Sources { lots: &lots, problems: &[], used: &used },
            devices: &[],
            period: Period::year_to(year.last),
            today: year.last,
        };
        let mut answers = Vec::new();
        for ask in norms::needs(pack, &evidence) {
            let tallies = store.tally(&ask.query, ask.count, ask.group).await.unwrap();
            answers.push(Answer { ask, tallies });
        }
        evidence.answers = &answers;
        found.extend(norms::judge(pack, &evidence).into_iter().map(|finding| (finding.rule.clone(), finding)));
    }
    found
}

/// What is wrong is named.
fn proofs(found: &BTreeMap<String, Finding>, year: &Year) {
    let names = |rule: &str, proof: Proof| {
        let finding = &found[rule];
        assert_eq!(finding.proofs, [proof], "{rule}: {}", finding.says.en);
    };
    names("G07-3.7b", Proof::Person(year.plight.untrained));
    names("G07-3.9b", Proof::Person(year.plight.unevaluated));
    names("G07-3.10a", Proof::Lot(year.plight.unregistered));
    assert!(found["G07-2.1.4"].proofs.contains(&Proof::Person(year.plight.unlicensed.0)));
    // the radiation safety licence ends within the look-ahead
    let lapse = found["G07-1.3b"].lapses.as_ref().unwrap();
    assert_eq!(lapse.day, year.last.saturating_add(jiff::Span::new().days(41)));
}

fn day<'a>(known: &'a Known, by: &str) -> &'a str {
    known.facts[by].as_str().unwrap_or_default()
}

/// The counts behind the rules on cases are those of the plain computation.
fn counts(found: &BTreeMap<String, Finding>, plain: &Plain, year: &Year) {
    let before = |days: i64| year.last.saturating_sub(jiff::Span::new().days(days));
    let from = Period::year_to(year.last).from.to_string();
    let of = |technique: &str, by: &str, last: Date| {
        let (from, last, by, technique) = (from.clone(), last.to_string(), by.to_owned(), technique.to_owned());
        let within = plain.cases.iter().filter(move |one| {
            let day = day(one, &by);
            has(one, &technique) && has(one, "treated") && from.as_str() <= day && day <= last.as_str()
        });
        within.collect::<Vec<&Known>>()
    };
    let mut compared = 0;
    let mut every = |rule: &str, cases: &[&Known], holds: &dyn Fn(&Known) -> bool| {
        let finding = &found[rule];
        let (bad, all) = (cases.iter().filter(|one| !holds(one)).count() as u64, cases.len() as u64);
        let counted: Vec<u64> = finding.counts.iter().map(|one| one.count).collect();
        let (state, expected) = if bad == 0 { (State::Met, vec![all]) } else { (State::NotMet, vec![bad, all]) };
        assert_eq!((finding.state, counted), (state, expected), "{rule}: {}", finding.says.en);
        compared += 1;
    };
    let last = year.last;
    for (rule, technique, fact, by, days) in [
        ("G07-3.1a", "seed_implant", "indication_stated", "treated", 0),
        ("G07-3.1b", "seed_implant", "indication_right", "treated", 0),
        ("G07-3.2a", "seed_implant", "plan_before", "treated", 0),
        ("G07-3.2b", "seed_implant", "monitored", "treated", 0),
        ("G07-3.2d", "seed_implant", "response_judged", "treated", 180),
        ("G07-3.3", "seed_implant", "consent_before", "treated", 0),
        ("G07-3.4b", "seed_implant", "follow_up_planned", "discharged", 0),
        ("G07-3.8", "seed_implant", "uploaded", "discharged", 15),
        ("G07-3.10d", "seed_implant", "certificate_filed", "discharged", 0),
        ("G08-3.1a", "ablation", "indication_stated", "treated", 0),
        ("G08-3.1b", "ablation", "indication_right", "treated", 0),
        ("G08-3.2", "ablation", "consent_before", "treated", 0),
        ("G08-3.3b", "ablation", "follow_up_planned", "discharged", 0),
        ("G08-3.4", "ablation", "uploaded", "discharged", 15),
        ("G08-3.6.2b", "ablation", "certificate_filed", "discharged", 0),
    ] {
        every(rule, &of(technique, by, before(days)), &|one| has(one, fact));
    }
    let devices = |one: &Known, ablation: bool| {
        let used =
            one.records.iter().filter(|record| record["form"] == "device_use" && record["withdrawn"] == json!(false));
        used.fold(true, |fine, record| {
            let named = record["values"]["registration"].as_str().is_some_and(|text| !text.is_empty());
            fine && named && (!ablation || record["values"]["indication_covers"] == json!(true))
        })
    };
    every("G07-3.10b", &of("seed_implant", "treated", last), &|one| devices(one, false));
    every("G08-3.6.1a", &of("ablation", "treated", last), &|one| devices(one, true));
    let today = last.to_string();
    let overdue = |one: &Known| one.facts["due"].as_str().is_some_and(|due| due < today.as_str());
    every("G07-3.4c", &of("seed_implant", "discharged", last), &|one| !overdue(one));
    every("G08-3.3c", &of("ablation", "discharged", last), &|one| !overdue(one));
    assert_eq!(compared, 19);

    // more than four fifths verified, as a fraction
    let discharged = of("seed_implant", "discharged", last);
    let verified = discharged.iter().filter(|one| has(one, "dose_verified")).count();
    let finding = &found["G07-3.2c"];
    assert_eq!(
        finding.counts.iter().map(|one| one.count).collect::<Vec<_>>(),
        [verified as u64, discharged.len() as u64]
    );
    assert_eq!(finding.state == State::Met, verified * 5 > discharged.len() * 4);

    // who operated while the licence had lapsed, and how often
    let (person, first, until) = year.plight.unlicensed;
    let (person, first, until) = (Value::from(person.to_string()), first.to_string(), until.to_string());
    let lapsed = of("seed_implant", "treated", last).into_iter().filter(|one| {
        one.facts["operator"] == person && (first.as_str()..=until.as_str()).contains(&day(one, "treated"))
    });
    let lapsed = lapsed.count() as u64;
    assert!(
        lapsed > 0 && found["G07-2.1.4"].counts.iter().any(|one| one.count == lapsed),
        "{lapsed}: {:?}",
        found["G07-2.1.4"].counts
    );
}
