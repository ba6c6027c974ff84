//! Posts of version 1.1, as Account Activity carries them.
#![expect(clippy::struct_field_names, reason = "the names of X")]

use schemas::Kind;
use serde::Deserialize;

use crate::draft::{Body, Draft, Tally};
use crate::entities::{Entities, media_marks};
use crate::lenient::{Flag, Id, List, Num, Obj, Str};
use crate::media::MediaObject;
use crate::time;
use crate::user::User;

/// A post object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Tweet<'a> {
    id: Id<'a>,
    id_str: Id<'a>,
    text: Str<'a>,
    full_text: Str<'a>,
    truncated: Flag,
    created_at: Str<'a>,
    timestamp_ms: Num,
    in_reply_to_status_id: Id<'a>,
    in_reply_to_status_id_str: Id<'a>,
    in_reply_to_user_id: Id<'a>,
    in_reply_to_user_id_str: Id<'a>,
    quoted_status_id: Id<'a>,
    quoted_status_id_str: Id<'a>,
    user: Obj<User<'a>>,
    entities: Obj<Entities<'a>>,
    extended_entities: Obj<Entities<'a>>,
    extended_tweet: Obj<Extended<'a>>,
    retweeted_status: Obj<Box<Tweet<'a>>>,
    quoted_status: Obj<Box<Tweet<'a>>>,
    favorite_count: Num,
    retweet_count: Num,
    reply_count: Num,
    quote_count: Num,
    lang: Str<'a>,
}

/// The rest of a post that was cut at 140 characters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extended<'a> {
    full_text: Str<'a>,
    entities: Obj<Entities<'a>>,
    extended_entities: Obj<Entities<'a>>,
}

impl<'a> Tweet<'a> {
    /// X id.
    pub fn id(&self) -> Option<&str> {
        self.id.or(&self.id_str)
    }

    /// The author.
    pub fn user(&self) -> Option<&User<'a>> {
        self.user.get().map(User::flat)
    }

    /// Public counts, if X sent them.
    pub fn tally(&self) -> Option<Tally> {
        Some(Tally {
            likes: self.favorite_count.0?,
            reposts: self.retweet_count.0.unwrap_or(0),
            replies: self.reply_count.0.unwrap_or(0),
            quotes: self.quote_count.0.unwrap_or(0),
        })
    }

    /// X's time of the post.
    pub fn posted_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let stamp = self.timestamp_ms.0.and_then(time::from_ms);
        self.created_at.filled().and_then(time::parse).or(stamp)
    }

    /// The post as a draft; nothing without an id or a text.
    pub fn draft(&self) -> Option<Draft<'_>> {
        let original = self.retweeted_status.get();
        let quoted = self.quoted_status.get();
        let quoted_id = self.quoted_status_id.or(&self.quoted_status_id_str);
        let own = self.media();
        let media = if own.0.is_empty() {
            original.map_or(own, |post| post.media())
        } else {
            own
        };
        let others = [original, quoted]
            .into_iter()
            .flatten()
            .filter_map(|post| post.user());
        Some(Draft {
            kind: Kind::Post,
            id: self.id()?,
            author: self.user().and_then(User::id),
            posted_at: self.posted_at(),
            parent: self
                .in_reply_to_status_id
                .or(&self.in_reply_to_status_id_str),
            // A repost of a quoting post quotes nothing itself, as version 2 says.
            quoted: quoted_id
                .or_else(|| quoted.and_then(|post| post.id()))
                .filter(|_| original.is_none()),
            repost_of: original.and_then(|post| post.id()),
            in_reply_to: self.in_reply_to_user_id.or(&self.in_reply_to_user_id_str),
            body: self.body()?,
            original: original.and_then(|post| post.body()),
            media: media.objects().filter_map(MediaObject::record).collect(),
            lang: self.lang.filled(),
            tally: self.tally(),
            also: others.clone().filter_map(User::id).collect(),
            people: self.user().into_iter().chain(others).collect(),
            ..Draft::default()
        })
    }

    fn body(&self) -> Option<Body<'_>> {
        let extended = self.extended_tweet.get();
        let long = extended.and_then(|rest| rest.full_text.filled());
        let entities = match (long, extended) {
            (Some(_), Some(rest)) => &rest.entities,
            _ => &self.entities,
        };
        let whole = long.or_else(|| self.full_text.filled());
        let mut marks = entities
            .get()
            .map(|all| all.marks(|_| None))
            .unwrap_or_default();
        marks.extend(media_marks(self.media().objects()));
        Some(Body {
            text: whole.or_else(|| self.text.get())?,
            complete: whole.is_some() || self.truncated.0 != Some(true),
            marks,
            author: self.user().and_then(User::id),
        })
    }

    fn media(&self) -> &List<Obj<MediaObject<'a>>> {
        const NONE: &List<Obj<MediaObject<'_>>> = &List(Vec::new());
        let extended = self.extended_tweet.get();
        let places = [
            extended.and_then(|rest| rest.extended_entities.get()),
            self.extended_entities.get(),
            extended.and_then(|rest| rest.entities.get()),
            self.entities.get(),
        ];
        let lists = places.into_iter().flatten().map(|all| &all.media);
        lists
            .into_iter()
            .find(|media| !media.0.is_empty())
            .unwrap_or(NONE)
    }
}
