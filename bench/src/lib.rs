//! What measures and what proves: a whole installation as child processes, traffic whose truth is
//! known, an independent recount, faults.

pub mod campaign;
pub mod corpus;
pub mod desk;
pub mod events;
pub mod limits;
pub mod lists;
pub mod oracle;
pub mod perf;
pub mod pg;
pub mod process;
pub mod replies;
pub mod stack;
pub mod traffic;
