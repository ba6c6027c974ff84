//! From the name of an event to who reads it, or to why nobody does.

use schemas::records::{Enriched, Received};

use crate::reasons::{
    BLOCK, BROADCAST, CHAT_ENCRYPTED, FOLLOW, MUTE, NEWS, OAUTH_REVOKE, READ_RECEIPT,
    REPLAY_STATUS, Refusal, SPACES, TYPING, UNKNOWN_ENVELOPE, UNKNOWN_EVENT,
};
use crate::sentiment::{SentimentModel, Vader};
use crate::{aaa, json, profile, rest, xaa};

/// The facts of a record, or why there are none. Sentiment by VADER.
pub fn enrich(received: &Received) -> Result<Vec<Enriched>, Refusal> {
    enrich_with(received, Vader::shared())
}

/// The same with another model of sentiment.
pub fn enrich_with(
    received: &Received,
    model: &dyn SentimentModel,
) -> Result<Vec<Enriched>, Refusal> {
    let (envelope, event) = (received.envelope.as_str(), received.event.as_str());
    if let Some(reason) = ignored(envelope, event) {
        return Err(Refusal::Skip(reason));
    }
    let json = &*json::clean(&received.payload);
    match (envelope, event) {
        (
            "xaa",
            "post.create"
            | "post.mention.create"
            | "post.reply.create"
            | "post.quote.create"
            | "post.repost.create",
        ) => xaa::post(received, json, model),
        ("xaa", "post.delete") => xaa::deletion(received, json),
        ("xaa", "dm.received" | "dm.sent") => xaa::messages(received, json, model),
        ("xaa", "like.create") => xaa::like(received, json),
        ("xaa", _) if event.starts_with("profile.update.") => {
            profile::update(received, json, &event["profile.update.".len()..])
        }
        ("aaa", "tweet_create_events") => aaa::post(received, json, model),
        ("aaa", "favorite_events") => aaa::favorite(received, json),
        ("aaa", "direct_message_events") => aaa::message(received, json, model),
        ("aaa", "tweet_delete_events") => aaa::deletion(received, json),
        ("v2", "tweet" | "post") => rest::posts(received, json, model),
        ("v2", "user") => rest::users(received, json),
        ("v2", "dm_event") => rest::messages(received, json, model),
        ("xaa" | "aaa" | "v2", _) => Err(Refusal::dead(UNKNOWN_EVENT, named(event))),
        _ => Err(Refusal::dead(UNKNOWN_ENVELOPE, named(envelope))),
    }
}

/// Events that concern no item and no profile.
fn ignored(envelope: &str, event: &str) -> Option<&'static str> {
    if envelope == "aaa" {
        return Some(match event {
            "follow_events" | "unfollow_events" => FOLLOW,
            "mute_events" | "unmute_events" => MUTE,
            "block_events" | "unblock_events" => BLOCK,
            "direct_message_indicate_typing_events" => TYPING,
            "direct_message_mark_read_events" => READ_RECEIPT,
            "user_event" => OAUTH_REVOKE,
            "replay_job_status" => REPLAY_STATUS,
            _ => return None,
        });
    }
    if envelope != "xaa" {
        return None;
    }
    Some(match event.split_once('.')? {
        ("follow", _) => FOLLOW,
        ("mute", _) => MUTE,
        ("block", _) => BLOCK,
        ("chat", _) => CHAT_ENCRYPTED,
        ("spaces", _) => SPACES,
        ("broadcast", _) => BROADCAST,
        ("news", _) => NEWS,
        ("oauth", "revoke") => OAUTH_REVOKE,
        ("dm", "read") => READ_RECEIPT,
        ("dm", "indicate_typing") => TYPING,
        _ => return None,
    })
}

/// A name as it may stand in a log: X's names have these characters, texts of people do not stay
/// readable.
fn named(name: &str) -> String {
    let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.chars().take(64).filter(legal).collect()
}
