//! What items and facts are made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A link inside the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UrlEntity {
    /// Offset of the first character, in Unicode code points.
    pub start: i32,
    /// Offset after the last character, in Unicode code points.
    pub end: i32,
    /// The t.co address as it stands in the text.
    pub url: String,
    /// The address that it leads to.
    pub expanded_url: Option<String>,
    /// What X shows instead of the address.
    pub display_url: Option<String>,
}

/// A mention inside the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MentionEntity {
    /// Offset of the @, in Unicode code points.
    pub start: i32,
    /// Offset after the handle, in Unicode code points.
    pub end: i32,
    /// Handle without @, as written.
    pub handle: String,
    /// X user id of the mentioned person.
    pub x_id: Option<String>,
}

/// A hashtag or cashtag inside the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagEntity {
    /// Offset of the # or $, in Unicode code points.
    pub start: i32,
    /// Offset after the tag, in Unicode code points.
    pub end: i32,
    /// Tag without its sign.
    pub tag: String,
}

/// A picture, GIF or video of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// Key of the media at X; its id where X gave no key.
    pub media_key: String,
    /// photo, animated_gif or video.
    pub media_type: String,
    /// Where the bytes are: media.url, media_url_https, or the ton address of a DM photo (needs authorisation).
    pub url: Option<String>,
    /// Still picture of a video or GIF.
    pub preview_url: Option<String>,
    /// Alternative text, as its author wrote it.
    pub alt_text: Option<String>,
    /// Width in pixels.
    pub width: Option<i32>,
    /// Height in pixels.
    pub height: Option<i32>,
}

/// A sentiment score with its doubt. Never the only reason for a priority.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sentiment {
    /// negative, neutral or positive.
    pub label: String,
    /// From -1 (negative) to 1 (positive).
    pub score: f64,
    /// From 0 (a guess) to 1.
    pub confidence: f64,
    /// Name of the model.
    pub model: String,
    /// Version of the model.
    pub version: String,
}

/// One static term of the priority of an item. Waiting time, case and SLA terms are added when it is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriorityTerm {
    /// followers, verified, negative, question, urgent_words or private.
    pub name: String,
    /// Strength from 0 to 1, before the organisation's weight.
    pub value: f64,
}

/// What the author wrote, in one version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// X id of this version; the first version has the id of the item.
    pub version_id: String,
    /// Edit history as X gave it, oldest first.
    pub version_ids: Vec<String>,
    /// inbound or outbound (written by one of the organisation's accounts).
    pub direction: String,
    /// post, mention, reply, quote, repost or message.
    pub post_type: String,
    /// X's conversation id; null where X did not send one (Account Activity).
    pub conversation_id: Option<String>,
    /// Post that this one answers.
    pub parent_x_id: Option<String>,
    /// Post that this one quotes.
    pub quoted_x_id: Option<String>,
    /// Post that this one repeats.
    pub repost_of_x_id: Option<String>,
    /// X user id of the person answered.
    pub in_reply_to_x_id: Option<String>,
    /// X user id of the receiver of a message.
    pub recipient_x_id: Option<String>,
    /// Unmodified text.
    pub text: String,
    /// False when X cut the text.
    pub text_complete: bool,
    /// Links in the text.
    pub urls: Vec<UrlEntity>,
    /// Mentions in the text.
    pub mentions: Vec<MentionEntity>,
    /// Hashtags and cashtags in the text.
    pub tags: Vec<TagEntity>,
    /// Pictures and videos.
    pub media: Vec<Media>,
    /// Language, BCP 47; null when nothing could be told.
    pub lang: Option<String>,
    /// Sentiment of the text; null where the model has no say (other languages, empty text).
    pub sentiment: Option<Sentiment>,
    /// Reach of the author at the time, 0 to 1, from followers, posts and verification.
    pub influence: f64,
    /// Static priority terms.
    pub priority_terms: Vec<PriorityTerm>,
}

/// Public counts of a post at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// When X counted: X's time of the event that carried them.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub observed_at: DateTime<Utc>,
    /// Likes.
    pub likes: i64,
    /// Reposts.
    pub reposts: i64,
    /// Replies.
    pub replies: i64,
    /// Quotes.
    pub quotes: i64,
}

/// What X said about a person at one moment. A field is null when X did not say it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// X user id of the person.
    pub x_id: String,
    /// When X said it: X's time of the item or event that carried the profile; time of receipt for events that carry no time.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub observed_at: DateTime<Utc>,
    /// Handle without @. Display only; handles change.
    pub handle: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Profile picture as X sent it.
    pub avatar_url: Option<String>,
    /// Bio text of the profile; public.
    pub description: Option<String>,
    /// Location text of the profile; public.
    pub location: Option<String>,
    /// Followers of the person.
    pub followers: Option<i64>,
    /// Accounts that the person follows.
    pub following: Option<i64>,
    /// Posts of the person in all, X's count.
    pub tweets: Option<i64>,
    /// X's verified mark.
    pub verified: Option<bool>,
    /// blue, business, government or none.
    pub verified_type: Option<String>,
    /// Posts of the person are protected.
    pub protected: Option<bool>,
    /// When the account was made at X.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub joined_at: Option<DateTime<Utc>>,
}

/// What stands inside a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entities {
    /// Links in the text.
    pub urls: Vec<UrlEntity>,
    /// Mentions in the text.
    pub mentions: Vec<MentionEntity>,
    /// Hashtags and cashtags in the text.
    pub tags: Vec<TagEntity>,
}
