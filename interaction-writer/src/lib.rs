//! The customer interaction of each item: one id, latest revision, withdrawn when the case is
//! unlinked, erased with the item. Owns the table `interactions`; reads the linked topics only.

pub mod decide;
mod pg;
pub mod rebuild;
pub mod stage;

pub use stage::InteractionWriter;
