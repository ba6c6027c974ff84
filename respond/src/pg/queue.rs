//! The queue as the sender works on it. Every step is guarded by the state and the call it belongs
//! to: what comes late changes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{Body, Reply};

/// An intent that could be sent now.
#[derive(Debug)]
pub struct Due {
    pub org: String,
    pub reply_id: Uuid,
    pub account: String,
    pub kind: String,
}

/// Intents that are due: the first of each conversation in which nothing is under way, and none
/// whose text may stand at its place already.
pub async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        "SELECT q.org, q.reply_id, q.account, q.kind
           FROM replies q
          WHERE q.state = 'queued' AND q.not_before <= $1
            AND NOT EXISTS (SELECT FROM replies b
                             WHERE b.org = q.org AND b.lane = q.lane AND b.state = 'sending')
            AND NOT EXISTS (SELECT FROM replies b
                             WHERE b.org = q.org AND b.lane = q.lane AND b.state = 'queued'
                               AND (b.created_at, b.reply_id) < (q.created_at, q.reply_id))
            AND NOT EXISTS (SELECT FROM replies b
                             WHERE b.org = q.org AND b.lane = q.lane AND b.state = 'unknown'
                               AND b.target = q.target AND b.text_hash = q.text_hash)
          ORDER BY q.not_before, q.created_at LIMIT $2",
        now,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Takes an intent: the call that follows is counted before it is made. None if another process
/// was quicker, or one of the same conversation is under way.
pub async fn claim(
    connection: &mut PgConnection,
    (org, id): (&str, Uuid),
    instance: &str,
    now: DateTime<Utc>,
) -> Result<Option<Reply>, sqlx::Error> {
    let claimed = sqlx::query_as!(
        Reply,
        "UPDATE replies r
            SET state = 'sending', attempts = r.attempts + 1, claimed_by = $3, started_at = $4, looks = 0,
                wait_reason = NULL, wait_place = NULL, failure = NULL, changed_at = $4, revision = r.revision + 1
          WHERE (r.org, r.reply_id) IN (
                SELECT org, reply_id FROM replies
                 WHERE org = $1 AND reply_id = $2 AND state = 'queued' AND not_before <= $4
                   FOR UPDATE SKIP LOCKED)
         RETURNING r.org, r.reply_id, r.kind, r.account, r.thread_key, r.item_id, r.person_id, r.customer_id,
                r.case_id, r.target, r.text_hash, r.media_sha256, r.alt_text, r.closes, r.written_by,
                r.created_at, r.state, r.not_before, r.wait_reason, r.wait_place, r.attempts,
                r.doubtful_since, r.started_at, r.looks, r.x_id, r.posted_at, r.resolved_by, r.failure,
                r.changed_at, r.revision",
        org,
        id,
        instance,
        now
    )
    .fetch_optional(connection)
    .await;
    match claimed {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
        other => other,
    }
}

/// The texts of an intent.
pub async fn body(connection: &mut PgConnection, reply: &Reply) -> Result<Body, sqlx::Error> {
    sqlx::query_as!(
        Body,
        "SELECT public_text, private_text, exclude, summoned FROM replies WHERE org = $1 AND reply_id = $2",
        reply.org,
        reply.reply_id
    )
    .fetch_one(connection)
    .await
}

/// Where a step leads.
#[derive(Debug, Default)]
pub struct Step<'a> {
    pub state: &'a str,
    pub x_id: Option<&'a str>,
    pub failure: Option<serde_json::Value>,
    /// Not sent before, or looked at X then.
    pub at: Option<DateTime<Utc>>,
    pub wait_reason: Option<&'a str>,
    /// The call may have had an effect.
    pub doubtful: bool,
    pub looked: bool,
}

/// Writes the end of a call or of a look; the row as it is then. None if it was moved on meanwhile:
/// by a person, or by another look.
pub async fn step(
    connection: &mut PgConnection,
    reply: &Reply,
    step: Step<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "UPDATE replies r
            SET state = $4, x_id = coalesce($5, r.x_id), failure = $6,
                posted_at = CASE WHEN $4 = 'posted' THEN $10 ELSE r.posted_at END,
                not_before = CASE WHEN $4 = 'queued' THEN coalesce($7, r.not_before) ELSE r.not_before END,
                look_at = CASE WHEN $4 = 'unknown' THEN $7 END,
                wait_reason = $8, wait_place = NULL,
                doubtful_since = CASE WHEN $9 THEN coalesce(r.doubtful_since, r.started_at) ELSE r.doubtful_since END,
                looks = r.looks + CASE WHEN $11 THEN 1 ELSE 0 END,
                claimed_by = CASE WHEN $4 = 'sending' THEN r.claimed_by END,
                changed_at = $10, revision = r.revision + 1
          WHERE r.org = $1 AND r.reply_id = $2 AND r.attempts = $3 AND r.state IN ('sending', 'unknown')
         RETURNING r.org, r.reply_id, r.kind, r.account, r.thread_key, r.item_id, r.person_id, r.customer_id,
                r.case_id, r.target, r.text_hash, r.media_sha256, r.alt_text, r.closes, r.written_by,
                r.created_at, r.state, r.not_before, r.wait_reason, r.wait_place, r.attempts,
                r.doubtful_since, r.started_at, r.looks, r.x_id, r.posted_at, r.resolved_by, r.failure,
                r.changed_at, r.revision",
        reply.org,
        reply.reply_id,
        reply.attempts,
        step.state,
        step.x_id,
        step.failure,
        step.at,
        step.wait_reason,
        step.doubtful,
        now,
        step.looked
    )
    .fetch_optional(connection)
    .await
}

