//! Pictures: uploaded once for an account and purpose, with their alternative text.

use bytes::Bytes;
use respond::desk;
use runtime::pictures::Pictures;
use runtime::testing::wait_for;
use serde_json::{Value, json};

use crate::lab::{Lab, ORG, PATIENCE, write};

// The smallest picture: one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\xab\xce6\x89\0\0\0\0IEND\xaeB`\x82";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_up_once_for_each_purpose() {
    let lab = Lab::new(false).await;
    let dir = Pictures::new(lab.media.path());
    let sha256 = dir.put(&Bytes::from_static(PIXEL)).await.unwrap();
    let now = lab.program.clock.now();
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let picture = (sha256.as_slice(), "image/png", 70);
    desk::keep_upload(&mut scope, (ORG, "key:dana"), picture, now)
        .await
        .unwrap();
    scope.commit().await.unwrap();
    // The first call of each fails after the upload; the second uses the same upload.
    lab.faults(json!([{ "endpoint": "POST /2/tweets", "kind": "rate_limit", "reset": "honest", "times": 1 }]))
        .await;
    let sender = lab.start();
    let mut ids = Vec::new();
    for (at, private) in [false, false, true, true].into_iter().enumerate() {
        let media = Some((sha256.clone(), "A pixel".to_owned()));
        let text = format!("see {at}");
        ids.push(write(&lab.program, &lab.target, (&text, at, private), media).await);
        wait_for("posted, when the budget allows", PATIENCE, || async {
            let reply = lab.reply(ids[at]).await;
            if reply.wait_reason.is_some() {
                lab.advance(16 * 60).await;
            }
            (reply.state == "posted").then_some(())
        })
        .await;
    }
    for (endpoint, times) in [
        ("POST%20/2/media/upload", 2),
        ("POST%20/2/media/metadata", 2),
    ] {
        let path = format!("/calls?endpoint={endpoint}");
        let calls = lab.control("GET", &path, Value::Null).await;
        assert_eq!(
            calls["calls"].as_array().unwrap().len(),
            times,
            "{endpoint}"
        );
    }
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}
