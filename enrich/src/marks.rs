//! The text as its author wrote it, and where its links, mentions and tags stand.
//!
//! X escapes exactly `&`, `<` and `>` in a text, and counts offsets over the escaped text in code
//! points (Twitter4J slides them when it unescapes; X's own examples agree on code points). Some
//! of those examples are off by a few characters, so a mark counts only where its own text stands:
//! at the offset that X gave, else at the nearest free place of the text, else nowhere.

use std::borrow::Cow;

use schemas::records::{MentionEntity, TagEntity, UrlEntity};

/// A link, mention or tag as X sent it.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Offset of the first character, as X gave it.
    pub start: usize,
    /// What stands there.
    pub what: What<'a>,
}

/// What a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What<'a> {
    /// A t.co address.
    Url {
        url: &'a str,
        expanded: Option<&'a str>,
        display: Option<&'a str>,
    },
    /// A handle without @.
    Mention {
        handle: &'a str,
        id: Option<&'a str>,
    },
    /// A hashtag or cashtag without its sign.
    Tag { name: &'a str, cash: bool },
}

/// A text and its marks, offsets in code points of that text.
#[derive(Debug, Default, PartialEq)]
pub struct Marked {
    pub text: String,
    pub urls: Vec<UrlEntity>,
    pub mentions: Vec<MentionEntity>,
    pub tags: Vec<TagEntity>,
}

/// Unescapes the text and places the marks.
pub fn place(raw: &str, marks: &[Mark<'_>]) -> Marked {
    let (text, slides) = unescape(raw);
    if marks.is_empty() {
        return Marked {
            text: text.into_owned(),
            ..Marked::default()
        };
    }
    let ruler = Ruler::new(&text);
    let mut found = vec![None; marks.len()];
    for (mark, found) in marks.iter().zip(&mut found) {
        *found = stated(&text, &ruler, &slides, mark);
    }
    for at in 0..marks.len() {
        if found[at].is_none() {
            found[at] = nearest(&text, ruler.byte(marks[at].start), &marks[at].what, &found);
        }
    }
    let mut placed: Vec<_> = marks
        .iter()
        .zip(found)
        .filter_map(|(m, f)| Some((f?, m)))
        .collect();
    placed.sort_by_key(|((start, end), _)| (*start, *end));
    placed.dedup_by(|(later, a), (earlier, b)| later == earlier && a.what.kind() == b.what.kind());
    let mut marked = Marked::default();
    for ((start, end), mark) in placed {
        marked.add(&text, &ruler, (start, end), &mark.what);
    }
    marked.text = text.into_owned();
    marked
}

impl What<'_> {
    const fn kind(&self) -> u8 {
        match self {
            Self::Url { .. } => 0,
            Self::Mention { .. } => 1,
            Self::Tag { .. } => 2,
        }
    }

    /// Byte offset behind the mark, if it stands at this one.
    fn ends(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let (sign, name) = match self {
            Self::Url { url, .. } => (0, *url),
            Self::Mention { handle, .. } => (sign(rest, &['@', '＠'])?, *handle),
            Self::Tag { name, cash: false } => (sign(rest, &['#', '＃'])?, *name),
            Self::Tag { name, cash: true } => (sign(rest, &['$'])?, *name),
        };
        let stands = rest
            .get(sign..sign + name.len())?
            .eq_ignore_ascii_case(name);
        (stands && !name.is_empty()).then_some(at + sign + name.len())
    }
}

fn sign(rest: &str, signs: &[char]) -> Option<usize> {
    rest.chars()
        .next()
        .filter(|first| signs.contains(first))
        .map(char::len_utf8)
}

/// The place that X stated: over the escaped text, over this text, or in UTF-16 units.
fn stated(text: &str, ruler: &Ruler, slides: &Slides, mark: &Mark<'_>) -> Option<(usize, usize)> {
    let at = |start: usize| {
        let start = ruler.byte(start);
        Some((start, mark.what.ends(text, start)?))
    };
    at(slides.over(mark.start))
        .or_else(|| at(mark.start))
        .or_else(|| {
            let start = ruler.byte_of_utf16(text, mark.start)?;
            Some((start, mark.what.ends(text, start)?))
        })
}

