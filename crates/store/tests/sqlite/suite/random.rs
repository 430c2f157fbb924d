//! Any sequence of commits, sound or not, leaves a sound store whose lists say what its records say.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use records::stage::standing;
use records::store::CaseQuery;
use records::verification::State;
use records::*;

use super::made::*;

/// Something that somebody tries.
#[derive(Debug, Clone)]
pub enum Step {
    Open,
    Edit { case: usize, stale: bool, due: Option<i8>, withdrawn: bool },
    Rename { case: usize },
    Import { case: usize },
    Begin { case: usize },
    Compute { case: usize, report: u8 },
    Sign { case: usize, role: Role },
    Seal { case: usize },
    Note,
}

pub fn step() -> impl Strategy<Value = Step> {
    let case = 0..4_usize;
    let role = prop_oneof![Just(Role::Physicist), Just(Role::Physician)];
    prop_oneof![
        2 => Just(Step::Open),
        3 => (case.clone(), any::<bool>(), prop::option::of(1..28_i8), any::<bool>())
            .prop_map(|(case, stale, due, withdrawn)| Step::Edit { case, stale, due, withdrawn }),
        1 => case.clone().prop_map(|case| Step::Rename { case }),
        2 => case.clone().prop_map(|case| Step::Import { case }),
        2 => case.clone().prop_map(|case| Step::Begin { case }),
        3 => (case.clone(), any::<u8>()).prop_map(|(case, report)| Step::Compute { case, report }),
        4 => (case.clone(), role).prop_map(|(case, role)| Step::Sign { case, role }),
        2 => case.prop_map(|case| Step::Seal { case }),
        1 => Just(Step::Note),
    ]
}

struct Run<'a> {
    store: &'a dyn Store,
    people: People,
    cases: Vec<(Id<Case>, String)>,
    told: u64,
}

impl Run<'_> {
    async fn commit(&mut self, changes: Vec<Change>) {
        let (before, length) = (self.store.head().await.unwrap(), changes.len());
        match self.store.commit(commit(Some(self.people.physicist.id), changes)).await {
            Ok(entries) => {
                assert_eq!(entries.len(), length);
                self.told += length as u64;
            }
            Err(StoreError::Failed(why)) => panic!("{why}"),
            Err(_) => assert_eq!(self.store.head().await.unwrap(), before),
        }
    }

    async fn newest(&self, case: Id<Case>) -> Option<Verification> {
        self.store.verifications(case).await.unwrap().into_iter().next()
    }

    async fn take(&mut self, step: &Step) {
        let by = self.people.physicist.id;
        let changes = match step {
            Step::Open => {
                let number = self.cases.len().to_string();
                let patient = patient(&number, "王芳");
                let case = case(&format!("C{number}"), patient.id);
                self.cases.push((case.id, number));
                vec![Change::Create(Item::Patient(patient)), Change::Create(Item::Case(case))]
            }
            Step::Note => vec![Change::Event {
                kind: Kind::Account,
                subject: by.to_string(),
                case: None,
                what: "login".into(),
                detail: serde_json::Value::Null,
            }],
            Step::Edit { case, .. }
            | Step::Rename { case }
            | Step::Import { case }
            | Step::Begin { case }
            | Step::Compute { case, .. }
            | Step::Sign { case, .. }
            | Step::Seal { case } => {
                let Some((id, number)) = self.cases.get(*case).cloned() else { return };
                self.changes(step, id, &number).await
            }
        };
        self.commit(changes).await;
    }

    async fn changes(&self, step: &Step, id: Id<Case>, number: &str) -> Vec<Change> {
        let by = self.people.physicist.id;
        let newest = self.newest(id).await;
        let replace = |before: Verification, after: Verification| Change::Replace {
            after: Item::Verification(Verification { version: before.version + 1, ..after }),
            before: Item::Verification(before),
        };
        match (step, newest) {
            (Step::Edit { stale, due, withdrawn, .. }, _) => {
                let case = self.store.case(id).await.unwrap().unwrap().case;
                let day = due.map(|day| date(2026, 2, day));
                let after = Case {
                    version: case.version + 1,
                    imaging_due: day,
                    implanted_on: day,
                    withdrawn: *withdrawn,
                    ..case.clone()
                };
                let before = if *stale { Case { notes: "stale".into(), ..case } } else { case };
                vec![Change::Replace { before: Item::Case(before), after: Item::Case(after) }]
            }
            (Step::Rename { .. }, _) => {
                let patient = self.store.patient_by_number(number, None).await.unwrap().unwrap();
                let after =
                    Patient { version: patient.version + 1, name: format!("{}芳", patient.name), ..patient.clone() };
                vec![Change::Replace { before: Item::Patient(patient), after: Item::Patient(after) }]
            }
            (Step::Import { .. }, _) => vec![Change::Create(Item::Study(study(id, by)))],
            (Step::Begin { .. }, newest) => {
                let Some(study) = self.store.studies(id).await.unwrap().into_iter().next() else { return vec![] };
                let number = newest.as_ref().map_or(1, |newest| newest.number + 1);
                let mut changes = vec![Change::Create(Item::Verification(verification(&study, number, by)))];
                if let Some(old) = newest {
                    changes.push(replace(old.clone(), Verification { state: State::Superseded, ..old }));
                }
                changes
            }
            (Step::Compute { report, .. }, Some(draft)) => {
                let after =
                    Verification { state: State::Computed, outcome: Some(outcome(&[*report])), ..draft.clone() };
                vec![replace(draft, after)]
            }
            (Step::Sign { role, .. }, Some(one)) if one.outcome.is_some() => {
                let signer = if *role == Role::Physicist { &self.people.physicist } else { &self.people.physician };
                vec![Change::Create(Item::Signature(signature(&one, *role, signer)))]
            }
            (Step::Seal { .. }, Some(one)) => {
                vec![replace(one.clone(), Verification { state: State::Signed, ..one })]
            }
            _ => vec![],
        }
    }
}

/// Takes the steps on an empty store, then checks everything.
pub async fn run(store: &dyn Store, steps: &[Step]) {
    let people = people(store).await;
    let mut run = Run { store, people, cases: vec![], told: 2 };
    for step in steps {
        run.take(step).await;
    }
    let sound = audit::check(store, Some(store.head().await.unwrap())).await.unwrap();
    assert_eq!(sound.head.seq, run.told);
    let listed = store.cases(&CaseQuery { withdrawn: true, limit: 200, ..CaseQuery::default() }).await.unwrap();
    assert_eq!(listed.total, run.cases.len() as u64);
    let (mut stages, today) = (BTreeMap::new(), date(2026, 2, 14));
    let mut overdue = 0;
    for row in &listed.rows {
        let (studies, verifications) =
            (store.studies(row.case.id).await.unwrap(), store.verifications(row.case.id).await.unwrap());
        assert_eq!(row.standing, standing(&row.case, &studies, &verifications));
        for one in verifications.iter().filter(|one| one.state == State::Signed) {
            let signatures = store.signatures(one.id).await.unwrap();
            assert_eq!(records::signature::missing(&signatures, one.outcome.as_ref().unwrap().content()), []);
        }
        if !row.case.withdrawn {
            *stages.entry(row.standing.stage).or_insert(0) += 1;
            overdue += u64::from(row.standing.due.is_some_and(|due| due < today));
        }
    }
    let counts = store.counts(today, &[]).await.unwrap();
    let counted: BTreeMap<Stage, u64> = counts.stages.into_iter().filter(|(_, cases)| *cases > 0).collect();
    assert_eq!((counted, counts.overdue), (stages, overdue));
}
