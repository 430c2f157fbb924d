//! A hospital that does both techniques, is a training base of both, and meets every rule. Tests change one thing and look again.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::facts::{By, FactQuery, FactSet, Group, Tally};
use crate::norms::evidence::{Answer, DeviceTwice, Evidence, Period, SourceProblem, Sources, Used};
use crate::norms::finding::Finding;
use crate::norms::{Pack, inspection, judge, needs};
use crate::person::Profession;
use crate::{About, Fact, Hospital, Id, Lot, Person, Record, Technique};

pub const TODAY: Date = date(2026, 11, 25);

/// The facts of one case, as a store would keep them.
#[derive(Clone)]
pub struct Row {
    pub operator: Option<Id<Person>>,
    pub treated: Date,
    pub discharged: Option<Date>,
    pub due: Option<Date>,
    pub set: FactSet,
}

#[derive(Clone)]
pub struct World {
    pub hospital: Hospital,
    pub people: Vec<Person>,
    pub records: Vec<Record>,
    pub rows: Vec<Row>,
    pub lots: Vec<Lot>,
    pub problems: Vec<SourceProblem>,
    pub used: Vec<Used>,
    pub devices: Vec<DeviceTwice>,
    pub today: Date,
    pub period: Period,
}

pub fn id<T>(n: u64) -> Id<T> {
    Id::new(n, [0; 10])
}

pub fn pack(technique: Technique) -> Pack {
    Pack::builtin().unwrap().into_iter().find(|pack| pack.technique == technique).unwrap()
}

/// A record whose day is the field of that name, or 2020-01-01.
pub fn record(n: u64, about: About, form: &str, values: &Value) -> Record {
    let values: Map<String, Value> = values.as_object().unwrap().clone();
    let day = ["day", "from"].iter().find_map(|field| values.get(*field)).and_then(Value::as_str);
    Record {
        id: id(n),
        version: 1,
        form: form.to_owned(),
        edition: 1,
        about,
        day: day.map_or(date(2020, 1, 1), |day| day.parse().unwrap()),
        until: None,
        values,
        unique: None,
        files: Vec::new(),
        withdrawn: false,
        created_by: id(1),
        created: Timestamp::UNIX_EPOCH,
    }
}

pub const CHIEF_1: u64 = 1;
pub const CHIEF_2: u64 = 2;
pub const ASSOCIATE: u64 = 3;
/// trained by nobody, exempt by logbooks
pub const EXEMPT: u64 = 4;
pub const TRAINEE: u64 = 5;
pub const PHYSICIST: u64 = 6;
pub const NURSE: u64 = 7;
pub const TECHNICIAN: u64 = 8;
pub const CUSTODIAN: u64 = 9;

impl World {
    pub fn perfect() -> Self {
        let hospital = Hospital {
            id: id(1),
            version: 1,
            code: "H1".into(),
            name: "示范医院".into(),
            active: true,
            created: Timestamp::UNIX_EPOCH,
        };
        let mut world = Self {
            hospital,
            people: Vec::new(),
            records: Vec::new(),
            rows: Vec::new(),
            lots: vec![lot()],
            problems: Vec::new(),
            used: vec![Used { nuclide: "I-125".into(), gbq: 300.0 }],
            devices: Vec::new(),
            today: TODAY,
            period: Period::year_to(TODAY),
        };
        world.staff();
        world.papers();
        world.equipment();
        world.cases();
        world
    }

    pub fn add(&mut self, about: About, form: &str, values: &Value) -> Id<Record> {
        let n = 1000 + self.records.len() as u64;
        self.records.push(record(n, about, form, values));
        id(n)
    }

    pub fn about_person(&mut self, person: u64, form: &str, values: &Value) -> Id<Record> {
        self.add(About::Person(id(person)), form, values)
    }

    pub fn about_hospital(&mut self, form: &str, values: &Value) -> Id<Record> {
        self.add(About::Hospital(id(1)), form, values)
    }

    fn person(&mut self, n: u64, name: &str, profession: Profession) {
        self.people.push(Person {
            id: id(n),
            version: 1,
            hospital: id(1),
            number: n.to_string(),
            name: name.to_owned(),
            profession,
            account: None,
            active: true,
            created: Timestamp::UNIX_EPOCH,
        });
        self.about_person(n, "medical_exam", &json!({"day": "2025-06-01", "fit": true, "next_due": "2028-05-31"}));
        let course = json!({"kind": "radiation_protection", "from": "2025-05-01", "until": "2025-05-03", "valid_until": "2028-05-02"});
        self.about_person(n, "training", &course);
    }

