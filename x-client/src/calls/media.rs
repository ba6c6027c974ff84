//! Media of messages as they come down, and the alternative text of media that went up.

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::{DmEventId, DmMediaId, PostMediaId};
use crate::oauth1::encode;

/// Characters of alternative text.
const ALT_TEXT_CHARS_MAX: usize = 1_000;
/// Largest media that are read from a message.
pub const MEDIA_BYTES_MAX: usize = 15 * 1024 * 1024;
/// A picture of a private message: the three parts of its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmMediaRef {
    /// Message.
    pub dm_id: DmEventId,
    /// Media.
    pub media_id: DmMediaId,
    /// File name.
    pub resource_id: String,
}

/// Bytes of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaBytes {
    /// Type, as X says.
    pub content_type: Option<String>,
    /// It.
    pub bytes: Bytes,
}

/// Takes the address of a picture of a private message apart:
/// `https://ton.twitter.com/1.1/ton/data/dm/<dm>/<media>/<resource>`.
pub fn dm_media_of_url(url: &str) -> Option<DmMediaRef> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?;
    let own = ["twitter.com", "x.com"].iter().any(|own| {
        host.strip_suffix(own)
            .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    });
    let mut parts = url.path_segments()?.rev();
    let (resource, media, dm, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let usable = own && kind == "dm" && !matches!(resource, "" | "." | "..");
    usable.then_some(())?;
    Some(DmMediaRef {
        dm_id: DmEventId::new(dm).ok()?,
        media_id: DmMediaId::new(media).ok()?,
        resource_id: percent_decode_str(resource)
            .decode_utf8()
            .ok()?
            .into_owned(),
    })
}

impl Client {
    /// Sets the alternative text of a picture of a post.
    pub async fn describe_post_media(&self, id: &PostMediaId, text: &str) -> Result<(), Error> {
        self.describe(id.as_str(), text).await
    }

    /// Sets the alternative text of a picture of a private message.
    pub async fn describe_dm_media(&self, id: &DmMediaId, text: &str) -> Result<(), Error> {
        self.describe(id.as_str(), text).await
    }

    /// Bytes of a picture of a private message, up to `bytes_max` ([`MEDIA_BYTES_MAX`] at most).
    pub async fn dm_media(
        &self,
        media: &DmMediaRef,
        bytes_max: usize,
    ) -> Result<MediaBytes, Error> {
        let (dm, id, resource) = (&media.dm_id, &media.media_id, encode(&media.resource_id));
        let path = format!("/2/dm_conversations/media/{dm}/{id}/{resource}");
        let mut call = Call::new(Endpoint::DmMediaGet, path);
        call.bytes_max = bytes_max.min(MEDIA_BYTES_MAX);
        call.timeout = Some(self.0.shared.settings.media_timeout);
        let answer = self.call(call).await?;
        Ok(MediaBytes {
            content_type: answer.content_type,
            bytes: answer.body,
        })
    }

    async fn describe(&self, id: &str, text: &str) -> Result<(), Error> {
        let endpoint = Endpoint::MediaMetadata;
        let chars = text.chars().count();
        if chars > ALT_TEXT_CHARS_MAX {
            let reason =
                format!("{chars} characters of alternative text, up to {ALT_TEXT_CHARS_MAX}");
            return Err(Error::invalid(endpoint, reason));
        }
        let body = json!({ "id": id, "metadata": { "alt_text": { "text": text } } });
        self.call(Call::plain(endpoint).json(&body))
            .await
            .map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_private_picture_is_taken_apart() {
        let url = "https://ton.twitter.com/1.1/ton/data/dm/12/34/AbC-9_x.jpg";
        let media = dm_media_of_url(url).unwrap();
        assert_eq!(
            (media.dm_id.as_str(), media.media_id.as_str()),
            ("12", "34")
        );
        assert_eq!(media.resource_id, "AbC-9_x.jpg");
        for other in [
            "https://pbs.twimg.com/media/AbC.jpg",
            "https://ton.example.com/1.1/ton/data/dm/12/34/a.jpg",
            "https://eviltwitter.com/1.1/ton/data/dm/12/34/a.jpg",
            "https://ton.twitter.com/1.1/ton/data/dm/12/x/a.jpg",
            "https://ton.twitter.com/1.1/ton/data/dm/12/34/",
            "https://ton.twitter.com/dm/12/34",
            "not a url",
        ] {
            assert_eq!(dm_media_of_url(other), None, "{other}");
        }
    }
}
