//! Deliveries to a real receiver: signatures, retries, shaping, validity, the loader's client.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::Value;
use x_sim::{
    Sim,
    config::{Config, Envelope},
    deliver::Deliverer,
    faults::Faults,
    ledger::Outcome,
    sign::sign,
    world::{Command, NewMessage},
};

use crate::{
    receiver::{Receiver, SECRET, Seen, config, until, webhook},
    world::say,
};

async fn start(config: Config, envelope: Envelope) -> (Sim, Receiver) {
    let (receiver, url) = Receiver::start().await;
    let sim = Sim::new(config).unwrap();
    assert!(sim.register(webhook(&url, envelope)).await.unwrap().valid);
    (sim, receiver)
}

fn mention(sim: &Sim, n: usize) {
    sim.apply(Command::Post(say(
        "@ada",
        &format!("@brand number {n}"),
        None,
    )))
    .unwrap();
}

async fn settled(sim: &Sim) {
    until(|| sim.ledger(|ledger| ledger.totals().recorded > 0 && ledger.totals().pending == 0))
        .await;
}

/// The texts of the posts in the order in which they came.
fn texts(seen: &[Seen]) -> Vec<String> {
    let tweets = seen.iter().flat_map(|seen| {
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        body["tweet_create_events"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    tweets
        .map(|tweet| tweet["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_is_not_answered_200_comes_again_with_the_same_bytes() {
    let (sim, receiver) = start(config(), Envelope::Xaa).await;
    receiver.answer(&[503, 500, 200, 400, 400, 400, 400]);
    mention(&sim, 1);
    let first = receiver.wait(3).await;
    assert!(
        first
            .iter()
            .all(|seen| seen.signed && seen.body == first[0].body)
    );
    settled(&sim).await;
    mention(&sim, 2);
    receiver.wait(7).await;
    settled(&sim).await;
    assert_eq!(receiver.seen().len(), 7, "three retries and no more");
    sim.ledger(|ledger| {
        let entries: Vec<_> = ledger.entries().collect();
        let statuses = |n: usize| entries[n].attempts.iter().map(|a| a.status.unwrap());
        assert_eq!(statuses(0).collect::<Vec<_>>(), [503, 500, 200]);
        assert_eq!(entries[0].outcome, Outcome::Acked);
        assert_eq!(statuses(1).collect::<Vec<_>>(), [400; 4]);
        assert_eq!(entries[1].outcome, Outcome::Failed);
        let span = entries[1].attempts[3].at - entries[1].attempts[0].at;
        assert!(
            span.num_seconds() >= 300,
            "five minutes on the simulated clock: {span}"
        );
    });
    sim.stop().await;
}

#[tokio::test]
async fn disorder_duplicates_and_losses_follow_the_seed() {
    async fn run(seed: u64) -> (Vec<String>, u64) {
        let shaped = Faults {
            duplicate_percent: 20,
            drop_percent: 10,
            reorder_window: 6,
            paused: true,
            ..Faults::default()
        };
        let mut config = config();
        config.seed = seed;
        config.faults = shaped.clone();
        let (sim, receiver) = start(config, Envelope::Aaa).await;
        (0..100).for_each(|n| mention(&sim, n));
        sim.set_faults(Faults {
            paused: false,
            ..shaped
        })
        .unwrap();
        settled(&sim).await;
        let dropped = sim.ledger(|ledger| {
            let totals = ledger.totals();
            assert_eq!(totals.recorded, totals.acked + totals.dropped);
            totals.dropped
        });
        sim.stop().await;
        (texts(&receiver.seen()), dropped)
    }
    let (order, dropped) = run(4).await;
    assert_eq!((order.clone(), dropped), run(4).await);
    assert_ne!(order, run(5).await.0);
    let mut distinct = order.clone();
    distinct.sort();
    distinct.dedup();
    assert!(order.len() > distinct.len(), "some came twice");
    assert_eq!(
        distinct.len() as u64,
        100 - dropped,
        "all that was not dropped came"
    );
}

#[tokio::test]
async fn one_post_for_two_accounts_is_two_bodies_and_batches_share_one() {
    let (sim, receiver) = start(config(), Envelope::Aaa).await;
    sim.apply(Command::Post(say("@ada", "@brand @otherbrand hm", None)))
        .unwrap();
    let bodies: Vec<Value> = receiver
        .wait(2)
        .await
        .iter()
        .map(|seen| serde_json::from_slice(&seen.body).unwrap())
        .collect();
    assert_ne!(bodies[0]["for_user_id"], bodies[1]["for_user_id"]);
    sim.set_faults(Faults {
        batch: 3,
        ..Faults::default()
    })
    .unwrap();
    (0..5).for_each(|n| mention(&sim, n));
    settled(&sim).await;
    let batches: Vec<usize> = receiver.seen()[2..]
        .iter()
        .map(|seen| texts(std::slice::from_ref(seen)).len())
        .collect();
    assert_eq!(batches, [3, 2]);
    sim.stop().await;
}

#[tokio::test]
async fn a_wrong_signature_is_sent_once_and_the_retry_is_right() {
    let (sim, receiver) = start(config(), Envelope::Xaa).await;
    let faults = Faults {
        wrong_signature_percent: 100,
        ..Faults::default()
    };
    sim.set_faults(faults).unwrap();
    receiver.answer(&[401]);
    let hello = NewMessage {
        from: "@ada".to_owned(),
        to: "@brand".to_owned(),
        text: "hello".to_owned(),
        ..NewMessage::default()
    };
    sim.apply(Command::SendMessage(hello)).unwrap();
    let seen = receiver.wait(2).await;
    assert_eq!(
        seen.iter().map(|seen| seen.signed).collect::<Vec<_>>(),
        [false, true]
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_redirect_makes_the_webhook_invalid_until_it_is_validated() {
    let mut config = config();
    config.delivery.retry_seconds.clear();
    let (sim, receiver) = start(config, Envelope::Xaa).await;
    receiver.answer(&[302]);
    mention(&sim, 1);
    settled(&sim).await;
    let hook = sim.webhooks().remove(0);
    assert!(!hook.valid);
    mention(&sim, 2);
    sim.ledger(|ledger| assert_eq!(ledger.totals().skipped, 1));
    assert!(sim.validate(&hook.id).await.unwrap());
    mention(&sim, 3);
    receiver.wait(2).await;
    sim.stop().await;
}

#[tokio::test]
async fn a_full_queue_loses_and_says_so() {
    let mut config = config();
    config.delivery.queue_max = 4;
    config.faults.paused = true;
    let (sim, _receiver) = start(config, Envelope::Xaa).await;
    (0..20).for_each(|n| mention(&sim, n));
    sim.ledger(|ledger| assert!(ledger.totals().overflow >= 15, "{:?}", ledger.totals()));
    sim.stop().await;
}

#[tokio::test]
async fn a_pace_is_kept_without_waiting_for_answers() {
    let mut config = config();
    config.delivery.in_flight = 8;
    config.faults.paused = true;
    let (sim, receiver) = start(config, Envelope::Xaa).await;
    for n in 0..21 {
        mention(&sim, n);
    }
    let began = Instant::now();
    let faults = Faults {
        rate_per_second: Some(100.0),
        http_delay_ms: 200,
        ..Faults::default()
    };
    sim.set_faults(faults).unwrap();
    receiver.wait(21).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(200), "{took:?}");
    assert!(
        took < Duration::from_millis(21 * 200),
        "requests overlap: {took:?}"
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_loader_learns_what_each_of_its_bodies_was_answered() {
    let (receiver, url) = Receiver::start().await;
    let deliverer = Deliverer::new(1, Duration::from_secs(5)).unwrap();
    receiver.answer(&[200, 503, 200]);
    let bodies = (0..4).map(|n| Bytes::from(format!("{{\"n\":{n}}}")));
    let answers: Vec<_> = deliverer
        .post_all(&url, SECRET, bodies, Some(500.0))
        .collect()
        .await;
    let acked: Vec<(usize, bool)> = answers.iter().map(|a| (a.index, a.acked())).collect();
    assert_eq!(acked, [(0, true), (1, false), (2, true), (3, true)]);
    assert!(receiver.seen().iter().all(|seen| seen.signed));
    let gone = deliverer
        .post("http://127.0.0.1:1/hook", SECRET, Bytes::new())
        .await;
    assert_eq!(gone, None);
    assert!(sign(SECRET, b"").starts_with("sha256="));
}