    fn staff(&mut self) {
        for (n, name, title) in [
            (CHIEF_1, "王一", "chief"),
            (CHIEF_2, "李二", "chief"),
            (ASSOCIATE, "张三", "associate_chief"),
            (EXEMPT, "赵四", "associate_chief"),
            (TRAINEE, "钱五", "attending"),
        ] {
            self.person(n, name, Profession::Physician);
            self.about_person(
                n,
                "practice_licence",
                &json!({"number": "L", "scope": "外科专业", "from": "2008-07-01"}),
            );
            let since = if n == TRAINEE { "2019-01-01" } else { "2010-01-01" };
            self.about_person(n, "title", &json!({"title": "attending", "from": since}));
            if title != "attending" {
                self.about_person(n, "title", &json!({"title": title, "from": "2018-01-01"}));
            }
            self.about_person(n, "experience", &json!({"specialty": "肿瘤科", "from": "2009-01-01"}));
        }
        for technique in ["seed_implant", "ablation"] {
            for n in [CHIEF_1, CHIEF_2, ASSOCIATE] {
                self.about_person(n, "training", &base_training(technique));
            }
            let going_on = json!({"kind": "base_training", "technique": technique, "base": "省培训基地", "base_registered": true, "from": "2026-09-01"});
            self.about_person(TRAINEE, "training", &going_on);
            for year in 2021..=2025 {
                let book = json!({"technique": technique, "year": year, "independent": 120, "serious_events": 0});
                self.about_person(EXEMPT, "logbook", &book);
            }
            for n in [CHIEF_1, CHIEF_2, ASSOCIATE, EXEMPT] {
                self.about_person(n, "evaluation", &evaluation(technique));
            }
        }
        self.person(PHYSICIST, "孙六", Profession::Physicist);
        self.person(NURSE, "周七", Profession::Nurse);
        self.person(TECHNICIAN, "吴八", Profession::Technician);
        self.person(CUSTODIAN, "郑九", Profession::Custodian);
        self.about_person(PHYSICIST, "training", &json!({"kind": "tps", "from": "2022-03-01", "until": "2022-03-05"}));
        for n in [PHYSICIST, NURSE, TECHNICIAN] {
            for technique in ["seed_implant", "ablation"] {
                let course = json!({"kind": "short_course", "technique": technique, "from": "2022-04-01", "until": "2022-04-03"});
                self.about_person(n, "training", &course);
            }
        }
    }

    fn papers(&mut self) {
        for kind in ["radiation_treatment", "radiation_safety"] {
            let licence = json!({"kind": kind, "number": "N", "from": "2024-01-01", "until": "2028-12-31", "nuclides": ["I-125:370", "Sr-89:20"]});
            self.about_hospital("licence", &licence);
        }
        for kind in [
            "protection_measures",
            "follow_up_rules",
            "source_rules",
            "emergency_plan",
            "device_register_rules",
            "base_registration",
            "training_syllabus",
            "training_examinations",
            "training_files",
        ] {
            self.about_hospital("document", &json!({"kind": kind, "title": kind, "from": "2022-01-01"}));
        }
        let inspected = json!({"kind": "environment_inspection", "title": "年度评估", "from": "2026-10-01"});
        self.about_hospital("document", &inspected);
        for rule in Pack::builtin().unwrap().iter().flat_map(|pack| pack.rules.clone()) {
            if matches!(rule.check, crate::norms::check::Check::Attestation { .. }) {
                let stated = json!({"kind": "attestation", "rule": rule.id, "title": "声明", "from": "2026-10-01"});
                self.about_hospital("document", &stated);
            }
        }
        for technique in ["seed_implant", "ablation"] {
            self.about_hospital("evaluation", &evaluation(technique));
            self.about_hospital("profile", &profile(technique));
        }
        self.about_hospital("drill", &json!({"day": "2026-09-15", "scenario": "lost"}));
    }

