//! Answering in private.

use serde::Deserialize;
use serde_json::json;

use super::posts::Deleted;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Billed, Call};
use crate::ids::{DmConversationId, DmEventId, DmMediaId, UserId};
use crate::text::PrivateText;
use crate::usage::Charge;

/// Who reads a private message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// One user.
    User(UserId),
    /// Whoever is in a conversation.
    Conversation(DmConversationId),
}

/// A message for its recipient alone.
///
/// It takes nothing that was written for everybody, and is not taken for a reply:
///
/// ```compile_fail,E0308
/// use x_client::calls::{PrivateMessage, Recipient};
/// use x_client::{PublicText, ids::UserId};
///
/// fn mixed_up(text: PublicText, to: UserId) -> PrivateMessage {
///     PrivateMessage::new(text, Recipient::User(to))
/// }
/// ```
///
/// ```compile_fail,E0308
/// use x_client::{Client, calls::PrivateMessage};
///
/// async fn leak(client: &Client, message: PrivateMessage) {
///     let _ = client.reply(&message).await;
/// }
/// ```
///
/// Nor does a private text become a public one:
///
/// ```compile_fail,E0277
/// use x_client::{PrivateText, PublicText};
///
/// fn leak(private: PrivateText) -> PublicText {
///     private.into()
/// }
/// ```
///
/// This compiles, so the three above fail for the reason given:
///
/// ```
/// use x_client::calls::{PrivateMessage, Recipient};
/// use x_client::{Client, PrivateText, ids::UserId};
///
/// async fn fine(client: &Client, text: PrivateText, to: UserId) {
///     let _ = client.send_message(&PrivateMessage::new(text, Recipient::User(to))).await;
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateMessage {
    text: Option<PrivateText>,
    to: Recipient,
    attachment: Option<DmMediaId>,
}

impl PrivateMessage {
    /// A message of text.
    pub fn new(text: PrivateText, to: Recipient) -> Self {
        Self {
            text: Some(text),
            to,
            attachment: None,
        }
    }

    /// A message that is a picture, without text.
    pub fn picture(attachment: DmMediaId, to: Recipient) -> Self {
        Self {
            text: None,
            to,
            attachment: Some(attachment),
        }
    }

    /// Adds a picture; X takes one.
    #[must_use]
    pub fn with_picture(self, attachment: DmMediaId) -> Self {
        Self {
            attachment: Some(attachment),
            ..self
        }
    }

    fn body(&self) -> serde_json::Value {
        let mut body = json!({});
        if let Some(text) = &self.text {
            body["text"] = json!(text.as_str());
        }
        if let Some(media_id) = &self.attachment {
            body["attachments"] = json!([{ "media_id": media_id }]);
        }
        body
    }
}

/// A message that X took.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SentMessage {
    /// Where it is.
    pub dm_conversation_id: DmConversationId,
    /// Its id.
    pub dm_event_id: DmEventId,
}

impl Client {
    /// Sends a private message. Never repeated: X has no key to recognise a repetition by.
    pub async fn send_message(&self, message: &PrivateMessage) -> Result<SentMessage, Error> {
        let path = match &message.to {
            Recipient::User(id) => format!("/2/dm_conversations/with/{id}/messages"),
            Recipient::Conversation(id) => format!("/2/dm_conversations/{id}/messages"),
        };
        let call = Call::new(Endpoint::DmSend, path).json(&message.body());
        self.call(call.billed(Billed::Fixed(Charge::DmCreated)))
            .await?
            .data()
    }

    /// Deletes a private event for the account alone: the other side keeps it. Whether X says that it
    /// is deleted.
    pub async fn delete_message(&self, id: &DmEventId) -> Result<bool, Error> {
        let call = Call::new(Endpoint::DmDelete, format!("/2/dm_events/{id}"));
        let deleted: Deleted = self.call(call).await?.data()?;
        Ok(deleted.deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_text_or_a_picture_or_both() {
        let to = Recipient::User(UserId::new("5").unwrap());
        let text = PrivateText::new("Your order is on its way.").unwrap();
        let picture = DmMediaId::new("9").unwrap();
        let message = PrivateMessage::new(text, to.clone());
        assert_eq!(
            message.body(),
            json!({ "text": "Your order is on its way." })
        );
        assert_eq!(
            message.with_picture(picture.clone()).body(),
            json!({ "text": "Your order is on its way.", "attachments": [{ "media_id": "9" }] })
        );
        assert_eq!(
            PrivateMessage::picture(picture, to).body(),
            json!({ "attachments": [{ "media_id": "9" }] })
        );
    }
}
