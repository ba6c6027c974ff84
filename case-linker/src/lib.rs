//! Customer mapping and case linking: the merge of what X delivers, the one link function, and
//! the stage and desk halves that call it. Owns the content, thread and link columns of `items`,
//! and `persons`; must not touch the desk's tables.

mod cases;
pub mod desk;
pub mod link;
pub mod merge;
pub mod people;
mod pg;
pub mod publish;
pub mod rebuild;
mod replies;
pub mod stage;
pub mod thread;
mod told;
mod world;

pub use stage::CaseLinker;
