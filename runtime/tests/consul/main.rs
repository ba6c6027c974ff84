//! Configuration from Consul: against the stand-in, and against a real agent where `CONSUL_BIN`
//! names one.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod following;
mod watching;
mod writing;
