//! An X account of an organisation, as every program of ours that calls X uses it: its keys from
//! the organisations' configuration, its renewed tokens sealed in PostgreSQL, its calls and their
//! cost in a ledger, what is left of X's limits, and a check of its health.
#![deny(missing_docs)]

pub mod account;
pub mod check;
pub mod checker;
pub mod ledger;
pub mod limits;
mod open;
pub mod permissions;
mod pg;
pub mod setting;
pub mod tokens;

pub use account::{credentials, key, name, settings};
pub use ledger::Ledger;
pub use open::{Opened, open};
pub use pg::{Cost, costs, spent};
pub use tokens::PgTokens;
