//! Acceptance, licence and emergency on records as they are entered.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::acceptance::{Hold, Pack, Severity, holds, may_release};
use super::emergency::{Flow, IncidentError, Standing, calls, may_close, status};
use super::licence::{Delivery, LotAccount, check, received};
use super::tests::{case, lot, moment, movement, safe, usual};
use super::*;
use crate::record::Attachment;
use crate::{About, Id, Record};

const CHINA: Offset = Offset::constant(8);

fn record(number: u8, form: &str, about: About, day: &str, values: Value) -> Record {
    let Value::Object(values) = values else { panic!("values are an object") };
    Record {
        id: Id::new(6, [number; 10]),
        version: 1,
        form: form.to_owned(),
        edition: 1,
        about,
        day: date(day),
        until: None,
        values,
        unique: None,
        files: Vec::new(),
        withdrawn: false,
        created_by: Id::new(5, [0; 10]),
        created: moment("2026-03-01T00:00:00Z") + SignedDuration::from_mins(i64::from(number)),
    }
}

fn date(day: &str) -> Date {
    day.parse().unwrap()
}

/// Everything that a lot of 200 needs.
fn papers(lot: &Lot) -> Vec<Record> {
    let about = About::Lot(lot.id);
    let mut certificate =
        record(1, "certificate", about, "2026-03-01", json!({"kind": "seed_certificate", "number": "C1"}));
    certificate.files.push(Attachment {
        file_name: "c.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: crate::Digest::of(b"c"),
        bytes: 1,
    });
    // a day after the reference moment the certificate's 0.635 U are 0.6276 U
    let assay = json!({"sampled": 4, "mean_u": 0.6276, "largest_deviation_percent": 3.0, "accepted": true});
    let leak = json!({"sampled": 5, "largest_bq": 20.0, "accepted": true});
    vec![certificate, record(2, "assay", about, "2026-03-02", assay), record(3, "leak_test", about, "2026-03-02", leak)]
}

fn held(change: impl Fn(&mut Vec<Record>)) -> Vec<Hold> {
    let lot = lot(1, 200);
    let mut records = papers(&lot);
    change(&mut records);
    may_release(&lot, &records, &Pack::embedded().unwrap(), date("2026-03-05"), CHINA)
}

fn rules(holds: &[Hold]) -> Vec<(&'static str, Severity)> {
    holds.iter().map(|hold| (hold.rule, hold.severity)).collect()
}

fn set(records: &mut [Record], at: usize, field: &str, value: Value) {
    records[at].values.insert(field.to_owned(), value);
}

#[test]
fn a_lot_with_all_its_papers_is_released() {
    assert_eq!(held(|_| ()), []);
    let pack = Pack::embedded().unwrap();
    assert_eq!([1, 2, 100, 150, 151, 1000].map(|count| pack.sample(count)), [1, 2, 3, 3, 4, 20]);
}

#[test]
fn whatever_is_missing_or_fails_holds_it_back() {
    use Severity::{Block, Warn};
    let all = held(Vec::clear);
    assert_eq!(rules(&all), [("certificate", Block), ("assay", Block), ("leak_test", Warn)]);
    assert_eq!(all.iter().map(|hold| hold.unverified).collect::<Vec<_>>(), [false, true, false]);
    assert!(all[1].sentence.en.contains("at least 4 seeds") && all[1].sentence.zh.contains("至少 4 粒"));
    assert_eq!(rules(&held(|all| all[0].files.clear())), [("certificate", Warn)]);
    assert_eq!(rules(&held(|all| set(all, 0, "kind", json!("device_barcode")))), [("certificate", Block)]);
    assert_eq!(rules(&held(|all| all[0].withdrawn = true)), [("certificate", Block)]);
    assert_eq!(rules(&held(|all| all[0].about = About::Lot(Id::new(2, [9; 10])))), [("certificate", Block)]);
    // strength: 5 % are allowed, seen from the certificate decayed to the day
    let mean = |u: f64| rules(&held(move |all| set(all, 1, "mean_u", json!(u))));
    assert_eq!(mean(0.6276 * 1.049), []);
    assert_eq!(mean(0.6276 * 0.951), []);
    assert_eq!(mean(0.6276 * 1.051), [("assay", Block)]);
    assert_eq!(mean(0.6276 * 0.949), [("assay", Block)]);
    // 0.66 U would be 4 % above the certificate, and is 5.2 % above what is left of it
    assert_eq!(mean(0.6602), [("assay", Block)]);
    assert_eq!(rules(&held(|all| set(all, 1, "mean_u", Value::Null))), [("assay", Block)]);
    assert_eq!(rules(&held(|all| set(all, 1, "sampled", json!(3)))), [("assay", Block)]);
    assert_eq!(rules(&held(|all| set(all, 1, "accepted", json!(false)))), [("assay", Block)]);
    assert_eq!(rules(&held(|all| set(all, 1, "largest_deviation_percent", json!(-6.5)))), [("assay_single", Warn)]);
    // leak: 185 Bq is allowed, more is not
    assert_eq!(rules(&held(|all| set(all, 2, "largest_bq", json!(185)))), []);
    assert_eq!(rules(&held(|all| set(all, 2, "largest_bq", json!(185.1)))), [("leak_test", Block)]);
    assert_eq!(rules(&held(|all| set(all, 2, "sampled", json!(4)))), [("leak_test", Block)]);
}

