//! Reading a topic from its beginning to where it ended when the reading began, without a group.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schemas::topics::Topic;

use super::consumer::HEARTBEAT_KEY;
use super::{Cluster, KafkaError, leader};
use crate::stage::{Position, RawRecord};

const TIMEOUT: Duration = Duration::from_secs(15);
/// One wait for a record. Markers of transactions occupy offsets at the end: librdkafka tells it.
const QUIET: Duration = Duration::from_secs(2);
/// Without any record for so long, the broker counts as away.
const SILENT_MAX: Duration = Duration::from_secs(30);
/// So far back from the end the newest record is looked for first, and so much farther each time.
const BACK_FIRST: i64 = 64;
const BACK_FACTOR: i64 = 64;

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
    each: impl FnMut(RawRecord),
) -> Result<(), KafkaError> {
    let reader = Reader::new(cluster, topic)?;
    reader.read(&reader.spans()?, each)
}

/// The newest record with a value of each partition that has one, by partition. Blocks. Markers of
/// transactions, tombstones and what compaction took stand between it and the end, so it is looked for
/// farther and farther back.
pub fn newest(cluster: &Cluster, topic: &'static Topic) -> Result<Vec<RawRecord>, KafkaError> {
    let reader = Reader::new(cluster, topic)?;
    let mut left = reader.spans()?;
    let mut found: BTreeMap<i32, RawRecord> = BTreeMap::new();
    let mut back = BACK_FIRST;
    while !left.is_empty() {
        let ends: Vec<Span> = left
            .iter()
            .map(|span| Span {
                first: span.first.max(span.end.saturating_sub(back)),
                ..*span
            })
            .collect();
        reader.read(&ends, |record| {
            if record.value.is_some() && record.key.as_deref() != Some(HEARTBEAT_KEY) {
                found.insert(record.position.partition, record);
            }
        })?;
        left.retain(|span| {
            span.end.saturating_sub(back) > span.first && !found.contains_key(&span.partition)
        });
        back = back.saturating_mul(BACK_FACTOR);
    }
    Ok(found.into_values().collect())
}

/// A part of a partition that is not empty: from an offset to where the next record will stand.
#[derive(Debug, Clone, Copy)]
struct Span {
    partition: i32,
    first: i64,
    end: i64,
}

struct Reader {
    consumer: BaseConsumer<Quiet>,
    topic: &'static Topic,
    name: String,
}

impl Reader {
    fn new(cluster: &Cluster, topic: &'static Topic) -> Result<Self, KafkaError> {
        let consumer = cluster
            .client("earshot-reader")
            .set("group.id", "earshot-reader")
            .set("enable.auto.commit", "false")
            // What has left by its age in the meantime: go on with the oldest that is there.
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .create_with_context(Quiet)?;
        Ok(Self {
            consumer,
            topic,
            name: cluster.name(topic),
        })
    }

    // What each partition has now; empty ones are left out.
    fn spans(&self) -> Result<Vec<Span>, KafkaError> {
        let metadata = self.consumer.fetch_metadata(Some(&self.name), TIMEOUT)?;
        let partitions = match metadata.topics().first() {
            Some(topic) if topic.error().is_none() => topic.partitions().len(),
            _ => return Err(KafkaError::NoTopic(self.name.clone())),
        };
        let mut spans = Vec::new();
        for partition in 0..i32::try_from(partitions).unwrap_or(0) {
            let at = (self.name.as_str(), partition);
            let (first, end) = leader::watermarks(self.consumer.client(), at, TIMEOUT)?;
            if first < end {
                spans.push(Span {
                    partition,
                    first,
                    end,
                });
            }
        }
        Ok(spans)
    }

    fn read(&self, spans: &[Span], mut each: impl FnMut(RawRecord)) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        for span in spans {
            let from = Offset::Offset(span.first);
            list.add_partition_offset(&self.name, span.partition, from)?;
        }
        let ends = spans.iter().map(|span| (span.partition, span.end));
        let mut left: HashMap<i32, i64> = ends.collect();
        self.consumer.assign(&list)?;
        let mut heard = Instant::now();
        while !left.is_empty() {
            match self.consumer.poll(QUIET) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(end) = left.get(&partition).copied() else {
                        continue;
                    };
                    if offset < end {
                        each(self.record(&message));
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

    fn record(&self, message: &BorrowedMessage<'_>) -> RawRecord {
        RawRecord {
            position: Position {
                topic: self.topic,
                partition: message.partition(),
                offset: message.offset(),
            },
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            appended_ms: message.timestamp().to_millis().unwrap_or_default(),
        }
    }
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
