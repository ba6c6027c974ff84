#![expect(clippy::unwrap_used, reason = "tests")]
//! X's API as a foreign client meets it.

mod auth;
mod client;
mod faults;
mod limits;
mod media;
mod messages;
mod posts;
mod published;
mod reads;
#[expect(
    dead_code,
    reason = "shared with the other tests, which use more of it"
)]
#[path = "../sim/receiver.rs"]
mod receiver;
mod streams;
mod webhooks;
