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

/// Entries, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    sqlx::query_as!(
        AuditEntry,
        r#"SELECT audit_id, actor, actor_name(org, actor) AS "actor_name!", action, subject, detail, at
             FROM audit
            WHERE org = $1 AND ($2::timestamptz IS NULL OR at <= $2)
              AND ($2::timestamptz IS NULL OR (at, audit_id) < ($2, $3::uuid))
            ORDER BY at DESC, audit_id DESC LIMIT $4"#,
        org,
        before,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}
