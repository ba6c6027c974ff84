//! Reach of a person, and the terms of a priority that never change once an item is written.
//! Each term is a strength from 0 to 1; an organisation weighs them when it reads them.

use schemas::records::{PriorityTerm, Profile, Sentiment};

use crate::{plain, urgent};

/// As many followers as count fully, as power of ten.
const FOLLOWERS_FULL: f64 = 7.0;
/// As many posts as count fully, as power of ten.
const POSTS_FULL: f64 = 5.0;

/// Words that begin a question which lacks its mark, by language.
const ASKING: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "how", "what", "when", "where", "why", "who", "which", "do", "does", "did", "is",
            "are", "can", "could", "any",
        ],
    ),
    (
        "de",
        &[
            "wie", "was", "wann", "wo", "warum", "wieso", "wer", "kann", "könnt",
        ],
    ),
    (
        "fr",
        &["comment", "quand", "où", "pourquoi", "qui", "combien"],
    ),
    ("es", &["cómo", "cuándo", "dónde", "qué", "quién", "cuánto"]),
];

/// Reach from 0 to 1: mostly followers, on a logarithmic scale; a little for posts and the mark.
pub fn influence(author: Option<&Profile>) -> f64 {
    let Some(author) = author else { return 0.0 };
    let posts = scale(author.tweets, POSTS_FULL);
    round(0.8 * followers(author) + 0.1 * posts + 0.1 * verified(author))
}

/// The terms that are more than nothing. Our own items have none: nobody waits for us to answer
/// ourselves.
pub fn terms(
    author: Option<&Profile>,
    sentiment: Option<&Sentiment>,
    lang: Option<&str>,
    text: &str,
    private: bool,
) -> Vec<PriorityTerm> {
    let words = plain::words(text, true).to_lowercase();
    let negative = sentiment
        .filter(|s| s.label == "negative")
        .map_or(0.0, |s| s.confidence);
    let all = [
        (
            "followers",
            author.map_or(0.0, |author| round(followers(author))),
        ),
        ("verified", author.map_or(0.0, verified)),
        ("negative", negative),
        ("question", question(lang, &words)),
        ("urgent_words", urgent::strength(lang, &words)),
        ("private", f64::from(u8::from(private))),
    ];
    let some = all.into_iter().filter(|(_, value)| *value > 0.0);
    some.map(|(name, value)| PriorityTerm {
        name: name.to_owned(),
        value,
    })
    .collect()
}

fn followers(author: &Profile) -> f64 {
    scale(author.followers, FOLLOWERS_FULL)
}

/// The mark of a company or an authority counts fully, a bought one half.
fn verified(author: &Profile) -> f64 {
    match (author.verified_type.as_deref(), author.verified) {
        (Some("business" | "government"), _) => 1.0,
        (Some("blue"), _) | (_, Some(true)) => 0.5,
        _ => 0.0,
    }
}

/// 1 for a question mark, a half for a word that begins a question.
fn question(lang: Option<&str>, words: &str) -> f64 {
    if words.contains(['?', '？', '؟']) {
        return 1.0;
    }
    let lang = lang.unwrap_or_default().split('-').next();
    let asking = ASKING
        .iter()
        .find(|(of, _)| Some(*of) == lang)
        .map(|(_, words)| *words);
    let first = words
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    let asks = first
        .zip(asking)
        .is_some_and(|(first, asking)| asking.contains(&first));
    if asks { 0.5 } else { 0.0 }
}

fn scale(count: Option<i64>, full: f64) -> f64 {
    let count = i32::try_from(count.unwrap_or(0).max(0)).unwrap_or(i32::MAX);
    ((1.0 + f64::from(count)).log10() / full).min(1.0)
}

// Four digits: the last bits of a logarithm differ between machines.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(followers: i64, verified_type: &str) -> Profile {
        Profile {
            followers: Some(followers),
            tweets: Some(1_000),
            verified_type: Some(verified_type.to_owned()),
            ..Profile::default()
        }
    }

    #[test]
    fn reach_grows_with_followers_and_stays_below_one() {
        let reach =
            [0, 100, 10_000, 1_000_000, i64::MAX].map(|n| influence(Some(&person(n, "none"))));
        assert!(
            reach.is_sorted() && reach[0] > 0.0 && reach[4] <= 1.0,
            "{reach:?}"
        );
        assert!(influence(Some(&person(100, "business"))) > influence(Some(&person(100, "blue"))));
        assert!(influence(None).abs() < f64::EPSILON);
        assert!(influence(Some(&person(-5, "none"))) >= 0.0);
    }

    #[test]
    fn only_terms_that_say_something_are_kept() {
        let names = |lang, text, private| -> Vec<_> {
            let terms = terms(None, None, lang, text, private);
            terms
                .into_iter()
                .map(|term| (term.name, term.value))
                .collect()
        };
        let term = |name: &str, value| (name.to_owned(), value);
        for (lang, text, expected) in [
            (Some("en"), "nice day", vec![]),
            (Some("en"), "Where is it?", vec![term("question", 1.0)]),
            (Some("en"), "@bo where is it", vec![term("question", 0.5)]),
            (Some("sv"), "where is it", vec![]),
            (Some("en"), "https://t.co/a?b", vec![]),
            (
                Some("de"),
                "Bitte dringend, ein NOTFALL!",
                vec![term("urgent_words", 1.0)],
            ),
            (None, "ASAP!!", vec![term("urgent_words", 0.5)]),
            (Some("ja"), "届きません？", vec![term("question", 1.0)]),
        ] {
            assert_eq!(names(lang, text, false), expected, "{text}");
        }
        assert_eq!(
            names(Some("en"), "nice day", true),
            vec![term("private", 1.0)]
        );
    }
}
