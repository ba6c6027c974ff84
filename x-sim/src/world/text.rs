//! How X reads and rewrites a text: links to t.co, mentions, tags, length. Positions are code points.

use sha2::{Digest as _, Sha256};

use super::model::{Entities, Link, LinkKind, Mention, Post, Tag};
use crate::id::XId;

pub(crate) const POST_WEIGHT: usize = 280;
pub(super) const TEXT_MAX: usize = 25_000;
pub(crate) const MESSAGE_MAX: usize = 10_000;
/// Characters of a long post that `text` shows, its link to the rest included.
pub(crate) const NOTE_EXCERPT: usize = 280;
pub(crate) const V1_EXCERPT: usize = 140;
const DISPLAY_CHARS: usize = 26;

/// X's weighted length of a text whose links are already t.co ones. Emoji sequences are not
/// folded into one: nothing here depends on the exact limit.
pub(crate) fn weight(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
            _ => 2,
        })
        .sum()
}

/// A text under way to what X stores.
pub(super) struct Composer<'a, F> {
    out: Vec<char>,
    pub(super) entities: Entities,
    object: XId,
    find: &'a F,
}

impl<'a, F: Fn(&str) -> Option<(XId, String, String)>> Composer<'a, F> {
    /// `find` gives id, handle and name of the person a handle belongs to.
    pub(super) fn new(object: XId, find: &'a F) -> Self {
        Self {
            out: Vec::new(),
            entities: Entities::default(),
            object,
            find,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn text(&self) -> String {
        self.out.iter().collect()
    }

    /// The mentions a reply starts with.
    pub(super) fn lead(&mut self, handles: &[String]) {
        for handle in handles {
            let start = self.out.len();
            self.out.extend(format!("@{handle} ").chars());
            self.mention(start, handle, true);
        }
    }

    pub(super) fn write(&mut self, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while let Some(c) = chars.get(at).copied() {
            let class = if c == '#' { is_word } else { is_ascii_word };
            let fresh = at == 0 || !class(chars[at - 1]);
            let word = |from: usize| chars[from..].iter().take_while(|c| class(**c)).count();
            let rest = &chars[at..];
            if fresh && (starts(rest, "https://") || starts(rest, "http://")) {
                let len = link_len(rest);
                let target: String = rest[..len].iter().collect();
                self.link(&target, &shown(&target), LinkKind::Written);
                at += len;
                continue;
            }
            let len = if fresh && matches!(c, '@' | '#' | '$') {
                word(at + 1)
            } else {
                0
            };
            let token: String = chars[at + 1..at + 1 + len].iter().collect();
            let start = self.out.len();
            self.out.push(c);
            self.out.extend(token.chars());
            self.entity(c, start, token);
            at += 1 + len;
        }
    }

    fn entity(&mut self, sign: char, start: usize, token: String) {
        let end = self.out.len();
        match sign {
            '@' if !token.is_empty() => self.mention(start, &token, false),
            '#' if token.chars().any(|c| !c.is_numeric()) => {
                self.entities.hashtags.push(Tag {
                    start,
                    end,
                    tag: token,
                });
            }
            '$' if (1..=6).contains(&token.len())
                && token.chars().all(|c| c.is_ascii_alphabetic()) =>
            {
                self.entities.cashtags.push(Tag {
                    start,
                    end,
                    tag: token,
                });
            }
            _ => {}
        }
    }

    fn mention(&mut self, start: usize, handle: &str, implicit: bool) {
        if let Some((id, handle, name)) = (self.find)(handle) {
            let end = start + 1 + handle.chars().count();
            let mention = Mention {
                start,
                end,
                id,
                handle,
                name,
                implicit,
            };
            self.entities.mentions.push(mention);
        }
    }

    /// A t.co link at the end, as X adds for a quote or for media.
    pub(super) fn append(&mut self, expanded: &str, display: &str, kind: LinkKind) {
        if !self.out.is_empty() || kind == LinkKind::Media {
            self.out.push(' ');
        }
        self.link(expanded, display, kind);
    }

    fn link(&mut self, expanded: &str, display: &str, kind: LinkKind) {
        let start = self.out.len();
        let url = short_link(self.object, self.entities.links.len());
        self.out.extend(url.chars());
        let display = if kind == LinkKind::Media {
            pic(&url)
        } else {
            display.to_owned()
        };
        let expanded = expanded.to_owned();
        let end = self.out.len();
        self.entities.links.push(Link {
            start,
            end,
            url,
            expanded,
            display,
            kind,
        });
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Handles and links are ASCII: a word of another script may touch them.
fn is_ascii_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn starts(chars: &[char], prefix: &str) -> bool {
    prefix
        .chars()
        .enumerate()
        .all(|(at, c)| chars.get(at) == Some(&c))
}

fn link_len(chars: &[char]) -> usize {
    let mut len = chars.iter().take_while(|c| !c.is_whitespace()).count();
    while len > 0
        && matches!(
            chars[len - 1],
            '.' | ',' | '!' | '?' | ')' | ';' | ':' | '"'
        )
    {
        len -= 1;
    }
    len
}

fn shown(url: &str) -> String {
    let bare = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .trim_start_matches("www.");
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    if bare.chars().count() <= DISPLAY_CHARS {
        return bare.to_owned();
    }
    bare.chars().take(DISPLAY_CHARS).chain(['…']).collect()
}

fn pic(url: &str) -> String {
    format!("pic.x.com/{}", url.rsplit('/').next().unwrap_or_default())
}

/// The `n`-th t.co link of an object: always 23 characters, always the same.
pub(crate) fn short_link(object: XId, n: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let hash = Sha256::digest(format!("{object}/{n}"));
    let code = hash
        .iter()
        .take(10)
        .map(|byte| char::from(DIGITS[usize::from(*byte) % 62]));
    format!("https://t.co/{}", code.collect::<String>())
}

/// A cut text that ends in a link to the whole, and its length.
pub(crate) fn excerpt(post: &Post, limit: usize) -> (String, usize) {
    let tail = format!("… {}", short_link(post.id, usize::MAX));
    let kept = limit - tail.chars().count();
    let text: String = post.text.chars().take(kept).chain(tail.chars()).collect();
    (text, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(text: &str) -> (String, Entities) {
        let find = |handle: &str| {
            let known = handle.eq_ignore_ascii_case("northwindgear");
            known.then(|| (XId(7), "northwindgear".to_owned(), "Northwind".to_owned()))
        };
        let mut composer = Composer::new(XId(1), &find);
        composer.write(text);
        (composer.text(), composer.entities)
    }

    #[test]
    fn entities_sit_where_their_text_is() {
        let (text, found) = compose(
            "📦 hey @NorthwindGear and @nobody, see https://example.com/a/very/long/path/indeed. \
             #lost_parcel #123 $ABC me@northwindgear",
        );
        let chars: Vec<char> = text.chars().collect();
        let cut = |start: usize, end: usize| chars[start..end].iter().collect::<String>();
        let mention = &found.mentions[0];
        assert_eq!(
            found.mentions.len(),
            1,
            "no mention of unknown people or inside a word"
        );
        assert_eq!(cut(mention.start, mention.end), "@NorthwindGear");
        let link = &found.links[0];
        assert_eq!(cut(link.start, link.end), link.url);
        assert_eq!(link.end - link.start, 23);
        assert_eq!(link.expanded, "https://example.com/a/very/long/path/indeed");
        assert_eq!(link.display, "example.com/a/very/long/pa…");
        assert_eq!(chars[link.end], '.');
        let tags: Vec<&str> = found.hashtags.iter().map(|tag| tag.tag.as_str()).collect();
        assert_eq!(tags, ["lost_parcel"]);
        assert_eq!(found.cashtags[0].tag, "ABC");
    }

    #[test]
    fn weight_counts_wide_characters_twice() {
        for (text, expected) in [("abc", 3), ("ありがとう", 10), ("“ok”…", 6), ("é", 1)]
        {
            assert_eq!(weight(text), expected, "{text}");
        }
    }
}
