//! A stateful stand-in for X: a world of people, posts and messages that delivers its events as
//! signed webhooks in both envelopes X has published. It knows nothing of the programs that
//! receive them.

pub mod api;
pub mod clock;
pub mod config;
mod control;
pub mod deliver;
mod dispatch;
pub mod faults;
mod hooks;
pub mod id;
pub mod ledger;
pub mod payload;
pub mod play;
pub mod route;
mod server;
pub mod shape;
pub mod sign;
mod sim;
pub mod world;

pub use config::Config;
pub use id::{Snowflake, XId};
pub use server::{RunError, Running, run};
pub use sim::{Sim, SimError, WebhookError, WebhookView};
