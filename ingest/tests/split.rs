//! Bodies of every shape, as records.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use chrono::{DateTime, Utc};
use ingest::{Notice, OrgView, Outgoing, Split, SplitError, Unreadable, Value, split};
use schemas::records::{Quarantined, Received};
use schemas::topics::{QUARANTINE_MESSAGES, RAW_MESSAGES, RAW_POSTS};
use schemas::{Kind, ids};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn acme() -> OrgView {
    OrgView {
        org: "acme".to_owned(),
        accounts: vec!["42".into(), "43".into()],
        complete: true,
    }
}

fn read(body: &str) -> Split {
    split(body.as_bytes(), &acme(), "webhook", NOW).unwrap()
}

fn received(out: &Outgoing) -> &Received {
    match &out.value {
        Value::Received(received) => received,
        Value::Quarantined(_) => panic!("quarantined"),
    }
}

fn quarantined(split: &Split) -> &Quarantined {
    match &split.records.last().unwrap().value {
        Value::Quarantined(quarantined) => quarantined,
        Value::Received(_) => panic!("received"),
    }
}

fn key(kind: Kind, first_id: &str) -> Vec<u8> {
    ids::item("acme", kind, first_id).to_string().into_bytes()
}

/// One line for each record: topic, event, account, X id, routing.
fn lines(split: &Split) -> Vec<String> {
    let line = |out: &Outgoing| match &out.value {
        Value::Quarantined(q) => format!("{} {} | {}", out.topic.name, q.reason, q.detail),
        Value::Received(r) => format!(
            "{} {} {} for {} id {} by {}",
            out.topic.name,
            r.envelope,
            r.event,
            r.account,
            r.x_id.as_deref().unwrap_or("-"),
            out.routing
        ),
    };
    split.records.iter().map(line).collect()
}

fn xaa(event: &str, account: &str, payload: &str) -> String {
    format!(
        r#"{{"event_type":"{event}","payload":{payload},"event_uuid":"-1","filter":{{"user_id":"{account}"}}}}"#
    )
}

#[test]
fn each_item_of_a_body_is_a_record_with_its_own_bytes() {
    let events: Vec<String> = (100..110)
        .map(|id| {
            xaa(
                "post.mention.create",
                "42",
                &format!(
                    "{{ \"id\" :\t\"{id}\",\"author_id\":\"7\",\"text\":\"\\ud83d \\u00e9 ü\" }}"
                ),
            )
        })
        .collect();
    let body = format!("{{\"data\": [ {} ]}}\n", events.join(" ,\r\n "));
    let split = read(&body);
    assert_eq!(split.records.len(), 10);
    for ((out, event), id) in split.records.iter().zip(&events).zip(100..) {
        let record = received(out);
        assert_eq!(record.payload, event.as_bytes());
        assert_eq!(out.key, key(Kind::Post, &id.to_string()));
        assert_eq!(out.topic, &RAW_POSTS);
        assert_eq!(out.routing, "7");
        let expected = Received {
            org: "acme".into(),
            account: "42".into(),
            own_accounts: vec!["42".into(), "43".into()],
            source: "webhook".into(),
            envelope: "xaa".into(),
            event: "post.mention.create".into(),
            x_id: Some(id.to_string()),
            received_at: NOW,
            ..Received::default()
        };
        assert_eq!(
            Received {
                payload: Vec::new(),
                ..record.clone()
            },
            expected
        );
    }
}

fn message(from: &str, to: &str) -> String {
    format!(
        r#"{{"direct_message_events":[{{"id":"9","message_create":{{"sender_id":"{from}","target":{{"recipient_id":"{to}"}}}}}}],"users":{{}}}}"#
    )
}

