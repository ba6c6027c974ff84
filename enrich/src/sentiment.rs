//! Sentiment as a port: any model may stand behind it, and each score names its model.

use std::sync::LazyLock;

use schemas::records::Sentiment;
use vader_sentimental::SentimentIntensityAnalyzer;

use crate::plain;

/// A model of sentiment.
pub trait SentimentModel: Send + Sync {
    /// The score of a text in a language; nothing where the model has no say. The same text has
    /// the same score in every process.
    fn score(&self, lang: Option<&str>, text: &str) -> Option<Sentiment>;
}

/// VADER: a word list with rules, for English.
///
/// It was right in 55 of 100 tweets to airlines (three classes), so its doubt is written down:
/// confidence is `CEILING` times the strength of a positive or negative score, and 0 for neutral,
/// which mostly means that it knew none of the words.
pub struct Vader(SentimentIntensityAnalyzer<'static>);

const NAME: &str = "vader-sentimental";
const VERSION: &str = "0.1.3";
/// Measured share of right answers: no score claims more.
const CEILING: f64 = 0.55;
/// The thresholds of VADER's authors.
const LABELLED_FROM: f64 = 0.05;

static VADER: LazyLock<Vader> = LazyLock::new(|| Vader(SentimentIntensityAnalyzer::new()));

impl Vader {
    /// The one instance: its word list is read once.
    pub fn shared() -> &'static Self {
        &VADER
    }
}

impl SentimentModel for Vader {
    fn score(&self, lang: Option<&str>, text: &str) -> Option<Sentiment> {
        if !lang.is_some_and(english) {
            return None;
        }
        let words = plain::words(text, true);
        if !words.contains(char::is_alphanumeric) && !words.contains(|c: char| !c.is_ascii()) {
            return None;
        }
        if clashing_idioms(&words) {
            return None;
        }
        // The port adds its terms in the order of a randomly seeded map: only the digits that
        // VADER's authors publish are the same in every process.
        let score = round(self.0.polarity_scores(&words).compound);
        let (label, confidence) = match score {
            s if s >= LABELLED_FROM => ("positive", round(s * CEILING)),
            s if s <= -LABELLED_FROM => ("negative", round(-s * CEILING)),
            _ => ("neutral", 0.0),
        };
        Some(Sentiment {
            label: label.to_owned(),
            score,
            confidence,
            model: NAME.to_owned(),
            version: VERSION.to_owned(),
        })
    }
}

fn english(lang: &str) -> bool {
    lang.get(..2) == Some("en") && matches!(lang.as_bytes().get(2), None | Some(b'-'))
}

fn round(value: f64) -> f64 {
    // Plus zero: no negative zero in a record.
    (value * 1e4).round() / 1e4 + 0.0
}

/// With two idioms of different weight near each other, the port takes whichever its randomly
/// seeded map gives first: no score rather than one that differs from process to process.
fn clashing_idioms(words: &str) -> bool {
    const HEADS: [&[&str]; 4] = [
        &["the shit", "the bomb", "to die for"],
        &["bad ass", "badass"],
        &["yeah right"],
        &["kiss of death"],
    ];
    let lower = words.to_ascii_lowercase();
    if !["shit", "bomb", "die", "ass", "yeah", "death"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return false;
    }
    let bare = lower
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let bare = bare
        .filter(|word| word.len() > 1)
        .collect::<Vec<_>>()
        .join(" ");
    HEADS
        .iter()
        .filter(|group| group.iter().any(|idiom| bare.contains(idiom)))
        .count()
        > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(lang: &str, text: &str) -> Option<(String, f64)> {
        Vader::shared()
            .score(Some(lang), text)
            .map(|s| (s.label, s.confidence))
    }

    #[test]
    fn a_score_has_a_label_and_never_more_confidence_than_was_measured() {
        for (text, expected) in [
            ("This is great, I love it!", "positive"),
            ("Worst service ever, I hate waiting", "negative"),
            ("The parcel is in the depot", "neutral"),
        ] {
            let (label, confidence) = label("en", text).unwrap();
            assert_eq!(label, expected, "{text}");
            assert!((0.0..=CEILING).contains(&confidence), "{text}");
            assert_eq!(confidence == 0.0, label == "neutral", "{text}");
        }
    }

    #[test]
    fn where_the_model_has_no_say_there_is_no_score() {
        assert_eq!(label("de", "Worst service ever"), None);
        assert_eq!(label("enm", "Worst service ever"), None);
        assert!(label("en-GB", "Worst service ever").is_some());
        assert_eq!(Vader::shared().score(None, "Worst service ever"), None);
        assert_eq!(label("en", "@bo https://t.co/x"), None);
        assert_eq!(label("en", ""), None);
        assert_eq!(label("en", "yeah, right: this is the bomb"), None);
    }
}
