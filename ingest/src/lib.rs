//! The webhook source: what X delivers becomes records on the raw topics, and X gets its 200 only
//! when the broker has every one of them.
//!
//! `split` is the pure half (bytes in, records out), `hooks` the half with effects.

mod aaa;
pub mod accounts;
mod body;
pub mod context;
pub mod crc;
mod events;
mod fields;
pub mod gaps;
mod hooks;
pub mod intake;
pub mod kafka;
mod limit;
pub mod manager;
pub mod media;
pub mod metrics;
mod org;
pub mod pg;
pub mod poll;
mod problem;
pub mod publish;
pub mod refresh;
mod server;
pub mod sightings;
pub mod signature;
pub mod snowflake;
pub mod source_metrics;
mod split;
mod stage;
pub mod stream;
pub mod usage;
mod v2;
pub mod webhook;
mod xaa;

pub use hooks::{Hooks, Limits};
pub use metrics::Metrics;
pub use org::OrgView;
pub use publish::{Outgoing, Publish, PublishError, Value};
pub use server::{router, serve};
pub use split::{Fetched, Notice, Split, SplitError, Unreadable, split, split_fetched, split_user};
