//! What an inspector asks for: clause by clause with evidence, what will lapse, who does what, how many cases. Data only; the report
//! room sets it.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::forms::{FieldKind, Forms};
use crate::person::Profession;
use crate::{About, Hospital, Id, Person, Record};

use super::evidence::{Evidence, Period, lapses_after};
use super::finding::{Finding, State};
use super::judge::{Known, judge};
use super::pack::{Kind, LeftOut, Severity, Stamp};
use super::qualified::{Qualification, Title, qualify, title_on};
use super::{Pack, Sentence};

/// The pack of an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// which rules
    pub stamp: Stamp,
    /// the norm
    pub title: Sentence,
    /// which hospital
    pub hospital: Id<Hospital>,
    /// its name
    pub hospital_name: String,
    /// the period of rates and cases
    pub period: Period,
    /// the day that it is about
    pub day: Date,
    /// how many rules are in which state
    pub summary: Summary,
    /// clause by clause
    pub clauses: Vec<Clause>,
    /// what has no rule
    pub left_out: Vec<LeftOut>,
    /// what lapses within the look-ahead, by day
    pub lapsing: Vec<Lapsing>,
    /// who does what
    pub people: Vec<Member>,
    /// cases by year
    pub years: Vec<Year>,
}

/// How many rules are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// met
    pub met: u32,
    /// not met
    pub not_met: u32,
    /// nothing is recorded
    pub no_evidence: u32,
    /// asks nothing here
    pub not_applicable: u32,
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// its path
    pub path: String,
    /// its rules; none where all of it is left out
    pub lines: Vec<Line>,
}

/// One rule of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// the norm's words, and a translation
    pub text: Sentence,
    /// what it does
    pub kind: Kind,
    /// how grave
    pub severity: Severity,
    /// why it is as it is, where it is ours
    pub ours: Option<Sentence>,
    /// what was found
    pub finding: Finding,
    /// the records that show it, as an inspector wants to see them
    pub shown: Vec<Shown>,
    /// how to meet it; where it is not met or shown
    pub how: Option<Sentence>,
}

/// A record that shows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// which
    pub record: Id<Record>,
    /// which form
    pub form: String,
    /// whom it is about, where it is a person
    pub person: Option<String>,
    /// number, name or title that it has
    pub name: String,
    /// its day
    pub day: Date,
    /// the last day on which it holds
    pub until: Option<Date>,
    /// names of its papers
    pub files: Vec<String>,
}

/// Something that lapses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapsing {
    /// the first day on which it no longer holds
    pub day: Date,
    /// a record; absent where a rule fails because something became too old
    pub shown: Option<Shown>,
    /// the rule that fails then, if one does
    pub rule: Option<String>,
    /// why
    pub says: Sentence,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// who
    pub person: Id<Person>,
    /// name
    pub name: String,
    /// staff number
    pub number: String,
    /// profession
    pub profession: Profession,
    /// title of a physician
    pub title: Option<Title>,
    /// judged in each role that the profession may have
    pub roles: Vec<Qualification>,
    /// procedures in the period
    pub cases: u64,
}

/// Cases of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// which
    pub year: String,
    /// procedures
    pub cases: u64,
    /// patients
    pub patients: u64,
}

/// Puts the pack of an inspection together.
pub fn inspection(pack: &Pack, evidence: &Evidence<'_>) -> Inspection {
    let findings = judge(pack, evidence);
    let known = Known::of(pack, evidence);
    let mut summary = Summary::default();
    for finding in &findings {
        *match finding.state {
            State::Met => &mut summary.met,
            State::NotMet => &mut summary.not_met,
            State::NoEvidence => &mut summary.no_evidence,
            State::NotApplicable => &mut summary.not_applicable,
        } += 1;
    }
    Inspection {
        stamp: pack.stamp(),
        title: Sentence::new(&pack.title_zh, &pack.title),
        hospital: evidence.hospital.id,
        hospital_name: evidence.hospital.name.clone(),
        period: evidence.period,
        day: evidence.today,
        summary,
        lapsing: lapsing(pack, evidence, &findings),
        clauses: clauses(pack, evidence, findings),
        left_out: pack.left_out.clone(),
        people: people(&known),
        years: years(&known),
    }
}

