//! Objects of API v1.1 that Account Activity bodies carry: tweets, users, entities.

use serde_json::{Value, json};

use super::json::{ms, put, v1_time};
use crate::{
    id::XId,
    world::{Entities, Event, LinkKind, Media, Person, Post, V1_EXCERPT, excerpt, short_link},
};

const SOURCE: &str = "<a href=\"https://mobile.x.com\" rel=\"nofollow\">X Web App</a>";

pub(super) fn tweet(post: &Post, event: &Event, nested: bool) -> Value {
    let rounded = |id: Option<XId>| id.map(XId::js_rounded);
    let reply_to = post.reply_to_person.and_then(|id| event.person(id));
    let mut value = json!({
        "created_at": v1_time(post.created_at),
        "id": post.id.js_rounded(),
        "id_str": post.id,
        "text": post.text,
        "source": SOURCE,
        "truncated": false,
        "in_reply_to_status_id": rounded(post.reply_to),
        "in_reply_to_status_id_str": post.reply_to,
        "in_reply_to_user_id": rounded(post.reply_to_person),
        "in_reply_to_user_id_str": post.reply_to_person,
        "in_reply_to_screen_name": reply_to.map(|person| person.handle.as_str()),
        "user": event.person(post.author).map(|person| user(person)),
        "geo": null,
        "coordinates": null,
        "place": null,
        "contributors": null,
        "is_quote_status": post.quoted.is_some(),
        "quote_count": post.metrics.quotes,
        "reply_count": post.metrics.replies,
        "retweet_count": post.metrics.reposts,
        "favorite_count": post.metrics.likes,
        "entities": entities(&post.entities, &post.media, post.media.len()),
        "favorited": false,
        "retweeted": false,
        "possibly_sensitive": false,
        "filter_level": "low",
        "lang": post.lang,
        "timestamp_ms": ms(post.created_at),
    });
    cut(post, &mut value);
    if !post.media.is_empty() && value["truncated"] == false {
        put(&mut value, "extended_entities", media_entities(post));
    }
    for (key, target) in [
        ("quoted_status", post.quoted),
        ("retweeted_status", post.reposted),
    ] {
        let Some(target) = target else { continue };
        if key == "quoted_status" {
            put(&mut value, "quoted_status_id", target.js_rounded());
            put(&mut value, "quoted_status_id_str", target.to_string());
        }
        let original = event.referenced.iter().find(|post| post.id == target);
        if let (false, Some(original)) = (nested, original) {
            put(&mut value, key, tweet(original, event, true));
        }
    }
    value
}

/// Texts above 140 characters are cut; the whole is in `extended_tweet`.
fn cut(post: &Post, value: &mut Value) {
    let length = post.text.chars().count();
    if length <= V1_EXCERPT || post.reposted.is_some() {
        return;
    }
    let (text, end) = excerpt(post, V1_EXCERPT);
    let start = end - 23;
    let link = json!({
        "url": short_link(post.id, usize::MAX),
        "expanded_url": format!("https://x.com/i/web/status/{}", post.id),
        "display_url": "x.com/i/web/status/1…",
        "indices": [start, end],
    });
    let mut extended = json!({
        "full_text": post.text,
        "display_text_range": [post.display_range.0, post.display_range.1],
        "entities": entities(&post.entities, &post.media, post.media.len()),
    });
    if !post.media.is_empty() {
        put(&mut extended, "extended_entities", media_entities(post));
    }
    let mut near = post.entities.clone();
    near.mentions.retain(|mention| mention.end < start);
    near.links
        .retain(|link| link.end < start && link.kind != LinkKind::Media);
    near.hashtags.retain(|tag| tag.end < start);
    near.cashtags.retain(|tag| tag.end < start);
    let mut near = entities(&near, &[], 0);
    if let Some(urls) = near.get_mut("urls").and_then(Value::as_array_mut) {
        urls.push(link);
    }
    put(value, "text", text);
    put(value, "truncated", true);
    put(value, "display_text_range", json!([0, end]));
    put(value, "extended_tweet", extended);
    put(value, "entities", near);
}

fn media_entities(post: &Post) -> Value {
    let link = post
        .entities
        .links
        .iter()
        .find(|link| link.kind == LinkKind::Media);
    let media = post
        .media
        .iter()
        .zip(link)
        .map(|(media, link)| self::media(media, link));
    json!({"media": media.collect::<Vec<Value>>()})
}

