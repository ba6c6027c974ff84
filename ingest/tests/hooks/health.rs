//! What the listener tells of the health of an organisation and its accounts.

use ingest::Limits;

use crate::listener::{listener, posts};

#[tokio::test]
async fn a_challenge_an_item_and_a_revocation_are_noted_once_each() {
    let hooks = listener(Limits::default()).await;
    hooks.deliver("hush-wrong", &posts(1..2)).await;
    assert_eq!(hooks.facts.pending(), [], "what is not signed says nothing");

    for id in 1..5 {
        hooks.deliver("hush-first", &posts(id..id + 1)).await;
    }
    let challenge = format!("{}/hooks/x/Acme?crc_token=0123456789abcdef", hooks.url);
    hooks.client.get(challenge).send().await.unwrap();
    let revoke = br#"{"user_event":{"revoke":{"source":{"user_id":"42"}}}}"#;
    hooks.deliver("hush-first", revoke).await;
    let noted = hooks.facts.pending();
    let noted: Vec<_> = noted
        .iter()
        .map(|(org, fact)| (org.as_str(), fact.subject.as_str(), fact.name.as_str()))
        .collect();
    let expected = [
        ("Acme", "", "crc"),
        ("Acme", "", "revoked"),
        ("Acme", "42", "event"),
    ];
    assert_eq!(noted, expected);
}
