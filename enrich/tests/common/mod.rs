//! Examples of what X sends, with invented people, as records of the raw topics.
#![expect(dead_code, reason = "each test uses a part")]

use std::path::Path;

use chrono::{DateTime, Utc};
use schemas::records::{Content, Enriched, Received};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Example {
    envelope: String,
    event: String,
    account: String,
    own_accounts: Vec<String>,
    payload: Box<RawValue>,
    context: Option<Box<RawValue>>,
}

pub fn received_at() -> DateTime<Utc> {
    "2026-08-13T06:00:00Z".parse().unwrap()
}

pub fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .map(|name| name.trim_end_matches(".json").to_owned())
        .collect();
    names.sort();
    names
}

pub fn example(name: &str) -> Received {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let example: Example = serde_json::from_str(&text).unwrap();
    Received {
        org: "lumen".into(),
        account: example.account,
        own_accounts: example.own_accounts,
        source: if example.envelope == "v2" {
            "lookup"
        } else {
            "webhook"
        }
        .into(),
        envelope: example.envelope,
        event: example.event,
        payload: example.payload.get().into(),
        context: example.context.map(|context| context.get().into()),
        received_at: received_at(),
        ..Received::default()
    }
}

pub fn enriched(name: &str) -> Enriched {
    let mut facts = enrich::enrich(&example(name)).unwrap();
    assert_eq!(facts.len(), 1, "{name}");
    facts.remove(0)
}

pub fn content(name: &str) -> Content {
    enriched(name).content.unwrap()
}

/// The characters of a text between two offsets in code points.
pub fn slice(text: &str, start: i32, end: i32) -> Option<String> {
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
    let slice: String = text
        .chars()
        .skip(start)
        .take(end.checked_sub(start)?)
        .collect();
    (slice.chars().count() == end - start).then_some(slice)
}

/// Every offset is inside the text, and there stands what the entity says.
pub fn offsets_hold(content: &Content) -> Result<(), String> {
    let at = |start, end| slice(&content.text, start, end).ok_or("outside the text".to_owned());
    for url in &content.urls {
        assert_same(&at(url.start, url.end)?, &url.url)?;
    }
    for mention in &content.mentions {
        let text = at(mention.start, mention.end)?;
        assert_same(text.trim_start_matches(['@', '＠']), &mention.handle)?;
    }
    for tag in &content.tags {
        let text = at(tag.start, tag.end)?;
        assert_same(
            text.trim_start_matches(['#', '＃', '$']),
            tag.tag.trim_start_matches('#'),
        )?;
    }
    Ok(())
}

fn assert_same(text: &str, said: &str) -> Result<(), String> {
    if text == said {
        Ok(())
    } else {
        Err(format!("{text:?} where {said:?} was said"))
    }
}
