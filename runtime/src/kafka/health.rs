//! Whether the cluster does what the programs need: every topic led and in sync, described and
//! written to, transactions committed.

use std::time::Duration;

use rdkafka::config::FromClientConfig as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use schemas::topics::{ALL, Cleanup};

use super::consumer::HEARTBEAT_KEY;
use super::{Cluster, KafkaError};
use crate::health::Line;

const TIMEOUT: Duration = Duration::from_secs(10);
const OF: &str = "kafka";
/// Partitions that are named.
const NAMED_MAX: usize = 3;
const OPERATIONS: &str = "docs/operations.md#kafka-rights";

/// Looks at brokers, replicas and rights. Blocks; needs [`super::admin::Admin::check`] beside it for
/// the settings of topics.
pub fn look(cluster: &Cluster) -> Result<Vec<Line>, KafkaError> {
    let client: BaseConsumer = cluster.client("earshot-doctor").create()?;
    let metadata = client.fetch_metadata(None, TIMEOUT)?;
    let brokers = metadata.brokers().len();
    let mut lines = vec![Line::ok(OF, "brokers", format!("{brokers} in the cluster"))];
    let (mut leaderless, mut behind, mut denied) = (Vec::new(), Vec::new(), Vec::new());
    for topic in ALL {
        let name = cluster.name(topic);
        // Asked for by name: a topic that may not be described is left out of the whole list.
        let asked = client.fetch_metadata(Some(&name), TIMEOUT)?;
        let Some(found) = asked.topics().iter().find(|found| found.name() == name) else {
            continue;
        };
        let error = found.error().map(RDKafkaErrorCode::from);
        if error == Some(RDKafkaErrorCode::TopicAuthorizationFailed) {
            denied.push(name.clone());
        }
        for partition in found.partitions() {
            let id = format!("{name}-{}", partition.id());
            if partition.leader() < 0 {
                leaderless.push(id);
            } else if partition.isr().len() < partition.replicas().len() {
                behind.push(id);
            }
        }
    }
    lines.push(if !leaderless.is_empty() {
        let what = format!("without a leader: {}", named(&leaderless));
        Line::fail(OF, "replicas", what, "start the brokers that are down")
    } else if !behind.is_empty() {
        let what = format!("not in sync on every broker: {}", named(&behind));
        Line::warn(
            OF,
            "replicas",
            what,
            "start the brokers that are down, or look at their disks",
        )
    } else {
        Line::ok(
            OF,
            "replicas",
            "every partition has a leader and all its copies",
        )
    });
    lines.push(if denied.is_empty() {
        Line::ok(OF, "rights", "every topic can be described")
    } else {
        let what = format!("may not describe: {}", named(&denied));
        Line::fail(OF, "rights", what, OPERATIONS)
    });
    Ok(lines)
}

/// Writes a record in a transaction that is given up, as the relay would write: nobody who reads
/// committed records sees it, and what it writes is a heartbeat. Blocks.
pub fn transaction(cluster: &Cluster) -> Line {
    let tried = try_transaction(cluster);
    match tried {
        Ok(()) => Line::ok(OF, "transactions", "one was begun, written and given up"),
        Err(error) => Line::fail(OF, "transactions", error.to_string(), OPERATIONS),
    }
}

fn try_transaction(cluster: &Cluster) -> Result<(), KafkaError> {
    let mut config = cluster.client("earshot-doctor");
    let id = format!("{}earshot-doctor", cluster.prefix);
    config
        .set("transactional.id", id)
        .set("message.timeout.ms", "8000")
        .set("transaction.timeout.ms", "9000");
    let producer = ThreadedProducer::<DefaultProducerContext>::from_config(&config)?;
    producer.init_transactions(TIMEOUT)?;
    producer.begin_transaction()?;
    let compacted = ALL.iter().find(|topic| topic.cleanup == Cleanup::Compact);
    if let Some(topic) = compacted {
        let name = cluster.name(topic);
        let record = BaseRecord::<[u8], [u8]>::to(&name)
            .partition(0)
            .key(HEARTBEAT_KEY);
        producer.send(record).map_err(|(error, _)| error)?;
        producer.flush(TIMEOUT)?;
    }
    Ok(producer.abort_transaction(TIMEOUT)?)
}

fn named(all: &[String]) -> String {
    let shown = all.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
    let more = all.len().saturating_sub(NAMED_MAX);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{tail}", shown.join(", "))
}
