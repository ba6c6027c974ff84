//! Traffic whose truth is known: an invented world writes, replies, edits, deletes, likes and
//! sends messages; each event is rendered as X would, and what must come out is noted.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use x_sim::XId;
use x_sim::config::Envelope;
use x_sim::payload::{Dialect, to_bytes};
use x_sim::route::{Watch, items};
use x_sim::world::{
    Command, Edit, Event, Fact, Like, NewMessage, NewPerson, NewPost, Retention, World,
};

use crate::stack::Org;

const TEXTS: &[&str] = &[
    "my parcel has not come, is it lost?",
    "thank you, that was quick and kind",
    "the zip broke on day two, very disappointed",
    "do you have this in green?",
    "mein Paket ist seit drei Wochen unterwegs, was ist da los?",
    "¿cuándo abre la tienda de la plaza?",
    "waited 40 minutes on the phone and nobody answered, this is awful",
    "lovely service today 😊 please thank Mara for me",
];

/// What must be known of an item in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// False while only a deletion of it was told.
    pub content: bool,
    pub author: String,
    pub inbound: bool,
    pub thread: String,
    /// Text of the newest version; empty once deleted.
    pub text: String,
    pub deleted: bool,
    pub posted_at: DateTime<Utc>,
    pub repost: bool,
}

impl Default for Expected {
    fn default() -> Self {
        Self {
            content: false,
            author: String::new(),
            inbound: false,
            thread: String::new(),
            text: String::new(),
            deleted: false,
            posted_at: DateTime::<Utc>::MAX_UTC,
            repost: false,
        }
    }
}

/// Organisation, kind, X id of the first version.
pub type Key = (String, &'static str, String);

/// A body to be delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Index of the organisation.
    pub org: usize,
    pub body: Bytes,
}

/// The generator.
pub struct Traffic {
    world: World,
    rng: StdRng,
    now: DateTime<Utc>,
    brands: Vec<(Org, XId, Envelope)>,
    people: Vec<XId>,
    roots: Vec<(usize, XId)>,
    firsts: HashMap<XId, XId>,
    newest: Option<uuid::Uuid>,
    /// What must come out.
    pub expected: BTreeMap<Key, Expected>,
}

impl Traffic {
    /// A world of `people` customers who talk to these organisations; the first by X Activity, the
    /// next by Account Activity, and so on.
    pub fn new(seed: u64, orgs: &[Org], people: usize, start: DateTime<Utc>) -> Self {
        let all = usize::MAX;
        let mut traffic = Self {
            world: World::new(Retention {
                people: all,
                posts: all,
                messages: all,
            }),
            rng: StdRng::seed_from_u64(seed),
            now: start,
            brands: Vec::new(),
            people: Vec::new(),
            roots: Vec::new(),
            firsts: HashMap::new(),
            newest: None,
            expected: BTreeMap::new(),
        };
        for (n, org) in orgs.iter().enumerate() {
            let id = XId(org.x_id.parse().unwrap_or_default());
            traffic.person(&org.handle, Some(id));
            let envelope = if n % 2 == 0 {
                Envelope::Xaa
            } else {
                Envelope::Aaa
            };
            traffic.brands.push((org.clone(), id, envelope));
        }
        for n in 0..people {
            let id = XId(7_000_000_000 + n as u64);
            traffic.person(&format!("person{n}"), Some(id));
            traffic.people.push(id);
        }
        traffic
    }

    fn person(&mut self, handle: &str, id: Option<XId>) {
        let followers = self.rng.random_range(0..200_000);
        let person = NewPerson {
            handle: handle.into(),
            id,
            followers,
            ..NewPerson::default()
        };
        self.apply(Command::AddPerson(person));
    }

    fn apply(&mut self, command: Command) -> Vec<Event> {
        self.now += TimeDelta::milliseconds(self.rng.random_range(1..40));
        // A command that the world refuses (a post already deleted) is no event.
        self.world
            .apply(command, self.now, &mut self.rng)
            .unwrap_or_default()
    }

    /// Item of the last content that was rendered.
    pub fn newest(&self) -> Option<uuid::Uuid> {
        self.newest
    }

    /// The next act of somebody, as deliveries.
    pub fn step(&mut self) -> Vec<Delivery> {
        let events = match self.rng.random_range(0..100) {
            0..45 => self.mention(),
            45..65 => self.reply(),
            65..85 => self.message(),
            85..90 => self.like(),
            90..94 => self.repost(),
            94..97 => self.delete(),
            _ => self.edit(),
        };
        events.iter().flat_map(|event| self.render(event)).collect()
    }

