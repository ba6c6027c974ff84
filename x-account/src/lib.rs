//! An X account of an organisation, as every program of ours that calls X uses it: its keys from
//! the organisations' configuration, its renewed tokens sealed in PostgreSQL, its calls and their
//! cost in a ledger, the rule of the day's budget, and a check of its health.
#![deny(missing_docs)]

pub mod account;
pub mod budget;
pub mod check;
pub mod ledger;
pub mod permissions;
mod pg;
pub mod setting;
pub mod tokens;

pub use account::{credentials, key, name, settings};
pub use budget::{Spending, spending};
pub use ledger::Ledger;
pub use pg::{Cost, costs};
pub use tokens::PgTokens;