fn clauses(pack: &Pack, evidence: &Evidence<'_>, findings: Vec<Finding>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> =
        pack.clauses.iter().map(|path| Clause { path: path.clone(), lines: Vec::new() }).collect();
    for (rule, finding) in pack.rules.iter().zip(findings) {
        let shown = finding
            .proofs
            .iter()
            .filter_map(|proof| match proof {
                super::finding::Proof::Record(id) => evidence.records.iter().find(|record| record.id == *id),
                _ => None,
            })
            .map(|record| shown(evidence, record))
            .collect();
        let open = matches!(finding.state, State::NotMet | State::NoEvidence);
        let line = Line {
            text: Sentence::new(&rule.text, &rule.en),
            kind: rule.kind,
            severity: rule.severity,
            ours: rule.reason(),
            shown,
            how: open.then(|| rule.how()),
            finding,
        };
        if let Some(clause) = clauses.iter_mut().find(|clause| clause.path == rule.clause) {
            clause.lines.push(line);
        }
    }
    clauses
}

fn shown(evidence: &Evidence<'_>, record: &Record) -> Shown {
    let person = match record.about {
        About::Person(id) => evidence.people.iter().find(|person| person.id == id).map(|person| person.name.clone()),
        _ => None,
    };
    let name = ["certificate_number", "number", "name", "title", "kind"].iter().find_map(|field| record.text(field));
    Shown {
        record: record.id,
        form: record.form.clone(),
        person,
        name: name.unwrap_or_default().to_owned(),
        day: record.day,
        until: lapses_after(record),
        files: record.files.iter().map(|file| file.file_name.clone()).collect(),
    }
}

/// Papers whose last day comes, and rules that fail then. A paper that has a successor already is not listed.
fn lapsing(pack: &Pack, evidence: &Evidence<'_>, findings: &[Finding]) -> Vec<Lapsing> {
    let today = evidence.today;
    let last = today.saturating_add(i64::from(pack.look_ahead_days).days());
    let mut list: Vec<Lapsing> = Vec::new();
    for record in evidence.records.iter().filter(|record| !record.withdrawn) {
        let Some(until) = lapses_after(record) else { continue };
        let Ok(day) = until.tomorrow() else { continue };
        if day <= today || day > last || succeeded(evidence, record, until) || has_left(evidence, record) {
            continue;
        }
        let named = named(evidence, record);
        let says = Sentence::new(format!("{}{until} 到期", named.zh), format!("{} ends on {until}", named.en));
        list.push(Lapsing { day, shown: Some(shown(evidence, record)), rule: None, says });
    }
    for finding in findings {
        if let Some(lapse) = &finding.lapses {
            // rules about people name them already
            let names = evidence.people.iter().any(|one| !one.name.is_empty() && lapse.says.zh.contains(&one.name));
            let of = if names { Vec::new() } else { spoken_of(evidence, finding, lapse.day) };
            let says = match of.as_slice() {
                [] => lapse.says.clone(),
                of => {
                    let of = Sentence::join(of);
                    Sentence::new(format!("{}：{}", of.zh, lapse.says.zh), format!("{}: {}", of.en, lapse.says.en))
                }
            };
            list.push(Lapsing { day: lapse.day, shown: None, rule: Some(finding.rule.clone()), says });
        }
    }
    list.sort_by_key(|one| (one.day, one.rule.clone()));
    list
}

/// Records named at most where many show one rule.
const NAMED: usize = 3;

/// What a rule that fails on a day speaks of: of the records that show it those that end then, else the last ones, which become too old.
fn spoken_of(evidence: &Evidence<'_>, finding: &Finding, day: Date) -> Vec<Sentence> {
    let shown: Vec<&Record> = finding
        .proofs
        .iter()
        .filter_map(|proof| match proof {
            super::finding::Proof::Record(id) => evidence.records.iter().find(|record| record.id == *id),
            _ => None,
        })
        .collect();
    let ends = |record: &&&Record| lapses_after(record).and_then(|until| until.tomorrow().ok()) == Some(day);
    let mut of: Vec<&Record> = shown.iter().filter(ends).copied().collect();
    if of.is_empty() {
        let last = shown.iter().map(|record| record.day).max();
        of = shown.into_iter().filter(|record| Some(record.day) == last).collect();
    }
    of.into_iter().take(NAMED).map(|record| named(evidence, record)).collect()
}

