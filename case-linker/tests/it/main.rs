//! The stage and the desk's half on a real PostgreSQL, as the role of the programs; and the whole
//! way through the real broker.
#![expect(clippy::unwrap_used, reason = "tests")]

mod arrival;
mod desk;
mod facts;
mod lab;
mod links;
mod pipeline;
mod races;
mod replies;
mod threads;
mod told;
mod versions;
