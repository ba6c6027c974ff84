//! The Account Activity API envelope: `for_user_id` and an array of one kind of event.

use serde_json::{Map, Value, json};

use super::{
    BlockedFlag, Dialect,
    json::{ms, put, v1_time},
    v1,
    xaa::message_event,
};
use crate::{
    id::XId,
    world::{Event, Fact, Post, RelationKind},
};

const APP_ID: &str = "13090192";

/// The array in which the event reaches `account`, if it does.
pub fn key(event: &Event, account: XId, dialect: &Dialect) -> Option<&'static str> {
    let actor = event.fact.actor();
    let key = |reaches: bool, key| reaches.then_some(key);
    match &event.fact {
        Fact::PersonAdded { .. }
        | Fact::Quiet { .. }
        | Fact::ProfileChanged { .. }
        | Fact::ChatSent { .. } => None,
        Fact::MessageSent { message } if message.group.is_some() => None,
        Fact::PostCreated { post } => key(concerns(event, post, account), "tweet_create_events"),
        Fact::PostDeleted { .. } => key(actor == account, "tweet_delete_events"),
        Fact::Liked { post, .. } => key(
            actor == account || post.author == account,
            "favorite_events",
        ),
        Fact::MessageSent { message } => key(
            actor == account || message.recipient == account,
            "direct_message_events",
        ),
        Fact::MessagesRead { other, .. } => {
            key(*other == account, "direct_message_mark_read_events")
        }
        Fact::Typing { other, .. } => {
            key(*other == account, "direct_message_indicate_typing_events")
        }
        Fact::Related {
            kind, on, target, ..
        } => {
            let seen = *kind == RelationKind::Follow && *target == account;
            let apart = dialect.separate_undo_keys && !on;
            key(actor == account || seen, relation_key(*kind, apart))
        }
        Fact::Revoked { .. } => key(actor == account, "user_event"),
    }
}

fn relation_key(kind: RelationKind, undo: bool) -> &'static str {
    match (kind, undo) {
        (RelationKind::Follow, false) => "follow_events",
        (RelationKind::Follow, true) => "unfollow_events",
        (RelationKind::Mute, false) => "mute_events",
        (RelationKind::Mute, true) => "unmute_events",
        (RelationKind::Block, false) => "block_events",
        (RelationKind::Block, true) => "unblock_events",
    }
}

fn relation_type(kind: RelationKind, on: bool) -> &'static str {
    match (kind, on) {
        (RelationKind::Follow, true) => "follow",
        (RelationKind::Follow, false) => "unfollow",
        (RelationKind::Mute, true) => "mute",
        (RelationKind::Mute, false) => "unmute",
        (RelationKind::Block, true) => "block",
        (RelationKind::Block, false) => "unblock",
    }
}

/// By the account, naming it, or about a post of its own.
fn concerns(event: &Event, post: &Post, account: XId) -> bool {
    if post.author == account {
        return true;
    }
    if event
        .person(post.author)
        .is_some_and(|author| author.protected)
    {
        return false;
    }
    let named = post
        .entities
        .mentions
        .iter()
        .any(|mention| mention.id == account);
    named
        || post.reply_to_person == Some(account)
        || event.referenced.iter().any(|post| post.author == account)
}

/// The body in which the event alone reaches `account`.
pub fn body(event: &Event, account: XId, dialect: &Dialect) -> Option<Value> {
    let key = key(event, account, dialect)?;
    if let Fact::Revoked { person, app } = &event.fact {
        return Some(json!({"user_event": {"revoke": {
            "date_time": event.at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "target": {"app_id": app},
            "source": {"user_id": person},
        }}}));
    }
    let mut body = json!({"for_user_id": account, key: [item(event, account)]});
    match &event.fact {
        Fact::PostCreated { post } if post.author != account => {
            let blocked = event.blocked.contains(&account);
            match dialect.blocked_flag {
                BlockedFlag::Bool => put(&mut body, "user_has_blocked", blocked),
                BlockedFlag::String => put(&mut body, "user_has_blocked", blocked.to_string()),
                BlockedFlag::IsBlockedBy => put(&mut body, "is_blocked_by", blocked),
            }
        }
        Fact::MessageSent { .. } => {
            put(&mut body, "users", users(event));
            let app = json!({"id": APP_ID, "name": "X Web", "url": "https://x.com"});
            put(&mut body, "apps", json!({APP_ID: app}));
        }
        Fact::MessagesRead { .. } | Fact::Typing { .. } => put(&mut body, "users", users(event)),
        _ => {}
    }
    Some(body)
}

fn item(event: &Event, account: XId) -> Value {
    let person = |id: &XId| event.person(*id).map(|person| v1::user(person));
    match &event.fact {
        Fact::PostCreated { post } => v1::tweet(post, event, false),
        Fact::PostDeleted { id, author } => json!({
            "status": {"id": id, "user_id": author},
            "timestamp_ms": ms(event.at),
        }),
        Fact::Liked {
            id,
            person: liker,
            post,
        } => json!({
            "id": format!("{id:032x}"),
            "created_at": v1_time(event.at),
            "timestamp_ms": event.at.timestamp_millis(),
            "favorited_status": v1::tweet(post, event, false),
            "user": person(liker),
        }),
        Fact::MessageSent { message } => {
            let mut item = message_event(message);
            // X names the app only to the one who used it.
            if message.sender == account
                && let Some(create) = item.get_mut("message_create")
            {
                put(create, "source_app_id", APP_ID);
            }
            item
        }
        Fact::MessagesRead {
            reader,
            other,
            last,
        } => json!({
            "created_timestamp": ms(event.at),
            "sender_id": reader,
            "target": {"recipient_id": other},
            "last_read_event_id": last,
        }),
        Fact::Typing { person, other } => json!({
            "created_timestamp": ms(event.at),
            "sender_id": person,
            "target": {"recipient_id": other},
        }),
        Fact::Related {
            kind,
            on,
            source,
            target,
        } => json!({
            "type": relation_type(*kind, *on),
            "created_timestamp": ms(event.at),
            "source": person(source),
            "target": person(target),
        }),
        _ => Value::Null,
    }
}

fn users(event: &Event) -> Value {
    let users = event
        .people
        .iter()
        .map(|person| (person.id.to_string(), v1::message_user(person)));
    users.collect::<Map<_, _>>().into()
}

/// Puts the items and maps of `other` into `body`; false when they do not belong in one body.
pub fn merge(body: &mut Value, other: &Value) -> bool {
    let (Some(into), Some(from)) = (body.as_object_mut(), other.as_object()) else {
        return false;
    };
    let is_list = |value: &Value| value.is_array();
    let alike = into.len() == from.len()
        && into.values().any(is_list)
        && into
            .iter()
            .all(|(key, value)| match (value, from.get(key)) {
                (Value::Array(_), Some(Value::Array(_))) | (Value::Object(_), Some(_)) => true,
                (value, other) => Some(value) == other,
            });
    if !alike {
        return false;
    }
    for (key, value) in into.iter_mut() {
        match (value, from.get(key)) {
            (Value::Array(list), Some(Value::Array(more))) => list.extend(more.iter().cloned()),
            (Value::Object(map), Some(Value::Object(more))) => {
                map.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => {}
        }
    }
    true
}
