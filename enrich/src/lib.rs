//! The enrich stage as a pure function of one received record: what X sent, in any of its
//! shapes, becomes normalised facts. No I/O, no clock, no state: the same record gives the same
//! facts on every machine, so a second delivery changes nothing.

mod aaa;
mod content;
mod dm;
mod draft;
mod entities;
mod event;
mod fact;
mod json;
mod lang;
mod lenient;
mod marks;
mod media;
mod plain;
mod post_type;
mod priority;
mod profile;
mod reasons;
mod repost;
mod rest;
mod script;
mod sentiment;
pub mod stage;
mod time;
mod urgent;
mod user;
mod v1;
mod v2;
mod xaa;

pub use event::{enrich, enrich_with};
pub use fact::routing;
pub use reasons::{DEAD, REASONS, Refusal, SKIP};
pub use sentiment::{SentimentModel, Vader};
