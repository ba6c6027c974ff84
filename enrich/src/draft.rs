//! What every shape of X comes down to, before direction, type and judgement are added.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use schemas::Kind;
use schemas::records::Media;

use crate::marks::Mark;
use crate::user::User;

/// A post or message, as its envelope told it.
#[derive(Debug, Default)]
pub struct Draft<'b> {
    pub kind: Kind,
    /// X id of this version.
    pub id: &'b str,
    /// Edit history, oldest first; empty where X sent none.
    pub versions: Vec<&'b str>,
    pub author: Option<&'b str>,
    pub posted_at: Option<DateTime<Utc>>,
    pub conversation: Option<Cow<'b, str>>,
    pub parent: Option<&'b str>,
    pub quoted: Option<&'b str>,
    pub repost_of: Option<&'b str>,
    pub in_reply_to: Option<&'b str>,
    pub recipient: Option<&'b str>,
    pub body: Body<'b>,
    /// The post that a repost repeats, if X sent it along.
    pub original: Option<Body<'b>>,
    pub media: Vec<Media>,
    pub lang: Option<&'b str>,
    pub tally: Option<Tally>,
    /// Authors of the posts that it repeats or quotes.
    pub also: Vec<&'b str>,
    /// Everybody whom X sent along.
    pub people: Vec<&'b User<'b>>,
}

/// A text with its marks.
#[derive(Debug, Default)]
pub struct Body<'b> {
    pub text: &'b str,
    pub complete: bool,
    pub marks: Vec<Mark<'b>>,
    pub author: Option<&'b str>,
}

/// Public counts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub likes: i64,
    pub reposts: i64,
    pub replies: i64,
    pub quotes: i64,
}

impl<'b> Draft<'b> {
    /// X id of the first version: the identity.
    pub fn first_id(&self) -> &'b str {
        self.versions.first().copied().unwrap_or(self.id)
    }
}
