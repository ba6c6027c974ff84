use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::StreamExt as _;
use futures::channel::mpsc;
use serde_json::json;
use x_client::calls::{ActivityStreamQuery, FilteredStreamQuery};
use x_client::stream::{Cause, Ladder, Line, StreamEnd};
use x_client::{Error, Settings};

use crate::server::{Asked, Server, json, with_headers};
use crate::setup::{settings, setup, with_settings};

type Parts = mpsc::UnboundedReceiver<Result<&'static str, std::io::Error>>;

/// A stream that gives what the test sends, after the app's token.
async fn streaming() -> (
    Server,
    mpsc::UnboundedSender<Result<&'static str, std::io::Error>>,
) {
    let (sender, parts) = mpsc::unbounded();
    let parts = std::sync::Mutex::new(Some(parts));
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        "/oauth2/token" => json(200, &json!({ "access_token": "app" })),
        _ => open(parts.lock().unwrap().take().unwrap()),
    })
    .await;
    (server, sender)
}

fn open(parts: Parts) -> Response {
    with_headers(200, &[], Body::from_stream(parts.boxed()))
}

fn text(line: Line) -> String {
    match line {
        Line::Data(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn lines_come_as_they_end_and_an_error_within_is_told() {
    let (server, sender) = streaming().await;
    let client = setup(&server.url).client;
    let query = FilteredStreamQuery {
        backfill_minutes: Some(9),
        ..FilteredStreamQuery::default()
    };
    let mut stream = client.filtered_stream(&query).await.unwrap();
    let asked: Asked = server.last();
    assert_eq!(asked.line(), "GET /2/tweets/search/stream");
    assert_eq!(
        (
            asked.query["backfill_minutes"].as_str(),
            asked.authorization()
        ),
        ("5", "Bearer app")
    );
    assert!(asked.query["tweet.fields"].contains("conversation_id"));

    for part in [
        "{\"data\":{\"id\":",
        "\"1\"}}\r",
        "\n\r\n{\"data\":{\"id\":\"2\"}}\r\n",
    ] {
        sender.unbounded_send(Ok(part)).unwrap();
    }
    assert_eq!(
        text(stream.next().await.unwrap()),
        "{\"data\":{\"id\":\"1\"}}"
    );
    assert_eq!(stream.next().await.unwrap(), Line::KeepAlive);
    assert_eq!(
        text(stream.next().await.unwrap()),
        "{\"data\":{\"id\":\"2\"}}"
    );

    // A wait that is given up loses nothing.
    sender.unbounded_send(Ok("{\"data\":")).unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(50), stream.next()).await;
    assert!(waited.is_err());
    sender
        .unbounded_send(Ok(
            "3}\n{\"errors\":[{\"disconnect_type\":\"ForceDisconnect\",\"title\":\"x\"}]}\r\n",
        ))
        .unwrap();
    assert_eq!(text(stream.next().await.unwrap()), "{\"data\":3}");
    let Line::Errors(errors) = stream.next().await.unwrap() else {
        panic!("not an error")
    };
    assert_eq!(
        errors[0].disconnect_type.as_deref(),
        Some("ForceDisconnect")
    );
    drop(sender);
    assert_eq!(stream.next().await, Err(StreamEnd::Ended));
    assert_eq!(stream.next().await, Err(StreamEnd::Ended));
}

#[tokio::test]
async fn silence_and_a_cut_end_a_stream() {
    let (server, sender) = streaming().await;
    let silence = Duration::from_millis(100);
    let setup = with_settings(Settings {
        stream_timeout: silence,
        ..settings(&server.url)
    });
    let mut stream = setup
        .client
        .activity_stream(&ActivityStreamQuery::default())
        .await
        .unwrap();
    assert_eq!(server.last().line(), "GET /2/activity/stream");
    assert_eq!(stream.next().await, Err(StreamEnd::Silent(silence)));
    drop(sender);

    let (server, sender) = streaming().await;
    let mut stream = crate::setup::setup(&server.url)
        .client
        .activity_stream(&ActivityStreamQuery::default())
        .await
        .unwrap();
    sender
        .unbounded_send(Ok("{\"data\":1}\n{\"data\":"))
        .unwrap();
    assert_eq!(text(stream.next().await.unwrap()), "{\"data\":1}");
    sender
        .unbounded_send(Err(std::io::Error::other("cut")))
        .unwrap();
    assert_eq!(stream.next().await, Err(StreamEnd::Broken));
}

#[tokio::test]
async fn a_stream_that_does_not_open_says_which_ladder_to_climb() {
    for (status, cause) in [
        (409, Cause::Http),
        (503, Cause::Http),
        (429, Cause::Limited),
        (403, Cause::Http),
    ] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/oauth2/token" => json(200, &json!({ "access_token": "app" })),
            _ => json(
                status,
                &json!({ "title": "ConnectionException", "connection_issue": "TooManyConnections",
                "type": "https://api.x.com/2/problems/streaming-connection", "detail": "x" }),
            ),
        })
        .await;
        let client = setup(&server.url).client;
        let error = client
            .filtered_stream(&FilteredStreamQuery::default())
            .await
            .unwrap_err();
        assert_eq!(Cause::of(&error), cause, "{error}");
        if let Error::Refused { refusal, .. } = &error {
            assert_eq!(
                refusal.problems[0].connection_issue.as_deref(),
                Some("TooManyConnections")
            );
        }
        assert_eq!(server.count(), 2, "nothing is repeated");
        assert!(Ladder::default().failed(cause) >= Duration::from_secs(5));
    }
    let client = setup(&crate::server::nowhere().await).client;
    let error = client
        .filtered_stream(&FilteredStreamQuery::default())
        .await
        .unwrap_err();
    assert_eq!(Cause::of(&error), Cause::Network, "{error}");
}

#[tokio::test]
async fn a_stream_is_opened_again_under_a_new_token() {
    let server = Server::start(|asked, before| match (asked.path.as_str(), before) {
        ("/oauth2/token", _) => json(200, &json!({ "access_token": format!("app-{before}") })),
        (_, 1) => json(401, &json!({ "title": "Unauthorized" })),
        _ => with_headers(200, &[], "{\"data\":1}\n"),
    })
    .await;
    let client = setup(&server.url).client;
    let mut stream = client
        .filtered_stream(&FilteredStreamQuery::default())
        .await
        .unwrap();
    assert_eq!(text(stream.next().await.unwrap()), "{\"data\":1}");
    assert_eq!(server.last().authorization(), "Bearer app-2");
}
