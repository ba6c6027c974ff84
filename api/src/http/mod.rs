//! What every route shares: who calls, how an answer fails, how a page is cut, how a command is
//! done once. No SQL, no word about a resource.

pub mod auth;
pub mod command;
pub mod csv;
pub mod extract;
pub mod finish;
pub mod fresh;
pub mod identity;
pub mod kinds;
pub mod limit;
pub mod page;
pub mod problem;
