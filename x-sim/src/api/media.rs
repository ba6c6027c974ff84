//! Media: one-shot and chunked uploads, their status, alt texts, and what posts and messages take.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError},
    media_store::{Category, LIVES, State, Upload, Use, category, sniffed},
    upload_form::{Form, form},
};
use crate::{XId, sim::lock, world::MediaKind};

pub(super) fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid(name, "", message.to_owned())
}

pub(super) async fn upload(call: Call) -> Answer {
    let form = form(&call).await?;
    match form.command.as_deref() {
        None => one_shot(&call, form),
        Some("INIT") => open(&call, &form),
        Some("APPEND") => add(&call, named(&form)?, form),
        Some("FINALIZE") => finish(&call, named(&form)?),
        Some(_) => Err(wrong(
            "command",
            "command is INIT, APPEND, FINALIZE or STATUS",
        )),
    }
}

fn named(form: &Form) -> Result<XId, ApiError> {
    errors::id("media_id", form.media_id.as_deref().unwrap_or_default())
}

fn one_shot(call: &Call, form: Form) -> Answer {
    let me = call.caller.me()?;
    let bytes = form
        .media
        .ok_or_else(|| wrong("media", "media is required"))?;
    let name = form.media_category.as_deref().unwrap_or_default();
    let category = category(name)
        .filter(|category| category.used == Use::Subtitles || category.kind == MediaKind::Photo)
        .ok_or_else(|| {
            wrong(
                "media_category",
                "media_category is tweet_image, dm_image or subtitles",
            )
        })?;
    let found = form
        .media_type
        .as_deref()
        .or(sniffed(&bytes))
        .unwrap_or_default()
        .to_owned();
    check(&category, &found, bytes.len() as u64)?;
    if category.used != Use::Subtitles && sniffed(&bytes).is_none_or(|kind| !category.takes(kind)) {
        return Err(wrong(
            "media",
            "The media type of the file is not one of an image",
        ));
    }
    let id = call.sim.platform().mint(call.now);
    let size = bytes.len();
    lock(&call.sim.platform().media).add(Upload {
        id,
        owner: me,
        category,
        media_type: found,
        total: size as u64,
        parts: std::collections::BTreeMap::new(),
        bytes: Some(bytes),
        finalized_at: Some(call.now),
        ready_at: Some(call.now),
        failed: false,
        alt_text: None,
    });
    Reply::ok(&json!({"data": {
        "id": id, "media_key": key(&category, id), "size": size,
        "expires_after_secs": LIVES.num_seconds(),
    }}))
}

fn key(category: &Category, id: XId) -> String {
    format!("{}_{id}", category.kind.names().1)
}

