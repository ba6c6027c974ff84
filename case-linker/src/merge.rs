//! Merge of what was stored with what was seen: pure, and the same whatever arrives in whatever
//! order and however often. Each field is a join (a maximum, a minimum or a union), so the order
//! cannot matter; a deletion wins for ever.

use std::cmp::Ordering;

use schemas::records::{Content, Counts, Enriched, Entities, Item};
use serde::Serialize;
use sqlx::types::Json;

/// The item after `seen`. `stored` is what is known, or a new row of [`empty`].
pub fn merge(stored: &Item, seen: &Enriched) -> Item {
    let mut item = stored.clone();
    arrive(&mut item, seen);
    if let Some(content) = &seen.content {
        facts(&mut item, seen, content);
        text(&mut item, content);
    }
    if let Some(counts) = &seen.counts {
        count(&mut item, counts);
    }
    if let Some(deleted) = seen.deleted_at {
        item.deleted_at = Some(item.deleted_at.map_or(deleted, |known| known.min(deleted)));
    }
    if item.deleted_at.is_some() {
        erase(&mut item);
    }
    item
}

/// The row of an item that nothing is known about but its id.
pub fn empty(seen: &Enriched) -> Item {
    Item {
        org: seen.org.clone(),
        item_id: seen.item_id,
        kind: seen.kind,
        op: "upsert".to_owned(),
        x_id: seen.x_id.clone(),
        author_id: seen.author_id.clone(),
        person_id: seen.person_id.clone(),
        source: seen.source.clone(),
        received_at: seen.received_at,
        recorded_at: seen.received_at,
        backfill: seen.backfill,
        ..Item::default()
    }
}

/// Two rows of one item, found to be the same later (an edit whose history came late).
pub fn absorb(item: &mut Item, other: &Item) {
    if let Some(deleted) = other.deleted_at {
        item.deleted_at = Some(item.deleted_at.map_or(deleted, |known| known.min(deleted)));
        erase(item);
    }
    if other.counts_at > item.counts_at {
        (item.likes, item.reposts) = (other.likes, other.reposts);
        (item.replies, item.quotes) = (other.replies, other.quotes);
        item.counts_at = other.counts_at;
    }
}

/// Everything but the stamps that a repeated delivery may move without a change of meaning.
pub fn changed(before: &Item, after: &Item) -> bool {
    let still = Item {
        recorded_at: before.recorded_at,
        ..after.clone()
    };
    still != *before
}

fn arrive(item: &mut Item, seen: &Enriched) {
    if (seen.received_at, &seen.source) < (item.received_at, &item.source) {
        item.received_at = seen.received_at;
        item.source.clone_from(&seen.source);
    }
    if seen.fact == "item" {
        item.backfill &= seen.backfill;
        add(&mut item.sources, &seen.source);
        add(&mut item.accounts, &seen.account);
    }
    if item.author_id.is_empty() {
        item.author_id.clone_from(&seen.author_id);
    }
    if item.person_id.is_empty() {
        item.person_id.clone_from(&seen.person_id);
    }
}

fn facts(item: &mut Item, seen: &Enriched, content: &Content) {
    item.author_id.clone_from(&seen.author_id);
    item.person_id.clone_from(&seen.person_id);
    greater(&mut item.direction, Some(&content.direction), |d| {
        d == "outbound"
    });
    greater(&mut item.post_type, Some(&content.post_type), rank);
    join(&mut item.conversation_id, content.conversation_id.as_ref());
    join(&mut item.parent_x_id, content.parent_x_id.as_ref());
    join(&mut item.quoted_x_id, content.quoted_x_id.as_ref());
    join(&mut item.repost_of_x_id, content.repost_of_x_id.as_ref());
    join(
        &mut item.in_reply_to_x_id,
        content.in_reply_to_x_id.as_ref(),
    );
    join(&mut item.recipient_x_id, content.recipient_x_id.as_ref());
    item.posted_at = match (item.posted_at, seen.posted_at) {
        (Some(known), Some(new)) => Some(known.min(new)),
        (known, new) => known.or(new),
    };
    item.influence = item.influence.max(content.influence);
    for version in &content.version_ids {
        add(&mut item.version_ids, version);
    }
    item.version_ids.sort_by(|a, b| by_number(a, b));
    if let Some(author) = seen.profiles.iter().find(|p| p.x_id == seen.author_id) {
        join(&mut item.handle, author.handle.as_ref());
        join(&mut item.author_name, author.name.as_ref());
        item.followers_then = item.followers_then.max(author.followers);
    }
}

