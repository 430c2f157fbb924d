//! Rules that counts of cases, the ledger of seeds and the register of devices answer.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Known;
use crate::facts::{By, Count, FactQuery, FactSet, Group};
use crate::norms::Sentence;
use crate::norms::check::{Check, Enough, Window};
use crate::norms::evidence::{Ask, Period, years_before};
use crate::norms::finding::{Judged, Proof, State};
use crate::{Fact, Hospital, Id, Technique};

/// Which cases a pack is about: those of a hospital in which the technique was carried out.
#[derive(Debug, Clone, Copy)]
pub(in crate::norms) struct Scope {
    pub technique: Technique,
    pub hospital: Id<Hospital>,
}

impl Scope {
    fn facts(self) -> FactSet {
        let technique = match self.technique {
            Technique::SeedImplant => Fact::SeedImplant,
            Technique::Ablation => Fact::Ablation,
            Technique::Radiopharmaceutical => Fact::Radiopharmaceutical,
        };
        FactSet::NONE.with(technique).with(Fact::Treated)
    }

    fn query(self, by: By, from: Option<Date>, to: Option<Date>) -> FactQuery {
        FactQuery { hospitals: vec![self.hospital], by, from, to, all: self.facts(), ..FactQuery::default() }
    }

    fn within(self, by: By, period: Period) -> FactQuery {
        self.query(by, Some(period.from), Some(period.to))
    }

    /// Cases treated in a period.
    pub fn treated(self, period: Period) -> FactQuery {
        self.within(By::Treated, period)
    }

    /// All cases there ever were.
    pub fn ever(self) -> Ask {
        whole(self.query(By::Treated, None, None))
    }

    /// Cases of a period by who operated.
    pub fn operators(self, period: Period) -> Ask {
        Ask { query: self.treated(period), count: Count::Cases, group: Group::Operator }
    }

    /// Cases and patients of every year.
    pub fn years(self) -> [Ask; 2] {
        [Count::Cases, Count::Patients].map(|count| Ask {
            query: self.query(By::Treated, None, None),
            count,
            group: Group::Year,
        })
    }
}

pub(super) fn whole(query: FactQuery) -> Ask {
    Ask { query, count: Count::Cases, group: Group::Whole }
}

fn and(query: &FactQuery, facts: FactSet) -> FactQuery {
    FactQuery { all: query.all.and(facts), ..query.clone() }
}

fn without(query: &FactQuery, fact: Fact) -> FactQuery {
    FactQuery { none: query.none.with(fact), ..query.clone() }
}

/// What a check asks the store.
pub(in crate::norms) fn asks(known: &Known<'_>, check: &Check) -> Vec<Ask> {
    let (scope, today, period) = (known.scope, known.evidence.today, known.evidence.period);
    match check {
        Check::Rate { with, by, .. } => {
            let all = scope.within(*by, period);
            vec![whole(and(&all, *with)), whole(all)]
        }
        Check::EveryCase { fact, by, after_days, .. } => {
            let all = scope.within(*by, shortened(period, today, *after_days));
            vec![whole(without(&all, *fact)), whole(all)]
        }
        Check::NoneOverdue { by, .. } => {
            let all = scope.within(*by, period);
            vec![whole(overdue(&all, known.evidence.today)), whole(all)]
        }
        Check::QualifiedOnTheDay { role } => super::on_the_day::asks(known, role),
        Check::Count { any_of, years, each, window } => any_of
            .iter()
            .flat_map(|enough| {
                spans(*years, *each, *window, today).into_iter().map(|span| whole(counted(scope, enough, span)))
            })
            .collect(),
        Check::UniqueDevices | Check::LotsRegistered | Check::Conservation => vec![whole(scope.treated(period))],
        _ => Vec::new(),
    }
}

