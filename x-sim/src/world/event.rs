//! What happened, with everything needed to tell others about it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::model::{Message, Person, Post};
use crate::id::XId;

/// A fact and the state around it at that moment, so that it can be rendered without the world.
#[derive(Debug, Clone)]
pub struct Event {
    /// X's event ids are signed.
    pub uuid: i64,
    pub at: DateTime<Utc>,
    pub fact: Fact,
    /// Everyone in it, the actor first.
    pub people: Vec<Arc<Person>>,
    /// The posts that the post answers, quotes or reposts.
    pub referenced: Vec<Arc<Post>>,
    /// Whom the actor has blocked.
    pub blocked: Vec<XId>,
}

#[derive(Debug, Clone)]
pub enum Fact {
    PersonAdded {
        person: XId,
    },
    /// Something that X tells nobody of: a like taken back, a hidden reply, a block of messages.
    Quiet {
        person: XId,
        subject: XId,
    },
    PostCreated {
        post: Arc<Post>,
    },
    PostDeleted {
        id: XId,
        author: XId,
    },
    Liked {
        id: u128,
        person: XId,
        post: Arc<Post>,
    },
    MessageSent {
        message: Arc<Message>,
    },
    MessagesRead {
        reader: XId,
        other: XId,
        last: XId,
    },
    Typing {
        person: XId,
        other: XId,
    },
    ChatSent {
        sender: XId,
        recipient: XId,
        id: XId,
    },
    Related {
        kind: RelationKind,
        on: bool,
        source: XId,
        target: XId,
    },
    /// `field` is the last word of X's `profile.update.*`.
    ProfileChanged {
        person: XId,
        field: &'static str,
        before: String,
        after: String,
    },
    Revoked {
        person: XId,
        app: XId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationKind {
    Follow,
    Mute,
    Block,
}

impl Fact {
    pub fn actor(&self) -> XId {
        match self {
            Self::PersonAdded { person }
            | Self::Quiet { person, .. }
            | Self::Liked { person, .. }
            | Self::Typing { person, .. }
            | Self::ProfileChanged { person, .. }
            | Self::Revoked { person, .. } => *person,
            Self::PostCreated { post } => post.author,
            Self::PostDeleted { author, .. } => *author,
            Self::MessageSent { message } => message.sender,
            Self::MessagesRead { reader, .. } => *reader,
            Self::ChatSent { sender, .. } => *sender,
            Self::Related { source, .. } => *source,
        }
    }

    /// The post, message or person that the fact is about.
    pub fn subject(&self) -> XId {
        match self {
            Self::PostCreated { post } | Self::Liked { post, .. } => post.id,
            Self::PostDeleted { id, .. } | Self::ChatSent { id, .. } => *id,
            Self::MessageSent { message } => message.id,
            Self::Quiet { subject, .. } => *subject,
            Self::MessagesRead { last, .. } => *last,
            Self::Related { target, .. } => *target,
            other => other.actor(),
        }
    }

    pub(super) fn post(&self) -> Option<&Arc<Post>> {
        match self {
            Self::PostCreated { post } | Self::Liked { post, .. } => Some(post),
            _ => None,
        }
    }

    pub(super) fn people(&self) -> Vec<XId> {
        let mut ids = vec![self.actor()];
        match self {
            Self::PostCreated { post } => {
                ids.extend(post.reply_to_person);
                ids.extend(post.entities.mentions.iter().map(|mention| mention.id));
            }
            Self::Liked { post, .. } => ids.push(post.author),
            Self::MessageSent { message } => ids.push(message.recipient),
            Self::MessagesRead { other, .. } | Self::Typing { other, .. } => ids.push(*other),
            Self::ChatSent { recipient, .. } => ids.push(*recipient),
            Self::Related { target, .. } => ids.push(*target),
            _ => {}
        }
        ids
    }
}

impl Event {
    pub fn person(&self, id: XId) -> Option<&Arc<Person>> {
        self.people.iter().find(|person| person.id == id)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    #[error("no such person")]
    UnknownPerson,
    #[error("no such post")]
    UnknownPost,
    #[error("a handle is 1 to 15 letters, digits or underscores")]
    BadHandle,
    #[error("the handle is taken")]
    HandleTaken,
    #[error("the id is taken")]
    IdTaken,
    #[error("nothing to send: text or photo is needed")]
    Empty,
    #[error("the text is too long")]
    TooLong,
    #[error("a post has at most one of repost and text, quote or reply")]
    MixedReferences,
    #[error("already liked by this person")]
    AlreadyLiked,
    #[error("a repost cannot be edited")]
    RepostNotEditable,
    #[error("no edits left")]
    NoEditsLeft,
    #[error("the time to edit is over")]
    EditWindowClosed,
    #[error("a person cannot do this to themselves")]
    SamePerson,
    #[error("there is no message between these two")]
    NoMessage,
    #[error("not liked by this person")]
    NotLiked,
    #[error("no such conversation")]
    UnknownGroup,
}
