//! What the norms say of a hospital.

use records::Hospital;
use records::facts::{By, FactQuery, FactSet};
use records::norms::inspection::{Inspection, Lapsing, Line, Member, Shown};
use records::norms::{Finding, Kind, Proof, Sentence, Severity, State};
use serde::Serialize;
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Both {
    /// Chinese
    pub zh: String,
    /// English
    pub en: String,
}

impl From<&Sentence> for Both {
    fn from(said: &Sentence) -> Self {
        Self { zh: said.zh.clone(), en: said.en.clone() }
    }
}

/// Something that shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proof)]
pub struct ProofView {
    /// `record`, `person`, `lot`, `case` or `cases`
    kind: &'static str,
    /// its identifier; of `cases` the query of `/counted`
    id: String,
}

impl From<&Proof> for ProofView {
    fn from(proof: &Proof) -> Self {
        let (kind, id) = match proof {
            Proof::Record(id) => ("record", id.to_string()),
            Proof::Person(id) => ("person", id.to_string()),
            Proof::Lot(id) => ("lot", id.to_string()),
            Proof::Case(id) => ("case", id.to_string()),
            Proof::Cases(query) => ("cases", link(query)),
        };
        Self { kind, id }
    }
}

/// The query of `/counted` that lists the cases of a count. Who may see fewer hospitals sees fewer cases.
pub fn link(query: &FactQuery) -> String {
    let ids: Vec<String> = query.hospitals.iter().map(ToString::to_string).collect();
    let names = |set: FactSet| set.facts().map(records::Fact::name).collect::<Vec<_>>().join(",");
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let parts = [
        ("hospital", ids.join(",")),
        ("operator", query.operator.map(|id| id.to_string()).unwrap_or_default()),
        ("by", if query.by == By::Treated { "treated" } else { "discharged" }.to_owned()),
        ("from", day(query.from)),
        ("to", day(query.to)),
        ("all", names(query.all)),
        ("any", names(query.any)),
        ("none", names(query.none)),
        ("treated_until", day(query.treated_until)),
        ("lived_months", number(query.lived_months)),
        ("fate_known_months", number(query.fate_known_months)),
        ("overdue_on", day(query.overdue_on)),
        ("due_from", day(query.due_from)),
    ];
    let given = parts.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A count with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountView {
    what: Both,
    count: u64,
}

/// A record that shows something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownRecord)]
pub struct ShownView {
    record: String,
    form: String,
    person: Option<String>,
    name: String,
    day: String,
    until: Option<String>,
    files: Vec<String>,
}

impl From<&Shown> for ShownView {
    fn from(shown: &Shown) -> Self {
        Self {
            record: shown.record.to_string(),
            form: shown.form.clone(),
            person: shown.person.clone(),
            name: shown.name.clone(),
            day: shown.day.to_string(),
            until: shown.until.map(|day| day.to_string()),
            files: shown.files.clone(),
        }
    }
}

/// One rule, judged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    rule: String,
    clause: String,
    /// the norm's words
    text: Both,
    /// `block`, `warn`, `periodic`, `document` or `attest`
    kind: &'static str,
    /// `severe`, `moderate`…
    severity: &'static str,
    /// why it is as it is, where it is ours
    ours: Option<Both>,
    /// `met`, `not_met`, `no_evidence` or `not_applicable`
    state: &'static str,
    says: Both,
    counts: Vec<CountView>,
    proofs: Vec<ProofView>,
    shown: Vec<ShownView>,
    /// the first day within the look-ahead on which it will fail
    lapses_on: Option<String>,
    lapses_why: Option<Both>,
    /// how to meet it
    how: Option<Both>,
}

/// The name of a state for machines.
pub fn state(state: State) -> &'static str {
    match state {
        State::Met => "met",
        State::NotMet => "not_met",
        State::NoEvidence => "no_evidence",
        State::NotApplicable => "not_applicable",
    }
}

impl From<&Line> for FindingView {
    fn from(line: &Line) -> Self {
        let finding: &Finding = &line.finding;
        Self {
            rule: finding.rule.clone(),
            clause: finding.clause.clone(),
            text: (&line.text).into(),
            kind: match line.kind {
                Kind::Block => "block",
                Kind::Warn => "warn",
                Kind::Periodic => "periodic",
                Kind::Document => "document",
                Kind::Attest => "attest",
            },
            severity: match line.severity {
                Severity::Critical => "critical",
                Severity::Major => "major",
                Severity::Minor => "minor",
            },
            ours: line.ours.as_ref().map(Into::into),
            state: state(finding.state),
            says: (&finding.says).into(),
            counts: finding.counts.iter().map(|one| CountView { what: (&one.what).into(), count: one.count }).collect(),
            proofs: finding.proofs.iter().map(Into::into).collect(),
            shown: line.shown.iter().map(Into::into).collect(),
            lapses_on: finding.lapses.as_ref().map(|lapse| lapse.day.to_string()),
            lapses_why: finding.lapses.as_ref().map(|lapse| (&lapse.says).into()),
            how: line.how.as_ref().map(Into::into),
        }
    }
}

