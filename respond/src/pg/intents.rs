//! Intents as the desk makes and changes them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;
use x_client::PrivateText;

use super::rows::Reply;
use crate::intent::{Act, New};

/// Writes an intent, queued.
pub async fn insert(
    connection: &mut PgConnection,
    org: &str,
    new: &New,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (public, private) = match &new.act {
        Act::Public(reply) => (Some(reply.text.as_str()), None),
        Act::Private(message) => (None, message.text.as_ref().map(PrivateText::as_str)),
        _ => (None, None),
    };
    let (exclude, summoned) = match &new.act {
        Act::Public(reply) => {
            let exclude = reply.exclude.iter().map(ToString::to_string).collect();
            (exclude, reply.summoned)
        }
        _ => (Vec::new(), false),
    };
    let (sha256, alt_text) = new.media.clone().unzip();
    let undo = (new.not_before > now).then_some("undo");
    sqlx::query!(
        "INSERT INTO replies (org, reply_id, kind, account, lane, thread_key, item_id, person_id,
                              customer_id, case_id, target, public_text, private_text, text_hash, exclude,
                              summoned, media_sha256, alt_text, closes, written_by, created_at, state,
                              not_before, wait_reason, changed_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, 'queued', $22, $23, $21, 1)",
        org,
        new.reply_id,
        new.act.kind(),
        new.account,
        new.lane,
        new.thread_key,
        new.item_id,
        new.person_id,
        new.customer_id,
        new.case_id,
        new.act.target(),
        public,
        private,
        new.act.hash(),
        &exclude as &[String],
        summoned,
        sha256,
        alt_text.unwrap_or_default(),
        &new.closes,
        new.by,
        now,
        new.not_before,
        undo
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One intent.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id, kind, account, thread_key, item_id, person_id, customer_id, case_id, target,
                text_hash, media_sha256, alt_text, closes, written_by, created_at, state, not_before,
                wait_reason, wait_place, attempts, doubtful_since, started_at, looks, x_id, posted_at,
                resolved_by, failure, changed_at, revision
           FROM replies WHERE org = $1 AND reply_id = $2",
        org,
        id
    )
    .fetch_optional(connection)
    .await
}

/// One intent, locked until the transaction ends: no step of the sender comes between.
pub async fn lock(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id, kind, account, thread_key, item_id, person_id, customer_id, case_id, target,
                text_hash, media_sha256, alt_text, closes, written_by, created_at, state, not_before,
                wait_reason, wait_place, attempts, doubtful_since, started_at, looks, x_id, posted_at,
                resolved_by, failure, changed_at, revision
           FROM replies WHERE org = $1 AND reply_id = $2 FOR UPDATE",
        org,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Intents, newest first.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    (states, thread): (&[String], Option<&str>),
    (before, id): (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id, kind, account, thread_key, item_id, person_id, customer_id, case_id, target,
                text_hash, media_sha256, alt_text, closes, written_by, created_at, state, not_before,
                wait_reason, wait_place, attempts, doubtful_since, started_at, looks, x_id, posted_at,
                resolved_by, failure, changed_at, revision
           FROM replies
          WHERE org = $1 AND state = ANY ($2) AND ($3::text IS NULL OR thread_key = $3)
            AND ($4::timestamptz IS NULL OR (created_at, reply_id) < ($4, $5::uuid))
          ORDER BY created_at DESC, reply_id DESC LIMIT $6",
        org,
        states,
        thread,
        before,
        id,
        limit
    )
    .fetch_all(connection)
    .await
}

/// The texts of intents: public or private, whichever the kind has.
pub async fn texts(
    connection: &mut PgConnection,
    org: &str,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT reply_id, nullif(coalesce(public_text, private_text), '') AS text FROM replies
            WHERE org = $1 AND reply_id = ANY ($2)"#,
        org,
        ids
    )
    .fetch_all(connection)
    .await?;
    let texts = rows
        .into_iter()
        .filter_map(|row| Some((row.reply_id, row.text?)));
    Ok(texts.collect())
}

/// Moves an intent on a person's command. What is sent anew forgets why it failed.
pub async fn command(
    connection: &mut PgConnection,
    reply: &Reply,
    (state, by, x_id): (&str, &str, Option<&str>),
    failure: Option<&serde_json::Value>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE replies
            SET state = $3, revision = revision + 1, changed_at = $4::timestamptz, not_before = $4, wait_reason = NULL,
                wait_place = NULL, look_at = NULL, failure = $7, x_id = coalesce($6, x_id),
                posted_at = CASE WHEN $3 = 'posted' THEN $4::timestamptz END,
                resolved_by = CASE WHEN state = 'unknown' THEN $5 ELSE resolved_by END
          WHERE org = $1 AND reply_id = $2",
        reply.org,
        reply.reply_id,
        state,
        now,
        by,
        x_id,
        failure
    )
    .execute(connection)
    .await?;
    Ok(())
}
