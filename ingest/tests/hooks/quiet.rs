//! No line of any log, at any level, holds a text, a handle or a secret.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::listener::{Broker, listener, posts};
use ingest::Limits;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_hold_nothing_of_a_delivery() {
    let captured = Captured::default();
    let writer = captured.clone();
    let lines = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone());
    lines.init();
    let hooks = listener(Limits::default()).await;
    let body = posts(1..3);
    let revoke = br#"{"user_event":{"revoke":{"source":{"user_id":"42"}},"hush":"hush_handle"}}"#;
    let strange = br#"{"hush-key":"hush text"}"#;
    for body in [
        &body[..],
        revoke,
        strange,
        b"hush text",
        br#"{"object":"page","hush":1}"#,
    ] {
        hooks.deliver("hush-first", body).await;
        hooks.deliver("hush-wrong", body).await;
    }
    hooks.broker(Broker::Refuses);
    hooks.deliver("hush-first", &body).await;
    let challenge = format!("{}/hooks/x/Acme?crc_token=hush-hush-challenge", hooks.url);
    hooks.client.get(challenge).send().await.unwrap();

    // The client of this test logs too; what it sends is not the listener's doing.
    let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let ours = |line: &&str| !line.contains("hyper_util::client") && !line.contains("reqwest");
    let lines: Vec<&str> = text.lines().filter(ours).collect();
    let said = |part: &str| lines.iter().any(|line| line.contains(part));
    assert!(
        said("delivery acknowledged") && said("revoked its authorisation"),
        "{text}"
    );
    assert!(
        said("delivery not published") && said("no leader"),
        "{text}"
    );
    for line in lines {
        assert!(!line.contains("hush"), "{line}");
    }
}
