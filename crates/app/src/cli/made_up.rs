//! `dosewright made-up`: fills an empty data folder with the year of a hospital that does not exist.

use std::fmt::Write as _;
use std::fs;

use jiff::ToSpan as _;
use records::{Account, Change, Commit, Store as _, madeup};
use serde_json::json;
use store::Objects;

use super::{Answer, MadeUpArgs};
use crate::care::copy::disk;
use crate::care::folder::{DATABASE, OBJECTS, lock, open_store, wait};
use crate::clock::{Clock, hex, random};
use crate::failure::{Failure, unusable};
use crate::server::auth::password::Passwords;
use crate::server::limits::Limits;

/// Makes it.
pub fn run(args: &MadeUpArgs) -> Result<Answer, Failure> {
    wait(fill(args))
}

async fn fill(args: &MadeUpArgs) -> Result<Answer, Failure> {
    let clock = Clock::system();
    let last = args.until.unwrap_or_else(|| clock.today().saturating_sub(1.day()));
    if last >= clock.today() {
        return Err(
            Failure::input("the last day must be over: give --until a day before today").zh("最后一天须早于今天。")
        );
    }
    let password = args.password.clone().unwrap_or_else(|| hex(&random::<8>()));
    Account::check_password(&password).map_err(|error| Failure::input(error.to_string()))?;
    fs::create_dir_all(&args.data).map_err(|error| disk(&args.data, &error))?;
    let entries = fs::read_dir(&args.data).map_err(|error| disk(&args.data, &error))?;
    if args.data.join(DATABASE).exists() || entries.count() > 0 {
        return Err(Failure::input(format!(
            "{} is not empty: made-up patients go into a folder of their own",
            args.data.display()
        ))
        .zh(format!("{} 不是空文件夹：虚构数据须放在单独的文件夹中。", args.data.display())));
    }
    let _alone = lock(&args.data)?;
    let size = if args.small { madeup::Size::SMALL } else { madeup::Size::YEAR };
    let year = madeup::of_size(args.seed, last, size);
    let store = open_store(&args.data, None).await?;
    let objects = Objects::open(args.data.join(OBJECTS)).map_err(unusable)?;
    for content in year.objects.values() {
        objects.put(content).await.map_err(|error| Failure::failed(error.to_string()))?;
    }
    let failed = |error: records::StoreError| Failure::failed(error.to_string());
    let commits = year.commits.len();
    for commit in year.commits {
        store.commit(commit).await.map_err(failed)?;
    }
    let accounts = store.accounts().await.map_err(failed)?;
    let limits = Limits::embedded().map_err(|error| Failure::failed(format!("the table of limits: {error}")))?;
    let passwords = Passwords::new(&limits.password).map_err(Failure::failed)?;
    let by = accounts.iter().find(|one| one.login == "admin").map(|one| one.id);
    for account in &accounts {
        let hash = passwords.hash(&password).await.map_err(|_| Failure::failed("a password could not be hashed"))?;
        let change = Change::SetPassword { account: account.id, hash };
        let commit = Commit { who: by, at: clock.now(), why: String::new(), changes: vec![change], work: Vec::new() };
        store.commit(commit).await.map_err(failed)?;
    }
    let head = store.head().await.map_err(failed)?;
    let logins: Vec<&str> = accounts.iter().map(|one| one.login.as_str()).collect();
    let mut text = format!(
        "{}: a hospital that does not exist, its year until {last}\n  {commits} commits, {} entries of the ledger\n",
        args.data.display(),
        head.seq
    );
    let _ = writeln!(text, "  log in as {} with the password {password}", logins.join(", "));
    let _ = writeln!(text, "  dosewright serve --data {} --demo", args.data.display());
    Ok(Answer::new(
        text,
        json!({ "until": last, "seed": args.seed, "entries": head.seq, "logins": logins, "password": password }),
    ))
}
