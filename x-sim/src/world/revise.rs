//! What happens to a post later: likes, edits, its deletion.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Edit, Fact, Like, Post, World, WorldError, mint, posts::Draft};
use crate::id::XId;

/// Edits a post may have, on top of its first version.
const EDITS: usize = 5;

pub(crate) fn edits_left(post: &Post) -> u64 {
    (EDITS + 1).saturating_sub(post.history.len()) as u64
}

impl World {
    pub(super) fn like(&mut self, like: &Like, id: u128) -> Result<Vec<Fact>, WorldError> {
        let person = self.who(&like.person)?;
        let post = self.find_post(like.post).ok_or(WorldError::UnknownPost)?.id;
        if !self.likes.entry(post).or_default().insert(person) {
            return Err(WorldError::AlreadyLiked);
        }
        self.change_metrics(post, |metrics| metrics.likes += 1);
        self.count(person, |person| person.likes += 1);
        let post = self.find_post(post).ok_or(WorldError::UnknownPost)?.clone();
        Ok(vec![Fact::Liked { id, person, post }])
    }

    pub(super) fn unlike(&mut self, like: &Like) -> Result<Vec<Fact>, WorldError> {
        let person = self.who(&like.person)?;
        let subject = self.find_post(like.post).ok_or(WorldError::UnknownPost)?.id;
        if !self.likes.entry(subject).or_default().remove(&person) {
            return Err(WorldError::NotLiked);
        }
        self.change_metrics(subject, |metrics| {
            metrics.likes = metrics.likes.saturating_sub(1);
        });
        self.count(person, |person| {
            person.likes = person.likes.saturating_sub(1);
        });
        Ok(vec![Fact::Quiet { person, subject }])
    }

    pub(super) fn hide(&mut self, post: XId, hidden: bool) -> Result<Vec<Fact>, WorldError> {
        let subject = self.find_post(post).ok_or(WorldError::UnknownPost)?.id;
        let post = self.posts.get_mut(&subject).map(Arc::make_mut);
        let post = post.ok_or(WorldError::UnknownPost)?;
        post.hidden = hidden;
        let person = post.author;
        Ok(vec![Fact::Quiet { person, subject }])
    }

    /// Who likes the post, by id.
    pub fn likers(&self, post: XId) -> Vec<XId> {
        let newest = self.versions.get(&post).unwrap_or(&post);
        let mut ids: Vec<XId> = self
            .likes
            .get(newest)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        ids.sort_unstable();
        ids
    }

    /// A new version with an id of its own; the conversation and the window stay the first one's.
    pub(super) fn edit(
        &mut self,
        edit: &Edit,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let old = self
            .find_post(edit.post)
            .ok_or(WorldError::UnknownPost)?
            .clone();
        if old.reposted.is_some() {
            return Err(WorldError::RepostNotEditable);
        }
        if old.history.len() > EDITS {
            return Err(WorldError::NoEditsLeft);
        }
        if now > old.editable_until {
            return Err(WorldError::EditWindowClosed);
        }
        if edit.text.trim().is_empty() {
            return Err(WorldError::Empty);
        }
        let mut post = (*old).clone();
        post.id = mint(now, |id| self.posts.contains_key(&id));
        post.created_at = now;
        post.history.push(post.id);
        let find = |id: Option<XId>| id.and_then(|id| self.find_post(id).cloned());
        let (parent, quoted) = (find(old.reply_to), find(old.quoted));
        let draft = Draft {
            text: &edit.text,
            parent: parent.as_deref(),
            quoted: quoted.as_deref(),
            photos: post.media.len(),
            exclude: &[],
        };
        self.write(&mut post, &draft)?;
        for version in &post.history {
            self.versions.insert(*version, post.id);
        }
        if let Some(likes) = self.likes.remove(&old.id) {
            self.likes.insert(post.id, likes);
        }
        let id = post.id;
        self.count(post.author, |person| person.latest_post = Some(id));
        let post = Arc::new(post);
        self.posts.insert(id, post.clone());
        self.posts_order.push_back(id);
        Ok(vec![Fact::PostCreated { post }])
    }

    /// Deleting any version deletes them all; each is told of.
    pub(super) fn delete(&mut self, post: XId) -> Result<Vec<Fact>, WorldError> {
        let post = self.find_post(post).ok_or(WorldError::UnknownPost)?.clone();
        for version in &post.history {
            self.posts.remove(version);
            self.versions.remove(version);
        }
        self.posts_order.retain(|id| !post.history.contains(id));
        self.likes.remove(&post.id);
        for target in [post.reply_to, post.quoted, post.reposted] {
            let Some(target) = target else { continue };
            self.change_metrics(target, |metrics| {
                let count = match target {
                    _ if post.reply_to == Some(target) => &mut metrics.replies,
                    _ if post.quoted == Some(target) => &mut metrics.quotes,
                    _ => &mut metrics.reposts,
                };
                *count = count.saturating_sub(1);
            });
        }
        self.count(post.author, |person| {
            person.tweets = person.tweets.saturating_sub(1);
        });
        let author = post.author;
        Ok(post
            .history
            .iter()
            .map(|id| Fact::PostDeleted { id: *id, author })
            .collect())
    }
}