    fn equipment(&mut self) {
        for kind in ["us", "ct", "tps", "pacs", "rescue_kit", "seed_store", "seed_transport"] {
            let asset = json!({
                "kind": kind, "name": kind, "model": "M", "version": "3", "registration": "R", "pacs_connected": true,
                "keeper": id::<Person>(CUSTODIAN).to_string(),
            });
            self.about_hospital("asset", &asset);
        }
    }

    /// 600 cases a year of each technique, from 2023 to the day before today.
    fn cases(&mut self) {
        let operators = [CHIEF_1, CHIEF_2, ASSOCIATE, EXEMPT];
        let good: FactSet = [
            Fact::Treated,
            Fact::Discharged,
            Fact::IndicationStated,
            Fact::IndicationRight,
            Fact::PlanBefore,
            Fact::DoseVerified,
            Fact::ConsentBefore,
            Fact::Monitored,
            Fact::FollowUpPlanned,
            Fact::FollowedUp,
            Fact::CertificateFiled,
            Fact::Uploaded,
            Fact::ResponseJudged,
            Fact::WithinScope,
            Fact::DevicesApproved,
        ]
        .into_iter()
        .collect();
        for year in 2023..=2026 {
            for n in 0..600_u64 {
                let treated = date(year, 1, 1).saturating_add(((n * 365 / 600) as i64).days());
                if treated >= TODAY {
                    continue;
                }
                let operator = Some(id(operators[(n % 4) as usize]));
                let discharged = Some(treated.saturating_add(3.days())).filter(|day| *day <= TODAY);
                for set in [good.with(Fact::SeedImplant), good.with(Fact::Ablation).with(Fact::Microwave)] {
                    self.rows.push(Row { operator, treated, discharged, due: None, set });
                }
            }
        }
    }

    pub fn evidence<'a>(&'a self, answers: &'a [Answer]) -> Evidence<'a> {
        Evidence {
            hospital: &self.hospital,
            people: &self.people,
            records: &self.records,
            answers,
            sources: Sources { lots: &self.lots, problems: &self.problems, used: &self.used },
            devices: &self.devices,
            period: self.period,
            today: self.today,
        }
    }

    /// What a store would answer to all that the pack needs.
    pub fn answers(&self, pack: &Pack) -> Vec<Answer> {
        needs(pack, &self.evidence(&[]))
            .into_iter()
            .map(|ask| Answer { tallies: self.tally(&ask.query, ask.group), ask })
            .collect()
    }

    pub fn judge(&self, technique: Technique) -> Vec<Finding> {
        let pack = pack(technique);
        let answers = self.answers(&pack);
        judge(&pack, &self.evidence(&answers))
    }

    pub fn inspect(&self, technique: Technique) -> inspection::Inspection {
        let pack = pack(technique);
        let answers = self.answers(&pack);
        inspection::inspection(&pack, &self.evidence(&answers))
    }

    /// One finding by the rule's key.
    pub fn finding(&self, rule: &str) -> Finding {
        let technique = if rule.starts_with("G07") { Technique::SeedImplant } else { Technique::Ablation };
        self.judge(technique).into_iter().find(|finding| finding.rule == rule).unwrap()
    }

    fn tally(&self, query: &FactQuery, group: Group) -> Vec<Tally> {
        assert_eq!(query.hospitals, [self.hospital.id], "every question is about one hospital");
        let mut parts = std::collections::BTreeMap::<String, u64>::new();
        for row in &self.rows {
            let day = match query.by {
                By::Discharged => row.discharged,
                By::Treated => Some(row.treated),
            };
            let within = query.from.is_none_or(|from| day.is_some_and(|day| from <= day))
                && query.to.is_none_or(|to| day.is_some_and(|day| day <= to));
            let fits = within
                && query.operator.is_none_or(|operator| row.operator == Some(operator))
                && row.set.bits() & query.all.bits() == query.all.bits()
                && (query.any.is_empty() || row.set.bits() & query.any.bits() != 0)
                && row.set.bits() & query.none.bits() == 0
                && query.overdue_on.is_none_or(|on| row.due.is_some_and(|due| due < on));
            if fits {
                let part = match group {
                    Group::Operator => row.operator.map(|id| id.to_string()).unwrap_or_default(),
                    Group::Year => day.map(|day| day.year().to_string()).unwrap_or_default(),
                    _ => String::new(),
                };
                *parts.entry(part).or_default() += 1;
            }
        }
        parts.into_iter().map(|(part, count)| Tally { part, count }).collect()
    }

