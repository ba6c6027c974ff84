//! A step of a reply as analysts and the pipeline read it.

use chrono::{DateTime, Utc};
use runtime::pg::outbox;
use runtime::{Encoder, StageError};
use schemas::Kind;
use schemas::records::ReplyStepped;
use schemas::topics::REPLIES;
use sqlx::PgConnection;

use crate::pg::rows::Reply;

/// Publishes where a reply is now, in the transaction of its row; the highest outbox number.
/// Likes and deletions are no replies.
pub(crate) async fn stepped(
    connection: &mut PgConnection,
    encoder: &Encoder,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StageError> {
    if !reply.writes() {
        return Ok(None);
    }
    let kind = if reply.kind == "message" {
        Kind::Message
    } else {
        Kind::Post
    };
    let record = ReplyStepped {
        org: reply.org.clone(),
        item_id: Some(reply.item_id),
        reply_id: reply.reply_id,
        revision: reply.revision,
        op: "upsert".to_owned(),
        kind,
        state: reply.state.clone(),
        person_id: reply.person_id.clone(),
        case_id: reply.case_id,
        customer_id: reply.customer_id,
        x_id: reply.x_id.clone(),
        error: reply.failure().map(|failure| failure.kind),
        attempt: reply.attempts,
        by: reply.written_by.clone(),
        posted_at: reply.posted_at,
        received_at: reply.created_at,
        recorded_at: now,
        source: "desk".to_owned(),
        backfill: false,
    };
    let key = reply.reply_id.to_string().into_bytes();
    let out = encoder.encode(&REPLIES, &reply.org, &reply.person_id, key, &record)?;
    Ok(outbox::push(connection, &[out]).await?)
}
