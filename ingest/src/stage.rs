//! Makes the record of an event: what it is about decides key, routing and topic.

use chrono::{DateTime, Utc};
use schemas::records::Received;
use schemas::topics::{RAW_MESSAGES, RAW_POSTS};
use schemas::{Kind, ids};

use crate::events::Fate;
use crate::fields::{Fields, id};
use crate::org::OrgView;
use crate::publish::{Outgoing, Value};

/// Where an event comes from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub org: &'a OrgView,
    pub source: &'a str,
    pub received_at: DateTime<Utc>,
    pub envelope: &'a str,
    pub event: &'a str,
    pub account: &'a str,
    /// History, fetched later.
    pub backfill: bool,
}

/// The bytes of one event.
#[derive(Clone, Copy)]
pub struct Bytes<'a> {
    pub payload: &'a str,
    pub context: Option<&'a str>,
}

/// What an event is about.
pub enum About<'a> {
    Item {
        x_id: &'a str,
        first_id: &'a str,
        routing: String,
    },
    Person {
        x_id: &'a str,
    },
}

/// What this object is about; `None` when it has no id that can be read.
pub fn about<'a>(fate: Fate, object: &Fields<'a>) -> Option<About<'a>> {
    match fate {
        Fate::Message => message(object),
        Fate::Like => like(object),
        Fate::Revoked => revoked(object),
        _ => post(object),
    }
}

/// The record of an event with a fate that is stored.
pub fn record(fate: Fate, origin: &Origin<'_>, about: About<'_>, bytes: Bytes<'_>) -> Outgoing {
    let org = origin.org.org.as_str();
    let kind = if fate == Fate::Message {
        Kind::Message
    } else {
        Kind::Post
    };
    let (x_id, key, routing) = match about {
        About::Item {
            x_id,
            first_id,
            routing,
        } => (
            Some(x_id.to_owned()),
            ids::item(org, kind, first_id),
            routing,
        ),
        About::Person { x_id } => (None, ids::person(org, x_id), x_id.to_owned()),
    };
    let received = Received {
        org: org.to_owned(),
        account: origin.account.to_owned(),
        own_accounts: origin.org.accounts.clone(),
        source: origin.source.to_owned(),
        envelope: origin.envelope.to_owned(),
        event: origin.event.to_owned(),
        x_id,
        payload: bytes.payload.as_bytes().to_vec(),
        context: bytes.context.map(|context| context.as_bytes().to_vec()),
        received_at: origin.received_at,
        backfill: origin.backfill,
    };
    let public = matches!(fate, Fate::Post | Fate::PublicPost | Fate::Profile);
    Outgoing {
        topic: if public { &RAW_POSTS } else { &RAW_MESSAGES },
        routing,
        key: key.to_string().into_bytes(),
        value: Value::Received(Box::new(received)),
    }
}

fn item<'a>(x_id: &'a str, first_id: Option<&'a str>, routing: Option<&str>) -> About<'a> {
    let routing = routing.unwrap_or(x_id).to_owned();
    About::Item {
        x_id,
        first_id: first_id.unwrap_or(x_id),
        routing,
    }
}

/// A post of either version, or the notice that one was deleted.
fn post<'a>(object: &Fields<'a>) -> Option<About<'a>> {
    let status = object.object("status");
    let x_id = object
        .id(&["id_str", "id"])
        .or_else(|| status.id(&["id_str", "id"]))?;
    let author = object
        .id(&["author_id"])
        .or_else(|| object.object("user").id(&["id_str", "id"]))
        .or_else(|| status.id(&["user_id_str", "user_id"]));
    Some(item(x_id, first_edit(object), author))
}

fn first_edit<'a>(post: &Fields<'a>) -> Option<&'a str> {
    let old = post.object("edit_history");
    let of_list = |fields: &Fields<'a>, key| fields.list(key).first().and_then(|raw| id(raw));
    of_list(post, "edit_history_tweet_ids")
        .or_else(|| of_list(post, "edit_history_post_ids"))
        .or_else(|| old.id(&["initial_tweet_id"]))
        .or_else(|| of_list(&old, "edit_tweet_ids"))
}

fn like<'a>(object: &Fields<'a>) -> Option<About<'a>> {
    if object.raw("favorited_status").is_some() {
        return post(&object.object("favorited_status"));
    }
    let x_id = object.id(&["liked_tweet_id", "liked_post_id"])?;
    let author = object.id(&[
        "liked_tweet_author_id",
        "liked_post_author_id",
        "tweet_author_id",
        "post_author_id",
    ]);
    Some(item(x_id, None, author))
}

/// A message event of either version.
fn message<'a>(object: &Fields<'a>) -> Option<About<'a>> {
    let x_id = object.id(&["id_str", "id"])?;
    let created = object.object("message_create");
    let sender = created
        .id(&["sender_id"])
        .or_else(|| object.id(&["sender_id"]));
    let recipient = created.object("target").id(&["recipient_id"]);
    let conversation = object.text("dm_conversation_id").or_else(|| {
        let (sender, recipient) = (sender?, recipient?);
        Some(ids::conversation(sender, recipient))
    });
    Some(item(x_id, None, conversation.as_deref()))
}

fn revoked<'a>(object: &Fields<'a>) -> Option<About<'a>> {
    let source = object.object("revoke").object("source");
    let x_id = object
        .id(&["user_id"])
        .or_else(|| source.id(&["user_id"]))?;
    Some(About::Person { x_id })
}
