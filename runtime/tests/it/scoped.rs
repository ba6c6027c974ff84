//! Promises of the driver of scoped stages.

use runtime::testing::{sweep, wait_for};
use runtime::{Exit, RawRecord, relay, scoped};
use schemas::records::Quarantined;
use schemas::topics::{ENRICHED_POSTS, QUARANTINE_MESSAGES, QUARANTINE_POSTS};
use sqlx::PgPool;

use super::bed::{Bed, PATIENCE, Running, enriched};
use super::stages::{DOUBLES, Fold, OUTBOX, ROWS};

pub fn start(bed: &Bed) -> Running {
    Running::start(&bed.program("fold"), |p| scoped::run(p, Fold::of(p)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_offset_another_moved_changes_nothing_and_ends_with_4() {
    let bed = Bed::new().await;
    bed.send(&bed.enriched(0..10)).await;
    let mut running = start(&bed);
    bed.until_count(ROWS, 10).await;
    sqlx::query("UPDATE stage_offsets SET next_offset = next_offset + 100")
        .execute(&bed.pool)
        .await
        .unwrap();
    bed.send(&bed.enriched(10..20)).await;
    let ended = running.outcome().await.unwrap_err();
    assert_eq!(ended.code(), 4, "{ended}");
    assert!(ended.to_string().contains("fenced"), "{ended}");
    assert_eq!((bed.count(ROWS).await, bed.count(OUTBOX).await), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_again_is_refused_by_name() {
    let bed = Bed::new().await;
    bed.send(&bed.enriched(0..10)).await;
    let running = start(&bed);
    bed.until_count(ROWS, 10).await;
    running.stop().await.unwrap();
    let before = bed.admin.topic_id(&ENRICHED_POSTS).unwrap();
    super::topics::remove(&bed, &ENRICHED_POSTS).await;
    wait_for("the topic is made again", PATIENCE, || async {
        drop(bed.admin.apply(super::bed::LAYOUT).await);
        let id = bed.admin.topic_id(&ENRICHED_POSTS)?;
        (id != before).then_some(())
    })
    .await;
    bed.send(&bed.enriched(10..20)).await;
    let ended = start(&bed).outcome().await.unwrap_err();
    assert!(
        matches!(&ended, Exit::Config(why) if why.contains(ENRICHED_POSTS.name)),
        "{ended}"
    );
    assert_eq!(bed.count(ROWS).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_record_is_quarantined_alone() {
    let bed = Bed::new().await;
    let mut records = bed.enriched(0..20);
    records.push(bed.encode(&ENRICHED_POSTS, 0, &enriched("acme", "nul")));
    records.push(bed.encode(&ENRICHED_POSTS, 0, &enriched("", "homeless")));
    records.push(bed.encode(&ENRICHED_POSTS, 0, &enriched("acme,other", "of two")));
    let mut long = enriched("acme", "long");
    long.revision = 1_100_000;
    records.push(bed.encode(&ENRICHED_POSTS, 0, &long));
    let mut unreadable = bed.enriched(99..100);
    unreadable[0].value = Some(b"rubbish".to_vec());
    records.append(&mut unreadable);
    records.append(&mut bed.enriched(20..40));
    bed.send(&records).await;
    let program = bed.program("fold");
    let running = Running::start(&program, |p| scoped::run(p, Fold::of(p)));
    let relay = Running::start(&bed.program("relay"), relay::run);
    bed.until_count(ROWS, 40).await;
    bed.until_end(&QUARANTINE_POSTS, 2).await;
    bed.until_end(&QUARANTINE_MESSAGES, 3).await;
    running.stop().await.unwrap();
    relay.stop().await.unwrap();
    assert_eq!((bed.count(ROWS).await, bed.count(DOUBLES).await), (40, 0));
    let mut buried: Vec<Quarantined> = bed.decoded(&QUARANTINE_POSTS);
    buried.append(&mut bed.decoded(&QUARANTINE_MESSAGES));
    let mut found: Vec<_> = buried
        .iter()
        .map(|q| (q.reason.as_str(), q.org.as_str()))
        .collect();
    found.sort_unstable();
    let refused = "refused-by-the-store";
    let expected = [
        ("no-organisation", ""),
        ("no-organisation", ""),
        (refused, "acme"),
        (refused, "acme"),
        ("undecodable", ""),
    ];
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_at_the_stored_offset_and_an_idle_stage_is_not_behind() {
    let bed = Bed::new().await;
    // Through the relay: markers of its transactions end the partitions.
    let mut scope = bed.pool.begin().await.unwrap();
    runtime::pg::outbox::push(&mut scope, &bed.enriched(0..50))
        .await
        .unwrap();
    scope.commit().await.unwrap();
    let relay = Running::start(&bed.program("relay"), relay::run);
    let running = start(&bed);
    bed.until_count(ROWS, 50).await;
    running.stop().await.unwrap();

    let program = bed.program("fold");
    let running = Running::start(&program, |p| scoped::run(p, Fold::of(p)));
    let line = "earshot_stage_lag_records{stage=\"fold\",topic=\"social.enriched.posts.v1\"}";
    wait_for("the idle stage has no lag", PATIENCE, || {
        let text = program.telemetry.text();
        let zero = text.lines().any(|l| l == format!("{line} 0"));
        std::future::ready(zero.then_some(()))
    })
    .await;
    let told = "SELECT count(*) FROM stage_ages WHERE stage = 'fold' AND oldest_at = seen_at";
    bed.until_count(told, 1).await;
    bed.send(&bed.enriched(50..60)).await;
    bed.until_count(ROWS, 60).await;
    running.stop().await.unwrap();
    relay.stop().await.unwrap();
    assert_eq!(bed.count(DOUBLES).await, 0);
}

#[test]
fn whatever_effect_fails_rows_and_outbox_end_the_same() {
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let bed = tokio.block_on(Bed::new());
    let batch: Vec<RawRecord> = bed
        .enriched(0..4)
        .into_iter()
        .zip(0..)
        .map(|(record, offset)| RawRecord {
            position: runtime::Position {
                topic: record.topic,
                partition: 0,
                offset,
            },
            key: Some(record.key),
            value: record.value,
            appended_ms: 0,
        })
        .collect();
    let digest = async |pool: &PgPool| -> (Vec<String>, Vec<Vec<u8>>, Vec<i64>) {
        let rows = "SELECT x_id FROM folded ORDER BY x_id";
        let outbox = "SELECT value FROM outbox ORDER BY value";
        let offsets = "SELECT next_offset FROM stage_offsets";
        (
            sqlx::query_scalar(rows).fetch_all(pool).await.unwrap(),
            sqlx::query_scalar(outbox).fetch_all(pool).await.unwrap(),
            sqlx::query_scalar(offsets).fetch_all(pool).await.unwrap(),
        )
    };
    let cuts = sweep(tokio.handle(), &bed.database, &batch, Fold::of, &digest);
    println!("{cuts} cuts");
    assert!(cuts > 20, "{cuts}");
}
