//! `dosewright doctor`: what is wrong with a data folder.

use serde_json::json;

use super::norms::lines;
use super::{Answer, DoctorArgs};
use crate::care::doctor::{Level, examine};
use crate::care::folder::{lock, open_there, wait};
use crate::failure::{Exit, Failure};

/// Looks, after making lists and counts anew where that is asked.
pub fn run(args: &DoctorArgs) -> Result<Answer, Failure> {
    let (data, keys) = (&args.data.data, args.data.identity_keys.as_deref());
    let found = wait(async {
        if args.rebuild {
            crate::care::folder::database(data)?;
            let _alone = lock(data)?;
            let store = open_there(data, keys).await?;
            store.rebuild().await.map_err(|error| Failure::failed(error.to_string()))?;
        }
        examine(data, keys, args.quick).await
    })?;
    let mut text = String::new();
    for one in &found {
        let sign = match one.level {
            Level::Fine => "✓",
            Level::Note => "!",
            Level::Wrong => "✗",
        };
        lines(&mut text, &format!("{sign} {:<9} ", one.about), &one.says, args.lang);
        lines(&mut text, "            → ", &one.todo, args.lang);
    }
    let worst = found.iter().map(|one| one.level).max().unwrap_or(Level::Fine);
    let list: Vec<_> = found
        .iter()
        .map(|one| json!({ "about": one.about, "level": one.level.name(), "says": one.says, "todo": one.todo }))
        .collect();
    let answer = Answer::new(text, json!({ "sound": worst < Level::Wrong, "findings": list }));
    Ok(if worst == Level::Wrong { answer.with_exit(Exit::Input) } else { answer })
}
