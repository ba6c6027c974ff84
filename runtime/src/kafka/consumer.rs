//! The consumer of both stage shapes: one thread polls, processes and polls again, so a
//! rebalance can only happen between batches.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode as Code};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schemas::topics::Topic;

use super::context::Context;
use super::{Cluster, KafkaError};
use crate::exit::Exit;
use crate::stage::{Position, RawRecord};

/// Key of the record that makes a quiet compacted partition roll; every reader skips it.
pub const HEARTBEAT_KEY: &[u8] = b"__hb";

const METADATA_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a partition is entered: asked at each assignment with the topic, its id and the
/// partition. `None` is the beginning.
pub type StoredOffset =
    Box<dyn Fn(&'static Topic, &str, i32) -> Result<Option<i64>, Exit> + Send + Sync>;

/// Who keeps the offsets.
pub enum Offsets {
    /// The consumer group, committed after acknowledgements.
    Group,
    /// PostgreSQL, in the transaction of the rows.
    Stored(StoredOffset),
}

/// Records read together, of one assignment.
#[derive(Debug, Default)]
pub struct Batch {
    /// Assignment that they belong to; void once [`Consumer::epoch`] differs.
    pub epoch: u64,
    /// In order within each partition.
    pub records: Vec<RawRecord>,
}

/// How much is read together, and how long is waited for it.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Records at most.
    pub records_max: usize,
    /// Bytes at most (one record more may be taken).
    pub bytes_max: usize,
    /// From the first record on, wait this long for more.
    pub linger: Duration,
}

impl Window {
    /// The same, taking only what is there.
    #[must_use]
    pub fn without_linger(self) -> Self {
        Self {
            linger: Duration::ZERO,
            ..self
        }
    }
}

/// A member of a consumer group.
#[derive(Clone)]
pub struct Consumer {
    inner: Arc<BaseConsumer<Context>>,
    kept: Arc<Mutex<VecDeque<(u64, RawRecord)>>>,
}

/// What one partition has, and how much of it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Oldest offset at the broker.
    pub first: i64,
    /// Next offset at the broker; markers of transactions count.
    pub end: i64,
    /// Next offset to be read, markers passed; `None` until librdkafka has told.
    pub read: Option<i64>,
}

