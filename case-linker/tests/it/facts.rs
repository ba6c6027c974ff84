//! Facts as `enrich` makes them, about invented people.

use chrono::{DateTime, Utc};
use schemas::records::{Content, Counts, Enriched, Profile};
use schemas::{Kind, ids};
use uuid::Uuid;

pub const ORG: &str = "bakery-de";
pub const BRAND: &str = "30";

pub fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
}

pub fn post_id(x_id: &str) -> Uuid {
    ids::item(ORG, Kind::Post, x_id)
}

fn fact(kind: Kind, name: &str, first: &str) -> Enriched {
    Enriched {
        org: ORG.to_owned(),
        item_id: ids::item(ORG, kind, first),
        kind,
        fact: name.to_owned(),
        op: "upsert".to_owned(),
        x_id: first.to_owned(),
        account: BRAND.to_owned(),
        source: "webhook".to_owned(),
        received_at: at(100),
        ..Enriched::default()
    }
}

/// A mention, as one delivery of version 2 tells it.
pub fn post(x_id: &str, author: &str) -> Enriched {
    version(&[x_id], author)
}

/// The newest of these versions, with the history that came with it.
pub fn version(history: &[&str], author: &str) -> Enriched {
    let newest = history[history.len() - 1];
    Enriched {
        author_id: author.to_owned(),
        person_id: author.to_owned(),
        posted_at: Some(at(1)),
        profiles: vec![profile(author, 1)],
        content: Some(Content {
            version_id: newest.to_owned(),
            version_ids: history.iter().map(|id| (*id).to_owned()).collect(),
            direction: "inbound".to_owned(),
            post_type: "mention".to_owned(),
            text: format!("stale bread, said in {newest}"),
            text_complete: true,
            ..Content::default()
        }),
        ..fact(Kind::Post, "item", history[0])
    }
}

/// A reply that does not say its conversation, as Account Activity tells it.
pub fn reply(x_id: &str, author: &str, parent: &str) -> Enriched {
    with(post(x_id, author), |content| {
        content.parent_x_id = Some(parent.to_owned());
        "reply".clone_into(&mut content.post_type);
    })
}

/// A post that says its conversation.
pub fn said(x_id: &str, author: &str, conversation: &str) -> Enriched {
    with(post(x_id, author), |content| {
        content.conversation_id = Some(conversation.to_owned());
    })
}

pub fn with(mut fact: Enriched, change: impl FnOnce(&mut Content)) -> Enriched {
    if let Some(content) = &mut fact.content {
        change(content);
    }
    fact
}

pub fn message(x_id: &str, author: &str, recipient: &str) -> Enriched {
    let inbound = recipient == BRAND;
    let told = with(post(x_id, author), |content| {
        content.recipient_x_id = Some(recipient.to_owned());
        content.conversation_id = Some(ids::conversation(author, recipient));
        "message".clone_into(&mut content.post_type);
        if !inbound {
            "outbound".clone_into(&mut content.direction);
        }
    });
    Enriched {
        person_id: if inbound { author } else { recipient }.to_owned(),
        kind: Kind::Message,
        item_id: ids::item(ORG, Kind::Message, x_id),
        ..told
    }
}

pub fn counts(x_id: &str, author: &str, second: i64, likes: i64) -> Enriched {
    Enriched {
        author_id: author.to_owned(),
        person_id: author.to_owned(),
        counts: Some(Counts {
            observed_at: at(second),
            likes,
            ..Counts::default()
        }),
        ..fact(Kind::Post, "counts", x_id)
    }
}

/// A deletion; of an unknown author, where `author` is empty.
pub fn deletion(x_id: &str, author: &str) -> Enriched {
    Enriched {
        op: "erase".to_owned(),
        author_id: author.to_owned(),
        person_id: author.to_owned(),
        deleted_at: Some(at(50)),
        ..fact(Kind::Post, "delete", x_id)
    }
}

pub fn profile(x_id: &str, second: i64) -> Profile {
    Profile {
        x_id: x_id.to_owned(),
        observed_at: at(second),
        handle: Some(format!("user{x_id}")),
        name: Some("Bo".to_owned()),
        followers: Some(second),
        ..Profile::default()
    }
}

pub fn profiled(x_id: &str, second: i64) -> Enriched {
    Enriched {
        item_id: ids::person(ORG, x_id),
        person_id: x_id.to_owned(),
        profiles: vec![profile(x_id, second)],
        ..fact(Kind::Post, "profile", x_id)
    }
}