/// Answers one of the checks that look at cases.
pub(in crate::norms) fn judge(known: &Known<'_>, check: &Check) -> Judged {
    match check {
        Check::Rate { .. } => rate(known, check),
        Check::EveryCase { fact, by, after_days, zh, en } => {
            let period = shortened(known.evidence.period, known.evidence.today, *after_days);
            let all = known.scope.within(*by, period);
            let bad = without(&all, *fact);
            none_of(known, period, *by, (all, bad), &Sentence::new(zh, en))
        }
        Check::NoneOverdue { by, zh, en } => {
            let all = known.scope.within(*by, known.evidence.period);
            let bad = overdue(&all, known.evidence.today);
            none_of(known, known.evidence.period, *by, (all, bad), &Sentence::new(zh, en))
        }
        Check::Count { any_of, years, each, window } => count(known, any_of, *years, *each, *window),
        Check::Conservation => conservation(known),
        Check::LotsRegistered => lots_registered(known),
        Check::UniqueDevices => unique_devices(known),
        _ => Judged::not_asked(),
    }
}

/// How a day is called by which a case belongs to a period.
fn day_word(by: By) -> (&'static str, &'static str) {
    match by {
        By::Discharged => ("出院", "discharged"),
        By::Treated => ("手术", "treated"),
    }
}

pub(super) fn span_words(period: Period) -> (String, String) {
    (format!("{} 至 {}", period.from, period.to), format!("{} to {}", period.from, period.to))
}

fn rate(known: &Known<'_>, check: &Check) -> Judged {
    let Check::Rate { with, more_than, at_least, by, zh, en } = check else { return Judged::not_asked() };
    let period = known.evidence.period;
    let all = known.scope.within(*by, period);
    let some = and(&all, *with);
    let (Some(part), Some(total)) = (known.evidence.count(&whole(some)), known.evidence.count(&whole(all.clone())))
    else {
        return Judged::not_asked();
    };
    let (span_zh, span_en) = span_words(period);
    let (day_zh, day_en) = day_word(*by);
    if total == 0 {
        let says = Sentence::new(format!("{span_zh} 没有{day_zh}病例"), format!("no case was {day_en} from {span_en}"));
        return Judged::new(State::NotApplicable, says);
    }
    // compared as a fraction: 80 of 100 is not more than 80 %, however it is rounded
    let (hundredfold, limit) = (part as f64 * 100.0, more_than.or(*at_least).unwrap_or_default());
    let met =
        if more_than.is_some() { hundredfold > limit * total as f64 } else { hundredfold >= limit * total as f64 };
    let (asked_zh, asked_en) = if more_than.is_some() { ("大于", "more than") } else { ("不低于", "at least") };
    let percent = percent(part, total, limit);
    let says = Sentence::new(
        format!("{span_zh} {day_zh} {total} 例，{zh} {part} 例，{percent} %，要求{asked_zh} {limit} %"),
        format!("{span_en}: {total} {day_en}, {part} {en}, {percent} %; {asked_en} {limit} % is needed"),
    );
    // what is left to do: those of the denominator that are not in the numerator
    let rest = with.facts().next().map(|fact| without(&all, fact)).unwrap_or(all);
    Judged::met_if(met, says).by_cases(rest).counting(zh, en, part).counting(day_zh, day_en, total)
}

/// A percentage with as many decimals as it takes to tell it from the limit, one at least.
pub(in crate::norms) fn percent(part: u64, total: u64, limit: f64) -> String {
    let exact = part as f64 * 100.0 / total as f64;
    let text = |decimals: usize| format!("{exact:.decimals$}");
    (1..=6).map(text).find(|text| text.parse() != Ok(limit) || exact == limit).unwrap_or_else(|| text(6))
}

/// A period without its youngest days.
fn shortened(period: Period, today: Date, after_days: u32) -> Period {
    let last = today.saturating_sub(i64::from(after_days).days());
    Period { from: period.from, to: period.to.min(last) }
}

/// Cases with a visit that is overdue on a day.
fn overdue(all: &FactQuery, on: Date) -> FactQuery {
    FactQuery { overdue_on: Some(on), ..all.clone() }
}

