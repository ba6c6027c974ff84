//! The ways that we fetch by ourselves, against real parts and the stand-in for X.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bed;
mod hooks;
mod pictures;
mod polling;
mod refreshing;
mod rows;
mod streaming;
