//! Versions of an organisation's configuration.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::config_version::ConfigVersion;

/// A version as it was seen.
pub struct Seen<'a> {
    /// Of its content, secrets too.
    pub digest: &'a [u8],
    pub at: DateTime<Utc>,
    pub source: &'a str,
    /// What was accepted, or why it was refused.
    pub outcome: Result<serde_json::Value, String>,
}

/// Keeps a version, once. One that was there before is there again from `at` if another came between:
/// of what is accepted another accepted one, since what is refused changes nothing.
pub async fn keep(
    connection: &mut PgConnection,
    org: &str,
    seen: Seen<'_>,
) -> Result<(), sqlx::Error> {
    let reason = seen.outcome.as_ref().err();
    sqlx::query!(
        "INSERT INTO config_versions AS v (org, version_id, digest, first_at, at, source, shown, reason)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
         ON CONFLICT (org, digest) DO UPDATE SET at = greatest(v.at, EXCLUDED.at), source = EXCLUDED.source
          WHERE EXISTS (SELECT FROM config_versions n WHERE n.org = v.org AND n.at > v.at
                           AND (v.reason IS NOT NULL OR n.reason IS NULL))",
        org,
        Uuid::now_v7(),
        seen.digest,
        seen.at,
        seen.source,
        seen.outcome.as_ref().ok(),
        reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes what is older than so many versions; never the one in force.
pub async fn forget(
    connection: &mut PgConnection,
    org: &str,
    most: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM config_versions WHERE org = $1 AND version_id IN (
             SELECT version_id FROM config_versions WHERE org = $1 ORDER BY at DESC, version_id DESC OFFSET $2)
            AND version_id IS DISTINCT FROM (SELECT version_id FROM config_versions
                 WHERE org = $1 AND reason IS NULL ORDER BY at DESC, version_id DESC LIMIT 1)",
        org,
        most
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Versions, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<ConfigVersion>, sqlx::Error> {
    sqlx::query_as!(
        ConfigVersion,
        r#"SELECT version_id, first_at, at, source, reason IS NULL AS "accepted!", reason, shown AS organisation
             FROM config_versions
            WHERE org = $1 AND ($2::timestamptz IS NULL OR (at, version_id) < ($2, $3::uuid))
            ORDER BY at DESC, version_id DESC LIMIT $4"#,
        org,
        before,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}
