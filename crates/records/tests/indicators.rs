//! Indicators: small examples computed by hand, a second computation patient by patient, and published or independent values.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use dosewright_records as records;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use records::facts::{Count, Group, whole_months};
use records::indicators::{
    Computed, Direction, Inquiry, Missing, Pack, Period, Scope, for_public, funnel, funnel::Funnel, funnel::Mark,
    wilson,
};
use records::{Digest, Fact, FactSet, Facts, Id, Record};
use serde_json::json;

fn id<T>(n: u8) -> Id<T> {
    Id::new(1, [n; 10])
}

/// A case of 2026, treated two days before discharge, known alive on its discharge.
fn case(patient: u8, discharged: Date, facts: &[Fact]) -> Facts {
    let treated = discharged.saturating_sub(jiff::Span::new().days(2));
    Facts {
        case: id(200),
        patient: id(patient),
        hospital: Some(id(100)),
        operator: Some(id(101)),
        treated: Some(treated),
        discharged: Some(discharged),
        died: None,
        alive: Some(discharged),
        due: None,
        set: facts
            .iter()
            .copied()
            .collect::<FactSet>()
            .with(Fact::SeedImplant)
            .with(Fact::Treated)
            .with(Fact::Discharged),
        lesions_planned: 0,
        lesions_done: 0,
        seeds: 0,
    }
}

fn pack(name: &str) -> Pack {
    Pack::builtin().unwrap().into_iter().find(|pack| pack.id == name).unwrap()
}

fn year(group: Group, on: Date) -> (Period, Scope) {
    (
        Period { from: date(2026, 1, 1), to: date(2026, 12, 31) },
        Scope { hospitals: Vec::new(), operator: None, group, on },
    )
}

fn figures(pack: &Pack, rows: &[Facts], group: Group, on: Date, records: &[Record]) -> Vec<Computed> {
    let (period, scope) = year(group, on);
    let inquiry = Inquiry::of(pack, period, scope);
    let answers: Vec<_> =
        inquiry.questions().iter().map(|asked| asked.query.tally(rows, asked.count, asked.group)).collect();
    inquiry.figures(&answers, records)
}

fn counts(figures: &[Computed], code: &str) -> (Option<u64>, Option<u64>) {
    let figure = figures.iter().find(|figure| figure.code == code).unwrap();
    (figure.numerator, figure.denominator)
}

#[test]
fn a_year_by_hand() {
    use Fact::{Cystitis, DoseVerified, Effective, Pelvic, PlanBefore, PunctureComplication};
    let day = |n: i8| date(2026, 3, n);
    let rows = [
        case(1, day(1), &[PlanBefore, DoseVerified, Effective, Pelvic]),
        // the same patient again, this time without a plan and with a complication
        case(1, day(20), &[DoseVerified, Effective, PunctureComplication]),
        case(2, day(2), &[PlanBefore, Pelvic, Cystitis]),
        case(3, day(3), &[PlanBefore, DoseVerified]),
        // cystitis where nothing lies in the pelvis: in no figure of the bladder
        case(4, day(4), &[PlanBefore, DoseVerified, Cystitis]),
        // another year
        case(5, date(2027, 1, 1), &[PunctureComplication]),
    ];
    let figures = figures(&pack("seeds-2022"), &rows, Group::Whole, date(2026, 12, 31), &[]);
    assert_eq!(counts(&figures, "5.1.7.2"), (Some(3), Some(4)), "patient 1 had one case without a plan");
    assert_eq!(counts(&figures, "5.1.7.3"), (Some(3), Some(4)));
    assert_eq!(counts(&figures, "5.1.7.4.1.1"), (Some(1), Some(4)), "one case of patient 1 is enough");
    assert_eq!(counts(&figures, "5.1.7.4.2.5"), (Some(1), Some(2)), "of the patients with a tumour in the pelvis");
    assert_eq!(counts(&figures, "5.1.7.5"), (Some(1), Some(4)));
    assert_eq!(
        counts(&figures, "5.1.7.8.1y"),
        (Some(0), Some(0)),
        "nobody was treated a year before the day of the question"
    );
    let none = figures.iter().find(|figure| figure.code == "5.1.7.8.1y").unwrap();
    assert_eq!((none.value, none.interval), (None, None));
    let unknown = figures.iter().find(|figure| figure.code == "5.1.7.4.2.1").unwrap();
    assert_eq!((unknown.missing, unknown.numerator), (Some(Missing::Definition), None));
}

