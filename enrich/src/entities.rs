//! Entities of a text, in the spelling of version 1.1 (`indices`) and 2 (`start`, `end`).
#![expect(clippy::struct_field_names, reason = "the names of X")]

use serde::Deserialize;

use crate::lenient::{Id, List, Num, Obj, Str};
use crate::marks::{Mark, What};
use crate::media::MediaObject;

/// More marks than any real text has: bounds the work on a damaged one.
const MAX_MARKS: usize = 500;

/// An `entities` object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Entities<'a> {
    urls: List<Obj<Url<'a>>>,
    mentions: List<Obj<Mention<'a>>>,
    user_mentions: List<Obj<Mention<'a>>>,
    hashtags: List<Obj<Tag<'a>>>,
    cashtags: List<Obj<Tag<'a>>>,
    symbols: List<Obj<Tag<'a>>>,
    pub media: List<Obj<MediaObject<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Url<'a> {
    start: Num,
    indices: List<Num>,
    url: Str<'a>,
    expanded_url: Str<'a>,
    display_url: Str<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Mention<'a> {
    start: Num,
    indices: List<Num>,
    username: Str<'a>,
    screen_name: Str<'a>,
    id: Id<'a>,
    id_str: Id<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tag<'a> {
    start: Num,
    indices: List<Num>,
    tag: Str<'a>,
    text: Str<'a>,
}

/// Where X says that a mark begins.
fn begin(start: Num, indices: &List<Num>) -> usize {
    let start = start
        .0
        .or_else(|| indices.0.first().and_then(|first| first.0));
    start
        .and_then(|start| usize::try_from(start).ok())
        .unwrap_or(0)
}

impl<'a> Entities<'a> {
    /// The marks, in no order. `id_of` finds the id of a handle that came without one.
    pub fn marks<'b>(&'b self, id_of: impl Fn(&str) -> Option<&'b str>) -> Vec<Mark<'b>> {
        let urls = self.urls.objects().filter_map(|url| {
            let (expanded, display) = (url.expanded_url.filled(), url.display_url.filled());
            let what = What::Url {
                url: url.url.filled()?,
                expanded,
                display,
            };
            Some(Mark {
                start: begin(url.start, &url.indices),
                what,
            })
        });
        let mentions = self.mentions.objects().chain(self.user_mentions.objects());
        let mentions = mentions.filter_map(|mention| {
            let handle = mention
                .username
                .filled()
                .or_else(|| mention.screen_name.filled())?;
            let id = mention.id.or(&mention.id_str).or_else(|| id_of(handle));
            let start = begin(mention.start, &mention.indices);
            Some(Mark {
                start,
                what: What::Mention { handle, id },
            })
        });
        let tag = |tag: &'b Tag<'a>, cash| {
            let name = tag.tag.filled().or_else(|| tag.text.filled())?;
            let start = begin(tag.start, &tag.indices);
            Some(Mark {
                start,
                what: What::Tag { name, cash },
            })
        };
        let hashes = self
            .hashtags
            .objects()
            .filter_map(move |one| tag(one, false));
        let cash = self.cashtags.objects().chain(self.symbols.objects());
        let cash = cash.filter_map(move |one| tag(one, true));
        let all = urls.chain(mentions).chain(hashes).chain(cash);
        all.chain(media_marks(self.media.objects()))
            .take(MAX_MARKS)
            .collect()
    }
}

/// The links of pictures stand in the text too; version 2 lists them among the urls, 1.1 here.
pub fn media_marks<'b>(
    media: impl IntoIterator<Item = &'b MediaObject<'b>>,
) -> impl Iterator<Item = Mark<'b>> {
    media.into_iter().filter_map(|one| {
        let (expanded, display) = (one.expanded_url.filled(), one.display_url.filled());
        let what = What::Url {
            url: one.url.filled()?,
            expanded,
            display,
        };
        Some(Mark {
            start: begin(Num(None), &one.indices),
            what,
        })
    })
}
