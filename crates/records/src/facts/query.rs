//! Questions to the facts of many cases: which to list, and what to count.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{FactSet, Facts};
use crate::{Hospital, Id, Person};

/// By which day a case belongs to a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// day of discharge
    #[default]
    Discharged,
    /// day of the procedure
    Treated,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// cases (例次)
    #[default]
    Cases,
    /// patients (人数)
    Patients,
    /// lesions to be treated
    LesionsPlanned,
    /// lesions treated
    LesionsDone,
    /// seeds
    Seeds,
}

/// Into what parts a count is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// one figure
    #[default]
    Whole,
    /// by month
    Month,
    /// by quarter of the calendar year
    Quarter,
    /// by year
    Year,
    /// by who did the procedure
    Operator,
    /// by hospital
    Hospital,
}

/// Which cases to count or to list. Withdrawn cases never count: the store keeps no facts of them. Everything that depends on a day
/// is asked for here with the day, so that the same question with the same day has the same answer whenever the facts were made.
///
/// A store answers with one scan of one table that has a column for each field of [`Facts`], `lived_months` as an integer
/// ([`Facts::lived_months`]), days as ISO text and `bits` as the set; conditions that are not asked are left out, and a comparison
/// with NULL is no:
///
/// ```sql
/// SELECT substr(discharged, 1, 7) AS part, count(*)       -- or count(DISTINCT patient), total(lesions_planned)…
/// FROM facts
/// WHERE hospital IN (…) AND operator = :operator
///   AND discharged BETWEEN :from AND :to                   -- or treated, as `by` says
///   AND bits & :all = :all AND bits & :any <> 0 AND bits & :none = 0
///   AND treated <= :treated_until
///   AND lived_months >= :lived_months
///   AND (died IS NOT NULL OR lived_months >= :fate_known_months)
///   AND due < :overdue_on AND due >= :due_from
/// GROUP BY part ORDER BY part
/// ```
///
/// A case without the day that `by` names belongs to no period, but counts where neither `from` nor `to` is asked. What a query means
/// is written once more as [`FactQuery::holds`] and [`FactQuery::tally`]: every store is tested against them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactQuery {
    /// only of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// only by this operator
    pub operator: Option<Id<Person>>,
    /// which day counts
    pub by: By,
    /// first day
    pub from: Option<Date>,
    /// last day
    pub to: Option<Date>,
    /// all of these must hold
    pub all: FactSet,
    /// at least one of these must hold; empty asks nothing
    pub any: FactSet,
    /// none of these may hold
    pub none: FactSet,
    /// the procedure took place on this day or earlier: that so many months have passed, see [`FactQuery::passed`]
    pub treated_until: Option<Date>,
    /// known to have lived at least so many whole months after the procedure
    pub lived_months: Option<u32>,
    /// died, or known to have lived at least so many whole months after the procedure: whose fate at that time is known
    pub fate_known_months: Option<u32>,
    /// a visit was due before this day and has not taken place
    pub overdue_on: Option<Date>,
    /// the next visit is due on this day or later
    pub due_from: Option<Date>,
}

impl FactQuery {
    /// Only procedures since which `months` whole months have passed on `on`.
    #[must_use]
    pub fn passed(self, months: u32, on: Date) -> Self {
        // going back keeps to the end of a shorter month, which is exactly `whole_months(day, on) >= months`
        let last = on.saturating_sub(i64::from(months.min(12 * 300)).months());
        Self { treated_until: Some(self.treated_until.map_or(last, |asked| asked.min(last))), ..self }
    }

    /// Whether a case is asked for.
    pub fn holds(&self, facts: &Facts) -> bool {
        let day = self.day(facts);
        let lived = facts.lived_months();
        (self.hospitals.is_empty() || facts.hospital.is_some_and(|hospital| self.hospitals.contains(&hospital)))
            && self.operator.is_none_or(|operator| facts.operator == Some(operator))
            && self.from.is_none_or(|from| day.is_some_and(|day| from <= day))
            && self.to.is_none_or(|to| day.is_some_and(|day| day <= to))
            && facts.set.has_all(self.all)
            && (self.any.is_empty() || facts.set.has_any(self.any))
            && !facts.set.has_any(self.none)
            && self.treated_until.is_none_or(|until| facts.treated.is_some_and(|day| day <= until))
            && self.lived_months.is_none_or(|months| lived.is_some_and(|lived| lived >= months))
            && self
                .fate_known_months
                .is_none_or(|months| facts.died.is_some() || lived.is_some_and(|lived| lived >= months))
            && self.overdue_on.is_none_or(|on| facts.due.is_some_and(|due| due < on))
            && self.due_from.is_none_or(|from| facts.due.is_some_and(|due| from <= due))
    }

    /// What [`crate::Store`] must answer, counted over rows in memory: the parts in the order of their names, none of them empty of cases.
    pub fn tally(&self, rows: &[Facts], count: Count, group: Group) -> Vec<Tally> {
        let mut parts: std::collections::BTreeMap<String, Vec<&Facts>> = std::collections::BTreeMap::new();
        for facts in rows.iter().filter(|facts| self.holds(facts)) {
            parts.entry(self.part(facts, group)).or_default().push(facts);
        }
        let counted = |rows: &[&Facts]| match count {
            Count::Cases => rows.len() as u64,
            Count::Patients => {
                rows.iter().map(|facts| facts.patient).collect::<std::collections::BTreeSet<_>>().len() as u64
            }
            Count::LesionsPlanned => rows.iter().map(|facts| u64::from(facts.lesions_planned)).sum(),
            Count::LesionsDone => rows.iter().map(|facts| u64::from(facts.lesions_done)).sum(),
            Count::Seeds => rows.iter().map(|facts| u64::from(facts.seeds)).sum(),
        };
        parts.into_iter().map(|(part, rows)| Tally { part, count: counted(&rows) }).collect()
    }

    fn day(&self, facts: &Facts) -> Option<Date> {
        match self.by {
            By::Discharged => facts.discharged,
            By::Treated => facts.treated,
        }
    }

    fn part(&self, facts: &Facts, group: Group) -> String {
        match group {
            Group::Operator => facts.operator.map(|id| id.to_string()),
            Group::Hospital => facts.hospital.map(|id| id.to_string()),
            _ => self.day(facts).map(|day| part_of_day(day, group)),
        }
        .unwrap_or_default()
    }
}

/// The name of the month, quarter or year of a day; empty for groups that are no times.
pub(crate) fn part_of_day(day: Date, group: Group) -> String {
    match group {
        Group::Month => format!("{:04}-{:02}", day.year(), day.month()),
        Group::Quarter => format!("{:04}-Q{}", day.year(), (day.month() + 2) / 3),
        Group::Year => format!("{:04}", day.year()),
        Group::Whole | Group::Operator | Group::Hospital => String::new(),
    }
}

/// Whole calendar months from one day to a later one: a month is complete on the day of the same number, and where the month has none
/// on the first of the next. From 31 January it is 0 months to 28 February and 1 to 1 March. 0 where `to` is not later.
pub fn whole_months(from: Date, to: Date) -> u32 {
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
    (months - i32::from(to.day() < from.day())).max(0).unsigned_abs()
}

/// One part of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// `2026-03`, `2026-Q1`, `2026`, an identifier, or empty for the whole and for cases without one
    pub part: String,
    /// the count
    pub count: u64,
}
