//! Merge of what was stored with what was seen: pure, and the same whatever arrives in whatever
//! order and however often. A fact is turned into the row that it alone would make, and two rows
//! are joined field by field, each field by a maximum, a minimum or a union; so the order cannot
//! matter. A deletion wins for ever.

use std::cmp::Ordering;
use std::mem::take;

use chrono::{DateTime, Utc};
use schemas::records::{Content, Enriched, Entities, Item};
use serde::Serialize;
use sqlx::types::Json;

/// Takes one fact into the row of its item.
pub fn merge(item: &mut Item, seen: &Enriched) {
    join(item, sighting(seen));
}

/// The row that this fact alone makes.
pub fn sighting(seen: &Enriched) -> Item {
    let whole = seen.fact == "item";
    let set = |value: &String| {
        let of = (whole && !value.is_empty()).then(|| value.clone());
        of.into_iter().collect()
    };
    let mut item = Item {
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
        // A count or a deletion says nothing about how the item itself came.
        backfill: seen.backfill || !whole,
        sources: set(&seen.source),
        accounts: set(&seen.account),
        deleted_at: seen.deleted_at,
        ..Item::default()
    };
    if let Some(content) = &seen.content {
        item.posted_at = seen.posted_at;
        write(&mut item, seen, content);
    }
    if let Some(counts) = &seen.counts {
        item.counts_at = Some(counts.observed_at);
        (item.likes, item.reposts) = (counts.likes, counts.reposts);
        (item.replies, item.quotes) = (counts.replies, counts.quotes);
    }
    if item.deleted_at.is_some() {
        erase(&mut item);
    }
    item
}

fn write(item: &mut Item, seen: &Enriched, content: &Content) {
    item.version_id = Some(content.version_id.clone());
    for version in &content.version_ids {
        add_version(&mut item.version_ids, version);
    }
    item.direction = Some(content.direction.clone());
    item.post_type = Some(content.post_type.clone());
    item.conversation_id.clone_from(&content.conversation_id);
    item.parent_x_id.clone_from(&content.parent_x_id);
    item.quoted_x_id.clone_from(&content.quoted_x_id);
    item.repost_of_x_id.clone_from(&content.repost_of_x_id);
    item.in_reply_to_x_id.clone_from(&content.in_reply_to_x_id);
    item.recipient_x_id.clone_from(&content.recipient_x_id);
    item.text.clone_from(&content.text);
    item.text_complete = content.text_complete;
    item.entities = Json(Entities {
        urls: content.urls.clone(),
        mentions: content.mentions.clone(),
        tags: content.tags.clone(),
    });
    item.media = Json(content.media.clone());
    item.lang.clone_from(&content.lang);
    item.sentiment = content.sentiment.clone().map(Json);
    item.influence = content.influence;
    item.priority_terms = Json(content.priority_terms.clone());
    if let Some(author) = seen.profiles.iter().find(|p| p.x_id == seen.author_id) {
        item.handle.clone_from(&author.handle);
        item.author_name.clone_from(&author.name);
        item.followers_then = author.followers;
    }
}

/// Joins another row of the same item into this one: a sighting, or a row under a later version
/// that is found to be the same post. Links, work columns and revision are not content and stay.
pub fn join(item: &mut Item, mut other: Item) {
    arrive(item, &mut other);
    whose(item, &mut other);
    text(item, &mut other);
    facts(item, &mut other);
    count(item, &other);
    item.deleted_at = earlier(item.deleted_at, other.deleted_at);
    if item.deleted_at.is_some() {
        erase(item);
    }
}

/// Deleted here, as X would: for ever.
pub fn delete(item: &mut Item, at: DateTime<Utc>) {
    item.deleted_at = earlier(item.deleted_at, Some(at));
    erase(item);
}

/// The last revision of a row that went into another one: ids only.
pub fn withdraw(item: &mut Item) {
    erase(item);
    "withdraw".clone_into(&mut item.op);
    item.case_id = None;
}

fn arrive(item: &mut Item, other: &mut Item) {
    if by_number(&other.x_id, &item.x_id) == Ordering::Less {
        item.x_id = take(&mut other.x_id);
    }
    if (other.received_at, &other.source) < (item.received_at, &item.source) {
        item.received_at = other.received_at;
        item.source = take(&mut other.source);
    }
    item.backfill &= other.backfill;
    for source in take(&mut other.sources) {
        add(&mut item.sources, source);
    }
    for account in take(&mut other.accounts) {
        add(&mut item.accounts, account);
    }
}

