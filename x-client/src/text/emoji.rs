//! Where an emoji ends. A sequence is one emoji if Unicode recommends it for general interchange;
//! otherwise its parts are emoji of their own.

use unicode_properties::{EmojiStatus, UnicodeEmoji as _};

const JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const TEXT_STYLE: char = '\u{FE0E}';
const KEYCAP: char = '\u{20E3}';
const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';
/// Symbols of text that are emoji only where emoji style is asked for.
const TEXT_UNLESS_STYLED: [char; 4] = ['©', '®', '™', '♟'];

/// Bytes of the emoji that the text begins with.
pub(super) fn emoji_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if matches!(first, '#' | '*' | '0'..='9') {
        return keycap(text);
    }
    if is_region(first) {
        let pair: usize = text.chars().take(2).map(char::len_utf8).sum();
        return Some(if is_known(&text[..pair]) {
            pair
        } else {
            first.len_utf8()
        });
    }
    let mut end = element(text)?;
    let mut ends = vec![end];
    while let Some(rest) = text[end..].strip_prefix(JOINER) {
        let Some(length) = element(rest) else { break };
        end += JOINER.len_utf8() + length;
        ends.push(end);
    }
    let sequence = ends
        .iter()
        .skip(1)
        .rev()
        .find(|end| is_known(&text[..**end]));
    sequence.or(ends.first()).copied()
}

fn keycap(text: &str) -> Option<usize> {
    let rest = &text[1..];
    let rest = rest
        .strip_prefix(EMOJI_STYLE)
        .unwrap_or(rest)
        .strip_prefix(KEYCAP)?;
    Some(text.len() - rest.len())
}

/// Bytes of one emoji without joiners: with its skin tone, its style or its tags.
fn element(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let first = chars.next().filter(|c| is_emoji(*c))?;
    let length = first.len_utf8();
    let next = chars.next();
    match next {
        Some(EMOJI_STYLE) => Some(length + EMOJI_STYLE.len_utf8()),
        Some(TEXT_STYLE) => None,
        _ if TEXT_UNLESS_STYLED.contains(&first) => None,
        Some(tone) if is_tone(tone) && takes_tone(first) => Some(length + tone.len_utf8()),
        Some('\u{E0020}'..='\u{E007E}') if first == BLACK_FLAG => {
            let end = text.find(CANCEL_TAG).map(|at| at + CANCEL_TAG.len_utf8());
            Some(end.filter(|end| is_known(&text[..*end])).unwrap_or(length))
        }
        _ => Some(length),
    }
}

fn is_emoji(c: char) -> bool {
    // Digits and their like have the property too, and are handled as keycaps.
    !c.is_ascii() && c.is_emoji_char() && !is_component(c)
}

fn is_component(c: char) -> bool {
    matches!(c, JOINER | EMOJI_STYLE | KEYCAP | '\u{E0020}'..='\u{E007F}')
}

fn is_region(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn takes_tone(c: char) -> bool {
    matches!(
        c.emoji_status(),
        EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiPresentationAndModifierBase
    )
}

fn is_known(sequence: &str) -> bool {
    emojis::get(sequence).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_ends_where_its_sequence_does() {
        for (text, length) in [
            ("a", None),
            ("1", None),
            ("#x", None),
            ("©", None),
            ("™ ", None),
            ("\u{200D}", None),
            ("1\u{FE0F}\u{20E3}2", Some(7)),
            ("1\u{20E3}", Some(4)),
            ("©\u{FE0F}", Some(5)),
            ("☺", Some(3)),
            ("☺\u{FE0F}", Some(6)),
            ("☺\u{FE0E}", None),
            ("😀a", Some(4)),
            ("👍🏽👍", Some(8)),
            ("😀🏽", Some(4)),
            ("🏽", Some(4)),
            ("🇩🇪🇫🇷", Some(8)),
            ("🇦🇦", Some(4)),
            ("🇩", Some(4)),
            ("👩‍💻", Some("👩‍💻".len())),
            ("👩🏽‍💻", Some("👩🏽‍💻".len())),
            ("👁️‍🗨️", Some("👁️‍🗨️".len())),
            ("❤️‍🔥", Some("❤️‍🔥".len())),
            ("👨‍👩‍👧‍👦", Some("👨‍👩‍👧‍👦".len())),
            ("😷\u{200D}😷", Some(4)),
            ("👩\u{200D}💻\u{200D}😷", Some("👩‍💻".len())),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", Some("🏴󠁧󠁢󠁥󠁮󠁧󠁿".len())),
            ("🏴\u{E0067}\u{E0062}", Some(4)),
        ] {
            assert_eq!(emoji_length(text), length, "{text:?}");
        }
    }
}