/// Of all cases of a period none may be bad.
fn none_of(known: &Known<'_>, period: Period, by: By, of: (FactQuery, FactQuery), wrong: &Sentence) -> Judged {
    let (all, bad) = of;
    let (Some(short), Some(total)) =
        (known.evidence.count(&whole(bad.clone())), known.evidence.count(&whole(all.clone())))
    else {
        return Judged::not_asked();
    };
    let (span_zh, span_en) = span_words(period);
    let (day_zh, day_en) = day_word(by);
    if total == 0 || period.is_empty() {
        let says = Sentence::new(format!("{span_zh} 没有{day_zh}病例"), format!("no case was {day_en} from {span_en}"));
        return Judged::new(State::NotApplicable, says);
    }
    if short == 0 {
        let says = Sentence::new(
            format!("{span_zh} {day_zh} {total} 例，全部符合"),
            format!("{span_en}: {total} {day_en}, all meet it"),
        );
        return Judged::new(State::Met, says).by_cases(all).counting(day_zh, day_en, total);
    }
    let says = Sentence::new(
        format!("{span_zh} {day_zh} {total} 例，其中 {short} 例{}", wrong.zh),
        format!("{span_en}: {total} {day_en}, of them {short}: {}", wrong.en),
    );
    Judged::new(State::NotMet, says).by_cases(bad).counting(&wrong.zh, &wrong.en, short).counting(day_zh, day_en, total)
}

/// The spans of days that a count looks at; `None` is all there ever was.
fn spans(years: Option<i16>, each: bool, window: Window, today: Date) -> Vec<Option<Period>> {
    let Some(years) = years else { return vec![None] };
    // the first day of a span that ends with `back` years before its usual end
    let year = |back: i16| match window {
        Window::Calendar => {
            let year = today.year() - 1 - back;
            let day = |month, day| Date::new(year, month, day).unwrap_or(today);
            Period { from: day(1, 1), to: day(12, 31) }
        }
        Window::Rolling => Period::year_to(years_before(today, back)),
    };
    if each {
        return (0..years).map(|back| Some(year(back))).collect();
    }
    vec![Some(Period { from: year(years - 1).from, to: year(0).to })]
}

fn counted(scope: Scope, enough: &Enough, span: Option<Period>) -> FactQuery {
    let query = match span {
        Some(period) => scope.treated(period),
        None => scope.query(By::Treated, None, None),
    };
    and(&query, enough.facts)
}

fn count(known: &Known<'_>, any_of: &[Enough], years: Option<i16>, each: bool, window: Window) -> Judged {
    let spans = spans(years, each, window, known.evidence.today);
    let mut best: Option<Judged> = None;
    for enough in any_of {
        let mut met = true;
        let mut says = Vec::new();
        let mut judged = Judged::new(State::Met, Sentence::default());
        for span in &spans {
            let query = counted(known.scope, enough, *span);
            let Some(count) = known.evidence.count(&whole(query.clone())) else { return Judged::not_asked() };
            met &= count >= enough.at_least;
            let (when_zh, when_en) = span.map_or(("累计".to_owned(), "in all".to_owned()), span_words);
            says.push(Sentence::new(
                format!("{when_zh} {}{count} 例", enough.zh),
                format!("{when_en}: {count} {}", enough.en),
            ));
            judged = judged.by_cases(query).counting(
                &format!("{when_zh} {}", enough.zh),
                &format!("{when_en}: {}", enough.en),
                count,
            );
        }
        let asked = if each {
            Sentence::new(
                format!("要求每年不少于 {} 例", enough.at_least),
                format!("at least {} in each year are needed", enough.at_least),
            )
        } else {
            Sentence::new(
                format!("要求不少于 {} 例", enough.at_least),
                format!("at least {} are needed", enough.at_least),
            )
        };
        says.push(asked);
        judged.says = Sentence::join(&says);
        judged.state = if met { State::Met } else { State::NotMet };
        if met {
            return judged;
        }
        // where none is enough, the first (the general one) is shown
        best = best.or(Some(judged));
    }
    best.unwrap_or_else(Judged::not_asked)
}

/// Nothing to judge without lots; with cases but no lots something is missing.
fn no_lots(known: &Known<'_>) -> Judged {
    match known.evidence.count(&whole(known.scope.treated(known.evidence.period))) {
        Some(0) => {
            Judged::new(State::NotApplicable, Sentence::new("本期没有使用粒子", "no seeds were used in the period"))
        }
        _ => Judged::new(State::NoEvidence, Sentence::new("没有登记粒子批次", "no lot of seeds is entered")),
    }
}

