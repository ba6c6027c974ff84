//! What is asked of X: one type for each thing that can be done, so that none is taken for another.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use x_client::calls::Recipient;
use x_client::ids::{DmConversationId, DmEventId, PostId, UserId};
use x_client::text::normal_form;
use x_client::{PrivateText, PublicText};

/// A reply for everybody to read.
///
/// It takes no private text:
///
/// ```compile_fail,E0308
/// use respond::intent::Public;
/// use x_client::{PrivateText, ids::PostId};
///
/// fn leak(text: PrivateText, target: PostId) -> Public {
///     Public { text, target, exclude: Vec::new(), summoned: true }
/// }
/// ```
///
/// nor can one that is private be done in its place:
///
/// ```compile_fail,E0308
/// use respond::intent::{Private, Public};
///
/// fn leak(message: Private) -> Public {
///     message
/// }
/// ```
///
/// This compiles, so the two above fail for the reason given:
///
/// ```
/// use respond::intent::Public;
/// use x_client::{PublicText, ids::PostId};
///
/// fn fine(text: PublicText, target: PostId) -> Public {
///     Public { text, target, exclude: Vec::new(), summoned: true }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// Text.
    pub text: PublicText,
    /// The post answered.
    pub target: PostId,
    /// People of the conversation who are not addressed.
    pub exclude: Vec<UserId>,
    /// The author of the post mentioned or quoted us: X's price and summon rule.
    pub summoned: bool,
}

/// A message for its recipient alone: a text, a picture (the row's media) or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    /// Text; none for a picture alone.
    pub text: Option<PrivateText>,
    /// Who reads it.
    pub to: Recipient,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Reply in public.
    Public(Public),
    /// Write in private.
    Private(Private),
    /// Delete an own post, for everybody.
    DeletePost(PostId),
    /// Delete an own message, on our side only.
    DeleteMessage(DmEventId),
    /// Like a post.
    Like(PostId),
    /// Take a like back.
    Unlike(PostId),
}

impl Act {
    /// Name in rows and answers.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Public(_) => "public",
            Self::Private(_) => "message",
            Self::DeletePost(_) => "delete-post",
            Self::DeleteMessage(_) => "delete-message",
            Self::Like(_) => "like",
            Self::Unlike(_) => "unlike",
        }
    }

    /// Post, message, person or conversation that it is done to.
    pub fn target(&self) -> String {
        match self {
            Self::Public(reply) => reply.target.to_string(),
            Self::Private(message) => recipient(&message.to),
            Self::DeletePost(post) | Self::Like(post) | Self::Unlike(post) => post.to_string(),
            Self::DeleteMessage(event) => event.to_string(),
        }
    }

    /// Whether doing it twice is doing it once.
    pub fn idempotent(&self) -> bool {
        !matches!(self, Self::Public(_) | Self::Private(_))
    }

    /// What of its text is compared with what X shows; none where nothing is written.
    pub fn hash(&self) -> Option<Vec<u8>> {
        match self {
            Self::Public(reply) => Some(hash(reply.text.as_str())),
            Self::Private(message) => {
                let text = message.text.as_ref().map_or("", PrivateText::as_str);
                Some(hash(text))
            }
            _ => None,
        }
    }
}

/// The recipient as the row has it: digits are a person, anything else a conversation.
fn recipient(to: &Recipient) -> String {
    match to {
        Recipient::User(user) => user.to_string(),
        Recipient::Conversation(id) => format!("group:{id}"),
    }
}

/// Reads what [`Act::target`] wrote of a message.
pub(crate) fn to_of(target: &str) -> Option<Recipient> {
    match target.strip_prefix("group:") {
        Some(id) => DmConversationId::new(id).ok().map(Recipient::Conversation),
        None => UserId::new(target).ok().map(Recipient::User),
    }
}

/// Hash of a text's normal form, as it was written here.
pub fn hash(text: &str) -> Vec<u8> {
    hash_of_form(&normal_form(text, &[]))
}

/// Hash of a normal form.
pub(crate) fn hash_of_form(form: &str) -> Vec<u8> {
    Sha256::digest(form.as_bytes()).to_vec()
}

/// What makes an intent, with what was known when it was written.
#[derive(Debug, Clone)]
pub struct New {
    /// Its id.
    pub reply_id: Uuid,
    /// X user id of our account that acts.
    pub account: String,
    /// Conversation at X: one is in flight at a time.
    pub lane: String,
    /// Row of the list.
    pub thread_key: String,
    /// Item answered, liked or deleted.
    pub item_id: Uuid,
    /// Who is answered.
    pub person_id: String,
    /// Their customer.
    pub customer_id: Option<Uuid>,
    /// The item's case.
    pub case_id: Option<Uuid>,
    /// What.
    pub act: Act,
    /// Picture: its hash and what it shows.
    pub media: Option<(Vec<u8>, String)>,
    /// Items closed with it.
    pub closes: Vec<Uuid>,
    /// Who wrote it.
    pub by: String,
    /// Not sent before: it can be taken back until then.
    pub not_before: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(text: &str) -> Act {
        Act::Private(Private {
            text: Some(PrivateText::new(text).unwrap()),
            to: Recipient::User(UserId::new("7").unwrap()),
        })
    }

    #[test]
    fn a_recipient_comes_back_from_its_row() {
        let group = Recipient::Conversation(DmConversationId::new("123456789012345").unwrap());
        for to in [Recipient::User(UserId::new("7").unwrap()), group] {
            assert_eq!(to_of(&recipient(&to)), Some(to));
        }
        assert_eq!(to_of("7-8"), None);
    }

    #[test]
    fn only_what_is_written_is_compared_and_never_repeated() {
        assert!(private("hello").hash().is_some());
        assert!(!private("hello").idempotent());
        assert_eq!(private("hello").hash(), private(" hello\n").hash());
        assert_ne!(private("hello").hash(), private("hello!").hash());
        let like = Act::Like(PostId::new("9").unwrap());
        assert!(like.idempotent() && like.hash().is_none());
    }
}
