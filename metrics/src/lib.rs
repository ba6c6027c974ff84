//! The one definition of each figure: what Active, Done Today and X Today count, where a local
//! day begins and ends, and what the volume report adds up. Rows are counted, never events.

pub mod day;
pub mod pg;
pub mod tiles;
pub mod volume;

pub use day::Day;
pub use tiles::{Active, DoneToday, Scope, Split, Tiles, XToday};
pub use volume::{Bucket, Grain, Volume};
