//! The command line: `dosewright <verb>`, one file a verb; the arguments are in [`args`].

mod args;
mod audit;
mod backup;
mod convert;
mod criteria;
mod doctor;
mod dvh;
mod exchange_args;
mod export;
mod find_seeds;
mod import;
mod indicators;
mod inspect;
mod keys;
mod made_up;
mod norms;
mod register_args;
mod reproduce;
mod seed;
mod serve;
mod simulate;
mod verify;

use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use serde_json::{Value, json};

pub use args::*;
pub use exchange_args::*;
pub use register_args::*;

use crate::failure::{Exit, Failure};
use crate::watch::{Terminal, Watch, catch_interrupt};

/// What a verb has to say: to a person and to a machine.
pub struct Answer {
    text: String,
    json: Value,
    exit: Exit,
}

impl Answer {
    /// The usual answer of a command that is done.
    pub fn new(text: String, json: Value) -> Self {
        Self { text, json, exit: Exit::Done }
    }

    /// The same answer with another exit code.
    #[must_use]
    pub fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// Does what the command line asks and says how it went.
pub fn run(cli: &Cli) -> ExitCode {
    // a server hears the signals itself: it finishes its requests first
    let stop = if matches!(cli.verb, Verb::Serve(_)) { Arc::default() } else { catch_interrupt() };
    if let Some(threads) = cli.threads {
        // fails only when a pool exists already, which cannot be so early
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    }
    let watch = Terminal::new(cli.quiet || cli.json, stop);
    let outcome = dispatch(&cli.verb, &watch);
    drop(watch);
    match outcome {
        Ok(answer) => {
            if cli.json {
                println!("{}", answer.json);
            } else {
                print!("{}", answer.text);
            }
            ExitCode::from(answer.exit as u8)
        }
        Err(failure) => say_failure(cli.json, &failure),
    }
}

fn dispatch(verb: &Verb, watch: &dyn Watch) -> Result<Answer, Failure> {
    match verb {
        Verb::Verify(args) => verify::run(args, watch),
        Verb::Reproduce(args) => reproduce::run(args, watch),
        Verb::Inspect(args) => inspect::run(args, watch),
        Verb::FindSeeds(args) => find_seeds::run(args, watch),
        Verb::Dvh(args) => dvh::run(args, watch),
        Verb::Convert(args) => convert::run(args, watch),
        Verb::Simulate(args) => simulate::run(args, watch),
        Verb::Seed(verb) => seed::run(verb),
        Verb::Criteria(verb) => criteria::run(verb),
        Verb::Serve(args) => serve::run(args),
        Verb::Audit(verb) => audit::run(verb),
        Verb::Norms(verb) => norms::run(verb),
        Verb::Indicators(args) => indicators::run(args),
        Verb::Export(verb) => export::run(verb),
        Verb::Import(args) => import::run(args),
        Verb::Backup(args) => backup::run(args),
        Verb::Restore(args) => backup::bring_back(args),
        Verb::Keys(verb) => keys::run(verb),
        Verb::Doctor(args) => doctor::run(args),
        Verb::MadeUp(args) => made_up::run(args),
    }
}

fn say_failure(as_json: bool, failure: &Failure) -> ExitCode {
    if as_json {
        println!("{}", json!({ "error": { "exit": failure.exit as u8, "message": failure.to_string() } }));
    } else {
        eprintln!("dosewright: {failure}");
    }
    ExitCode::from(failure.exit as u8)
}

/// Answers a command line that clap refused (or that asked for help).
pub fn refuse_arguments(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked && std::env::args_os().any(|word| word == "--json") {
        return say_failure(true, &Failure::usage(error.to_string().trim()));
    }
    // printing can only fail when nobody listens
    let _ = error.print();
    ExitCode::from(if asked { Exit::Done as u8 } else { Exit::Usage as u8 })
}
