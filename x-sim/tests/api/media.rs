//! Uploads, alt texts, and the bytes that come back.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Auth, Sim, ada, app, brand, config};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n-invented-";

async fn one_shot(sim: &Sim, category: &str, bytes: &[u8]) -> (u16, Value) {
    let body = json!({"media": STANDARD.encode(bytes), "media_category": category,
        "media_type": "image/png"});
    sim.post(&brand(), "/2/media/upload", body).await
}

async fn multipart(sim: &Sim, path: &str, fields: &[(&str, &str)], media: &[u8]) -> (u16, Value) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(head.as_bytes());
    }
    let head = "--cut\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a\"\r\n\
                content-type: application/octet-stream\r\n\r\n";
    body.extend(head.as_bytes());
    body.extend(media);
    body.extend(b"\r\n--cut--\r\n");
    let request = sim.request(&brand(), &Method::POST, path);
    let request = request.header("content-type", "multipart/form-data; boundary=cut");
    let response = request.body(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_image_is_uploaded_described_posted_and_fetched() {
    let mut config = config(Tier::SelfServe);
    config.api.own_media = true;
    let sim = Sim::with(config).await;
    let (status, made) = multipart(
        &sim,
        "/2/media/upload",
        &[("media_category", "tweet_image")],
        PNG,
    )
    .await;
    assert_eq!(status, 200, "{made}");
    let id = made["data"]["id"].as_str().unwrap();
    assert_eq!(made["data"]["media_key"], json!(format!("3_{id}")));
    assert_eq!(made["data"]["expires_after_secs"], 86_400);
    let alt = json!({"id": id, "metadata": {"alt_text": {"text": "A torn seam"}}});
    assert_eq!(sim.post(&brand(), "/2/media/metadata", alt).await.0, 200);
    let new = json!({"text": "Look", "media": {"media_ids": [id]}});
    let (status, post) = sim.post(&brand(), "/2/tweets", new.clone()).await;
    assert_eq!(status, 201, "{post}");
    let path = format!(
        "/2/tweets/{}?expansions=attachments.media_keys&media.fields=url,alt_text",
        post["data"]["id"].as_str().unwrap()
    );
    let shown = sim.get(&app(), &path).await;
    let media = &shown["includes"]["media"][0];
    assert_eq!(media["alt_text"], "A torn seam");
    let response = sim
        .client()
        .get(media["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(response.bytes().await.unwrap(), PNG);
    let drawn = sim
        .control(
            Method::POST,
            "/posts",
            json!({"author": "@ada", "text": "x", "photo": true}),
        )
        .await;
    let url = drawn["media"][0]["url"].as_str().unwrap();
    let response = sim.client().get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/png");
    assert_eq!(&response.bytes().await.unwrap()[..4], b"\x89PNG");
    sim.control(Method::POST, "/deletes", json!({"post": drawn["id"]}))
        .await;
    assert_eq!(sim.client().get(url).send().await.unwrap().status(), 404);
    let stolen = sim.post(&ada(), "/2/tweets", new.clone()).await;
    assert_eq!(stolen.0, 400, "only whoever uploaded it");
    sim.advance(86_400).await;
    let late = json!({"text": "Later", "media": {"media_ids": [id]}});
    assert_eq!(
        sim.post(&brand(), "/2/tweets", late).await.0,
        400,
        "24 hours"
    );
    sim.stop().await;
}

#[tokio::test]
async fn chunks_come_in_any_order_and_processing_takes_its_time() {
    let sim = Sim::start(Tier::SelfServe).await;
    let new =
        json!({"media_type": "video/mp4", "total_bytes": 10, "media_category": "tweet_video"});
    let (_, made) = sim.post(&brand(), "/2/media/upload/initialize", new).await;
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    let append = format!("/2/media/upload/{id}/append");
    let finalize = format!("/2/media/upload/{id}/finalize");
    assert_eq!(
        multipart(&sim, &append, &[("segment_index", "1")], b"67890")
            .await
            .0,
        200
    );
    assert_eq!(
        sim.call(&brand(), Method::POST, &finalize, None).await.0,
        400,
        "one is missing"
    );
    for _ in 0..2 {
        assert_eq!(
            multipart(&sim, &append, &[("segment_index", "0")], b"12345")
                .await
                .0,
            200
        );
    }
    assert_eq!(
        multipart(&sim, &append, &[("segment_index", "2")], b"!")
            .await
            .0,
        400
    );
    let (_, done) = sim.call(&brand(), Method::POST, &finalize, None).await;
    assert_eq!(done["data"]["processing_info"]["state"], "pending");
    let post = json!({"text": "Film", "media": {"media_ids": [id]}});
    assert_eq!(sim.post(&brand(), "/2/tweets", post.clone()).await.0, 400);
    sim.advance(2).await;
    let status = sim
        .get(
            &brand(),
            &format!("/2/media/upload?command=STATUS&media_id={id}"),
        )
        .await;
    assert_eq!(status["data"]["processing_info"]["state"], "succeeded");
    assert_eq!(sim.post(&brand(), "/2/tweets", post).await.0, 201);
    sim.stop().await;
}

#[tokio::test]
async fn a_message_carries_one_image_that_only_its_readers_get() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (_, wrong) = one_shot(&sim, "tweet_image", PNG).await;
    let (_, right) = one_shot(&sim, "dm_image", PNG).await;
    let send = |id: &Value| json!({"text": "See", "attachments": [{"media_id": id}]});
    let path = "/2/dm_conversations/with/21/messages";
    assert_eq!(
        sim.post(&brand(), path, send(&wrong["data"]["id"])).await.0,
        400,
        "the category counts"
    );
    assert_eq!(
        sim.post(&brand(), path, send(&right["data"]["id"])).await.0,
        201
    );
    let path = "/2/dm_events?expansions=attachments.media_keys&media.fields=url";
    let seen = sim.get(&ada(), path).await;
    let url = seen["includes"]["media"][0]["url"].as_str().unwrap();
    let parts = url
        .strip_prefix("https://ton.twitter.com/1.1/ton/data/dm/")
        .unwrap();
    let path = format!("/2/dm_conversations/media/{parts}");
    let response = sim.send(&ada(), Method::GET, &path, None).await;
    assert_eq!(response.bytes().await.unwrap(), PNG);
    assert_eq!(sim.call(&Auth::None, Method::GET, &path, None).await.0, 401);
    assert_eq!(one_shot(&sim, "dm_image", b"no image").await.0, 400);
    assert_eq!(one_shot(&sim, "dm_images", PNG).await.0, 400);
    sim.stop().await;
}