/// The nearest place that no other mark has.
fn nearest(
    text: &str,
    wanted: usize,
    what: &What<'_>,
    taken: &[Option<(usize, usize)>],
) -> Option<(usize, usize)> {
    let first = match what {
        What::Url { url, .. } => url.chars().next()?,
        What::Mention { .. } => '@',
        What::Tag { cash, .. } => {
            if *cash {
                '$'
            } else {
                '#'
            }
        }
    };
    let places = text.match_indices(first).filter_map(|(start, _)| {
        let end = what.ends(text, start)?;
        let inside = text[end..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
        (!inside).then_some((start, end))
    });
    places
        .filter(|place| !taken.contains(&Some(*place)))
        .min_by_key(|(start, _)| start.abs_diff(wanted))
}

impl Marked {
    fn add(&mut self, text: &str, ruler: &Ruler, (from, to): (usize, usize), what: &What<'_>) {
        let (start, end) = (ruler.point(from), ruler.point(to));
        let written = |name: &str| text[to - name.len()..to].to_owned();
        let own = |text: Option<&str>| text.map(str::to_owned);
        match what {
            What::Url {
                url,
                expanded,
                display,
            } => self.urls.push(UrlEntity {
                start,
                end,
                url: written(url),
                expanded_url: own(*expanded),
                display_url: own(*display),
            }),
            What::Mention { handle, id } => self.mentions.push(MentionEntity {
                start,
                end,
                handle: written(handle),
                x_id: own(*id),
            }),
            What::Tag { name, .. } => {
                self.tags.push(TagEntity {
                    start,
                    end,
                    tag: written(name),
                });
            }
        }
    }
}

/// From code points to bytes and back.
enum Ruler {
    /// Both are the same, up to this length.
    Ascii(usize),
    /// Byte offset of each code point, and of the end.
    Bytes(Vec<usize>),
}

impl Ruler {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii(text.len());
        }
        let starts = text.char_indices().map(|(at, _)| at);
        Self::Bytes(starts.chain([text.len()]).collect())
    }

    fn byte(&self, point: usize) -> usize {
        match self {
            Self::Ascii(len) => point.min(*len),
            Self::Bytes(starts) => starts[point.min(starts.len() - 1)],
        }
    }

    fn point(&self, byte: usize) -> i32 {
        let point = match self {
            Self::Ascii(_) => byte,
            Self::Bytes(starts) => starts.partition_point(|start| *start < byte),
        };
        i32::try_from(point).unwrap_or(i32::MAX)
    }

    fn byte_of_utf16(&self, text: &str, units: usize) -> Option<usize> {
        if matches!(self, Self::Ascii(_)) {
            return None;
        }
        let mut seen = 0;
        let reached = text.char_indices().find(|(_, character)| {
            let here = seen;
            seen += character.len_utf16();
            here >= units
        });
        reached.map(|(at, _)| at)
    }
}

/// What unescaping removed: place in code points of the escaped text, and how many.
struct Slides(Vec<(usize, usize)>);

impl Slides {
    fn over(&self, escaped: usize) -> usize {
        let before = self.0.iter().take_while(|(at, _)| *at < escaped);
        escaped
            - before
                .map(|(_, removed)| removed)
                .sum::<usize>()
                .min(escaped)
    }
}

fn unescape(raw: &str) -> (Cow<'_, str>, Slides) {
    const ESCAPES: [(&str, char); 3] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
    if !raw.contains('&') {
        return (Cow::Borrowed(raw), Slides(Vec::new()));
    }
    let mut text = String::with_capacity(raw.len());
    let (mut slides, mut point, mut rest) = (Vec::new(), 0, raw);
    while let Some(character) = rest.chars().next() {
        if let Some((escape, meant)) = ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape)) {
            slides.push((point, escape.len() - 1));
            text.push(*meant);
            point += escape.len();
            rest = &rest[escape.len()..];
        } else {
            text.push(character);
            point += 1;
            rest = &rest[character.len_utf8()..];
        }
    }
    (Cow::Owned(text), Slides(slides))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(start: usize, handle: &str) -> Mark<'_> {
        Mark {
            start,
            what: What::Mention { handle, id: None },
        }
    }

    fn places(raw: &str, marks: &[Mark<'_>]) -> Vec<(i32, i32)> {
        let marked = place(raw, marks);
        let mentions = marked.mentions.iter().map(|m| (m.start, m.end));
        let mut all: Vec<_> = mentions
            .chain(marked.tags.iter().map(|t| (t.start, t.end)))
            .collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_mark_stands_where_its_text_stands() {
        let tag = Mark {
            start: 2,
            what: What::Tag {
                name: "käse",
                cash: false,
            },
        };
        for (raw, marks, expected) in [
            ("hi @bo!", vec![mention(3, "bo")], vec![(3, 6)]),
            ("hi @BO!", vec![mention(3, "bo")], vec![(3, 6)]),
            ("🧀🧀@bo", vec![mention(2, "bo")], vec![(2, 5)]),
            ("🧀🧀@bo", vec![mention(4, "bo")], vec![(2, 5)]),
            ("a &amp; b @bo", vec![mention(10, "bo")], vec![(6, 9)]),
            ("a &amp; b @bo", vec![mention(6, "bo")], vec![(6, 9)]),
            ("&amp;lt; @bo", vec![mention(9, "bo")], vec![(5, 8)]),
            ("off by two @bo", vec![mention(13, "bo")], vec![(11, 14)]),
            (
                "@bo @bo",
                vec![mention(0, "bo"), mention(4, "bo")],
                vec![(0, 3), (4, 7)],
            ),
            (
                "@bo @bo",
                vec![mention(1, "bo"), mention(4, "bo")],
                vec![(0, 3), (4, 7)],
            ),
            (
                "@bo",
                vec![mention(0, "bo"), mention(0, "bo")],
                vec![(0, 3)],
            ),
            ("@bobby", vec![mention(2, "bo")], vec![]),
            ("cut…", vec![mention(20, "bo")], vec![]),
            ("＠bo", vec![mention(0, "bo")], vec![(0, 3)]),
            ("ü #käse", vec![tag], vec![(2, 7)]),
            ("", vec![mention(0, "bo"), mention(usize::MAX, "")], vec![]),
        ] {
            assert_eq!(places(raw, &marks), expected, "{raw}");
        }
    }

    #[test]
    fn exactly_three_escapes_are_undone_and_once() {
        assert_eq!(
            place("&lt;b&gt; &amp;amp; &quot; & &amp", &[]).text,
            "<b> &amp; &quot; & &amp"
        );
    }
}
