//! Private texts at a terminal: shown after the audit of their organisation says who looks.

use std::time::Duration;

use runtime::kafka::Cluster;
use runtime::kafka::producer::Producer;
use runtime::stage::Outgoing;
use schemas::records::Item;
use schemas::topics::LINKED_MESSAGES;
use schemas::wire::Codec;
use serde_json::{Value, json};

use crate::installed::Installed;

const TOPIC: &str = "social.linked.messages.v1";

// One message of each organisation.
async fn said(installed: &Installed, orgs: &[&str]) {
    let codec = Codec::own().unwrap();
    let of = |org: &&str| Outgoing {
        topic: &LINKED_MESSAGES,
        partition: 0,
        key: org.as_bytes().to_vec(),
        value: Some(
            codec
                .encode(&Item {
                    org: (*org).to_owned(),
                    text: format!("whispered to {org}"),
                    ..Item::default()
                })
                .unwrap(),
        ),
        erases: false,
    };
    let records: Vec<Outgoing> = orgs.iter().map(of).collect();
    let cluster = Cluster::plain(&installed.parts.brokers, &installed.prefix);
    let producer = Producer::new(&cluster, "test", Duration::from_secs(20)).unwrap();
    let sent = producer.send_all(&records, Duration::from_secs(20));
    sent.await.unwrap();
}

async fn audit(installed: &Installed) -> Vec<(String, String, String, Value)> {
    let pool = runtime::pg::pool(&installed.parts.super_url, 1).unwrap();
    sqlx::query_as("SELECT org, actor, subject, detail FROM audit WHERE action = 'messages.reveal' ORDER BY at")
        .fetch_all(&pool)
        .await
        .unwrap()
}

#[test]
fn private_texts_are_shown_after_the_audit_says_who_looks() {
    let installed = Installed::new();
    installed.does(&["migrate"]);
    installed.does(&["topics", "apply"]);
    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(said(&installed, &["acme", "zeta"]));

    let masked = installed.does(&["tail", TOPIC]);
    assert!(masked.contains("(private)"), "{masked}");
    assert!(!masked.contains("whispered"), "{masked}");
    let told = installed.refuses(&["tail", TOPIC, "--reveal"]);
    assert!(told.contains("--reveal needs --org"), "{told}");
    let told = installed.refuses(&["tail", TOPIC, "--reveal", "--org", "acne"]);
    assert!(told.contains("there are acme"), "{told}");
    assert!(tokio.block_on(audit(&installed)).is_empty());

    let shown = ["tail", TOPIC, "--reveal", "--org", "ACME"];
    let text = installed.does(
        &[
            &shown[..],
            &["--as", "dana", "--since", "2026-01-02T03:04:05Z"],
        ]
        .concat(),
    );
    assert!(text.contains("whispered to acme"), "{text}");
    assert!(!text.contains("whispered to zeta"), "{text}");
    let written = tokio.block_on(audit(&installed));
    let [(org, actor, subject, detail)] = written.as_slice() else {
        panic!("{written:?}")
    };
    assert_eq!(
        (org.as_str(), actor.as_str(), subject.as_str()),
        ("acme", "cli:dana", TOPIC)
    );
    assert_eq!(detail["since"], "2026-01-02T03:04:05Z");
    assert_eq!(detail["id"], Value::Null);
    assert!(detail["user"].is_string(), "{detail}");
    // What masks nothing is nobody's business.
    installed.does(&["tail", "social.linked.posts.v1", "--reveal"]);
    installed.does(&["tail", TOPIC, "--reveal", "--org", "acme", "--person", "77"]);
    let written = tokio.block_on(audit(&installed));
    assert_eq!(written.len(), 2, "{written:?}");
    assert_eq!(written[1].3["id"], json!("77"));

    let away = ["--database-url", "postgres://u@127.0.0.1:9/none"];
    let output = installed.run(&[&shown[..], &away].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("nothing is shown"), "{told}");
    assert_eq!(output.stdout, b"");
}
