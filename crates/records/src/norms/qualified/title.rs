//! Titles and years of work.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::currency::of;
use super::{Aspect, Reason, contains_one};
use crate::Record;
use crate::norms::Sentence;
use crate::norms::check::{ExperienceNeed, TitleNeed};
use crate::norms::evidence::years_before;

/// Titles of physicians, in rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Title {
    /// 住院医师
    Resident,
    /// 主治医师
    Attending,
    /// 副主任医师
    AssociateChief,
    /// 主任医师
    Chief,
}

impl Title {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Attending => "attending",
            Self::AssociateChief => "associate_chief",
            Self::Chief => "chief",
        }
    }

    /// How people say it.
    pub fn says(self) -> Sentence {
        match self {
            Self::Resident => Sentence::new("住院医师", "resident"),
            Self::Attending => Sentence::new("主治医师", "attending physician"),
            Self::AssociateChief => Sentence::new("副主任医师", "associate chief physician"),
            Self::Chief => Sentence::new("主任医师", "chief physician"),
        }
    }

    fn of(record: &Record) -> Option<Self> {
        [Self::Resident, Self::Attending, Self::AssociateChief, Self::Chief]
            .into_iter()
            .find(|title| record.text("title") == Some(title.name()))
    }
}

/// The title somebody has on a day, and the record that says so: the highest. Titles are not taken away; a mistake is withdrawn.
pub(in crate::norms) fn title_on<'a>(records: &[&'a Record], day: Date) -> Option<(Title, &'a Record)> {
    of(records, "title")
        .into_iter()
        .filter(|record| since(record) <= day)
        .filter_map(|record| Title::of(record).map(|title| (title, record)))
        .max_by_key(|(title, record)| (*title, record.created))
}

/// Since when somebody has at least a title, by the records there are on a day.
pub(super) fn since_when<'a>(records: &[&'a Record], least: Title, day: Date) -> Option<(Date, &'a Record)> {
    of(records, "title")
        .into_iter()
        .filter(|record| Title::of(record).is_some_and(|title| title >= least) && since(record) <= day)
        .map(|record| (since(record), record))
        .min_by_key(|(since, record)| (*since, record.created))
}

fn since(record: &Record) -> Date {
    record.date("from").unwrap_or(record.day)
}

/// A title, held for long enough.
pub(super) fn title(need: &TitleNeed, records: &[&Record], day: Date) -> Reason {
    let least = need.at_least.says();
    let years = need.years;
    let Some((from, first)) = since_when(records, need.at_least, day) else {
        let says = match title_on(records, day) {
            Some((title, _)) => Sentence::new(
                format!("职称为{}，要求{}以上", title.says().zh, least.zh),
                format!("{}; at least {} is needed", title.says().en, least.en),
            ),
            None => Sentence::new("没有职称记录", "no title is recorded"),
        };
        return Reason::new(Aspect::Title, &need.clause, false, says).by(&of(records, "title"));
    };
    let met = from <= years_before(day, years);
    let (title, shown) = title_on(records, day).map_or((need.at_least, first), |(title, record)| (title, record));
    let says = if met {
        Sentence::new(
            format!("{}（{from} 起{}以上）", title.says().zh, least.zh),
            format!("{} ({} or higher since {from})", title.says().en, least.en),
        )
    } else {
        Sentence::new(
            format!("{from} 起任{}以上，不满 {years} 年；如更早，请补录早期职称", least.zh),
            format!(
                "{} or higher since {from}, less than {years} years; if earlier, enter the earlier titles",
                least.en
            ),
        )
    };
    let records: Vec<&Record> = if first.id == shown.id { vec![first] } else { vec![first, shown] };
    Reason::new(Aspect::Title, &need.clause, met, says).by(&records)
}

/// Years of work in a specialty: gaps do not count, two posts at once count once.
pub(super) fn experience(need: &ExperienceNeed, records: &[&Record], day: Date) -> Reason {
    let fitting: Vec<&Record> = of(records, "experience")
        .into_iter()
        .filter(|record| {
            need.specialties.is_empty()
                || record.texts("specialty").iter().any(|text| contains_one(text, &need.specialties))
        })
        .collect();
    let days = days_worked(&fitting, day);
    let met = worked(days, need.years, day);
    let years = days as f64 / 365.25;
    let zh = if need.specialties.is_empty() { "临床工作" } else { "肿瘤专业工作" };
    let en = if need.specialties.is_empty() { "clinical work" } else { "work in the tumour specialty" };
    let says = Sentence::new(
        format!("{zh} {years:.1} 年，要求 {} 年以上", need.years),
        format!("{years:.1} years of {en}; {} are needed", need.years),
    );
    Reason::new(Aspect::Experience, &need.clause, met, says).by(&fitting)
}

/// Whether so many days before a day reach back so many years.
pub(super) fn worked(days: i64, years: i16, day: Date) -> bool {
    day.saturating_sub(days.days()) <= years_before(day, years)
}

/// Days of work up to a day, of posts that may overlap.
pub(super) fn days_worked(posts: &[&Record], day: Date) -> i64 {
    let mut spans: Vec<(Date, Date)> = posts
        .iter()
        .map(|post| {
            let end = post.date("until").and_then(|last| last.tomorrow().ok()).map_or(day, |end| end.min(day));
            (post.date("from").unwrap_or(post.day), end)
        })
        .filter(|(from, end)| from < end)
        .collect();
    spans.sort_unstable();
    let mut total = 0;
    let mut reached = Date::MIN;
    for (from, end) in spans {
        let from = from.max(reached);
        if from < end {
            total += i64::from((end - from).get_days());
            reached = end;
        }
    }
    total
}
