//! The SQL of the way back.

pub mod echo;
pub mod intents;
pub mod media;
pub mod queue;
pub mod rows;
