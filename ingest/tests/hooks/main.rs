//! The listener over real sockets, with a publisher that does as it is told.
#![expect(clippy::unwrap_used, reason = "tests")]

mod deliveries;
mod health;
mod listener;
mod quiet;
mod rotation;