/// When the next look is due, where nothing else changed: no step to tell of.
pub async fn looked(
    connection: &mut PgConnection,
    reply: &Reply,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE replies SET look_at = $4, looks = looks + 1
          WHERE org = $1 AND reply_id = $2 AND attempts = $3 AND state = 'unknown'",
        reply.org,
        reply.reply_id,
        reply.attempts,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Calls that nobody ends any more: those of this instance, whose process before this one is dead,
/// and those that began too long ago.
pub async fn abandoned(
    connection: &mut PgConnection,
    (instance, began): (&str, DateTime<Utc>),
) -> Result<Vec<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id, kind, account, thread_key, item_id, person_id, customer_id, case_id, target,
                text_hash, media_sha256, alt_text, closes, written_by, created_at, state, not_before,
                wait_reason, wait_place, attempts, doubtful_since, started_at, looks, x_id, posted_at,
                resolved_by, failure, changed_at, revision
           FROM replies
          WHERE state = 'sending' AND (claimed_by = $1 OR started_at < $2)
          ORDER BY org, reply_id LIMIT 1000 FOR UPDATE",
        instance,
        began
    )
    .fetch_all(connection)
    .await
}

/// Intents of unknown outcome that are to be looked at now.
pub async fn doubtful(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "SELECT org, reply_id, kind, account, thread_key, item_id, person_id, customer_id, case_id, target,
                text_hash, media_sha256, alt_text, closes, written_by, created_at, state, not_before,
                wait_reason, wait_place, attempts, doubtful_since, started_at, looks, x_id, posted_at,
                resolved_by, failure, changed_at, revision
           FROM replies WHERE state = 'unknown' AND look_at <= $1
          ORDER BY look_at LIMIT $2",
        now,
        limit
    )
    .fetch_all(connection)
    .await
}

/// All that an account has waiting for the same budget is not sent before `until`; each gets its
/// place. Those whose time or place changed.
pub async fn wait(
    connection: &mut PgConnection,
    (org, account, kinds): (&str, &str, &[String]),
    until: DateTime<Utc>,
    reason: &str,
) -> Result<Vec<Reply>, sqlx::Error> {
    // Places are told by one at a time, each of what the one before left.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7)) AS lock",
        org,
        account
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query_as!(
        Reply,
        "UPDATE replies r
            SET not_before = greatest(r.not_before, $4), wait_reason = $5, wait_place = w.place::int
           FROM (SELECT reply_id, row_number() OVER (ORDER BY created_at, reply_id) AS place
                   FROM replies
                  WHERE org = $1 AND account = $2 AND kind = ANY ($3) AND state = 'queued') w
          WHERE r.org = $1 AND r.reply_id = w.reply_id AND r.state = 'queued'
            AND (r.not_before < $4 OR r.wait_place IS DISTINCT FROM w.place::int)
         RETURNING r.org, r.reply_id, r.kind, r.account, r.thread_key, r.item_id, r.person_id, r.customer_id,
                r.case_id, r.target, r.text_hash, r.media_sha256, r.alt_text, r.closes, r.written_by,
                r.created_at, r.state, r.not_before, r.wait_reason, r.wait_place, r.attempts,
                r.doubtful_since, r.started_at, r.looks, r.x_id, r.posted_at, r.resolved_by, r.failure,
                r.changed_at, r.revision",
        org,
        account,
        kinds,
        until,
        reason
    )
    .fetch_all(connection)
    .await
}

/// What an account waits for, and until when.
#[derive(Debug)]
pub struct Waiting {
    pub org: String,
    pub account: String,
    pub kind: String,
    pub reason: String,
    pub until: DateTime<Utc>,
}

/// Everything that is waited for. Intents that came since, behind those that wait in their
/// conversation, and those behind one that was taken back have no place, or an old one.
pub async fn waiting(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"SELECT org, account, kind, wait_reason AS "reason!", max(not_before) AS "until!"
             FROM replies
            WHERE state = 'queued' AND not_before > $1 AND wait_place IS NOT NULL AND wait_reason IS NOT NULL
            GROUP BY org, account, kind, wait_reason"#,
        now
    )
    .fetch_all(connection)
    .await
}

/// How many intents are in each state, and since when the oldest of each has been.
pub async fn states(
    connection: &mut PgConnection,
) -> Result<Vec<(String, String, i64, DateTime<Utc>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT org, state, count(*) AS "count!", min(changed_at) AS "oldest!"
             FROM replies WHERE state IN ('queued', 'sending', 'unknown') GROUP BY org, state"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.org, row.state, row.count, row.oldest))
        .collect())
}
