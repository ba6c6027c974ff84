//! Records on a real broker: partition, key and bytes as published; a broker that is away.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use ingest::kafka::KafkaPublish;
use ingest::{OrgView, Publish as _, split};
use runtime::kafka::Cluster;
use runtime::kafka::admin::{Admin, Layout};
use runtime::kafka::consumer::{Consumer, Offsets, Window};
use runtime::{Encoder, testing};
use schemas::records::{Quarantined, Received};
use schemas::topics::{QUARANTINE_MESSAGES, RAW_POSTS};
use schemas::wire::Codec;

const PARTITIONS: i32 = 3;

fn publisher(cluster: &Cluster) -> KafkaPublish {
    let encoder = Encoder::new(Arc::new(Codec::own().unwrap()), PARTITIONS);
    KafkaPublish::new(cluster, encoder).unwrap()
}

fn org() -> OrgView {
    OrgView {
        org: "acme".to_owned(),
        accounts: vec!["42".into()],
        complete: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_reaches_its_partition_and_the_largest_body_fits() {
    let cluster = Cluster::plain(&testing::parts().brokers, &testing::unique("ingest."));
    let layout = Layout {
        partitions: PARTITIONS,
        replication: 1,
    };
    Admin::new(&cluster).unwrap().apply(layout).await.unwrap();
    let publish = publisher(&cluster);

    let posts: Vec<String> = (1..=10)
        .map(|id| format!(r#"{{"id":"{id}", "user":{{"id":"{}"}}}}"#, id % 4))
        .collect();
    let body = format!(
        r#"{{"for_user_id":"42","tweet_create_events":[{}]}}"#,
        posts.join(",")
    );
    let large = vec![b'x'; ingest::Limits::default().body_bytes];
    for body in [body.as_bytes(), &large] {
        let split = split(body, &org(), "webhook", DateTime::UNIX_EPOCH).unwrap();
        publish.publish(split.records).await.unwrap();
    }

    let records = tokio::task::spawn_blocking(move || {
        let topics = [&RAW_POSTS, &QUARANTINE_MESSAGES];
        let consumer =
            Consumer::new(&cluster, "check", "check-0", &topics, Offsets::Group).unwrap();
        let window = Window {
            records_max: 100,
            bytes_max: 1 << 22,
            linger: Duration::ZERO,
        };
        let (mut records, began) = (Vec::new(), Instant::now());
        while records.len() < 11 && began.elapsed() < Duration::from_secs(30) {
            records.extend(
                consumer
                    .poll(window, Duration::from_millis(200))
                    .unwrap()
                    .records,
            );
        }
        records
    });
    let records = records.await.unwrap();
    assert_eq!(records.len(), 11);
    let codec = Codec::own().unwrap();
    for record in records {
        let value = record.value.unwrap();
        if record.position.topic == &QUARANTINE_MESSAGES {
            assert_eq!(codec.decode::<Quarantined>(&value).unwrap().value, large);
            continue;
        }
        let received: Received = codec.decode(&value).unwrap();
        let x_id = received.x_id.unwrap();
        let at = x_id.parse::<usize>().unwrap();
        assert_eq!(received.payload, posts[at - 1].as_bytes());
        let key = schemas::ids::item("acme", schemas::Kind::Post, &x_id).to_string();
        assert_eq!(record.key.unwrap(), key.as_bytes());
        let author = (at % 4).to_string();
        let partition = schemas::partition::partition("acme", &author, PARTITIONS);
        assert_eq!(record.position.partition, partition);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_an_error_before_x_gives_up() {
    // A port that was free a moment ago, and where nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let publish = publisher(&Cluster::plain(&free.to_string(), ""));
    let body = br#"{"for_user_id":"42","tweet_create_events":[{"id":"1"}]}"#;
    let split = split(body, &org(), "webhook", DateTime::UNIX_EPOCH).unwrap();
    let began = Instant::now();
    let error = publish.publish(split.records).await.unwrap_err();
    assert_eq!(error.to_string(), "not acknowledged by the broker");
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
}
