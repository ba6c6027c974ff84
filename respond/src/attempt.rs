//! One call to X, and one look at it.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use runtime::chaos;
use x_client::calls::{
    DmPage, DmScope, Image, MediaState, PrivateMessage, PublicReply, Recipient, TimelinePage,
    Uploaded,
};
use x_client::ids::{DmMediaId, PostMediaId, UserId};
use x_client::{Client, Endpoint, Error};

use crate::decide::{Failure, Outcome, outcome};
use crate::intent::{Act, Private, Public};
use crate::look::{Candidate, hash_of_x};
use crate::pg::rows::Reply;

/// Pages that a look reads at most.
const PAGES_MAX: u32 = 5;
/// Things of a page.
const PAGE: u32 = 100;
/// An upload is used no longer than this, whatever X grants: it must outlive its call.
const MEDIA_MARGIN: TimeDelta = TimeDelta::minutes(10);
/// What X grants if it does not say.
const MEDIA_LIFE_S: u64 = 86_400;

/// The endpoint that an act is counted at.
pub(crate) fn endpoint(kind: &str) -> Endpoint {
    match kind {
        "message" => Endpoint::DmSend,
        "delete-post" => Endpoint::PostsDelete,
        "delete-message" => Endpoint::DmDelete,
        "like" => Endpoint::LikesCreate,
        "unlike" => Endpoint::LikesDelete,
        _ => Endpoint::PostsCreate,
    }
}

/// A picture that X has for this account and purpose: two types, for the two kinds never mix.
pub(crate) enum Picture {
    Post(PostMediaId),
    Dm(DmMediaId),
}

impl Picture {
    /// Reads what [`Picture::id`] wrote.
    pub fn of(private: bool, id: &str) -> Option<Self> {
        if private {
            DmMediaId::new(id).ok().map(Self::Dm)
        } else {
            PostMediaId::new(id).ok().map(Self::Post)
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Post(id) => id.as_str(),
            Self::Dm(id) => id.as_str(),
        }
    }
}

/// Uploads a picture and says what it shows; until when it can be used.
pub(crate) async fn upload(
    client: &Client,
    private: bool,
    (media_type, bytes, alt_text): (&str, Bytes, &str),
    now: DateTime<Utc>,
) -> Result<(Picture, DateTime<Utc>), Outcome> {
    let image = Image {
        media_type: media_type.to_owned(),
        bytes,
    };
    // Nobody sees an upload: one of unknown outcome is made again.
    let unseen = |error: Error| match outcome(&error) {
        Outcome::Unknown => Outcome::NotSent,
        other => other,
    };
    if private {
        let uploaded = client.upload_for_dm(&image).await.map_err(unseen)?;
        let until = usable(&uploaded, now)?;
        if !alt_text.is_empty() {
            let described = client.describe_dm_media(&uploaded.id, alt_text).await;
            described.map_err(unseen)?;
        }
        return Ok((Picture::Dm(uploaded.id), until));
    }
    let uploaded = client.upload_for_post(&image).await.map_err(unseen)?;
    let until = usable(&uploaded, now)?;
    if !alt_text.is_empty() {
        let described = client.describe_post_media(&uploaded.id, alt_text).await;
        described.map_err(unseen)?;
    }
    Ok((Picture::Post(uploaded.id), until))
}