/// A clause of a norm.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clause)]
pub struct ClauseView {
    path: String,
    lines: Vec<FindingView>,
}

/// Something that lapses soon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lapsing)]
pub struct LapsingView {
    day: String,
    shown: Option<ShownView>,
    rule: Option<String>,
    says: Both,
}

impl From<&Lapsing> for LapsingView {
    fn from(lapsing: &Lapsing) -> Self {
        Self {
            day: lapsing.day.to_string(),
            shown: lapsing.shown.as_ref().map(Into::into),
            rule: lapsing.rule.clone(),
            says: (&lapsing.says).into(),
        }
    }
}

/// One aspect of a qualification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    met: bool,
    says: Both,
    clause: String,
    until: Option<String>,
}

/// Whether somebody is qualified for a role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Qualification)]
pub struct QualificationView {
    role: String,
    qualified: bool,
    reasons: Vec<ReasonView>,
}

/// A member of staff as the norm sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    person: String,
    name: String,
    number: String,
    profession: String,
    cases: u64,
    roles: Vec<QualificationView>,
}

impl From<&Member> for MemberView {
    fn from(member: &Member) -> Self {
        let role = |one: &records::norms::qualified::Qualification| QualificationView {
            role: one.role.clone(),
            qualified: one.qualified(),
            reasons: one
                .reasons
                .iter()
                .map(|reason| ReasonView {
                    met: reason.met,
                    says: (&reason.says).into(),
                    clause: reason.clause.clone(),
                    until: reason.until.map(|day| day.to_string()),
                })
                .collect(),
        };
        Self {
            person: member.person.to_string(),
            name: member.name.clone(),
            number: member.number.clone(),
            profession: member.profession.name().to_owned(),
            cases: member.cases,
            roles: member.roles.iter().map(role).collect(),
        }
    }
}

/// Cases of a year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = YearOfCases)]
pub struct YearView {
    year: String,
    cases: u64,
    patients: u64,
}

/// A clause without a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOut)]
pub struct LeftOutView {
    clause: String,
    why: Both,
}

/// A norm, judged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Norm)]
pub struct NormView {
    pack: String,
    edition: u32,
    digest: String,
    title: Both,
    /// first day of the rates
    from: String,
    /// last day of the rates
    to: String,
    met: u32,
    not_met: u32,
    no_evidence: u32,
    not_applicable: u32,
    clauses: Vec<ClauseView>,
    left_out: Vec<LeftOutView>,
    lapsing: Vec<LapsingView>,
    people: Vec<MemberView>,
    years: Vec<YearView>,
}

impl From<&Inspection> for NormView {
    fn from(one: &Inspection) -> Self {
        Self {
            pack: one.stamp.pack.clone(),
            edition: one.stamp.edition,
            digest: one.stamp.digest.to_string(),
            title: (&one.title).into(),
            from: one.period.from.to_string(),
            to: one.period.to.to_string(),
            met: one.summary.met,
            not_met: one.summary.not_met,
            no_evidence: one.summary.no_evidence,
            not_applicable: one.summary.not_applicable,
            clauses: one
                .clauses
                .iter()
                .map(|clause| ClauseView {
                    path: clause.path.clone(),
                    lines: clause.lines.iter().map(Into::into).collect(),
                })
                .collect(),
            left_out: one
                .left_out
                .iter()
                .map(|left| LeftOutView {
                    clause: left.clause.clone(),
                    why: Both { zh: left.zh.clone(), en: left.en.clone() },
                })
                .collect(),
            lapsing: one.lapsing.iter().map(Into::into).collect(),
            people: one.people.iter().map(Into::into).collect(),
            years: one
                .years
                .iter()
                .map(|year| YearView { year: year.year.clone(), cases: year.cases, patients: year.patients })
                .collect(),
        }
    }
}

/// All norms, judged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Norms)]
pub struct NormsPage {
    hospital: String,
    hospital_name: String,
    norms: Vec<NormView>,
}

impl NormsPage {
    /// Of a hospital.
    pub fn new(hospital: &Hospital, inspections: &[Inspection]) -> Self {
        Self {
            hospital: hospital.id.to_string(),
            hospital_name: hospital.name.clone(),
            norms: inspections.iter().map(Into::into).collect(),
        }
    }
}
