//! One organisation's flood and poison do not hold up another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use earshot_bench::stack::{Org, Stack};
use runtime::testing::wait_for;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{binary, directory, orgs, shared};

const PROGRAMS: [&str; 4] = ["relay", "case-linker", "enrich", "ingest"];
/// More than the stage's brake looks back on.
const POISON: usize = 1_500;
const FLOODERS: u64 = 24;
/// X gives up after ten seconds.
const X_WAITS: Duration = Duration::from_secs(10);
/// The whole proof ends within this.
const PROOF: Duration = Duration::from_mins(4);
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends signed bodies as X does.
#[derive(Clone)]
pub(crate) struct Sender {
    http: reqwest::Client,
    url: String,
    pub(crate) org: Org,
}

impl Sender {
    pub(crate) fn new(stack: &Stack, org: &Org) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: stack.hook(org),
            org: org.clone(),
        }
    }

    /// Status and how long the answer took.
    pub(crate) async fn send(&self, body: &Value) -> (u16, Duration) {
        let body = body.to_string();
        let secret = SecretString::from(self.org.secret.as_str());
        let signature = ingest::signature::sign(&secret, body.as_bytes());
        let began = Instant::now();
        let request = self.http.post(&self.url).body(body);
        let request = request.header(ingest::signature::HEADER, signature);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), began.elapsed())
    }

    /// A post to the organisation; one without a text is dead for the stage behind the listener.
    pub(crate) fn post(&self, id: u64, text: Option<&str>) -> Value {
        let mut post = json!({
            "id_str": (1_990_000_000_000_000_000 + id).to_string(),
            "created_at": "Mon Nov 23 14:01:46 +0000 2026",
            "user": {"id_str": (5_000 + id % 50).to_string(), "screen_name": "ada", "name": "Ada"},
        });
        if let Some(text) = text {
            post["text"] = text.into();
        }
        json!({ "for_user_id": self.org.x_id, "tweet_create_events": [post] })
    }
}

async fn items(pool: &PgPool, org: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM items WHERE org = $1")
        .bind(org)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn until(pool: &PgPool, org: &str, wanted: i64) {
    let what = format!("{wanted} items of {org}");
    runtime::testing::wait_for(&what, PATIENCE, || async {
        (items(pool, org).await >= wanted).then_some(())
    })
    .await;
}

// Posts without a text pass the listener and are dead for the stage behind it; what is no event of
// X's goes to quarantine at once.
async fn poison(sender: Sender, from: u64, stop: Arc<AtomicBool>, dead: Arc<AtomicUsize>) {
    for id in (from * 100_000).. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let body = if id % 4 == 0 {
            json!({ "strange": id })
        } else {
            sender.post(id, None)
        };
        // 503 above its share: that is what its share is for.
        if sender.send(&body).await.0 == 200 && id % 4 != 0 {
            dead.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn is_not_held_up(flooding: Sender, well: Sender, pool: PgPool) {
    for id in 0..20 {
        assert_eq!(well.send(&well.post(id, Some("good morning"))).await.0, 200);
    }
    until(&pool, &well.org.id, 20).await;
    let (stop, dead) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let floods: Vec<_> = (1..=FLOODERS)
        .map(|from| tokio::spawn(poison(flooding.clone(), from, stop.clone(), dead.clone())))
        .collect();
    let (mut sent, mut slowest) = (20, Duration::ZERO);
    let began = Instant::now();
    while dead.load(Ordering::Relaxed) < POISON || sent < 60 {
        let (status, took) = well.send(&well.post(sent, Some("where is it?"))).await;
        assert_eq!(status, 200, "while the other floods");
        slowest = slowest.max(took);
        sent += 1;
        assert!(began.elapsed() < PATIENCE * 3, "{dead:?} dead, {sent} sent");
    }
    until(&pool, &well.org.id, i64::try_from(sent).unwrap()).await;
    stop.store(true, Ordering::Relaxed);
    for flood in floods {
        flood.await.unwrap();
    }
    println!("{sent} posts beside {dead:?} poisoned ones; the slowest answer took {slowest:?}");
    assert!(slowest < X_WAITS);
}

#[test]
fn poison_and_flood_of_one_do_not_hold_up_another() {
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let prefix = format!("{}.", runtime::testing::unique("orgs"));
    let parts = shared();
    let mut stack = Stack::start(
        (&binary(), &directory()),
        &parts,
        (&prefix, &orgs()),
        &[("EARSHOT_LOG_LEVEL", "warn")],
        &PROGRAMS,
    )
    .unwrap();
    stack.await_hooks().unwrap();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2).unwrap()
    };
    let senders = [0, 1].map(|org| Sender::new(&stack, &stack.orgs[org]));
    let [flooding, well] = senders;
    let proof = tokio.spawn(is_not_held_up(flooding, well, pool));
    tokio.block_on(wait_for("the proof ends", PROOF, || {
        // A program whose topics are not there yet ends and is started again.
        stack.tick().unwrap();
        std::future::ready(proof.is_finished().then_some(()))
    }));
    tokio.block_on(proof).unwrap();
    let halted = stack.metrics("enrich", "earshot_stage_halted");
    assert!(halted.ends_with(" 0"), "{halted}");
    let buried = stack.metrics("enrich", "earshot_stage_records_total");
    assert!(buried.contains("verdict=\"dead\""), "{buried}");
    stack.stop();
}
