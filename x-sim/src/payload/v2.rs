//! Objects of X's API v2: posts, users, media.

use serde_json::{Map, Value, json};

use super::{
    Dialect,
    json::{number, put, v2_time},
};
use crate::world::{
    Entities, LinkKind, Media, MediaKind, Metrics, Person, Post, edits_left, excerpt,
};

pub(crate) fn post(post: &Post, dialect: &Dialect) -> Value {
    let names: [&str; 3] = if dialect.post_field_names {
        ["edit_history_post_ids", "referenced_posts", "note_post"]
    } else {
        ["edit_history_tweet_ids", "referenced_tweets", "note_tweet"]
    };
    let mut value = json!({
        "id": post.id,
        "author_id": post.author,
        "conversation_id": post.conversation,
        "created_at": v2_time(post.created_at),
        "display_text_range": [post.display_range.0, post.display_range.1],
        "lang": post.lang,
        "paid_partnership": false,
        "possibly_sensitive": false,
        "public_metrics": metrics(&post.metrics, dialect),
        "reply_settings": "everyone",
        "text": post.text,
        names[0]: post.history,
    });
    if post.reposted.is_none() {
        let mut controls = json!({
            "is_edit_eligible": true,
            "editable_until": v2_time(post.editable_until),
        });
        if let Some(map) = controls.as_object_mut() {
            number(map, "edits_remaining", edits_left(post), dialect);
        }
        put(&mut value, "edit_controls", controls);
    }
    let found = entities(&post.entities, &post.media, dialect);
    if post.is_note() {
        cut(post, &mut value, dialect);
        let note = json!({"text": post.text, "entities": found});
        put(&mut value, names[2], note);
    } else {
        put_entities(&mut value, found);
    }
    if let Some(person) = post.reply_to_person {
        put(&mut value, "in_reply_to_user_id", person.to_string());
    }
    if let Some(parent) = post.reply_to {
        put(&mut value, "in_reply_to_tweet_id", parent.to_string());
    }
    let references = [
        ("replied_to", post.reply_to),
        ("quoted", post.quoted),
        ("retweeted", post.reposted),
    ];
    let references: Vec<Value> = references
        .into_iter()
        .filter_map(|(kind, id)| Some(json!({"type": kind, "id": id?})))
        .collect();
    if !references.is_empty() {
        put(&mut value, names[1], references);
    }
    if !post.media.is_empty() {
        let keys: Vec<String> = post.media.iter().map(media_key).collect();
        put(&mut value, "attachments", json!({"media_keys": keys}));
    }
    value
}

/// A long post shows its beginning; the note beside it has the whole.
fn cut(post: &Post, value: &mut Value, dialect: &Dialect) {
    let (text, end) = excerpt(post, crate::world::NOTE_EXCERPT);
    put(value, "text", text);
    put(
        value,
        "display_text_range",
        json!([post.display_range.0, end]),
    );
    let mut near = post.entities.clone();
    near.mentions.retain(|mention| mention.end <= end);
    near.links.retain(|link| link.end <= end);
    near.hashtags.retain(|tag| tag.end <= end);
    near.cashtags.retain(|tag| tag.end <= end);
    put_entities(value, entities(&near, &post.media, dialect));
}

fn put_entities(post: &mut Value, entities: Value) {
    if entities.as_object().is_some_and(|map| !map.is_empty()) {
        put(post, "entities", entities);
    }
}

fn metrics(metrics: &Metrics, dialect: &Dialect) -> Value {
    counts(
        &[
            ("retweet_count", metrics.reposts),
            ("reply_count", metrics.replies),
            ("like_count", metrics.likes),
            ("quote_count", metrics.quotes),
            ("bookmark_count", metrics.bookmarks),
            ("impression_count", metrics.impressions),
        ],
        dialect,
    )
}

fn counts(counts: &[(&str, u64)], dialect: &Dialect) -> Value {
    let mut map = Map::new();
    for (key, count) in counts {
        number(&mut map, key, *count, dialect);
    }
    map.into()
}

