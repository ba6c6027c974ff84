//! Topics: planned, made, checked; of one that is there only a limit is ever raised.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use runtime::kafka::admin::{Admin, Finding, settings};
use runtime::testing::{parts, unique, wait_for};
use schemas::topics::{ALL, CASES, QUARANTINE_POSTS, RAW_POSTS, Topic};

use super::bed::{Bed, LAYOUT, PARTITIONS, PATIENCE};

fn client(bed: &str) -> AdminClient<DefaultClientContext> {
    rdkafka::ClientConfig::new()
        .set("bootstrap.servers", bed)
        .create()
        .unwrap()
}

pub async fn make(bed: &Bed, topic: &Topic, settings: &[(&str, &str)]) {
    let name = bed.cluster.name(topic);
    let mut new = NewTopic::new(&name, PARTITIONS, TopicReplication::Fixed(1));
    for (key, value) in settings {
        new = new.set(key, value);
    }
    // The broker needs a moment to forget an older topic of that name.
    wait_for("the topic is made", PATIENCE, async || {
        let made = client(&bed.cluster.brokers)
            .create_topics([&new], &AdminOptions::new())
            .await;
        made.unwrap()[0].is_ok().then_some(())
    })
    .await;
}

pub async fn remove(bed: &Bed, topic: &Topic) {
    let name = bed.cluster.name(topic);
    let removed = client(&bed.cluster.brokers)
        .delete_topics(&[&name], &AdminOptions::new())
        .await;
    removed.unwrap()[0].as_ref().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_topics_are_made_and_wrong_ones_refused_by_name_and_left_alone() {
    let prefix = format!("{}.", unique("topics"));
    let cluster = runtime::kafka::Cluster::plain(&parts().brokers, &prefix);
    let admin = Admin::new(&cluster).unwrap();
    let kafka = client(&parts().brokers);
    let (raw, cases) = (cluster.name(&RAW_POSTS), cluster.name(&CASES));
    let few = NewTopic::new(&raw, 1, TopicReplication::Fixed(1));
    let forgets = NewTopic::new(&cases, PARTITIONS, TopicReplication::Fixed(1));
    for made in kafka
        .create_topics([&few, &forgets], &AdminOptions::new())
        .await
        .unwrap()
    {
        made.unwrap();
    }
    let ids = || [admin.topic_id(&RAW_POSTS), admin.topic_id(&CASES)];
    wait_for("both are there", PATIENCE, || {
        std::future::ready(ids().iter().all(Option::is_some).then_some(()))
    })
    .await;
    let before = ids();

    let plan = admin.check(LAYOUT).await.unwrap();
    let missing = plan
        .iter()
        .filter(|f| matches!(f, Finding::Missing { .. }))
        .count();
    assert_eq!(missing, ALL.len() - 2, "{plan:?}");
    let wrong: Vec<String> = plan.iter().map(ToString::to_string).collect();
    assert!(
        wrong.contains(&format!("{raw}: partitions is 1, expected {PARTITIONS}")),
        "{wrong:?}"
    );
    let policy = format!("{cases}: cleanup.policy is delete, expected compact");
    assert!(wrong.contains(&policy), "{wrong:?}");

    admin.apply(LAYOUT).await.unwrap();
    let left = wait_for("the missing are made", PATIENCE, async || {
        let left = admin.check(LAYOUT).await.unwrap();
        left.iter()
            .all(|f| matches!(f, Finding::Mismatch { .. }))
            .then_some(left)
    })
    .await;
    let mismatched: Vec<&Finding> = plan
        .iter()
        .filter(|f| matches!(f, Finding::Mismatch { .. }))
        .collect();
    assert_eq!(
        left.iter().collect::<Vec<_>>(),
        mismatched,
        "what was there is as it was"
    );
    assert_eq!(ids(), before, "and not made again");
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_topics_pass_the_check_and_a_second_apply_does_nothing() {
    let bed = Bed::new().await;
    // The broker needs a moment to show what it has made.
    wait_for("the check passes", PATIENCE, async || {
        let left = bed.admin.check(LAYOUT).await.unwrap();
        left.is_empty().then_some(())
    })
    .await;
    assert_eq!(bed.admin.apply(LAYOUT).await.unwrap(), []);
}

// As `topics` describes a setting that an operator or we set for the topic itself.
async fn setting(bed: &Bed, topic: &Topic, what: &str) -> Option<String> {
    let name = bed.cluster.name(topic);
    let resource = rdkafka::admin::ResourceSpecifier::Topic(&name);
    let described = client(&bed.cluster.brokers)
        .describe_configs([&resource], &AdminOptions::new())
        .await;
    let entries = described.unwrap().remove(0).unwrap().entries;
    let entry = entries.into_iter().find(|entry| entry.name == what)?;
    entry.value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_an_older_version_is_raised_and_whatever_else_was_set_stays() {
    let bed = Bed::new().await;
    super::topics::remove(&bed, &QUARANTINE_POSTS).await;
    // As an older version made it, with a setting of the operator's own.
    let older = [
        ("compression.type", "producer"),
        ("cleanup.policy", "delete"),
        ("retention.ms", "604800000"),
        ("segment.bytes", "7340032"),
    ];
    make(&bed, &QUARANTINE_POSTS, &older).await;
    let (_, want) = settings(&QUARANTINE_POSTS).pop().unwrap();
    let name = bed.cluster.name(&QUARANTINE_POSTS);
    let plan = wait_for("the plan", PATIENCE, async || {
        let plan = bed.admin.check(LAYOUT).await.unwrap();
        matches!(plan[..], [Finding::Narrow { .. }]).then_some(plan)
    })
    .await;
    assert_eq!(
        plan[0].to_string(),
        format!(
            "{name}: max.message.bytes is 1048588, expected {want} (`earshot topics apply` raises it)"
        )
    );
    assert_eq!(bed.admin.apply(LAYOUT).await.unwrap(), plan);
    wait_for("nothing is left to do", PATIENCE, async || {
        let left = bed.admin.check(LAYOUT).await.unwrap();
        left.is_empty().then_some(())
    })
    .await;
    let raised = setting(&bed, &QUARANTINE_POSTS, "max.message.bytes").await;
    assert_eq!(raised, Some(want));
    let own = setting(&bed, &QUARANTINE_POSTS, "segment.bytes").await;
    assert_eq!(own.as_deref(), Some("7340032"), "the operator's own stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_wider_and_a_retention_are_left_alone() {
    let bed = Bed::new().await;
    super::topics::remove(&bed, &QUARANTINE_POSTS).await;
    let other = [
        ("retention.ms", "1000000"),
        ("max.message.bytes", "9000000"),
    ];
    make(&bed, &QUARANTINE_POSTS, &other).await;
    let told = wait_for("the plan", PATIENCE, async || {
        let plan = bed.admin.check(LAYOUT).await.unwrap();
        (plan.len() == 2).then_some(plan)
    })
    .await;
    let mismatch = |finding: &Finding| matches!(finding, Finding::Mismatch { .. });
    assert!(told.iter().all(mismatch), "{told:?}");
    bed.admin.apply(LAYOUT).await.unwrap();
    assert_eq!(bed.admin.check(LAYOUT).await.unwrap(), told);
}

#[test]
fn what_is_deleted_is_gone_in_time() {
    for topic in ALL {
        let all = settings(topic);
        let has = |key: &str| all.iter().any(|(name, _)| *name == key);
        let compacted = all.iter().any(|(_, value)| value == "compact");
        assert_eq!(compacted, has("max.compaction.lag.ms"), "{}", topic.name);
        assert_ne!(compacted, has("retention.ms"), "{}", topic.name);
    }
    let large = settings(&QUARANTINE_POSTS);
    assert!(large.iter().any(|(name, _)| *name == "max.message.bytes"));
}
