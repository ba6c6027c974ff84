//! A consumer secret is rotated while deliveries come: none is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ingest::{Limits, signature};
use secrecy::SecretString;
use serde_json::Value;

use crate::listener::{Listener, listener, posts, with_secrets};

async fn challenge(hooks: &Listener) -> String {
    let url = format!("{}/hooks/x/Acme?crc_token=challenge_string", hooks.url);
    let text = hooks
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["response_token"].as_str().unwrap().to_owned()
}

fn signed_by(secret: &str) -> String {
    signature::sign(&SecretString::from(secret), b"challenge_string")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_replaced_without_a_refused_delivery() {
    let hooks = Arc::new(listener(Limits::default()).await);
    hooks.orgs.send_replace(with_secrets(&["old"]));
    // What X signs with at each moment, and how often it delivered so.
    let (x, delivered) = tokio::sync::watch::channel("old");
    let count = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let delivering = {
        let (hooks, count) = (hooks.clone(), count.clone());
        tokio::spawn(async move {
            for id in 1_u64.. {
                let secret = *delivered.borrow();
                if secret == "stop" {
                    return;
                }
                let status = hooks.deliver(secret, &posts(id..id + 1)).await.status();
                assert_eq!(status, 200, "signed with {secret}");
                count[usize::from(secret == "new")].fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let more = async |which: usize| {
        let least = count[which].load(Ordering::Relaxed) + 20;
        let patience = std::time::Duration::from_secs(30);
        runtime::testing::wait_for("deliveries", patience, async || {
            (count[which].load(Ordering::Relaxed) >= least).then_some(())
        })
        .await;
    };
    more(0).await;
    // The new secret is accepted before X uses it, signs when X does, and the old one leaves last.
    hooks.orgs.send_replace(with_secrets(&["old", "new"]));
    more(0).await;
    assert_eq!(challenge(&hooks).await, signed_by("old"));
    x.send_replace("new");
    hooks.orgs.send_replace(with_secrets(&["new", "old"]));
    more(1).await;
    assert_eq!(challenge(&hooks).await, signed_by("new"));
    assert_eq!(
        hooks.deliver("old", &posts(1..2)).await.status(),
        200,
        "on its way"
    );
    hooks.orgs.send_replace(with_secrets(&["new"]));
    more(1).await;
    assert_eq!(hooks.deliver("old", &posts(1..2)).await.status(), 401);
    x.send_replace("stop");
    delivering.await.unwrap();
}