    fn someone(&mut self) -> XId {
        // Few people write much, many write little.
        let n = self.people.len();
        let skew: f64 = self.rng.random::<f64>().powi(3);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the length"
        )]
        let at = (skew * n as f64) as usize;
        self.people[at.min(n - 1)]
    }

    fn brand(&mut self) -> usize {
        self.rng.random_range(0..self.brands.len())
    }

    fn text(&mut self, org: usize) -> String {
        let text = TEXTS.choose(&mut self.rng).copied().unwrap_or_default();
        let number: u32 = self.rng.random_range(0..100_000);
        format!("@{} {text} #{number}", self.brands[org].0.handle)
    }

    fn mention(&mut self) -> Vec<Event> {
        let org = self.brand();
        let (author, text) = (self.someone(), self.text(org));
        let photo = self.rng.random_bool(0.1);
        let post = NewPost {
            author: author.to_string(),
            text,
            photo,
            ..NewPost::default()
        };
        let events = self.apply(Command::Post(post));
        self.roots
            .extend(events.iter().map(|event| (org, event.fact.subject())));
        events
    }

    fn reply(&mut self) -> Vec<Event> {
        let Some((org, to)) = self.recent() else {
            return self.mention();
        };
        let ours = self.rng.random_bool(0.4);
        let author = if ours {
            self.brands[org].1
        } else {
            self.someone()
        };
        let text = self.text(org);
        let post = NewPost {
            author: author.to_string(),
            text,
            reply_to: Some(to),
            ..NewPost::default()
        };
        let events = self.apply(Command::Post(post));
        self.roots
            .extend(events.iter().map(|event| (org, event.fact.subject())));
        events
    }

    fn recent(&mut self) -> Option<(usize, XId)> {
        let from = self.roots.len().saturating_sub(200);
        self.roots[from..].choose(&mut self.rng).copied()
    }

    fn message(&mut self) -> Vec<Event> {
        let org = self.brand();
        let (brand, person) = (self.brands[org].1, self.someone());
        let (from, to) = if self.rng.random_bool(0.3) {
            (brand, person)
        } else {
            (person, brand)
        };
        let text = self.text(org);
        let message = NewMessage {
            from: from.to_string(),
            to: to.to_string(),
            text,
            ..NewMessage::default()
        };
        self.apply(Command::SendMessage(message))
    }

    fn like(&mut self) -> Vec<Event> {
        let Some((_, post)) = self.recent() else {
            return Vec::new();
        };
        let person = self.someone().to_string();
        self.apply(Command::Like(Like { person, post }))
    }

    fn repost(&mut self) -> Vec<Event> {
        let Some((_, post)) = self.recent() else {
            return Vec::new();
        };
        let author = self.someone().to_string();
        self.apply(Command::Post(NewPost {
            author,
            repost: Some(post),
            ..NewPost::default()
        }))
    }

    fn delete(&mut self) -> Vec<Event> {
        let Some((_, post)) = self.recent() else {
            return Vec::new();
        };
        self.apply(Command::DeletePost { post })
    }

    fn edit(&mut self) -> Vec<Event> {
        let Some((org, post)) = self.recent() else {
            return Vec::new();
        };
        let text = self.text(org);
        self.apply(Command::Edit(Edit { post, text }))
    }

    // Everybody's deletions are subscribed, as a desk that must follow them would.
    fn render(&mut self, event: &Event) -> Vec<Delivery> {
        let watch = Watch {
            everybody: true,
            people: Vec::new(),
        };
        let dialect = Dialect::default();
        let mut deliveries = Vec::new();
        for n in 0..self.brands.len() {
            let (org, account, envelope) = self.brands[n].clone();
            for item in items(event, envelope, &[account], &watch, &dialect) {
                self.note(&org, (account, envelope), event, item.event);
                let body = to_bytes(&item.body, &dialect, item.seed);
                deliveries.push(Delivery { org: n, body });
            }
        }
        deliveries
    }

    fn note(&mut self, org: &Org, (account, envelope): (XId, Envelope), event: &Event, kind: &str) {
        match &event.fact {
            Fact::PostCreated { post } if is_content(kind) => {
                // Account Activity tells no edit history: each version is an item of its own.
                let whole = envelope == Envelope::Xaa;
                let first = post
                    .history
                    .first()
                    .copied()
                    .filter(|_| whole)
                    .unwrap_or(post.id);
                if whole {
                    self.firsts.insert(post.id, first);
                }
                let key = (org.id.clone(), "post", first.to_string());
                self.newest = Some(schemas::ids::item(&key.0, schemas::Kind::Post, &key.2));
                let known = self.expected.entry(key).or_default();
                known.content = true;
                known.author = post.author.to_string();
                known.inbound = post.author != account;
                known.thread = post.conversation.to_string();
                known.posted_at = known.posted_at.min(event.at);
                known.repost = post.reposted.is_some();
                if !known.deleted {
                    known.text.clone_from(&post.text);
                }
            }
            Fact::PostDeleted { id, .. } => {
                let first = self
                    .firsts
                    .get(id)
                    .copied()
                    .filter(|_| envelope == Envelope::Xaa);
                let first = first.unwrap_or(*id);
                let key = (org.id.clone(), "post", first.to_string());
                let known = self.expected.entry(key).or_default();
                known.deleted = true;
                known.text.clear();
            }
            Fact::MessageSent { message } if is_content(kind) => {
                let key = (org.id.clone(), "message", message.id.to_string());
                self.newest = Some(schemas::ids::item(&key.0, schemas::Kind::Message, &key.2));
                let known = self.expected.entry(key).or_default();
                known.content = true;
                known.author = message.sender.to_string();
                known.inbound = message.sender != account;
                known.thread = message.conversation();
                known.posted_at = message.created_at;
                known.text.clone_from(&message.text);
            }
            _ => {}
        }
    }
}

fn is_content(event: &str) -> bool {
    matches!(event, "tweet_create_events" | "direct_message_events")
        || event.starts_with("post.") && event.ends_with("create")
        || event.starts_with("dm.")
}
