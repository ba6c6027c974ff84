//! The SQL of the case linker.

pub mod aliases;
pub mod items;
pub mod jobs;
pub mod links;
pub mod persons;
pub mod replies;
pub mod threads;
