//! Commands to the sources, and what each way of an account brought.

use chrono::{DateTime, NaiveDate, Utc};
use schemas::changes::CHANNEL_COMMANDS;
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

pub struct NewCommand<'a> {
    pub org: &'a str,
    pub account: &'a str,
    pub way: &'a str,
    pub action: &'a str,
    pub actor: &'a str,
    pub reason: &'a str,
    pub from_at: Option<DateTime<Utc>>,
}

/// The newest start or stop of a way.
pub async fn newest(
    connection: &mut PgConnection,
    (org, account, way): (&str, &str, &str),
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT action FROM channel_commands
          WHERE org = $1 AND account = $2 AND way = $3 AND action <> 'fill-gap'
          ORDER BY at DESC, command_id DESC LIMIT 1",
        org,
        account,
        way
    )
    .fetch_optional(connection)
    .await
}

/// Writes a command, and wakes who obeys it once it is committed.
pub async fn insert(
    connection: &mut PgConnection,
    command: &NewCommand<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO channel_commands
                (org, command_id, account, way, action, actor, reason, at, from_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        command.org,
        Uuid::now_v7(),
        command.account,
        command.way,
        command.action,
        command.actor,
        command.reason,
        now,
        command.from_at
    )
    .execute(&mut *connection)
    .await?;
    wake(connection, command.org).await
}

/// Wakes whoever obeys commands, once the transaction is committed.
pub async fn wake(connection: &mut PgConnection, org: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_notify($1, $2) AS told", CHANNEL_COMMANDS, org)
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// What is known of a way of an account.
#[derive(Debug)]
pub struct StateOfWay {
    pub account: String,
    pub way: String,
    /// A word, such as running; docs/operations.md has them.
    pub state: String,
    /// For a person.
    pub detail: String,
    pub last_event_at: Option<DateTime<Utc>>,
}

/// What `ingest` says of each way of each account.
pub async fn states(
    connection: &mut PgConnection,
    org: &str,
) -> Result<Vec<StateOfWay>, sqlx::Error> {
    sqlx::query_as!(
        StateOfWay,
        "SELECT account, way, state, detail, last_event_at FROM channel_facts
          WHERE org = $1 ORDER BY account, way",
        org
    )
    .fetch_all(connection)
    .await
}

/// What a way brought on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayOfDay {
    /// UTC day of receipt.
    pub day: NaiveDate,
    /// webhook, stream, poll, replay or lookup.
    pub way: String,
    /// Items of the day that came by it.
    pub seen: i64,
    /// Of these, those that it brought first.
    pub first: i64,
    /// Items of the day that came by another way only.
    pub missed: i64,
}

pub async fn coverage(
    connection: &mut PgConnection,
    (org, account): (&str, &str),
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<WayOfDay>, sqlx::Error> {
    sqlx::query_as!(
        WayOfDay,
        r#"SELECT (i.received_at AT TIME ZONE 'UTC')::date AS "day!", w.way AS "way!",
                  count(*) FILTER (WHERE w.way = ANY (i.sources)) AS "seen!",
                  count(*) FILTER (WHERE i.source = w.way) AS "first!",
                  count(*) FILTER (WHERE NOT w.way = ANY (i.sources)) AS "missed!"
             FROM items i
            CROSS JOIN (VALUES ('webhook'), ('stream'), ('poll'), ('replay'), ('lookup')) AS w (way)
            WHERE i.org = $1 AND $2 = ANY (i.accounts) AND NOT i.backfill
              AND i.received_at >= $3 AND i.received_at < $4
            GROUP BY 1, 2 HAVING count(*) FILTER (WHERE w.way = ANY (i.sources)) > 0
            ORDER BY 1 DESC, 2"#,
        org,
        account,
        from,
        to
    )
    .fetch_all(connection)
    .await
}

/// Time in which items may have been missed.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapOfAccount {
    /// Way that missed.
    pub way: String,
    /// Why.
    pub cause: String,
    pub from: DateTime<Utc>,
    /// None while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// When everything in it was fetched.
    pub recovered_at: Option<DateTime<Utc>>,
    /// replay or poll.
    pub recovered_by: Option<String>,
    /// Why X did not replay it.
    pub problem: Option<String>,
}

pub async fn gaps(
    connection: &mut PgConnection,
    (org, account): (&str, &str),
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<GapOfAccount>, sqlx::Error> {
    sqlx::query_as!(
        GapOfAccount,
        r#"SELECT way, cause, from_at AS "from!", to_at AS "to?", recovered_at, recovered_by, problem
             FROM gaps WHERE org = $1 AND account = $2 AND from_at < $4
              AND coalesce(to_at, $4) >= $3
            ORDER BY from_at DESC, gap_id DESC LIMIT 200"#,
        org,
        account,
        from,
        to
    )
    .fetch_all(connection)
    .await
}
