//! The state of X as a pure machine: commands in, events out; no I/O, time and chance are given.

mod command;
mod event;
mod groups;
mod messages;
mod model;
mod people;
mod posts;
mod revise;
mod text;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

pub use command::{
    Command, Edit, Like, MessageBlock, NewGroup, NewMessage, NewPerson, NewPost,
    ParticipantsChange, ProfileChange, Receipt, RelationChange,
};
pub use event::{Event, Fact, RelationKind, WorldError};
pub use model::{
    Entities, Group, Happening, Link, LinkKind, Media, MediaKind, Mention, Message, Metrics,
    Person, Post, Tag,
};

pub(crate) use revise::edits_left;
pub(crate) use text::{
    MESSAGE_MAX, NOTE_EXCERPT, POST_WEIGHT, V1_EXCERPT, excerpt, short_link, weight,
};

use crate::id::{Snowflake, XId};

/// How much is remembered; the oldest leave first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    pub people: usize,
    pub posts: usize,
    pub messages: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            people: 50_000,
            posts: 100_000,
            messages: 50_000,
        }
    }
}

#[derive(Debug)]
pub struct World {
    retention: Retention,
    people: HashMap<XId, Arc<Person>>,
    handles: HashMap<String, XId>,
    people_order: VecDeque<XId>,
    posts: HashMap<XId, Arc<Post>>,
    posts_order: VecDeque<XId>,
    /// Each version of an edited post to its newest.
    versions: HashMap<XId, XId>,
    likes: HashMap<XId, HashSet<XId>>,
    messages: HashMap<XId, Arc<Message>>,
    messages_order: VecDeque<XId>,
    blocks: HashSet<(XId, XId)>,
    groups: HashMap<XId, Vec<XId>>,
    /// Person and message: deleted for that person alone.
    dropped: HashSet<(XId, XId)>,
    message_blocks: HashSet<(XId, XId)>,
    media_base: String,
    edit_window: TimeDelta,
}

/// Where X keeps the bytes of media.
const MEDIA_BASE: &str = "https://pbs.twimg.com";

impl World {
    pub fn new(retention: Retention) -> Self {
        Self {
            retention,
            people: HashMap::new(),
            handles: HashMap::new(),
            people_order: VecDeque::new(),
            posts: HashMap::new(),
            posts_order: VecDeque::new(),
            versions: HashMap::new(),
            likes: HashMap::new(),
            messages: HashMap::new(),
            messages_order: VecDeque::new(),
            blocks: HashSet::new(),
            groups: HashMap::new(),
            dropped: HashSet::new(),
            message_blocks: HashSet::new(),
            media_base: MEDIA_BASE.to_owned(),
            edit_window: posts::EDIT_WINDOW,
        }
    }

    /// Where the media of posts to come are fetched from, and the pictures of everybody who is there.
    pub fn set_media_base(&mut self, base: &str) {
        for person in self.people.values_mut() {
            if let Some(path) = person.avatar_url.strip_prefix(&self.media_base) {
                let avatar_url = format!("{base}{path}");
                Arc::make_mut(person).avatar_url = avatar_url;
            }
        }
        base.clone_into(&mut self.media_base);
    }

    pub fn set_edit_window(&mut self, window: TimeDelta) {
        self.edit_window = window;
    }

    /// Does what the command says, or nothing. The first event is the command's own.
    pub fn apply(
        &mut self,
        command: Command,
        now: DateTime<Utc>,
        rng: &mut StdRng,
    ) -> Result<Vec<Event>, WorldError> {
        let facts = match command {
            Command::AddPerson(new) => self.add_person(new, now)?,
            Command::ChangeProfile(change) => self.change_profile(&change)?,
            Command::Relate(change) => self.relate(&change)?,
            Command::Revoke { account, app } => self.revoke(&account, app)?,
            Command::Post(new) => self.post(&new, now)?,
            Command::Edit(edit) => self.edit(&edit, now)?,
            Command::DeletePost { post } => self.delete(post)?,
            Command::Like(like) => self.like(&like, rng.random())?,
            Command::Unlike(like) => self.unlike(&like)?,
            Command::Hide { post, hidden } => self.hide(post, hidden)?,
            Command::SendMessage(new) => self.send(new, now)?,
            Command::DropMessage { person, message } => self.drop_message(&person, message)?,
            Command::NewGroup(new) => self.new_group(&new, now)?,
            Command::Participants(change) => self.participants(&change, now)?,
            Command::BlockMessages(block) => self.block_messages(&block)?,
            Command::Read(receipt) => self.read(&receipt)?,
            Command::Typing(receipt) => self.typing(&receipt)?,
            Command::Chat(receipt) => self.chat(&receipt, now)?,
        };
        let events = facts
            .into_iter()
            .map(|fact| self.event(fact, now, rng.random()))
            .collect();
        self.forget();
        Ok(events)
    }

    pub fn people(&self) -> impl Iterator<Item = &Arc<Person>> {
        self.people_order
            .iter()
            .filter_map(|id| self.people.get(id))
    }

    /// Posts in the order they were made, newest versions only.
    pub fn posts(&self) -> impl DoubleEndedIterator<Item = &Arc<Post>> {
        self.posts_order
            .iter()
            .filter_map(|id| self.posts.get(id))
            .filter(|post| {
                self.versions
                    .get(&post.id)
                    .is_none_or(|newest| *newest == post.id)
            })
    }

    /// A post by any id of its edit history, in its newest version.
    pub fn find_post(&self, id: XId) -> Option<&Arc<Post>> {
        self.posts.get(self.versions.get(&id).unwrap_or(&id))
    }

    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages_order
            .iter()
            .filter_map(|id| self.messages.get(id))
    }

    fn event(&self, fact: Fact, at: DateTime<Utc>, uuid: i64) -> Event {
        let referenced: Vec<Arc<Post>> = fact
            .post()
            .into_iter()
            .flat_map(|post| [post.reply_to, post.quoted, post.reposted])
            .flatten()
            .filter_map(|id| self.find_post(id).cloned())
            .collect();
        let mut ids = fact.people();
        ids.extend(referenced.iter().map(|post| post.author));
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        let actor = fact.actor();
        let blocked = self
            .blocks
            .iter()
            .filter(|pair| pair.0 == actor)
            .map(|pair| pair.1);
        Event {
            uuid,
            at,
            people: ids
                .iter()
                .filter_map(|id| self.people.get(id).cloned())
                .collect(),
            referenced,
            blocked: blocked.collect(),
            fact,
        }
    }

    fn forget(&mut self) {
        while self.posts_order.len() > self.retention.posts {
            if let Some(id) = self.posts_order.pop_front() {
                self.posts.remove(&id);
                self.versions.remove(&id);
                self.likes.remove(&id);
            }
        }
        while self.messages_order.len() > self.retention.messages {
            if let Some(id) = self.messages_order.pop_front() {
                self.messages.remove(&id);
                self.dropped.retain(|pair| pair.1 != id);
            }
        }
        self.forget_people();
    }
}

/// The first free id at or after that time. The low bits start at a scrambled place, as those of
/// X look, so that rounding through a double is visible.
fn mint(time: DateTime<Utc>, taken: impl Fn(XId) -> bool) -> XId {
    let ms = time.timestamp_millis().cast_unsigned();
    let start = (ms.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44) & 0xF_FFFF;
    let mut seq = u32::try_from(start).unwrap_or(0);
    while taken(Snowflake::at(time, seq)) {
        seq += 1;
    }
    Snowflake::at(time, seq)
}
