//! Events as X puts them on the wire, in both envelopes, with the traps that X's payloads have.

pub mod aaa;
pub(crate) mod json;
mod v1;
pub(crate) mod v2;
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
    /// 429 as a problem, not as the older list of codes.
    pub rate_limit_problem: bool,
    /// Types of problems on `api.x.com`, as the prose has them, not on `api.twitter.com`.
    pub problem_host_x: bool,
    /// Replay only under its older path, with that one's answer.
    pub old_replay: bool,
    /// `POST /2/tweets`: 200 in 15 minutes and 300 in 3 hours, not 100 in 15 minutes.
    pub post_limit_200: bool,
    /// DM look-ups: 300 in 15 minutes, not 15.
    pub dm_lookup_limit_300: bool,
    /// There is no way to delete a message.
    pub dm_delete_missing: bool,
    /// Posts can be edited for half an hour, not for one.
    pub edit_window_half_hour: bool,
    /// Only a mention that the author wrote summons, not one that a reply starts with.
    pub summon_explicit_only: bool,
    /// X Activity without the event types that its older specification lacks.
    pub old_activity_types: bool,
    /// CRC only of webhooks that have passed none for a day, not of each every time.
    pub crc_only_when_stale: bool,
    /// A replay reaches five days back, not 24 hours.
    pub replay_five_days: bool,
    /// Links of stream webhooks are listed under the path of the prose.
    pub links_under_stream: bool,
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
            rate_limit_problem: false,
            problem_host_x: false,
            old_replay: false,
            post_limit_200: false,
            dm_lookup_limit_300: false,
            dm_delete_missing: false,
            edit_window_half_hour: false,
            summon_explicit_only: false,
            old_activity_types: false,
            crc_only_when_stale: false,
            replay_five_days: false,
            links_under_stream: false,
        }
    }
}
