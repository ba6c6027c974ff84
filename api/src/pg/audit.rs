//! Who did what, and who looked at what is private.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::audit::AuditEntry;

/// Writes an entry.
pub async fn write(
    connection: &mut PgConnection,
    (org, actor): (&str, &str),
    (action, subject): (&str, &str),
    detail: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO audit (org, audit_id, actor, action, subject, detail, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        org,
        Uuid::now_v7(),
        actor,
        action,
        subject,
        detail,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which entries; all where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub actor: Option<&'a str>,
    pub action: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// Entries, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    filter: Filter<'_>,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    sqlx::query_as!(
        AuditEntry,
        r#"SELECT audit_id, actor, actor_name(org, actor) AS "actor_name!", action, subject, detail, at
             FROM audit
            WHERE org = $1 AND ($2::timestamptz IS NULL OR at <= $2)
              AND ($2::timestamptz IS NULL OR (at, audit_id) < ($2, $3::uuid))
              AND ($5::text IS NULL OR actor = $5) AND ($6::text IS NULL OR action = $6)
              AND ($7::text IS NULL OR subject = $7)
              AND ($8::timestamptz IS NULL OR at >= $8) AND ($9::timestamptz IS NULL OR at < $9)
            ORDER BY at DESC, audit_id DESC LIMIT $4"#,
        org,
        before,
        id,
        limit,
        filter.actor,
        filter.action,
        filter.subject,
        filter.from,
        filter.to
    )
    .fetch_all(connection)
    .await
}
