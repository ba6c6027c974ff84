//! What can be asked of the world. The same shapes are the bodies of the control API.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    event::RelationKind,
    model::{Happening, Media, Metrics},
};
use crate::id::XId;

/// People are named by `@handle`, `handle` or id.
pub type Who = String;

#[derive(Debug, Clone)]
pub enum Command {
    AddPerson(NewPerson),
    ChangeProfile(ProfileChange),
    Relate(RelationChange),
    Revoke {
        account: Who,
        app: Option<XId>,
    },
    Post(NewPost),
    Edit(Edit),
    DeletePost {
        post: XId,
    },
    Like(Like),
    Unlike(Like),
    /// Hides a reply in a conversation of one's own, or shows it again.
    Hide {
        post: XId,
        hidden: bool,
    },
    SendMessage(NewMessage),
    /// Takes a message out of one person's sight; the others keep it.
    DropMessage {
        person: Who,
        message: XId,
    },
    NewGroup(NewGroup),
    Participants(ParticipantsChange),
    /// Whose messages a person does not want.
    BlockMessages(MessageBlock),
    Read(Receipt),
    Typing(Receipt),
    /// An encrypted message: nobody but its two ends can read it.
    Chat(Receipt),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewPerson {
    pub handle: String,
    pub name: Option<String>,
    pub id: Option<XId>,
    pub bio: String,
    pub location: String,
    pub url: String,
    pub avatar_url: Option<String>,
    pub followers: u64,
    pub following: u64,
    pub tweets: u64,
    pub verified: bool,
    pub protected: bool,
    pub suspended: bool,
    pub dms_closed: bool,
    pub created_at: Option<DateTime<Utc>>,
    pub keep: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileChange {
    pub person: Who,
    pub name: Option<String>,
    pub handle: Option<String>,
    pub bio: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub avatar_url: Option<String>,
    pub banner_url: Option<String>,
    pub verified: Option<bool>,
    /// Changes without an event, as X has none for them.
    pub protected: Option<bool>,
    pub suspended: Option<bool>,
    pub dms_closed: Option<bool>,
    pub followers: Option<u64>,
    pub following: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationChange {
    pub kind: RelationKind,
    pub source: Who,
    pub target: Who,
    /// False undoes it.
    #[serde(default = "yes")]
    pub on: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewPost {
    pub author: Who,
    pub text: String,
    pub reply_to: Option<XId>,
    pub quote: Option<XId>,
    pub repost: Option<XId>,
    pub photo: bool,
    pub alt_text: Option<String>,
    pub lang: Option<String>,
    /// For loaders of older posts: the id it has, or the time to mint it from.
    pub id: Option<XId>,
    pub created_at: Option<DateTime<Utc>>,
    pub metrics: Option<Metrics>,
    /// Uploaded files, in the place of `photo`.
    #[serde(skip)]
    pub media: Vec<Media>,
    /// Whom a reply does not name in front.
    pub exclude: Vec<XId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub post: XId,
    pub text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Like {
    pub person: Who,
    pub post: XId,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewMessage {
    pub from: Who,
    pub to: Who,
    pub text: String,
    pub photo: bool,
    pub id: Option<XId>,
    pub created_at: Option<DateTime<Utc>>,
    /// The conversation of several that it goes to, in the place of `to`.
    pub group: Option<XId>,
    #[serde(skip)]
    pub media: Option<Media>,
    #[serde(skip)]
    pub happening: Happening,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    pub from: Who,
    pub participants: Vec<Who>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantsChange {
    pub group: XId,
    /// Who adds them; not needed for those who leave.
    pub by: Option<Who>,
    #[serde(default)]
    pub joined: Vec<Who>,
    #[serde(default)]
    pub left: Vec<Who>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageBlock {
    pub person: Who,
    pub other: Who,
    #[serde(default = "yes")]
    pub on: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub from: Who,
    pub to: Who,
}
