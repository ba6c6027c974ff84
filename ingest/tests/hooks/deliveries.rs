//! Deliveries over a real socket.

use std::time::{Duration, Instant};

use crate::listener::{Broker, listener, organisations, posts};
use ingest::{Limits, signature};
use reqwest::Response;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const FIRST: &str = "hush-first";

async fn problem(response: Response) -> (u16, String, Option<String>) {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let text = response.text().await.unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["status"], status);
    let of = |key: &str| json[key].as_str().map(str::to_owned);
    (status, of("type").unwrap(), of("detail"))
}

#[tokio::test]
async fn a_signed_delivery_is_answered_when_the_broker_has_every_item() {
    let hooks = listener(Limits::default()).await;
    let answer = hooks.deliver(FIRST, &posts(1..11)).await;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap()),
        (200, String::new())
    );
    assert_eq!(hooks.acked().len(), 10);
    assert!(hooks.acked().iter().all(|out| out.value.org() == "Acme"));
    // The name in the URL may be in any case, as the guide's own names are.
    let other_case = hooks
        .signed("ACME", FIRST, &posts(11..12))
        .send()
        .await
        .unwrap();
    assert_eq!(other_case.status(), 200);
    assert_eq!(hooks.acked().len(), 11);
    for line in [
        r#"earshot_ingest_received_bodies_total{org="Acme"} 2"#,
        r#"earshot_ingest_acked_bodies_total{org="Acme"} 2"#,
        r#"earshot_ingest_staged_records_total{org="Acme",topic="x.raw.posts.v1"} 11"#,
        "earshot_ingest_ack_seconds_count 2",
        "earshot_ingest_in_flight_bodies 0",
    ] {
        assert_eq!(hooks.metrics(line), [line]);
    }
    let last =
        hooks.metrics(r#"earshot_ingest_last_event_timestamp_seconds{account="42",org="Acme"}"#);
    assert_eq!(last.len(), 1);
}

#[tokio::test]
async fn only_the_organisations_own_secrets_are_accepted() {
    let hooks = listener(Limits::default()).await;
    let body = posts(1..2);
    for (secret, status) in [
        (FIRST, 200),
        ("hush-old", 200),
        ("hush-others", 401),
        ("wrong", 401),
        ("", 401),
    ] {
        assert_eq!(
            hooks.deliver(secret, &body).await.status(),
            status,
            "{secret}"
        );
    }
    let others = hooks.signed("other", FIRST, &body).send().await.unwrap();
    let expected = (401, "unsigned".to_owned(), None);
    assert_eq!(problem(others).await, expected);
    let unsigned = hooks.post("Acme", &body).send().await.unwrap();
    assert_eq!(problem(unsigned).await, expected);
    let of_other_body = signature::sign(&SecretString::from(FIRST), b"{}");
    let moved = hooks
        .post("Acme", &body)
        .header(signature::HEADER, of_other_body);
    assert_eq!(problem(moved.send().await.unwrap()).await, expected);
    assert_eq!(hooks.acked().len(), 2, "refused bodies are not stored");
    assert_eq!(
        hooks.metrics("refused").concat(),
        r#"earshot_ingest_refused_requests_total{reason="unsigned"} 6"#
    );

    // A rotated secret counts from the next delivery on.
    hooks.orgs.send_replace(organisations("hush-new"));
    assert_eq!(hooks.deliver(FIRST, &body).await.status(), 401);
    assert_eq!(hooks.deliver("hush-new", &body).await.status(), 200);
}

#[tokio::test]
async fn without_the_brokers_ack_there_is_no_200() {
    let limits = Limits {
        answer_within: Duration::from_millis(300),
        ..Limits::default()
    };
    let hooks = listener(limits).await;
    for broker in [Broker::Refuses, Broker::Hangs] {
        hooks.broker(broker);
        let began = Instant::now();
        let answer = hooks.deliver(FIRST, &posts(1..11)).await;
        assert!(began.elapsed() < Duration::from_secs(9));
        assert_eq!(answer.headers()["retry-after"], "5");
        let (status, reason, detail) = problem(answer).await;
        assert_eq!((status, reason.as_str()), (503, "broker-away"));
        assert_eq!(
            detail.unwrap(),
            "could not be stored, nothing was taken; deliver again"
        );
    }
    assert!(hooks.acked().is_empty() && hooks.metrics("acked_bodies_total").is_empty());
    assert_eq!(
        hooks.metrics("in_flight"),
        ["earshot_ingest_in_flight_bodies 0"]
    );
    hooks.broker(Broker::Acks);
    assert_eq!(hooks.deliver(FIRST, &posts(1..11)).await.status(), 200);
    assert_eq!(hooks.acked().len(), 10);
}

#[tokio::test]
async fn above_its_share_an_organisation_is_sent_away_and_others_are_not() {
    let hooks = listener(Limits {
        bodies_in_flight_org: 1,
        ..Limits::default()
    })
    .await;
    hooks.broker(Broker::Hangs);
    let first = tokio::spawn(hooks.signed("Acme", FIRST, &posts(1..2)).send());
    let mut begun = hooks.publish.begun.subscribe();
    tokio::time::timeout(Duration::from_secs(10), begun.wait_for(|n| *n == 1))
        .await
        .unwrap()
        .unwrap();
    let (status, reason, _) = problem(hooks.deliver(FIRST, &posts(2..3)).await).await;
    assert_eq!((status, reason.as_str()), (503, "too-many-bodies"));
    hooks.broker(Broker::Acks);
    let other = br#"{"for_user_id":"77","follow_events":[{}]}"#;
    let other = hooks
        .signed("other", "hush-others", other)
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 200);
    assert_eq!(
        hooks.metrics("skipped"),
        [r#"earshot_ingest_skipped_events_total{event="follow"} 1"#]
    );
    first.abort();
}

