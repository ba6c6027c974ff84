//! The three tiles. An item is one inbound post or message; every number counts items.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Day;

/// What the tiles of one organisation depend on beside the rows.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Organisation.
    pub org: &'a str,
    /// The organisation's setting: reposts need an answer too.
    pub reposts_active: bool,
    /// At least one X account is configured.
    pub has_account: bool,
}

/// A number by the panel that opens it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Posts.
    pub feeds: i64,
    /// Private messages.
    pub messages: i64,
}

impl Split {
    /// Both.
    pub fn total(self) -> i64 {
        self.feeds + self.messages
    }

    pub(crate) fn add(&mut self, kind: &str, count: i64) {
        if kind == "message" {
            self.messages += count;
        } else {
            self.feeds += count;
        }
    }
}

/// Active: inbound items that nobody has closed, of any day: Open (no case) and Draft (a case,
/// open or closed). Reposts only if the organisation says so; never what X has deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Active {
    /// Without a case.
    pub open: Split,
    /// With a case.
    pub draft: Split,
    /// Not closed, yet not counted: reposts.
    pub reposts: i64,
    /// Not closed, yet not counted: deleted on X, so nobody can answer them.
    pub deleted: i64,
}

impl Active {
    /// Draft + Open.
    pub fn total(&self) -> i64 {
        self.open.total() + self.draft.total()
    }
}

/// Done Today: items that a person closed within the local day and that are still closed. A
/// close by a rule is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DoneToday {
    /// By panel.
    pub split: Split,
    /// Closed by a rule within the day: not counted.
    pub by_rule: i64,
}

/// X Today: inbound items whose time at X falls into the local day, whenever they arrived and
/// whatever became of them: a later deletion does not take one back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct XToday {
    /// Posts and mentions.
    pub posts: i64,
    /// Replies.
    pub replies: i64,
    /// Quotes.
    pub quotes: i64,
    /// Reposts.
    pub reposts: i64,
    /// Private messages.
    pub messages: i64,
    /// No X account is configured: zero, and this says why.
    pub no_account: bool,
}

impl XToday {
    /// All of them.
    pub fn total(&self) -> i64 {
        self.posts + self.replies + self.quotes + self.reposts + self.messages
    }

    pub(crate) fn add(&mut self, kind: &str, post_type: Option<&str>, count: i64) {
        let part = match (kind, post_type) {
            ("message", _) => &mut self.messages,
            (_, Some("reply")) => &mut self.replies,
            (_, Some("quote")) => &mut self.quotes,
            (_, Some("repost")) => &mut self.reposts,
            _ => &mut self.posts,
        };
        *part += count;
    }
}

/// The three tiles at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    /// The day of Done Today and X Today.
    pub day: Day,
    /// When the rows were read.
    pub as_of: DateTime<Utc>,
    /// Active.
    pub active: Active,
    /// Done Today.
    pub done_today: DoneToday,
    /// X Today.
    pub x_today: XToday,
}
