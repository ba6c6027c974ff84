//! PostgreSQL: pool, transaction bound to organisations, and how its errors are classed.

pub mod ages;
pub mod changes;
pub mod deployment;
pub mod erasures;
pub mod facts;
pub mod health;
pub mod heartbeats;
pub mod marks;
pub mod migrations;
pub mod offsets;
pub mod outbox;
pub mod outbox_age;
pub mod sealed;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::stage::StageError;

/// Seconds that a connection may be waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between organisations in the setting of a transaction; in no organisation's id.
pub(crate) const ORG_SEPARATOR: &str = ",";

/// A pool for `url` with at most `connections_max` connections, made on demand.
pub fn pool(url: &str, connections_max: u32) -> Result<PgPool, sqlx::Error> {
    pool_with(url, connections_max, &[])
}

/// The pool of a stage. Its statements look up a batch of keys by index. They are planned anew each
/// time: a plan made while a table was empty reads all of it, for as long as the statement stays
/// prepared (docs/adr/0006).
pub fn stage_pool(url: &str, connections_max: u32) -> Result<PgPool, sqlx::Error> {
    let by_index = [
        ("plan_cache_mode", "force_custom_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
    ];
    pool_with(url, connections_max, &by_index)
}

fn pool_with(
    url: &str,
    connections_max: u32,
    settings: &[(&str, &str)],
) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let options = options
        .options([
            ("jit", "off"),
            ("statement_timeout", "30000"),
            ("idle_in_transaction_session_timeout", "60000"),
        ])
        .options(settings.iter().copied())
        .application_name("earshot");
    Ok(PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options))
}

/// A transaction that sees these organisations only. The setting ends with the transaction, so
/// it cannot leak through the pool.
pub async fn begin(
    pool: &PgPool,
    orgs: &[&str],
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    bind(&mut transaction, orgs).await?;
    Ok(transaction)
}

async fn bind(connection: &mut PgConnection, orgs: &[&str]) -> Result<(), sqlx::Error> {
    if let Some(org) = orgs.iter().find(|org| org.contains(ORG_SEPARATOR)) {
        let why = format!("organisation `{org}` has a comma");
        return Err(sqlx::Error::Configuration(why.into()));
    }
    let list = orgs.join(ORG_SEPARATOR);
    sqlx::query!("SELECT set_config('earshot.orgs', $1, true) AS set", list)
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// What to do after a failed statement: by SQLSTATE class.
pub fn classify(error: sqlx::Error) -> StageError {
    let code = error
        .as_database_error()
        .and_then(|e| e.code().map(std::borrow::Cow::into_owned));
    match code.as_deref() {
        // connection, resources, operator intervention, deadlock and serialization
        Some(c) if c.starts_with("08") || c.starts_with("53") || c.starts_with("57") => {
            StageError::Transient(Box::new(error))
        }
        Some("40001" | "40P01" | "55P03" | "25P03") => StageError::Transient(Box::new(error)),
        // data exceptions and integrity
        Some(c) if c.starts_with("22") || c.starts_with("23") => StageError::Data(Box::new(error)),
        Some(_) => StageError::Fatal(Box::new(error)),
        None => match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => StageError::Transient(Box::new(error)),
            other => StageError::Fatal(Box::new(other)),
        },
    }
}

impl From<sqlx::Error> for StageError {
    fn from(error: sqlx::Error) -> Self {
        classify(error)
    }
}
