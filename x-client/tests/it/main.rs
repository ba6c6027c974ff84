//! The client against a server of its own on the loopback.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod accounts;
mod budgets;
mod calls;
mod failures;
mod media;
mod oauth1;
mod oauth2;
mod server;
mod setup;
mod streams;
mod tokens;
