//! The X Activity API envelope: one event a body, written for one subscription.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    Dialect,
    json::{ms, put, v2_time},
    v1, v2,
};
use crate::{
    id::XId,
    world::{Event, Fact, LinkKind, Message, Person, Post, RelationKind},
};

/// The subscriptions of `account` that the event fires.
pub fn kinds(event: &Event, account: XId) -> Vec<&'static str> {
    let actor = event.fact.actor();
    let one = |kind: Option<&'static str>| kind.into_iter().collect();
    match &event.fact {
        Fact::PersonAdded { .. } | Fact::Quiet { .. } => Vec::new(),
        // Nothing published says how messages of groups are told of.
        Fact::MessageSent { message } if message.group.is_some() => Vec::new(),
        Fact::PostCreated { post } => post_kinds(event, post, account),
        Fact::PostDeleted { .. } => one((actor == account).then_some("post.delete")),
        Fact::Liked { post, .. } => {
            one((actor == account || post.author == account).then_some("like.create"))
        }
        Fact::MessageSent { message } => one(ends(
            account,
            actor,
            message.recipient,
            ["dm.sent", "dm.received"],
        )),
        Fact::MessagesRead { other, .. } => one((*other == account).then_some("dm.read")),
        Fact::Typing { other, .. } => one((*other == account).then_some("dm.indicate_typing")),
        Fact::ChatSent { recipient, .. } => one(ends(
            account,
            actor,
            *recipient,
            ["chat.sent", "chat.received"],
        )),
        Fact::Related {
            kind, on, target, ..
        } => {
            let seen = *kind == RelationKind::Follow && *target == account;
            one((actor == account || seen).then_some(relation_kind(*kind, *on)))
        }
        Fact::ProfileChanged { field, .. } => {
            one((actor == account).then(|| profile_kind(field)).flatten())
        }
        Fact::Revoked { .. } => one((actor == account).then_some("oauth.revoke")),
    }
}

/// The public subscriptions that the event fires for whoever did it.
pub fn public_kinds(event: &Event) -> Vec<&'static str> {
    match &event.fact {
        Fact::PostDeleted { .. } | Fact::ProfileChanged { .. } => kinds(event, event.fact.actor()),
        _ => Vec::new(),
    }
}

fn post_kinds(event: &Event, post: &Post, account: XId) -> Vec<&'static str> {
    if event
        .person(post.author)
        .is_some_and(|author| author.protected)
    {
        return Vec::new();
    }
    if post.author == account {
        return vec!["post.create"];
    }
    let author_of = |id: Option<XId>| {
        let target = event.referenced.iter().find(|post| Some(post.id) == id);
        target.map(|post| post.author)
    };
    let fired = [
        (
            "post.repost.create",
            author_of(post.reposted) == Some(account),
        ),
        ("post.quote.create", author_of(post.quoted) == Some(account)),
        (
            "post.reply.create",
            post.reply_to.is_some() && post.reply_to_person == Some(account),
        ),
        (
            "post.mention.create",
            post.reposted.is_none() && post.mentions(account),
        ),
    ];
    fired
        .into_iter()
        .filter_map(|(kind, fires)| fires.then_some(kind))
        .collect()
}

fn ends(account: XId, from: XId, to: XId, kinds: [&'static str; 2]) -> Option<&'static str> {
    if account == from {
        Some(kinds[0])
    } else {
        (account == to).then_some(kinds[1])
    }
}

fn relation_kind(kind: RelationKind, on: bool) -> &'static str {
    match (kind, on) {
        (RelationKind::Follow, true) => "follow.follow",
        (RelationKind::Follow, false) => "follow.unfollow",
        (RelationKind::Mute, true) => "mute.mute",
        (RelationKind::Mute, false) => "mute.unmute",
        (RelationKind::Block, true) => "block.block",
        (RelationKind::Block, false) => "block.unblock",
    }
}

fn profile_kind(field: &str) -> Option<&'static str> {
    Some(match field {
        "bio" => "profile.update.bio",
        "profile_picture" => "profile.update.profile_picture",
        "banner_picture" => "profile.update.banner_picture",
        "screenname" => "profile.update.screenname",
        "handle" => "profile.update.handle",
        "geo" => "profile.update.geo",
        "url" => "profile.update.url",
        "verified_badge" => "profile.update.verified_badge",
        _ => return None,
    })
}

