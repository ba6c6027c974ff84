//! Direct messages between two people, and the signs around them.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Entities, Fact, Group, Happening, LinkKind, Message, NewMessage, Receipt, World, WorldError,
    mint,
    text::{Composer, MESSAGE_MAX},
};
use crate::id::XId;

impl World {
    pub(super) fn send(
        &mut self,
        new: NewMessage,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let (sender, recipient, group) = self.ends(&new)?;
        let attached = new.photo || new.media.is_some();
        let silent = new.happening == Happening::Message && !attached;
        if new.text.trim().is_empty() && silent {
            return Err(WorldError::Empty);
        }
        if new.text.chars().count() > MESSAGE_MAX {
            return Err(WorldError::TooLong);
        }
        let created_at = new.created_at.unwrap_or(now);
        let id = match new.id {
            Some(id) if self.messages.contains_key(&id) => return Err(WorldError::IdTaken),
            Some(id) => id,
            None => mint(created_at, |id| self.messages.contains_key(&id)),
        };
        let (text, entities) = self.write_message(id, &new.text, attached);
        let made = || new.photo.then(|| self.photo(id, None));
        let photo = new.media.clone().or_else(made).map(|mut media| {
            let base = "https://ton.twitter.com/1.1/ton/data/dm";
            media.url = format!("{base}/{id}/{}/{:X}.png", media.id, media.id.0);
            media
        });
        let message = Arc::new(Message {
            id,
            sender,
            recipient,
            created_at,
            text,
            entities,
            photo,
            group,
            happening: new.happening,
        });
        self.messages.insert(id, message.clone());
        self.messages_order.push_back(id);
        Ok(vec![Fact::MessageSent { message }])
    }

    fn write_message(&self, id: XId, text: &str, photo: bool) -> (String, Entities) {
        let find = |handle: &str| {
            let person = self.person(&format!("@{handle}"))?;
            Some((person.id, person.handle.clone(), person.name.clone()))
        };
        let mut composer = Composer::new(id, &find);
        composer.write(text);
        if photo {
            let target = format!("https://twitter.com/messages/media/{id}");
            composer.append(&target, "", LinkKind::Media);
        }
        (composer.text(), composer.entities)
    }

    pub(super) fn read(&self, receipt: &Receipt) -> Result<Vec<Fact>, WorldError> {
        let (reader, other) = self.two(receipt)?;
        let last = self
            .messages()
            .rev()
            .find(|message| message.sender == other && message.recipient == reader)
            .ok_or(WorldError::NoMessage)?
            .id;
        Ok(vec![Fact::MessagesRead {
            reader,
            other,
            last,
        }])
    }

    pub(super) fn typing(&self, receipt: &Receipt) -> Result<Vec<Fact>, WorldError> {
        let (person, other) = self.two(receipt)?;
        Ok(vec![Fact::Typing { person, other }])
    }

    pub(super) fn chat(
        &self,
        receipt: &Receipt,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let (sender, recipient) = self.two(receipt)?;
        Ok(vec![Fact::ChatSent {
            sender,
            recipient,
            id: mint(now, |_| false),
        }])
    }

    /// Sender, one recipient, and the group when it goes to one.
    fn ends(&self, new: &NewMessage) -> Result<(XId, XId, Option<Group>), WorldError> {
        let Some(id) = new.group else {
            let (sender, recipient) = self.two(&Receipt {
                from: new.from.clone(),
                to: new.to.clone(),
            })?;
            return Ok((sender, recipient, None));
        };
        let sender = self.who(&new.from)?;
        let participants = self.group(id).ok_or(WorldError::UnknownGroup)?.to_vec();
        let other = participants.iter().find(|id| **id != sender);
        let other = *other.ok_or(WorldError::SamePerson)?;
        Ok((sender, other, Some(Group { id, participants })))
    }

    pub(super) fn two(&self, receipt: &Receipt) -> Result<(XId, XId), WorldError> {
        let pair = (self.who(&receipt.from)?, self.who(&receipt.to)?);
        if pair.0 == pair.1 {
            return Err(WorldError::SamePerson);
        }
        Ok(pair)
    }
}
