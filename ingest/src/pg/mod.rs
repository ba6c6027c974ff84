//! Every statement of the sources. Each takes a transaction that sees the organisations it names.

pub mod avatars;
pub mod channels;
pub mod cursors;
pub mod fetches;
pub mod gaps;
pub mod leases;
pub mod media;
pub mod wake;
pub mod work;
