//! Programs as processes that are killed with signal 9 while they work.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};

use runtime::{pure, scoped};
use schemas::records::Interaction;
use schemas::topics::{ENRICHED_POSTS, INTERACTIONS, Topic};

use super::bed::{Bed, Running};
use super::stages::{DOUBLES, Echo, Fold, OUTBOX, ROWS};

pub struct Process(Child);

impl Process {
    pub fn start(bed: &Bed, role: &str) -> Self {
        Self::start_with(bed, role, &[])
    }

    /// With further variables; `EARSHOT_CHAOS_…` is what they are for.
    pub fn start_with(bed: &Bed, role: &str, environment: &[(&str, &str)]) -> Self {
        let child = Command::new(runtime::testing::example("stage"))
            .args([role, &bed.cluster.brokers, &bed.cluster.prefix])
            .arg(&bed.database.app_url)
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

#[cfg(feature = "chaos")]
impl Process {
    pub fn child(&self) -> &Child {
        &self.0
    }

    /// How it ends by itself.
    pub async fn outcome(&mut self) -> std::process::ExitStatus {
        let ended = || std::future::ready(self.0.try_wait().unwrap());
        runtime::testing::wait_for("the process ends", super::bed::PATIENCE, ended).await
    }
}

// Signal 9, no chance to do anything.
impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn by_key(bed: &Bed, topic: &'static Topic) -> HashMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut found: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
    for record in bed.read(topic) {
        found
            .entry(record.key.unwrap())
            .or_default()
            .push(record.value.unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pure_stage_that_is_killed_writes_the_same_records_again_and_misses_none() {
    let bed = Bed::new().await;
    bed.send(&bed.received(0..8_000)).await;
    for kill_at in [400, 1_500, 3_000] {
        let killed = Process::start(&bed, "echo");
        bed.until_end(&ENRICHED_POSTS, kill_at).await;
        drop(killed);
    }
    let running = Running::start(&bed.program("echo"), |p| pure::run(p, Echo::of(p)));
    let all = |found: &HashMap<_, _>| (found.len() == 8_000).then_some(());
    runtime::testing::wait_for("all outputs", super::bed::PATIENCE, || {
        std::future::ready(all(&by_key(&bed, &ENRICHED_POSTS)))
    })
    .await;
    running.stop().await.unwrap();
    let found = by_key(&bed, &ENRICHED_POSTS);
    let repeated: usize = found.values().map(|values| values.len() - 1).sum();
    println!("{repeated} of 8000 records written again");
    for values in found.values() {
        assert!(
            values.iter().all(|value| *value == values[0]),
            "a repeat is the same record"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoped_stage_and_a_relay_that_are_killed_lose_and_double_nothing() {
    let bed = Bed::new().await;
    let all = 6_000;
    bed.send(&bed.enriched(0..6_000)).await;
    let mut relay = Process::start(&bed, "relay");
    for kill_at in [300, 1_000, 2_500] {
        let killed = Process::start(&bed, "fold");
        bed.until_count(ROWS, kill_at).await;
        drop(killed);
        drop(relay);
        relay = Process::start(&bed, "relay");
    }
    let running = Running::start(&bed.program("fold"), |p| scoped::run(p, Fold::of(p)));
    bed.until_count(ROWS, all).await;
    let drained = "SELECT 1 - count(*) FROM (SELECT FROM outbox LIMIT 1) AS waiting";
    bed.until_count(drained, 1).await;
    running.stop().await.unwrap();
    drop(relay);
    assert_eq!((bed.count(ROWS).await, bed.count(DOUBLES).await), (all, 0));
    assert_eq!(bed.count(OUTBOX).await, 0);
    let found = by_key(&bed, &INTERACTIONS);
    assert_eq!(found.len(), 6_000);
    let codec = bed.encoder.codec();
    for (key, values) in &found {
        let published: Interaction = codec.decode(&values[0]).unwrap();
        assert_eq!(published.person_id.as_bytes(), key.as_slice());
        assert!(
            values.iter().all(|value| *value == values[0]),
            "a repeat is the same record"
        );
    }
}
