//! The runtime against a real broker and a real PostgreSQL, promise by promise.
#![expect(clippy::unwrap_used, reason = "tests")]

mod ages;
mod bed;
mod child;
mod cut;
#[cfg(feature = "chaos")]
mod defences;
mod facts;
mod isolation;
mod probes;
mod pure;
mod readme;
mod real_registry;
mod rebalance;
mod registry;
mod relay;
mod relay_faults;
mod scoped;
mod scoped_faults;
mod shared;
mod stages;
mod topics;
