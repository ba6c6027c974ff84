//! Posts as they are made: text, references, conversation, counts.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Fact, LinkKind, Media, MediaKind, Metrics, NewPost, Post, World, WorldError, mint,
    text::{Composer, TEXT_MAX},
};
use crate::id::XId;

/// What the payloads of July 2026 show; the prose says half an hour.
pub(super) const EDIT_WINDOW: TimeDelta = TimeDelta::hours(1);
const PHOTO_SIZE: (u32, u32) = (1_200, 900);
const REPOST_TEXT_CHARS: usize = 140;

/// The parts of a text, written once and again for each edit.
pub(super) struct Draft<'a> {
    pub text: &'a str,
    pub parent: Option<&'a Post>,
    pub quoted: Option<&'a Post>,
    pub photos: usize,
    /// Whom the lead does not name.
    pub exclude: &'a [XId],
}

impl World {
    pub(super) fn post(
        &mut self,
        new: &NewPost,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, WorldError> {
        let author = self.who(&new.author)?;
        let created_at = new.created_at.unwrap_or(now);
        let id = match new.id {
            Some(id) if self.posts.contains_key(&id) => return Err(WorldError::IdTaken),
            Some(id) => id,
            None => mint(created_at, |id| self.posts.contains_key(&id)),
        };
        let post = match new.repost {
            Some(original) => self.repost(new, id, author, original, created_at)?,
            None => self.compose_post(new, id, author, created_at)?,
        };
        self.count_references(&post);
        let post = Arc::new(post);
        self.posts.insert(id, post.clone());
        self.posts_order.push_back(id);
        Ok(vec![Fact::PostCreated { post }])
    }

    fn compose_post(
        &self,
        new: &NewPost,
        id: XId,
        author: XId,
        created_at: DateTime<Utc>,
    ) -> Result<Post, WorldError> {
        let bare = !new.photo && new.media.is_empty() && new.quote.is_none();
        if new.text.trim().is_empty() && bare {
            return Err(WorldError::Empty);
        }
        let find = |id: Option<XId>| match id {
            Some(id) => self
                .find_post(id)
                .cloned()
                .map(Some)
                .ok_or(WorldError::UnknownPost),
            None => Ok(None),
        };
        let (parent, quoted) = (find(new.reply_to)?, find(new.quote)?);
        let draft = Draft {
            text: &new.text,
            parent: parent.as_deref(),
            quoted: quoted.as_deref(),
            photos: usize::from(new.photo) + new.media.len(),
            exclude: &new.exclude,
        };
        let made = new.photo.then(|| self.photo(id, new.alt_text.clone()));
        let mut post = Post {
            id,
            author,
            created_at,
            text: String::new(),
            display_range: (0, 0),
            entities: super::Entities::default(),
            media: made.into_iter().chain(new.media.iter().cloned()).collect(),
            lang: new.lang.clone().unwrap_or_else(|| "en".to_owned()),
            conversation: parent.as_ref().map_or(id, |parent| parent.conversation),
            reply_to: parent.as_ref().map(|parent| parent.id),
            reply_to_person: parent.as_ref().map(|parent| parent.author),
            quoted: quoted.as_ref().map(|quoted| quoted.id),
            reposted: None,
            history: vec![id],
            editable_until: created_at + self.edit_window,
            hidden: false,
            metrics: new.metrics.unwrap_or_default(),
        };
        self.write(&mut post, &draft)?;
        // A post that starts with a handle but answers nothing still names whom it is for.
        if post.reply_to.is_none() {
            let first = post
                .entities
                .mentions
                .first()
                .filter(|mention| mention.start == 0);
            post.reply_to_person = first.map(|mention| mention.id);
        }
        Ok(post)
    }

    /// Fills in what follows from the text: the text as X keeps it, its range and entities.
    pub(super) fn write(&self, post: &mut Post, draft: &Draft<'_>) -> Result<(), WorldError> {
        let find = |handle: &str| {
            let person = self.person(&format!("@{handle}"))?;
            let named = person.handle.eq_ignore_ascii_case(handle);
            named.then(|| (person.id, person.handle.clone(), person.name.clone()))
        };
        let mut composer = Composer::new(post.id, &find);
        let body = self.lead(post.author, draft, &mut composer);
        let start = composer.len();
        composer.write(body);
        let end = composer.len();
        if let Some(quoted) = draft.quoted {
            let handle = self.handle_of(quoted.author);
            let target = format!("https://twitter.com/{handle}/status/{}", quoted.id);
            let shown = format!("x.com/{handle}/st…");
            composer.append(&target, &shown, LinkKind::Quote);
        }
        if draft.photos > 0 {
            let handle = self.handle_of(post.author);
            let target = format!("https://x.com/{handle}/status/{}/photo/1", post.id);
            composer.append(&target, "", LinkKind::Media);
        }
        post.text = composer.text();
        post.display_range = (start, end);
        post.entities = composer.entities;
        if post.text.chars().count() > TEXT_MAX {
            return Err(WorldError::TooLong);
        }
        Ok(())
    }

    /// Puts the parent's author and those it names in front, as X's own clients do, unless the
    /// writer did; gives back the rest of the text.
    fn lead<'t, F: Fn(&str) -> Option<(XId, String, String)>>(
        &self,
        author: XId,
        draft: &Draft<'t>,
        composer: &mut Composer<'_, F>,
    ) -> &'t str {
        let Some(parent) = draft.parent else {
            return draft.text;
        };
        let mut ids = vec![parent.author];
        ids.extend(parent.entities.mentions.iter().map(|mention| mention.id));
        ids.retain(|id| *id != author && !draft.exclude.contains(id));
        let mut handles: Vec<String> = Vec::new();
        for id in ids {
            let handle = self.handle_of(id);
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        }
        let mut body = draft.text;
        while let Some(rest) = body.strip_prefix('@') {
            let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            if !handles
                .iter()
                .any(|handle| handle.eq_ignore_ascii_case(first))
            {
                break;
            }
            body = tail;
        }
        composer.lead(&handles);
        body
    }

    fn repost(
        &self,
        new: &NewPost,
        id: XId,
        author: XId,
        original: XId,
        created_at: DateTime<Utc>,
    ) -> Result<Post, WorldError> {
        if !new.text.is_empty() || new.reply_to.is_some() || new.quote.is_some() || new.photo {
            return Err(WorldError::MixedReferences);
        }
        let mut original = self.find_post(original).ok_or(WorldError::UnknownPost)?;
        if let Some(first) = original.reposted.and_then(|first| self.find_post(first)) {
            original = first;
        }
        let whole = format!("RT @{}: {}", self.handle_of(original.author), original.text);
        let cut = whole.chars().count() > REPOST_TEXT_CHARS;
        let shown: String = whole
            .chars()
            .take(REPOST_TEXT_CHARS - usize::from(cut))
            .collect();
        let find = |handle: &str| {
            let person = self.person(&format!("@{handle}"))?;
            Some((person.id, person.handle.clone(), person.name.clone()))
        };
        let mut mentions = Composer::new(id, &find);
        mentions.write(&format!("RT @{}", self.handle_of(original.author)));
        let text = if cut { format!("{shown}…") } else { shown };
        Ok(Post {
            id,
            author,
            created_at,
            display_range: (0, text.chars().count()),
            entities: mentions.entities,
            text,
            media: Vec::new(),
            lang: original.lang.clone(),
            conversation: id,
            reply_to: None,
            reply_to_person: None,
            quoted: None,
            reposted: Some(original.id),
            history: vec![id],
            editable_until: created_at,
            hidden: false,
            metrics: Metrics::default(),
        })
    }

    fn count_references(&mut self, post: &Post) {
        let counted = [
            (
                post.reply_to,
                (|metrics| &mut metrics.replies) as fn(&mut Metrics) -> &mut u64,
            ),
            (post.quoted, |metrics| &mut metrics.quotes),
            (post.reposted, |metrics| &mut metrics.reposts),
        ];
        for (target, field) in counted {
            if let Some(target) = target {
                self.change_metrics(target, |metrics| *field(metrics) += 1);
            }
        }
        let (id, media) = (post.id, post.media.len() as u64);
        self.count(post.author, |person| {
            person.tweets += 1;
            person.media += media;
            person.latest_post = Some(id);
        });
    }

    pub(super) fn change_metrics(&mut self, post: XId, change: impl FnOnce(&mut Metrics)) {
        let newest = *self.versions.get(&post).unwrap_or(&post);
        if let Some(post) = self.posts.get_mut(&newest) {
            change(&mut Arc::make_mut(post).metrics);
        }
    }

    fn handle_of(&self, id: XId) -> String {
        self.people
            .get(&id)
            .map_or_else(|| id.to_string(), |person| person.handle.clone())
    }
}

impl World {
    pub(super) fn photo(&self, owner: XId, alt_text: Option<String>) -> Media {
        let id = XId(owner.0 - 4_096.min(owner.0));
        Media {
            alt_text,
            ..self.media(id, MediaKind::Photo)
        }
    }

    /// A media object as posts carry it, at the address where its bytes are.
    pub fn media(&self, id: XId, kind: MediaKind) -> Media {
        let name = match kind {
            MediaKind::Video => "mp4",
            MediaKind::Photo | MediaKind::AnimatedGif => "png",
        };
        Media {
            id,
            kind,
            url: format!("{}/media/{:X}.{name}", self.media_base, id.0),
            width: PHOTO_SIZE.0,
            height: PHOTO_SIZE.1,
            alt_text: None,
        }
    }
}
