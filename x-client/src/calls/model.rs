//! Objects of X, as far as callers look into them. Both of X's dialects are read (`referenced_tweets`
//! and `referenced_posts`); whatever is absent is empty; the rest is in the raw JSON beside them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::answer::Raw;
use crate::ids::{DmConversationId, DmEventId, PostId, UserId};

/// A post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Post {
    /// Of this version.
    pub id: PostId,
    /// Text; cut if there is a note.
    #[serde(default)]
    pub text: String,
    /// Whole text of a long post.
    #[serde(default, alias = "note_post", rename = "note_tweet")]
    pub note: Option<Note>,
    /// Who wrote it.
    #[serde(default)]
    pub author_id: Option<UserId>,
    /// When.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// First post of the conversation.
    #[serde(default)]
    pub conversation_id: Option<PostId>,
    /// Whom it answers.
    #[serde(default)]
    pub in_reply_to_user_id: Option<UserId>,
    /// What it answers, quotes or reposts.
    #[serde(default, alias = "referenced_posts", rename = "referenced_tweets")]
    pub referenced: Vec<Reference>,
    /// Versions, oldest first.
    #[serde(
        default,
        alias = "edit_history_post_ids",
        rename = "edit_history_tweet_ids"
    )]
    pub edit_history: Vec<PostId>,
    /// Until when it may be edited.
    #[serde(default)]
    pub edit_controls: Option<EditControls>,
    /// Counts.
    #[serde(default)]
    pub public_metrics: Option<PublicMetrics>,
    /// Media.
    #[serde(default)]
    pub attachments: Attachments,
    /// Language, as X guesses it.
    #[serde(default)]
    pub lang: Option<String>,
}

impl Post {
    /// The whole text.
    pub fn full_text(&self) -> &str {
        self.note.as_ref().map_or(&self.text, |note| &note.text)
    }

    /// The post that this one answers.
    pub fn replied_to(&self) -> Option<&PostId> {
        let reply = |reference: &&Reference| reference.kind == "replied_to";
        self.referenced
            .iter()
            .find(reply)
            .map(|reference| &reference.id)
    }
}

/// The whole text of a long post.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Note {
    /// It.
    pub text: String,
}

/// A post that a post refers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reference {
    /// `replied_to`, `quoted`, `retweeted` or a word that is new.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which.
    pub id: PostId,
}

/// Until when a post may be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct EditControls {
    /// Until then.
    #[serde(default)]
    pub editable_until: Option<DateTime<Utc>>,
    /// Edits left.
    #[serde(default)]
    pub edits_remaining: Option<i64>,
}

/// Counts of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct PublicMetrics {
    /// Reposts.
    #[serde(alias = "repost_count", rename = "retweet_count")]
    pub reposts: u64,
    /// Replies.
    #[serde(rename = "reply_count")]
    pub replies: u64,
    /// Likes.
    #[serde(rename = "like_count")]
    pub likes: u64,
    /// Quotes.
    #[serde(rename = "quote_count")]
    pub quotes: u64,
    /// Views, where X says.
    #[serde(rename = "impression_count")]
    pub impressions: Option<u64>,
}

/// Media of a post or message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Attachments {
    /// Keys of `includes.media`.
    #[serde(default)]
    pub media_keys: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct User {
    /// The stable key.
    pub id: UserId,
    /// Handle without @; changes.
    #[serde(default)]
    pub username: String,
    /// Display name.
    #[serde(default)]
    pub name: String,
    /// Avatar of 48 pixels.
    #[serde(default)]
    pub profile_image_url: Option<String>,
    /// Counts.
    #[serde(default)]
    pub public_metrics: Option<UserMetrics>,
    /// Whether there is a badge.
    #[serde(default)]
    pub verified: Option<bool>,
    /// Which badge.
    #[serde(default)]
    pub verified_type: Option<String>,
    /// Whether the posts are for followers alone.
    #[serde(default)]
    pub protected: Option<bool>,
    /// Whether the calling account may send this user a private message.
    #[serde(default)]
    pub receives_your_dm: Option<bool>,
    /// When the account was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// Counts of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct UserMetrics {
    /// Followers.
    #[serde(rename = "followers_count")]
    pub followers: u64,
    /// Follows.
    #[serde(rename = "following_count")]
    pub following: u64,
    /// Posts.
    #[serde(alias = "post_count", rename = "tweet_count")]
    pub posts: u64,
}

/// An event of a private conversation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DmEvent {
    /// Which.
    pub id: DmEventId,
    /// `MessageCreate`, `ParticipantsJoin`, `ParticipantsLeave` or a word that is new.
    #[serde(default)]
    pub event_type: String,
    /// Text of a message. Private.
    #[serde(default)]
    pub text: Option<String>,
    /// When.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// Who.
    #[serde(default)]
    pub sender_id: Option<UserId>,
    /// Where.
    #[serde(default)]
    pub dm_conversation_id: Option<DmConversationId>,
    /// Who joined or left.
    #[serde(default)]
    pub participant_ids: Vec<UserId>,
    /// Media.
    #[serde(default)]
    pub attachments: Attachments,
    /// Posts that it refers to.
    #[serde(default, alias = "referenced_posts", rename = "referenced_tweets")]
    pub referenced: Vec<DmReference>,
}

/// A post that a message refers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DmReference {
    /// Which.
    pub id: PostId,
}

/// Media of an answer's `includes`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Media {
    /// Key that attachments name.
    pub media_key: String,
    /// `photo`, `video`, `animated_gif` or a word that is new.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Where a picture is.
    #[serde(default)]
    pub url: Option<String>,
    /// Where a still of a video is.
    #[serde(default)]
    pub preview_image_url: Option<String>,
    /// Alternative text.
    #[serde(default)]
    pub alt_text: Option<String>,
}

/// What an answer includes beside what was asked for. What cannot be read is left out.
#[derive(Debug, Clone, Default)]
pub struct Includes {
    /// Users.
    pub users: Vec<Raw<User>>,
    /// Posts that others refer to.
    pub posts: Vec<Raw<Post>>,
    /// Media.
    pub media: Vec<Raw<Media>>,
}