#[test]
fn survival_waits_until_the_time_has_passed_and_counts_the_lost_as_dead() {
    let treated_in = |month: i8, patient: u8, alive: Date, died: Option<Date>| Facts {
        alive: Some(alive),
        died,
        ..case(patient, date(2026, month, 3), &[])
    };
    let rows = [
        treated_in(1, 1, date(2027, 1, 1), None),                   // exactly 12 months
        treated_in(1, 2, date(2026, 12, 31), None),                 // a day short, then lost
        treated_in(2, 3, date(2027, 3, 1), Some(date(2027, 3, 1))), // died after 13 months
        treated_in(3, 4, date(2026, 4, 1), Some(date(2026, 4, 1))), // died after 1
        treated_in(6, 5, date(2026, 6, 4), Some(date(2026, 6, 4))), // not yet a year ago, though dead
    ];
    let figures = figures(&pack("seeds-2022"), &rows, Group::Whole, date(2027, 3, 1), &[]);
    assert_eq!(counts(&figures, "5.1.7.8.1y"), (Some(2), Some(4)));
    assert_eq!(counts(&figures, "5.1.7.8.3y"), (Some(0), Some(0)));
    let curve = records::survival::Curve::of_patients(&rows).unwrap();
    assert_eq!((curve.patients, curve.deaths), (5, 3));
}

#[test]
fn lesions_by_quarter() {
    let ablation = |month: i8, planned: u32, done: u32, facts: &[Fact]| {
        let mut row = case(1, date(2026, month, 3), facts);
        row.set = facts.iter().copied().collect::<FactSet>().with(Fact::Ablation).with(Fact::Treated);
        Facts { lesions_planned: planned, lesions_done: done, ..row }
    };
    let rows = [
        ablation(1, 3, 3, &[Fact::CompletelyAblated]),
        ablation(2, 2, 1, &[]),
        ablation(7, 1, 1, &[Fact::BenignThyroid, Fact::Below2Cm, Fact::PathologyBefore]),
        ablation(8, 1, 1, &[Fact::BenignThyroid, Fact::Below2Cm]),
    ];
    let figures = figures(&pack("ablation-2022"), &rows, Group::Quarter, date(2026, 12, 31), &[]);
    let of = |code: &str| -> Vec<(&str, Option<u64>, Option<u64>)> {
        let of_code = figures.iter().filter(|figure| figure.code == code);
        of_code.map(|figure| (figure.part.as_str(), figure.numerator, figure.denominator)).collect()
    };
    let none = |part| (part, Some(0), Some(0));
    let (second, fourth) = (none("2026-Q2"), none("2026-Q4"));
    assert_eq!(of("5.1.8.2"), [("2026-Q1", Some(4), Some(5)), second, ("2026-Q3", Some(2), Some(2)), fourth]);
    let cases = [("2026-Q1", Some(1), Some(2)), second, ("2026-Q3", Some(0), Some(2)), fourth];
    assert_eq!(of("5.1.8.3"), cases, "cases, not patients");
    let benign = [none("2026-Q1"), second, ("2026-Q3", Some(1), Some(1)), fourth];
    assert_eq!(of("5.1.8.8.2"), benign, "without pathology nobody knows that it is benign");
}