#[test]
fn every_public_event_of_x_activity_has_its_place() {
    for (event, account, payload, expected) in [
        (
            "post.create",
            "42",
            r#"{"id":"5","author_id":"42"}"#.to_owned(),
            "x.raw.posts.v1 xaa post.create for 42 id 5 by 42",
        ),
        (
            "post.reply.create",
            "42",
            r#"{"id":5,"author_id":7}"#.into(),
            "x.raw.posts.v1 xaa post.reply.create for 42 id 5 by 7",
        ),
        (
            "post.quote.create",
            "42",
            r#"{"id":"5"}"#.into(),
            "x.raw.posts.v1 xaa post.quote.create for 42 id 5 by 5",
        ),
        (
            "post.delete",
            "7",
            r#"{"id":"5","author_id":"7"}"#.into(),
            "x.raw.posts.v1 xaa post.delete for 7 id 5 by 7",
        ),
    ] {
        let split = read(&format!(r#"{{"data":{}}}"#, xaa(event, account, &payload)));
        assert_eq!(lines(&split), [expected]);
    }
}

#[test]
fn every_private_event_of_x_activity_has_its_place() {
    for (event, account, payload, expected) in [
        (
            "dm.received",
            "42",
            message("700", "42"),
            "x.raw.messages.v1 xaa dm.received for 42 id 9 by 42-700",
        ),
        (
            "dm.sent",
            "42",
            message("42", "700"),
            "x.raw.messages.v1 xaa dm.sent for 42 id 9 by 42-700",
        ),
        (
            "dm.received",
            "42",
            r#"{"id":"9","sender_id":"7","dm_conversation_id":"42-7"}"#.into(),
            "x.raw.messages.v1 xaa dm.received for 42 id 9 by 42-7",
        ),
        (
            "like.create",
            "42",
            r#"{"id":"8f","liked_tweet_id":"5","liked_tweet_author_id":"42"}"#.into(),
            "x.raw.messages.v1 xaa like.create for 42 id 5 by 42",
        ),
        (
            "like.create",
            "42",
            r#"{"id":"8f","liked_tweet_id":"5","tweet_author_id":"42"}"#.into(),
            "x.raw.messages.v1 xaa like.create for 42 id 5 by 42",
        ),
        (
            "profile.update.bio",
            "7",
            r#"{"before":"a","after":"b"}"#.into(),
            "x.raw.posts.v1 xaa profile.update.bio for 7 id - by 7",
        ),
        (
            "oauth.revoke",
            "",
            r#"{"user_id":"42","app_id":"1"}"#.into(),
            "x.raw.messages.v1 xaa oauth.revoke for 42 id - by 42",
        ),
    ] {
        let split = read(&format!(r#"{{"data":{}}}"#, xaa(event, account, &payload)));
        assert_eq!(lines(&split), [expected]);
        assert_eq!(
            split.notices,
            if event == "oauth.revoke" {
                vec![Notice::Revoked]
            } else {
                vec![]
            }
        );
    }
}

#[test]
fn every_event_of_account_activity_has_its_place() {
    let body = r#"{"for_user_id":"42","user_has_blocked":"false",
      "tweet_create_events":[{"id":1,"id_str":"5","user":{"id_str":"7"}},{"id_str":"6","user":{"id":8},"edit_history":{"initial_tweet_id":"4"}}],
      "tweet_delete_events":[{"status":{"id":"3","user_id":"42"},"timestamp_ms":"1"}],
      "favorite_events":[{"id":"8f","favorited_status":{"id_str":"5","user":{"id_str":"42"}},"user":{"id_str":"7"}}],
      "direct_message_events":[{"id":"9","message_create":{"sender_id":"42","target":{"recipient_id":"7"}}}, {"id":"10"}],
      "users" : { "7": {"name":"N" } },
      "follow_events":[{},{}],"unblock_events":[{}],"direct_message_mark_read_events":[{}],
      "replay_job_status":{"job_state":"Incomplete"},
      "user_event":{"revoke":{"source":{"user_id":"42"}}}}"#;
    let split = read(body);
    assert_eq!(
        lines(&split),
        [
            "x.raw.messages.v1 aaa direct_message_events for 42 id 9 by 7-42",
            "x.raw.messages.v1 aaa direct_message_events for 42 id 10 by 10",
            "x.raw.messages.v1 aaa favorite_events for 42 id 5 by 42",
            "x.raw.posts.v1 aaa tweet_create_events for 42 id 5 by 7",
            "x.raw.posts.v1 aaa tweet_create_events for 42 id 6 by 8",
            "x.raw.posts.v1 aaa tweet_delete_events for 42 id 3 by 42",
            "x.raw.messages.v1 aaa user_event for 42 id - by 42",
        ]
    );
    let first = received(&split.records[0]);
    assert_eq!(
        first.context.as_deref(),
        Some(&br#"{ "7": {"name":"N" } }"#[..])
    );
    assert_eq!(received(&split.records[3]).context, None);
    assert_eq!(received(&split.records[1]).payload, br#"{"id":"10"}"#);
    assert_eq!(split.records[4].key, key(Kind::Post, "4"));
    assert_eq!(
        split.skipped,
        [
            ("read", 1),
            ("follow", 2),
            ("replay-status", 1),
            ("block", 1)
        ]
    );
    assert_eq!(
        split.notices,
        [Notice::ReplayEnded { complete: false }, Notice::Revoked]
    );
    assert_eq!(split.quarantined, None);
}

#[test]
fn a_line_of_the_filtered_stream_is_a_post() {
    let body = r#"{"data":{"id":"6","edit_history_tweet_ids":["5","6"],"author_id":"7","entities":{"mentions":[{"id":"43"}]}},
        "includes":{ "users":[]},"matching_rules":[{"id":"1"}]}"#;
    let split = read(body);
    assert_eq!(lines(&split), ["x.raw.posts.v1 v2 tweet for 43 id 6 by 7"]);
    assert_eq!(split.records[0].key, key(Kind::Post, "5"));
    assert_eq!(received(&split.records[0]).payload, body.as_bytes());
    assert_eq!(received(&split.records[0]).context, None);
    let unnamed = read(r#"{"data":{"id":"6"},"matching_rules":[]}"#);
    assert_eq!(received(&unnamed.records[0]).account, "42");
}

#[test]
fn events_of_no_use_are_skipped_by_name() {
    for (event, name) in [
        ("follow.follow", "follow"),
        ("mute.unmute", "mute"),
        ("block.block", "block"),
        ("chat.received", "chat"),
        ("spaces.start", "spaces"),
        ("broadcast.start", "broadcast"),
        ("news.new", "news"),
        ("dm.read", "read"),
        ("dm.indicate_typing", "typing"),
    ] {
        let split = read(&format!(r#"{{"data":{}}}"#, xaa(event, "42", "{}")));
        assert_eq!(
            (split.records.len(), split.skipped),
            (0, vec![(name, 1)]),
            "{event}"
        );
    }
}

#[test]
fn one_bad_event_does_not_hold_up_its_neighbours() {
    let post = |id: &str| xaa("post.reply.create", "42", &format!(r#"{{"id":{id}}}"#));
    let split = read(&format!(
        r#"{{"data":[{},{},{}]}}"#,
        post("1"),
        post("{}"),
        post("3")
    ));
    assert_eq!(split.records.len(), 3);
    assert_eq!(quarantined(&split).detail, "data[1]: no id in payload");
}

#[test]
fn a_shape_that_is_not_known_goes_to_quarantine_whole() {
    let post = |id: &str| xaa("post.reply.create", "42", &format!(r#"{{"id":{id}}}"#));
    for (body, expected) in [
        (String::new(), "unknown-shape | not a JSON object"),
        ("[]".into(), "unknown-shape | not a JSON object"),
        (
            "{}".into(),
            "unknown-shape | no event of a kind that X documents",
        ),
        (
            r#"{"errors":[]}"#.into(),
            "unknown-shape | no event of a kind that X documents",
        ),
        (
            r#"{"data":{"deleted":true}}"#.into(),
            "unknown-shape | data[0]: no event_type",
        ),
        (
            r#"{"data":7}"#.into(),
            "unknown-shape | data[0]: no event_type",
        ),
        (
            format!(r#"{{"data":{}}}"#, post("null")),
            "unknown-shape | data[0]: no id in payload",
        ),
    ] {
        is_quarantined_whole(&body, expected);
    }
}

#[test]
fn an_event_or_account_that_is_not_known_goes_to_quarantine_whole() {
    for (body, expected) in [
        (
            format!(r#"{{"data":{}}}"#, xaa("moon.landing", "42", "{}")),
            "unknown-event | data[0]: event_type that is not known",
        ),
        (
            format!(
                r#"{{"data":{}}}"#,
                xaa("dm.received", "44", r#"{"id":"1"}"#)
            ),
            "unknown-account | data[0]: filter.user_id is not an account of ours",
        ),
        (
            r#"{"for_user_id":"44","tweet_create_events":[{"id":1}]}"#.into(),
            "unknown-account | for_user_id is not an account of ours",
        ),
        (
            r#"{"tweet_create_events":[{"id":1}]}"#.into(),
            "unknown-shape | no for_user_id",
        ),
        (
            r#"{"for_user_id":"42","tweet_create_events":{}}"#.into(),
            "unknown-shape | tweet_create_events is not an array",
        ),
        (
            r#"{"for_user_id":"42","moon_events":[]}"#.into(),
            "unknown-event | an event that is not known",
        ),
        (
            r#"{"user_event":{"unheard":1}}"#.into(),
            "unknown-event | user_event that is not known",
        ),
        (
            r#"{"data":{},"matching_rules":[]}"#.into(),
            "unknown-shape | data: no id",
        ),
    ] {
        is_quarantined_whole(&body, expected);
    }
}

fn is_quarantined_whole(body: &str, expected: &str) {
    let split = read(body);
    assert_eq!(
        lines(&split),
        [format!("earshot.quarantine.messages.v1 {expected}")],
        "{body}"
    );
    let record = quarantined(&split);
    assert_eq!(
        (record.value.as_slice(), record.org.as_str()),
        (body.as_bytes(), "acme")
    );
    assert_eq!(
        (record.partition, record.offset, record.stage.as_str()),
        (-1, -1, "ingest")
    );
    assert_eq!(split.records[0].topic, &QUARANTINE_MESSAGES);
}

#[test]
fn an_account_whose_id_x_has_not_told_yet_is_let_in() {
    let org = OrgView {
        complete: false,
        ..acme()
    };
    let body = format!(
        r#"{{"data":{}}}"#,
        xaa("dm.received", "44", r#"{"id":"1"}"#)
    );
    let split = split(body.as_bytes(), &org, "webhook", NOW).unwrap();
    assert_eq!(
        (split.records[0].topic, split.quarantined),
        (&RAW_MESSAGES, None)
    );
}

#[test]
fn a_flood_in_one_body_is_kept_whole_but_not_multiplied() {
    let many = vec![r#"{"id":"1"}"#; 6_000].join(",");
    let body = format!(r#"{{"for_user_id":"42","tweet_create_events":[{many}]}}"#);
    assert_eq!(read(&body).quarantined, Some(Unreadable::TooMany));
    let (users, many) = ("u".repeat(500_000), vec![r#"{"id":"1"}"#; 100].join(","));
    let body = format!(
        r#"{{"for_user_id":"42","direct_message_events":[{many}],"users":{{"1":"{users}"}}}}"#
    );
    let split = read(&body);
    assert_eq!(
        (split.records.len(), split.quarantined),
        (1, Some(Unreadable::TooMany))
    );
}

#[test]
fn facebook_is_refused_by_name() {
    let body = br#"{"object":"page","entry":[{"id":"1","messaging":[]}]}"#;
    assert_eq!(
        split(body, &acme(), "webhook", NOW),
        Err(SplitError::Facebook)
    );
}

#[test]
fn every_published_webhook_body_is_understood() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/x-payloads");
    let Ok(files) = std::fs::read_dir(&dir) else {
        println!("skipped: no payload examples at {}", dir.display());
        return;
    };
    let unknown = OrgView {
        org: "acme".to_owned(),
        accounts: Vec::new(),
        complete: false,
    };
    let mut bodies = 0;
    for file in files.map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        let body = std::fs::read(file.path()).unwrap();
        let split = split(&body, &unknown, "webhook", NOW).unwrap();
        let is_body = name.contains("xaa.")
            || name.contains("aaa.")
            || name == "filtered_stream_webhook.post.json";
        // Requests and answers of the REST API, and a template, stand beside the bodies.
        let beside = ["subscription", "aaa.replay_response", "event_envelope"]
            .iter()
            .any(|part| name.contains(part));
        if is_body && !beside {
            assert_eq!(split.quarantined, None, "{name}: {:?}", lines(&split));
            assert!(
                !split.records.is_empty() || !split.skipped.is_empty(),
                "{name}"
            );
            bodies += 1;
        }
    }
    assert!(bodies > 30, "{bodies}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_vanish(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let split = split(&bytes, &acme(), "webhook", NOW).unwrap();
        proptest::prop_assert_eq!(split.records.len(), 1);
    }

    #[test]
    fn no_json_makes_it_panic_or_vanish(
        body in r#"\{("(data|for_user_id|tweet_create_events|direct_message_events|user_event|users|payload|filter|event_type|id|matching_rules)":("42"|\[\]|\[\{\}\]|\{"id":"1"\}|\{"event_type":"(dm\.received|like\.create|profile\.update\.x|oauth\.revoke|post\.create)","payload":\{"id":1\}\}|7|null),?){0,4}\}"#
    ) {
        if let Ok(split) = split(body.as_bytes(), &acme(), "webhook", NOW) {
            let empty = body.contains("[]") && split.quarantined.is_none();
            proptest::prop_assert!(empty || !split.records.is_empty() || !split.skipped.is_empty(), "{}", body);
        }
    }
}
