//! What every fact has in common: provenance, identity, routing.

use chrono::{DateTime, Utc};
use schemas::records::{Counts, Enriched, Received};
use schemas::{Kind, ids};

use crate::draft::Tally;

/// A fact about the item with this first id; what it says is added by the caller.
pub fn about(received: &Received, kind: Kind, first_id: &str, fact: &str) -> Enriched {
    Enriched {
        org: received.org.clone(),
        item_id: ids::item(&received.org, kind, first_id),
        kind,
        op: "upsert".to_owned(),
        fact: fact.to_owned(),
        x_id: first_id.to_owned(),
        account: received.account.clone(),
        received_at: received.received_at,
        // Not the clock: a second delivery of this record must give the same bytes.
        recorded_at: received.received_at,
        source: received.source.clone(),
        backfill: received.backfill,
        ..Enriched::default()
    }
}

/// A deletion: ids only, for ever.
pub fn deletion(
    received: &Received,
    id: &str,
    author: Option<&str>,
    at: Option<DateTime<Utc>>,
) -> Enriched {
    let author = author.unwrap_or_default();
    Enriched {
        op: "erase".to_owned(),
        author_id: author.to_owned(),
        person_id: author.to_owned(),
        deleted_at: Some(at.unwrap_or(received.received_at)),
        ..about(received, Kind::Post, id, "delete")
    }
}

/// When X said what came with an item: an event tells of its own time, an answer to a question of
/// ours of the time of the answer. History that was imported tells of its own time too.
pub fn observed_at(received: &Received, event_time: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let answer = received.envelope == "v2" && received.source != "import";
    event_time
        .filter(|_| !answer)
        .unwrap_or(received.received_at)
}

/// Counts as a record.
pub const fn counts(tally: Tally, observed_at: DateTime<Utc>) -> Counts {
    Counts {
        observed_at,
        likes: tally.likes,
        reposts: tally.reposts,
        replies: tally.replies,
        quotes: tally.quotes,
    }
}

/// Organisation and routing id of a fact, for [`schemas::partition::partition`]: the author of a
/// post, the conversation of a message, the X id where that is unknown.
pub fn routing(fact: &Enriched) -> (&str, &str) {
    let conversation = fact
        .content
        .as_ref()
        .and_then(|content| content.conversation_id.as_deref());
    let id = match fact.kind {
        Kind::Message => conversation.unwrap_or(&fact.x_id),
        Kind::Post if fact.author_id.is_empty() => &fact.x_id,
        Kind::Post => &fact.author_id,
    };
    (&fact.org, id)
}
