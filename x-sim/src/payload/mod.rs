//! Events as X puts them on the wire, in both envelopes, with the traps that X's payloads have.

pub mod aaa;
mod json;
mod v1;
mod v2;
pub mod xaa;

use serde::{Deserialize, Serialize};

pub use json::to_bytes;

/// Which side of each published disagreement to take. Defaults are what live payloads show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// `data` as an array of one.
    pub data_array: bool,
    /// Users of `includes` wrapped in `{"data":{…}}` everywhere, not only where X does it.
    pub wrapped_users: bool,
    /// Post events with an empty `includes`, in percent.
    pub empty_includes_percent: u8,
    /// `*_str` beside each integer.
    pub str_twins: bool,
    /// Objects in an order of fields that changes from event to event.
    pub shuffle_fields: bool,
    pub tags: bool,
    /// `tweet_author_id` in like.create, as the spec says.
    pub like_tweet_author_id: bool,
    /// `received` and `sent` for the direction of likes.
    pub direction_received_sent: bool,
    /// `edit_history_post_ids`, `referenced_posts`, `note_post`.
    pub post_field_names: bool,
    /// `profile.update.screenname` is about the handle, not the display name.
    pub screenname_is_handle: bool,
    pub blocked_flag: BlockedFlag,
    /// `unfollow_events`, `unblock_events`, `unmute_events` for what is undone.
    pub separate_undo_keys: bool,
}

/// How Account Activity bodies say that the writer has blocked the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedFlag {
    Bool,
    String,
    IsBlockedBy,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            data_array: false,
            wrapped_users: false,
            empty_includes_percent: 0,
            str_twins: true,
            shuffle_fields: true,
            tags: true,
            like_tweet_author_id: false,
            direction_received_sent: false,
            post_field_names: false,
            screenname_is_handle: false,
            blocked_flag: BlockedFlag::Bool,
            separate_undo_keys: false,
        }
    }
}
