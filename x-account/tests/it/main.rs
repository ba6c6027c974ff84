//! Tokens, keys and the ledger against a real PostgreSQL and x-sim.
#![expect(clippy::unwrap_used, reason = "tests")]

mod check;
mod checker;
mod keys;
mod ledger;
mod limits;
mod setup;
mod tokens;
