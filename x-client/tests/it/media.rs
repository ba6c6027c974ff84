use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::Response;
use bytes::Bytes;
use serde_json::json;
use x_client::Error;
use x_client::calls::{Image, MediaState, dm_media_of_url};
use x_client::error::{Failure, Meaning};
use x_client::ids::{DmMediaId, PostMediaId};

use crate::server::{Asked, Server, json, with_headers};
use crate::setup::{setup, with_auth};

fn image(size: usize) -> Image {
    let bytes: Vec<u8> = (0..size)
        .map(|n| u8::try_from(n * 7 % 251).unwrap())
        .collect();
    Image {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from(bytes),
    }
}

/// A part of a multipart body, whole bytes.
fn part(asked: &Asked, name: &str) -> Vec<u8> {
    let boundary = asked
        .header("content-type")
        .split_once("boundary=")
        .unwrap()
        .1
        .to_owned();
    let find =
        |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what);
    let head = format!("form-data; name=\"{name}\"");
    let at = find(&asked.body, head.as_bytes()).unwrap_or_else(|| panic!("no part {name}"));
    let rest = &asked.body[at..];
    let begin = find(rest, b"\r\n\r\n").unwrap() + 4;
    let end = find(&rest[begin..], format!("\r\n--{boundary}").as_bytes()).unwrap();
    rest[begin..begin + end].to_vec()
}

#[tokio::test]
async fn a_small_picture_goes_up_at_once_for_its_purpose() {
    let server = Server::json(
        json!({ "data": { "id": "61", "media_key": "3_61", "expires_after_secs": 86400 } }),
    )
    .await;
    let client = setup(&server.url).client;
    let small = image(1_000);
    let for_post = client.upload_for_post(&small).await.unwrap();
    assert_eq!(
        (for_post.id, for_post.expires_after_s),
        (PostMediaId::new("61").unwrap(), Some(86_400))
    );
    assert_eq!(for_post.state, MediaState::Ready);
    let asked = server.last();
    assert_eq!(asked.line(), "POST /2/media/upload");
    assert!(
        asked
            .header("content-type")
            .starts_with("multipart/form-data")
    );
    assert_eq!(part(&asked, "media"), small.bytes);
    assert_eq!(
        (part(&asked, "media_category"), part(&asked, "media_type")),
        (b"tweet_image".to_vec(), b"image/png".to_vec())
    );
    let for_dm = client.upload_for_dm(&small).await.unwrap();
    assert_eq!(for_dm.id, DmMediaId::new("61").unwrap());
    assert_eq!(part(&server.last(), "media_category"), b"dm_image");
}

#[tokio::test]
async fn a_large_picture_goes_up_in_parts_and_is_waited_for() {
    let asked_status = AtomicUsize::new(0);
    let server = Server::start(move |asked, _| match asked.line().as_str() {
        "POST /2/media/upload/initialize" => json(
            200,
            &json!({ "data": { "id": "61", "expires_after_secs": 1_295_999 } }),
        ),
        "POST /2/media/upload/61/append" => json(200, &json!({ "data": { "expires_at": 1 } })),
        "POST /2/media/upload/61/finalize" => {
            let info = json!({ "state": "pending", "check_after_secs": 1 });
            json(
                200,
                &json!({ "data": { "id": "61", "processing_info": info } }),
            )
        }
        "GET /2/media/upload" => {
            let state =
                ["in_progress", "succeeded"][asked_status.fetch_add(1, Ordering::SeqCst).min(1)];
            json(
                200,
                &json!({ "data": { "id": "61", "processing_info": { "state": state } } }),
            )
        }
        other => panic!("{other}"),
    })
    .await;
    let large = image(2_500_000);
    let uploaded = setup(&server.url)
        .client
        .upload_for_post(&large)
        .await
        .unwrap();
    assert_eq!(uploaded.state, MediaState::Ready);
    let asked = server.asked();
    let begin = json!({ "media_type": "image/png", "total_bytes": 2_500_000, "media_category": "tweet_image" });
    assert_eq!(asked[0].json(), begin);
    let mut whole = Vec::new();
    for (segment, append) in asked
        .iter()
        .filter(|asked| asked.path.ends_with("/append"))
        .enumerate()
    {
        assert_eq!(
            part(append, "segment_index"),
            segment.to_string().as_bytes()
        );
        whole.extend(part(append, "media"));
    }
    assert_eq!(whole, large.bytes);
    let status = asked.last().unwrap();
    assert_eq!(
        (
            status.query["command"].as_str(),
            status.query["media_id"].as_str()
        ),
        ("STATUS", "61")
    );
}

#[tokio::test]
async fn a_part_that_fails_ends_the_upload() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/2/media/upload/initialize" => json(200, &json!({ "data": { "id": "61" } })),
        _ => with_headers(503, &[], ""),
    })
    .await;
    let error = setup(&server.url)
        .client
        .upload_for_post(&image(1_500_000))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::OutcomeUnknown {
                failure: Failure::Status(503),
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn alternative_text_is_set_or_refused_for_its_length() {
    let server = Server::json(json!({ "data": { "id": "61" } })).await;
    let client = setup(&server.url).client;
    let id = PostMediaId::new("61").unwrap();
    client
        .describe_post_media(&id, "A tent in the rain")
        .await
        .unwrap();
    let body = json!({ "id": "61", "metadata": { "alt_text": { "text": "A tent in the rain" } } });
    assert_eq!(
        (server.last().line().as_str(), server.last().json()),
        ("POST /2/media/metadata", body)
    );
    client
        .describe_dm_media(&DmMediaId::new("62").unwrap(), &"é".repeat(1_000))
        .await
        .unwrap();
    let error = client
        .describe_post_media(&id, &"é".repeat(1_001))
        .await
        .unwrap_err();
    assert_eq!(error.meaning(), Meaning::Mistake);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_picture_of_a_message_comes_down_up_to_a_size() {
    let picture: &[u8] = b"\x89PNG\r\n\x1a\n, and so on";
    let server = Server::start(move |_, _| -> Response {
        with_headers(200, &[("content-type", "image/png")], picture)
    })
    .await;
    let client = with_auth(&server.url, &[("dm_media.get", "oauth1")]).client;
    let media =
        dm_media_of_url("https://ton.twitter.com/1.1/ton/data/dm/11/61/AbC%20d.png").unwrap();
    let got = client.dm_media(&media, 1_000).await.unwrap();
    assert_eq!(
        (got.bytes, got.content_type.as_deref()),
        (Bytes::from_static(picture), Some("image/png"))
    );
    assert_eq!(
        server.last().path,
        "/2/dm_conversations/media/11/61/AbC%20d.png"
    );
    let error = client.dm_media(&media, 5).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transient {
                failure: Failure::TooLarge,
                ..
            }
        ),
        "{error}"
    );
}
