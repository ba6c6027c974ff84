//! What users have written and not sent.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::view::draft::Draft;

/// A user's draft for a target.
pub async fn load(
    connection: &mut PgConnection,
    (org, user): (&str, Uuid),
    target: &str,
) -> Result<Option<Draft>, sqlx::Error> {
    sqlx::query_as!(
        Draft,
        "SELECT target, text, media_id, exclude, written_at FROM drafts
          WHERE org = $1 AND user_id = $2 AND target = $3",
        org,
        user,
        target
    )
    .fetch_optional(connection)
    .await
}

pub struct NewDraft<'a> {
    pub target: &'a str,
    pub thread_key: &'a str,
    pub text: &'a str,
    pub media_id: Option<&'a str>,
    pub exclude: &'a [String],
}

/// Keeps a draft in the place of the one before.
pub async fn put(
    connection: &mut PgConnection,
    (org, user): (&str, Uuid),
    draft: &NewDraft<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO drafts (org, user_id, target, thread_key, text, media_id, exclude, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (target, user_id, org) DO UPDATE SET thread_key = EXCLUDED.thread_key, text = EXCLUDED.text,
             media_id = EXCLUDED.media_id, exclude = EXCLUDED.exclude, written_at = EXCLUDED.written_at",
        org,
        user,
        draft.target,
        draft.thread_key,
        draft.text,
        draft.media_id,
        draft.exclude,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn delete(
    connection: &mut PgConnection,
    (org, user): (&str, Uuid),
    target: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM drafts WHERE org = $1 AND user_id = $2 AND target = $3",
        org,
        user,
        target
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the drafts of an organisation that nobody has touched since.
pub async fn forget(
    connection: &mut PgConnection,
    org: &str,
    before: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM drafts WHERE org = $1 AND written_at < $2",
        org,
        before
    )
    .execute(connection)
    .await?;
    Ok(())
}