/// The body for the subscription of `account` to `kind`.
pub fn body(event: &Event, kind: &str, account: XId, dialect: &Dialect) -> Value {
    let filter = filter(event, kind, account, dialect);
    let tag = (dialect.tags && kind != "oauth.revoke").then(|| kind.replace('.', "-"));
    body_for(event, kind, account, &filter, tag, dialect)
}

/// The body for a subscription that was made with this filter and tag.
pub(crate) fn body_for(
    event: &Event,
    kind: &str,
    account: XId,
    filter: &Value,
    tag: Option<String>,
    dialect: &Dialect,
) -> Value {
    let mut data = json!({
        "event_uuid": uuid(event, kind),
        "event_type": shown_kind(kind, dialect),
        "filter": filter,
        "payload": payload(event, dialect),
    });
    if let Some(tag) = tag {
        put(&mut data, "tag", tag);
    }
    if let Some(includes) = includes(event, account, dialect) {
        put(&mut data, "includes", includes);
    }
    if dialect.data_array {
        json!({"data": [data]})
    } else {
        json!({"data": data})
    }
}

/// The body of a post event, for loaders that know what kind it is.
pub fn post_event(event: &Event, kind: &str, account: XId, dialect: &Dialect) -> Option<Value> {
    let is_post = matches!(event.fact, Fact::PostCreated { .. }) && kind.starts_with("post.");
    is_post.then(|| body(event, kind, account, dialect))
}

/// Of a post it is the post's id, the same for every account that it reaches.
fn uuid(event: &Event, kind: &str) -> String {
    match kind {
        "post.create" | "post.mention.create" => event.fact.subject().to_string(),
        _ => event.uuid.to_string(),
    }
}

fn shown_kind<'k>(kind: &'k str, dialect: &Dialect) -> &'k str {
    match kind {
        "profile.update.handle" if dialect.screenname_is_handle => "profile.update.screenname",
        other => other,
    }
}

fn filter(event: &Event, kind: &str, account: XId, dialect: &Dialect) -> Value {
    let mut filter = json!({});
    if kind != "oauth.revoke" {
        put(&mut filter, "user_id", account.to_string());
    }
    if kind == "like.create" {
        let outbound = event.fact.actor() == account;
        let direction = match (outbound, dialect.direction_received_sent) {
            (true, false) => "outbound",
            (false, false) => "inbound",
            (true, true) => "sent",
            (false, true) => "received",
        };
        put(&mut filter, "direction", direction);
    }
    filter
}

fn payload(event: &Event, dialect: &Dialect) -> Value {
    let author_key = if dialect.like_tweet_author_id {
        "tweet_author_id"
    } else {
        "liked_tweet_author_id"
    };
    match &event.fact {
        Fact::PersonAdded { .. } | Fact::Quiet { .. } => json!({}),
        Fact::PostCreated { post } => v2::post(post, dialect),
        Fact::PostDeleted { id, author } => json!({"id": id, "author_id": author}),
        Fact::Liked { id, post, .. } => json!({
            "id": format!("{id:032x}"),
            "created_at": v2_time(event.at),
            "timestamp_ms": ms(event.at),
            author_key: post.author,
            "liked_tweet_id": post.id,
        }),
        Fact::MessageSent { message } => json!({
            "direct_message_events": [message_event(message)],
            "users": users_map(event, dialect),
        }),
        Fact::MessagesRead {
            reader,
            other,
            last,
        } => json!({
            "direct_message_mark_read_events": [{
                "created_timestamp": ms(event.at),
                "sender_id": reader,
                "target": {"recipient_id": other},
                "last_read_event_id": last,
            }],
            "users": users_map(event, dialect),
        }),
        Fact::Typing { person, other } => json!({
            "direct_message_indicate_typing_events": [{
                "created_timestamp": ms(event.at),
                "sender_id": person,
                "target": {"recipient_id": other},
            }],
            "users": users_map(event, dialect),
        }),
        Fact::ChatSent {
            sender,
            recipient,
            id,
        } => chat(event, *sender, *recipient, *id),
        Fact::Related { source, target, .. } => {
            let wrapped = |id: &XId| {
                event
                    .person(*id)
                    .map(|person| json!({"data": v2::user(person, false, dialect)}))
            };
            json!({"source": wrapped(source), "target": wrapped(target)})
        }
        Fact::ProfileChanged { before, after, .. } => json!({"before": before, "after": after}),
        Fact::Revoked { person, app } => json!({
            "date_time": event.at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "user_id": person,
            "app_id": app,
        }),
    }
}

