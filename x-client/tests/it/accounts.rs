//! Webhooks, subscriptions, rules, connections.

use serde_json::{Value, json};
use x_client::calls::{ActivitySubscriptionChange, EventFilter, NewActivitySubscription, NewRule};
use x_client::error::Meaning;
use x_client::ids::{ConnectionId, RuleId, SubscriptionId, UserId, WebhookId};
use x_client::{Client, problem::ProblemKind};

use crate::server::{Server, json};
use crate::setup::setup;

/// Answers one request after another, after the app's token.
async fn answering(answers: Vec<Value>) -> (Server, Client) {
    let server = Server::start(move |asked, before| match asked.path.as_str() {
        "/oauth2/token" => json(200, &json!({ "access_token": "app" })),
        _ => json(
            200,
            answers
                .get(before.saturating_sub(1))
                .unwrap_or(&Value::Null),
        ),
    })
    .await;
    let client = setup(&server.url).client;
    // So that the number of requests does not depend on how a call is authorised.
    client.webhooks().await.unwrap_err();
    (server, client)
}

fn webhook() -> WebhookId {
    WebhookId::new("21").unwrap()
}

#[tokio::test]
async fn the_life_of_a_webhook() {
    let one = json!({ "id": "21", "url": "https://desk.example.com/hooks", "valid": true, "created_at": "2026-08-22T12:00:00.000Z" });
    let (server, client) = answering(vec![
        Value::Null,
        json!({ "data": one }),
        json!({ "data": [one, { "id": "../22", "url": "x" }], "meta": { "result_count": 2 } }),
        json!({ "meta": { "result_count": 0 } }),
        json!({ "data": { "valid": false } }),
        json!({ "job_id": "31", "created_at": "2026-08-22T12:00:00.000Z" }),
        json!({ "data": { "deleted": true } }),
    ])
    .await;
    let created = client
        .create_webhook("https://desk.example.com/hooks")
        .await
        .unwrap();
    assert!(created.valid);
    assert_eq!(
        server.last().json(),
        json!({ "url": "https://desk.example.com/hooks" })
    );
    assert_eq!(server.last().authorization(), "Bearer app");
    assert_eq!(client.webhooks().await.unwrap(), [created]);
    assert_eq!(client.webhooks().await.unwrap(), []);
    assert!(!client.validate_webhook(&webhook()).await.unwrap());
    assert_eq!(server.last().line(), "PUT /2/webhooks/21");
    let from = "2026-08-22T10:00:30Z".parse().unwrap();
    let to = "2026-08-22T12:00:00Z".parse().unwrap();
    let job = client.replay(&webhook(), from, to).await.unwrap();
    assert_eq!(job.job_id, "31");
    let body =
        json!({ "webhook_id": "21", "from_date": "202608221000", "to_date": "202608221200" });
    assert_eq!(
        (server.last().line().as_str(), server.last().json()),
        ("POST /2/webhooks/replay", body)
    );
    assert_eq!(
        client
            .replay(&webhook(), to, from)
            .await
            .unwrap_err()
            .meaning(),
        Meaning::Mistake
    );
    assert!(client.delete_webhook(&webhook()).await.unwrap());
    assert_eq!(server.last().line(), "DELETE /2/webhooks/21");
    let long = format!("https://desk.example.com/{}", "x".repeat(200));
    assert_eq!(
        client.create_webhook(&long).await.unwrap_err().meaning(),
        Meaning::Mistake
    );
}

/// A subscription as X answers it.
fn subscription() -> Value {
    json!({
        "subscription_id": "41", "event_type": "post.mention.create",
        "filter": { "user_id": "7001", "direction": "inbound" }, "tag": "earshot", "webhook_id": "21",
        "created_at": "2026-08-22T12:00:00.000Z", "updated_at": "2026-08-22T12:00:00.000Z",
    })
}

