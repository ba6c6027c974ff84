//! Finding at X what a call may have done: the same text, at the same place, at the time. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use x_client::text::{ExpandedUrl, normal_form, unescaped};

use crate::intent::hash_of_form;

/// X's clock may be off by this from ours.
const SKEW: TimeDelta = TimeDelta::minutes(2);
/// X has done it within this after the call began, if at all.
const WITHIN: TimeDelta = TimeDelta::minutes(15);

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Post answered, by the ids of its versions; none for a message, which is looked for in its
    /// conversation.
    pub targets: Option<&'a [String]>,
    /// Hash of the normal form.
    pub hash: &'a [u8],
    /// When the first call that may have done it began.
    pub began: DateTime<Utc>,
    /// When the last one began.
    pub last: DateTime<Utc>,
    /// Ids that belong to other intents.
    pub taken: &'a [String],
}

/// What the account wrote, as X or our own rows show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub x_id: String,
    /// The post it answers.
    pub target: Option<String>,
    /// Hash of its normal form.
    pub hash: Vec<u8>,
    /// When, by X.
    pub at: Option<DateTime<Utc>>,
}

/// The first of the candidates that is what is looked for.
pub fn find<'a>(wanted: Wanted<'_>, all: &'a [Candidate]) -> Option<&'a Candidate> {
    let (from, to) = (wanted.began - SKEW, wanted.last + WITHIN);
    all.iter()
        .filter(|one| one.hash == wanted.hash && !wanted.taken.contains(&one.x_id))
        .filter(|one| {
            let of = |ids: &[String]| one.target.as_ref().is_some_and(|id| ids.contains(id));
            wanted.targets.is_none_or(of)
        })
        .filter(|one| one.at.is_none_or(|at| at >= from && at <= to))
        .min_by_key(|one| (one.x_id.len(), one.x_id.clone()))
}

/// From when on own posts are asked for.
pub fn since(began: DateTime<Utc>) -> DateTime<Utc> {
    began - SKEW
}

/// Until when, if X may be asked so: it takes no end that is not past. A busy account has more posts
/// after it than a look reads.
pub fn until(last: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(last + WITHIN).filter(|end| *end < now - SKEW)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Link {
    url: String,
    expanded_url: Option<String>,
    media_key: Option<String>,
    display_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entities {
    urls: Vec<Link>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    entities: Option<Entities>,
    #[serde(alias = "note_post")]
    note_tweet: Option<Note>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Note {
    entities: Option<Entities>,
}

/// Hash of a text that X shows; `json` is the object that it stands in, for its links.
pub fn hash_of_x(text: &str, json: &str) -> Vec<u8> {
    let object: Object = serde_json::from_str(json).unwrap_or_default();
    let note = object.note_tweet.and_then(|note| note.entities);
    hash_with(text, &note.or(object.entities).unwrap_or_default())
}

/// Hash of the text of one of our own rows; `entities` and `media` are the row's columns.
pub fn hash_of_item(text: &str, entities: &serde_json::Value) -> Vec<u8> {
    hash_with(text, &Entities::deserialize(entities).unwrap_or_default())
}

fn hash_with(text: &str, entities: &Entities) -> Vec<u8> {
    let picture = |link: &Link| {
        let of_x =
            |url: &String| url.starts_with("pic.x.com/") || url.starts_with("pic.twitter.com/");
        link.media_key.is_some() || link.display_url.as_ref().is_some_and(of_x)
    };
    let links: Vec<ExpandedUrl<'_>> = entities
        .urls
        .iter()
        .filter(|link| !link.url.is_empty())
        .map(|link| ExpandedUrl {
            url: &link.url,
            expanded: link.expanded_url.as_deref().filter(|_| !picture(link)),
        })
        .collect();
    hash_of_form(&normal_form(&unescaped(text), &links))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::hash;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    fn candidate(x_id: &str, target: &str, text: &str, minutes: i64) -> Candidate {
        Candidate {
            x_id: x_id.to_owned(),
            target: Some(target.to_owned()),
            hash: hash(text),
            at: Some(at(minutes)),
        }
    }

    #[test]
    fn the_same_text_at_the_same_place_at_the_time() {
        let own = hash("Sorry!");
        let all = [
            candidate("12", "1", "Sorry!", 20),
            candidate("8", "1", "Sorry!", -5),
            candidate("9", "2", "Sorry!", 0),
            candidate("11", "1", "@ada Sorry!", 3),
            candidate("10", "1", "@ada Sorry!", 2),
            candidate("7", "1", "Sorry", 0),
            candidate("13", "3", "Sorry!", 4),
        ];
        let post = ["1".to_owned(), "3".to_owned()];
        let found = |taken: &[String]| {
            let wanted = Wanted {
                targets: Some(&post),
                hash: &own,
                began: at(0),
                last: at(0),
                taken,
            };
            find(wanted, &all).map(|one| one.x_id.as_str())
        };
        assert_eq!(found(&[]), Some("10"));
        assert_eq!(found(&["10".to_owned()]), Some("11"));
        let taken = ["10", "11"].map(str::to_owned);
        assert_eq!(found(&taken), Some("13"), "the post was edited");
        let taken = ["10", "11", "13"].map(str::to_owned);
        assert_eq!(found(&taken), None);
    }

    #[test]
    fn links_and_pictures_are_those_of_the_object() {
        let json = r#"{"entities":{"urls":[
            {"url":"https://t.co/a","expanded_url":"https://example.com/track?id=7"},
            {"url":"https://t.co/b","expanded_url":"https://x.com/b/status/1/photo/1","media_key":"3_1"}]}}"#;
        let echo = hash_of_x("@ada see https://t.co/a https://t.co/b", json);
        assert_eq!(echo, hash("see https://example.com/track?id=7"));
        assert_ne!(echo, hash("see https://example.com/track?id=8"));
    }
}
