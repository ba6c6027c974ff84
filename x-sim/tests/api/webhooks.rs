//! Webhooks by X's own API, subscriptions of both kinds, replay.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::{
    client::{Sim, ada, app, brand},
    receiver::{Receiver, until},
};

async fn register(sim: &Sim, url: &str) -> String {
    let (status, made) = sim.post(&app(), "/2/webhooks", json!({"url": url})).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["data"]["valid"], true);
    made["data"]["id"].as_str().unwrap().to_owned()
}

fn bodies(receiver: &Receiver) -> Vec<Value> {
    let seen = receiver.seen();
    assert!(seen.iter().all(|seen| seen.signed));
    seen.iter()
        .map(|seen| serde_json::from_slice(&seen.body).unwrap())
        .collect()
}

#[tokio::test]
async fn a_webhook_lives_by_its_crc() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (_receiver, url) = Receiver::start().await;
    let id = register(&sim, &url).await;
    let list = sim.get(&app(), "/2/webhooks").await;
    assert_eq!(list["meta"]["result_count"], 1);
    assert_eq!(list["data"][0]["url"], json!(url));
    for (other, code) in [
        (url.as_str(), "DuplicateUrlFailed"),
        ("http://127.0.0.1:1/other", "WebhookLimitExceeded"),
        ("http://example.com/x", "UrlValidationFailed"),
        ("https://example.com:8443/x", "UrlValidationFailed"),
    ] {
        let (status, problem) = sim.post(&app(), "/2/webhooks", json!({"url": other})).await;
        assert_eq!(status, 400);
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(code), "{message}");
    }
    let path = format!("/2/webhooks/{id}");
    let (_, valid) = sim.call(&app(), Method::PUT, &path, None).await;
    assert_eq!(valid, json!({"data": {"valid": true}}));
    let (_, gone) = sim.call(&app(), Method::DELETE, &path, None).await;
    assert_eq!(gone, json!({"data": {"deleted": true}}));
    assert_eq!(sim.call(&app(), Method::DELETE, &path, None).await.0, 400);
    let dead = json!({"url": "http://127.0.0.1:1/dead"});
    let (_, problem) = sim.post(&app(), "/2/webhooks", dead).await;
    let message = problem["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("CrcValidationFailed"), "{message}");
    sim.stop().await;
}

