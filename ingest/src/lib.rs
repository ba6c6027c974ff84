//! The webhook source: what X delivers becomes records on the raw topics, and X gets its 200 only
//! when the broker has every one of them.
//!
//! `split` is the pure half (bytes in, records out), `hooks` the half with effects.

mod aaa;
mod body;
pub mod crc;
mod events;
pub mod facts;
mod fields;
mod hooks;
pub mod kafka;
mod limit;
pub mod metrics;
mod org;
mod problem;
pub mod publish;
mod server;
pub mod signature;
mod split;
mod stage;
mod v2;
mod xaa;

pub use hooks::{Hooks, Limits};
pub use metrics::Metrics;
pub use org::OrgView;
pub use publish::{Outgoing, Publish, PublishError, Value};
pub use server::{router, serve};
pub use split::{Notice, Split, SplitError, Unreadable, split};
