//! A process that is killed at any moment loses nothing that it acknowledged, and leaves nothing half done.
//!
//! The test starts itself again as a child that keeps objects and commits cases, and prints a line after each; kills it at random
//! moments; and opens what is left. (A killed process does not test the disk: that commits are synced is tested by their setting.)

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dosewright_store::{Objects, SqliteStore};
use records::change::Work;
use records::job::Task;
use records::store::CaseQuery;
use records::*;

use crate::suite::made::*;

const FOLDER: &str = "DOSEWRIGHT_KILL_TEST_FOLDER";
const KILLS: u64 = 40;

/// What the child does: for ever, from where it was killed.
#[test]
#[ignore = "the child of the test below"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work(&folder));
}

async fn work(folder: &Path) {
    let store = SqliteStore::open(folder.join("records.sqlite"), keys()).await.unwrap();
    let objects = Objects::open(folder.join("objects")).unwrap();
    let known = store.accounts().await.unwrap().pop();
    let by = known.clone().unwrap_or_else(|| account("chen", &[Role::Physicist]));
    if known.is_none() {
        store.commit(commit(None, vec![Change::Create(Item::Account(by.clone()))])).await.unwrap();
    }
    // identifiers as a process makes them that does not know what was before it
    let number_of = |total: u64| format!("{}-{total}", std::process::id());
    for total in 0.. {
        let number = number_of(total);
        let content = objects.put(number.repeat(5000).as_bytes()).await.unwrap().content;
        println!("object {content}");
        let mut patient = patient(&number, "王芳");
        patient.id = Id::new(u64::from(std::process::id()), [1, 1, 1, 1, 1, 1, 1, 1, (total >> 8) as u8, total as u8]);
        let mut case = case(&number, patient.id);
        case.id = patient.id.uuid().into();
        let mut paper = document(case.id, by.id);
        (paper.id, paper.content) = (patient.id.uuid().into(), content);
        let mut job = job(Task::Import, by.id, at(0));
        job.id = patient.id.uuid().into();
        let case_id = case.id;
        let changes = vec![
            Change::Create(Item::Patient(patient)),
            Change::Create(Item::Case(case)),
            Change::Create(Item::Document(paper)),
        ];
        let work = vec![Work::Job(Box::new(job))];
        let entries = store.commit(Commit { work, ..commit(Some(by.id), changes) }).await.unwrap();
        println!("case {case_id} {}", entries.last().unwrap().hash);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (mut cases, mut objects_kept, mut hashes, mut cut) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--ignored", "--nocapture", "--quiet"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // the first rounds are killed while it is opening, the later ones in the middle of work
        let before = if round % 5 == 0 { (random >> 33) % 40 } else { 60 + (random >> 33) % 250 };
        tokio::time::sleep(Duration::from_millis(before)).await;
        child.kill().unwrap();
        let mut told = String::new();
        child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9), "the child ended by itself");
        // a line that was cut short was not told to anybody
        cut += usize::from(!told.is_empty() && !told.ends_with('\n'));
        let whole = told.rfind('\n').map_or("", |end| &told[..end]);
        for line in whole.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["object", content] => objects_kept.push(content.parse::<Digest>().unwrap()),
                ["case", id, hash] => {
                    cases.push(id.parse::<Id<Case>>().unwrap());
                    hashes.push(hash.to_owned());
                }
                _ => {}
            }
        }
        check(folder.path(), &cases, &objects_kept, &hashes).await;
    }
    println!("{} commits, {} objects, {cut} lines cut", cases.len(), objects_kept.len());
    assert!(cases.len() as u64 > KILLS, "{} commits are too few to say anything", cases.len());
}

async fn check(folder: &Path, cases: &[Id<Case>], contents: &[Digest], hashes: &[String]) {
    let store = SqliteStore::open(folder.join("records.sqlite"), keys()).await.unwrap();
    let objects = Objects::open(folder.join("objects")).unwrap();
    let head = audit::check(&store, None).await.unwrap().head;
    for case in cases {
        let paper = store.documents(*case).await.unwrap().pop().unwrap();
        // an object is kept before the commit that names it
        objects.verify(paper.content).await.unwrap();
        assert!(store.job(case.uuid().into()).await.unwrap().is_some());
        assert_eq!(store.case(*case).await.unwrap().unwrap().case.id, *case);
    }
    for content in contents {
        objects.verify(*content).await.unwrap();
    }
    let mut chain = Vec::new();
    while let Some(last) = {
        let page = store.entries_from(chain.len() as u64 + 1, 1000).await.unwrap();
        chain.extend(page.iter().map(|entry| entry.hash.to_string()));
        page.last().cloned()
    } {
        assert!(last.content().unwrap().seq <= head.seq);
    }
    assert!(hashes.iter().all(|hash| chain.contains(hash)), "an acknowledged entry is another one");
    // no half commit: the account, then three entries, a job and a row of the list for each case
    let listed = store.cases(&CaseQuery { search: "王芳".into(), limit: 1, ..CaseQuery::default() }).await.unwrap();
    assert!(head.seq == 0 || head.seq == 1 + 3 * listed.total, "{head:?} {}", listed.total);
    assert_eq!(store.open_jobs().await.unwrap().len() as u64, listed.total);
    assert!(listed.total >= cases.len() as u64 && listed.total <= cases.len() as u64 + KILLS);
    assert_eq!(std::fs::read_dir(folder.join("objects/unfinished")).unwrap().count(), 0);
    store.close().await;
}
