//! The server as its users meet it: through its router, with a real database and real files below a temporary folder.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod cases;
mod doors;
mod draft;
mod exchange;
mod kit;
mod languages;
mod privacy;
mod program;
mod scope;
mod stock_take;
mod uploads;
mod walk;
