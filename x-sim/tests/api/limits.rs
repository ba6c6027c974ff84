//! Budgets and what their headers say.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Sim, ada, app, brand};

fn number(response: &Response, name: &str) -> i64 {
    let value = response.headers().get(name);
    value
        .unwrap_or_else(|| panic!("{name}"))
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn fifteen_messages_in_fifteen_minutes() {
    let sim = Sim::start(Tier::SelfServe).await;
    let path = "/2/dm_conversations/with/21/messages";
    for n in 0..15 {
        let response = sim
            .send(
                &brand(),
                Method::POST,
                path,
                Some(json!({"text": format!("{n}")})),
            )
            .await;
        assert_eq!(response.status(), 201);
        assert_eq!(number(&response, "x-rate-limit-limit"), 15);
        assert_eq!(number(&response, "x-rate-limit-remaining"), 14 - n);
        assert_eq!(
            number(&response, "x-user-limit-24hour-remaining"),
            1_439 - n
        );
        assert_eq!(number(&response, "x-app-limit-24hour-limit"), 1_440);
    }
    // All forms of sending share the budget.
    let other = "/2/dm_conversations/11-21/messages";
    let response = sim
        .send(
            &brand(),
            Method::POST,
            other,
            Some(json!({"text": "too many"})),
        )
        .await;
    assert_eq!(response.status(), 429);
    assert_eq!(number(&response, "x-rate-limit-remaining"), 0);
    let reset = number(&response, "x-rate-limit-reset");
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        body,
        json!({"errors": [{"code": 88, "message": "Rate limit exceeded"}]})
    );
    let left = reset - sim.running.sim.clock().now().timestamp();
    assert!((1..=901).contains(&left), "{left}");
    let to_brand = "/2/dm_conversations/with/11/messages";
    assert_eq!(
        sim.post(&ada(), to_brand, json!({"text": "x"})).await.0,
        201,
        "each user has their own"
    );
    sim.control(Method::PUT, "/dialect", json!({"rate_limit_problem": true}))
        .await;
    let (_, body) = sim.post(&brand(), other, json!({"text": "too many"})).await;
    assert_eq!(
        (&body["title"], &body["status"]),
        (&json!("Too Many Requests"), &json!(429))
    );
    sim.advance(left).await;
    assert_eq!(
        sim.post(&brand(), other, json!({"text": "now"})).await.0,
        201
    );
    sim.stop().await;
}

#[tokio::test]
async fn budgets_can_be_set_and_lifted() {
    let sim = Sim::start(Tier::SelfServe).await;
    sim.control(
        Method::PUT,
        "/knobs",
        json!({"budgets": {"GET /2/users/:id": 1}}),
    )
    .await;
    sim.get(&app(), "/2/users/11").await;
    assert_eq!(
        sim.call(&app(), Method::GET, "/2/users/11", None).await.0,
        429
    );
    assert_eq!(
        sim.call(&brand(), Method::GET, "/2/users/11", None).await.0,
        200
    );
    sim.control(Method::DELETE, "/limits", json!({})).await;
    sim.get(&app(), "/2/users/11").await;
    sim.control(Method::PUT, "/knobs", json!({"rate_limits": false}))
        .await;
    let response = sim.send(&app(), Method::GET, "/2/users/11", None).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("x-rate-limit-limit").is_none());
    sim.stop().await;
}

#[tokio::test]
async fn the_other_figures_that_x_has_published() {
    let sim = Sim::start(Tier::SelfServe).await;
    let switch = json!({"post_limit_200": true, "dm_lookup_limit_300": true});
    sim.control(Method::PUT, "/dialect", switch).await;
    let response = sim
        .send(
            &brand(),
            Method::POST,
            "/2/tweets",
            Some(json!({"text": "x"})),
        )
        .await;
    assert_eq!(number(&response, "x-rate-limit-limit"), 200);
    let response = sim.send(&brand(), Method::GET, "/2/dm_events", None).await;
    assert_eq!(number(&response, "x-rate-limit-limit"), 300);
    sim.stop().await;
}
