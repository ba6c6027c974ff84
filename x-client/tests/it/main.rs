//! The client against a server of its own on the loopback.

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