#[test]
fn a_month_without_cases_is_a_point_without_a_value() {
    let rows = [case(1, date(2026, 1, 31), &[Fact::PlanBefore]), case(2, date(2026, 4, 2), &[])];
    let of = |group, from, to, on| -> Vec<Computed> {
        let scope = Scope { hospitals: Vec::new(), operator: None, group, on };
        let pack = pack("seeds-2022");
        let inquiry = Inquiry::of(&pack, Period { from, to }, scope);
        let ask = |one: &records::indicators::Question| one.query.tally(&rows, one.count, one.group);
        let answers: Vec<_> = inquiry.questions().iter().map(ask).collect();
        inquiry.figures(&answers, &[]).into_iter().filter(|one| one.code == "5.1.7.2").collect()
    };
    // the period begins on the 31st, which not every month has, and the rest of the year has not come yet
    let trend = of(Group::Month, date(2026, 1, 31), date(2026, 12, 31), date(2026, 5, 3));
    let points: Vec<_> = trend.iter().map(|one| (one.part.as_str(), one.denominator, one.value)).collect();
    let none = |part| (part, Some(0), None);
    let (march, may) = (none("2026-03"), none("2026-05"));
    let expected = [("2026-01", Some(1), Some(1.0)), none("2026-02"), march, ("2026-04", Some(1), Some(0.0)), may];
    assert_eq!(points, expected);
    assert!(trend.iter().all(|one| one.missing.is_none() && one.interval.is_some() == (one.denominator != Some(0))));
    let years: Vec<String> = of(Group::Year, date(2024, 7, 1), date(2026, 12, 31), date(2027, 1, 1))
        .into_iter()
        .map(|one| one.part)
        .collect();
    assert_eq!(years, ["2024", "2025", "2026"]);
    assert_eq!(of(Group::Month, date(1, 1, 1), date(2026, 12, 31), date(2027, 1, 1)).len(), 2, "no two thousand years");
    assert_eq!(of(Group::Operator, date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)).len(), 1);
}

fn count_record(hospital: u8, from: &str, until: &str, numerator: u64, denominator: u64) -> Record {
    serde_json::from_value(json!({
        "id": id::<Record>(hospital), "version": 1, "form": "indicator_count", "edition": 1,
        "about": {"kind": "hospital", "id": id::<records::Hospital>(hospital)}, "day": until, "until": null,
        "values": {"pack": "nuclear-2025", "code": "NM-04", "from": from, "until": until, "numerator": numerator, "denominator": denominator},
        "unique": null, "files": [], "withdrawn": false, "created_by": id::<records::Account>(9), "created": "2026-01-01T00:00:00Z"
    }))
    .unwrap()
}

#[test]
fn counts_kept_elsewhere() {
    let pack = pack("nuclear-2025");
    let of = |records: &[Record], group| -> Vec<Computed> {
        let figures = figures(&pack, &[], group, date(2026, 12, 31), records);
        figures.into_iter().filter(|figure| figure.code == "NM-04").collect()
    };
    let first = count_record(1, "2026-01-01", "2026-01-31", 18, 20);
    let second = count_record(1, "2026-02-01", "2026-03-31", 30, 30);
    let other = count_record(2, "2026-01-01", "2026-01-31", 5, 10);
    let outside = count_record(1, "2025-12-01", "2026-01-31", 1, 1);
    let three = [first.clone(), second.clone(), other, outside];
    let whole = of(&three, Group::Whole);
    assert_eq!((whole[0].numerator, whole[0].denominator), (Some(53), Some(60)));
    let months = of(&three, Group::Month);
    assert_eq!(months.len(), 1, "February to March is no month");
    assert_eq!((months[0].part.as_str(), months[0].numerator), ("2026-01", Some(23)));
    assert_eq!(of(&three, Group::Hospital).len(), 2);
    let twice = [first, second, count_record(1, "2026-01-31", "2026-02-05", 1, 1)];
    assert_eq!(of(&twice, Group::Whole)[0].missing, Some(Missing::Overlap));
    assert_eq!(of(&[], Group::Whole)[0].missing, Some(Missing::NotEntered));
}

