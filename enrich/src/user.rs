//! People, in every shape of X: flat or wrapped in `data`, version 1.1 or 2.
#![expect(clippy::struct_field_names, reason = "the names of X")]

use chrono::{DateTime, Utc};
use schemas::records::Profile;
use serde::Deserialize;

use crate::lenient::{Flag, Id, Num, Obj, Str};
use crate::time;

/// A user object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct User<'a> {
    data: Obj<Box<User<'a>>>,
    id: Id<'a>,
    id_str: Id<'a>,
    name: Str<'a>,
    username: Str<'a>,
    screen_name: Str<'a>,
    profile_image_url: Str<'a>,
    profile_image_url_https: Str<'a>,
    description: Str<'a>,
    location: Str<'a>,
    followers_count: Num,
    friends_count: Num,
    statuses_count: Num,
    public_metrics: Obj<Metrics>,
    verified: Flag,
    verified_type: Str<'a>,
    protected: Flag,
    created_at: Str<'a>,
    created_timestamp: Num,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metrics {
    followers_count: Num,
    following_count: Num,
    tweet_count: Num,
    post_count: Num,
}

impl<'a> User<'a> {
    /// The object inside `data`, if it is wrapped.
    pub fn flat(&self) -> &User<'a> {
        self.data.get().map_or(self, |inner| inner.flat())
    }

    /// X user id.
    pub fn id(&self) -> Option<&str> {
        self.id.or(&self.id_str)
    }

    /// Handle without @.
    pub fn handle(&self) -> Option<&str> {
        self.username.filled().or_else(|| self.screen_name.filled())
    }

    /// What X said about the person.
    pub fn profile(&self, x_id: &str, observed_at: DateTime<Utc>) -> Profile {
        let metrics = self.public_metrics.get();
        let count = |v2: fn(&Metrics) -> Num, v1: Num| metrics.and_then(|m| v2(m).0).or(v1.0);
        let tweets = |m: &Metrics| Num(m.tweet_count.0.or(m.post_count.0));
        let avatar = self.profile_image_url_https.owned();
        let joined = self.created_timestamp.0.and_then(time::from_ms);
        Profile {
            x_id: x_id.to_owned(),
            observed_at,
            handle: self.handle().map(str::to_owned),
            name: self.name.owned(),
            avatar_url: avatar.or_else(|| self.profile_image_url.owned()),
            description: self.description.get().map(str::to_owned),
            location: self.location.get().map(str::to_owned),
            followers: count(|m| m.followers_count, self.followers_count),
            following: count(|m| m.following_count, self.friends_count),
            tweets: count(tweets, self.statuses_count),
            verified: self.verified.0,
            verified_type: self.verified_type.owned(),
            protected: self.protected.0,
            joined_at: self.created_at.filled().and_then(time::parse).or(joined),
        }
    }
}