/// The same in both envelopes.
pub(super) fn message_event(message: &Message) -> Value {
    let mut data = json!({
        "text": message.text,
        "entities": v1::entities(&message.entities, &[], 0),
    });
    let link = message
        .entities
        .links
        .iter()
        .find(|link| link.kind == LinkKind::Media);
    if let (Some(photo), Some(link)) = (&message.photo, link) {
        if let Some(urls) = data["entities"]["urls"].as_array_mut() {
            urls.push(json!({
                "url": link.url, "expanded_url": link.expanded, "display_url": link.display,
                "indices": [link.start, link.end],
            }));
        }
        put(
            &mut data,
            "attachment",
            json!({"type": "media", "media": v1::media(photo, link)}),
        );
    }
    json!({
        "type": "message_create",
        "id": message.id,
        "created_timestamp": ms(message.created_at),
        "message_create": {
            "target": {"recipient_id": message.recipient},
            "sender_id": message.sender,
            "message_data": data,
        },
    })
}

fn users_map(event: &Event, dialect: &Dialect) -> Value {
    let users = event.people.iter().map(|person| {
        (
            person.id.to_string(),
            json!({"data": v2::user(person, false, dialect)}),
        )
    });
    users.collect::<Map<_, _>>().into()
}

/// Only its two ends could read it; here nobody can.
fn chat(event: &Event, sender: XId, recipient: XId, id: XId) -> Value {
    let opaque = |part: &str| crate::sign::sign(part, id.to_string().as_bytes()).split_off(7);
    json!({
        "id": format!("{:08x}-0000-4000-8000-{:012x}", id.0 >> 32, id.0 & 0xFFFF_FFFF_FFFF),
        "conversation_id": format!("{}:{}", sender.max(recipient), sender.min(recipient)),
        "conversation_token": opaque("token"),
        "conversation_key_version": "1768236281331",
        "conversation_key_change_event": opaque("change"),
        "created_at_msec": ms(event.at),
        "sender_id": sender,
        "encoded_event": opaque("event"),
        "message_event_signature": {
            "public_key_version": "1765382634817",
            "signature": opaque("signature"),
            "signature_version": "7",
            "signing_public_key": opaque("key"),
        },
    })
}

fn includes(event: &Event, account: XId, dialect: &Dialect) -> Option<Value> {
    let (post, wrapped) = match &event.fact {
        Fact::PostCreated { post } | Fact::Liked { post, .. } => {
            (Some(post), dialect.wrapped_users)
        }
        Fact::PostDeleted { .. } => (None, true),
        _ => return None,
    };
    let left_out = event.uuid.rem_euclid(100) < i64::from(dialect.empty_includes_percent);
    if post.is_some() && left_out {
        return Some(json!({}));
    }
    let user = |person: &Arc<Person>| {
        let user = v2::user(person, !wrapped, dialect);
        if wrapped { json!({"data": user}) } else { user }
    };
    let liked = matches!(event.fact, Fact::Liked { .. });
    // A like of one's own includes the liked post's author alone.
    let people = event
        .people
        .iter()
        .filter(|person| !liked || person.id != account);
    let mut includes = json!({"users": people.map(user).collect::<Vec<Value>>()});
    if let Some(post) = post {
        let posts = std::iter::once(post).chain(&event.referenced);
        let posts: Vec<Value> = posts.map(|post| v2::post(post, dialect)).collect();
        put(&mut includes, "tweets", posts);
        if !post.media.is_empty() {
            let media: Vec<Value> = post.media.iter().map(v2::media).collect();
            put(&mut includes, "media", media);
        }
    }
    Some(includes)
}
