//! What becomes of uploads: alt texts, media of posts and messages, bytes for readers.

use serde::Deserialize;
use serde_json::json;

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError},
    media::{mine, wrong},
    media_store::{State, Use},
    projection::Projection,
};
use crate::{
    XId,
    sim::lock,
    world::{Media, MediaKind},
};

const ALT_MAX: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    id: String,
    metadata: Described,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    alt_text: AltText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AltText {
    text: String,
}

pub(super) fn metadata(call: &Call) -> Answer {
    let Metadata { id, metadata } = call.json()?;
    let text = metadata.alt_text.text;
    if text.chars().count() > ALT_MAX {
        return Err(wrong(
            "metadata.alt_text.text",
            "An alt text has at most 1000 characters",
        ));
    }
    mine(call, errors::id("id", &id)?, |upload| {
        upload.alt_text = Some(text.clone());
        Ok(())
    })?;
    Reply::ok(&json!({"data": {
        "id": id, "associated_metadata": {"alt_text": {"text": text}},
    }}))
}

/// The media that a post or message of this user is to carry.
pub(super) fn attached(
    call: &Call,
    me: XId,
    ids: &[String],
    used: Use,
) -> Result<Vec<Media>, ApiError> {
    let refused = || wrong("media.media_ids", "Your media IDs are invalid.");
    let mut uploads = Vec::new();
    for id in ids {
        let id = errors::id("media.media_ids", id)?;
        let mut media = lock(&call.sim.platform().media);
        let upload = media.find(id).filter(|upload| {
            upload.owner == me
                && upload.category.used == used
                && upload.state(call.now) == State::Succeeded
                && !upload.expired(call.now)
        });
        let upload = upload.ok_or_else(refused)?;
        uploads.push((id, upload.category.kind, upload.alt_text.clone()));
    }
    let photos = uploads.iter().all(|(_, kind, _)| *kind == MediaKind::Photo);
    if uploads.len() > 4 || (!photos && uploads.len() > 1) {
        return Err(wrong(
            "media.media_ids",
            "A post has up to 4 photos, or 1 GIF, or 1 video",
        ));
    }
    let made = uploads.into_iter().map(|(id, kind, alt_text)| Media {
        alt_text,
        ..call.sim.read(|world| world.media(id, kind))
    });
    Ok(made.collect())
}

/// The bytes of a message's photo, for those who see the message.
pub(super) fn of_message(call: &Call) -> Answer {
    let me = call.caller.me()?;
    let (message, media) = (call.id("dm_id")?, call.id("media_id")?);
    let resource = call.part("resource_id").to_owned();
    Projection::parse(&call.query, &call.dialect, Some(me))?;
    let known = call.sim.read(|world| {
        let message = world.message(message).filter(|found| world.sees(me, found));
        let photo = message.and_then(|message| message.photo.as_ref());
        photo.is_some_and(|photo| photo.id == media && photo.url.ends_with(&format!("/{resource}")))
    });
    if !known {
        return Err(ApiError::not_found("media", "media_id", &media.to_string()));
    }
    let response = super::served::bytes_of(&call.sim, media);
    let uploaded = lock(&call.sim.platform().media).bytes(media);
    let kind = match uploaded.as_ref().map(|(kind, _)| kind.as_str()) {
        Some("image/jpeg") => "image/jpeg",
        Some("image/gif") => "image/gif",
        Some("image/webp") => "image/webp",
        Some("video/mp4") => "video/mp4",
        _ => "image/png",
    };
    Ok(Reply {
        status: response.status(),
        kind,
        body: response.into_body(),
    })
}
