//! A lower bound of X's weighted length: what is above the limit here is above it at X, too.

use unicode_normalization::UnicodeNormalization as _;

use crate::world::{POST_WEIGHT, weight};

const LINK: usize = 23;

/// Whether X would certainly say that the text is too long. `reply` leaves out the handles that a
/// reply may start with.
pub(super) fn too_long(text: &str, reply: bool) -> bool {
    least(text, reply) > POST_WEIGHT
}

/// Links weigh 23, what may be a link at most that; the parts of emoji sequences weigh nothing.
fn least(text: &str, reply: bool) -> usize {
    let text: String = text.trim().nfc().collect();
    let mut rest = text.as_str();
    while let Some(tail) = rest.strip_prefix('@').filter(|_| reply) {
        rest = tail
            .split_once(char::is_whitespace)
            .map_or("", |(_, tail)| tail.trim_start());
    }
    rest.split_inclusive(char::is_whitespace).map(word).sum()
}

fn word(text: &str) -> usize {
    let bare = text.trim_end();
    let space = text.len() - bare.len();
    let plain = plain(bare);
    // A domain needs no scheme to be a link, and may stand anywhere between other letters.
    if bare.contains('.') {
        plain.min(LINK) + space.min(1)
    } else {
        plain + space.min(1)
    }
}

fn plain(text: &str) -> usize {
    let kept: String = text.chars().filter(|c| !joins(*c)).collect();
    let flags = kept
        .chars()
        .filter(|c| ('\u{1F1E6}'..='\u{1F1FF}').contains(c))
        .count();
    weight(&kept) - flags
}

/// Joiners, variation selectors, skin tones, keycaps and tags belong to the emoji beside them.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}'
            | '\u{E0020}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_above_what_x_counts() {
        for (text, expected) in [
            ("abc", 3),
            ("ありがとう", 10),
            ("👍🏽", 2),
            ("🇩🇪 ok", 5),
            ("1️⃣", 1),
            ("cafe\u{301}", 4),
            ("see https://example.com/a/very/long/path/indeed now", 31),
            ("example.com/a/very/long/path/indeed", 23),
        ] {
            assert_eq!(least(text, false), expected, "{text}");
        }
        assert_eq!(least("@ada @ben hello", true), 5);
        assert_eq!(least("@ada @ben hello", false), 15);
        assert!(!too_long(&"x".repeat(280), false));
        assert!(too_long(&"x".repeat(281), false));
    }
}
