//! The sender against the stand-in for X, on real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod acts;
mod faults;
mod kills;
mod lab;
mod media;
mod waits;