// The newest version wins; within a version the complete text, then the fuller parts.
fn text(item: &mut Item, content: &Content) {
    let known = item.version_id.as_deref().unwrap_or_default();
    let order = by_number(&content.version_id, known)
        .then(content.text_complete.cmp(&item.text_complete))
        .then_with(|| fuller(&content.text, &item.text));
    let entities = Json(Entities {
        urls: content.urls.clone(),
        mentions: content.mentions.clone(),
        tags: content.tags.clone(),
    });
    if order == Ordering::Greater {
        item.text.clone_from(&content.text);
        item.text_complete = content.text_complete;
        item.entities = entities;
        item.sentiment = content.sentiment.clone().map(Json);
        item.priority_terms = Json(content.priority_terms.clone());
    } else if order == Ordering::Equal {
        widen(&mut item.entities, entities);
        let sentiment = content.sentiment.clone().map(Json);
        widen(&mut item.sentiment, sentiment);
        widen(
            &mut item.priority_terms,
            Json(content.priority_terms.clone()),
        );
    }
    match by_number(&content.version_id, known) {
        Ordering::Greater => {
            item.version_id = Some(content.version_id.clone());
            item.media = Json(content.media.clone());
            item.lang.clone_from(&content.lang);
        }
        Ordering::Equal => {
            widen(&mut item.media, Json(content.media.clone()));
            join(&mut item.lang, content.lang.as_ref());
        }
        Ordering::Less => {}
    }
}

fn count(item: &mut Item, counts: &Counts) {
    let known = (
        item.counts_at,
        item.likes,
        item.reposts,
        item.replies,
        item.quotes,
    );
    let seen = (
        Some(counts.observed_at),
        counts.likes,
        counts.reposts,
        counts.replies,
        counts.quotes,
    );
    if seen > known {
        (
            item.counts_at,
            item.likes,
            item.reposts,
            item.replies,
            item.quotes,
        ) = seen;
    }
}

// Ids and facts stay; nothing that its author wrote or showed.
fn erase(item: &mut Item) {
    "erase".clone_into(&mut item.op);
    item.text.clear();
    item.text_complete = false;
    item.entities = Json::default();
    item.media = Json::default();
    item.lang = None;
    item.sentiment = None;
    item.priority_terms = Json::default();
    item.handle = None;
    item.author_name = None;
}

fn rank(post_type: &str) -> u8 {
    match post_type {
        "message" => 6,
        "repost" => 5,
        "reply" => 4,
        "quote" => 3,
        "mention" => 2,
        _ => 1,
    }
}

/// X ids by number: the longer text is the greater number.
pub fn by_number(a: &str, b: &str) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

fn fuller(a: &str, b: &str) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

fn add(set: &mut Vec<String>, value: &str) {
    if let Err(at) = set.binary_search_by(|known| known.as_str().cmp(value))
        && !value.is_empty()
    {
        set.insert(at, value.to_owned());
    }
}

// Known wins over unknown; of two that differ the greater: arbitrary, but the same in any order.
fn join(known: &mut Option<String>, seen: Option<&String>) {
    if seen > known.as_ref() {
        *known = seen.cloned();
    }
}

fn greater<K: Ord>(known: &mut Option<String>, seen: Option<&String>, key: impl Fn(&str) -> K) {
    let of = |value: Option<&String>| value.map(|v| (key(v), v.clone()));
    if of(seen) > of(known.as_ref()) {
        *known = seen.cloned();
    }
}

// Of two values the one that says more, by the length of its JSON and then by the JSON itself.
fn widen<T: Serialize + PartialEq>(known: &mut T, seen: T) {
    if *known == seen {
        return;
    }
    let size = |value: &T| {
        serde_json::to_string(value)
            .map(|t| (t.len(), t))
            .unwrap_or_default()
    };
    if size(&seen) > size(known) {
        *known = seen;
    }
}
