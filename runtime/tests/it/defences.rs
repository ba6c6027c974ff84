//! Defences that the recount of a whole run cannot see missing, since a merge makes a repeat
//! harmless: each has a check of its own here, and the proof that the check can fail. With
//! `EARSHOT_CHAOS_BREAK` in the environment the checks themselves turn red (`scripts/defences`).

use std::collections::BTreeSet;

use runtime::testing::{parts, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use schemas::records::Enriched;
use schemas::topics::{ENRICHED_POSTS, INTERACTIONS};

use super::bed::{Bed, PATIENCE};
use super::child::Process;
use super::relay::{push, record, until_published};
use super::stages::DOUBLES;

const BREAK: &str = "EARSHOT_CHAOS_BREAK";

// The variables of a process: a point at which it dies, and the defence that is left out, if any.
fn variables<'a>(point: (&'a str, &'a str), broken: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let broken = broken.map(|defence| (BREAK, defence));
    std::iter::once(point).chain(broken).collect()
}

/// Records that a counting stage has counted twice, when it dies right after its third commit.
async fn counted_twice(broken: Option<&str>) -> i64 {
    let bed = Bed::new().await;
    bed.send(&bed.enriched(0..200)).await;
    let dies = ("EARSHOT_CHAOS_KILL", "scoped-after-commit:3");
    let mut first = Process::start_with(&bed, "fold", &variables(dies, broken));
    assert!(!first.outcome().await.success());
    let lives = ("EARSHOT_CHAOS_KILL", "");
    let second = Process::start_with(&bed, "fold", &variables(lives, broken));
    let counted = "SELECT count(DISTINCT x_id) FROM folded";
    bed.until_count(counted, 200).await;
    drop(second);
    assert_eq!(bed.count(counted).await, 200);
    bed.count(DOUBLES).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_dies_right_after_a_commit_counts_no_record_twice() {
    assert_eq!(counted_twice(None).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_offset_outside_the_transaction_it_counts_twice() {
    let twice = counted_twice(Some("offset-in-transaction")).await;
    println!("{twice} of 200 records counted twice");
    assert!(twice > 0);
}

/// Records that never come out of a pure stage that dies before it hands over its third batch.
async fn never_published(broken: Option<&str>) -> usize {
    let bed = Bed::new().await;
    bed.send(&bed.received(0..200)).await;
    let dies = ("EARSHOT_CHAOS_KILL", "pure-before-produce:3");
    let mut first = Process::start_with(&bed, "echo", &variables(dies, broken));
    assert!(!first.outcome().await.success());
    // Behind all others in each partition.
    bed.send(&bed.received(200..207)).await;
    let lives = ("EARSHOT_CHAOS_KILL", "");
    let second = Process::start_with(&bed, "echo", &variables(lives, broken));
    let published = wait_for("the last records", PATIENCE, || {
        let all = bed.decoded::<Enriched>(&ENRICHED_POSTS).into_iter();
        let found: BTreeSet<String> = all.map(|record| record.x_id).collect();
        let last = (200..207).all(|n: usize| found.contains(&n.to_string()));
        std::future::ready(last.then_some(found.len()))
    })
    .await;
    drop(second);
    207 - published
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pure_stage_that_dies_before_it_publishes_loses_nothing() {
    assert_eq!(never_published(None).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_offset_before_the_acknowledgement_it_loses_records() {
    let lost = never_published(Some("ack-before-offset")).await;
    println!("{lost} of 207 records never published");
    assert!(lost > 0);
}

/// What a topic holds when a relay stood still with rows in hand, lost its connection and with it
/// the lock, another relay went on, and the first one woke up.
async fn after_a_zombie(broken: Option<&str>) -> Vec<String> {
    let bed = Bed::new().await;
    let rows = |revisions: std::ops::RangeInclusive<u8>| -> Vec<_> {
        let row = |n: u8| record("item", 0, Some(n.to_string().as_bytes()));
        revisions.map(row).collect()
    };
    push(&bed, &rows(1..=3)).await;
    let stops = ("EARSHOT_CHAOS_STOP", "relay-before-publish:1");
    let mut zombie = Process::start_with(&bed, "relay", &variables(stops, broken));
    let pid = zombie.child().id();
    wait_for("the relay stands still", PATIENCE, || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        std::future::ready(stat.contains(") T ").then_some(()))
    })
    .await;
    let killer = runtime::pg::pool(&parts().super_url, 1).unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                JOIN pg_database ON pg_database.oid = pg_locks.database
               WHERE locktype = 'advisory' AND granted AND datname = $1";
    let ended: i64 = sqlx::query_scalar(end)
        .bind(bed.database.name())
        .fetch_one(&killer)
        .await
        .unwrap();
    assert_eq!(ended, 1, "the zombie held the lock");

    push(&bed, &rows(4..=6)).await;
    let goes_on = ("EARSHOT_CHAOS_STOP", "");
    let second = Process::start_with(&bed, "relay", &variables(goes_on, broken));
    until_published(&bed).await;
    kill_process(Pid::from_child(zombie.child()), Signal::CONT).unwrap();
    assert!(!zombie.outcome().await.success(), "it must not go on");
    drop(second);
    let values = bed.read(&INTERACTIONS).into_iter().map(|r| r.value);
    values
        .map(|value| String::from_utf8(value.unwrap()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_wakes_up_late_publishes_nothing() {
    assert_eq!(after_a_zombie(None).await, ["1", "2", "3", "4", "5", "6"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fence_it_puts_old_revisions_behind_new_ones() {
    let found = after_a_zombie(Some("fenced-relay")).await;
    assert_eq!(found, ["1", "2", "3", "4", "5", "6", "1", "2", "3"]);
}
