//! People: who exists, how their profile changes, how they stand to each other.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Fact, NewPerson, Person, ProfileChange, RelationChange, RelationKind, World, WorldError, mint,
};
use crate::id::XId;

const APP: XId = XId(29_820_954);

impl World {
    /// By `@handle` (in any case), `handle`, or id.
    pub fn person(&self, who: &str) -> Option<&Arc<Person>> {
        let handle = who.strip_prefix('@').unwrap_or(who).to_lowercase();
        let by_handle = self.handles.get(&handle).copied();
        self.people.get(&by_handle.or_else(|| who.parse().ok())?)
    }

    pub fn person_by_id(&self, id: XId) -> Option<&Arc<Person>> {
        self.people.get(&id)
    }

    pub(super) fn who(&self, who: &str) -> Result<XId, WorldError> {
        self.person(who)
            .map(|person| person.id)
            .ok_or(WorldError::UnknownPerson)
    }

    pub(super) fn add_person(
        &mut self,
        new: NewPerson,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let handle = self.free_handle(&new.handle)?;
        let created_at = new.created_at.unwrap_or(now - TimeDelta::days(400));
        let id = match new.id {
            Some(id) if self.people.contains_key(&id) => return Err(WorldError::IdTaken),
            Some(id) => id,
            None => mint(created_at, |id| self.people.contains_key(&id)),
        };
        let avatar = format!("{}/profile_images/{id}/avatar_normal.png", self.media_base);
        let person = Person {
            id,
            name: new.name.unwrap_or_else(|| handle.clone()),
            bio: new.bio,
            location: new.location,
            url: new.url,
            avatar_url: new.avatar_url.unwrap_or(avatar),
            banner_url: String::new(),
            followers: new.followers,
            following: new.following,
            tweets: new.tweets,
            listed: new.followers / 120,
            likes: new.tweets * 3,
            media: new.tweets / 10,
            verified: new.verified,
            protected: new.protected,
            suspended: new.suspended,
            dms_closed: new.dms_closed,
            created_at,
            latest_post: None,
            keep: new.keep,
            handle,
        };
        self.handles.insert(person.handle.to_lowercase(), id);
        self.people.insert(id, Arc::new(person));
        self.people_order.push_back(id);
        Ok(vec![Fact::PersonAdded { person: id }])
    }

    fn free_handle(&self, handle: &str) -> Result<String, WorldError> {
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if handle.is_empty() || handle.len() > 15 || !handle.chars().all(allowed) {
            return Err(WorldError::BadHandle);
        }
        if self.handles.contains_key(&handle.to_lowercase()) {
            return Err(WorldError::HandleTaken);
        }
        Ok(handle.to_owned())
    }

    pub(super) fn change_profile(
        &mut self,
        change: &ProfileChange,
    ) -> Result<Vec<Fact>, WorldError> {
        let id = self.who(&change.person)?;
        let handle = change
            .handle
            .as_deref()
            .map(|handle| self.free_handle(handle))
            .transpose()?;
        let Some(person) = self.people.get_mut(&id).map(Arc::make_mut) else {
            return Err(WorldError::UnknownPerson);
        };
        let mut facts = Vec::new();
        let fields = [
            ("screenname", &mut person.name, change.name.clone()),
            ("bio", &mut person.bio, change.bio.clone()),
            ("geo", &mut person.location, change.location.clone()),
            ("url", &mut person.url, change.url.clone()),
            (
                "profile_picture",
                &mut person.avatar_url,
                change.avatar_url.clone(),
            ),
            (
                "banner_picture",
                &mut person.banner_url,
                change.banner_url.clone(),
            ),
        ];
        let mut changed = |field, before: String, after: String| {
            if before != after {
                facts.push(Fact::ProfileChanged {
                    person: id,
                    field,
                    before,
                    after,
                });
            }
        };
        for (field, slot, value) in fields {
            if let Some(after) = value {
                changed(field, std::mem::replace(slot, after.clone()), after);
            }
        }
        if let Some(after) = change.verified {
            let before = std::mem::replace(&mut person.verified, after);
            changed("verified_badge", before.to_string(), after.to_string());
        }
        if let Some(after) = handle {
            let before = std::mem::replace(&mut person.handle, after.clone());
            self.handles.remove(&before.to_lowercase());
            self.handles.insert(after.to_lowercase(), id);
            changed("handle", before, after);
        }
        person.protected = change.protected.unwrap_or(person.protected);
        person.suspended = change.suspended.unwrap_or(person.suspended);
        person.dms_closed = change.dms_closed.unwrap_or(person.dms_closed);
        person.followers = change.followers.unwrap_or(person.followers);
        person.following = change.following.unwrap_or(person.following);
        Ok(facts)
    }

    pub(super) fn relate(&mut self, change: &RelationChange) -> Result<Vec<Fact>, WorldError> {
        let (source, target) = (self.who(&change.source)?, self.who(&change.target)?);
        if source == target {
            return Err(WorldError::SamePerson);
        }
        match change.kind {
            RelationKind::Follow => {
                self.count(source, |person| step(&mut person.following, change.on));
                self.count(target, |person| step(&mut person.followers, change.on));
            }
            RelationKind::Block if change.on => {
                self.blocks.insert((source, target));
            }
            RelationKind::Block => {
                self.blocks.remove(&(source, target));
            }
            RelationKind::Mute => {}
        }
        Ok(vec![Fact::Related {
            kind: change.kind,
            on: change.on,
            source,
            target,
        }])
    }

    pub(super) fn revoke(&self, who: &str, app: Option<XId>) -> Result<Vec<Fact>, WorldError> {
        Ok(vec![Fact::Revoked {
            person: self.who(who)?,
            app: app.unwrap_or(APP),
        }])
    }

    pub(super) fn count(&mut self, id: XId, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.get_mut(&id) {
            change(Arc::make_mut(person));
        }
    }

    pub(super) fn forget_people(&mut self) {
        let mut kept = 0;
        while self.people_order.len() > self.retention.people && kept < self.people_order.len() {
            let Some(id) = self.people_order.pop_front() else {
                break;
            };
            if self.people.get(&id).is_some_and(|person| person.keep) {
                self.people_order.push_back(id);
                kept += 1;
            } else if let Some(person) = self.people.remove(&id) {
                self.handles.remove(&person.handle.to_lowercase());
                self.blocks.retain(|pair| pair.0 != id && pair.1 != id);
            }
        }
    }
}

fn step(count: &mut u64, up: bool) {
    *count = if up {
        count.saturating_add(1)
    } else {
        count.saturating_sub(1)
    };
}
