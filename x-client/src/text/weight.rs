//! How long a text is in X's eyes (twitter-text's configuration 3): in NFC, a link is 23, an emoji 2
//! however many code points it has, other characters 1 or 2.

use unicode_normalization::UnicodeNormalization as _;

use super::emoji::emoji_length;
use super::mention::leading_mentions;
use super::url::urls;

/// What a post may weigh.
pub const POST_WEIGHT_MAX: u32 = 280;
/// What a link weighs, whatever its length.
const LINK: u32 = 23;
/// What most characters weigh.
const WIDE: u32 = 2;
/// Code points that weigh 1.
const NARROW: [(u32, u32); 4] = [(0, 4_351), (8_192, 8_205), (8_208, 8_223), (8_242, 8_247)];
/// Characters that make a text invalid.
const INVALID: [char; 3] = ['\u{FFFE}', '\u{FEFF}', '\u{FFFF}'];

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// It; [`POST_WEIGHT_MAX`] is allowed.
    pub weight: u32,
    /// The first character that X does not take.
    pub invalid: Option<char>,
}

impl Weight {
    /// Whether a text of this weight may be posted.
    pub fn is_valid(&self) -> bool {
        self.invalid.is_none() && (1..=POST_WEIGHT_MAX).contains(&self.weight)
    }
}

/// Weighs a whole text.
pub fn weigh(text: &str) -> Weight {
    weigh_by(text, &Rules::CURRENT)
}

/// Weighs a reply: mentions of people whom it addresses anyway (handles without @) do not count while
/// they lead the text. Attached media weigh nothing.
pub fn weigh_reply(text: &str, addressed: &[&str]) -> Weight {
    let counted = weigh(&text[leading_mentions(text, addressed)..]);
    Weight {
        invalid: invalid(text),
        ..counted
    }
}

pub(super) fn invalid(text: &str) -> Option<char> {
    text.chars().find(|c| INVALID.contains(c))
}

/// A configuration of twitter-text.
pub(super) struct Rules {
    pub wide: u32,
    pub emoji: bool,
}

impl Rules {
    const CURRENT: Self = Self {
        wide: WIDE,
        emoji: true,
    };
}

/// What a character by itself weighs.
pub(super) fn of_char(c: char) -> u32 {
    let code = u32::from(c);
    let narrow = NARROW
        .iter()
        .any(|(low, high)| (*low..=*high).contains(&code));
    if narrow { 1 } else { WIDE }
}

pub(super) fn weigh_by(text: &str, rules: &Rules) -> Weight {
    let text: String = text.nfc().collect();
    let mut links = urls(&text).into_iter().peekable();
    let (mut at, mut weight) = (0, 0_u32);
    while let Some(c) = text[at..].chars().next() {
        let step = if let Some(link) = links.next_if(|link| link.range.start == at) {
            weight += LINK;
            link.range.len()
        } else if let Some(length) = emoji_length(&text[at..]).filter(|_| rules.emoji) {
            weight += rules.wide;
            length
        } else {
            weight += if of_char(c) == 1 { 1 } else { rules.wide };
            c.len_utf8()
        };
        at += step;
    }
    Weight {
        weight,
        invalid: invalid(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_texts_weigh() {
        for (text, weight) in [
            ("", 0),
            ("a", 1),
            ("é", 1),
            ("e\u{301}", 1),
            ("ß", 1),
            ("Ж", 1),
            ("ไ", 1),
            ("가", 2),
            ("日本", 4),
            ("“”‘’–—", 6),
            ("…", 2),
            ("€", 2),
            ("\u{200D}", 1),
            ("😀", 2),
            ("👍🏽", 2),
            ("👩‍💻", 2),
            ("👨‍👩‍👧‍👦", 2),
            ("🇩🇪", 2),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
            ("1️⃣", 2),
            ("❤️", 2),
            ("😀😀", 4),
            (
                "https://example.com/a/very/long/path?with=parameters&and=more",
                23,
            ),
            ("example.com", 23),
            ("see example.com.", 28),
            ("a.b", 3),
            ("@someone hi", 11),
        ] {
            assert_eq!(weigh(text).weight, weight, "{text}");
        }
    }

    #[test]
    fn the_bound_is_exact() {
        assert!(weigh(&"a".repeat(280)).is_valid());
        assert!(!weigh(&"a".repeat(281)).is_valid());
        assert!(!weigh("").is_valid());
        for c in INVALID {
            let weight = weigh(&format!("a{c}"));
            assert_eq!((weight.invalid, weight.is_valid()), (Some(c), false));
        }
    }

    #[test]
    fn only_leading_mentions_of_those_addressed_are_free() {
        for (text, weight) in [
            ("@one @Two hi", 2),
            ("@one\n@two  hi", 2),
            ("@one @three hi", 9),
            ("@three hi", 9),
            ("hi @one", 7),
            ("@one/list hi", 12),
            ("@one", 0),
        ] {
            assert_eq!(weigh_reply(text, &["one", "two"]).weight, weight, "{text}");
        }
    }
}
