//! Commands to ways of accounts, and what is known of each way.

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use schemas::changes::CHANNEL;
use sqlx::PgPool;
use uuid::Uuid;

/// The newest start or stop of a way of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Organisation.
    pub org: String,
    /// Account.
    pub account: String,
    /// poll, webhook or stream.
    pub way: String,
    /// True to start.
    pub start: bool,
}

/// The command in force for each account and way.
pub async fn wanted(pool: &PgPool, orgs: &[&str]) -> Result<Vec<Wanted>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, orgs).await?;
    let rows = sqlx::query_as!(
        Wanted,
        r#"SELECT DISTINCT ON (org, account, way) org, account, way, action = 'start' AS "start!"
             FROM channel_commands WHERE action <> 'fill-gap'
            ORDER BY org, account, way, at DESC, command_id DESC"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// A command that nobody has obeyed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub command_id: Uuid,
    /// Organisation.
    pub org: String,
    /// Account.
    pub account: String,
    /// poll, webhook or stream.
    pub way: String,
    /// start, stop or fill-gap.
    pub action: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Since when a gap is to be filled.
    pub from_at: Option<DateTime<Utc>>,
}

/// Commands that wait, oldest first.
pub async fn open(pool: &PgPool, orgs: &[&str]) -> Result<Vec<Open>, sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, orgs).await?;
    let rows = sqlx::query_as!(
        Open,
        "SELECT command_id, org, account, way, action, actor, at, from_at FROM channel_commands
          WHERE done_at IS NULL ORDER BY at, command_id LIMIT 100"
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Marks a command as obeyed.
pub async fn done(
    pool: &PgPool,
    (org, command_id): (&str, Uuid),
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "UPDATE channel_commands SET done_at = $3, outcome = $4
          WHERE org = $1 AND command_id = $2 AND done_at IS NULL",
        org,
        command_id,
        now,
        outcome
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// What is known of a way of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Organisation.
    pub org: String,
    /// Account.
    pub account: String,
    /// poll, webhook or stream.
    pub way: &'static str,
    /// A word: running, stopped, invalid, failed, waiting, …
    pub state: &'static str,
    /// For a person.
    pub detail: String,
    /// The way surely works at this moment.
    pub alive: bool,
}

/// Writes what is known now. Open desks are told when it is another state.
pub async fn tell(pool: &PgPool, fact: &Fact, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[&fact.org]).await?;
    let turned = sqlx::query_scalar!(
        r#"INSERT INTO channel_facts AS f (org, account, way, state, detail, since, checked_at, alive_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, CASE WHEN $7 THEN $6::timestamptz END)
         ON CONFLICT (org, account, way) DO UPDATE
            SET state = EXCLUDED.state, detail = EXCLUDED.detail, checked_at = EXCLUDED.checked_at,
                since = CASE WHEN f.state = EXCLUDED.state THEN f.since ELSE EXCLUDED.since END,
                alive_at = coalesce(EXCLUDED.alive_at, f.alive_at)
         RETURNING f.since = $6 AS "turned!""#,
        fact.org,
        fact.account,
        fact.way,
        fact.state,
        fact.detail,
        now,
        fact.alive
    )
    .fetch_one(&mut *transaction)
    .await?;
    if turned {
        let told = Change::of(&fact.org, CHANNEL, vec![fact.account.clone()]);
        changes::push(&mut transaction, &[told]).await?;
    }
    transaction.commit().await
}

/// When a way last worked, and when it last brought something.
pub async fn alive(
    pool: &PgPool,
    (org, account, way): (&str, &str, &str),
) -> Result<(Option<DateTime<Utc>>, Option<DateTime<Utc>>), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    let row = sqlx::query!(
        "SELECT alive_at, last_event_at FROM channel_facts
          WHERE org = $1 AND account = $2 AND way = $3",
        org,
        account,
        way
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(row.map_or((None, None), |row| (row.alive_at, row.last_event_at)))
}

/// Notes when a way last brought something.
pub async fn brought(
    pool: &PgPool,
    (org, account, way): (&str, &str, &str),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query!(
        "INSERT INTO channel_facts AS f (org, account, way, state, since, checked_at, last_event_at)
         VALUES ($1, $2, $3, 'listening', $4, $4, $4)
         ON CONFLICT (org, account, way) DO UPDATE
            SET last_event_at = greatest(f.last_event_at, EXCLUDED.last_event_at)",
        org,
        account,
        way,
        at
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
