//! Every effect of the five shapes, once: consuming, batches, scopes, outbox, relay, quarantine,
//! configuration, telemetry, lifecycle, clock, and the real parts that `--local` runs. No word of
//! the domain stands here, and rdkafka is named nowhere else.
#![deny(missing_docs)]

pub mod chaos;
pub mod clock;
pub mod config;
pub mod consul;
pub mod exit;
pub mod facts;
pub mod health;
pub mod kafka;
pub mod last_good;
pub mod local;
mod logs;
pub mod newest;
pub mod pg;
pub mod pictures;
pub mod probes;
pub mod program;
mod progress;
pub mod pure;
pub mod quarantine;
pub mod registry;
pub mod relay;
pub mod replace;
pub mod scoped;
pub mod sealed;
pub mod stage;
pub mod supervise;
pub mod telemetry;
pub mod testing;
pub mod watch;

pub use exit::Exit;
pub use program::Program;
pub use stage::{Encoder, Outgoing, Position, RawRecord, StageError, Verdict};
