//! Private texts that are shown at a terminal: written down for their organisation first.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgPool;

use crate::pg::audit;

/// Who looks, and at what.
#[derive(Debug, Clone, Copy)]
pub struct Revealed<'a> {
    /// Organisation whose texts are shown.
    pub org: &'a str,
    /// Who.
    pub actor: &'a str,
    /// Who is signed in at the terminal.
    pub user: &'a str,
    /// Topic.
    pub topic: &'a str,
    /// Only records with this id.
    pub id: Option<&'a str>,
    /// Only records since then.
    pub since: Option<DateTime<Utc>>,
}

/// Writes it; nothing may be shown before this has succeeded.
pub async fn write(
    pool: &PgPool,
    look: &Revealed<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let detail = json!({ "user": look.user, "id": look.id, "since": look.since });
    let mut scope = runtime::pg::begin(pool, &[look.org]).await?;
    let (who, what) = ((look.org, look.actor), ("messages.reveal", look.topic));
    audit::write(&mut scope, who, what, &detail, now).await?;
    scope.commit().await
}
