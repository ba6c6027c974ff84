//! Posts and direct message events of version 2, as REST, streams and X Activity carry them.
#![expect(clippy::struct_field_names, reason = "the names of X")]

use std::borrow::Cow;

use schemas::records::Media;
use schemas::{Kind, ids};
use serde::Deserialize;

use crate::draft::{Body, Draft, Tally};
use crate::entities::Entities;
use crate::lenient::{Flag, Id, List, Num, Obj, Str};
use crate::media::{self, MediaObject};
use crate::time;
use crate::user::User;

/// A post object, in the spelling of tweets and of posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Post<'a> {
    id: Id<'a>,
    text: Str<'a>,
    truncated: Flag,
    author_id: Id<'a>,
    created_at: Str<'a>,
    conversation_id: Id<'a>,
    in_reply_to_user_id: Id<'a>,
    in_reply_to_tweet_id: Id<'a>,
    in_reply_to_post_id: Id<'a>,
    referenced_tweets: List<Obj<Reference<'a>>>,
    referenced_posts: List<Obj<Reference<'a>>>,
    edit_history_tweet_ids: List<Id<'a>>,
    edit_history_post_ids: List<Id<'a>>,
    note_tweet: Obj<Note<'a>>,
    note_post: Obj<Note<'a>>,
    entities: Obj<Entities<'a>>,
    attachments: Obj<Attachments<'a>>,
    public_metrics: Obj<Metrics>,
    lang: Str<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Reference<'a> {
    #[serde(rename = "type")]
    relation: Str<'a>,
    id: Id<'a>,
}

/// The whole text of a long post.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Note<'a> {
    text: Str<'a>,
    entities: Obj<Entities<'a>>,
}

/// Keys of the media of a post or message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Attachments<'a> {
    media_keys: List<Str<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metrics {
    like_count: Num,
    retweet_count: Num,
    repost_count: Num,
    reply_count: Num,
    quote_count: Num,
}

/// What X sends along with an object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Includes<'a> {
    users: List<Obj<User<'a>>>,
    tweets: List<Obj<Post<'a>>>,
    posts: List<Obj<Post<'a>>>,
    media: List<Obj<MediaObject<'a>>>,
}

impl<'a> Includes<'a> {
    /// People sent along.
    pub fn people(&self) -> impl Iterator<Item = &User<'a>> {
        self.users.objects().map(User::flat)
    }

    /// The post with this id or one of whose versions has it.
    pub fn post(&self, id: &str) -> Option<&Post<'a>> {
        let mut all = self.tweets.objects().chain(self.posts.objects());
        all.find(|post| post.id.get() == Some(id) || post.versions().contains(&id))
    }

    fn id_of(&self, handle: &str) -> Option<&str> {
        let same = |user: &&User<'_>| {
            user.handle()
                .is_some_and(|h| h.eq_ignore_ascii_case(handle))
        };
        self.people().find(same).and_then(User::id)
    }

    /// The media with these keys, in that order.
    pub fn media(&self, attachments: &Obj<Attachments<'_>>) -> Vec<Media> {
        let keys = attachments
            .get()
            .map(|all| all.media_keys.0.as_slice())
            .unwrap_or_default();
        let find = |key: &str| {
            let same = |one: &&MediaObject<'_>| one.media_key.get() == Some(key);
            self.media
                .objects()
                .find(same)
                .and_then(MediaObject::record)
        };
        let record = |key: &str| find(key).unwrap_or_else(|| media::from_key(key));
        keys.iter().filter_map(Str::filled).map(record).collect()
    }
}

impl<'a> Post<'a> {
    /// Edit history, oldest first.
    pub fn versions(&self) -> Vec<&str> {
        let old = self.edit_history_tweet_ids.0.iter();
        let lists = old.chain(&self.edit_history_post_ids.0);
        let mut versions: Vec<&str> = lists.filter_map(Id::get).collect();
        let mut seen = Vec::new();
        versions.retain(|id| {
            !seen.contains(id) && {
                seen.push(*id);
                true
            }
        });
        versions
    }

    /// X user id of the author.
    pub fn author(&self) -> Option<&str> {
        self.author_id.get()
    }

