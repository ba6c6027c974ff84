//! Whatever arrives, the stage answers; and what it answers can be stored.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{example, names, offsets_hold};
use enrich::enrich;
use proptest::prelude::*;
use schemas::records::Received;
use serde_json::Value;

fn check(received: &Received) -> Result<(), String> {
    match enrich(received) {
        Ok(facts) => {
            for fact in &facts {
                let json = serde_json::to_string(fact).unwrap();
                if json.contains("\\u0000") {
                    return Err("a NUL".to_owned());
                }
                fact.content.as_ref().map_or(Ok(()), offsets_hold)?;
            }
            let again = enrich(received).unwrap();
            if again == facts {
                Ok(())
            } else {
                Err("not the same twice".to_owned())
            }
        }
        Err(refusal) if enrich::REASONS.contains(&refusal.reason()) => Ok(()),
        Err(refusal) => Err(format!("undeclared reason {}", refusal.reason())),
    }
}

#[test]
fn the_offsets_of_every_example_hold() {
    for name in names() {
        check(&example(&name)).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

#[test]
fn what_cannot_be_stored_is_replaced() {
    let mut received = example("xaa.post.mention.create");
    let json = String::from_utf8(received.payload).unwrap();
    let json = json.replace("do you ship", r"do\u0000you \ud800 ship \ud83d\ude00");
    received.payload = json.replace("Teo Brandt", r"Teo\u0000").into();
    let fact = &enrich(&received).unwrap()[0];
    let text = &fact.content.as_ref().unwrap().text;
    assert_eq!(text, "@LumenBikes do\u{fffd}you \u{fffd} ship 😀 to Norway");
    assert_eq!(fact.profiles[0].name.as_deref(), Some("Teo\u{fffd}"));
    let mut invalid = example("xaa.post.mention.create");
    let at = invalid
        .payload
        .windows(4)
        .position(|four| four == b"ship")
        .unwrap();
    invalid.payload[at] = 0xFF;
    assert!(
        enrich(&invalid).unwrap()[0]
            .content
            .as_ref()
            .unwrap()
            .text
            .contains("you \u{fffd}hip")
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[@#$&a-zß🚲＠＃; ]{0,20}".prop_map(Value::from),
        Just(Value::from("2087599998366646279")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_example_never_panics_and_its_offsets_hold(
        name in prop::sample::select(names()),
        damage in prop::collection::vec((0..400_usize, any_json()), 1..4),
    ) {
        let mut received = example(&name);
        let mut tree: Value = serde_json::from_slice(&received.payload).unwrap();
        for (mut at, value) in damage {
            replace(&mut tree, &mut at, &mut Some(value));
        }
        received.payload = serde_json::to_vec(&tree).unwrap();
        check(&received).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn flipped_bytes_never_panic(
        name in prop::sample::select(names()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut received = example(&name);
        for (at, byte) in flips {
            let at = at.index(received.payload.len());
            received.payload[at] = byte;
        }
        if cuts {
            received.payload.truncate(cut.index(received.payload.len()));
        }
        check(&received).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_text_with_any_marks_keeps_its_offsets(
        text in "[@#$&a-z🚲ß; ]{0,40}(&amp;|&lt;|@bo|#ab|https://t.co/x){0,4}[a-z@# 🚲]{0,20}",
        at in prop::collection::vec(0..60_i64, 0..6),
    ) {
        let mentions: Vec<_> = at.iter().map(|start| serde_json::json!({
            "start": start, "end": start + 3, "username": "bo", "id": "7",
        })).collect();
        let tags: Vec<_> = at.iter().map(|start| serde_json::json!({
            "start": start, "end": start + 3, "tag": "ab",
        })).collect();
        let urls: Vec<_> = at.iter().map(|start| serde_json::json!({
            "start": start, "end": start + 3, "url": "https://t.co/x",
        })).collect();
        let mut received = example("v2.post.note");
        let entities = serde_json::json!({"mentions": mentions, "hashtags": tags, "urls": urls});
        let post = serde_json::json!({"data": {"id": "5", "text": text, "entities": entities}});
        received.payload = serde_json::to_vec(&post).unwrap();
        check(&received).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_event_of_any_envelope_is_answered(
        envelope in prop::sample::select(vec!["xaa", "aaa", "v2", "", "v3"]),
        event in prop_oneof!["[a-z_.]{0,30}", Just("profile.update.".to_owned()), Just("dm.received".to_owned())],
        json in any_json(),
    ) {
        let received = Received {
            envelope: envelope.to_owned(),
            event,
            payload: serde_json::to_vec(&json).unwrap(),
            ..Received::default()
        };
        check(&received).map_err(TestCaseError::fail)?;
    }
}

/// Puts the value at one place of the tree, by number.
fn replace(tree: &mut Value, at: &mut usize, value: &mut Option<Value>) {
    if *at == 0 {
        if let Some(value) = value.take() {
            *tree = value;
        }
        return;
    }
    *at -= 1;
    let children: Vec<&mut Value> = match tree {
        Value::Array(all) => all.iter_mut().collect(),
        Value::Object(all) => all.values_mut().collect(),
        _ => return,
    };
    for child in children {
        if value.is_some() {
            replace(child, at, value);
        }
    }
}
