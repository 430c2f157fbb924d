//! The project's own chores: `cargo xtask <chore>`.

mod seeds;
mod tidy;
mod validate_dvh;
mod validate_seeds;
mod validate_tg43;
mod validate_verification;

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
chores:
  tidy               check the invariants of ARCHITECTURE.md
  seeds              re-key the reference data of seed models into data/seeds/
  validate [PAGE]    measure again and write docs/validation/PAGE.md (all pages without a name)
";

/// A validation page: its name and what measures it.
type Page = (&'static str, fn() -> Result<String, String>);

const PAGES: [Page; 4] = [
    ("tg43", validate_tg43::page),
    ("dvh", validate_dvh::page),
    ("seed-finding", validate_seeds::page),
    ("verification", validate_verification::page),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["seeds"] => seeds::run(),
        ["tidy"] => tidy::run(),
        ["validate"] => validate(|_| true),
        ["validate", page] if PAGES.iter().any(|(name, _)| name == page) => validate(|name| name == *page),
        _ => Err(HELP.to_owned()),
    };
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and writes the pages asked for.
fn validate(wanted: impl Fn(&str) -> bool) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies outside the workspace")?;
    let mut written = Vec::new();
    for (name, measure) in PAGES.iter().filter(|(name, _)| wanted(name)) {
        let path = root.join(format!("docs/validation/{name}.md"));
        let page = measure()?;
        std::fs::write(&path, page.trim_end().to_owned() + "\n")
            .map_err(|error| format!("{}: {error}", path.display()))?;
        written.push(format!("docs/validation/{name}.md"));
    }
    Ok(format!("written: {}", written.join(", ")))
}
