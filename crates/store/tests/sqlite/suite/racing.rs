//! Several at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use records::change::Work;
use records::job::Task;
use records::verification::Draft;
use records::*;

use super::made::*;

/// Runs futures on several threads at once.
async fn together<T: Send + 'static>(futures: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for one in running {
        done.push(one.await.unwrap());
    }
    done
}

pub async fn of_two_that_change_one_version_one_wins(store: Arc<dyn Store>) {
    let by = people(&*store).await.physicist;
    let (mut case, _) = made_case(&*store, &by, "1", "王芳").await;
    for round in 0..20 {
        let change = |notes: String| {
            let after = Case { version: case.version + 1, notes, ..case.clone() };
            let change = Change::Replace { before: Item::Case(case.clone()), after: Item::Case(after) };
            let (store, commit) = (Arc::clone(&store), commit(Some(by.id), vec![change]));
            async move { store.commit(commit).await }
        };
        let both = together(vec![change(format!("a{round}")), change(format!("b{round}"))]).await;
        let lost: Vec<_> = both.into_iter().filter_map(Result::err).collect();
        assert_eq!(lost, [StoreError::Conflict { kind: Kind::Case, id: case.id.to_string() }]);
        case = store.case(case.id).await.unwrap().unwrap().case;
        assert_eq!(case.version, round + 2);
    }
}

pub async fn of_two_first_accounts_one_is_made(store: Arc<dyn Store>) {
    let first = |login: &str| {
        let account = account(login, &[Role::Administrator]);
        let store = Arc::clone(&store);
        async move { store.commit(commit(None, vec![Change::Create(Item::Account(account))])).await.is_ok() }
    };
    let made = together(vec![first("anna"), first("bert"), first("carl")]).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(store.accounts().await.unwrap().len(), 1);
}

pub async fn eight_workers_take_each_of_a_hundred_jobs_once(store: Arc<dyn Store>) {
    let by = people(&*store).await.physicist;
    let jobs: Vec<Job> = (0..100).map(|second| job(Task::Verify, by.id, at(second))).collect();
    let work = jobs.iter().map(|job| Work::Job(Box::new(job.clone()))).collect();
    store.commit(Commit { work, ..commit(Some(by.id), vec![]) }).await.unwrap();
    let worker = |number: usize| {
        let store = Arc::clone(&store);
        async move {
            let (name, mut taken) = (format!("worker {number}"), Vec::new());
            while let Some(job) = store.claim(&name, at(1000), at(2000)).await.unwrap() {
                assert_eq!((job.worker.as_deref(), job.attempts), (Some(name.as_str()), 1));
                taken.push(job.id);
            }
            taken
        }
    };
    let mut times = BTreeMap::new();
    for id in together((0..8).map(worker).collect()).await.into_iter().flatten() {
        *times.entry(id).or_insert(0) += 1;
    }
    assert_eq!(times, jobs.iter().map(|job| (job.id, 1)).collect());
}

pub async fn of_two_drafts_of_one_revision_one_is_kept(store: Arc<dyn Store>) {
    let by = people(&*store).await.physicist;
    let (_, _, verification) = made_verification(&*store, &by, "1").await;
    for revision in 1..20 {
        let put = || {
            let (store, draft) = (Arc::clone(&store), Draft { revision, seeds: vec![] });
            async move { store.put_draft(verification.id, &draft).await.is_ok() }
        };
        let kept = together(vec![put(), put()]).await;
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 1);
    }
}

pub async fn a_check_while_people_work_finds_nothing_wrong(store: Arc<dyn Store>) {
    let by = people(&*store).await.physicist;
    let (case, _) = made_case(&*store, &by, "1", "王芳").await;
    let working = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut case = case;
            for round in 0..150 {
                let after = Case { version: case.version + 1, notes: round.to_string(), ..case.clone() };
                let change = Change::Replace { before: Item::Case(case), after: Item::Case(after.clone()) };
                store.commit(commit(Some(by.id), vec![change])).await.unwrap();
                made_case(&*store, &by, &format!("n{round}"), "李明").await;
                case = after;
            }
        })
    };
    let mut checks = 0;
    while !working.is_finished() {
        audit::check(&*store, None).await.unwrap();
        checks += 1;
    }
    working.await.unwrap();
    assert!(checks > 2, "{checks} checks");
    assert_eq!(audit::check(&*store, None).await.unwrap().items, 304);
}
