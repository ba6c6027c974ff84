//! Which fields and expansions a caller asked for, and objects cut down to them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

pub(crate) use super::fields::PARAMETERS;
use super::{
    call::Query,
    errors::ApiError,
    fields::{EVENT_FIELDS, EXPANSIONS, MEDIA_FIELDS, POST_FIELDS, USER_FIELDS, fields, old_name},
};
use crate::{
    XId,
    payload::{Dialect, v2},
    world::{Media, Message, Person, Post, World},
};

#[derive(Debug)]
pub(crate) struct Projection {
    post: BTreeSet<String>,
    user: BTreeSet<String>,
    media: BTreeSet<String>,
    event: BTreeSet<String>,
    expansions: BTreeSet<String>,
    pub dialect: Dialect,
    /// Whose answer it is, for `receives_your_dm`.
    me: Option<XId>,
}

impl Projection {
    /// `post.fields` exists only on that side of the disagreement; the older names are taken on both.
    pub(crate) fn parse(
        query: &Query,
        dialect: &Dialect,
        me: Option<XId>,
    ) -> Result<Self, ApiError> {
        if let (false, Some(value)) = (dialect.post_field_names, query.get("post.fields")) {
            let message = "The query parameter [post.fields] is unknown".to_owned();
            return Err(ApiError::invalid("post.fields", value, message));
        }
        let mut post = fields(
            query,
            "tweet.fields",
            POST_FIELDS,
            &["id", "text", "edit_history_tweet_ids"],
        )?;
        post.extend(fields(query, "post.fields", POST_FIELDS, &[])?);
        let expansions = fields(query, "expansions", EXPANSIONS, &[])?;
        for expansion in &expansions {
            let shown = expansion.split('.').next().unwrap_or_default();
            post.insert(old_name(shown));
        }
        Ok(Self {
            post,
            user: fields(
                query,
                "user.fields",
                USER_FIELDS,
                &["id", "name", "username"],
            )?,
            media: fields(query, "media.fields", MEDIA_FIELDS, &["media_key", "type"])?,
            event: fields(
                query,
                "dm_event.fields",
                EVENT_FIELDS,
                &["id", "text", "event_type"],
            )?,
            expansions,
            dialect: Dialect {
                // Twins were seen in events, never in answers.
                str_twins: false,
                ..dialect.clone()
            },
            me,
        })
    }

    pub(crate) fn wants(&self, expansion: &str) -> bool {
        self.expansions.contains(expansion)
    }

    pub(crate) fn post(&self, post: &Post) -> Value {
        keep(v2::post(post, &self.dialect), &self.post)
    }

    pub(crate) fn user(&self, person: &Person, world: &World) -> Value {
        let mut value = v2::user(person, true, &self.dialect);
        if let (Some(me), Some(map)) = (self.me, value.as_object_mut()) {
            let open = !person.dms_closed && !world.refuses_messages(person.id, me);
            map.insert("receives_your_dm".to_owned(), open.into());
        }
        keep(value, &self.user)
    }

    pub(crate) fn media(&self, media: &Media) -> Value {
        keep(v2::media(media), &self.media)
    }

    pub(crate) fn event(&self, message: &Message) -> Value {
        let mut kept = self.event.clone();
        for expansion in &self.expansions {
            kept.extend(expansion.split('.').next().map(str::to_owned));
        }
        keep(super::dm_events::event(message, &self.dialect), &kept)
    }

    /// The expanded objects of posts, and errors for references that cannot be shown.
    pub(crate) fn includes(&self, posts: &[&Post], world: &World) -> (Value, Vec<Value>) {
        let mut includes = Includes::default();
        let mut errors = Vec::new();
        for post in posts {
            self.people_of(post, &mut includes.people);
            if self.wants("attachments.media_keys") {
                includes.media.extend(post.media.iter());
            }
            let references = [post.reply_to, post.quoted, post.reposted];
            let expanded =
                self.wants("referenced_tweets.id") || self.wants("referenced_tweets.id.author_id");
            for id in references.into_iter().flatten().filter(|_| expanded) {
                match super::posts::visible(world, id, self.me) {
                    Ok(found) => {
                        includes.posts.push(found);
                        if self.wants("referenced_tweets.id.author_id") {
                            includes.people.push(found.author);
                        }
                    }
                    Err(missing) => {
                        let id = id.to_string();
                        errors.push(missing.render(
                            "tweet",
                            "referenced_tweets.id",
                            &id,
                            &self.dialect,
                        ));
                    }
                }
            }
        }
        (self.render(&includes, world), errors)
    }

    fn people_of(&self, post: &Post, people: &mut Vec<XId>) {
        if self.wants("author_id") {
            people.push(post.author);
        }
        if self.wants("in_reply_to_user_id") {
            people.extend(post.reply_to_person);
        }
        if self.wants("entities.mentions.username") {
            people.extend(post.entities.mentions.iter().map(|mention| mention.id));
        }
    }

    pub(crate) fn render(&self, includes: &Includes<'_>, world: &World) -> Value {
        let mut map = Map::new();
        let mut seen = BTreeSet::new();
        let people = includes.people.iter().filter(|id| seen.insert(**id));
        let people = people.filter_map(|id| world.person_by_id(*id));
        let users: Vec<Value> = people.map(|person| self.user(person, world)).collect();
        let mut seen = BTreeSet::new();
        let posts = includes.posts.iter().filter(|post| seen.insert(post.id));
        let posts: Vec<Value> = posts.map(|post| self.post(post)).collect();
        let mut seen = BTreeSet::new();
        let media = includes.media.iter().filter(|media| seen.insert(media.id));
        let media: Vec<Value> = media.map(|media| self.media(media)).collect();
        for (key, list) in [("users", users), ("tweets", posts), ("media", media)] {
            if !list.is_empty() {
                map.insert(key.to_owned(), list.into());
            }
        }
        map.into()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Includes<'a> {
    pub people: Vec<XId>,
    pub posts: Vec<&'a Post>,
    pub media: Vec<&'a Media>,
}

/// Adds what has something in it: X leaves empty parts out.
pub(crate) fn put_parts(body: &mut Value, includes: Value, errors: &[Value]) {
    let Some(map) = body.as_object_mut() else {
        return;
    };
    if includes
        .as_object()
        .is_some_and(|includes| !includes.is_empty())
    {
        map.insert("includes".to_owned(), includes);
    }
    if !errors.is_empty() {
        map.insert("errors".to_owned(), json!(errors));
    }
}

fn keep(value: Value, fields: &BTreeSet<String>) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| fields.contains(&old_name(key)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}
