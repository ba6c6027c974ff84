//! Members that come, go and wait, under load: nothing lost, nothing twice.

use std::time::{Duration, Instant};

use runtime::scoped;
use runtime::testing::wait_for;

use super::bed::{Bed, PATIENCE, Running};
use super::stages::{DOUBLES, Fold, OUTBOX, ROWS};

fn member(bed: &Bed, instance: &str) -> Running {
    let mut program = bed.program("fold");
    instance.clone_into(&mut program.instance);
    program.window.records_max = 20;
    Running::start(&program, |p| scoped::run(p, Fold::of(p)))
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_come_and_go_under_load_lose_and_double_nothing() {
    let bed = Bed::new().await;
    bed.send(&bed.enriched(0..2_000)).await;
    let first = member(&bed, "fold-0");
    bed.until_count(ROWS, 300).await;
    let second = member(&bed, "fold-1");
    bed.send(&bed.enriched(2_000..4_000)).await;
    bed.until_count(ROWS, 2_500).await;
    // Static members do not leave: the other one has it all once the session has timed out.
    first.stop().await.unwrap();
    bed.send(&bed.enriched(4_000..5_000)).await;
    bed.until_count(ROWS, 5_000).await;
    second.stop().await.unwrap();
    assert_eq!(
        (bed.count(ROWS).await, bed.count(DOUBLES).await),
        (5_000, 0)
    );
    assert_eq!(bed.count(OUTBOX).await, 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_waits_through_a_rebalance_reads_on_and_loses_nothing() {
    let bed = Bed::new().await;
    let door = super::cut::Door::to(&bed.database.app_url).await;
    let mut waiting = bed.program_on("fold", &door.url);
    waiting.instance = "fold-0".to_owned();
    waiting.window.records_max = 20;
    let first = Running::start(&waiting, |p| scoped::run(p, Fold::of(p)));
    bed.send(&bed.enriched(0..2_000)).await;
    bed.until_count(ROWS, 100).await;
    door.close();
    // Long enough that it waits for seconds at a time, and meets the rebalance in one wait.
    let began = Instant::now();
    wait_for("it waits", PATIENCE, || {
        let waits = waiting.telemetry.unready().contains_key("postgres");
        let long = began.elapsed() > Duration::from_secs(8);
        std::future::ready((waits && long).then_some(()))
    })
    .await;
    // Another joins: while the first waits it is given other partitions.
    let second = member(&bed, "fold-1");
    let two = "SELECT count(*) FROM stage_offsets WHERE next_offset > 0";
    bed.until_count(two, 1).await;
    door.open();
    bed.until_count(ROWS, 2_000).await;
    second.stop().await.unwrap();
    first.stop().await.unwrap();
    assert_eq!(
        (bed.count(ROWS).await, bed.count(DOUBLES).await),
        (2_000, 0)
    );
}