/// `photos` says how many of the media belong among the entities.
pub(super) fn entities(entities: &Entities, media: &[Media], photos: usize) -> Value {
    let mentions = entities.mentions.iter().map(|found| {
        json!({
            "screen_name": found.handle, "name": found.name,
            "id": found.id.js_rounded(), "id_str": found.id,
            "indices": [found.start, found.end],
        })
    });
    let urls = entities
        .links
        .iter()
        .filter(|link| link.kind != LinkKind::Media)
        .map(|link| {
            json!({
                "url": link.url, "expanded_url": link.expanded, "display_url": link.display,
                "indices": [link.start, link.end],
            })
        });
    let tags = |tags: &[crate::world::Tag]| -> Vec<Value> {
        tags.iter()
            .map(|tag| json!({"text": tag.tag, "indices": [tag.start, tag.end]}))
            .collect()
    };
    let mut value = json!({
        "hashtags": tags(&entities.hashtags),
        "urls": urls.collect::<Vec<Value>>(),
        "user_mentions": mentions.collect::<Vec<Value>>(),
        "symbols": tags(&entities.cashtags),
    });
    let link = entities
        .links
        .iter()
        .find(|link| link.kind == LinkKind::Media);
    let shown = media.iter().take(photos).zip(link);
    let shown: Vec<Value> = shown
        .map(|(media, link)| self::media(media, link))
        .collect();
    if !shown.is_empty() {
        put(&mut value, "media", shown);
    }
    value
}

/// A photo, of a post or attached to a message.
pub(super) fn media(media: &Media, link: &crate::world::Link) -> Value {
    let size = |w: u32, resize: &str| {
        let h = if resize == "crop" {
            w
        } else {
            w * media.height / media.width.max(1)
        };
        json!({"w": w, "h": h, "resize": resize})
    };
    json!({
        "id": media.id.js_rounded(),
        "id_str": media.id,
        "indices": [link.start, link.end],
        "media_url": media.url.replacen("https://pbs", "http://pbs", 1),
        "media_url_https": media.url,
        "url": link.url,
        "display_url": link.display,
        "expanded_url": link.expanded,
        "type": media.kind.names().0,
        "sizes": {
            "thumb": size(150, "crop"),
            "small": size(680, "fit"),
            "medium": size(media.width.min(1_200), "fit"),
            "large": size(media.width.min(2_048), "fit"),
        },
    })
}

/// The user of a tweet, a like or a relation.
pub(super) fn user(person: &Person) -> Value {
    let url = (!person.url.is_empty()).then(|| short_link(person.id, 0));
    let mut value = json!({
        "id": person.id.js_rounded(),
        "id_str": person.id,
        "name": person.name,
        "screen_name": person.handle,
        "location": text(&person.location),
        "url": url,
        "description": text(&person.bio),
        "translator_type": "none",
        "protected": person.protected,
        "verified": person.verified,
        "followers_count": person.followers,
        "friends_count": person.following,
        "listed_count": person.listed,
        "favourites_count": person.likes,
        "statuses_count": person.tweets,
        "created_at": v1_time(person.created_at),
        "utc_offset": null,
        "time_zone": null,
        "geo_enabled": false,
        "lang": null,
        "contributors_enabled": false,
        "is_translator": false,
        "profile_image_url": person.avatar_url.replacen("https", "http", 1),
        "profile_image_url_https": person.avatar_url,
        "default_profile": false,
        "default_profile_image": false,
        "following": null,
        "follow_request_sent": null,
        "notifications": null,
    });
    for (key, fixed) in [
        ("profile_background_color", "FFFFFF"),
        ("profile_background_image_url", ""),
        ("profile_background_image_url_https", ""),
        ("profile_link_color", "0084B4"),
        ("profile_sidebar_border_color", "FFFFFF"),
        ("profile_sidebar_fill_color", "DDEEF6"),
        ("profile_text_color", "333333"),
        ("profile_banner_url", person.banner_url.as_str()),
    ] {
        put(&mut value, key, fixed);
    }
    put(&mut value, "profile_background_tile", false);
    put(&mut value, "profile_use_background_image", true);
    value
}

/// The flat user of the `users` map of message bodies.
pub(super) fn message_user(person: &Person) -> Value {
    let mut value = json!({
        "id": person.id,
        "created_timestamp": ms(person.created_at),
        "name": person.name,
        "screen_name": person.handle,
        "protected": person.protected,
        "verified": person.verified,
        "followers_count": person.followers,
        "friends_count": person.following,
        "statuses_count": person.tweets,
        "profile_image_url_https": person.avatar_url,
    });
    let optional = [
        ("location", &person.location),
        ("description", &person.bio),
        ("url", &person.url),
    ];
    for (key, field) in optional {
        if !field.is_empty() {
            put(&mut value, key, field.as_str());
        }
    }
    value
}

fn text(field: &str) -> Option<&str> {
    (!field.is_empty()).then_some(field)
}
