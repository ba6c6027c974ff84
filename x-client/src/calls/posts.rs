//! Answering in public, and deleting what was answered.

use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Billed, Call};
use crate::ids::{PostId, PostMediaId, UserId};
use crate::text::PublicText;
use crate::usage::Charge;

/// Pictures of a post.
const PICTURES_MAX: usize = 4;

/// A reply for everybody to read.
///
/// It takes nothing that is private:
///
/// ```compile_fail,E0308
/// use x_client::calls::PublicReply;
/// use x_client::{PrivateText, ids::PostId};
///
/// fn leak(private: PrivateText, to: PostId) -> PublicReply {
///     PublicReply::new(private, to)
/// }
/// ```
///
/// nor media that was uploaded for a private message:
///
/// ```compile_fail,E0308
/// use x_client::{calls::PublicReply, ids::DmMediaId};
///
/// fn leak(reply: &mut PublicReply, picture: DmMediaId) {
///     reply.media.push(picture);
/// }
/// ```
///
/// nor is it taken for a private message:
///
/// ```compile_fail,E0308
/// use x_client::{Client, calls::PublicReply};
///
/// async fn mixed_up(client: &Client, reply: PublicReply) {
///     let _ = client.send_message(&reply).await;
/// }
/// ```
///
/// This compiles, so the three above fail for the reason given:
///
/// ```
/// use x_client::calls::PublicReply;
/// use x_client::{Client, PublicText, ids::{PostId, PostMediaId}};
///
/// async fn fine(client: &Client, text: PublicText, to: PostId, picture: PostMediaId) {
///     let mut reply = PublicReply::new(text, to);
///     reply.media.push(picture);
///     let _ = client.reply(&reply).await;
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicReply {
    /// Text.
    pub text: PublicText,
    /// The post that is answered.
    pub in_reply_to: PostId,
    /// People of the conversation who are not addressed.
    pub exclude_reply_user_ids: Vec<UserId>,
    /// Up to four pictures, or one video or animation.
    pub media: Vec<PostMediaId>,
    /// Link with a button by which the reader can answer in private.
    pub direct_message_deep_link: Option<String>,
    /// The author of the post mentioned or quoted the account: X prices such a reply lower.
    pub summoned: bool,
}

impl PublicReply {
    /// A reply of text alone.
    pub fn new(text: PublicText, in_reply_to: PostId) -> Self {
        Self {
            text,
            in_reply_to,
            exclude_reply_user_ids: Vec::new(),
            media: Vec::new(),
            direct_message_deep_link: None,
            summoned: false,
        }
    }

    fn body(&self) -> serde_json::Value {
        let mut reply = json!({ "in_reply_to_tweet_id": self.in_reply_to });
        if !self.exclude_reply_user_ids.is_empty() {
            reply["exclude_reply_user_ids"] = json!(self.exclude_reply_user_ids);
        }
        let mut body = json!({ "text": self.text.as_str(), "reply": reply });
        if !self.media.is_empty() {
            body["media"] = json!({ "media_ids": self.media });
        }
        if let Some(link) = &self.direct_message_deep_link {
            body["direct_message_deep_link"] = json!(link);
        }
        body
    }
}

/// A post that X published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CreatedPost {
    /// Its id.
    pub id: PostId,
    /// Its text as X keeps it, links shortened.
    #[serde(default)]
    pub text: String,
}

#[derive(Deserialize)]
pub(super) struct Deleted {
    #[serde(default)]
    pub deleted: bool,
}

impl Client {
    /// Publishes a reply. Never repeated: X has no key to recognise a repetition by.
    pub async fn reply(&self, reply: &PublicReply) -> Result<CreatedPost, Error> {
        let endpoint = Endpoint::PostsCreate;
        if reply.media.len() > PICTURES_MAX {
            let reason = format!("{} media, up to {PICTURES_MAX}", reply.media.len());
            return Err(Error::invalid(endpoint, reason));
        }
        let link = reply.text.has_link() || reply.direct_message_deep_link.is_some();
        let charge = Charge::PostCreated {
            link,
            summoned: reply.summoned,
        };
        let call = Call::plain(endpoint)
            .json(&reply.body())
            .billed(Billed::Fixed(charge));
        self.call(call).await?.data()
    }

    /// Deletes an own post; of an edited post all versions go. Whether X says that it is deleted.
    pub async fn delete_post(&self, id: &PostId) -> Result<bool, Error> {
        let call = Call::new(Endpoint::PostsDelete, format!("/2/tweets/{id}"));
        let deleted: Deleted = self.call(call).await?.data()?;
        Ok(deleted.deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_what_was_set_and_nothing_else() {
        let id = |text: &str| PostId::new(text).unwrap();
        let text = PublicText::new("Thanks!").unwrap();
        let mut reply = PublicReply::new(text, id("1"));
        assert_eq!(
            reply.body(),
            json!({ "text": "Thanks!", "reply": { "in_reply_to_tweet_id": "1" } })
        );
        reply.exclude_reply_user_ids = vec![UserId::new("7").unwrap()];
        reply.media = vec![PostMediaId::new("9").unwrap()];
        reply.direct_message_deep_link =
            Some("https://x.com/messages/compose?recipient_id=5".into());
        assert_eq!(
            reply.body(),
            json!({
                "text": "Thanks!",
                "reply": { "in_reply_to_tweet_id": "1", "exclude_reply_user_ids": ["7"] },
                "media": { "media_ids": ["9"] },
                "direct_message_deep_link": "https://x.com/messages/compose?recipient_id=5",
            })
        );
    }
}
