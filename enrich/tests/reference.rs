//! Published payloads of X, which are not ours to commit: read where they are present.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{offsets_hold, received_at};
use schemas::records::Received;
use serde_json::Value;

/// Files that hold an event without content, on purpose.
const DEAD: [(&str, &str); 1] = [("xaa.event_envelope", "malformed-post")];

/// What ingest makes of a file: the records in it.
fn records(name: &str, file: &Value) -> Vec<Received> {
    let own = |id: &Value| id.as_str().unwrap_or_default().to_owned();
    let record = |envelope: &str, event: &str, payload: &Value, account: String| Received {
        org: "lumen".into(),
        own_accounts: vec![account.clone()],
        account,
        envelope: envelope.into(),
        event: event.into(),
        payload: serde_json::to_vec(payload).unwrap(),
        received_at: received_at(),
        ..Received::default()
    };
    if let Some(event) = file["data"]["event_type"].as_str() {
        let account = own(&file["data"]["filter"]["user_id"]);
        return vec![record("xaa", event, &file["data"], account)];
    }
    if name.contains("aaa.") {
        let account = own(&file["for_user_id"]);
        let arrays = file.as_object().unwrap().iter().filter(|(key, _)| {
            key.ends_with("_events") || *key == "user_event" || *key == "replay_job_status"
        });
        let elements = arrays.flat_map(|(event, all)| match all {
            Value::Array(all) => all.iter().map(|one| (event, one)).collect(),
            one => vec![(event, one)],
        });
        let context = serde_json::to_vec(&file["users"]).unwrap();
        return elements
            .map(|(event, one)| Received {
                context: Some(context.clone()),
                ..record("aaa", event, one, account.clone())
            })
            .collect();
    }
    if name.starts_with("v1.tweet.") {
        return vec![record("aaa", "tweet_create_events", file, String::new())];
    }
    if name.starts_with("v2.dm_event.") {
        return vec![record(
            "v2",
            "dm_event",
            &serde_json::json!({"data": file}),
            "17".into(),
        )];
    }
    let event = match name {
        _ if name.contains("response") || name.contains("links") => return Vec::new(),
        _ if name.starts_with("v2.dm_events") => "dm_event",
        "v2.conversation_thread"
        | "v2.mentions_timeline"
        | "v2.public_metrics"
        | "filtered_stream.post"
        | "filtered_stream_webhook.post" => "tweet",
        _ if name.starts_with("v2.tweet.") => "tweet",
        _ => return Vec::new(),
    };
    vec![record("v2", event, file, "17".into())]
}

#[test]
fn every_published_event_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/x-payloads");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no published payloads beside the repository");
        return;
    };
    let (mut dead, mut fates) = (Vec::new(), BTreeMap::<String, usize>::new());
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for received in records(&name, &json) {
            let outcome = enrich::enrich(&received);
            let fate = match &outcome {
                Ok(facts) => facts[0].fact.clone(),
                Err(refusal) => refusal.reason().to_owned(),
            };
            *fates.entry(fate).or_default() += 1;
            match outcome {
                Err(enrich::Refusal::Dead { reason, .. }) => dead.push((name.clone(), reason)),
                Err(enrich::Refusal::Skip(_)) => {}
                Ok(facts) => {
                    for content in facts.iter().filter_map(|fact| fact.content.as_ref()) {
                        offsets_hold(content).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
                    }
                }
            }
        }
    }
    println!("{fates:?}");
    let dead: Vec<_> = dead
        .iter()
        .map(|(name, reason)| (name.as_str(), *reason))
        .collect();
    assert_eq!(dead, DEAD);
    assert!(fates["item"] >= 25, "{fates:?}");
}
