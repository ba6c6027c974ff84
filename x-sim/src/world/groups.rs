//! Conversations of several, and what one person does to messages alone: hiding, blocking.

use chrono::{DateTime, Utc};

use super::{
    Fact, Happening, Message, MessageBlock, NewGroup, NewMessage, ParticipantsChange, Receipt,
    World, WorldError, mint,
};
use crate::id::XId;

impl World {
    pub fn group(&self, id: XId) -> Option<&[XId]> {
        self.groups.get(&id).map(Vec::as_slice)
    }

    pub fn message(&self, id: XId) -> Option<&Message> {
        self.messages.get(&id).map(AsRef::as_ref)
    }

    /// Whether the person took part and has not deleted it for themselves.
    pub fn sees(&self, person: XId, message: &Message) -> bool {
        message.reaches(person) && !self.dropped.contains(&(person, message.id))
    }

    /// Whether `person` refuses messages or everything of `other`.
    pub fn refuses_messages(&self, person: XId, other: XId) -> bool {
        let pair = (person, other);
        self.message_blocks.contains(&pair) || self.blocks.contains(&pair)
    }

    pub fn blocks(&self, person: XId, other: XId) -> bool {
        self.blocks.contains(&(person, other))
    }

    /// The first entry tells who is in it.
    pub(super) fn new_group(
        &mut self,
        new: &NewGroup,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let creator = self.who(&new.from)?;
        let mut participants = vec![creator];
        for who in &new.participants {
            let id = self.who(who)?;
            if !participants.contains(&id) {
                participants.push(id);
            }
        }
        if participants.len() < 2 {
            return Err(WorldError::SamePerson);
        }
        let id = mint(now, |id| {
            self.groups.contains_key(&id) || self.messages.contains_key(&id)
        });
        let joined = participants.clone();
        self.groups.insert(id, participants);
        self.happen(id, creator, Happening::Joined(joined), now)?;
        Ok(vec![Fact::Quiet {
            person: creator,
            subject: id,
        }])
    }

    pub(super) fn participants(
        &mut self,
        change: &ParticipantsChange,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let find = |who: &String| self.who(who);
        let joined = change
            .joined
            .iter()
            .map(find)
            .collect::<Result<Vec<_>, _>>()?;
        let left = change
            .left
            .iter()
            .map(find)
            .collect::<Result<Vec<_>, _>>()?;
        let by = change.by.as_ref().map(find).transpose()?;
        let group = self
            .groups
            .get_mut(&change.group)
            .ok_or(WorldError::UnknownGroup)?;
        let by = by.or(left.first().copied()).or(group.first().copied());
        let by = by.ok_or(WorldError::UnknownPerson)?;
        group.extend(
            joined
                .iter()
                .filter(|id| !group.contains(id))
                .copied()
                .collect::<Vec<_>>(),
        );
        if !joined.is_empty() {
            self.happen(change.group, by, Happening::Joined(joined), now)?;
        }
        if !left.is_empty() {
            self.happen(change.group, by, Happening::Left(left.clone()), now)?;
        }
        if let Some(group) = self.groups.get_mut(&change.group) {
            group.retain(|id| !left.contains(id));
        }
        Ok(vec![Fact::Quiet {
            person: by,
            subject: change.group,
        }])
    }

    fn happen(
        &mut self,
        group: XId,
        by: XId,
        happening: Happening,
        now: DateTime<Utc>,
    ) -> Result<(), WorldError> {
        let new = NewMessage {
            from: by.to_string(),
            group: Some(group),
            happening,
            ..NewMessage::default()
        };
        self.send(new, now).map(drop)
    }

    pub(super) fn drop_message(
        &mut self,
        who: &str,
        message: XId,
    ) -> Result<Vec<Fact>, WorldError> {
        let person = self.who(who)?;
        let seen = self
            .message(message)
            .is_some_and(|found| self.sees(person, found));
        if !seen {
            return Err(WorldError::NoMessage);
        }
        self.dropped.insert((person, message));
        Ok(vec![Fact::Quiet {
            person,
            subject: message,
        }])
    }

    pub(super) fn block_messages(&mut self, block: &MessageBlock) -> Result<Vec<Fact>, WorldError> {
        let (person, other) = self.two(&Receipt {
            from: block.person.clone(),
            to: block.other.clone(),
        })?;
        if block.on {
            self.message_blocks.insert((person, other));
        } else {
            self.message_blocks.remove(&(person, other));
        }
        Ok(vec![Fact::Quiet {
            person,
            subject: other,
        }])
    }
}
