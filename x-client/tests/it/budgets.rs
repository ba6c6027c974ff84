use chrono::TimeDelta;
use serde_json::json;
use x_client::error::{LimitKind, Meaning};
use x_client::ids::UserId;
use x_client::usage::Outcome;
use x_client::{AccountKey, Endpoint, Error};

use crate::server::{Server, json, once, with_headers};
use crate::setup::{START, credentials, setup, waits_for};

const OLD_FORM: &str = r#"{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#;
const NEW_FORM: &str = r#"{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}"#;

fn limits(remaining: u32, reset: i64) -> [(String, String); 3] {
    [
        ("limit", 75.to_string()),
        ("remaining", remaining.to_string()),
        ("reset", (START + reset).to_string()),
    ]
    .map(|(name, value)| (format!("x-rate-limit-{name}"), value))
}

fn answer(status: u16, limits: &[(String, String)], body: &str) -> axum::response::Response {
    let headers: Vec<_> = limits
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    with_headers(status, &headers, body.to_owned())
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_not_called_again_before_its_reset() {
    let server = Server::start(|_, before| {
        answer(
            200,
            &limits(u32::from(before == 0), 600),
            r#"{"data":{"id":"7001"}}"#,
        )
    })
    .await;
    let setup = setup(&server.url);
    assert_eq!(setup.client.remaining(Endpoint::UsersMe), None);
    setup.client.me().await.unwrap();
    assert_eq!(setup.client.remaining(Endpoint::UsersMe), Some(1));
    assert_eq!(setup.client.next_allowed(Endpoint::UsersMe), None);
    setup.client.me().await.unwrap();

    let until = setup.clock.now() + TimeDelta::seconds(600);
    assert_eq!(
        setup.client.next_allowed(Endpoint::UsersMe),
        Some((until, LimitKind::Window))
    );
    let error = setup.client.me().await.unwrap_err();
    let expected = Error::RateLimited {
        endpoint: Endpoint::UsersMe,
        until,
        kind: LimitKind::Window,
        known: true,
    };
    assert_eq!((error.meaning(), error), (Meaning::Wait, expected));
    assert_eq!(server.count(), 2);
    let views = setup.client.budgets();
    assert_eq!(
        (views.len(), views[0].limit, views[0].remaining),
        (1, Some(75), 0)
    );

    setup.clock.advance(600);
    setup.client.me().await.unwrap();
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn both_forms_of_a_429_bar_the_endpoint() {
    for body in [OLD_FORM, NEW_FORM, "", "<html>"] {
        let server = Server::start(move |_, _| answer(429, &limits(0, 300), body)).await;
        let setup = setup(&server.url);
        let until = setup.clock.now() + TimeDelta::seconds(300);
        for known in [false, true] {
            let error = setup.client.me().await.unwrap_err();
            let Error::RateLimited {
                until: named,
                known: seen,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!((named, seen), (until, known), "{body}");
        }
        assert_eq!(server.count(), 1);
        let outcome = setup.ledger.told()[0].2;
        assert_eq!(outcome, Outcome::Status(429));
    }
}

#[tokio::test]
async fn a_near_reset_is_waited_for_by_a_read_and_never_by_a_write() {
    let near = |_: &crate::server::Asked, before: usize| match before {
        0 => answer(429, &limits(0, 0), OLD_FORM),
        _ => json(200, &json!({ "data": { "id": "7001", "liked": true } })),
    };
    // The reset is in the past, so the wait is the minute that an unnamed one takes.
    let server = Server::start(near).await;
    let setup = setup(&server.url);
    let error = setup.client.me().await.unwrap_err();
    let Error::RateLimited { until, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(until, setup.clock.now() + TimeDelta::minutes(1));

    let one = |_: &crate::server::Asked, before: usize| match before {
        0 => answer(429, &limits(0, 1), OLD_FORM),
        _ => json(200, &json!({ "data": { "id": "7001", "liked": true } })),
    };
    let server = Server::start(one).await;
    let setup = crate::setup::setup(&server.url);
    let clock = setup.clock.clone();
    let call = tokio::spawn({
        let client = setup.client.clone();
        async move { client.me().await }
    });
    // Not before the answer is taken in: its reset would be in the past.
    waits_for("the answer is there", &setup.ledger.0, |told| {
        !told.is_empty()
    })
    .await;
    assert!(setup.client.next_allowed(Endpoint::UsersMe).is_some());
    clock.advance(1);
    call.await.unwrap().unwrap();
    assert_eq!(server.count(), 2);

    let server = Server::start(one).await;
    let setup = crate::setup::setup(&server.url);
    let me = UserId::new("7001").unwrap();
    let post = "1".parse().unwrap();
    let error = setup.client.like(&me, &post).await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::Wait);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_call_without_a_connection_costs_nothing() {
    let head: String = limits(5, 600)
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let url = once(format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 22\r\n{head}\r\n{}",
        r#"{"data":{"id":"7001"}}"#
    ));
    let setup = setup(&url.await);
    setup.client.me().await.unwrap();
    assert_eq!(setup.client.remaining(Endpoint::UsersMe), Some(5));
    let error = setup.client.me().await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::TryAgain);
    assert_eq!(setup.client.remaining(Endpoint::UsersMe), Some(5));
}

#[tokio::test]
async fn accounts_of_one_app_share_its_budget_and_no_other() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/oauth2/token" => json(200, &json!({ "access_token": "app" })),
        "/2/webhooks" => answer(200, &limits(0, 600), r#"{"data":[]}"#),
        _ => answer(200, &limits(0, 600), r#"{"data":{"id":"7001"}}"#),
    })
    .await;
    let setup = setup(&server.url);
    let second = setup
        .api
        .account(AccountKey::new("northwind/sales"), credentials());
    let mut keys = credentials();
    keys.app.key = "another-app".into();
    let third = setup.api.account(AccountKey::new("juniper/help"), keys);
    setup.client.webhooks().await.unwrap();
    setup.client.me().await.unwrap();
    assert!(second.next_allowed(Endpoint::WebhooksList).is_some());
    assert_eq!(third.next_allowed(Endpoint::WebhooksList), None);
    assert_eq!(second.next_allowed(Endpoint::UsersMe), None);
    assert_eq!(
        (
            setup.client.budgets().len(),
            second.budgets().len(),
            third.budgets().len()
        ),
        (2, 1, 0)
    );
    assert_eq!(setup.api.budgets().len(), 2);
}
