use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use x_client::calls::PublicReply;
use x_client::error::{Failure, Meaning};
use x_client::ids::PostId;
use x_client::usage::Outcome;
use x_client::{Endpoint, Error, PublicText, Settings};

use crate::server::{Fault, Server, faulty, json, nowhere, with_headers};
use crate::setup::{settings, setup, with_settings};

fn reply() -> PublicReply {
    PublicReply::new(
        PublicText::new("Thanks!").unwrap(),
        PostId::new("1").unwrap(),
    )
}

fn unknown(failure: Failure) -> Error {
    Error::OutcomeUnknown {
        endpoint: Endpoint::PostsCreate,
        failure,
    }
}

#[tokio::test]
async fn a_read_is_repeated_through_what_passes() {
    for status in [500, 502, 503, 504, 408] {
        let server = Server::start(move |_, before| match before {
            0 | 1 => with_headers(status, &[], "<html>"),
            _ => json(200, &json!({ "data": { "id": "7001" } })),
        })
        .await;
        let setup = setup(&server.url);
        setup.client.me().await.unwrap();
        assert_eq!(server.count(), 3, "{status}");
        let outcomes: Vec<_> = setup.ledger.told().into_iter().map(|told| told.2).collect();
        let failed = Outcome::Status(status);
        assert_eq!(outcomes, [failed, failed, Outcome::Status(200)]);
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_its_repetitions() {
    let server = Server::start(|_, _| with_headers(503, &[], "")).await;
    let error = setup(&server.url).client.me().await.unwrap_err();
    let expected = Error::Transient {
        endpoint: Endpoint::UsersMe,
        failure: Failure::Status(503),
    };
    assert_eq!((error.meaning(), error), (Meaning::TryAgain, expected));
    assert_eq!(server.count(), 3);

    let (url, count) = faulty(Fault::Close).await;
    let error = setup(&url).client.me().await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            endpoint: Endpoint::UsersMe,
            failure: Failure::Broken
        }
    );
    assert_eq!(*count.lock().unwrap(), 3);

    let error = setup(&nowhere().await).client.me().await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            endpoint: Endpoint::UsersMe,
            failure: Failure::Connect
        }
    );
}

#[tokio::test]
async fn a_refusal_is_never_repeated() {
    for status in [400, 403, 404, 409, 422] {
        let body = json!({ "title": "Forbidden", "detail": "You may not.", "type": "about:blank", "status": status });
        let server = Server::start(move |_, _| json(status, &body)).await;
        let client = setup(&server.url).client;
        for error in [
            client.me().await.unwrap_err(),
            client.reply(&reply()).await.unwrap_err(),
        ] {
            assert_eq!(error.meaning(), Meaning::Refused);
            let refusal = error.refusal().unwrap();
            assert_eq!(
                (refusal.status, refusal.words().unwrap().as_str()),
                (status, "Forbidden: You may not.")
            );
        }
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_write_that_x_failed_on_has_an_unknown_outcome_and_is_not_repeated() {
    for status in [500, 502, 503, 504] {
        let server = Server::start(move |_, _| with_headers(status, &[], "")).await;
        let error = setup(&server.url).client.reply(&reply()).await.unwrap_err();
        assert_eq!(
            (error.meaning(), error),
            (Meaning::Unknown, unknown(Failure::Status(status)))
        );
        assert_eq!(server.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_write_whose_connection_fails_after_it_was_sent_has_an_unknown_outcome() {
    let short = |url: &str| Settings {
        request_timeout: Duration::from_millis(300),
        ..settings(url)
    };
    for (fault, failure) in [
        (Fault::Close, Failure::Broken),
        (Fault::HalfAnAnswer, Failure::Broken),
        (Fault::Hang, Failure::Timeout),
    ] {
        let (url, count) = faulty(fault).await;
        let setup = with_settings(short(&url));
        let error = setup.client.reply(&reply()).await.unwrap_err();
        assert_eq!(error, unknown(failure), "{fault:?}");
        assert_eq!(*count.lock().unwrap(), 1, "{fault:?}");
        let (_, endpoint, outcome, cost) = setup.ledger.told().remove(0);
        assert_eq!(
            (endpoint.as_str(), outcome, cost),
            ("posts.create", Outcome::Failed(failure), 0)
        );
    }
}

#[tokio::test]
async fn a_write_without_a_connection_was_not_sent() {
    let error = setup(&nowhere().await)
        .client
        .reply(&reply())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert_eq!(error.meaning(), Meaning::TryAgain);
}

#[tokio::test]
async fn a_good_answer_to_a_write_that_cannot_be_read_is_an_unknown_outcome() {
    for body in [
        "",
        "<html>",
        "{\"data\":{}}",
        "{\"data\":{\"id\":17}}",
        "[]",
        "{}",
    ] {
        let server = Server::start(move |_, _| with_headers(201, &[], body)).await;
        let error = setup(&server.url).client.reply(&reply()).await.unwrap_err();
        assert_eq!(error, unknown(Failure::Unreadable(201)), "{body}");
    }
}

#[tokio::test]
async fn errors_in_a_200_without_data_are_a_refusal() {
    let body = json!({ "errors": [{ "title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found" }] });
    let server = Server::json(body).await;
    let error = setup(&server.url)
        .client
        .delete_post(&PostId::new("1").unwrap())
        .await
        .unwrap_err();
    assert!(error.refusal().unwrap().is_gone());
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Server::json(json!({ "data": { "id": "7001" } })).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/2/users/me", elsewhere.url);
        let server =
            Server::start(move |_, _| with_headers(status, &[("location", &location)], "")).await;
        let client = setup(&server.url).client;
        let error = client.me().await.unwrap_err();
        assert_eq!(error.refusal().unwrap().status, status);
        assert_eq!(
            client.reply(&reply()).await.unwrap_err().meaning(),
            Meaning::Refused
        );
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn an_answer_over_the_bound_is_given_up() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let server = Server::start(move |_, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        with_headers(200, &[], vec![b' '; 17 * 1024 * 1024])
    })
    .await;
    let error = setup(&server.url).client.me().await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            endpoint: Endpoint::UsersMe,
            failure: Failure::TooLarge
        }
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let server = Server::json(json!({})).await;
    let client = setup(&server.url).client;
    let many: Vec<PostId> = (0..101)
        .map(|n| PostId::new(n.to_string()).unwrap())
        .collect();
    for ids in [&many[..], &[]] {
        assert_eq!(
            client.posts(ids).await.unwrap_err().meaning(),
            Meaning::Mistake
        );
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn no_error_and_no_client_shows_a_key() {
    let server = Server::start(|_, _| json(401, &json!({ "title": "Unauthorized" }))).await;
    let setup = setup(&server.url);
    let mut shown = vec![format!("{:?} {:?}", setup.client, setup.api)];
    for error in [
        setup.client.me().await.unwrap_err(),
        setup.client.webhooks().await.unwrap_err(),
        setup.client.reply(&reply()).await.unwrap_err(),
    ] {
        shown.push(format!("{error} {error:?}"));
    }
    for secret in [
        "consumer-key",
        "consumer-secret",
        "7001-token",
        "token-secret",
        "client-secret",
        "refresh-0",
    ] {
        let found = shown.iter().find(|text| text.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}
