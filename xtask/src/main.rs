//! The project's own chores: `cargo xtask <chore>`.

mod seeds;
mod tidy;
mod validate_dvh;
mod validate_seeds;
mod validate_tg43;

use std::process::ExitCode;

const HELP: &str = "\
chores:
  tidy              check the invariants of ARCHITECTURE.md
";

fn main() -> ExitCode {
    let chore = std::env::args().nth(1).unwrap_or_default();
    let outcome = match chore.as_str() {
        "seeds" => seeds::run(),
        "validate" if std::env::args().nth(2).as_deref() == Some("tg43") => validate_tg43::page(),
        "validate" if std::env::args().nth(2).as_deref() == Some("seeds") => validate_seeds::page(),
        "tidy" => tidy::run(),
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
