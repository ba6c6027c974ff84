//! Lists as X answers them: what was asked for, what is missing, and the raw JSON of each.

use std::ops::Deref;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::model::{Includes, Media, Post, User};
use crate::error::Error;
use crate::http::Answer;
use crate::problem::{self, Problem};

/// An object with the bytes that X sent for it.
#[derive(Debug, Clone)]
pub struct Raw<T> {
    /// As far as callers look into it.
    pub value: T,
    /// As X sent it.
    pub json: Box<RawValue>,
}

impl<T: DeserializeOwned> Raw<T> {
    fn read(json: &RawValue) -> Option<Self> {
        let value = serde_json::from_str(json.get()).ok()?;
        Some(Self {
            value,
            json: json.to_owned(),
        })
    }
}

impl<T> Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The `meta` of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// Highest id of this page.
    pub newest_id: Option<String>,
    /// Lowest id of this page.
    pub oldest_id: Option<String>,
    /// Leads to the next, older page.
    pub next_token: Option<String>,
    /// Objects of this page.
    pub result_count: Option<u64>,
}

/// A page of a list, newest first.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Objects.
    pub items: Vec<Raw<T>>,
    /// Objects that cannot be read, as X sent them.
    pub unreadable: Vec<Box<RawValue>>,
    /// What is included beside them.
    pub includes: Includes,
    /// Errors of a part, as X names them.
    pub errors: Vec<Problem>,
    /// Where the page stands.
    pub meta: Meta,
}

/// Objects that were asked for by id or name.
#[derive(Debug, Clone)]
pub struct Lookup<T> {
    /// Those that X gave.
    pub items: Vec<Raw<T>>,
    /// Objects that cannot be read, as X sent them.
    pub unreadable: Vec<Box<RawValue>>,
    /// What is included beside them.
    pub includes: Includes,
    /// Those that X did not give: [`Problem::resource_id`] or [`Problem::value`] says which, its kind
    /// why (deleted, protected, suspended).
    pub missing: Vec<Problem>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    includes: Option<&'a RawValue>,
    #[serde(default)]
    errors: Option<serde_json::Value>,
    #[serde(default)]
    meta: Option<serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawIncludes<'a> {
    #[serde(borrow)]
    users: Vec<&'a RawValue>,
    #[serde(borrow, alias = "posts", rename = "tweets")]
    posts: Vec<&'a RawValue>,
    #[serde(borrow)]
    media: Vec<&'a RawValue>,
}

impl Includes {
    fn read(json: Option<&RawValue>) -> Self {
        let raw = json.and_then(|json| serde_json::from_str::<RawIncludes<'_>>(json.get()).ok());
        let raw = raw.unwrap_or_default();
        Self {
            users: raw
                .users
                .into_iter()
                .filter_map(Raw::<User>::read)
                .collect(),
            posts: raw
                .posts
                .into_iter()
                .filter_map(Raw::<Post>::read)
                .collect(),
            media: raw
                .media
                .into_iter()
                .filter_map(Raw::<Media>::read)
                .collect(),
        }
    }
}

impl<T: DeserializeOwned> Page<T> {
    pub(super) fn read(answer: &Answer) -> Result<Self, Error> {
        let envelope: Envelope<'_> = answer.whole()?;
        let errors = problem::list(envelope.errors.as_ref());
        if envelope.data.is_none() && envelope.meta.is_none() && !errors.is_empty() {
            return Err(answer.nothing());
        }
        let (items, unreadable) = objects(answer, envelope.data)?;
        let meta = envelope
            .meta
            .and_then(|meta| serde_json::from_value(meta).ok());
        let includes = Includes::read(envelope.includes);
        Ok(Self {
            items,
            unreadable,
            includes,
            errors,
            meta: meta.unwrap_or_default(),
        })
    }
}

impl<T: DeserializeOwned> Lookup<T> {
    /// A look-up of which nothing was found is not a refusal: it says what is missing.
    pub(super) fn read(answer: &Answer) -> Result<Self, Error> {
        let envelope: Envelope<'_> = answer.whole()?;
        let missing = problem::list(envelope.errors.as_ref());
        if envelope.data.is_none()
            && missing
                .iter()
                .all(|p| p.resource_id.is_none() && p.value.is_none())
        {
            return Err(answer.nothing());
        }
        let (items, unreadable) = objects(answer, envelope.data)?;
        Ok(Self {
            items,
            unreadable,
            includes: Includes::read(envelope.includes),
            missing,
        })
    }
}

/// Objects that were read, and those that could not be.
type Objects<T> = (Vec<Raw<T>>, Vec<Box<RawValue>>);

/// What `data` holds: a list, one object, or nothing.
fn objects<T: DeserializeOwned>(
    answer: &Answer,
    data: Option<&RawValue>,
) -> Result<Objects<T>, Error> {
    let text = data.map_or("[]", RawValue::get);
    let all: Vec<&RawValue> = match text.as_bytes().first() {
        Some(b'[') => serde_json::from_str(text).map_err(|_| answer.unreadable())?,
        Some(b'{') => data.into_iter().collect(),
        _ => return Err(answer.unreadable()),
    };
    let (mut items, mut unreadable) = (Vec::new(), Vec::new());
    for json in all {
        match Raw::read(json) {
            Some(item) => items.push(item),
            None => unreadable.push(json.to_owned()),
        }
    }
    Ok((items, unreadable))
}
