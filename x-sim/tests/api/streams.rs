//! Streams: rules, matching, keep-alives, ends of every kind, backfill.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Auth, Sim, app};

const RULES: &str = "/2/tweets/search/stream/rules";
const STREAM: &str = "/2/tweets/search/stream";
const DEADLINE: Duration = Duration::from_secs(20);

/// A stream read line by line.
struct Lines {
    response: Response,
    held: Vec<u8>,
}

#[derive(Debug, PartialEq)]
enum Read {
    Line(Value),
    KeepAlive,
    Ended,
    Broken,
}

impl Lines {
    async fn open(sim: &Sim, path: &str) -> Self {
        let response = sim.send(&app(), Method::GET, path, None).await;
        assert_eq!(response.status(), 200, "{path}");
        Self {
            response,
            held: Vec::new(),
        }
    }

    async fn next(&mut self) -> Read {
        loop {
            if let Some(end) = self.held.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.held.drain(..end + 2).collect();
                return match &line[..end] {
                    [] => Read::KeepAlive,
                    line => Read::Line(serde_json::from_slice(line).unwrap()),
                };
            }
            let chunk = tokio::time::timeout(DEADLINE, self.response.chunk())
                .await
                .unwrap();
            match chunk {
                Ok(Some(chunk)) => self.held.extend(chunk),
                Ok(None) => return Read::Ended,
                Err(_) => return Read::Broken,
            }
        }
    }

    async fn line(&mut self) -> Value {
        loop {
            match self.next().await {
                Read::Line(line) => return line,
                Read::KeepAlive => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn rule(sim: &Sim, value: &str) -> String {
    let body = json!({"add": [{"value": value, "tag": "ours"}]});
    let (status, made) = sim.post(&app(), RULES, body).await;
    assert_eq!(status, 201, "{made}");
    made["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rules_are_added_listed_and_deleted() {
    let sim = Sim::start(Tier::SelfServe).await;
    let id = rule(&sim, "@brand -is:retweet").await;
    let twice = json!({"add": [{"value": "@brand -is:retweet"}]});
    let (status, twice) = sim.post(&app(), RULES, twice).await;
    assert_eq!(status, 200);
    assert_eq!(twice["errors"][0]["id"], json!(id));
    assert!(
        twice["errors"][0]["type"]
            .as_str()
            .unwrap()
            .ends_with("/duplicate-rules")
    );
    let mixed = json!({"add": [{"value": "cat"}, {"value": "bio:cat"}]});
    let (status, mixed) = sim.post(&app(), RULES, mixed).await;
    assert_eq!(status, 400);
    assert!(
        mixed["errors"][0]["type"]
            .as_str()
            .unwrap()
            .ends_with("/invalid-rules")
    );
    assert_eq!(
        mixed["meta"]["summary"],
        json!({"created": 0, "not_created": 2, "valid": 1, "invalid": 1})
    );
    let dry = json!({"add": [{"value": "dog"}]});
    let (_, dry) = sim
        .post(&app(), &format!("{RULES}?dry_run=true"), dry)
        .await;
    assert_eq!(dry["meta"]["summary"]["created"], 1);
    let list = sim.get(&app(), RULES).await;
    assert_eq!(
        list["data"],
        json!([{"id": id, "value": "@brand -is:retweet", "tag": "ours"}])
    );
    let delete = json!({"delete": {"ids": [id, "7"]}});
    let (_, deleted) = sim.post(&app(), RULES, delete).await;
    assert_eq!(
        deleted["meta"]["summary"],
        json!({"deleted": 1, "not_deleted": 1})
    );
    for bad in [
        json!({}),
        json!({"add": [], "delete": {}}),
        json!({"add": [{"val": "x"}]}),
    ] {
        assert_eq!(sim.post(&app(), RULES, bad.clone()).await.0, 400, "{bad}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_filtered_stream_has_what_its_rules_match() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (status, problem) = sim.call(&app(), Method::GET, STREAM, None).await;
    assert_eq!(
        (status, &problem["title"]),
        (409, &json!("ConnectionException"))
    );
    let id = rule(&sim, "@brand -is:retweet -parcel").await;
    sim.control(Method::PUT, "/knobs", json!({"keep_alive_ms": 20}))
        .await;
    let path = format!("{STREAM}?tweet.fields=author_id&expansions=author_id");
    let mut lines = Lines::open(&sim, &path).await;
    assert_eq!(lines.next().await, Read::KeepAlive);
    let (status, problem) = sim.call(&app(), Method::GET, STREAM, None).await;
    assert_eq!(status, 429);
    assert_eq!(problem["connection_issue"], "TooManyConnections");
    sim.says("@ada", "@brand my parcel", None).await;
    sim.says("@ada", "@ben not for you", None).await;
    let post = sim.says("@ada", "@brand hello", None).await;
    let line = lines.line().await;
    assert_eq!(line["data"]["id"], json!(post));
    assert_eq!(line["matching_rules"], json!([{"id": id, "tag": "ours"}]));
    assert_eq!(line["includes"]["users"][0]["username"], "ada");
    assert!(line["data"]["created_at"].is_null());
    let command = json!({"do": "disconnect", "disconnect_type": "UpstreamOperationalDisconnect"});
    sim.control(Method::POST, "/streams", command).await;
    let line = lines.line().await;
    assert_eq!(line["errors"][0]["title"], "operational-disconnect");
    assert_eq!(
        line["errors"][0]["disconnect_type"],
        "UpstreamOperationalDisconnect"
    );
    assert_eq!(lines.next().await, Read::Ended);
    let mut again = Lines::open(&sim, STREAM).await;
    let open = sim.get(&app(), "/2/connections").await;
    assert_eq!(open["data"][0]["endpoint_name"], "filtered_stream");
    let (_, killed) = sim
        .call(&app(), Method::DELETE, "/2/connections/all", None)
        .await;
    assert_eq!(killed["data"]["successful_kills"], 1);
    while again.next().await == Read::KeepAlive {}
    assert_eq!(again.next().await, Read::Ended);
    sim.stop().await;
}

#[tokio::test]
async fn an_activity_stream_with_backfill_for_enterprise() {
    let sim = Sim::start(Tier::Enterprise).await;
    let new = json!({"event_type": "post.mention.create", "filter": {"user_id": "11"}});
    assert_eq!(
        sim.post(&app(), "/2/activity/subscriptions", new.clone())
            .await
            .0,
        200
    );
    sim.says("@ada", "@brand too old", None).await;
    sim.advance(240).await;
    let missed = sim.says("@ada", "@brand missed", None).await;
    let mut lines = Lines::open(&sim, "/2/activity/stream?backfill_minutes=2").await;
    let event = lines.line().await;
    assert_eq!(event["data"]["payload"]["id"], json!(missed));
    let live = sim.says("@ada", "@brand live", None).await;
    assert_eq!(lines.line().await["data"]["payload"]["id"], json!(live));
    let _second = Lines::open(&sim, "/2/activity/stream").await;
    assert_eq!(
        sim.call(&app(), Method::GET, "/2/activity/stream", None)
            .await
            .0,
        429
    );
    sim.control(
        Method::POST,
        "/streams",
        json!({"kind": "activity", "do": "close"}),
    )
    .await;
    assert_eq!(lines.next().await, Read::Ended);
    sim.stop().await;
    let sim = Sim::start(Tier::SelfServe).await;
    let path = "/2/activity/stream?backfill_minutes=2";
    assert_eq!(sim.call(&app(), Method::GET, path, None).await.0, 403);
    assert_eq!(sim.call(&Auth::None, Method::GET, path, None).await.0, 401);
    sim.stop().await;
}

#[tokio::test]
async fn a_silent_stall_and_fifty_cuts_at_chosen_bytes() {
    let sim = Sim::start(Tier::SelfServe).await;
    rule(&sim, "@brand").await;
    sim.control(
        Method::PUT,
        "/knobs",
        json!({"keep_alive_ms": 10, "rate_limits": false}),
    )
    .await;
    let mut lines = Lines::open(&sim, STREAM).await;
    assert_eq!(lines.next().await, Read::KeepAlive);
    sim.control(Method::POST, "/streams", json!({"do": "stall"}))
        .await;
    sim.says("@ada", "@brand lost", None).await;
    let silence = tokio::time::timeout(Duration::from_millis(200), async {
        while lines.next().await == Read::KeepAlive {}
    });
    assert!(
        silence.await.is_err(),
        "nothing comes, and the stream stays open"
    );
    drop(lines);
    let cuts: Vec<Value> = (0..50)
        .map(|n| json!({"endpoint": format!("GET {STREAM}"), "kind": "cut", "after_bytes": 1 + n * 7, "times": 1}))
        .collect();
    sim.control(Method::PUT, "/api-faults", json!(cuts)).await;
    for n in 0..50 {
        crate::receiver::until(|| sim.running.sim.streams_open() == 0).await;
        let mut lines = Lines::open(&sim, STREAM).await;
        let text = format!("@brand {}", "x".repeat(400));
        sim.says("@ada", &text, None).await;
        let mut bytes = 0;
        let broken = loop {
            match tokio::time::timeout(DEADLINE, lines.response.chunk())
                .await
                .unwrap()
            {
                Ok(Some(chunk)) => bytes += chunk.len(),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(broken, "cut {n}");
        assert_eq!(bytes, 1 + n * 7);
    }
    sim.stop().await;
}

#[tokio::test]
async fn recovery_gives_a_span_of_the_past_once() {
    let sim = Sim::start(Tier::Enterprise).await;
    rule(&sim, "@brand").await;
    sim.says("@ada", "@brand before", None).await;
    sim.advance(600).await;
    let from = sim.running.sim.clock().now();
    let missed = sim.says("@ada", "@brand missed", None).await;
    sim.advance(600).await;
    let to = sim.running.sim.clock().now();
    sim.says("@ada", "@brand after", None).await;
    let time = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let path = format!("{STREAM}?start_time={}&end_time={}", time(from), time(to));
    let mut lines = Lines::open(&sim, &path).await;
    assert_eq!(lines.line().await["data"]["id"], json!(missed));
    let live = sim.says("@ada", "@brand live", None).await;
    assert_eq!(lines.line().await["data"]["id"], json!(live));
    let old = format!("{STREAM}?start_time=2020-01-01T00:00:00Z");
    assert_eq!(sim.call(&app(), Method::GET, &old, None).await.0, 400);
    sim.stop().await;
}