// What the item itself says of its people wins over what a later fact about it says.
fn whose(item: &mut Item, other: &mut Item) {
    let (known, seen) = (item.direction.is_some(), other.direction.is_some());
    for (mine, theirs) in [
        (&mut item.author_id, &mut other.author_id),
        (&mut item.person_id, &mut other.person_id),
    ] {
        if (!theirs.is_empty(), seen, &*theirs) > (!mine.is_empty(), known, &*mine) {
            *mine = take(theirs);
        }
    }
}

fn facts(item: &mut Item, other: &mut Item) {
    let direction = |d: &str| d == "outbound";
    greater_by(&mut item.direction, other.direction.take(), direction);
    greater_by(&mut item.post_type, other.post_type.take(), rank);
    greater(&mut item.conversation_id, other.conversation_id.take());
    greater(&mut item.parent_x_id, other.parent_x_id.take());
    greater(&mut item.quoted_x_id, other.quoted_x_id.take());
    greater(&mut item.repost_of_x_id, other.repost_of_x_id.take());
    greater(&mut item.in_reply_to_x_id, other.in_reply_to_x_id.take());
    greater(&mut item.recipient_x_id, other.recipient_x_id.take());
    greater(&mut item.handle, other.handle.take());
    greater(&mut item.author_name, other.author_name.take());
    greater(&mut item.followers_then, other.followers_then);
    item.posted_at = earlier(item.posted_at, other.posted_at);
    item.influence = item.influence.max(other.influence);
    for version in &other.version_ids {
        add_version(&mut item.version_ids, version);
    }
}

// The newest version wins; within a version the complete text, then the longer one, each with
// what was read from it.
fn text(item: &mut Item, other: &mut Item) {
    let version = by_number(
        other.version_id.as_deref().unwrap_or_default(),
        item.version_id.as_deref().unwrap_or_default(),
    );
    let order = version
        .then(other.text_complete.cmp(&item.text_complete))
        .then_with(|| by_number(&other.text, &item.text));
    match order {
        Ordering::Greater => {
            item.text = take(&mut other.text);
            item.text_complete = other.text_complete;
            item.entities = take(&mut other.entities);
            item.lang = other.lang.take();
            item.sentiment = other.sentiment.take();
            item.priority_terms = take(&mut other.priority_terms);
        }
        Ordering::Equal => {
            widen(&mut item.entities, take(&mut other.entities));
            greater(&mut item.lang, other.lang.take());
            widen(&mut item.sentiment, other.sentiment.take());
            widen(&mut item.priority_terms, take(&mut other.priority_terms));
        }
        Ordering::Less => {}
    }
    match version {
        Ordering::Greater => {
            item.version_id = other.version_id.take();
            item.media = take(&mut other.media);
        }
        Ordering::Equal => widen(&mut item.media, take(&mut other.media)),
        Ordering::Less => {}
    }
}

fn count(item: &mut Item, other: &Item) {
    let key = |i: &Item| (i.counts_at, i.likes, i.reposts, i.replies, i.quotes);
    if key(other) > key(item) {
        item.counts_at = other.counts_at;
        (item.likes, item.reposts) = (other.likes, other.reposts);
        (item.replies, item.quotes) = (other.replies, other.quotes);
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

fn add(set: &mut Vec<String>, value: String) {
    if let Err(at) = set.binary_search(&value) {
        set.insert(at, value);
    }
}

fn add_version(versions: &mut Vec<String>, version: &str) {
    if let Err(at) = versions.binary_search_by(|known| by_number(known, version)) {
        versions.insert(at, version.to_owned());
    }
}

fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

// Known wins over unknown; of two that differ the greater: arbitrary, but the same in any order.
fn greater<T: Ord>(known: &mut Option<T>, seen: Option<T>) {
    if seen > *known {
        *known = seen;
    }
}

fn greater_by<K: Ord>(
    known: &mut Option<String>,
    seen: Option<String>,
    key: impl Fn(&str) -> K + Copy,
) {
    fn of<K>(value: Option<&String>, key: impl Fn(&str) -> K) -> Option<(K, &String)> {
        value.map(|v| (key(v), v))
    }
    if of(seen.as_ref(), key) > of(known.as_ref(), key) {
        *known = seen;
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
