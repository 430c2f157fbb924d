//! From definitions to questions that a store answers, and from its answers to figures.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::computed::{Computed, Missing};
use super::elsewhere;
use super::{Indicator, Pack};
use crate::facts::{Count, FactQuery, FactSet, Group, Tally, part_of_day};
use crate::figure::{Figure, Value};
use crate::{Account, Fact, Hospital, Id, Person, Record, Technique};

/// A trend of more years is not filled up with empty parts.
const MOST_YEARS: i32 = 100;

/// From which day to which, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// first day
    pub from: Date,
    /// last day
    pub to: Date,
}

/// Whose cases, in what parts, seen from which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// only by this operator
    pub operator: Option<Id<Person>>,
    /// in which parts: a trend by month, quarter or year, a comparison by operator or hospital
    pub group: Group,
    /// the day of the question: who was treated a year ago depends on it
    pub on: Date,
}

/// A count that a store must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// of which cases
    pub query: FactQuery,
    /// what of them
    pub count: Count,
    /// in which parts
    pub group: Group,
}

/// Where an indicator's counts stand among the questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// not computable
    Unknown,
    /// counted elsewhere
    Elsewhere,
    /// denominator, and what meets it
    Meets(usize, usize),
    /// denominator, and what does not meet it
    Fails(usize, usize),
}

/// All questions of a pack, each once, and how to read the answers.
#[derive(Debug, Clone)]
pub struct Inquiry<'a> {
    pack: &'a Pack,
    period: Period,
    scope: Scope,
    questions: Vec<Question>,
    uses: Vec<Use>,
}

impl<'a> Inquiry<'a> {
    /// What must be asked for a pack's indicators.
    pub fn of(pack: &'a Pack, period: Period, scope: Scope) -> Self {
        let mut inquiry = Self { pack, period, scope, questions: Vec::new(), uses: Vec::new() };
        for indicator in &pack.indicators {
            let used = inquiry.place(indicator);
            inquiry.uses.push(used);
        }
        inquiry
    }

    /// The questions, to be answered in this order.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The question whose cases an indicator's denominator counts, and the one whose cases meet it (`true`) or fail it (`false`):
    /// what the list behind a figure shows. `None` where nothing is computed of cases.
    pub fn cases(&self, code: &str) -> Option<(&FactQuery, &FactQuery, bool)> {
        let at = self.pack.indicators.iter().position(|indicator| indicator.code == code)?;
        let (denominator, other, meets) = match *self.uses.get(at)? {
            Use::Meets(denominator, numerator) => (denominator, numerator, true),
            Use::Fails(denominator, failing) => (denominator, failing, false),
            Use::Unknown | Use::Elsewhere => return None,
        };
        Some((&self.questions.get(denominator)?.query, &self.questions.get(other)?.query, meets))
    }

    /// The figures in the order of the pack, each in the order of its parts. `answers` are those to [`Inquiry::questions`], in their
    /// order; `records` may hold any records: of them the `indicator_count` ones are used.
    pub fn figures(&self, answers: &[Vec<Tally>], records: &[Record]) -> Vec<Computed> {
        let times = self.times();
        let mut figures = Vec::new();
        for (indicator, used) in self.pack.indicators.iter().zip(&self.uses) {
            let code = &indicator.code;
            let (denominator, other, meets) = match *used {
                Use::Unknown => {
                    figures.push(Computed::missing(code, "", Missing::Definition));
                    continue;
                }
                Use::Elsewhere => {
                    figures.extend(elsewhere::counted(&self.pack.id, code, self.period, &self.scope, records));
                    continue;
                }
                Use::Meets(denominator, numerator) => (denominator, numerator, true),
                Use::Fails(denominator, failing) => (denominator, failing, false),
            };
            let mut all = by_part(answers.get(denominator));
            let counted = by_part(answers.get(other));
            if self.scope.group == Group::Whole {
                all.entry("").or_default();
            }
            // a month without cases is a point of the trend, not a gap
            for part in &times {
                all.entry(part).or_default();
            }
            figures.extend(all.iter().map(|(part, total)| {
                let count = counted.get(part).copied().unwrap_or_default();
                Computed::of(code, part, if meets { count } else { total.saturating_sub(count) }, *total)
            }));
        }
        figures
    }

