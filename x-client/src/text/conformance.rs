//! The published cases of twitter-text that concern length, links and mentions. They are third-party
//! data beside the checkout; without them the tests say so and pass.

use std::path::Path;

use serde_yaml_ng::Value;

use super::mention::{leading, mentions_or_lists};
use super::url::urls;
use super::weight::{POST_WEIGHT_MAX, Rules, weigh, weigh_by};
use super::{mentions, weight};

fn file(name: &str) -> Option<Value> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/fixtures/twitter-text");
    if let Ok(text) = std::fs::read_to_string(dir.join(name)) {
        return Some(serde_yaml_ng::from_str::<Value>(&text).unwrap()["tests"].clone());
    }
    println!("skipped: {name} of twitter-text is not beside the checkout");
    None
}

struct Case {
    what: String,
    text: String,
    expected: Value,
}

fn cases(file: &Value, group: &str) -> Vec<Case> {
    let all = file[group]
        .as_sequence()
        .unwrap_or_else(|| panic!("no group {group}"));
    let text = |case: &Value, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let read = |case: &Value| Case {
        what: format!("{group}: {}", text(case, "description")),
        text: text(case, "text"),
        expected: case["expected"].clone(),
    };
    let cases: Vec<Case> = all.iter().map(read).collect();
    println!("{group}: {} cases", cases.len());
    cases
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_sequence()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn found_urls(text: &str) -> Vec<&str> {
    urls(text).into_iter().map(|url| &text[url.range]).collect()
}

/// Range in characters, as the cases count.
fn indices(text: &str, range: &std::ops::Range<usize>) -> Vec<u64> {
    let chars = |end: usize| u64::try_from(text[..end].chars().count()).unwrap();
    vec![chars(range.start), chars(range.end)]
}

#[test]
fn weighted_length() {
    let Some(file) = file("validate.yml") else {
        return;
    };
    for (group, emoji) in [
        ("WeightedTweetsCounterTest", false),
        ("WeightedTweetsWithDiscountedEmojiCounterTest", true),
    ] {
        for case in cases(&file, group) {
            let weight = weigh_by(&case.text, &Rules { wide: 2, emoji });
            let expected = &case.expected;
            assert_eq!(
                Some(u64::from(weight.weight)),
                expected["weightedLength"].as_u64(),
                "{}",
                case.what
            );
            assert_eq!(
                Some(weight.is_valid()),
                expected["valid"].as_bool(),
                "{}",
                case.what
            );
            let permillage = u64::from(weight.weight * 1_000 / POST_WEIGHT_MAX);
            assert_eq!(
                Some(permillage),
                expected["permillage"].as_u64(),
                "{}",
                case.what
            );
        }
    }
    // These count as X did when a post had 140 characters, each of the same weight.
    for case in cases(&file, "tweets") {
        let weight = weigh_by(
            &case.text,
            &Rules {
                wide: 1,
                emoji: false,
            },
        );
        assert_eq!(
            Some(weight.weight <= 140),
            case.expected.as_bool(),
            "{}",
            case.what
        );
    }
}

#[test]
fn the_configuration_is_the_published_one() {
    let Some(dir) =
        file("validate.yml").map(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"))
    else {
        return;
    };
    let text = std::fs::read_to_string(dir.join("data/fixtures/twitter-text/v3.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let scale = config["scale"].as_u64().unwrap();
    assert_eq!(config["maxWeightedTweetLength"], POST_WEIGHT_MAX);
    assert_eq!(config["emojiParsingEnabled"], true);
    assert_eq!(
        config["transformedURLLength"],
        weigh("https://example.com").weight
    );
    let ranges = config["ranges"].as_array().unwrap();
    for code in (0..0xFFFE).filter(|code| *code != 0xFEFF) {
        let Some(c) = char::from_u32(code) else {
            continue;
        };
        let within = |range: &&serde_json::Value| {
            (range["start"].as_u64().unwrap()..=range["end"].as_u64().unwrap())
                .contains(&u64::from(code))
        };
        let own = ranges
            .iter()
            .find(within)
            .map_or(&config["defaultWeight"], |range| &range["weight"]);
        let expected = u32::try_from(own.as_u64().unwrap() / scale).unwrap();
        assert_eq!(weight::of_char(c), expected, "U+{code:04X}");
    }
}

#[test]
fn links() {
    let Some(file) = file("extract.yml") else {
        return;
    };
    for group in ["urls", "tco_urls_with_params"] {
        for case in cases(&file, group) {
            assert_eq!(
                found_urls(&case.text),
                strings(&case.expected),
                "{}",
                case.what
            );
        }
    }
    for group in ["urls_with_indices", "urls_with_directional_markers"] {
        for case in cases(&file, group) {
            let found: Vec<(&str, Vec<u64>)> = urls(&case.text)
                .into_iter()
                .map(|url| {
                    (
                        &case.text[url.range.clone()],
                        indices(&case.text, &url.range),
                    )
                })
                .collect();
            let expected: Vec<(&str, Vec<u64>)> = case
                .expected
                .as_sequence()
                .unwrap()
                .iter()
                .map(|link| {
                    let numbers = link["indices"]
                        .as_sequence()
                        .unwrap()
                        .iter()
                        .filter_map(Value::as_u64);
                    (link["url"].as_str().unwrap(), numbers.collect())
                })
                .collect();
            assert_eq!(found, expected, "{}", case.what);
        }
    }
}

#[test]
fn mentions_and_replies() {
    let Some(file) = file("extract.yml") else {
        return;
    };
    for case in cases(&file, "mentions") {
        let found: Vec<&str> = mentions(&case.text).into_iter().map(|m| m.handle).collect();
        assert_eq!(found, strings(&case.expected), "{}", case.what);
    }
    for group in ["mentions_with_indices", "mentions_or_lists_with_indices"] {
        for case in cases(&file, group) {
            let found = mentions_or_lists(&case.text);
            let expected = case.expected.as_sequence().unwrap();
            assert_eq!(found.len(), expected.len(), "{}", case.what);
            for ((mention, list), expected) in found.iter().zip(expected) {
                assert_eq!(
                    Some(mention.handle),
                    expected["screen_name"].as_str(),
                    "{}",
                    case.what
                );
                let slug = expected["list_slug"].as_str().unwrap_or_default();
                assert_eq!(list.unwrap_or_default(), slug, "{}", case.what);
                let numbers: Vec<u64> = expected["indices"]
                    .as_sequence()
                    .unwrap()
                    .iter()
                    .filter_map(Value::as_u64)
                    .collect();
                assert_eq!(
                    indices(&case.text, &mention.range),
                    numbers,
                    "{}",
                    case.what
                );
            }
        }
    }
    for case in cases(&file, "replies") {
        let leads = leading(&case.text, |_| true) > 0;
        assert_eq!(leads, !case.expected.is_null(), "{}", case.what);
    }
}

/// Links and mentions are those that the published HTML links.
#[test]
fn what_is_linked() {
    let Some(file) = file("autolink.yml") else {
        return;
    };
    for case in cases(&file, "urls") {
        let html = case.expected.as_str().unwrap();
        let linked: Vec<String> = html
            .split("<a href=\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(href, _)| {
                href.replace("&amp;", "&")
                    .replace("&quot;", "\"")
                    .replace("&#39;", "'")
            })
            .collect();
        let mut found = found_urls(&case.text);
        // The published linker leaves bare domains alone; X's counter does not.
        found.retain(|url| url.to_ascii_lowercase().starts_with("http"));
        assert_eq!(found, linked, "{}", case.what);
    }
    for case in cases(&file, "usernames") {
        let html = case.expected.as_str().unwrap();
        let linked: Vec<&str> = html
            .split("<a class=\"tweet-url username\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('>')?.1.split_once("</a>"))
            .map(|(handle, _)| handle)
            .collect();
        let found: Vec<&str> = mentions(&case.text).into_iter().map(|m| m.handle).collect();
        assert_eq!(found, linked, "{}", case.what);
    }
}

/// Whole texts that are links or not. twitter-text has a separate validator for these, which we do
/// not need; in all but one it agrees with the links of a text.
#[test]
fn what_is_a_link_by_itself() {
    let Some(file) = file("validate.yml") else {
        return;
    };
    for group in ["urls", "urls_without_protocol"] {
        for case in cases(&file, group) {
            let whole = found_urls(&case.text) == [case.text.as_str()];
            // The validator takes a `+` at the end of a query, the text's link ends before it.
            let validator_alone = case.text.ends_with("/?stories+");
            let expected = case
                .expected
                .as_bool()
                .map(|valid| valid && !validator_alone);
            assert_eq!(Some(whole), expected, "{}", case.what);
        }
    }
}
