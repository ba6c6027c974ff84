//! The webhook's life at X, and gaps that X closes by a replay.

use chrono::TimeDelta;
use ingest::pg::gaps::{NewGap, note};
use ingest::webhook::look;
use ingest::{Hooks, Limits, Metrics, Notice, gaps};
use prometheus::Registry;
use runtime::testing::wait_for;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::bed::{BRAND, Bed, DEADLINE, bed};

/// The listener, and what it tells.
async fn listening(bed: &mut Bed, clock: &runtime::clock::Clock) -> CancellationToken {
    let (notices, told) = mpsc::channel::<(String, Notice)>(10);
    tokio::spawn(gaps::listen(bed.context.clone(), told));
    let hooks = Hooks::new(
        bed.orgs.subscribe(),
        bed.paused.subscribe(),
        bed.tap.clone(),
        Metrics::new(&Registry::new()).unwrap(),
        clock.clone(),
        Limits::default(),
    )
    .telling(bed.sightings.clone(), notices);
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    bed.context.base_url = Some(format!("http://{}", socket.local_addr().unwrap()));
    let stop = CancellationToken::new();
    tokio::spawn(ingest::serve(socket, hooks, stop.clone()));
    stop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_registered_subscribed_repaired_and_removed_by_command() {
    let mut bed = bed("self_serve", json!({})).await;
    let clock = bed.context.clock.clone();
    let _stop = listening(&mut bed, &clock).await;
    let account = bed.account();
    let all = [account.clone()];
    assert_eq!(look(&bed.context, &all).await.unwrap().state, "running");
    let there = account.client.activity_subscriptions(None).await.unwrap();
    assert_eq!(there.items.len(), ingest::webhook::plan::EVENTS.len());
    assert_eq!(look(&bed.context, &all).await.unwrap().state, "running");
    assert_eq!(
        account.client.webhooks().await.unwrap().len(),
        1,
        "a second look makes no other"
    );
    bed.post("@ada", "@brand hello?");
    let seen = || async { (!bed.acked().is_empty()).then_some(()) };
    wait_for("X delivers", DEADLINE, seen).await;

    // A listener that answers the challenge wrongly: X calls the webhook invalid.
    let id = account.client.webhooks().await.unwrap()[0].id.clone();
    let good = bed.orgs.borrow().clone();
    bed.orgs
        .send_replace(crate::bed::organisations_of("other", "ts", &json!({})));
    assert!(!bed.x.sim.validate(id.as_str()).await.unwrap());
    bed.orgs.send_replace(good);
    assert_eq!(
        look(&bed.context, &all).await.unwrap().state,
        "running",
        "seen and repaired"
    );
    assert!(account.client.webhooks().await.unwrap()[0].valid);
    let gap = "SELECT count(*) FROM gaps WHERE to_at IS NOT NULL AND cause LIKE '%invalid%'";
    assert_eq!(bed.scalar(gap).await, 1);

    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let stop = "INSERT INTO channel_commands (org, command_id, account, way, action, actor, at)
        VALUES ('Acme', gen_random_uuid(), '11', 'webhook', 'stop', 'test', now())";
    sqlx::query(stop).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(look(&bed.context, &all).await.unwrap().state, "stopped");
    assert!(account.client.webhooks().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_webhook_is_told_until_it_is_mended_or_stopped_and_by_nobody_who_gave_it_up() {
    const VALID: &str = "earshot_ingest_webhook_valid";
    let mut bed = bed("self_serve", json!({})).await;
    let clock = bed.context.clock.clone();
    let _stop = listening(&mut bed, &clock).await;
    let account = bed.account();
    let all = [account.clone()];
    assert!(bed.gauge(VALID).is_empty());
    look(&bed.context, &all).await.unwrap();
    assert_eq!(bed.gauge(VALID), ["1"]);

    // The challenge is answered wrongly, and goes on being.
    let id = account.client.webhooks().await.unwrap()[0].id.clone();
    let good = bed.orgs.borrow().clone();
    bed.orgs
        .send_replace(crate::bed::organisations_of("other", "ts", &json!({})));
    assert!(!bed.x.sim.validate(id.as_str()).await.unwrap());
    assert_eq!(look(&bed.context, &all).await.unwrap().state, "invalid");
    assert_eq!(bed.gauge(VALID), ["0"]);
    gaps::look(&bed.context, "Acme").await.unwrap();
    assert_eq!(bed.gauge("earshot_ingest_gap_seconds").len(), 1);
    bed.orgs.send_replace(good);

    let stop = CancellationToken::new();
    let key = ("Acme".to_owned(), account.app.clone());
    let running = tokio::spawn(ingest::webhook::run(bed.context.clone(), key, stop.clone()));
    let mended = || async { (bed.gauge(VALID) == ["1"]).then_some(()) };
    wait_for("it is mended", DEADLINE, mended).await;
    stop.cancel();
    running.await.unwrap();
    assert!(bed.gauge(VALID).is_empty(), "another looks after it");
    let closing = CancellationToken::new();
    closing.cancel();
    gaps::run(bed.context.clone(), "Acme".to_owned(), closing).await;
    assert!(bed.gauge("earshot_ingest_gap_seconds").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_of_a_webhook_is_polled_at_once_and_then_replayed_by_x() {
    let mut bed = bed("self_serve", json!({})).await;
    let clock = bed.context.clock.clone();
    let _stop = listening(&mut bed, &clock).await;
    let all = [bed.account()];
    assert_eq!(look(&bed.context, &all).await.unwrap().state, "running");
    let from_at = bed.context.now() - TimeDelta::minutes(1);
    let id = bed.post("@ada", "@brand lost?");
    let seen = || async { bed.ids().contains_key(&id).then_some(()) };
    wait_for("X delivers", DEADLINE, seen).await;
    bed.tap.acked.lock().unwrap().clear();

    let gap = NewGap {
        org: "Acme",
        account: BRAND,
        way: "webhook",
        cause: "a test",
        from_at,
        to_at: Some(bed.context.now() + TimeDelta::minutes(1)),
    };
    note(&bed.pg, &gap).await.unwrap();
    gaps::look(&bed.context, "Acme").await.unwrap();
    let sources = || -> Vec<String> { bed.acked().into_iter().map(|r| r.source).collect() };
    assert!(sources().contains(&"poll".to_owned()), "{:?}", sources());
    let open = "SELECT count(*) FROM gaps WHERE recovered_at IS NULL";
    assert_eq!(bed.scalar(open).await, 1, "X may still have more");

    // X says that the job ended before it answers the request for it.
    let late = json!({"endpoint": "POST /2/webhooks/replay", "kind": "slow", "delay_ms": 1_000});
    let late = serde_json::from_value(late).unwrap();
    bed.x.sim.set_api_faults(vec![late]);
    clock.advance(TimeDelta::minutes(40));
    bed.x.sim.clock().advance(40 * 60);
    let closed = || async {
        gaps::look(&bed.context, "Acme").await.unwrap();
        (bed.scalar(open).await == 0).then_some(())
    };
    wait_for("X replays", DEADLINE, closed).await;
    let by_replay = "SELECT count(*) FROM gaps WHERE recovered_by = 'replay'";
    assert_eq!(bed.scalar(by_replay).await, 1);
    assert!(sources().contains(&"webhook".to_owned()), "{:?}", sources());
}