fn new_subscription() -> NewActivitySubscription {
    NewActivitySubscription {
        event_type: "post.mention.create".to_owned(),
        filter: EventFilter {
            user_id: UserId::new("7001").ok(),
            ..EventFilter::default()
        },
        tag: Some("earshot".to_owned()),
        webhook_id: Some(webhook()),
    }
}

#[tokio::test]
async fn a_subscription_of_the_activity_api_is_made_whatever_form_its_answer_has() {
    let one = subscription();
    for data in [json!([one]), one.clone(), json!({ "subscription": one })] {
        let (server, client) = answering(vec![Value::Null, json!({ "data": data })]).await;
        let made = client
            .create_activity_subscription(&new_subscription())
            .await
            .unwrap();
        assert_eq!(made.subscription_id.as_str(), "41");
        let body = json!({
            "event_type": "post.mention.create", "filter": { "user_id": "7001" },
            "tag": "earshot", "webhook_id": "21",
        });
        assert_eq!(server.last().line(), "POST /2/activity/subscriptions");
        assert_eq!(server.last().json(), body);
        assert!(server.last().authorization().starts_with("OAuth "));
        let mut wrong = new_subscription();
        wrong.tag = Some(String::new());
        let error = client.create_activity_subscription(&wrong).await;
        assert_eq!(error.unwrap_err().meaning(), Meaning::Mistake);
    }
}

#[tokio::test]
async fn subscriptions_of_the_activity_api_are_listed_changed_and_ended() {
    let (server, client) = answering(vec![
        Value::Null,
        json!({ "data": [subscription()], "meta": { "next_token": "more" } }),
        json!({ "data": subscription() }),
        json!({ "data": { "deleted": true }, "meta": { "total_subscriptions": 0 } }),
    ])
    .await;
    let page = client.activity_subscriptions(Some("token")).await.unwrap();
    let direction = page.items[0].filter.direction.as_deref();
    assert_eq!(
        (direction, page.next_token.as_deref()),
        (Some("inbound"), Some("more"))
    );
    assert_eq!(server.last().query["pagination_token"], "token");
    let id = SubscriptionId::new("41").unwrap();
    let change = ActivitySubscriptionChange {
        webhook_id: Some(webhook()),
        ..ActivitySubscriptionChange::default()
    };
    let changed = client.update_activity_subscription(&id, &change).await;
    assert_eq!(changed.unwrap().subscription_id, id);
    assert_eq!(server.last().line(), "PUT /2/activity/subscriptions/41");
    assert_eq!(server.last().json(), json!({ "webhook_id": "21" }));
    assert!(client.delete_activity_subscription(&id).await.unwrap());
    assert_eq!(server.last().line(), "DELETE /2/activity/subscriptions/41");
}

#[tokio::test]
async fn subscriptions_of_the_account_activity_api() {
    let (server, client) = answering(vec![
        Value::Null,
        json!({ "data": { "subscribed": true } }),
        json!({ "data": { "subscribed": true } }),
        json!({ "data": { "application_id": "1", "webhook_id": "21", "subscriptions": [{ "user_id": "7001" }] } }),
        json!({ "data": { "subscriptions_count_all": "1", "provisioned_count": "3" } }),
        json!({ "data": { "subscribed": false } }),
    ])
    .await;
    let base = "/2/account_activity/webhooks/21/subscriptions";
    assert!(client.subscribe_account(&webhook()).await.unwrap());
    assert_eq!(server.last().line(), format!("POST {base}/all"));
    assert!(server.last().authorization().starts_with("OAuth ") && server.last().body.is_empty());
    assert!(client.is_account_subscribed(&webhook()).await.unwrap());
    assert_eq!(server.last().line(), format!("GET {base}/all"));
    let list = client.account_subscriptions(&webhook()).await.unwrap();
    assert_eq!(
        list.user_ids().map(UserId::as_str).collect::<Vec<_>>(),
        ["7001"]
    );
    assert_eq!(server.last().line(), format!("GET {base}/all/list"));
    let count = client.account_subscription_count().await.unwrap();
    assert_eq!(count.provisioned_count.as_deref(), Some("3"));
    assert!(
        client
            .unsubscribe_account(&webhook(), &UserId::new("7001").unwrap())
            .await
            .unwrap()
    );
    assert_eq!(server.last().line(), format!("DELETE {base}/7001/all"));
}