    /// Takes a fact from the last `count` cases of a technique that were discharged long enough ago for every rule.
    pub fn take(&mut self, technique: Fact, fact: Fact, count: usize) {
        let limit = date(2026, 5, 1);
        let rows = self.rows.iter_mut().rev().filter(|row| row.set.has(technique) && row.treated < limit);
        for row in rows.take(count) {
            row.set = row.set.facts().filter(|one| *one != fact).collect();
        }
    }

    /// Withdraws the records that a condition names; there must be some.
    pub fn withdraw(&mut self, which: impl Fn(&Record) -> bool) {
        let mut found = false;
        for record in self.records.iter_mut().filter(|record| which(record)) {
            record.withdrawn = true;
            found = true;
        }
        assert!(found, "no such record");
    }

    /// Sets a field of the records that a condition names; there must be some. Null takes it away.
    pub fn set(&mut self, which: impl Fn(&Record) -> bool, field: &str, value: &Value) {
        let mut found = false;
        for record in self.records.iter_mut().filter(|record| which(record)) {
            if value.is_null() {
                record.values.remove(field);
            } else {
                record.values.insert(field.to_owned(), value.clone());
            }
            if let (true, Some(day)) = (["from", "day"].contains(&field), value.as_str()) {
                record.day = day.parse().unwrap();
            }
            found = true;
        }
        assert!(found, "no such record");
    }

    /// Replaces the cases of a technique by so many on one day of each of some years, all good.
    pub fn only_cases(&mut self, technique: Fact, years: &[(i16, usize)]) {
        let model = self.rows.iter().find(|row| row.set.has(technique)).unwrap().clone();
        self.rows.retain(|row| !row.set.has(technique));
        for (year, count) in years {
            let treated = date(*year, 6, 1);
            let row = Row { treated, discharged: Some(treated), ..model.clone() };
            self.rows.extend(std::iter::repeat_n(row, *count));
        }
    }
}

/// Of a form.
pub fn form(form: &'static str) -> impl Fn(&Record) -> bool {
    move |record| record.form == form
}

/// Of a form, with a field that holds a text.
pub fn with(form: &'static str, field: &'static str, text: &'static str) -> impl Fn(&Record) -> bool {
    move |record| record.form == form && record.text(field) == Some(text)
}

/// About a person, of a form.
pub fn of(person: u64, form: &'static str) -> impl Fn(&Record) -> bool {
    move |record| record.form == form && record.about == About::Person(id(person))
}

pub fn base_training(technique: &str) -> Value {
    json!({
        "kind": "base_training", "technique": technique, "base": "省培训基地", "base_registered": true,
        "from": "2021-01-01", "until": "2021-07-31", "months": 6, "participated": 30, "full_process": 30, "independent": 25,
        "exam_passed": true, "certificate_number": "C",
    })
}

fn evaluation(technique: &str) -> Value {
    json!({
        "technique": technique, "day": "2026-10-10", "conclusion": "passed",
        "case_selection": true, "effectiveness": true, "success_rate": true, "severe_complications": true, "drug_reactions": true,
        "deaths": true, "malpractice": true, "adverse_events": true, "after_care": true, "quality_of_life": true,
        "follow_up": true, "record_quality": true,
    })
}

fn profile(technique: &str) -> Value {
    let instructors: Vec<String> =
        [CHIEF_1, CHIEF_2, ASSOCIATE, EXEMPT].iter().map(|n| id::<Person>(*n).to_string()).collect();
    json!({
        "technique": technique, "day": "2026-01-05", "level": "3a", "departments": ["肿瘤科"], "beds_technique": 50,
        "beds_oncology": 60, "started_technique": "2010-05-01", "own_ablation_room": true, "pacu": true, "angiography": true,
        "sterile_room": true, "training_base": true, "instructors": instructors,
    })
}

fn lot() -> Lot {
    Lot {
        id: id(1),
        version: 1,
        hospital: id(1),
        number: "B-2026-07".into(),
        manufacturer: "某厂".into(),
        model: "6711".into(),
        nuclide: "I-125".into(),
        registration: "国械注准 1".into(),
        count: 100,
        strength_u: 0.6,
        reference: Timestamp::UNIX_EPOCH,
        created: Timestamp::UNIX_EPOCH,
    }
}
