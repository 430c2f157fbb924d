//! Indicators.

use records::indicators::funnel::Funnel;
use records::indicators::{Computed, Direction, Indicator, Missing, Pack};
use records::{Figure, figure};
use serde::Serialize;
use utoipa::ToSchema;

use super::norms::Both;
use super::{Named, Names};

/// One figure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Computed)]
pub struct FigureView {
    /// `2026-03`, an identifier, or empty for the whole
    part: String,
    /// what the part is called, where it is a person or a hospital
    name: String,
    numerator: Option<u64>,
    denominator: Option<u64>,
    /// the proportion, 0 to 1
    value: Option<f64>,
    /// Wilson's 95 % interval
    interval: Option<[f64; 2]>,
    /// why there is none: `definition`, `counts`, `nothing`…
    missing: Option<String>,
}

impl FigureView {
    /// Of a figure; `name` gives what its part is called.
    pub fn new(one: &Computed, name: &dyn Fn(&str) -> String) -> Self {
        Self {
            part: one.part.clone(),
            name: name(&one.part),
            numerator: one.numerator,
            denominator: one.denominator,
            value: one.value,
            interval: one.interval,
            missing: one.missing.map(missing),
        }
    }
}

fn missing(why: Missing) -> String {
    serde_json::to_value(why).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A point of a funnel plot.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointView {
    part: String,
    name: String,
    numerator: u64,
    denominator: u64,
    value: f64,
    /// limits at its denominator: 99.8 % low, 95 % low, 95 % high, 99.8 % high
    limits: [f64; 4],
    /// outside the 95 % or the 99.8 % limits: `inside`, `outside_95`, `outside_998`
    mark: String,
    /// outside on the good side
    better: Option<bool>,
}

/// A funnel plot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Funnel)]
pub struct FunnelView {
    pooled: f64,
    points: Vec<PointView>,
    /// denominator and limits, for drawing the curves
    curves: Vec<(u64, [f64; 4])>,
}

impl FunnelView {
    /// Of the parts of an indicator.
    pub fn new(parts: &[Computed], direction: Direction, name: &dyn Fn(&str) -> String) -> Option<Self> {
        let funnel = Funnel::of(parts, direction)?;
        let four = |limits: records::indicators::funnel::Limits| {
            [limits.low_998, limits.low_95, limits.high_95, limits.high_998]
        };
        let largest = funnel.points.iter().map(|point| point.denominator).max().unwrap_or(1);
        Some(Self {
            pooled: funnel.pooled,
            curves: funnel.curves(largest, 60).into_iter().map(|(at, limits)| (at, four(limits))).collect(),
            points: funnel
                .points
                .iter()
                .map(|point| PointView {
                    part: point.part.clone(),
                    name: name(&point.part),
                    numerator: point.numerator,
                    denominator: point.denominator,
                    value: point.value,
                    limits: four(point.limits),
                    mark: serde_json::to_value(point.mark)
                        .ok()
                        .and_then(|value| value.as_str().map(str::to_owned))
                        .unwrap_or_default(),
                    better: point.better,
                })
                .collect(),
        })
    }
}

/// An indicator with its figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Indicator)]
pub struct IndicatorView {
    code: String,
    name: Both,
    definition: Both,
    note: Both,
    /// `increase`, `decrease` or `monitor`
    direction: String,
    source: Both,
    exclusions: Both,
    /// what was not compared with its source; empty where all was
    unverified: Both,
    /// the definition is not known
    unknown: bool,
    /// what is missing to know it
    missing: Both,
    figures: Vec<FigureView>,
    funnel: Option<FunnelView>,
    /// the query of `/counted` for the denominator; absent where no cases are counted
    denominator_cases: Option<String>,
    /// for the cases that meet it, or that fail it
    other_cases: Option<String>,
    /// whether `other_cases` are those that meet it
    other_meets: bool,
}

impl IndicatorView {
    /// Of an indicator.
    pub fn new(
        one: &Indicator,
        figures: &[Computed],
        funnel: bool,
        cases: Option<(String, String, bool)>,
        name: &dyn Fn(&str) -> String,
    ) -> Self {
        let own: Vec<Computed> = figures.iter().filter(|figure| figure.code == one.code).cloned().collect();
        let both = |zh: &str, en: &str| Both { zh: zh.to_owned(), en: en.to_owned() };
        let (denominator_cases, other_cases, other_meets) = match cases {
            Some((denominator, other, meets)) => (Some(denominator), Some(other), meets),
            None => (None, None, false),
        };
        Self {
            code: one.code.clone(),
            name: both(&one.name_zh, &one.name_en),
            definition: both(&one.definition_zh, &one.definition_en),
            note: both(&one.note_zh, &one.note_en),
            direction: match one.direction {
                Direction::Increase => "increase",
                Direction::Decrease => "decrease",
                Direction::Monitor => "monitor",
            }
            .to_owned(),
            source: both(&one.source_zh, &one.source_en),
            exclusions: both(&one.exclusions_zh, &one.exclusions_en),
            unverified: both(&one.unverified_zh, &one.unverified_en),
            unknown: one.unknown,
            missing: both(&one.missing_zh, &one.missing_en),
            figures: own.iter().map(|figure| FigureView::new(figure, name)).collect(),
            funnel: if funnel { FunnelView::new(&own, one.direction, name) } else { None },
            denominator_cases,
            other_cases,
            other_meets,
        }
    }
}

/// A set of indicators of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Indicators {
    /// its key
    pub pack: String,
    edition: u32,
    title: Both,
    source: Both,
    from: String,
    to: String,
    rows: Vec<IndicatorView>,
    /// as reported, newest first
    reported: Vec<ReportedView>,
}

impl Indicators {
    /// Of a pack.
    pub fn new(
        pack: &Pack,
        period: records::indicators::Period,
        rows: Vec<IndicatorView>,
        reported: Vec<ReportedView>,
    ) -> Self {
        Self {
            pack: pack.id.clone(),
            edition: pack.edition,
            title: Both { zh: pack.title_zh.clone(), en: pack.title.clone() },
            source: Both { zh: pack.source_zh.clone(), en: pack.source.clone() },
            from: period.from.to_string(),
            to: period.to.to_string(),
            rows,
            reported,
        }
    }
}

/// A reported value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportedValue)]
pub struct ValueView {
    code: String,
    numerator: Option<u64>,
    denominator: Option<u64>,
}

impl From<&figure::Value> for ValueView {
    fn from(value: &figure::Value) -> Self {
        Self { code: value.code.clone(), numerator: value.numerator, denominator: value.denominator }
    }
}

/// Indicators as they were reported; never changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Figure)]
pub struct ReportedView {
    id: String,
    hospitals: Vec<String>,
    pack: String,
    edition: u32,
    /// digest of the definitions
    definitions: String,
    from: String,
    to: String,
    values: Vec<ValueView>,
    by: Named,
    at: String,
}

impl ReportedView {
    /// Of a figure.
    pub fn new(figure: &Figure, names: &Names) -> Self {
        Self {
            id: figure.id.to_string(),
            hospitals: figure.hospitals.iter().map(ToString::to_string).collect(),
            pack: figure.pack.clone(),
            edition: figure.edition,
            definitions: figure.definitions.to_string(),
            from: figure.from.to_string(),
            to: figure.to.to_string(),
            values: figure.values.iter().map(Into::into).collect(),
            by: names.of(figure.by),
            at: figure.at.to_string(),
        }
    }
}