#[test]
fn after_a_failed_leak_test_ten_more_must_pass() {
    let again = |sampled: u32| {
        rules(&held(move |all| {
            set(all, 2, "largest_bq", json!(400));
            let about = all[2].about;
            let values = json!({"sampled": sampled, "largest_bq": 10, "accepted": true});
            all.push(record(4, "leak_test", about, "2026-03-03", values));
        }))
    };
    assert_eq!(again(9), [("leak_test", Severity::Block)]);
    assert_eq!(again(10), []);
}

#[test]
fn storing_shows_all_holds_and_issuing_those_that_block() {
    let (lot, pack, today) = (lot(1, 200), Pack::embedded().unwrap(), date("2026-03-05"));
    let of = |movement: &Movement, records: &[Record]| rules(&holds(&lot, movement, records, &pack, today, CHINA));
    let store = movement(&lot, 2, 3, Step::Store, "1-200", Place::Received, safe("A"));
    let shift = movement(&lot, 3, 4, Step::Store, "1-200", safe("A"), safe("B"));
    let issue = movement(&lot, 4, 5, Step::Issue, "1-20", safe("B"), Place::Issued(case(1)));
    assert_eq!(of(&store, &[]).len(), 3);
    assert_eq!(of(&shift, &[]), []);
    assert_eq!(of(&issue, &[]).len(), 2);
    assert_eq!(of(&issue, &papers(&lot)), []);
}