#[tokio::test]
async fn activity_subscriptions_deliver_what_was_sent_and_said() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let new = |kind: &str, user: &str| json!({"event_type": kind, "filter": {"user_id": user}, "tag": "mine", "webhook_id": hook});
    let path = "/2/activity/subscriptions";
    for kind in [
        "post.create",
        "post.mention.create",
        "dm.sent",
        "dm.received",
    ] {
        let (status, made) = sim.post(&app(), path, new(kind, "11")).await;
        assert_eq!(status, 200, "{made}");
    }
    assert_eq!(sim.post(&brand(), path, new("dm.read", "11")).await.0, 200);
    assert_eq!(
        sim.post(&app(), path, new("dm.read", "22")).await.0,
        403,
        "ben never allowed it"
    );
    assert_eq!(
        sim.post(&ada(), path, new("dm.received", "11")).await.0,
        403
    );
    assert_eq!(
        sim.post(&app(), path, new("post.create", "11")).await.0,
        409
    );
    assert_eq!(sim.post(&app(), path, new("post.dream", "11")).await.0, 400);
    let asked = sim.says("@ada", "@brand hello?", None).await;
    let reply = json!({"text": "Hello", "reply": {"in_reply_to_tweet_id": asked}});
    let (_, posted) = sim.post(&brand(), "/2/tweets", reply).await;
    sim.post(
        &brand(),
        "/2/dm_conversations/with/21/messages",
        json!({"text": "psst"}),
    )
    .await;
    receiver.wait(3).await;
    let bodies = bodies(&receiver);
    let told: BTreeSet<(&str, &str)> = bodies
        .iter()
        .map(|body| {
            (
                body["data"]["event_type"].as_str().unwrap(),
                body["data"]["tag"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("dm.sent", "mine"),
        ("post.create", "mine"),
        ("post.mention.create", "mine"),
    ];
    assert_eq!(told, expected.into());
    let echo = bodies
        .iter()
        .find(|body| body["data"]["event_type"] == "post.create")
        .unwrap();
    assert_eq!(echo["data"]["payload"]["id"], posted["data"]["id"]);
    sim.stop().await;
}

#[tokio::test]
async fn activity_subscriptions_are_listed_changed_and_deleted() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (_receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let path = "/2/activity/subscriptions";
    for kind in [
        "post.create",
        "post.delete",
        "profile.update.bio",
        "dm.sent",
        "dm.received",
    ] {
        let new = json!({"event_type": kind, "filter": {"user_id": "11"}, "webhook_id": hook});
        assert_eq!(sim.post(&app(), path, new).await.0, 200);
    }
    let list = sim.get(&app(), path).await;
    assert_eq!(list["meta"]["total_subscriptions"], 5);
    let id = list["data"][0]["subscription_id"].as_str().unwrap();
    let one = format!("{path}/{id}");
    let (_, changed) = sim
        .call(&app(), Method::PUT, &one, Some(json!({"tag": "other"})))
        .await;
    assert_eq!(changed["data"]["tag"], "other");
    assert_eq!(changed["data"]["webhook_id"], json!(hook));
    let changed = json!({"event_type": "post.delete"});
    assert_eq!(
        sim.call(&app(), Method::PUT, &one, Some(changed)).await.0,
        400
    );
    let (_, gone) = sim.call(&app(), Method::DELETE, &one, None).await;
    assert_eq!(
        gone,
        json!({"data": {"deleted": true}, "meta": {"total_subscriptions": 4}})
    );
    sim.stop().await;
}

#[tokio::test]
async fn account_activity_has_its_five_calls() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let base = format!("/2/account_activity/webhooks/{hook}/subscriptions");
    let all = format!("{base}/all");
    assert_eq!(
        sim.get(&brand(), &all).await,
        json!({"data": {"subscribed": false}})
    );
    assert_eq!(sim.call(&brand(), Method::POST, &all, None).await.0, 200);
    assert_eq!(sim.call(&brand(), Method::POST, &all, None).await.0, 409);
    assert_eq!(sim.post(&ada(), &all, json!({})).await.0, 200);
    let list = sim.get(&app(), &format!("{all}/list")).await;
    assert_eq!(
        list["data"]["subscriptions"],
        json!([{"user_id": "11"}, {"user_id": "21"}])
    );
    let count = sim
        .get(&app(), "/2/account_activity/subscriptions/count")
        .await;
    assert_eq!(count["data"]["subscriptions_count_all"], "2");
    assert_eq!(count["data"]["provisioned_count"], "3");
    sim.post(
        &brand(),
        "/2/tweets",
        json!({"text": "We are @ada 's friends"}),
    )
    .await;
    receiver.wait(2).await;
    let users: BTreeSet<String> = bodies(&receiver)
        .iter()
        .inspect(|body| assert!(body["tweet_create_events"].is_array()))
        .map(|body| body["for_user_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        users,
        ["11".to_owned(), "21".to_owned()].into(),
        "one body for each"
    );
    let one = format!("{base}/21/all");
    let (_, gone) = sim.call(&app(), Method::DELETE, &one, None).await;
    assert_eq!(gone, json!({"data": {"subscribed": false}}));
    assert_eq!(sim.call(&app(), Method::DELETE, &one, None).await.0, 404);
    sim.stop().await;
}

fn minute(sim: &Sim, ago: i64) -> String {
    let time = sim.running.sim.clock().now() - chrono::TimeDelta::minutes(ago);
    time.format("%Y%m%d%H%M").to_string()
}

#[tokio::test]
async fn a_replay_sends_again_what_was_lost_and_says_when_it_is_over() {
    let mut config = crate::client::config(Tier::SelfServe);
    // Retries of the first attempt would otherwise be due when the clock is moved.
    config.delivery.retry_seconds = Vec::new();
    let sim = Sim::with(config).await;
    let (receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let new = json!({"event_type": "post.mention.create", "filter": {"user_id": "11"}, "webhook_id": hook});
    assert_eq!(
        sim.post(&app(), "/2/activity/subscriptions", new).await.0,
        200
    );
    receiver.answer(&[503, 503]);
    sim.says("@ada", "@brand one", None).await;
    receiver.wait(1).await;
    sim.says("@ada", "@brand two", None).await;
    receiver.wait(2).await;
    until(|| sim.running.sim.ledger(|ledger| ledger.totals().failed == 2)).await;
    sim.advance(3_600).await;
    let body = |from: i64, to: i64| json!({"webhook_id": hook, "from_date": minute(&sim, from), "to_date": minute(&sim, to)});
    for (from, to) in [(5, 2), (1_500, 30), (70, 5), (40, 70)] {
        assert_eq!(
            sim.post(&app(), "/2/webhooks/replay", body(from, to))
                .await
                .0,
            400,
            "{from} {to}"
        );
    }
    let (status, job) = sim.post(&app(), "/2/webhooks/replay", body(70, 30)).await;
    assert_eq!(status, 200, "{job}");
    receiver.wait(5).await;
    let bodies = bodies(&receiver);
    assert_eq!(bodies[2]["data"]["payload"]["text"], "@brand one");
    assert_eq!(bodies[3]["data"]["payload"]["text"], "@brand two");
    assert_eq!(bodies[4]["replay_job_status"]["job_state"], "Complete");
    assert_eq!(bodies[4]["replay_job_status"]["job_id"], job["job_id"]);
    sim.control(Method::PUT, "/dialect", json!({"old_replay": true}))
        .await;
    assert_eq!(
        sim.post(&app(), "/2/webhooks/replay", body(70, 30)).await.0,
        404
    );
    let old = format!(
        "/2/account_activity/replay/webhooks/{hook}/subscriptions/all?from_date={}&to_date={}",
        minute(&sim, 70),
        minute(&sim, 30)
    );
    receiver.answer(&[500]);
    let (status, job) = sim.call(&app(), Method::POST, &old, None).await;
    assert_eq!(status, 200, "{job}");
    let seen = receiver.wait(8).await;
    let last: Value = serde_json::from_slice(&seen[7].body).unwrap();
    assert_eq!(last["replay_job_status"]["job_state"], "Incomplete");
    assert_eq!(
        last["replay_job_status"]["job_id"],
        job["replay_event"]["job_id"]
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_redirect_ends_validity_until_it_is_proven_again() {
    let mut config = crate::client::config(Tier::SelfServe);
    config.delivery.retry_seconds = Vec::new();
    let sim = Sim::with(config).await;
    let (receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let all = format!("/2/account_activity/webhooks/{hook}/subscriptions/all");
    assert_eq!(sim.post(&brand(), &all, json!({})).await.0, 200);
    receiver.answer(&[301]);
    sim.says("@ada", "@brand one", None).await;
    receiver.wait(1).await;
    until(|| sim.running.sim.webhooks().iter().all(|view| !view.valid)).await;
    assert_eq!(
        sim.get(&app(), "/2/webhooks").await["data"][0]["valid"],
        false
    );
    sim.says("@ada", "@brand lost", None).await;
    let skipped = sim.running.sim.ledger(|ledger| ledger.totals().skipped);
    assert_eq!(skipped, 1, "an invalid webhook is told nothing");
    let path = format!("/2/webhooks/{hook}");
    let (_, valid) = sim.call(&app(), Method::PUT, &path, None).await;
    assert_eq!(valid["data"]["valid"], true);
    sim.says("@ada", "@brand again", None).await;
    let seen = receiver.wait(2).await;
    let last: Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(last["tweet_create_events"][0]["text"], "@brand again");
    sim.stop().await;
}

#[tokio::test]
async fn posts_of_the_filtered_stream_reach_a_webhook() {
    let sim = Sim::start(Tier::Enterprise).await;
    let (receiver, url) = Receiver::start().await;
    let hook = register(&sim, &url).await;
    let rule = json!({"add": [{"value": "#tents", "tag": "tents"}]});
    assert_eq!(
        sim.post(&app(), "/2/tweets/search/stream/rules", rule)
            .await
            .0,
        201
    );
    let link = format!("/2/tweets/search/webhooks/{hook}?tweet.fields=author_id");
    let (_, made) = sim.call(&app(), Method::POST, &link, None).await;
    assert_eq!(made, json!({"data": {"provisioned": true}}));
    sim.says("@ada", "I like #tents", None).await;
    receiver.wait(1).await;
    let body = bodies(&receiver).remove(0);
    assert_eq!(body["matching_rules"][0]["tag"], "tents");
    assert_eq!(body["data"]["author_id"], "21");
    let links = sim.get(&app(), "/2/tweets/search/webhooks").await;
    assert_eq!(links["data"]["links"][0]["webhook_id"], json!(hook));
    sim.control(Method::PUT, "/dialect", json!({"links_under_stream": true}))
        .await;
    sim.get(&app(), "/2/tweets/search/stream/webhooks").await;
    let (_, gone) = sim.call(&app(), Method::DELETE, &link, None).await;
    assert_eq!(gone, json!({"data": {"deleted": true}}));
    sim.stop().await;
}
