//! What was done to an item.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An act of a person or key.
pub struct Act {
    pub at: DateTime<Utc>,
    pub action: String,
    pub by: String,
    pub detail: serde_json::Value,
}

/// Acts on an item, or on its row where they name it, oldest first.
pub async fn acts(
    connection: &mut PgConnection,
    org: &str,
    (item, row): (Uuid, &str),
    limit: i64,
) -> Result<Vec<Act>, sqlx::Error> {
    sqlx::query_as!(
        Act,
        r#"SELECT at, action, actor_name(org, actor) AS "by!", detail FROM audit
            WHERE org = $1 AND (subject = $2::uuid::text AND action NOT LIKE 'messages.%'
                  OR subject = $3 AND detail -> 'items' ? ($2::uuid::text))
            ORDER BY at, audit_id LIMIT $4"#,
        org,
        item,
        row,
        limit
    )
    .fetch_all(connection)
    .await
}
