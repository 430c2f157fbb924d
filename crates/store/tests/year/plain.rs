//! Indicators straight from JSON: texts, a loop over patients, and the words of the definitions written once more.

use std::collections::{BTreeMap, BTreeSet};

use records::Facts;
use records::indicators::Computed;
use records::madeup::Year;
use records::{Change, Item};
use serde_json::{Value, json};

use crate::naive;

/// Facts that norms tell, which the second derivation does not know.
const OF_NORMS: [&str; 8] = [
    "within_scope",
    "devices_approved",
    "radiofrequency",
    "microwave",
    "cryo",
    "focused_ultrasound",
    "laser",
    "electroporation",
];

/// A case with what is known of it.
pub struct Known {
    pub case: Value,
    pub facts: Value,
    pub records: Vec<Value>,
}

pub struct Plain {
    pub cases: Vec<Known>,
    counts: Vec<Value>,
}

impl Plain {
    pub fn of(year: &Year) -> Self {
        let mut bodies: BTreeMap<(String, String), Value> = BTreeMap::new();
        for change in year.commits.iter().flat_map(|commit| &commit.changes) {
            let (Change::Create(item) | Change::Replace { after: item, .. }) = change else { continue };
            if !matches!(item, Item::Patient(_)) {
                let body: Value = serde_json::from_str(&item.body()).unwrap();
                bodies.insert((item.kind().name().to_owned(), item.id()), body);
            }
        }
        let of = |kind: &str| {
            bodies.iter().filter(|((one, _), _)| one == kind).map(|(_, body)| body.clone()).collect::<Vec<_>>()
        };
        let by = |kind: &str, pointer: &str| {
            let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for body in of(kind) {
                let key = body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
                groups.entry(key).or_default().push(body);
            }
            groups
        };
        let (records, studies) = (by("record", "/about/id"), by("study", "/case"));
        let (checks, movements) = (by("verification", "/case"), of("movement"));
        let cases = of("case").into_iter().map(|mut case| {
            if case["technique"].is_null() {
                case["technique"] = json!("seed_implant");
            }
            let id = case["id"].as_str().unwrap().to_owned();
            let own = |groups: &BTreeMap<String, Vec<Value>>| groups.get(&id).cloned().unwrap_or_default();
            let about = own(&records);
            let facts = naive::facts(&case, &about, &own(&studies), &own(&checks), &movements);
            Known { case, facts, records: about }
        });
        let cases = cases.collect();
        let counts = of("record").into_iter().filter(|record| record["form"] == "indicator_count").collect();
        Self { cases, counts }
    }

    /// The facts that the crate computes are those computed here.
    pub fn agrees_with(&self, facts: &[Facts]) {
        assert_eq!(self.cases.len(), facts.len());
        for known in &self.cases {
            let id = known.case["id"].as_str().unwrap();
            let one = facts.iter().find(|one| one.case.to_string() == id).unwrap();
            let mut set: Vec<&str> =
                one.set.facts().map(records::Fact::name).filter(|name| !OF_NORMS.contains(name)).collect();
            set.sort_unstable();
            let theirs = json!({
                "operator": one.operator.map(|id| id.to_string()), "treated": one.treated, "discharged": one.discharged, "died": one.died,
                "alive": one.alive, "due": one.due, "set": set, "lesions": [one.lesions_planned, one.lesions_done], "seeds": one.seeds,
                "lived_months": one.lived_months(), "lifetime": one.lifetime(),
            });
            assert_eq!(theirs, known.facts, "{}", known.case["number"]);
        }
    }

    /// Compares figures of the whole; gives how many had something to count.
    pub fn whole(&self, pack: &str, from: &str, to: &str, on: &str, found: &[Computed]) -> usize {
        let mut with_something = 0;
        for figure in found {
            assert_eq!(figure.part, "");
            match self.figure(pack, &figure.code, from, to, on) {
                Some((numerator, denominator)) => {
                    assert_eq!(
                        (figure.numerator, figure.denominator),
                        (Some(numerator), Some(denominator)),
                        "{}",
                        figure.code
                    );
                    let value = if denominator > 0 { Some(numerator as f64 / denominator as f64) } else { None };
                    assert_eq!(figure.value, value);
                    with_something += usize::from(denominator > 0);
                }
                None => assert!(figure.missing.is_some() && figure.numerator.is_none(), "{}", figure.code),
            }
        }
        with_something
    }

    /// Compares figures by month: each month is a period of its own.
    pub fn months(&self, pack: &str, found: &[Computed]) {
        let mut months = BTreeSet::new();
        for figure in found.iter().filter(|figure| figure.missing.is_none()) {
            let (from, to) = (format!("{}-01", figure.part), format!("{}-31", figure.part));
            let expected = self.figure(pack, &figure.code, &from, &to.min("2026-11-25".to_owned()), "2026-11-25");
            assert_eq!(figure.numerator.zip(figure.denominator), expected, "{} {}", figure.code, figure.part);
            months.insert(&figure.part);
        }
        assert!(pack == "nuclear-2025" || months.len() > 12, "{pack}: {months:?}");
    }

