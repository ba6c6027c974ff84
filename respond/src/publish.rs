//! A step of an intent as analysts and the pipeline read it.

use chrono::{DateTime, Utc};
use runtime::pg::changes::{self, Change};
use runtime::pg::outbox;
use runtime::{Encoder, Outgoing, StageError};
use schemas::Kind;
use schemas::changes::REPLY;
use schemas::records::ReplyStepped;
use schemas::topics::REPLIES;
use schemas::wire::WireError;
use serde_json::json;
use sqlx::PgConnection;

use crate::own;
use crate::pg::queue;
use crate::pg::rows::{Reply, act};

/// Publishes where an intent is now, in the transaction of its row; the highest outbox number.
/// Likes and deletions are no replies; what X has of ours now is told to the pipeline at once.
pub(crate) async fn stepped(
    connection: &mut PgConnection,
    encoder: &Encoder,
    reply: &Reply,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StageError> {
    let mut out = Vec::new();
    if reply.state == "posted" {
        let body = queue::body(connection, reply).await?;
        let act = act(reply, body);
        if let Some((topic, routing, fact)) = act.and_then(|act| own::fact(reply, &act, now)) {
            let key = fact.item_id.to_string().into_bytes();
            out.push(encoder.encode(topic, &reply.org, &routing, key, &fact)?);
        }
    }
    if reply.writes() {
        out.push(step(encoder, reply, now)?);
    }
    changes::push(connection, &[told(reply)]).await?;
    Ok(outbox::push(connection, &out).await?)
}

/// Tells open desks of those that wait: nothing of them changed but their time and place.
pub(crate) async fn placed(
    connection: &mut PgConnection,
    waiting: &[Reply],
) -> Result<(), sqlx::Error> {
    let waiting: Vec<Change> = waiting.iter().map(told).collect();
    changes::push(connection, &waiting).await
}

// For open desks.
fn told(reply: &Reply) -> Change {
    let data = json!({
        "thread": reply.thread_key,
        "state": reply.state,
        "version": reply.revision,
    });
    Change {
        data: Some(data),
        ..Change::of(&reply.org, REPLY, vec![reply.reply_id.to_string()])
    }
}

fn step(encoder: &Encoder, reply: &Reply, now: DateTime<Utc>) -> Result<Outgoing, WireError> {
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
    encoder.encode(&REPLIES, &reply.org, &reply.person_id, key, &record)
}
