//! What the world is made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::XId;

#[derive(Debug, Clone, Serialize)]
pub struct Person {
    pub id: XId,
    pub handle: String,
    pub name: String,
    pub bio: String,
    pub location: String,
    pub url: String,
    pub avatar_url: String,
    pub banner_url: String,
    pub followers: u64,
    pub following: u64,
    pub tweets: u64,
    pub listed: u64,
    pub likes: u64,
    pub media: u64,
    pub verified: bool,
    pub protected: bool,
    pub suspended: bool,
    /// Takes messages from nobody who did not write first.
    pub dms_closed: bool,
    pub created_at: DateTime<Utc>,
    pub latest_post: Option<XId>,
    /// Never forgotten (accounts of brands).
    pub keep: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Post {
    pub id: XId,
    pub author: XId,
    pub created_at: DateTime<Utc>,
    /// As X shows it: links shortened, the leading mentions of a reply in front.
    pub text: String,
    /// The part that was written, in code points: without leading mentions and trailing media.
    pub display_range: (usize, usize),
    pub entities: Entities,
    pub media: Vec<Media>,
    pub lang: String,
    pub conversation: XId,
    pub reply_to: Option<XId>,
    pub reply_to_person: Option<XId>,
    pub quoted: Option<XId>,
    pub reposted: Option<XId>,
    /// Ids of all versions, oldest first; ends with `id`.
    pub history: Vec<XId>,
    pub editable_until: DateTime<Utc>,
    /// A reply that the author of the conversation has hidden.
    pub hidden: bool,
    pub metrics: Metrics,
}

impl Post {
    pub fn is_note(&self) -> bool {
        super::text::weight(&self.text) > super::text::POST_WEIGHT
    }

    /// Whether the body itself names them, not only the mentions a reply starts with.
    pub fn mentions(&self, person: XId) -> bool {
        self.entities
            .mentions
            .iter()
            .any(|mention| mention.id == person && !mention.implicit)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    pub reposts: u64,
    pub replies: u64,
    pub likes: u64,
    pub quotes: u64,
    pub bookmarks: u64,
    pub impressions: u64,
}

/// Where things are in a text; positions count code points.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Entities {
    pub mentions: Vec<Mention>,
    pub links: Vec<Link>,
    pub hashtags: Vec<Tag>,
    pub cashtags: Vec<Tag>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Mention {
    pub start: usize,
    pub end: usize,
    pub id: XId,
    pub handle: String,
    pub name: String,
    /// One of the mentions a reply starts with.
    pub implicit: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Link {
    pub start: usize,
    pub end: usize,
    pub url: String,
    pub expanded: String,
    pub display: String,
    pub kind: LinkKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum LinkKind {
    Written,
    Quote,
    Media,
}

#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    pub start: usize,
    pub end: usize,
    pub tag: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    #[default]
    Photo,
    AnimatedGif,
    Video,
}

impl MediaKind {
    /// The word of X's media objects, and the number that their keys start with.
    pub fn names(self) -> (&'static str, u8) {
        match self {
            Self::Photo => ("photo", 3),
            Self::AnimatedGif => ("animated_gif", 16),
            Self::Video => ("video", 13),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Media {
    pub id: XId,
    pub kind: MediaKind,
    pub url: String,
    pub width: u32,
    pub height: u32,
    pub alt_text: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Message {
    pub id: XId,
    pub sender: XId,
    pub recipient: XId,
    pub created_at: DateTime<Utc>,
    pub text: String,
    pub entities: Entities,
    pub photo: Option<Media>,
    /// Set for a conversation of more than two; `recipient` is then one of the others.
    pub group: Option<Group>,
    pub happening: Happening,
}

/// A conversation of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    pub id: XId,
    pub participants: Vec<XId>,
}

/// What an entry of a conversation is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    #[default]
    Message,
    Joined(Vec<XId>),
    Left(Vec<XId>),
}

impl Message {
    /// X's id of the conversation; of two people the smaller id first.
    pub fn conversation(&self) -> String {
        if let Some(group) = &self.group {
            return group.id.to_string();
        }
        let (low, high) = (
            self.sender.min(self.recipient),
            self.sender.max(self.recipient),
        );
        format!("{low}-{high}")
    }

    pub fn reaches(&self, person: XId) -> bool {
        match &self.group {
            Some(group) => group.participants.contains(&person),
            None => person == self.sender || person == self.recipient,
        }
    }
}