fn usable<Id>(uploaded: &Uploaded<Id>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Outcome> {
    match uploaded.state {
        MediaState::Ready => {
            let life = uploaded.expires_after_s.unwrap_or(MEDIA_LIFE_S);
            let life = TimeDelta::seconds(i64::try_from(life.min(MEDIA_LIFE_S)).unwrap_or(0));
            Ok(now + life - MEDIA_MARGIN)
        }
        MediaState::Processing => Err(Outcome::NotSent),
        MediaState::Failed => Err(Outcome::Refused(Failure {
            kind: "media-refused".to_owned(),
            title: "X did not take the picture".to_owned(),
            ..Failure::default()
        })),
    }
}

/// Does it. The caller has counted the call.
pub(crate) async fn call(
    client: &Client,
    account: &UserId,
    act: &Act,
    picture: Option<Picture>,
) -> Outcome {
    let done = |result: Result<(), Error>| match result {
        Ok(()) => Outcome::Done(None),
        Err(error) => outcome(&error),
    };
    let ended = match act {
        Act::Public(reply) => public(client, reply, picture).await,
        Act::Private(message) => private(client, message, picture).await,
        Act::DeletePost(post) => done(client.delete_post(post).await.map(drop)),
        Act::DeleteMessage(event) => done(client.delete_message(event).await.map(drop)),
        Act::Like(post) => done(client.like(account, post).await.map(drop)),
        Act::Unlike(post) => done(client.unlike(account, post).await.map(drop)),
    };
    chaos::point("respond-after-call");
    ended
}

async fn public(client: &Client, reply: &Public, picture: Option<Picture>) -> Outcome {
    let mut out = PublicReply::new(reply.text.clone(), reply.target.clone());
    out.exclude_reply_user_ids.clone_from(&reply.exclude);
    out.summoned = reply.summoned;
    match picture {
        None => {}
        Some(Picture::Post(id)) => out.media.push(id),
        Some(Picture::Dm(_)) => return mixed_up(),
    }
    match client.reply(&out).await {
        Ok(created) => Outcome::Done(Some(created.id.to_string())),
        Err(error) => outcome(&error),
    }
}

async fn private(client: &Client, message: &Private, picture: Option<Picture>) -> Outcome {
    let to = message.to.clone();
    let out = match (message.text.clone(), picture) {
        (Some(text), None) => PrivateMessage::new(text, to),
        (Some(text), Some(Picture::Dm(id))) => PrivateMessage::new(text, to).with_picture(id),
        (None, Some(Picture::Dm(id))) => PrivateMessage::picture(id, to),
        (None, None) | (_, Some(Picture::Post(_))) => return mixed_up(),
    };
    match client.send_message(&out).await {
        Ok(sent) => Outcome::Done(Some(sent.dm_event_id.to_string())),
        Err(error) => outcome(&error),
    }
}

fn mixed_up() -> Outcome {
    Outcome::Refused(Failure {
        kind: "mistake".to_owned(),
        title: "It cannot be sent so".to_owned(),
        ..Failure::default()
    })
}

/// What the account wrote at the place of a reply between these times, as X shows it.
pub(crate) async fn look(
    client: &Client,
    reply: &Reply,
    act: &Act,
    (from, until): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<Vec<Candidate>, Error> {
    match act {
        Act::Private(message) => messages(client, reply, &message.to, from).await,
        _ => posts(client, reply, (from, until)).await,
    }
}

async fn posts(
    client: &Client,
    reply: &Reply,
    (from, until): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<Vec<Candidate>, Error> {
    let Ok(account) = UserId::new(reply.account.clone()) else {
        return Ok(Vec::new());
    };
    let mut page = TimelinePage {
        start_time: Some(from),
        end_time: until,
        max_results: Some(PAGE),
        ..TimelinePage::default()
    };
    let mut found = Vec::new();
    for _ in 0..PAGES_MAX {
        let posts = client.posts_of(&account, &page).await?;
        found.extend(posts.items.iter().map(|post| Candidate {
            x_id: post.id.to_string(),
            target: post.replied_to().map(ToString::to_string),
            hash: hash_of_x(post.full_text(), post.json.get()),
            at: post.created_at,
        }));
        page.pagination_token = posts.meta.next_token;
        if page.pagination_token.is_none() {
            break;
        }
    }
    Ok(found)
}

async fn messages(
    client: &Client,
    reply: &Reply,
    to: &Recipient,
    from: DateTime<Utc>,
) -> Result<Vec<Candidate>, Error> {
    let scope = match to {
        Recipient::User(user) => DmScope::With(user.clone()),
        Recipient::Conversation(id) => DmScope::Conversation(id.clone()),
    };
    let mut page = DmPage {
        max_results: Some(PAGE),
        messages_only: true,
        ..DmPage::default()
    };
    let mut found = Vec::new();
    for _ in 0..PAGES_MAX {
        let events = client.dm_events(&scope, &page).await?;
        let old = events
            .items
            .last()
            .and_then(|event| event.created_at)
            .is_some_and(|at| at < from);
        let own = events.items.iter().filter(|event| {
            event.sender_id.as_ref().map(UserId::as_str) == Some(reply.account.as_str())
        });
        found.extend(own.map(|event| Candidate {
            x_id: event.id.to_string(),
            target: None,
            hash: hash_of_x(event.text.as_deref().unwrap_or_default(), event.json.get()),
            at: event.created_at,
        }));
        page.pagination_token = events.meta.next_token;
        if page.pagination_token.is_none() || old {
            break;
        }
    }
    Ok(found)
}