fn check(category: &Category, media_type: &str, size: u64) -> Result<(), ApiError> {
    if !category.takes(media_type) {
        return Err(ApiError::invalid(
            "media_type",
            media_type,
            format!("{} does not take this media_type", category.name),
        ));
    }
    if size == 0 || size > category.most {
        return Err(ApiError::invalid(
            "total_bytes",
            size,
            format!("{} takes 1 to {} bytes", category.name, category.most),
        ));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Initialize {
    media_type: Option<String>,
    total_bytes: Option<u64>,
    media_category: Option<String>,
    #[serde(default)]
    additional_owners: Vec<String>,
    shared: Option<bool>,
}

pub(super) fn initialize(call: &Call) -> Answer {
    let new: Initialize = call.json()?;
    if !new.additional_owners.is_empty() || new.shared.is_some() {
        return Err(wrong(
            "additional_owners",
            "Shared media are not played here",
        ));
    }
    open(
        call,
        &Form {
            media_type: new.media_type,
            media_category: new.media_category,
            total_bytes: new.total_bytes,
            ..Form::default()
        },
    )
}

fn open(call: &Call, form: &Form) -> Answer {
    let me = call.caller.me()?;
    let name = form.media_category.as_deref().unwrap_or("tweet_image");
    let category =
        category(name).ok_or_else(|| wrong("media_category", "there is no such media_category"))?;
    let total = form
        .total_bytes
        .ok_or_else(|| wrong("total_bytes", "total_bytes is required"))?;
    let media_type = form.media_type.clone().unwrap_or_default();
    check(&category, &media_type, total)?;
    let id = call.sim.platform().mint(call.now);
    lock(&call.sim.platform().media).add(Upload {
        id,
        owner: me,
        category,
        media_type,
        total,
        parts: std::collections::BTreeMap::new(),
        bytes: None,
        finalized_at: None,
        ready_at: None,
        failed: false,
        alt_text: None,
    });
    Reply::ok(&json!({"data": {
        "id": id, "media_key": key(&category, id), "expires_after_secs": LIVES.num_seconds(),
    }}))
}

/// The upload of the caller, under the lock.
pub(super) fn mine<T>(
    call: &Call,
    id: XId,
    work: impl FnOnce(&mut Upload) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let me = call.caller.me()?;
    let mut media = lock(&call.sim.platform().media);
    let upload = media.find(id).filter(|upload| upload.owner == me);
    let upload = upload.ok_or_else(|| ApiError::not_found("media", "id", &id.to_string()))?;
    work(upload)
}

pub(super) async fn append(call: Call) -> Answer {
    let id = call.id("id")?;
    let form = form(&call).await?;
    add(&call, id, form)
}

fn add(call: &Call, id: XId, form: Form) -> Answer {
    let part = form
        .media
        .ok_or_else(|| wrong("media", "media is required"))?;
    let segment = form.segment_index.filter(|segment| *segment <= 999);
    let segment = segment.ok_or_else(|| wrong("segment_index", "segment_index is 0 to 999"))?;
    mine(call, id, |upload| {
        if upload.finalized_at.is_some() {
            return Err(wrong("id", "The upload is finalized"));
        }
        // The same segment again replaces it, so that a caller may repeat what was not answered.
        let before = upload.parts.get(&segment).map_or(0, Bytes::len) as u64;
        if upload.received() - before + part.len() as u64 > upload.total {
            return Err(wrong("media", "More bytes than total_bytes"));
        }
        upload.parts.insert(segment, part);
        Ok(())
    })?;
    Reply::ok(&json!({"data": {"expires_at": (call.now + LIVES).timestamp()}}))
}

pub(super) fn finalize(call: &Call) -> Answer {
    finish(call, call.id("id")?)
}

fn finish(call: &Call, id: XId) -> Answer {
    let knobs = call.sim.platform().knobs();
    let data = mine(call, id, |upload| {
        let whole = (0..).zip(upload.parts.keys()).all(|(at, key)| at == *key);
        if upload.finalized_at.is_none() {
            if upload.received() != upload.total || !whole {
                return Err(wrong("id", "Segments are missing"));
            }
            let slow = upload.category.kind != MediaKind::Photo;
            let seconds = if slow {
                knobs.media_processing_seconds
            } else {
                0
            };
            let seconds = i64::try_from(seconds).unwrap_or_default();
            upload.bytes = Some(upload.whole());
            upload.parts.clear();
            upload.failed = slow && knobs.media_fails;
            upload.finalized_at = Some(call.now);
            upload.ready_at = Some(call.now + chrono::TimeDelta::seconds(seconds));
        }
        Ok(show(upload, call))
    })?;
    Reply::ok(&json!({"data": data}))
}

fn show(upload: &Upload, call: &Call) -> Value {
    let mut data = json!({
        "id": upload.id, "media_key": key(&upload.category, upload.id), "size": upload.total,
        "expires_after_secs": LIVES.num_seconds(),
    });
    let info = match upload.state(call.now) {
        State::Pending(left) => Some(json!({"state": "pending", "check_after_secs": left})),
        State::InProgress(left) => Some(json!({
            "state": "in_progress", "check_after_secs": left, "progress_percent": 50,
        })),
        State::Failed => Some(json!({"state": "failed", "error": {
            "code": 1, "name": "InvalidMedia", "message": "The file could not be read.",
        }})),
        State::Succeeded if upload.category.kind != MediaKind::Photo => {
            Some(json!({"state": "succeeded", "progress_percent": 100}))
        }
        State::Succeeded | State::Open => None,
    };
    if let (Some(info), Some(map)) = (info, data.as_object_mut()) {
        map.insert("processing_info".to_owned(), info);
    }
    data
}

pub(super) fn status(call: &Call) -> Answer {
    call.query.allow(&["command", "media_id"])?;
    if call
        .query
        .get("command")
        .is_some_and(|command| command != "STATUS")
    {
        return Err(wrong("command", "command is STATUS"));
    }
    let id = errors::id("media_id", call.query.need("media_id")?)?;
    let data = mine(call, id, |upload| Ok(show(upload, call)))?;
    Reply::ok(&json!({"data": data}))
}