#[tokio::test]
async fn rules_in_parts() {
    let (server, client) = answering(vec![
        Value::Null,
        json!({ "data": [{ "id": "51", "value": "@northwindgear", "tag": "a" }], "meta": { "next_token": "2" } }),
        json!({ "data": [{ "id": "52", "value": "to:northwindgear" }], "meta": {} }),
        json!({ "data": [{ "id": "53", "value": "x", "tag": "t" }], "meta": { "summary": { "created": 1, "not_created": 1, "valid": 1, "invalid": 1 } },
                "errors": [{ "value": "to:northwindgear", "id": "52", "title": "DuplicateRule", "type": "https://api.twitter.com/2/problems/duplicate-rules" }] }),
        json!({ "meta": { "summary": { "deleted": 1, "not_deleted": 0 } } }),
    ])
    .await;
    let rules = client.stream_rules().await.unwrap();
    assert_eq!(
        rules
            .iter()
            .map(|rule| rule.id.as_str())
            .collect::<Vec<_>>(),
        ["51", "52"]
    );
    assert_eq!(server.last().query["pagination_token"], "2");
    let new = |value: &str| NewRule {
        value: value.to_owned(),
        tag: Some("t".to_owned()),
    };
    let changed = client
        .add_stream_rules(&[new("x"), new("to:northwindgear")], true)
        .await
        .unwrap();
    assert_eq!(
        (
            changed.added.len(),
            changed.summary.created,
            changed.summary.invalid
        ),
        (1, 1, 1)
    );
    assert_eq!(changed.errors[0].kind, ProblemKind::DuplicateRules);
    assert_eq!(server.last().query["dry_run"], "true");
    assert_eq!(
        server.last().json()["add"][1],
        json!({ "value": "to:northwindgear", "tag": "t" })
    );
    let changed = client
        .delete_stream_rules(&[RuleId::new("51").unwrap()], false)
        .await
        .unwrap();
    assert_eq!(changed.summary.deleted, 1);
    assert!(server.last().query.is_empty());
    assert_eq!(server.last().json(), json!({ "delete": { "ids": ["51"] } }));
}

#[tokio::test]
async fn connections_are_seen_and_closed() {
    let (server, client) = answering(vec![
        Value::Null,
        json!({ "data": [{ "id": "a-1", "endpoint_name": "filtered_stream", "connected_at": "2026-08-22T12:00:00.000Z" }, { "endpoint_name": "x" }] }),
        json!({ "data": { "successful_kills": 1, "failed_kills": 0, "results": [] } }),
        json!({ "data": { "successful_kills": 2, "failed_kills": 0 } }),
    ])
    .await;
    let open = client.connections().await.unwrap();
    assert_eq!(
        (
            open.len(),
            open[0].endpoint_name.as_str(),
            open[1].id.clone()
        ),
        (2, "filtered_stream", None)
    );
    let id = ConnectionId::new("a-1").unwrap();
    assert_eq!(
        client
            .close_connections(&[id])
            .await
            .unwrap()
            .successful_kills,
        1
    );
    assert_eq!(
        (server.last().line().as_str(), server.last().json()),
        ("DELETE /2/connections", json!({ "uuids": ["a-1"] }))
    );
    assert_eq!(
        client
            .close_all_connections()
            .await
            .unwrap()
            .successful_kills,
        2
    );
    assert_eq!(server.last().line(), "DELETE /2/connections/all");
}
