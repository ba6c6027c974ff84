//! Every contract of earshot and no behaviour: Avro records and the Rust types beside them, the
//! topics, the ids, the partition rule, the Confluent wire format, the SQL migrations.
#![deny(missing_docs)]

pub mod changes;
pub mod ids;
mod kind;
pub mod org_config;
pub mod partition;
pub mod records;
pub mod registry;
pub mod topics;
pub mod wire;

pub use kind::Kind;

/// SQL migrations, in order. Run as the owner of the database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
