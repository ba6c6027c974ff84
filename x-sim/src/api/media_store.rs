//! Uploaded files: their states, their limits, and how long they may be used.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{XId, world::MediaKind};

/// All files together; the oldest leave first.
const HELD_MAX: usize = 256 * 1024 * 1024;
pub(crate) const LIVES: TimeDelta = TimeDelta::hours(24);

/// What a file may be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Post,
    Message,
    Subtitles,
}

/// A category with the size that X allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Category {
    pub name: &'static str,
    pub used: Use,
    pub kind: MediaKind,
    pub most: u64,
}

const MIB: u64 = 1024 * 1024;

pub(crate) fn category(name: &str) -> Option<Category> {
    let (used, kind, most, name) = match name {
        "tweet_image" => (Use::Post, MediaKind::Photo, 5 * MIB, "tweet_image"),
        "tweet_gif" => (Use::Post, MediaKind::AnimatedGif, 15 * MIB, "tweet_gif"),
        "tweet_video" => (Use::Post, MediaKind::Video, 512 * MIB, "tweet_video"),
        "amplify_video" => (Use::Post, MediaKind::Video, 512 * MIB, "amplify_video"),
        "dm_image" => (Use::Message, MediaKind::Photo, 5 * MIB, "dm_image"),
        "dm_gif" => (Use::Message, MediaKind::AnimatedGif, 15 * MIB, "dm_gif"),
        "dm_video" => (Use::Message, MediaKind::Video, 512 * MIB, "dm_video"),
        "subtitles" => (Use::Subtitles, MediaKind::Video, MIB, "subtitles"),
        _ => return None,
    };
    Some(Category {
        name,
        used,
        kind,
        most,
    })
}

impl Category {
    pub(crate) fn takes(&self, media_type: &str) -> bool {
        match self.kind {
            _ if self.used == Use::Subtitles => {
                matches!(media_type, "text/srt" | "text/vtt")
            }
            MediaKind::Photo => {
                matches!(
                    media_type,
                    "image/jpeg" | "image/png" | "image/gif" | "image/webp"
                )
            }
            MediaKind::AnimatedGif => media_type == "image/gif",
            MediaKind::Video => matches!(
                media_type,
                "video/mp4" | "video/webm" | "video/mp2t" | "video/quicktime"
            ),
        }
    }
}

/// The type that the first bytes show, of those whose beginning is known.
pub(crate) fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("video/mp4"),
        _ => None,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub id: XId,
    pub owner: XId,
    pub category: Category,
    pub media_type: String,
    /// Announced at the start of a chunked upload.
    pub total: u64,
    pub parts: BTreeMap<u32, Bytes>,
    pub bytes: Option<Bytes>,
    pub finalized_at: Option<DateTime<Utc>>,
    pub ready_at: Option<DateTime<Utc>>,
    pub failed: bool,
    pub alt_text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Pending(i64),
    InProgress(i64),
    Succeeded,
    Failed,
}

impl Upload {
    pub(crate) fn state(&self, now: DateTime<Utc>) -> State {
        let (Some(finalized), Some(ready)) = (self.finalized_at, self.ready_at) else {
            return State::Open;
        };
        if now < ready {
            let left = (ready - now).num_seconds().max(1);
            let half = finalized + (ready - finalized) / 2;
            return if now < half {
                State::Pending(left)
            } else {
                State::InProgress(left)
            };
        }
        if self.failed {
            State::Failed
        } else {
            State::Succeeded
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.parts.values().map(|part| part.len() as u64).sum()
    }

    /// Puts the parts together.
    pub(crate) fn whole(&self) -> Bytes {
        let mut whole = BytesMut::new();
        for part in self.parts.values() {
            whole.extend_from_slice(part);
        }
        whole.freeze()
    }

    pub(crate) fn expired(&self, now: DateTime<Utc>) -> bool {
        self.finalized_at.is_some_and(|at| now - at >= LIVES)
    }

    fn held(&self) -> usize {
        self.parts.values().map(Bytes::len).sum::<usize>()
            + self.bytes.as_ref().map_or(0, Bytes::len)
    }
}

#[derive(Debug, Default)]
pub(crate) struct MediaStore {
    uploads: HashMap<XId, Upload>,
    order: VecDeque<XId>,
}

impl MediaStore {
    pub(crate) fn add(&mut self, upload: Upload) {
        self.order.push_back(upload.id);
        self.uploads.insert(upload.id, upload);
        self.forget();
    }

    pub(crate) fn find(&mut self, id: XId) -> Option<&mut Upload> {
        self.uploads.get_mut(&id)
    }

    pub(crate) fn bytes(&self, id: XId) -> Option<(String, Bytes)> {
        let upload = self.uploads.get(&id)?;
        Some((upload.media_type.clone(), upload.bytes.clone()?))
    }

    pub(crate) fn forget(&mut self) {
        let mut held: usize = self.uploads.values().map(Upload::held).sum();
        while held > HELD_MAX {
            let Some(id) = self.order.pop_front() else {
                return;
            };
            held -= self.uploads.remove(&id).map_or(0, |gone| gone.held());
        }
    }
}
