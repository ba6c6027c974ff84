//! Promises of the driver of pure stages.

use std::collections::BTreeMap;

use runtime::testing::wait_for;
use runtime::{Outgoing, pure};
use schemas::records::{Enriched, Interaction, Quarantined, Received};
use schemas::topics::{ENRICHED_POSTS, QUARANTINE_MESSAGES, QUARANTINE_POSTS, RAW_POSTS, Topic};

use super::bed::{Bed, PATIENCE, Running};
use super::stages::Echo;

fn raw(topic: &'static Topic, key: &[u8], value: Option<Vec<u8>>) -> Outgoing {
    Outgoing {
        topic,
        partition: 0,
        key: key.to_vec(),
        value,
        erases: false,
    }
}

fn start(bed: &Bed) -> Running {
    Running::start(&bed.program("echo"), |p| pure::run(p, Echo::of(p)))
}

// One of each kind of record that cannot be handled: reason, record.
fn poison(bed: &Bed) -> Vec<(&'static str, Outgoing)> {
    let codec = bed.encoder.codec();
    let nameless = codec
        .encode(&Received {
            org: "acme".into(),
            ..Received::default()
        })
        .unwrap();
    let other = codec.encode(&Interaction::default()).unwrap();
    let own_accounts = vec![String::new(); 1_100];
    let grows = Received {
        org: "acme".into(),
        x_id: Some("g".into()),
        own_accounts,
        ..Received::default()
    };
    let long = std::iter::repeat_n(b'x', 999_000).collect();
    vec![
        (
            "no-id",
            raw(&RAW_POSTS, b"nameless", Some(nameless.clone())),
        ),
        (
            "undecodable",
            raw(&RAW_POSTS, b"unframed", Some(b"no frame".to_vec())),
        ),
        (
            "undecodable",
            raw(&RAW_POSTS, b"cut", Some(nameless[..7].to_vec())),
        ),
        ("undecodable", raw(&RAW_POSTS, b"other record", Some(other))),
        ("undecodable", raw(&RAW_POSTS, b"long", Some(long))),
        (
            "unknown-schema",
            raw(&RAW_POSTS, b"stranger", Some(vec![0, 0, 0, 0, 9, 1, 2, 3])),
        ),
        (
            "too-large",
            raw(&RAW_POSTS, b"grows", Some(codec.encode(&grows).unwrap())),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_quarantined_once_whole_and_later_records_go_on() {
    let bed = Bed::new().await;
    let poison = poison(&bed);
    let mut records: Vec<Outgoing> = poison.iter().map(|(_, record)| record.clone()).collect();
    records.push(raw(&RAW_POSTS, b"gone", None));
    records.push(raw(&RAW_POSTS, b"__hb", Some(b"anything".to_vec())));
    bed.send(&records).await;
    bed.send(&bed.received(0..20)).await;
    let running = start(&bed);
    bed.until_end(&ENRICHED_POSTS, 20).await;
    bed.until_end(&QUARANTINE_MESSAGES, 5).await;
    running.stop().await.unwrap();
    start(&bed).stop().await.unwrap();

    let public: Vec<Quarantined> = bed.decoded(&QUARANTINE_POSTS);
    let private: Vec<Quarantined> = bed.decoded(&QUARANTINE_MESSAGES);
    assert_eq!(
        (public.len(), private.len()),
        (2, 5),
        "only what was readable is public"
    );
    let found: BTreeMap<Vec<u8>, Quarantined> = public
        .into_iter()
        .chain(private)
        .map(|q| (q.key.clone().unwrap(), q))
        .collect();
    for (offset, (reason, record)) in poison.iter().enumerate() {
        let name = String::from_utf8_lossy(&record.key).into_owned();
        let buried = &found[&record.key];
        assert_eq!(buried.reason, *reason, "{name}");
        assert_eq!(
            Some(&buried.value),
            record.value.as_ref(),
            "{name} is whole"
        );
        assert_eq!(buried.topic, RAW_POSTS.name, "{name}");
        assert_eq!(
            (buried.partition, buried.offset),
            (0, i64::try_from(offset).unwrap()),
            "{name}"
        );
        assert_eq!(buried.stage, "echo", "{name}");
        assert!(!buried.detail.contains("acme"), "{name}: {}", buried.detail);
    }
    assert_eq!(found[b"stranger".as_slice()].schema_id, Some(9));
    assert_eq!(found[b"nameless".as_slice()].org, "acme");
    assert_eq!(bed.decoded::<Enriched>(&ENRICHED_POSTS).len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_stage_leaves_nothing_unacknowledged_and_repeats_nothing() {
    let bed = Bed::new().await;
    let all = 6_000;
    bed.send(&bed.received(0..all)).await;
    for stopped_at in [500, 2_000] {
        let mut program = bed.program("echo");
        program.window.records_max = 50;
        let running = Running::start(&program, |p| pure::run(p, Echo::of(p)));
        bed.until_end(&ENRICHED_POSTS, stopped_at).await;
        running.stop().await.unwrap();
    }
    let running = start(&bed);
    bed.until_end(&ENRICHED_POSTS, i64::try_from(all).unwrap())
        .await;
    running.stop().await.unwrap();
    let mut ids: Vec<usize> = bed
        .decoded::<Enriched>(&ENRICHED_POSTS)
        .iter()
        .map(|e| e.x_id.parse().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..all).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_of_the_quarantine_rate_stops_the_stage_which_says_why() {
    let bed = Bed::new().await;
    let rubbish: Vec<Outgoing> = (0..600)
        .map(|_| raw(&RAW_POSTS, b"k", Some(b"rubbish".to_vec())))
        .collect();
    bed.send(&rubbish).await;
    let mut program = bed.program("echo");
    program.window.records_max = 50;
    let running = Running::start(&program, |p| pure::run(p, Echo::of(p)));
    let why = wait_for("the stage stops", PATIENCE, || {
        std::future::ready(program.telemetry.unready().remove("quarantine"))
    })
    .await;
    assert!(why.contains("earshot quarantine list"), "{why}");
    assert!(program.telemetry.text().contains("earshot_stage_halted 1"));
    running.stop().await.unwrap();
    let buried = bed.read(&QUARANTINE_MESSAGES).len();
    assert!(
        (100..=250).contains(&buried),
        "{buried} of 600 were let through"
    );

    // Once the cause is mended, a restart takes up what is left.
    let mut program = bed.program("echo");
    program.window.records_max = 50;
    let running = Running::start(&program, |p| pure::run(p, Echo::of(p)));
    bed.until_end(&QUARANTINE_MESSAGES, i64::try_from(buried).unwrap() + 1)
        .await;
    drop(running);
}