/// What a record is called by: its form, whom it is about, and its own number, name or title: `执业证书（张三 110123）`.
fn named(evidence: &Evidence<'_>, record: &Record) -> Sentence {
    // of a licence the kind is its name
    let kind = kind_words(record);
    let what = kind.clone().filter(|_| record.form == "licence").unwrap_or_else(|| form_words(&record.form));
    let own = ["certificate_number", "number", "name", "title"].iter().find_map(|field| record.text(field));
    let own = own.map_or(kind, |text| Some(Sentence::new(text, text)));
    // two devices may be called the same
    let serial = record.text("serial").map(|text| Sentence::new(text, text));
    let person = shown(evidence, record).person.map(|name| Sentence::new(name.clone(), name));
    let of: Vec<Sentence> = person.into_iter().chain(own).chain(serial).collect();
    if of.is_empty() {
        return Sentence::new(format!("{}（{}）", what.zh, record.day), format!("{} ({})", what.en, record.day));
    }
    let join = |text: fn(&Sentence) -> &str| of.iter().map(text).collect::<Vec<_>>().join(" ");
    Sentence::new(format!("{}（{}）", what.zh, join(|one| &one.zh)), format!("{} ({})", what.en, join(|one| &one.en)))
}

/// The words of a record's kind, where its form has kinds.
fn kind_words(record: &Record) -> Option<Sentence> {
    let code = record.text("kind")?;
    let field = Forms::shared().get(&record.form)?.field("kind")?;
    let FieldKind::Choice(choices) = &field.kind else { return None };
    let one = choices.iter().find(|one| one.code == code)?;
    Some(Sentence::new(&one.label.zh, &one.label.en))
}

/// What a form that lapses is called.
fn form_words(form: &str) -> Sentence {
    let (zh, en) = match form {
        "practice_licence" => ("执业证书", "practice licence"),
        "licence" => ("许可证", "licence"),
        "training" => ("培训证书", "training certificate"),
        "medical_exam" => ("职业健康检查", "medical examination"),
        "evaluation" => ("能力评估", "evaluation"),
        "asset" => ("设备检定或校准", "calibration"),
        "document" => ("文件", "document"),
        // what becomes too old rather than ends
        other => {
            let form = Forms::shared().get(other);
            return form
                .map_or_else(|| Sentence::new(other, other), |form| Sentence::new(&form.label.zh, &form.label.en));
        }
    };
    Sentence::new(zh, en)
}

/// Whether another record of the same kind about the same takes over without a gap.
fn succeeded(evidence: &Evidence<'_>, record: &Record, until: Date) -> bool {
    evidence.records.iter().any(|other| {
        other.id != record.id
            && !other.withdrawn
            && (&other.form, other.about) == (&record.form, record.about)
            && ["kind", "technique", "name", "model"].iter().all(|field| other.text(field) == record.text(field))
            && other.day <= until.tomorrow().unwrap_or(until)
            && lapses_after(other).is_none_or(|later| later > until)
    })
}

fn has_left(evidence: &Evidence<'_>, record: &Record) -> bool {
    match record.about {
        About::Person(id) => evidence.people.iter().any(|person| person.id == id && !person.active),
        _ => false,
    }
}

fn people(known: &Known<'_>) -> Vec<Member> {
    let day = known.evidence.today;
    let operators = known.evidence.tallies(&known.scope.operators(known.evidence.period)).unwrap_or_default();
    known
        .evidence
        .people
        .iter()
        .filter(|person| person.active)
        .map(|person| {
            let records = known.about(person.id);
            let id = person.id.to_string();
            Member {
                person: person.id,
                name: person.name.clone(),
                number: person.number.clone(),
                profession: person.profession,
                title: title_on(records, day).map(|(title, _)| title),
                roles: known
                    .pack
                    .roles
                    .iter()
                    .filter(|role| role.professions.contains(&person.profession))
                    .map(|role| qualify(known.pack, role, person, records, day))
                    .collect(),
                cases: operators.iter().filter(|tally| tally.part == id).map(|tally| tally.count).sum(),
            }
        })
        .collect()
}

fn years(known: &Known<'_>) -> Vec<Year> {
    let [cases, patients] = known.scope.years().map(|ask| known.evidence.tallies(&ask).unwrap_or_default());
    let of = |year: &str| patients.iter().filter(|tally| tally.part == year).map(|tally| tally.count).sum();
    let mut years: Vec<Year> = cases
        .iter()
        .filter(|tally| !tally.part.is_empty())
        .map(|tally| Year { year: tally.part.clone(), cases: tally.count, patients: of(&tally.part) })
        .collect();
    years.sort_by(|one, other| one.year.cmp(&other.year));
    years
}