#[tokio::test]
async fn nothing_is_taken_while_a_later_step_is_far_behind() {
    let hooks = listener(Limits::default()).await;
    hooks
        .paused
        .send_replace(Some("a later step is 18 h behind".to_owned()));
    let (status, reason, detail) = problem(hooks.deliver(FIRST, &posts(1..2)).await).await;
    assert_eq!((status, reason.as_str()), (503, "paused"));
    assert_eq!(
        detail.unwrap(),
        "a later step is 18 h behind; X will deliver again"
    );
    hooks.paused.send_replace(None);
    assert_eq!(hooks.deliver(FIRST, &posts(1..2)).await.status(), 200);
}

#[tokio::test]
async fn what_is_not_understood_is_kept_and_facebook_is_refused() {
    let hooks = listener(Limits::default()).await;
    assert_eq!(hooks.deliver(FIRST, b"{\"new\":1}").await.status(), 200);
    assert_eq!(hooks.acked().len(), 1);
    assert_eq!(
        hooks.metrics("quarantined"),
        [r#"earshot_ingest_quarantined_bodies_total{reason="unknown-shape"} 1"#]
    );
    let page = br#"{"object":"page","entry":[]}"#;
    let unsigned = hooks
        .post("Acme", page)
        .header("x-hub-signature-256", "sha256=00")
        .send();
    for answer in [hooks.deliver(FIRST, page).await, unsigned.await.unwrap()] {
        let (status, reason, detail) = problem(answer).await;
        assert_eq!((status, reason.as_str()), (422, "facebook-not-supported"));
        assert!(detail.unwrap().contains("not supported"));
    }
    assert_eq!(hooks.acked().len(), 1);
    let nobody = hooks.signed("nobody", FIRST, page).send().await.unwrap();
    assert_eq!(problem(nobody).await.1, "unknown-organisation");
    let elsewhere = hooks
        .client
        .get(format!("{}/else", hooks.url))
        .send()
        .await
        .unwrap();
    assert_eq!(problem(elsewhere).await.1, "not-found");
}

#[tokio::test]
async fn a_body_too_large_or_too_slow_is_given_up() {
    let read_timeout = Duration::from_millis(300);
    let hooks = listener(Limits {
        body_bytes: 1000,
        read_timeout,
        ..Limits::default()
    })
    .await;
    assert_eq!(
        problem(hooks.deliver(FIRST, &[b' '; 1001]).await).await.0,
        413
    );
    assert_eq!(hooks.deliver(FIRST, &[b' '; 1000]).await.status(), 200);
    let head = "POST /hooks/x/acme HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let unannounced = format!(
        "{head}transfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        " ".repeat(1001)
    );
    let unfinished = format!("{head}content-length: 10\r\n\r\n{{");
    for (request, status) in [(unannounced, "HTTP/1.1 413"), (unfinished, "HTTP/1.1 408")] {
        let address = hooks.url.trim_start_matches("http://");
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(std::str::from_utf8(&answer).unwrap(), status);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_by_the_secret_that_signs() {
    let hooks = listener(Limits::default()).await;
    let ask = |org: &str, query: &str| {
        hooks
            .client
            .get(format!("{}/hooks/x/{org}?{query}", hooks.url))
            .send()
    };
    let answer = ask("Acme", "crc_token=challenge_string&nonce=x")
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let json: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let expected = signature::sign(&SecretString::from(FIRST), b"challenge_string");
    assert_eq!(json, serde_json::json!({ "response_token": expected }));
    assert_eq!(hooks.metrics("last_crc").len(), 1);

    let (status, reason, detail) = problem(ask("Acme", "crc_token=%7B%7D").await.unwrap()).await;
    assert_eq!((status, reason.as_str()), (400, "bad-crc-token"));
    assert!(
        detail
            .unwrap()
            .starts_with("crc_token must be 16 to 128 characters")
    );
    assert_eq!(problem(ask("Acme", "").await.unwrap()).await.0, 400);
    assert_eq!(
        problem(ask("nobody", "crc_token=challenge_string").await.unwrap())
            .await
            .0,
        404
    );

    let mut refused = false;
    for _ in 0..200 {
        refused |= ask("Acme", "crc_token=challenge_string")
            .await
            .unwrap()
            .status()
            == 429;
    }
    assert!(refused, "challenges are limited");
    let other = ask("other", "crc_token=challenge_string").await.unwrap();
    assert_eq!(other.status(), 200, "each organisation has its own share");
}

#[test]
fn no_bytes_are_answered_by_an_error_of_ours() {
    use proptest::test_runner::{Config, TestRunner};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hooks = runtime.block_on(listener(Limits::default()));
    let mut runner = TestRunner::new(Config {
        cases: 200,
        ..Config::default()
    });
    let strategy = (
        proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
        "\\PC{0,60}",
    );
    let checked = runner.run(&strategy, |(body, header)| {
        runtime.block_on(async {
            let signed = hooks.deliver(FIRST, &body).await.status().as_u16();
            let odd = hooks
                .post("Acme", &body)
                .header(signature::HEADER, header.as_bytes());
            let odd = odd.send().await.unwrap().status().as_u16();
            proptest::prop_assert_eq!((signed, odd), (200, 401));
            Ok(())
        })
    });
    checked.unwrap();
}