pub(crate) fn entities(entities: &Entities, media: &[Media], dialect: &Dialect) -> Value {
    let span = |start: usize, end: usize, mut fields: Value| {
        if let Some(map) = fields.as_object_mut() {
            number(map, "start", start as u64, dialect);
            number(map, "end", end as u64, dialect);
        }
        fields
    };
    let mut groups: [(&str, Vec<Value>); 4] = [
        ("mentions", Vec::new()),
        ("urls", Vec::new()),
        ("hashtags", Vec::new()),
        ("cashtags", Vec::new()),
    ];
    for found in &entities.mentions {
        let fields = json!({"username": found.handle, "id": found.id});
        groups[0].1.push(span(found.start, found.end, fields));
    }
    for link in &entities.links {
        let mut fields = json!({
            "url": link.url, "expanded_url": link.expanded, "display_url": link.display,
        });
        if let (LinkKind::Media, Some(media)) = (link.kind, media.first()) {
            put(&mut fields, "media_key", media_key(media));
        }
        groups[1].1.push(span(link.start, link.end, fields));
    }
    for (group, tags) in [(2, &entities.hashtags), (3, &entities.cashtags)] {
        let tags = tags
            .iter()
            .map(|tag| span(tag.start, tag.end, json!({"tag": tag.tag})));
        groups[group].1.extend(tags);
    }
    let full = groups.into_iter().filter(|(_, list)| !list.is_empty());
    full.map(|(key, list)| (key.to_owned(), list.into()))
        .collect::<Map<_, _>>()
        .into()
}

pub(crate) fn media_key(media: &Media) -> String {
    format!("{}_{}", media.kind.names().1, media.id)
}

pub(crate) fn media(media: &Media) -> Value {
    let mut value = json!({
        "media_key": media_key(media),
        "type": media.kind.names().0,
        "width": media.width,
        "height": media.height,
    });
    match media.kind {
        MediaKind::Photo => put(&mut value, "url", media.url.as_str()),
        MediaKind::AnimatedGif | MediaKind::Video => {
            let variant = json!({"content_type": "video/mp4", "url": media.url});
            put(&mut value, "variants", json!([variant]));
            put(&mut value, "preview_image_url", media.url.as_str());
        }
    }
    if let Some(alt_text) = &media.alt_text {
        put(&mut value, "alt_text", alt_text.as_str());
    }
    value
}

/// A user; `recent` adds the field that only users beside posts carry.
pub(crate) fn user(person: &Person, recent: bool, dialect: &Dialect) -> Value {
    let link = crate::world::short_link(person.id, 0);
    let url = if person.url.is_empty() {
        ""
    } else {
        link.as_str()
    };
    let mut value = json!({
        "id": person.id,
        "username": person.handle,
        "name": person.name,
        "description": person.bio,
        "url": url,
        "created_at": v2_time(person.created_at),
        "profile_image_url": person.avatar_url,
        "profile_banner_url": person.banner_url,
        "protected": person.protected,
        "verified": person.verified,
        "verified_type": if person.verified { "blue" } else { "none" },
        "is_identity_verified": false,
        "public_metrics": counts(
            &[
                ("followers_count", person.followers),
                ("following_count", person.following),
                ("tweet_count", person.tweets),
                ("listed_count", person.listed),
                ("like_count", person.likes),
                ("media_count", person.media),
            ],
            dialect,
        ),
    });
    if !person.location.is_empty() {
        put(&mut value, "location", person.location.as_str());
    }
    if !person.url.is_empty() {
        let mut span = json!({
            "url": url, "expanded_url": person.url,
            "display_url": person.url.trim_start_matches("https://"),
        });
        if let Some(map) = span.as_object_mut() {
            number(map, "start", 0, dialect);
            number(map, "end", url.len() as u64, dialect);
        }
        put(&mut value, "entities", json!({"url": {"urls": [span]}}));
    }
    if let (true, Some(post)) = (recent, person.latest_post) {
        put(&mut value, "most_recent_tweet_id", post.to_string());
    }
    value
}
