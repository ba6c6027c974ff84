//! The relay in trouble: a crash at the worst moment, a zombie, erasures that must reach the disk.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use runtime::Outgoing;
use runtime::testing::{parts, wait_for};
use schemas::topics::{INTERACTIONS, LINKED_POSTS};

use super::bed::{Bed, PATIENCE};
use super::relay::{push, record, start, until_published};
use super::stages::OUTBOX;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_between_publishing_and_removing_the_same_goes_out_again() {
    let bed = Bed::new().await;
    let records: Vec<Outgoing> = (0..50).map(|n| record(&n.to_string(), 0, None)).collect();
    push(&bed, &records).await;
    // Holds the rows, so that their removal waits after they were published.
    let mut holder = bed.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM outbox FOR UPDATE")
        .execute(&mut *holder)
        .await
        .unwrap();
    let mut relay = start(&bed);
    wait_for("published", PATIENCE, || {
        std::future::ready((bed.read(&INTERACTIONS).len() == 50).then_some(()))
    })
    .await;
    let killer = runtime::pg::pool(&parts().super_url, 1).unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = $1 AND query LIKE 'DELETE FROM outbox%'";
    wait_for("its connection ends", PATIENCE, async || {
        let name = bed.database.name();
        let ended: i64 = sqlx::query_scalar(end)
            .bind(name)
            .fetch_one(&killer)
            .await
            .unwrap();
        (ended == 1).then_some(())
    })
    .await;
    assert_eq!(relay.outcome().await.unwrap_err().code(), 4);
    holder.rollback().await.unwrap();
    assert_eq!(bed.count(OUTBOX).await, 50);
    push(&bed, &[record("later", 0, None)]).await;

    let relay = start(&bed);
    until_published(&bed).await;
    relay.stop().await.unwrap();
    let found: Vec<Vec<u8>> = bed
        .read(&INTERACTIONS)
        .into_iter()
        .map(|r| r.key.unwrap())
        .collect();
    let sent: Vec<Vec<u8>> = records.iter().map(|r| r.key.clone()).collect();
    let expected = [sent.clone(), sent, vec![b"later".to_vec()]].concat();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zombie_is_fenced_and_what_it_left_open_is_never_read() {
    let bed = Bed::new().await;
    let zombie: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &bed.cluster.brokers)
        .set(
            "transactional.id",
            format!("{}earshot-relay", bed.cluster.prefix),
        )
        .create()
        .unwrap();
    let topic = bed.cluster.name(&INTERACTIONS);
    tokio::task::block_in_place(|| {
        zombie.init_transactions(PATIENCE).unwrap();
        zombie.begin_transaction().unwrap();
        zombie
            .send(
                BaseRecord::to(&topic)
                    .partition(0)
                    .key("zombie")
                    .payload("z"),
            )
            .unwrap();
        while zombie.in_flight_count() > 0 {
            zombie.poll(Duration::from_millis(10));
        }
    });
    let relay = start(&bed);
    push(&bed, &[record("alive", 0, None)]).await;
    until_published(&bed).await;
    let refused = tokio::task::block_in_place(|| zombie.commit_transaction(PATIENCE)).unwrap_err();
    let code = refused.rdkafka_error_code().unwrap();
    println!("the zombie hears: {code}");
    relay.stop().await.unwrap();
    let keys: Vec<_> = bed
        .read(&INTERACTIONS)
        .into_iter()
        .map(|r| r.key.unwrap())
        .collect();
    assert_eq!(keys, [b"alive".to_vec()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_was_erased_leaves_the_disk_of_a_quiet_partition() {
    let bed = Bed::new().await;
    // The settings of the topic, quicker.
    super::topics::remove(&bed, &LINKED_POSTS).await;
    let quick = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "500"),
        ("max.compaction.lag.ms", "500"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("file.delete.delay.ms", "100"),
    ];
    super::topics::make(&bed, &LINKED_POSTS, &quick).await;
    let item = |value: &str, erases| Outgoing {
        topic: &LINKED_POSTS,
        value: Some(value.as_bytes().to_vec()),
        erases,
        ..record("item", 1, None)
    };
    push(&bed, &[item("a text", false)]).await;
    push(&bed, &[item("erased", true)]).await;
    let relay = start(&bed);
    until_published(&bed).await;
    relay.stop().await.unwrap();
    // Each relay gives the partitions that wait a heartbeat when it starts.
    // The cleaner sleeps for 15 s, and has the topics of every other test to look at.
    wait_for("the text is gone", PATIENCE * 3, async || {
        let heard = || bed.end(&LINKED_POSTS);
        let before = heard();
        let relay = start(&bed);
        wait_for("a heartbeat", PATIENCE, || {
            std::future::ready((heard() > before).then_some(()))
        })
        .await;
        relay.stop().await.unwrap();
        let records = bed.read(&LINKED_POSTS);
        let texts: Vec<_> = records
            .iter()
            .filter(|r| r.key.as_deref() == Some(b"item"))
            .collect();
        assert!(
            records.iter().all(|r| r.position.partition == 1),
            "only where one is pending"
        );
        (texts.len() == 1 && texts[0].value.as_deref() == Some(b"erased")).then_some(())
    })
    .await;
}
