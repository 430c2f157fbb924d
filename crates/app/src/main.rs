//! The one binary.

use std::process::ExitCode;

use clap::Parser as _;
use dosewright_app::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return cli::refuse_arguments(&error),
    };
    cli::run(&cli)
}
