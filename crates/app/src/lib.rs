//! How Dosewright is used: the command line, and the pipelines behind its verbs.
//!
//! Only this room knows the clock, the environment and the command line.

pub mod cli;
pub mod clock;
pub mod failure;
pub mod keys;
pub mod output;
pub mod register;
pub mod server;
pub mod setting;
pub mod verify;
pub mod watch;
pub mod worker;
pub mod workspace;
