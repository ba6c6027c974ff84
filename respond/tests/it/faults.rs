//! Answers that fail, before the effect and after it.

use respond::decide::Command;
use respond::desk;
use serde_json::json;
use uuid::Uuid;

use crate::lab::{Lab, ORG, agree};

const POSTS: &str = "POST /2/tweets";
const MESSAGES: &str = "POST /2/dm_conversations/with/:participant_id/messages";

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_before_and_after_the_effect() {
    let lab = Lab::new(false).await;
    let mut cases = Vec::new();
    for (at, (kind, more)) in [
        ("status", json!({ "status": 500 })),
        ("status", json!({ "status": 503 })),
        ("status", json!({ "status": 408 })),
        ("hang", json!({})),
        ("close", json!({})),
        ("cut", json!({ "after_bytes": 10 })),
        ("truncate", json!({ "after_bytes": 10 })),
        ("slow", json!({ "delay_ms": 5_000 })),
    ]
    .into_iter()
    .enumerate()
    {
        for effect in ["none", "done"] {
            for (endpoint, private) in [(POSTS, false), (MESSAGES, true)] {
                let text = format!("fault {at} {kind} {effect} {private}");
                let mut fault = json!({ "endpoint": endpoint, "kind": kind, "effect": effect,
                                        "body_contains": text, "times": 1 });
                for (name, value) in more.as_object().unwrap() {
                    fault[name] = value.clone();
                }
                lab.faults(json!([fault])).await;
                let id = lab.write(&text, cases.len(), private).await;
                let through = ["cut", "truncate", "slow"].contains(&kind);
                cases.push((text, id, effect == "done" || through));
            }
        }
    }
    let sender = lab.start();
    for (text, id, done) in &cases {
        let expected = if *done { ["posted"] } else { ["unknown"] };
        let reply = lab.until(*id, &expected).await;
        assert_eq!(reply.attempts, 1, "{text}: no second try without a person");
    }
    // Not to be found is no proof: it stays unknown for as long as it likes, and is not sent again.
    lab.advance(20 * 60).await;
    for (text, id, done) in cases.iter().filter(|(_, _, done)| !done) {
        assert_eq!(
            lab.until(*id, &["unknown"]).await.attempts,
            1,
            "{text} {done}"
        );
    }
    let mut replies = Vec::new();
    for (text, id, _) in &cases {
        replies.push((text.clone(), lab.reply(*id).await));
    }
    agree(&replies, &lab.sent().await);
    // A person says that they are not there, and sends them anew: once.
    for (_, id, _) in cases.iter().filter(|(_, _, done)| !done) {
        command(&lab, *id, Command::ItIsNotThere).await;
        command(&lab, *id, Command::Resend).await;
    }
    for (text, id, _) in &cases {
        lab.until(*id, &["posted"]).await;
        assert_eq!(lab.sent().await[text], 1, "{text}");
    }
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

async fn command(lab: &Lab, id: Uuid, command: Command) {
    let now = lab.program.clock.now();
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let encoder = &lab.program.encoder;
    let who = (command, "key:dana", None);
    let done = desk::command(&mut scope, encoder, (ORG, id), who, now).await;
    done.unwrap().unwrap();
    scope.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_wrong_does_not_post_it_twice() {
    let lab = Lab::new(false).await;
    let text = "on its way";
    // X has it, and none of its lists tells so until the person has decided.
    lab.faults(json!([
        { "endpoint": POSTS, "kind": "status", "status": 503, "effect": "done", "times": 1 },
        { "endpoint": "GET /2/users/:id/tweets", "kind": "status", "status": 503, "body_contains": null },
    ]))
    .await;
    let id = lab.write(text, 0, false).await;
    let sender = lab.start();
    lab.until(id, &["unknown"]).await;
    command(&lab, id, Command::ItIsNotThere).await;
    command(&lab, id, Command::Resend).await;
    // Without a look there is no second call.
    let waits = lab.until(id, &["queued"]).await;
    assert_eq!(lab.sent().await[text], 1, "{waits:?}");
    lab.control("PUT", "/api-faults", json!([])).await;
    lab.advance(600).await;
    lab.until(id, &["posted"]).await;
    assert_eq!(lab.sent().await[text], 1);
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_x_refuses_fails_in_its_words() {
    let lab = Lab::new(false).await;
    let first = lab.write("twice", 0, false).await;
    let sender = lab.start();
    lab.until(first, &["posted"]).await;
    let second = lab.write("twice", 1, false).await;
    let failure = lab.until(second, &["failed"]).await.failure().unwrap();
    assert_eq!(failure.status, Some(403));
    assert!(failure.detail.contains("duplicate content"), "{failure:?}");
    let sent = lab.sent().await;
    assert_eq!((sent.len(), sent["twice"]), (1, 1));
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}
