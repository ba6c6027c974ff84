//! Media that go up, for a post or for a message: two kinds of id.
//!
//! An upload that ends in an unknown outcome has done nothing that anybody sees: upload again.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Body, Call, Part};
use crate::ids::{DmMediaId, PostMediaId};

/// Media larger than this go up in parts.
const ONE_SHOT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a part.
const PART_BYTES: usize = 1024 * 1024;
/// X's limit for pictures.
const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// X's limit for animations.
const GIF_BYTES_MAX: usize = 15 * 1024 * 1024;
/// How often X is asked whether it is done.
const STATUS_ASKED_MAX: u32 = 30;
/// Longest pause between two such questions, whatever X asks for.
const STATUS_PAUSE_MAX: Duration = Duration::from_secs(10);

/// A picture to upload.
#[derive(Debug, Clone)]
pub struct Image {
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`.
    pub media_type: String,
    /// It.
    pub bytes: Bytes,
}

/// Where an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaState {
    /// It can be used.
    Ready,
    /// X still works on it.
    Processing,
    /// X refused it.
    Failed,
}

/// An upload. Only the account that uploaded can use it, for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded<Id> {
    /// Id for a post or for a message.
    pub id: Id,
    /// Seconds that it can be used, where X says.
    pub expires_after_s: Option<u64>,
    /// Where it is.
    pub state: MediaState,
}

#[derive(Deserialize)]
struct Media<Id> {
    id: Id,
    #[serde(default)]
    expires_after_secs: Option<u64>,
    #[serde(default)]
    processing_info: Option<Processing>,
}

#[derive(Deserialize)]
struct Processing {
    #[serde(default)]
    state: String,
    #[serde(default)]
    check_after_secs: Option<u64>,
}

impl<Id> Media<Id> {
    fn state(&self) -> MediaState {
        match self
            .processing_info
            .as_ref()
            .map(|info| info.state.as_str())
        {
            None | Some("succeeded") => MediaState::Ready,
            Some("failed") => MediaState::Failed,
            Some(_) => MediaState::Processing,
        }
    }

    fn pause(&self) -> Duration {
        let asked = self
            .processing_info
            .as_ref()
            .and_then(|info| info.check_after_secs);
        Duration::from_secs(asked.unwrap_or(1).max(1)).min(STATUS_PAUSE_MAX)
    }

    fn uploaded(self) -> Uploaded<Id> {
        let state = self.state();
        Uploaded {
            id: self.id,
            expires_after_s: self.expires_after_secs,
            state,
        }
    }
}

impl Image {
    fn category(&self, of: &str) -> String {
        let kind = if self.media_type == "image/gif" {
            "gif"
        } else {
            "image"
        };
        format!("{of}_{kind}")
    }

    fn check(&self) -> Result<(), Error> {
        let known = ["image/jpeg", "image/png", "image/webp", "image/gif"];
        let max = if self.media_type == "image/gif" {
            GIF_BYTES_MAX
        } else {
            PICTURE_BYTES_MAX
        };
        let reason = if !known.contains(&self.media_type.as_str()) {
            format!(
                "a picture of type {:?}: X takes {}",
                self.media_type,
                known.join(", ")
            )
        } else if self.bytes.is_empty() || self.bytes.len() > max {
            format!(
                "a picture of {} bytes: X takes 1 to {max}",
                self.bytes.len()
            )
        } else {
            return Ok(());
        };
        Err(Error::invalid(Endpoint::MediaUpload, reason))
    }
}

impl Client {
    /// Uploads a picture for a post.
    pub async fn upload_for_post(&self, image: &Image) -> Result<Uploaded<PostMediaId>, Error> {
        self.upload(image, &image.category("tweet")).await
    }

    /// Uploads a picture for a private message.
    pub async fn upload_for_dm(&self, image: &Image) -> Result<Uploaded<DmMediaId>, Error> {
        self.upload(image, &image.category("dm")).await
    }

    async fn upload<Id: DeserializeOwned + ToString>(
        &self,
        image: &Image,
        category: &str,
    ) -> Result<Uploaded<Id>, Error> {
        image.check()?;
        let media: Media<Id> = if image.bytes.len() <= ONE_SHOT_BYTES_MAX {
            let text = |name, value: &str| Part::Text {
                name,
                value: value.to_owned(),
            };
            let parts = vec![
                text("media_category", category),
                text("media_type", &image.media_type),
                Part::File {
                    name: "media",
                    bytes: image.bytes.clone(),
                },
            ];
            self.call(self.upload_call(Endpoint::MediaUpload, None, Body::Multipart(parts)))
                .await?
                .data()?
        } else {
            self.upload_in_parts(image, category).await?
        };
        self.processed(media).await
    }

    async fn upload_in_parts<Id: DeserializeOwned + ToString>(
        &self,
        image: &Image,
        category: &str,
    ) -> Result<Media<Id>, Error> {
        let begin = Call::plain(Endpoint::MediaInitialize).json(&json!({
            "media_type": image.media_type,
            "total_bytes": image.bytes.len(),
            "media_category": category,
        }));
        let begun: Media<Id> = self.call(begin).await?.data()?;
        let id = begun.id.to_string();
        let mut rest = image.bytes.clone();
        let mut segment = 0_u32;
        while !rest.is_empty() {
            let bytes = rest.split_to(PART_BYTES.min(rest.len()));
            let parts = vec![
                Part::Text {
                    name: "segment_index",
                    value: segment.to_string(),
                },
                Part::File {
                    name: "media",
                    bytes,
                },
            ];
            let body = Body::Multipart(parts);
            self.call(self.upload_call(Endpoint::MediaAppend, Some((&id, "append")), body))
                .await?;
            segment += 1;
        }
        let end = self.upload_call(Endpoint::MediaFinalize, Some((&id, "finalize")), Body::None);
        self.call(end).await?.data()
    }

    /// Waits, within bounds, until X has worked on it.
    async fn processed<Id: DeserializeOwned + ToString>(
        &self,
        mut media: Media<Id>,
    ) -> Result<Uploaded<Id>, Error> {
        for _ in 0..STATUS_ASKED_MAX {
            if media.state() != MediaState::Processing {
                break;
            }
            tokio::time::sleep(media.pause()).await;
            let ask = Call::plain(Endpoint::MediaStatus)
                .query("command", "STATUS")
                .query("media_id", media.id.to_string());
            media = self.call(ask).await?.data()?;
        }
        Ok(media.uploaded())
    }

    fn upload_call(&self, endpoint: Endpoint, of: Option<(&str, &str)>, body: Body) -> Call {
        let path = match of {
            Some((id, step)) => format!("/2/media/upload/{id}/{step}"),
            None => endpoint.path().to_owned(),
        };
        let mut call = Call::new(endpoint, path);
        call.body = body;
        call.timeout = Some(self.0.shared.settings.media_timeout);
        call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_checked_before_it_goes_up() {
        let image = |media_type: &str, size: usize| Image {
            media_type: media_type.to_owned(),
            bytes: Bytes::from(vec![0; size]),
        };
        assert!(image("image/png", 10).check().is_ok());
        assert!(image("image/gif", PICTURE_BYTES_MAX + 1).check().is_ok());
        for wrong in [
            image("image/png", 0),
            image("image/png", PICTURE_BYTES_MAX + 1),
            image("text/html", 9),
        ] {
            assert!(wrong.check().is_err());
        }
        assert_eq!(image("image/gif", 1).category("dm"), "dm_gif");
        assert_eq!(image("image/webp", 1).category("tweet"), "tweet_image");
    }
}