    /// The months, quarters or years of the period up to the day of the question, whether or not anything happened in them; none where
    /// the parts are no times, or the period is longer than anybody draws.
    fn times(&self) -> Vec<String> {
        let group = self.scope.group;
        let last = self.period.to.min(self.scope.on);
        let years = i32::from(last.year()) - i32::from(self.period.from.year());
        if !matches!(group, Group::Month | Group::Quarter | Group::Year) || !(0..=MOST_YEARS).contains(&years) {
            return Vec::new();
        }
        let mut times = Vec::new();
        let mut day = self.period.from.first_of_month();
        while day <= last {
            let part = part_of_day(day, group);
            if times.last() != Some(&part) {
                times.push(part);
            }
            let Ok(next) = day.checked_add(1.month()) else { break };
            day = next;
        }
        times
    }

    /// Figures of the whole as they are reported: with pack, edition and digest. `None` where the inquiry asked for parts.
    pub fn freeze(&self, figures: &[Computed], id: Id<Figure>, by: Id<Account>, at: Timestamp) -> Option<Figure> {
        let value =
            |one: &Computed| Value { code: one.code.clone(), numerator: one.numerator, denominator: one.denominator };
        (self.scope.group == Group::Whole && self.scope.operator.is_none()).then(|| Figure {
            id,
            version: 1,
            hospitals: self.scope.hospitals.clone(),
            pack: self.pack.id.clone(),
            edition: self.pack.edition,
            definitions: self.pack.digest,
            from: self.period.from,
            to: self.period.to,
            on: self.scope.on,
            values: figures.iter().map(value).collect(),
            by,
            at,
        })
    }

    fn place(&mut self, indicator: &Indicator) -> Use {
        if indicator.unknown {
            return Use::Unknown;
        }
        if indicator.counts_from.is_some() {
            return Use::Elsewhere;
        }
        let count = indicator.count.unwrap_or(self.pack.count);
        let all = self.denominator(indicator);
        let mut counted = all.clone();
        let every = indicator.asks_every_case(self.pack.count) && !indicator.numerator.all.is_empty();
        if every {
            counted.none = counted.none.and(indicator.numerator.all);
        } else {
            counted.all = counted.all.and(indicator.numerator.all);
            counted.none = counted.none.and(indicator.numerator.none);
            // two sets of alternatives do not fit one query; `Pack::load` has seen to it that only one is there
            counted.any = if indicator.numerator.any.is_empty() { counted.any } else { indicator.numerator.any };
            counted.lived_months = indicator.after_months;
        }
        let denominator = self.ask(all, count);
        let other = self.ask(counted, indicator.numerator_count.unwrap_or(count));
        if every { Use::Fails(denominator, other) } else { Use::Meets(denominator, other) }
    }

    fn denominator(&self, indicator: &Indicator) -> FactQuery {
        let technique = self.pack.technique.map(|technique| match technique {
            Technique::SeedImplant => Fact::SeedImplant,
            Technique::Ablation => Fact::Ablation,
            Technique::Radiopharmaceutical => Fact::Radiopharmaceutical,
        });
        let query = FactQuery {
            hospitals: self.scope.hospitals.clone(),
            operator: self.scope.operator,
            by: self.pack.by,
            from: Some(self.period.from),
            to: Some(self.period.to),
            all: technique
                .into_iter()
                .fold(FactSet::NONE.with(Fact::Treated), FactSet::with)
                .and(indicator.denominator.all),
            any: indicator.denominator.any,
            none: indicator.denominator.none,
            ..FactQuery::default()
        };
        match indicator.after_months {
            Some(months) => query.passed(months, self.scope.on),
            None => query,
        }
    }

    /// The place of a question, which is asked once however many indicators need it.
    fn ask(&mut self, query: FactQuery, count: Count) -> usize {
        let question = Question { query, count, group: self.scope.group };
        if let Some(at) = self.questions.iter().position(|there| *there == question) {
            return at;
        }
        self.questions.push(question);
        self.questions.len() - 1
    }
}

fn by_part(tallies: Option<&Vec<Tally>>) -> BTreeMap<&str, u64> {
    tallies.into_iter().flatten().map(|tally| (tally.part.as_str(), tally.count)).collect()
}
