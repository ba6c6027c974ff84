//! Direct messages of version 1.1, as both webhook APIs carry them.
#![expect(clippy::struct_field_names, reason = "the names of X")]

use std::borrow::Cow;

use schemas::{Kind, ids};
use serde::Deserialize;

use crate::draft::{Body, Draft};
use crate::entities::{Entities, media_marks};
use crate::lenient::{Id, List, Num, Obj, Str};
use crate::media::MediaObject;
use crate::time;
use crate::user::User;

/// An element of `direct_message_events`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Message<'a> {
    id: Id<'a>,
    created_timestamp: Num,
    message_create: Obj<Create<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Create<'a> {
    target: Obj<Target<'a>>,
    sender_id: Id<'a>,
    message_data: Obj<Data<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Target<'a> {
    recipient_id: Id<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Data<'a> {
    text: Str<'a>,
    entities: Obj<Entities<'a>>,
    attachment: Obj<Attachment<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Attachment<'a> {
    media: OneMedia<'a>,
}

/// A message has one attachment; a list is read as well.
type OneMedia<'a> = crate::lenient::OneOrMany<MediaObject<'a>>;

/// The map of users beside the messages.
pub type People<'a> = List<Obj<User<'a>>>;

impl<'a> Message<'a> {
    /// The message as a draft; nothing without an id, a sender or a body.
    pub fn draft<'b>(&'b self, people: &'b People<'a>) -> Option<Draft<'b>> {
        let create = self.message_create.get()?;
        let data = create.message_data.get()?;
        let sender = create.sender_id.get()?;
        let recipient = create
            .target
            .get()
            .and_then(|target| target.recipient_id.get());
        let media: Vec<&MediaObject<'_>> = data
            .attachment
            .get()
            .into_iter()
            .flat_map(|all| all.media.0.iter().filter_map(Obj::get))
            .collect();
        let mut marks = data
            .entities
            .get()
            .map(|all| all.marks(|_| None))
            .unwrap_or_default();
        marks.extend(media_marks(media.iter().copied()));
        Some(Draft {
            kind: Kind::Message,
            id: self.id.get()?,
            author: Some(sender),
            posted_at: self.created_timestamp.0.and_then(time::from_ms),
            conversation: recipient.map(|to| Cow::Owned(ids::conversation(sender, to))),
            recipient,
            body: Body {
                text: data.text.get().unwrap_or_default(),
                complete: true,
                marks,
                author: Some(sender),
            },
            media: media.iter().filter_map(|one| one.record()).collect(),
            people: people.objects().map(User::flat).collect(),
            ..Draft::default()
        })
    }
}
