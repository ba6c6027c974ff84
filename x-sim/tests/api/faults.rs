//! Faults of the API as a client meets them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Sim, app, brand};

const SHORT: Duration = Duration::from_millis(300);

async fn sent(sim: &Sim) -> u64 {
    sim.control(Method::GET, "/sends", json!({})).await["total"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn an_error_before_the_effect_and_one_after_it() {
    let sim = Sim::start(Tier::SelfServe).await;
    for (effect, expected) in [("none", 0), ("done", 1)] {
        sim.fault(
            json!({"endpoint": "POST /2/tweets", "kind": "status", "status": 503,
            "effect": effect, "times": 1}),
        )
        .await;
        let (status, body) = sim
            .post(&brand(), "/2/tweets", json!({"text": "once"}))
            .await;
        assert_eq!((status, &body["status"]), (503, &json!(503)));
        assert_eq!(sent(&sim).await, expected, "{effect}");
    }
    let (status, _) = sim
        .post(&brand(), "/2/tweets", json!({"text": "once"}))
        .await;
    assert_eq!(
        status, 403,
        "it was posted although the answer was an error"
    );
    let calls = sim.control(Method::GET, "/calls", json!({})).await;
    let calls: Vec<(&Value, &Value)> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| (&call["status"], &call["done"]))
        .collect();
    let expected = [
        (json!(0), json!(false)),
        (json!(201), json!(true)),
        (json!(403), json!(true)),
    ];
    assert_eq!(
        calls,
        expected.each_ref().map(|(status, done)| (status, done))
    );
    sim.stop().await;
}

#[tokio::test]
async fn no_answer_before_or_after_the_effect() {
    let sim = Sim::start(Tier::SelfServe).await;
    for (effect, expected) in [("none", 0), ("done", 1)] {
        sim.fault(
            json!({"endpoint": "POST /2/tweets", "kind": "hang", "effect": effect, "times": 1}),
        )
        .await;
        let request = sim
            .request(&brand(), &Method::POST, "/2/tweets")
            .json(&json!({"text": "held"}));
        let error = request.timeout(SHORT).send().await.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(sent(&sim).await, expected, "{effect}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn answers_that_are_cut_shortened_or_late() {
    let sim = Sim::start(Tier::SelfServe).await;
    let whole = sim
        .send(&app(), Method::GET, "/2/users/11", None)
        .await
        .text()
        .await
        .unwrap();
    for (kind, cut) in [("cut", true), ("truncate", false)] {
        sim.fault(
            json!({"endpoint": "GET /2/users/:id", "kind": kind, "after_bytes": 10, "times": 1}),
        )
        .await;
        let response = sim.send(&app(), Method::GET, "/2/users/11", None).await;
        assert_eq!(response.status(), 200);
        let body = response.bytes().await;
        if cut {
            assert!(body.is_err(), "the connection broke");
        } else {
            assert_eq!(body.unwrap(), whole.as_bytes()[..10]);
        }
    }
    sim.fault(json!({"endpoint": "*", "kind": "slow", "delay_ms": 60_000, "times": 1}))
        .await;
    let late = sim
        .request(&app(), &Method::GET, "/2/users/11")
        .timeout(SHORT)
        .send()
        .await;
    assert!(late.unwrap_err().is_timeout());
    sim.fault(json!({"endpoint": "*", "kind": "stall", "after_bytes": 5, "times": 1}))
        .await;
    let stalled = sim
        .request(&app(), &Method::GET, "/2/users/11")
        .timeout(SHORT)
        .send()
        .await
        .unwrap();
    assert!(stalled.bytes().await.unwrap_err().is_timeout());
    assert_eq!(sim.get(&app(), "/2/users/11").await["data"]["id"], "11");
    sim.stop().await;
}

#[tokio::test]
async fn resets_that_nobody_can_wait_for() {
    let sim = Sim::start(Tier::SelfServe).await;
    for (reset, sound) in [
        ("past", true),
        ("absurd", true),
        ("absent", false),
        ("garbage", false),
    ] {
        sim.fault(json!({"endpoint": "GET /2/users/:id", "kind": "rate_limit", "reset": reset, "times": 1})).await;
        let response = sim.send(&app(), Method::GET, "/2/users/11", None).await;
        assert_eq!(response.status(), 429);
        let value = response.headers().get("x-rate-limit-reset");
        let value = value.and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
        assert_eq!(value.is_some(), sound, "{reset}");
    }
    let unknown = json!({"endpoint": "GET /2/nothing", "kind": "hang"});
    let path = "/sim/v1/api-faults";
    let (status, _) = sim.post(&crate::client::Auth::None, path, unknown).await;
    assert_eq!(status, 422);
    sim.stop().await;
}
