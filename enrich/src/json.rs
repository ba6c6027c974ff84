//! From bytes to typed objects: characters that no later step could store are replaced first.

use std::borrow::Cow;

use serde::Deserialize;

use crate::lenient::Obj;
use crate::reasons::{MALFORMED_JSON, Refusal};

/// The bytes as JSON text in which no escape names a NUL (PostgreSQL refuses it) or half a
/// surrogate pair (no text of Rust may hold one): U+FFFD stands there instead.
pub fn clean(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    let mut bad = bad_escapes(&text).peekable();
    if bad.peek().is_none() {
        drop(bad);
        return text;
    }
    let mut fixed = String::with_capacity(text.len());
    let mut done = 0;
    for at in bad {
        fixed.push_str(&text[done..at]);
        fixed.push_str("\\ufffd");
        done = at + 6;
    }
    fixed.push_str(&text[done..]);
    Cow::Owned(fixed)
}

/// Reads one object. The error names a place, never what stands there.
pub fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Refusal> {
    match serde_json::from_str::<Obj<T>>(json) {
        Ok(Obj(Some(object))) => Ok(object),
        Ok(Obj(None)) => Err(Refusal::dead(MALFORMED_JSON, "not an object")),
        Err(error) => {
            let (kind, column) = (error.classify(), error.column());
            let detail = format!("{kind:?} at line {} column {column}", error.line());
            Err(Refusal::dead(MALFORMED_JSON, detail))
        }
    }
}

/// Byte offsets of the escapes to replace; each is six bytes of ASCII.
fn bad_escapes(text: &str) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(found) = text.get(from..).and_then(|rest| rest.find('\\')) {
            let at = from + found;
            let Some(unit) = unit(text, at) else {
                from = next_char(text, at + 1);
                continue;
            };
            from = at + 6;
            match unit {
                0xD800..=0xDBFF if matches!(self::unit(text, from), Some(0xDC00..=0xDFFF)) => {
                    from += 6;
                }
                0 | 0xD800..=0xDFFF => return Some(at),
                _ => {}
            }
        }
        None
    })
}

/// The UTF-16 unit that the escape at this offset names.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Offset behind the character at this offset.
fn next_char(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_stored_is_replaced_and_the_rest_untouched() {
        for (json, clean) in [
            (r#""a\u0000b""#, "a\u{fffd}b"),
            (r#""a\\u0000b""#, r"a\u0000b"),
            (r#""\\\u0000""#, "\\\u{fffd}"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83dx""#, "\u{fffd}x"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\uD83D\n""#, "\u{fffd}\n"),
            (r#""plain\tü""#, "plain\tü"),
        ] {
            let text = super::clean(json.as_bytes());
            assert_eq!(
                serde_json::from_str::<String>(&text).unwrap(),
                clean,
                "{json}"
            );
        }
        assert!(matches!(
            super::clean(br#""none \" bad""#),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn an_escape_at_the_end_is_left_to_the_parser() {
        for json in ["\\", "\\u", "\\u00", "\\ud83d", "x\\\u{20ac}", "\\ud83d\\u"] {
            let _kept = super::clean(json.as_bytes());
        }
    }

    #[test]
    fn an_error_tells_the_place_and_not_the_text() {
        let error = read::<crate::user::User<'_>>(r#"{"secret words"#).unwrap_err();
        insta::assert_debug_snapshot!(error, @r#"
        Dead {
            reason: "malformed-json",
            detail: "Eof at line 1 column 14",
        }
        "#);
    }
}
