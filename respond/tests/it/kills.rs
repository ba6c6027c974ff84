//! Senders that die at any point: what they had begun is looked for by the next one.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use respond::Reply;
use runtime::testing::wait_for;
use serde_json::json;
use uuid::Uuid;

use crate::lab::{Lab, PATIENCE, agree, program, sender};

/// Sends and kills; `EARSHOT_TEST_REPLY_SENDS` and `EARSHOT_TEST_REPLY_KILLS` ask for more.
const SENDS: usize = 500;
const KILLS: usize = 20;
/// A sender that gets nothing done is killed all the same.
const STUCK: Duration = Duration::from_secs(2);
/// Every reply has ended within this, for each thousand.
const SETTLES: Duration = Duration::from_mins(1);

fn size(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

// Sends until it dies with its runtime: no destructor of ours runs to its end.
struct Doomed(Option<tokio::runtime::Runtime>);

impl Doomed {
    fn start(lab: &Lab) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (url, base) = (lab.database.app_url.clone(), lab.x.url());
        let media = lab.media.path().to_owned();
        let inside = runtime.enter();
        let program = program(&url, TimeDelta::zero());
        drop(inside);
        runtime.spawn(async move { sender(&program, &base, &media).run().await });
        Self(Some(runtime))
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn disturb(lab: &Lab) {
    for endpoint in [
        "POST /2/tweets",
        "POST /2/dm_conversations/with/:participant_id/messages",
    ] {
        for effect in ["none", "done"] {
            lab.faults(json!([
                { "endpoint": endpoint, "kind": "status", "status": 503, "effect": effect, "percent": 2 },
                { "endpoint": endpoint, "kind": "close", "effect": effect, "percent": 2 },
            ]))
            .await;
        }
        lab.faults(json!([
            { "endpoint": endpoint, "kind": "slow", "delay_ms": 60, "percent": 50 },
            { "endpoint": endpoint, "kind": "rate_limit", "reset": "past", "percent": 1 },
        ]))
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_posted_twice_and_none_is_lost() {
    let (sends, kills) = (
        size("EARSHOT_TEST_REPLY_SENDS", SENDS),
        size("EARSHOT_TEST_REPLY_KILLS", KILLS),
    );
    let lab = Lab::new(false).await;
    disturb(&lab).await;
    let mut written = Vec::new();
    for at in 0..sends {
        let text = format!("answer no. {at}");
        let id = lab.write(&text, at % (sends / 5), at % 3 == 0).await;
        written.push((text, id));
    }
    let mut rng = StdRng::seed_from_u64(7);
    for kill in 0..kills {
        let doomed = Doomed::start(&lab);
        // It dies over whatever it does when so many have left the queue.
        let some = rng.random_range(0..sends / kills);
        let left = (kill * sends / kills + some).min(sends);
        let enough = wait_for("they leave the queue", PATIENCE, || async {
            let all = lab.all().await;
            let gone = all.iter().filter(|r| r.state != "queued").count();
            (gone >= left).then_some(())
        });
        // Or when it gets nothing done, for X bars the account.
        drop(tokio::time::timeout(STUCK, enough).await);
        drop(doomed);
    }
    lab.control("PUT", "/api-faults", json!([])).await;
    let sender = lab.start();
    let replies = settled(&lab, &written).await;
    let sent = lab.sent().await;
    agree(&replies, &sent);
    let posted = replies.iter().filter(|(_, r)| r.state == "posted").count();
    assert!(posted > sends / 2, "{posted} of {sends} posted");
    let unknown = replies.iter().filter(|(_, r)| r.state == "unknown").count();
    println!("{sends} sends, {kills} dead senders: {posted} posted, {unknown} unknown, none twice");
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}

// Nothing waits or is under way, and X was looked at for what is unknown.
async fn settled(lab: &Lab, written: &[(String, Uuid)]) -> Vec<(String, Reply)> {
    let thousands = u32::try_from(written.len() / 1_000).unwrap();
    wait_for("every reply ends", SETTLES * (thousands + 1), || async {
        let all = lab.all().await;
        let ended = |r: &Reply| match r.state.as_str() {
            "posted" | "failed" => true,
            "unknown" => r.looks >= 2,
            _ => false,
        };
        all.iter().all(ended).then_some(())
    })
    .await;
    let mut replies = Vec::new();
    for (text, id) in written {
        replies.push((text.clone(), lab.reply(*id).await));
    }
    replies
}

fn child(lab: &Lab, point: &str) -> Child {
    Command::new(runtime::testing::example("sender"))
        .args([&lab.database.app_url, &lab.x.url()])
        .arg(lab.media.path())
        .env("EARSHOT_CHAOS_KILL", format!("{point}:2"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn dies(mut child: Child) -> ExitStatus {
    let status = wait_for("the process dies", PATIENCE, || {
        let ended = child.try_wait().unwrap();
        async move { ended }
    })
    .await;
    assert!(!status.success());
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_each_step() {
    if !cfg!(feature = "chaos") {
        println!("skipped: needs the feature chaos");
        return;
    }
    let lab = Lab::new(false).await;
    let mut written = Vec::new();
    for point in [
        "respond-after-claim",
        "respond-after-call",
        "respond-after-end",
    ] {
        for at in 0..3 {
            let text = format!("{point} {at}");
            written.push((text.clone(), lab.write(&text, written.len(), at == 1).await));
        }
        dies(child(&lab, point)).await;
    }
    let sender = lab.start();
    let replies = settled(&lab, &written).await;
    agree(&replies, &lab.sent().await);
    lab.program.shutdown.cancel();
    sender.await.unwrap();
}