    /// X's time of the post.
    pub fn posted_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.created_at.filled().and_then(time::parse)
    }

    /// Public counts, if X sent them.
    pub fn tally(&self) -> Option<Tally> {
        let metrics = self.public_metrics.get()?;
        Some(Tally {
            likes: metrics.like_count.0?,
            reposts: metrics
                .retweet_count
                .0
                .or(metrics.repost_count.0)
                .unwrap_or(0),
            replies: metrics.reply_count.0.unwrap_or(0),
            quotes: metrics.quote_count.0.unwrap_or(0),
        })
    }

    /// The post as a draft; nothing without an id or a text.
    pub fn draft<'b>(&'b self, includes: &'b Includes<'a>) -> Option<Draft<'b>> {
        let repost_of = self.reference("retweeted");
        let quoted = self.reference("quoted");
        let original = repost_of.and_then(|id| includes.post(id));
        let quoted_post = quoted.and_then(|id| includes.post(id));
        let parent = self
            .in_reply_to_tweet_id
            .get()
            .or_else(|| self.in_reply_to_post_id.get());
        let own = includes.media(&self.attachments);
        let others = || {
            original
                .map(|post| includes.media(&post.attachments))
                .unwrap_or_default()
        };
        Some(Draft {
            kind: Kind::Post,
            id: self.id.get()?,
            versions: self.versions(),
            author: self.author(),
            posted_at: self.posted_at(),
            conversation: self.conversation_id.get().map(Cow::Borrowed),
            parent: parent.or_else(|| self.reference("replied_to")),
            quoted,
            repost_of,
            in_reply_to: self.in_reply_to_user_id.get(),
            body: self.body(includes)?,
            original: original.and_then(|post| post.body(includes)),
            media: if own.is_empty() { others() } else { own },
            lang: self.lang.filled(),
            tally: self.tally(),
            also: [original, quoted_post]
                .into_iter()
                .flatten()
                .filter_map(Post::author)
                .collect(),
            people: includes.people().collect(),
            ..Draft::default()
        })
    }

    fn reference(&self, relation: &str) -> Option<&str> {
        let mut all = self
            .referenced_tweets
            .objects()
            .chain(self.referenced_posts.objects());
        all.find(|one| one.relation.get() == Some(relation))
            .and_then(|one| one.id.get())
    }

    fn body<'b>(&'b self, includes: &'b Includes<'a>) -> Option<Body<'b>> {
        let notes = [self.note_tweet.get(), self.note_post.get()]
            .into_iter()
            .flatten();
        let note = notes
            .into_iter()
            .find_map(|note| Some((note.text.filled()?, &note.entities)));
        let (text, entities) = match note {
            Some(note) => note,
            None => (self.text.get()?, &self.entities),
        };
        let marks = entities
            .get()
            .map(|all| all.marks(|handle| includes.id_of(handle)));
        let complete = note.is_some() || self.truncated.0 != Some(true);
        Some(Body {
            text,
            complete,
            marks: marks.unwrap_or_default(),
            author: self.author(),
        })
    }
}

/// A direct message event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct DmEvent<'a> {
    id: Id<'a>,
    event_type: Str<'a>,
    text: Str<'a>,
    sender_id: Id<'a>,
    dm_conversation_id: Str<'a>,
    created_at: Str<'a>,
    attachments: Obj<Attachments<'a>>,
    entities: Obj<Entities<'a>>,
}

impl<'a> DmEvent<'a> {
    /// Somebody joined or left a group: no message.
    pub fn participants(&self) -> bool {
        self.event_type
            .get()
            .is_some_and(|name| name.starts_with("Participants"))
    }

    /// The message as a draft; nothing without an id or a sender.
    pub fn draft<'b>(&'b self, includes: &'b Includes<'a>, account: &'b str) -> Option<Draft<'b>> {
        let sender = self.sender_id.get()?;
        let given = self.dm_conversation_id.filled();
        let recipient = match given {
            Some(conversation) => other_side(conversation, sender),
            // The page of one account: what others sent, they sent to it.
            None => Some(account).filter(|account| !account.is_empty() && *account != sender),
        };
        let pair = recipient.map(|recipient| Cow::Owned(ids::conversation(sender, recipient)));
        let marks = self
            .entities
            .get()
            .map(|all| all.marks(|handle| includes.id_of(handle)));
        Some(Draft {
            kind: Kind::Message,
            id: self.id.get()?,
            author: Some(sender),
            posted_at: self.created_at.filled().and_then(time::parse),
            conversation: pair.or(given.map(Cow::Borrowed)),
            recipient,
            body: Body {
                text: self.text.get().unwrap_or_default(),
                complete: true,
                marks: marks.unwrap_or_default(),
                author: Some(sender),
            },
            media: includes.media(&self.attachments),
            people: includes.people().collect(),
            ..Draft::default()
        })
    }
}

/// The other of the two ids in a conversation of two; nobody in a group.
fn other_side<'b>(conversation: &'b str, sender: &str) -> Option<&'b str> {
    match conversation.split_once('-')? {
        (one, other) if one == sender => Some(other),
        (other, one) if one == sender => Some(other),
        _ => None,
    }
}
