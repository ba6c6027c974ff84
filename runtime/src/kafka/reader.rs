//! Reading a topic from its beginning to where it ended when the reading began, without a group.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schemas::topics::Topic;

use super::{Cluster, KafkaError, leader};
use crate::stage::{Position, RawRecord};

const TIMEOUT: Duration = Duration::from_secs(15);
/// One wait for a record. Markers of transactions occupy offsets at the end: librdkafka tells it.
const QUIET: Duration = Duration::from_secs(2);
/// Without any record for so long, the broker counts as away.
const SILENT_MAX: Duration = Duration::from_secs(30);

// Whoever reads gets the failure as its answer; while the broker is away librdkafka says it besides
// some hundred times a read.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "a reader waits");
    }
}

impl ConsumerContext for Quiet {}

/// Calls `each` for every record that is in the topic now, in order within each partition.
/// Blocks. A topic that is not there is an error, not an empty one.
pub fn read_all(
    cluster: &Cluster,
    topic: &'static Topic,
    mut each: impl FnMut(RawRecord),
) -> Result<(), KafkaError> {
    let name = cluster.name(topic);
    let consumer: BaseConsumer<Quiet> = cluster
        .client("earshot-reader")
        .set("group.id", "earshot-reader")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create_with_context(Quiet)?;
    let metadata = consumer.fetch_metadata(Some(&name), TIMEOUT)?;
    let partitions = match metadata.topics().first() {
        Some(topic) if topic.error().is_none() => topic.partitions().len(),
        _ => return Err(KafkaError::NoTopic(name)),
    };
    let mut left: HashMap<i32, i64> = HashMap::new();
    let mut list = TopicPartitionList::new();
    for partition in 0..i32::try_from(partitions).unwrap_or(0) {
        let (first, end) = leader::watermarks(consumer.client(), (&name, partition), TIMEOUT)?;
        if first < end {
            left.insert(partition, end);
            list.add_partition_offset(&name, partition, Offset::Beginning)?;
        }
    }
    consumer.assign(&list)?;
    let mut heard = Instant::now();
    while !left.is_empty() {
        match consumer.poll(QUIET) {
            Some(Ok(message)) => {
                heard = Instant::now();
                let (partition, offset) = (message.partition(), message.offset());
                let Some(end) = left.get(&partition).copied() else {
                    continue;
                };
                if offset < end {
                    each(RawRecord {
                        position: Position {
                            topic,
                            partition,
                            offset,
                        },
                        key: message.key().map(<[u8]>::to_vec),
                        value: message.payload().map(<[u8]>::to_vec),
                        appended_ms: message.timestamp().to_millis().unwrap_or_default(),
                    });
                }
                if offset + 1 >= end {
                    left.remove(&partition);
                }
            }
            Some(Err(RdError::PartitionEOF(partition))) => {
                left.remove(&partition);
            }
            Some(Err(error)) => return Err(error.into()),
            None if heard.elapsed() > SILENT_MAX => {
                let code = RDKafkaErrorCode::OperationTimedOut;
                return Err(RdError::MessageConsumption(code).into());
            }
            None => {}
        }
    }
    Ok(())
}

/// One record by its position; `None` if it is not there any more. Blocks.
pub fn read_one(cluster: &Cluster, at: &Position) -> Result<Option<RawRecord>, KafkaError> {
    let mut found = None;
    read_all(cluster, at.topic, |record| {
        if record.position == *at {
            found = Some(record);
        }
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    use schemas::topics::RAW_POSTS;

    use super::*;

    // A real broker is without a leader for milliseconds only; this one is when it is told to be.
    #[test]
    fn a_topic_without_a_leader_for_a_moment_is_read() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic(RAW_POSTS.name, 1, 1).unwrap();
        let refusal = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION; 4];
        broker.request_errors(RDKafkaApiKey::ListOffsets, &refusal);
        let cluster = Cluster::plain(&broker.bootstrap_servers(), "");
        read_all(&cluster, &RAW_POSTS, |_| {}).unwrap();
    }
}