#[test]
fn what_could_not_be_read_is_not_filled_in() {
    let unknown: Vec<String> = Pack::builtin()
        .unwrap()
        .iter()
        .flat_map(|pack| {
            pack.indicators.iter().filter(|one| one.unknown).map(|one| one.code.clone()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        unknown,
        [
            "5.1.7.4.2.1",
            "5.1.8.1",
            "5.1.8.4.1",
            "5.1.8.4.2",
            "5.1.8.4.3",
            "5.1.8.5",
            "5.1.8.6",
            "5.1.8.7",
            "5.1.8.8.1",
            "NM-01",
            "NM-02",
        ]
    );
    for code in ["5.1.7.6", "5.1.7.7", "5.1.7.8.1y", "5.1.7.8.3y", "5.1.7.8.5y", "5.1.7.4.2.7"] {
        assert!(!pack("seeds-2022").indicator(code).unwrap().unverified_en.is_empty(), "{code}");
    }
}

#[test]
fn packs_that_cannot_be_computed_are_refused() {
    let good = include_str!("../../../data/indicators/ablation-2022.toml");
    let refused = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        Pack::load(&good.replacen(from, to, 1)).unwrap_err().to_string()
    };
    assert!(refused("serious_infection", "seriously_ill").contains("seriously_ill"));
    assert!(refused("\"5.1.8.3\"", "\"5.1.8.2\"").contains("there already"));
    assert!(refused("numerator = { all = [\"completely_ablated\"] }\n", "").contains("5.1.8.3"));
    assert!(refused("technique = \"ablation\"\n", "").contains("technique"));
    let missing = "missing_zh = \"名称和原文均未找到\"\nmissing_en = \"neither name nor text were found\"\n";
    assert!(refused(missing, "").contains("is unknown"));
    assert!(refused("missing_zh = \"名称和原文均未找到\"\n", "").contains("one language only"));
    assert!(refused("unit = \"%\"", "unit = \"per mille\"").contains("per mille"));
    let patients = refused("count = \"cases\"", "count = \"patients\"\nfoo = 1");
    assert!(patients.contains("foo"));
    let both = "numerator = { any = [\"below_2_cm\"] }\ndenominator = { any = [\"benign_thyroid\"] }\n";
    let both = format!("{}\n{both}", &good[..good.find("numerator = { all = [\"below_2_cm\"]").unwrap()]);
    assert!(Pack::load(&both).unwrap_err().to_string().contains("'any' in numerator and denominator"));
    let two = good.replacen("count = \"cases\"", "count = \"patients\"", 1);
    let two = two.replacen("[\"completely_ablated\"]", "[\"completely_ablated\", \"treated\"]", 1);
    assert!(Pack::load(&two).unwrap_err().to_string().contains("one fact"));
}

#[test]
fn reported_figures_name_their_definitions() {
    let pack = pack("seeds-2022");
    let (period, scope) = year(Group::Whole, date(2027, 1, 5));
    let inquiry = Inquiry::of(&pack, period, scope);
    let rows = [case(1, date(2026, 3, 1), &[Fact::PlanBefore])];
    let answers: Vec<_> = inquiry.questions().iter().map(|one| one.query.tally(&rows, one.count, one.group)).collect();
    let figures = inquiry.figures(&answers, &[]);
    let figure = inquiry.freeze(&figures, id(1), id(2), jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((figure.pack.as_str(), figure.edition, figure.values.len()), ("seeds-2022", 1, pack.indicators.len()));
    assert_eq!(figure.definitions, Digest::of(include_bytes!("../../../data/indicators/seeds-2022.toml")));
    let (denominator, failing, meets) = inquiry.cases("5.1.7.2").unwrap();
    assert!(denominator.holds(&rows[0]) && !failing.holds(&rows[0]) && !meets, "the list shows who fails");
    let (period, scope) = year(Group::Month, date(2027, 1, 5));
    assert!(Inquiry::of(&pack, period, scope).freeze(&figures, id(1), id(2), jiff::Timestamp::UNIX_EPOCH).is_none());
    // 17 that can be computed (4 + 7 of radiation + 3 + 3 of survival) have a count each; denominators: all, six regions, three survival times
    assert_eq!(inquiry.questions().len(), 17 + 10, "what several need is asked once");
}

/// `statsmodels.stats.proportion.proportion_confint(k, n, method='wilson')`, statsmodels 0.15.0; the second to the fifth are the examples of
/// Newcombe, Stat Med 17:857 (1998), table I, method 3.
#[test]
fn wilson_intervals() {
    for (k, n, low, high) in [
        (0, 10, 0.0, 0.27753279986288926),
        (81, 263, 0.2552885198782742, 0.36620957698280004),
        (15, 148, 0.06238639953073628, 0.16048724172330803),
        (0, 20, 0.0, 0.1611251580528194),
        (1, 29, 0.006113214292762667, 0.17175521879320294),
        (10, 10, 0.7224672001371106, 1.0),
        (999, 1000, 0.9943574414020421, 0.9998234536293739),
    ] {
        let [l, h] = wilson(k, n).unwrap();
        assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{k}/{n}: {l} {h}");
    }
    assert_eq!((wilson(0, 0), wilson(3, 2)), (None, None));
}

#[test]
fn small_numbers_stay_private_and_cannot_be_subtracted() {
    let parts = |counts: &[(u64, u64)]| -> Vec<Computed> {
        (0..)
            .zip(counts)
            .map(|(n, (numerator, denominator))| Computed::of("A", &format!("{n}"), *numerator, *denominator))
            .collect()
    };
    let hidden = |counts: &[(u64, u64)], below| -> Vec<bool> {
        for_public(parts(counts), below).iter().map(|one| one.missing == Some(Missing::TooFew)).collect()
    };
    assert_eq!(hidden(&[(2, 50), (10, 40), (20, 30)], 5), [true, false, true], "one alone could be subtracted");
    assert_eq!(hidden(&[(2, 50), (10, 40), (29, 30)], 5), [true, false, true], "29 of 30 leaves 1");
    assert_eq!(hidden(&[(0, 50), (10, 10), (0, 0)], 5), [false, false, false], "none is no small number");
    assert_eq!(hidden(&[(1, 2), (0, 0), (10, 40)], 5), [true, false, true], "a part without cases hides nothing");
    assert_eq!(hidden(&[(1, 2), (1, 1)], 0), [false, false]);
    assert!(for_public(parts(&[(2, 50)]), 5)[0].numerator.is_none());
}

#[test]
fn funnel_limits_as_scipy_gives_them() {
    let mut compared = 0;
    for line in include_str!("reference/funnel.csv").lines().skip(2) {
        let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        let got = funnel::limits(values[0], values[1] as u64);
        for (got, expected) in [got.low_998, got.low_95, got.high_95, got.high_998].iter().zip(&values[2..]) {
            assert!((got - expected).abs() < 1e-9, "{line}: {got} instead of {expected}");
        }
        compared += 1;
    }
    assert_eq!(compared, 72);
}

#[test]
fn outliers_by_the_exact_chance_of_their_count() {
    // pooled 20/400 = 0.05; P(R ≥ 10 | 100, 0.05) = 0.0282, P(R ≥ 11) = 0.0115, P(R ≥ 14) = 0.00046 (scipy)
    let parts = |counts: &[(u64, u64)]| -> Vec<Computed> {
        counts.iter().map(|(numerator, denominator)| Computed::of("A", "x", *numerator, *denominator)).collect()
    };
    let mark = |counts: &[(u64, u64)], direction| {
        let funnel = Funnel::of(&parts(counts), direction).unwrap();
        assert!((funnel.pooled - 0.05).abs() < 1e-15);
        (funnel.points[0].mark, funnel.points[0].better)
    };
    assert_eq!(mark(&[(10, 100), (10, 300)], Direction::Decrease), (Mark::Inside, None));
    assert_eq!(mark(&[(11, 100), (9, 300)], Direction::Decrease), (Mark::Alert, Some(false)));
    assert_eq!(mark(&[(14, 100), (6, 300), (0, 0)], Direction::Increase), (Mark::Alarm, Some(true)));
    assert_eq!(mark(&[(14, 100), (6, 300)], Direction::Monitor), (Mark::Alarm, None));
    assert!(Funnel::of(&parts(&[(0, 0), (3, 2)]), Direction::Decrease).is_none());
    let none = Funnel::of(&parts(&[(0, 40), (0, 7)]), Direction::Decrease).unwrap();
    assert!(none.points.iter().all(|point| point.mark == Mark::Inside), "all are alike");
    let curves = none.curves(500, 40);
    assert_eq!((curves.first().unwrap().0, curves.last().unwrap().0), (1, 500));
}

/// Rows of few patients with any facts.
fn rows() -> impl Strategy<Value = Vec<Facts>> {
    let row = (0u8..4, 0i32..500, any::<i64>(), any::<i64>(), 0i32..2000, any::<bool>(), 0u32..4, 0u32..4).prop_map(
        |(patient, day, bits, more, lived, dead, planned, done)| {
            let discharged = date(2025, 11, 1).saturating_add(jiff::Span::new().days(day));
            let mut row = case(patient, discharged, &[]);
            // most facts hold in a quarter or three quarters of the rows
            row.set = FactSet::from_bits((bits | more) & ((1 << Fact::ALL.len()) - 1)).with(Fact::SeedImplant);
            row.alive = row.treated.map(|treated| treated.saturating_add(jiff::Span::new().days(lived)));
            row.died = row.alive.filter(|_| dead);
            (row.lesions_planned, row.lesions_done) = (planned, done);
            row
        },
    );
    proptest::collection::vec(row, 0..30)
}

proptest! {
    /// Every indicator of cases, patient by patient, without queries.
    #[test]
    fn figures_agree_with_counting_patients(rows in rows(), on in 0i32..2200) {
        let on = date(2026, 1, 1).saturating_add(jiff::Span::new().days(on));
        for pack in Pack::builtin().unwrap() {
            let Some(technique) = pack.technique else { continue };
            let own: Fact = technique.name().parse().unwrap();
            let figures = figures(&pack, &rows, Group::Whole, on, &[]);
            for indicator in pack.indicators.iter().filter(|indicator| !indicator.unknown) {
                let asked = |row: &&Facts| {
                    let needed = indicator.denominator.any;
                    row.discharged.is_some_and(|day| day.year() == 2026)
                        && row.set.has(own) && row.set.has(Fact::Treated)
                        && indicator.denominator.all.facts().all(|fact| row.set.has(fact))
                        && (needed.is_empty() || needed.facts().any(|fact| row.set.has(fact)))
                        && indicator.after_months.is_none_or(|months| {
                            row.treated.is_some_and(|treated| treated <= on && whole_months(treated, on) >= months)
                        })
                };
                let meets = |row: &Facts| match indicator.after_months {
                    Some(months) => row.lived_months().unwrap() >= months,
                    None => indicator.numerator.all.facts().all(|fact| row.set.has(fact)),
                };
                let mut patients: BTreeMap<Id<records::Patient>, Vec<&Facts>> = BTreeMap::new();
                rows.iter().filter(asked).for_each(|row| patients.entry(row.patient).or_default().push(row));
                let cases = || patients.values().flatten();
                let every = indicator.direction == Direction::Increase && indicator.after_months.is_none();
                let expected = match indicator.count.unwrap_or(pack.count) {
                    Count::Patients if every => patients.values().filter(|cases| cases.iter().all(|row| meets(row))).count() as u64,
                    Count::Patients => patients.values().filter(|cases| cases.iter().any(|row| meets(row))).count() as u64,
                    Count::LesionsPlanned => cases().map(|row| u64::from(row.lesions_done)).sum(),
                    _ => cases().filter(|row| meets(row)).count() as u64,
                };
                let total = match indicator.count.unwrap_or(pack.count) {
                    Count::Patients => patients.len() as u64,
                    Count::LesionsPlanned => cases().map(|row| u64::from(row.lesions_planned)).sum(),
                    _ => cases().count() as u64,
                };
                prop_assert_eq!(counts(&figures, &indicator.code), (Some(expected), Some(total)), "{}", indicator.code);
            }
        }
    }
}
