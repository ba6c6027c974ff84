#![expect(clippy::unwrap_used, reason = "tests")]
//! The simulator from outside: what it keeps, what it sends, how it is steered.

mod control;
mod delivery;
mod published;
mod receiver;
mod world;