fn conservation(known: &Known<'_>) -> Judged {
    let sources = known.evidence.sources;
    if sources.lots.is_empty() && sources.problems.is_empty() {
        return no_lots(known);
    }
    if sources.problems.is_empty() {
        let seeds: u64 = sources.lots.iter().map(|lot| u64::from(lot.count)).sum();
        let lots = sources.lots.len();
        let says = Sentence::new(
            format!("{lots} 批 {seeds} 粒全部可溯源"),
            format!("all {seeds} seeds of {lots} lots are traced"),
        );
        return Judged::new(State::Met, says).counting("粒子", "seeds", seeds);
    }
    let says: Vec<Sentence> = sources
        .problems
        .iter()
        .map(|problem| {
            let lot = sources.lots.iter().find(|lot| lot.id == problem.lot);
            lot.map_or_else(|| problem.says.clone(), |lot| problem.says.of(&lot.number, &lot.number))
        })
        .collect();
    let seeds: u64 = sources.problems.iter().map(|problem| u64::from(problem.seeds)).sum();
    let mut judged = Judged::new(State::NotMet, Sentence::list(&says, 5)).counting("不符粒子", "seeds in doubt", seeds);
    judged.proofs.extend(sources.problems.iter().map(|problem| Proof::Lot(problem.lot)));
    judged
}

fn lots_registered(known: &Known<'_>) -> Judged {
    let lots = known.evidence.sources.lots;
    if lots.is_empty() {
        return no_lots(known);
    }
    let bad: Vec<_> = lots.iter().filter(|lot| lot.registration.trim().is_empty()).collect();
    let mut judged = if bad.is_empty() {
        Judged::new(
            State::Met,
            Sentence::new(
                format!("{} 批全部有注册证号", lots.len()),
                format!("all {} lots name their registration", lots.len()),
            ),
        )
    } else {
        let numbers: Vec<&str> = bad.iter().map(|lot| lot.number.as_str()).collect();
        Judged::new(
            State::NotMet,
            Sentence::new(
                format!("缺注册证号的批次：{}", numbers.join("、")),
                format!("lots without registration: {}", numbers.join(", ")),
            ),
        )
    };
    let shown = if bad.is_empty() { lots.iter().collect() } else { bad };
    judged.proofs.extend(shown.iter().map(|lot| Proof::Lot(lot.id)));
    judged
}

fn unique_devices(known: &Known<'_>) -> Judged {
    let period = known.evidence.period;
    let reused: Vec<_> = known
        .of_hospital
        .iter()
        .filter(|record| !record.withdrawn && record.form == "incident" && period.has(record.day))
        .filter(|record| record.text("kind") == Some("device_reused"))
        .collect();
    let twice = known.evidence.devices;
    if twice.is_empty() && reused.is_empty() {
        let all = known.scope.treated(period);
        return match known.evidence.count(&whole(all.clone())) {
            None => Judged::not_asked(),
            Some(0) => {
                Judged::new(State::NotApplicable, Sentence::new("本期没有手术", "there was no procedure in the period"))
            }
            Some(_) => {
                Judged::new(State::Met, Sentence::new("没有器材重复使用", "no device was used twice")).by_cases(all)
            }
        };
    }
    let mut says: Vec<Sentence> = twice
        .iter()
        .map(|one| {
            Sentence::new(
                format!("{} 用于 {} 例", one.unique, one.cases.len()),
                format!("{} was used in {} cases", one.unique, one.cases.len()),
            )
        })
        .collect();
    says.extend(reused.iter().map(|record| {
        Sentence::new(
            format!("{} 报告器材重复使用", record.day),
            format!("a device used twice was reported on {}", record.day),
        )
    }));
    let mut judged = Judged::new(State::NotMet, Sentence::list(&says, 5));
    judged.proofs.extend(twice.iter().flat_map(|one| one.cases.iter().copied().map(Proof::Case)));
    judged.proofs.extend(twice.iter().flat_map(|one| one.records.iter().copied().map(Proof::Record)));
    judged.by_records(reused.into_iter().copied())
}