    /// Numerator and denominator; `None` where the definition is not known.
    fn figure(&self, pack: &str, code: &str, from: &str, to: &str, on: &str) -> Option<(u64, u64)> {
        let technique = match pack {
            "seeds-2022" => "seed_implant",
            "ablation-2022" => "ablation",
            _ => return self.counted(code, from, to),
        };
        let within: Vec<&Known> = self
            .cases
            .iter()
            .filter(|one| one.case["withdrawn"] == json!(false) && has(one, technique) && has(one, "treated"))
            .filter(|one| one.facts["discharged"].as_str().is_some_and(|day| from <= day && day <= to))
            .collect();
        let with = |fact: &str| within.iter().copied().filter(|one| has(one, fact)).collect::<Vec<_>>();
        let figure = match code {
            // patients all of whose cases meet it
            "5.1.7.1" => every(&within, "indication_right"),
            "5.1.7.2" => every(&within, "plan_before"),
            "5.1.7.3" => every(&within, "dose_verified"),
            "5.1.7.5" => every(&within, "effective"),
            "5.1.7.7" => every(&within, "followed_up"),
            // patients one of whose cases meets it
            "5.1.7.4.1.1" => any(&within, "puncture_complication"),
            "5.1.7.4.2.2" => any(&within, "skin_ulcer"),
            "5.1.7.4.2.3" => any(&with("thoracic"), "pneumonitis"),
            "5.1.7.4.2.4" => any(&with("spinal"), "myelopathy"),
            "5.1.7.4.2.5" => any(&with("pelvic"), "cystitis"),
            "5.1.7.4.2.6" => {
                let belly: Vec<&Known> =
                    within.iter().copied().filter(|one| has(one, "abdominal") || has(one, "pelvic")).collect();
                any(&belly, "enteritis")
            }
            "5.1.7.4.2.7" => any(&with("cerebral"), "brain_necrosis"),
            "5.1.7.4.2.8" => any(&with("oesophageal"), "oesophageal_perforation"),
            "5.1.7.6" => any(&within, "died_in_30_days"),
            "5.1.7.8.1y" => alive(&within, 12, on),
            "5.1.7.8.3y" => alive(&within, 36, on),
            "5.1.7.8.5y" => alive(&within, 60, on),
            "5.1.8.2" => {
                let lesions = |at: usize| within.iter().map(|one| one.facts["lesions"][at].as_u64().unwrap()).sum();
                (lesions(1), lesions(0))
            }
            "5.1.8.3" => (with("completely_ablated").len() as u64, within.len() as u64),
            "5.1.8.4.4" => (with("serious_infection").len() as u64, within.len() as u64),
            "5.1.8.8.2" => {
                let nodules = with("benign_thyroid").into_iter().filter(|one| has(one, "pathology_before"));
                let nodules: Vec<&Known> = nodules.collect();
                (nodules.iter().filter(|one| has(one, "below_2_cm")).count() as u64, nodules.len() as u64)
            }
            _ => return None,
        };
        Some(figure)
    }

    /// Counts of cases kept elsewhere that lie wholly in the period.
    fn counted(&self, code: &str, from: &str, to: &str) -> Option<(u64, u64)> {
        let text = |record: &Value, field: &str| record["values"][field].as_str().unwrap().to_owned();
        let wholly = |record: &&Value| {
            text(record, "code") == code
                && text(record, "from").as_str() >= from
                && text(record, "until").as_str() <= to
        };
        let within: Vec<&Value> = self.counts.iter().filter(wholly).collect();
        let sum = |field: &str| within.iter().map(|record| record["values"][field].as_u64().unwrap()).sum();
        (!within.is_empty()).then(|| (sum("numerator"), sum("denominator")))
    }
}

pub fn has(known: &Known, fact: &str) -> bool {
    known.facts["set"].as_array().unwrap().iter().any(|one| one == fact)
}

fn patients<'a>(cases: &[&'a Known]) -> BTreeMap<&'a str, Vec<&'a Known>> {
    let mut patients: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
    for known in cases {
        patients.entry(known.case["patient"].as_str().unwrap()).or_default().push(known);
    }
    patients
}

fn every(cases: &[&Known], fact: &str) -> (u64, u64) {
    let patients = patients(cases);
    (patients.values().filter(|own| own.iter().all(|one| has(one, fact))).count() as u64, patients.len() as u64)
}

fn any(cases: &[&Known], fact: &str) -> (u64, u64) {
    let patients = patients(cases);
    (patients.values().filter(|own| own.iter().any(|one| has(one, fact))).count() as u64, patients.len() as u64)
}

/// Months from one day to another that are over, by the figures of year, month and day.
fn months(from: &str, to: &str) -> i64 {
    let part = |day: &str, at: usize| day.split('-').nth(at).unwrap().parse::<i64>().unwrap();
    let whole = (part(to, 0) - part(from, 0)) * 12 + part(to, 1) - part(from, 1);
    if part(to, 2) < part(from, 2) { whole - 1 } else { whole }
}

/// Of those treated so many months ago, those known to have lived so long.
fn alive(cases: &[&Known], so_many: i64, on: &str) -> (u64, u64) {
    let long_ago: Vec<&Known> =
        cases.iter().copied().filter(|one| months(one.facts["treated"].as_str().unwrap(), on) >= so_many).collect();
    let lived: Vec<&Known> = long_ago
        .iter()
        .copied()
        .filter(|one| one.facts["lived_months"].as_i64().is_some_and(|lived| lived >= so_many))
        .collect();
    (patients(&lived).len() as u64, patients(&long_ago).len() as u64)
}
