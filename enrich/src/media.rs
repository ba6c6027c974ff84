//! Pictures, GIFs and videos of an item, in the spelling of version 1.1 and 2.

use schemas::records::Media;
use serde::Deserialize;

use crate::lenient::{Id, List, Num, Obj, Str};

/// A media object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct MediaObject<'a> {
    pub media_key: Str<'a>,
    id: Id<'a>,
    id_str: Id<'a>,
    #[serde(rename = "type")]
    media_type: Str<'a>,
    /// The bytes in version 2, the t.co link in 1.1.
    pub url: Str<'a>,
    pub expanded_url: Str<'a>,
    pub display_url: Str<'a>,
    pub indices: List<Num>,
    media_url_https: Str<'a>,
    media_url: Str<'a>,
    preview_image_url: Str<'a>,
    alt_text: Str<'a>,
    ext_alt_text: Str<'a>,
    width: Num,
    height: Num,
    original_info: Obj<Size>,
    sizes: Obj<Sizes>,
    variants: List<Obj<Variant<'a>>>,
    video_info: Obj<VideoInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct VideoInfo<'a> {
    variants: List<Obj<Variant<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Variant<'a> {
    bitrate: Num,
    bit_rate: Num,
    content_type: Str<'a>,
    url: Str<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sizes {
    large: Obj<Size>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Size {
    w: Num,
    h: Num,
    width: Num,
    height: Num,
}

impl MediaObject<'_> {
    /// As a record. A film's address is its best MP4; its still picture is the preview.
    pub fn record(&self) -> Option<Media> {
        let key = self
            .media_key
            .filled()
            .or_else(|| self.id.or(&self.id_str))?;
        let still = self
            .media_url_https
            .filled()
            .or_else(|| self.media_url.filled());
        let media_type = self
            .media_type
            .filled()
            .or_else(|| type_of_key(key))
            .unwrap_or_default();
        let film = media_type != "photo";
        let url = match still {
            _ if film => self.film(),
            Some(still) => Some(still),
            None => self.url.filled(),
        };
        let preview = self.preview_image_url.filled().or(still.filter(|_| film));
        let alt_text = self
            .alt_text
            .filled()
            .or_else(|| self.ext_alt_text.filled());
        let (width, height) = self.size();
        Some(Media {
            media_key: key.to_owned(),
            media_type: media_type.to_owned(),
            url: url.map(str::to_owned),
            preview_url: preview.map(str::to_owned),
            alt_text: alt_text.map(str::to_owned),
            width,
            height,
        })
    }

    fn film(&self) -> Option<&str> {
        let inner = self
            .video_info
            .get()
            .into_iter()
            .flat_map(|info| info.variants.objects());
        let mp4 = self.variants.objects().chain(inner).filter(|variant| {
            variant.content_type.get() == Some("video/mp4") && variant.url.filled().is_some()
        });
        mp4.max_by_key(|variant| variant.bitrate.0.or(variant.bit_rate.0))?
            .url
            .filled()
    }

    fn size(&self) -> (Option<i32>, Option<i32>) {
        let pixels = |count: Num| count.0.and_then(|count| i32::try_from(count).ok());
        let original = self.original_info.get();
        let size = original.or_else(|| self.sizes.get().and_then(|sizes| sizes.large.get()));
        let width = size.and_then(|size| pixels(size.w).or(pixels(size.width)));
        let height = size.and_then(|size| pixels(size.h).or(pixels(size.height)));
        (pixels(self.width).or(width), pixels(self.height).or(height))
    }
}

/// A picture of which X sent only the key.
pub fn from_key(key: &str) -> Media {
    Media {
        media_key: key.to_owned(),
        media_type: type_of_key(key).unwrap_or_default().to_owned(),
        ..Media::default()
    }
}

/// X numbers the kinds of media in front of the key.
fn type_of_key(key: &str) -> Option<&'static str> {
    match key.split_once('_')?.0 {
        "3" => Some("photo"),
        "7" | "13" => Some("video"),
        "16" => Some("animated_gif"),
        _ => None,
    }
}
