//! What X has of ours now, as the pipeline is told of it: the text that was posted, or that it is
//! gone. X's own echo of it, before or after, is the same item and has the last word. Pure.

use chrono::{DateTime, Utc};
use schemas::records::{Content, Enriched};
use schemas::topics::{ENRICHED_MESSAGES, ENRICHED_POSTS, Topic};
use schemas::{Kind, ids};
use x_client::PrivateText;
use x_client::calls::Recipient;

use crate::intent::{Act, Private, Public};
use crate::pg::rows::Reply;

/// The fact, its topic and its routing id; none for what changes no item of ours. A public text goes
/// to the topic of posts and a private one to that of messages: the act's type decides.
pub(crate) fn fact(
    reply: &Reply,
    act: &Act,
    now: DateTime<Utc>,
) -> Option<(&'static Topic, String, Enriched)> {
    let post = |fact| (&ENRICHED_POSTS, reply.account.clone(), fact);
    match act {
        Act::Public(public) => Some(post(posted(reply, public, reply.x_id.as_deref()?, now))),
        Act::Private(private) => {
            let (conversation, fact) = sent(reply, private, reply.x_id.as_deref()?, now);
            Some((&ENRICHED_MESSAGES, conversation, fact))
        }
        Act::DeletePost(id) => {
            let whose = reply.account.as_str();
            Some(post(gone(reply, (Kind::Post, id.as_str(), whose), now)))
        }
        Act::DeleteMessage(id) => {
            let whose = reply.person_id.as_str();
            let fact = gone(reply, (Kind::Message, id.as_str(), whose), now);
            Some((&ENRICHED_MESSAGES, id.to_string(), fact))
        }
        Act::Like(_) | Act::Unlike(_) => None,
    }
}

fn about(reply: &Reply, kind: Kind, x_id: &str, now: DateTime<Utc>) -> Enriched {
    Enriched {
        org: reply.org.clone(),
        item_id: ids::item(&reply.org, kind, x_id),
        kind,
        op: "upsert".to_owned(),
        fact: "item".to_owned(),
        x_id: x_id.to_owned(),
        author_id: reply.account.clone(),
        person_id: reply.account.clone(),
        account: reply.account.clone(),
        received_at: now,
        recorded_at: now,
        source: "desk".to_owned(),
        ..Enriched::default()
    }
}

// Not complete: X adds whom it addresses, shortens links, and has the pictures.
fn content(x_id: &str, post_type: &str, text: &str) -> Content {
    Content {
        version_id: x_id.to_owned(),
        version_ids: vec![x_id.to_owned()],
        direction: "outbound".to_owned(),
        post_type: post_type.to_owned(),
        text: text.to_owned(),
        text_complete: false,
        ..Content::default()
    }
}

fn posted(reply: &Reply, public: &Public, x_id: &str, now: DateTime<Utc>) -> Enriched {
    Enriched {
        content: Some(Content {
            parent_x_id: Some(public.target.to_string()),
            in_reply_to_x_id: Some(reply.person_id.clone()),
            ..content(x_id, "reply", public.text.as_str())
        }),
        ..about(reply, Kind::Post, x_id, now)
    }
}

fn sent(reply: &Reply, private: &Private, x_id: &str, now: DateTime<Utc>) -> (String, Enriched) {
    let (conversation, person) = match &private.to {
        Recipient::User(user) => (
            ids::conversation(&reply.account, user.as_str()),
            Some(user.to_string()),
        ),
        Recipient::Conversation(id) => (id.to_string(), None),
    };
    let text = private.text.as_ref().map_or("", PrivateText::as_str);
    let fact = Enriched {
        person_id: person.clone().unwrap_or_default(),
        content: Some(Content {
            conversation_id: Some(conversation.clone()),
            recipient_x_id: person,
            ..content(x_id, "message", text)
        }),
        ..about(reply, Kind::Message, x_id, now)
    };
    (conversation, fact)
}

fn gone(reply: &Reply, (kind, x_id, whose): (Kind, &str, &str), now: DateTime<Utc>) -> Enriched {
    Enriched {
        op: "erase".to_owned(),
        fact: "delete".to_owned(),
        person_id: whose.to_owned(),
        deleted_at: Some(now),
        ..about(reply, kind, x_id, now)
    }
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
