//! Every event of X by name, and what becomes of it.

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A post, or something public about one.
    Post,
    /// A post of anybody who is watched: the account need not be ours.
    PublicPost,
    /// A public change of a profile.
    Profile,
    /// A private message.
    Message,
    /// Somebody likes a post: about a public post, itself private.
    Like,
    /// Somebody took back what he allowed us.
    Revoked,
    /// Nothing that customer care needs: counted by this name, not stored.
    Skipped(&'static str),
    /// Nobody told us of this one: quarantined.
    Unknown,
}

use Fate::{Like, Message, Post, Profile, PublicPost, Revoked, Skipped, Unknown};

/// X Activity events whose name before the first dot says enough.
const SKIPPED_FAMILIES: [&str; 7] = [
    "follow",
    "mute",
    "block",
    "chat",
    "spaces",
    "broadcast",
    "news",
];

/// Fate of an event of the X Activity API.
pub fn xaa(event: &str) -> Fate {
    match event {
        "post.create" | "post.delete" => PublicPost,
        "post.mention.create"
        | "post.reply.create"
        | "post.quote.create"
        | "post.repost.create" => Post,
        "dm.received" | "dm.sent" => Message,
        "dm.read" => Skipped("read"),
        "dm.indicate_typing" => Skipped("typing"),
        "like.create" => Like,
        "oauth.revoke" => Revoked,
        _ if event.starts_with("profile.update.") => Profile,
        _ => {
            let family = event.split('.').next();
            let skipped = SKIPPED_FAMILIES
                .into_iter()
                .find(|name| Some(*name) == family);
            skipped.map_or(Unknown, Skipped)
        }
    }
}

/// Fate of a key of an Account Activity body; `None` for what is not an event.
pub fn aaa(key: &str) -> Option<Fate> {
    Some(match key {
        "tweet_create_events" | "tweet_delete_events" => Post,
        "direct_message_events" => Message,
        "favorite_events" => Like,
        "user_event" => Revoked,
        "direct_message_indicate_typing_events" => Skipped("typing"),
        "direct_message_mark_read_events" => Skipped("read"),
        "follow_events" | "unfollow_events" => Skipped("follow"),
        "mute_events" | "unmute_events" => Skipped("mute"),
        "block_events" | "unblock_events" => Skipped("block"),
        "replay_job_status" => Skipped("replay-status"),
        _ if key.ends_with("_events") || key.ends_with("_event") => Unknown,
        _ => return None,
    })
}
