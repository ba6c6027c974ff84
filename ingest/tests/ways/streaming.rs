//! Streams that are cut, and one post by every way.

use ingest::poll::{State, turn};
use ingest::stream::{self, Kind};
use ingest::{gaps, split};
use runtime::testing::wait_for;
use schemas::ids;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::bed::{BRAND, Bed, DEADLINE, bed};

fn open(bed: &Bed, kind: Kind) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let key = ("Acme".to_owned(), bed.account().app);
    let running = stream::run(bed.context.clone(), key, kind, stop.clone());
    (stop, tokio::spawn(running))
}

async fn streams(bed: &Bed, open: usize) {
    let seen = || async { (bed.x.sim.streams_open() == open).then_some(()) };
    wait_for("streams are open", DEADLINE, seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_comes_by_every_way_is_one_item() {
    let bed = bed("self_serve", json!({"modes": {"stream": true}})).await;
    let account = bed.account();
    turn(&bed.context, &account, &mut State::default())
        .await
        .unwrap();
    let (stop, running) = open(&bed, Kind::Filtered);
    streams(&bed, 1).await;
    let id = bed.post("@ada", "@brand where is my parcel?");
    let seen = || async { bed.ids().contains_key(&id).then_some(()) };
    wait_for("the stream brings it", DEADLINE, seen).await;
    turn(&bed.context, &account, &mut State::default())
        .await
        .unwrap();
    let body = json!({"for_user_id": BRAND, "tweet_create_events":
        [{"id_str": id, "text": "x", "user": {"id_str": "21"}}]});
    let delivered = split(
        body.to_string().as_bytes(),
        &account.view,
        "webhook",
        bed.context.now(),
    );
    let staged = bed
        .context
        .intake
        .take(&account.view, "webhook", vec![delivered.unwrap()]);
    assert_eq!(staged.await.unwrap(), 1);
    let mut sources: Vec<String> = bed.acked().into_iter().map(|r| r.source).collect();
    sources.sort();
    assert_eq!(sources, ["poll", "stream", "webhook"]);
    let keys = bed.keys();
    assert_eq!(
        keys,
        [ids::item("Acme", schemas::Kind::Post, &id).to_string()]
    );
    let rules = bed.account().client.stream_rules().await.unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].tag.as_deref(), Some("earshot:Acme:11"));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_at_any_byte_leaves_no_hole() {
    let bed = bed("self_serve", json!({"modes": {"stream": true}})).await;
    let cuts: Vec<_> = [1, 30, 333, 1_000, 1_400]
        .map(|bytes| {
            serde_json::from_value(
                json!({"endpoint": "GET /2/tweets/search/stream", "kind": "cut",
                "after_bytes": bytes, "times": 1}),
            )
            .unwrap()
        })
        .into();
    bed.x.sim.set_api_faults(cuts);
    let (stop, running) = open(&bed, Kind::Filtered);
    let mut posts = Vec::new();
    let connected = || async { (bed.x.sim.streams_open() == 1).then_some(()) };
    for n in 0..60 {
        // Every other one may fall into the hole that a cut has just made.
        if n % 2 == 0 {
            wait_for("the stream stands", DEADLINE, connected).await;
        }
        let ended = bed.x.sim.streams_ended();
        let stands = bed.x.sim.streams_open() == 1;
        let id = bed.post("@ada", &format!("@brand line {n}"));
        let told = || async {
            let over = bed.ids().contains_key(&id) || bed.x.sim.streams_ended() > ended;
            over.then_some(())
        };
        if stands {
            wait_for("it comes or the stream is cut", DEADLINE, told).await;
        }
        posts.push(id);
    }
    wait_for("the stream stands at last", DEADLINE, connected).await;
    let closed = || async {
        gaps::look(&bed.context, "Acme").await.unwrap();
        let open = bed
            .scalar("SELECT count(*) FROM gaps WHERE recovered_at IS NULL")
            .await;
        let ids = bed.ids();
        (open == 0 && posts.iter().all(|id| ids.contains_key(id))).then_some(())
    };
    wait_for("every post is there", DEADLINE, closed).await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(bed.ids().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_does_not_take_is_a_gap_and_comes_later() {
    let bed = bed("self_serve", json!({"modes": {"stream": true}})).await;
    let (stop, running) = open(&bed, Kind::Filtered);
    streams(&bed, 1).await;
    let quiet = || async {
        let sql = "SELECT count(*) FROM channel_facts WHERE alive_at IS NOT NULL";
        (bed.scalar(sql).await == 1).then_some(())
    };
    wait_for("the stream is noted", DEADLINE, quiet).await;
    bed.paused
        .send_replace(Some("a later step is far behind".to_owned()));
    let id = bed.post("@ada", "@brand anybody?");
    let paused = || async {
        let sql = "SELECT count(*) FROM channel_facts WHERE state = 'paused'";
        (bed.scalar(sql).await == 1 && bed.x.sim.streams_open() == 0).then_some(())
    };
    wait_for("the stream is paused", DEADLINE, paused).await;
    assert!(bed.acked().is_empty());
    bed.paused.send_replace(None);
    let filled = || async {
        gaps::look(&bed.context, "Acme").await.unwrap();
        bed.ids().contains_key(&id).then_some(())
    };
    wait_for("the gap is filled", DEADLINE, filled).await;
    assert_eq!(
        bed.scalar("SELECT count(*) FROM gaps WHERE cause LIKE '%stream%'")
            .await,
        1
    );
    stop.cancel();
    running.await.unwrap();
}