#[test]
fn a_pack_with_figures_that_cannot_be_meant_is_refused() {
    let good = include_str!("../../../../data/norms/source-acceptance.toml");
    for (from, to, what) in [
        ("limit_bq = 185.0", "limit_bq = -1.0", "limit_bq"),
        ("sample_fraction = 0.02", "sample_fraction = 2.0", "sample_fraction"),
        ("mean_percent = 5.0", "mean_percent = nan", "mean_percent"),
        ("missing = \"block\"", "missing = \"perhaps\"", "perhaps"),
        ("[licence]", "[permit]", "permit"),
    ] {
        let error = Pack::load(&good.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

fn licence(nuclides: &[&str]) -> Record {
    let about = About::Hospital(Id::new(3, [0; 10]));
    let values = json!({"kind": "radiation_safety", "number": "L1", "nuclides": nuclides});
    record(7, "licence", about, "2026-01-01", values)
}

/// What the licence says to 100 more seeds on 1 March at 18.5 MBq each, beside the 40 of the usual lot that come on the 2nd at 18.286 MBq.
fn licensed(records: &[Record]) -> Vec<Hold> {
    let (one, two) = (lot(1, 40), lot(2, 100));
    let movements = usual(&one);
    let accounts = [LotAccount { lot: &one, movements: &movements }];
    let delivery = Delivery { lot: &two, seeds: 100, at: two.reference };
    check(one.hospital, records, &accounts, &delivery, &Pack::embedded().unwrap(), CHINA)
}

#[test]
fn a_delivery_stays_within_the_licence() {
    // 40 × 18.286 + 100 × 18.5 MBq = 2.581 GBq
    let levels = |limit: &str| rules(&licensed(&[licence(&[limit])]));
    assert_eq!(levels("I-125:370"), []);
    assert_eq!(levels("碘-125：2.88"), []);
    assert_eq!(levels("125I:2.6"), [("licence", Severity::Warn)]);
    assert_eq!(levels("I-125:2.58"), [("licence", Severity::Block)]);
    assert_eq!(levels("Pd-103:370"), [("licence", Severity::Block)]);
    let unread = licensed(&[licence(&["I-125:much", "I-125:370"])]);
    assert!(unread[0].severity == Severity::Warn && unread[0].sentence.en.contains("I-125:much"));
    assert!(licensed(&[])[0].sentence.en.contains("no radiation safety licence holds on 2026-03-01"));
    let lapsed = Record { until: Some(date("2026-02-28")), ..licence(&["I-125:370"]) };
    assert_eq!(rules(&licensed(&[lapsed])), [("licence", Severity::Block)]);
    let mut field = licence(&["I-125:370"]);
    field.values.insert("until".to_owned(), json!("2026-02-28"));
    assert_eq!(rules(&licensed(&[field])), [("licence", Severity::Block)]);
    // the later of two editions is in force
    let later = Record { id: Id::new(6, [8; 10]), day: date("2026-02-01"), ..licence(&["I-125:1"]) };
    assert_eq!(rules(&licensed(&[later, licence(&["I-125:370"])])), [("licence", Severity::Block)]);
}

#[test]
fn each_seed_counts_once_in_the_year_in_which_it_came() {
    let one = lot(1, 40);
    let mut movements = usual(&one);
    let sum = |movements: &[Movement], year| {
        let account = [LotAccount { lot: &one, movements }];
        received(&account, "125I", year, CHINA).unwrap().value() / 1e6
    };
    let whole = sum(&movements, 2026);
    assert!((whole - 40.0 * 18.5 * 2f64.powf(-1.0 / 59.4)).abs() < 1e-6, "{whole}");
    assert_eq!(sum(&movements, 2025), 0.0);
    // sent back and come again: the same seeds
    movements.push(movement(&one, 8, 10, Step::Return, "40", safe("A"), Place::Returned));
    movements.push(movement(&one, 9, 12, Step::Receive, "40", Place::Returned, Place::Received));
    assert_eq!(sum(&movements, 2026), whole);
    // not in the box after all
    movements.push(movement(&one, 10, 13, Step::Cancel, "40", Place::Received, Place::Cancelled));
    assert!((sum(&movements, 2026) / whole - 39.0 / 40.0).abs() < 1e-12);
    // the year is the hospital's: 31 December in London is the new year in China
    let mut late = vec![movement(&one, 1, 1, Step::Receive, "1", Place::Ordered, Place::Received)];
    late[0].at = moment("2026-12-31T20:00:00Z");
    assert!(sum(&late, 2027) > 0.0 && sum(&late, 2026) == 0.0);
}

fn incident(kind: &str, more: &Value) -> Record {
    let mut values = json!({"kind": kind, "discovered_at": "2026-03-07T10:00:00+08:00", "seeds": "19"});
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record(9, "incident", About::Lot(lot(1, 40).id), "2026-03-07", values)
}

fn standing(record: &Record, step: &str, at: &str) -> Standing {
    let flow = Flow::embedded().unwrap();
    let todos = status(&flow, &record.values, moment(at)).unwrap();
    todos.iter().find(|todo| todo.step.id == step).unwrap_or_else(|| panic!("{step}")).standing
}

#[test]
fn the_authorities_are_told_within_two_hours() {
    let lost = incident("lost", &json!({}));
    let limit = moment("2026-03-07T12:00:00+08:00");
    assert_eq!(standing(&lost, "environment", "2026-03-07T10:30:00+08:00"), Standing::Due { until: limit });
    assert_eq!(standing(&lost, "environment", "2026-03-07T12:00:00+08:00"), Standing::Due { until: limit });
    assert_eq!(standing(&lost, "environment", "2026-03-07T12:00:01+08:00"), Standing::Overdue { since: limit });
    let told = |when: &str| incident("lost", &json!({"told": [format!("environment_authority {when}")]}));
    let done = told("2026-03-07T11:59:00+08:00");
    let at = moment("2026-03-07T11:59:00+08:00");
    assert_eq!(standing(&done, "environment", "2026-03-07T13:00:00+08:00"), Standing::Done { at, late: false });
    // what is said to be done later than now is not done
    assert_eq!(standing(&done, "environment", "2026-03-07T11:00:00+08:00"), Standing::Due { until: limit });
    let late = told("2026-03-07T12:01:00+08:00");
    assert!(matches!(standing(&late, "environment", "2026-03-07T13:00:00+08:00"), Standing::Done { late: true, .. }));
    let object =
        incident("lost", &json!({"told": [{"who": "police", "when": "2026-03-07T10:20:00+08:00"}, 7, "nobody"]}));
    assert!(matches!(standing(&object, "police", "2026-03-07T13:00:00+08:00"), Standing::Done { late: false, .. }));
    // a dropped seed that is found is not a matter for the police
    let flow = Flow::embedded().unwrap();
    let now = moment("2026-03-07T10:01:00+08:00");
    let dropped = incident("dropped", &json!({}));
    let todos = status(&flow, &dropped.values, now).unwrap();
    assert!(todos.iter().all(|todo| todo.step.id != "police"));
    let said = todos[0].sentence(&Words { zone: CHINA, ..Words::default() });
    assert!(said.en.ends_with("(by 2026-03-07 10:05)") && said.zh.contains("限 2026-03-07 10:05 前"), "{}", said.en);
    assert_eq!(status(&flow, &incident("device_reused", &json!({})).values, now), Err(IncidentError::Kind));
    let unread = incident("lost", &json!({"discovered_at": "yesterday"}));
    assert_eq!(status(&flow, &unread.values, now), Err(IncidentError::Discovered));
}

#[test]
fn contacts_are_called_in_order_and_a_role_without_one_is_not_forgotten() {
    let flow = Flow::embedded().unwrap();
    let about = About::Hospital(Id::new(3, [0; 10]));
    let contact = |number, role: &str, order: u32| {
        let values = json!({"role": role, "name": format!("N{number}"), "telephone": "1", "order": order});
        record(number, "contact", about, "2026-01-01", values)
    };
    let contacts = [
        contact(1, "police", 1),
        contact(2, "radiation_protection_officer", 2),
        contact(3, "radiation_protection_officer", 1),
    ];
    let names: Vec<_> = calls(&flow, "lost", &contacts).into_iter().map(|call| (call.role, call.name)).collect();
    let expected = [
        ("radiation_protection_officer", "N3"),
        ("radiation_protection_officer", "N2"),
        ("head_of_department", ""),
        ("environment_authority", ""),
        ("police", "N1"),
        ("health_authority", ""),
    ];
    assert_eq!(names, expected.map(|(role, name)| (role.to_owned(), name.to_owned())));
}

#[test]
fn an_incident_is_closed_with_the_balance_as_proof() {
    let (flow, one, now) = (Flow::embedded().unwrap(), lot(1, 40), moment("2026-03-10T04:00:00Z"));
    let steps: Vec<String> = flow.steps.iter().map(|step| format!("{} 2026-03-07T10:04:00+08:00", step.id)).collect();
    let words = Words::default();
    let mut ledger = usual(&one);
    ledger.truncate(6);
    let open = |record: &Record, ledger: &[Movement]| {
        may_close(&flow, record, &replay(&one, ledger).unwrap(), now, &words).unwrap()
    };
    let dropped = incident("dropped", &json!({"steps": steps}));
    let still = open(&dropped, &ledger);
    assert!(still.len() == 1 && still[0].en.contains("seeds 19 in issued"), "{still:?}");
    let aside = movement(&one, 7, 7, Step::Quarantine, "19", Place::Issued(case(1)), Place::Quarantine);
    let quarantined: Vec<_> = ledger.iter().cloned().chain([aside]).collect();
    assert_eq!(open(&dropped, &quarantined), []);
    assert!(open(&incident("dropped", &json!({})), &quarantined).len() > 3, "steps that were not done keep it open");
    // lost: closed while lost only when those who must know do
    let gone = movement(&one, 7, 7, Step::Lose, "19", Place::Issued(case(1)), Place::Lost);
    let lost_ledger: Vec<_> = ledger.iter().cloned().chain([gone]).collect();
    let roles = ["environment_authority", "police"];
    let silent_steps: Vec<&String> = flow
        .steps
        .iter()
        .zip(&steps)
        .filter(|(step, _)| !step.call.as_deref().is_some_and(|role| roles.contains(&role)))
        .map(|(_, done)| done)
        .collect();
    let untold = open(&incident("lost", &json!({"steps": silent_steps})), &lost_ledger);
    assert!(untold.iter().any(|one| one.zh.contains("仍为丢失") && one.zh.contains("公安")), "{untold:?}");
    let told: Vec<String> = roles.iter().map(|role| format!("{role} 2026-03-07T11:00:00+08:00")).collect();
    assert_eq!(open(&incident("lost", &json!({"steps": silent_steps, "told": told})), &lost_ledger), []);
    // to mark the step of telling them is to have told them
    assert_eq!(open(&incident("lost", &json!({"steps": steps})), &lost_ledger), []);
    let strange = incident("lost", &json!({"steps": steps, "seeds": "41"}));
    assert!(open(&strange, &lost_ledger)[0].en.contains("does not account for seeds 41"));
    let silent = incident("lost", &json!({"steps": steps, "seeds": ""}));
    assert!(open(&silent, &lost_ledger)[0].en.contains("which seeds of which lot"));
}

#[test]
fn every_step_of_the_flow_names_its_source() {
    let flow = Flow::embedded().unwrap();
    assert!(flow.steps.iter().all(|step| !step.source.is_empty() && !step.text.is_empty() && !step.text_zh.is_empty()));
    // the kinds of the form that are about seeds all have a flow
    for kind in ["dropped", "lost", "leaking"] {
        assert!(flow.steps.iter().filter(|step| step.kinds.iter().any(|one| one == kind)).count() > 5);
    }
    let good = include_str!("../../../../data/norms/source-emergency.toml");
    assert!(Flow::load(&good.replace("id = \"hold\"", "id = \"stop\"")).is_err());
    assert!(Flow::load(&good.replace("id = \"close\"", "id = \"end\"")).is_err());
}
