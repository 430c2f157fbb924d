//! Jobs are taken once, kept while there is a sign of life, and end once.

use records::change::Work;
use records::job::{Progress, Task};
use records::store::Report;
use records::*;
use serde_json::json;

use super::made::*;

async fn put(store: &dyn Store, by: &Account, job: &Job) -> Result<(), StoreError> {
    let work = vec![Work::Job(Box::new(job.clone()))];
    store.commit(Commit { work, ..commit(Some(by.id), vec![]) }).await.map(drop)
}

pub async fn the_oldest_free_job_is_taken_first(store: &dyn Store) {
    let by = people(store).await.physicist;
    assert_eq!(store.claim("w", at(0), at(9)).await.unwrap(), None);
    let late = job(Task::Verify, by.id, at(2));
    let early = job(Task::Import, by.id, at(1));
    put(store, &by, &late).await.unwrap();
    put(store, &by, &early).await.unwrap();
    assert_eq!(store.open_jobs().await.unwrap(), [early.clone(), late.clone()]);
    let taken = store.claim("w", at(10), at(20)).await.unwrap().unwrap();
    let expected = Job {
        progress: Progress::Running,
        attempts: 1,
        worker: Some("w".into()),
        lease_until: Some(at(20)),
        ..early.clone()
    };
    assert_eq!(taken, expected);
    assert_eq!(store.job(early.id).await.unwrap(), Some(expected));
    assert_eq!(store.claim("v", at(10), at(20)).await.unwrap().unwrap().id, late.id);
    assert_eq!(store.claim("u", at(10), at(20)).await.unwrap(), None);
    assert_eq!(store.job(id()).await.unwrap(), None);
}

pub async fn a_job_without_a_sign_of_life_goes_to_another(store: &dyn Store) {
    let by = people(store).await.physicist;
    put(store, &by, &job(Task::Verify, by.id, at(0))).await.unwrap();
    let first = store.claim("w", at(0), at(10)).await.unwrap().unwrap();
    let sign = |worker, part, until| Report { worker, step: "dose", part, lease_until: at(until) };
    assert!(!store.report(first.id, &sign("w", 0.25, 20)).await.unwrap());
    let told = store.job(first.id).await.unwrap().unwrap();
    assert_eq!((told.step.as_str(), told.part, told.lease_until), ("dose", 0.25, Some(at(20))));
    assert_eq!(store.claim("v", at(20), at(30)).await.unwrap(), None, "kept until its lease ran out");
    let second = store.claim("v", at(21), at(30)).await.unwrap().unwrap();
    assert_eq!((second.id, second.attempts, second.part), (first.id, 2, 0.0));
    assert!(store.report(first.id, &sign("w", 0.5, 40)).await.unwrap(), "the first is told to stop");
    assert_eq!(store.job(first.id).await.unwrap(), Some(second.clone()));
    // and what it brings in the end is dropped
    let done = |job: &Job| Job { progress: Progress::Done, result: json!({ "by": job.worker }), ..job.clone() };
    assert!(matches!(put(store, &by, &done(&first)).await, Err(StoreError::Refused(_))));
    put(store, &by, &done(&second)).await.unwrap();
    assert!(store.report(first.id, &sign("v", 0.5, 40)).await.unwrap());
    assert!(matches!(put(store, &by, &Job { part: 0.1, ..done(&second) }).await, Err(StoreError::Refused(_))));
    assert_eq!(store.job(first.id).await.unwrap(), Some(done(&second)));
    assert_eq!(store.open_jobs().await.unwrap(), []);
    assert_eq!(store.claim("v", at(99), at(100)).await.unwrap(), None);
    assert!(matches!(store.report(id(), &sign("v", 0.0, 0)).await, Err(StoreError::Missing { what: "job", .. })));
}

pub async fn a_job_is_stopped_by_a_person(store: &dyn Store) {
    let by = people(store).await.physicist;
    let queued = job(Task::FindSeeds, by.id, at(0));
    put(store, &by, &queued).await.unwrap();
    store.cancel(queued.id).await.unwrap();
    assert_eq!(store.job(queued.id).await.unwrap().unwrap().progress, Progress::Cancelled);
    assert_eq!(store.claim("w", at(1), at(2)).await.unwrap(), None);
    store.cancel(queued.id).await.unwrap();

    put(store, &by, &job(Task::Verify, by.id, at(0))).await.unwrap();
    let running = store.claim("w", at(1), at(10)).await.unwrap().unwrap();
    store.cancel(running.id).await.unwrap();
    let sign = Report { worker: "w", step: "dose", part: 0.5, lease_until: at(20) };
    assert!(store.report(running.id, &sign).await.unwrap(), "the worker is told");
    assert!(store.job(running.id).await.unwrap().unwrap().cancel);
    // a worker that writes what it read before keeps the wish to stop
    put(store, &by, &Job { step: "report".into(), ..running.clone() }).await.unwrap();
    assert!(store.job(running.id).await.unwrap().unwrap().cancel);
    // and one that died without an answer is not begun again
    assert_eq!(store.claim("v", at(99), at(120)).await.unwrap(), None);
    assert_eq!(store.job(running.id).await.unwrap().unwrap().progress, Progress::Cancelled);
    assert!(matches!(store.cancel(id()).await, Err(StoreError::Missing { what: "job", .. })));
}