impl Consumer {
    /// Joins `group` as static member `instance` for `topics`.
    pub fn new(
        cluster: &Cluster,
        group: &str,
        instance: &str,
        topics: &[&'static Topic],
        offsets: Offsets,
    ) -> Result<Self, KafkaError> {
        let stored = matches!(offsets, Offsets::Stored(_));
        let reset = if stored { "error" } else { "earliest" };
        let mut config = cluster.client(instance);
        config
            .set("group.id", format!("{}{group}", cluster.prefix))
            .set("group.instance.id", format!("{}{instance}", cluster.prefix))
            .set("group.protocol", "classic")
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "1000")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", reset)
            .set("queued.max.messages.kbytes", "4096")
            .set("fetch.max.bytes", "1048576")
            .set("message.max.bytes", "1048576")
            .set("max.partition.fetch.bytes", "1048576")
            .set("fetch.queue.backoff.ms", "10")
            .set("statistics.interval.ms", "2000");
        let named = topics
            .iter()
            .map(|topic| (cluster.name(topic), *topic))
            .collect();
        let context = Context::new(named, offsets);
        let inner = BaseConsumer::from_config_and_context(&config, context)?;
        let names: Vec<String> = topics.iter().map(|topic| cluster.name(topic)).collect();
        inner.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self {
            inner: Arc::new(inner),
            kept: Arc::default(),
        })
    }

    /// Counts assignments: a batch of an older one must be dropped.
    pub fn epoch(&self) -> u64 {
        self.inner.context().epoch()
    }

    /// Reads a batch; empty when nothing came within `idle`.
    pub fn poll(&self, window: Window, idle: Duration) -> Result<Batch, Exit> {
        let mut batch = Batch {
            epoch: self.epoch(),
            records: Vec::new(),
        };
        let mut bytes = 0;
        let mut until = Instant::now() + idle;
        while batch.records.len() < window.records_max && bytes < window.bytes_max {
            let wait = until.saturating_duration_since(Instant::now());
            let polled = self.next(wait)?;
            if self.epoch() != batch.epoch {
                // What was read before the rebalance is read again by whoever owns it now.
                batch = Batch {
                    epoch: self.epoch(),
                    records: Vec::new(),
                };
                bytes = 0;
            }
            match polled {
                Some(record) => {
                    if batch.records.is_empty() {
                        until = Instant::now() + window.linger;
                    }
                    bytes += record.value.as_ref().map_or(0, Vec::len);
                    batch.records.push(record);
                }
                None if wait.is_zero() => break,
                None => {}
            }
        }
        Ok(batch)
    }

    /// Serves rebalances and heartbeats while nothing may be read (all partitions paused). A
    /// record that comes all the same, of a partition just assigned, is kept for the next
    /// [`poll`](Self::poll): thrown away it would be skipped.
    pub fn keep_alive(&self, wait: Duration) -> Result<(), Exit> {
        if let Some(record) = self.read(wait)? {
            self.kept().push_back((self.epoch(), record));
        }
        Ok(())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<(u64, RawRecord)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, wait: Duration) -> Result<Option<RawRecord>, Exit> {
        while let Some((epoch, record)) = self.pop_kept() {
            if epoch == self.epoch() {
                return Ok(Some(record));
            }
        }
        self.read(wait)
    }

    fn pop_kept(&self) -> Option<(u64, RawRecord)> {
        self.kept().pop_front()
    }

    fn read(&self, wait: Duration) -> Result<Option<RawRecord>, Exit> {
        let polled = self.inner.poll(whole_millis(wait));
        if let Some(exit) = self.inner.context().failure() {
            return Err(exit);
        }
        match polled {
            None => Ok(None),
            Some(Ok(message)) => {
                let Some(topic) = self.inner.context().topic(message.topic()) else {
                    return Ok(None);
                };
                Ok(Some(RawRecord {
                    position: Position {
                        topic,
                        partition: message.partition(),
                        offset: message.offset(),
                    },
                    key: message.key().map(<[u8]>::to_vec),
                    value: message.payload().map(<[u8]>::to_vec),
                    appended_ms: message.timestamp().to_millis().unwrap_or_default(),
                }))
            }
            Some(Err(error)) if passes(&error) => {
                tracing::warn!(%error, "kafka is away; waiting");
                Ok(None)
            }
            Some(Err(error)) => Err(Exit::Restart(format!("consumer: {error}"))),
        }
    }

    /// Stops reading, keeping the assignment. What is assigned until [`resume`](Self::resume)
    /// begins paused.
    pub fn pause(&self) -> Result<(), Exit> {
        self.inner.context().set_paused(true);
        self.switch(|assigned| self.inner.pause(assigned))
    }

    /// Reads on.
    pub fn resume(&self) -> Result<(), Exit> {
        self.inner.context().set_paused(false);
        self.switch(|assigned| self.inner.resume(assigned))
    }

    fn switch(
        &self,
        call: impl Fn(&TopicPartitionList) -> rdkafka::error::KafkaResult<()>,
    ) -> Result<(), Exit> {
        self.inner
            .assignment()
            .and_then(|assigned| call(&assigned))
            .map_err(|e| Exit::Restart(format!("pause or resume: {e}")))
    }

    /// Commits to the group the offsets after these records (without waiting).
    pub fn commit(
        &self,
        cluster: &Cluster,
        next: &HashMap<(String, i32), i64>,
    ) -> Result<(), Exit> {
        self.commit_in(CommitMode::Async, cluster, next)
    }

    /// The same, and waits for the broker's answer: before the process ends.
    pub(crate) fn commit_and_wait(
        &self,
        cluster: &Cluster,
        next: &HashMap<(String, i32), i64>,
    ) -> Result<(), Exit> {
        self.commit_in(CommitMode::Sync, cluster, next)
    }

    fn commit_in(
        &self,
        mode: CommitMode,
        cluster: &Cluster,
        next: &HashMap<(String, i32), i64>,
    ) -> Result<(), Exit> {
        if next.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in next {
            let name = format!("{}{topic}", cluster.prefix);
            list.add_partition_offset(&name, *partition, Offset::Offset(*offset))
                .map_err(|e| Exit::Restart(format!("commit: {e}")))?;
        }
        match self.inner.commit(&list, mode) {
            Ok(()) => Ok(()),
            Err(error) if passes(&error) => Ok(()),
            Err(error) => Err(Exit::Restart(format!("commit: {error}"))),
        }
    }

    /// What each assigned partition has and how much of it was read; nothing while the broker
    /// does not answer. Blocks; for the lag meter's thread.
    pub(crate) fn marks(&self) -> HashMap<(&'static str, i32), Mark> {
        let Ok(assigned) = self.inner.assignment() else {
            return HashMap::new();
        };
        let context = self.inner.context();
        let mut marks = HashMap::new();
        for e in assigned.elements() {
            let Some(topic) = context.topic(e.topic()) else {
                continue;
            };
            let (name, partition) = (e.topic(), e.partition());
            let Ok((first, end)) = self
                .inner
                .fetch_watermarks(name, partition, METADATA_TIMEOUT)
            else {
                return HashMap::new();
            };
            let read = context.read_position(topic.name, partition);
            marks.insert((topic.name, partition), Mark { first, end, read });
        }
        marks
    }
}

// The library waits whole milliseconds and spins through the rest.
fn whole_millis(wait: Duration) -> Duration {
    let millis = wait.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

// The broker being away, or a group in motion, passes by itself; librdkafka goes on trying.
fn passes(error: &RdError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::Resolve
                | Code::PartitionEOF
                | Code::NotCoordinator
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
                | Code::WaitingForCoordinator
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                | Code::RebalanceInProgress
                | Code::IllegalGeneration
                | Code::UnknownMemberId
                | Code::NoOffset
        )
    )
}
