//! Mentions as X finds them in a text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::url::is_latin_accent;

/// A mention in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<'a> {
    /// Handle without @, as it was written.
    pub handle: &'a str,
    /// Where it is, with its @, in bytes.
    pub range: Range<usize>,
}

/// At sign, handle, and the rest of a list's name.
#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by a test")]
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[@＠](?P<handle>[a-zA-Z0-9_]{1,20})(?P<list>/[a-zA-Z][a-zA-Z0-9_\-]{0,24})?")
        .unwrap()
});

/// Finds mentions, in order. The name of a list (`@user/list`) mentions nobody.
pub fn mentions(text: &str) -> Vec<Mention<'_>> {
    let all = mentions_or_lists(text).into_iter();
    all.filter(|(_, list)| list.is_none())
        .map(|(mention, _)| mention)
        .collect()
}

type MentionOrList<'a> = (Mention<'a>, Option<&'a str>);

pub(super) fn mentions_or_lists(text: &str) -> Vec<MentionOrList<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    // Character after the mention before: it cannot come before this one too.
    let mut free = 0;
    while let Some(captures) = MENTION.captures_at(text, at) {
        let (Some(all), Some(handle)) = (captures.get(0), captures.name("handle")) else {
            break;
        };
        if !may_precede(&text[..all.start()], all.start() > free) {
            at = all.start() + text[all.start()..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        (at, free) = (all.end(), all.end());
        if !spoils(&text[all.end()..]) {
            let mention = Mention {
                handle: handle.as_str(),
                range: all.range(),
            };
            found.push((mention, captures.name("list").map(|list| list.as_str())));
        }
    }
    found
}

/// Bytes of the mentions, and of the space around them, that lead a text, as long as they are of the
/// people given (handles without @).
pub fn leading_mentions(text: &str, of: &[&str]) -> usize {
    leading(text, |handle| {
        of.iter().any(|known| known.eq_ignore_ascii_case(handle))
    })
}

pub(super) fn leading(text: &str, counts: impl Fn(&str) -> bool) -> usize {
    let mut end = 0;
    for mention in mentions(text) {
        let between = &text[end..mention.range.start];
        let apart = end == 0 || !between.is_empty();
        if !apart || !between.trim().is_empty() || !counts(mention.handle) {
            break;
        }
        end = mention.range.end;
    }
    if end == 0 {
        return 0;
    }
    let rest = &text[end..];
    // `@one's` addresses nobody.
    let space = rest.len() - rest.trim_start().len();
    if space == 0 && !rest.is_empty() {
        leading_before(text, end)
    } else {
        end + space
    }
}

/// The last of the mentions belongs to the text: where it begins.
fn leading_before(text: &str, end: usize) -> usize {
    text[..end].rfind(['@', '＠']).unwrap_or(0)
}

/// Whether a mention may begin after this text: not within a word, and not after marks that make
/// something else of it; `RT` and `RT:` may come before it. `apart`: the character before is free.
fn may_precede(before: &str, apart: bool) -> bool {
    let Some(last) = before.chars().next_back() else {
        return true;
    };
    if !apart {
        return false;
    }
    let word = last.is_ascii_alphanumeric();
    let mark = matches!(last, '_' | '!' | '#' | '$' | '%' | '&' | '*' | '@' | '＠');
    if !word && !mark {
        return true;
    }
    let old = before.strip_suffix(':').unwrap_or(before);
    let Some(rest) = old
        .len()
        .checked_sub(2)
        .and_then(|at| Some((old.get(..at)?, old.get(at..)?)))
    else {
        return false;
    };
    let joined = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '~' | '.' | '-');
    rest.1.eq_ignore_ascii_case("rt") && !rest.0.ends_with(joined)
}

/// Whether what follows makes no mention of it.
fn spoils(after: &str) -> bool {
    after.starts_with(['@', '＠']) || after.starts_with("://") || after.starts_with(is_latin_accent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(text: &str) -> Vec<&str> {
        mentions(text)
            .into_iter()
            .map(|mention| mention.handle)
            .collect()
    }

    #[test]
    fn who_is_mentioned() {
        for (text, expected) in [
            ("@one and ＠two", vec!["one", "two"]),
            ("RT @one rt:@two xrt@three", vec!["one", "two"]),
            ("me@example.com", vec![]),
            ("@one@two", vec![]),
            ("@oné @http://x", vec![]),
            ("(@one, @two)", vec!["one", "two"]),
            ("@one/list @two", vec!["two"]),
            ("の@oneに", vec!["one"]),
            ("@ one @", vec![]),
        ] {
            assert_eq!(handles(text), expected, "{text}");
        }
    }

    #[test]
    fn where_the_text_itself_begins() {
        let all = |_: &str| true;
        for (text, rest) in [
            ("@one @two hello", "hello"),
            ("  @one\n hello", "hello"),
            ("hello @one", "hello @one"),
            ("@one", ""),
            ("@one's coat", "@one's coat"),
            ("@one @two's coat", "@two's coat"),
            ("@one, hello", "@one, hello"),
            ("@one. @two hello", "@one. @two hello"),
            ("", ""),
        ] {
            assert_eq!(&text[leading(text, all)..], rest, "{text}");
        }
        assert_eq!(leading_mentions("@One @two x", &["one"]), 5);
        assert_eq!(leading_mentions("@two x", &["one"]), 0);
    }
}
