//! What librdkafka calls back into: rebalances, which place partitions at stored offsets, and
//! statistics, which tell how far the fetcher is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use schemas::topics::Topic;

use super::consumer::Offsets;
use crate::exit::Exit;

/// Next offset to be read of each partition.
type Places = HashMap<(&'static str, i32), i64>;

pub(super) struct Context {
    topics: HashMap<String, &'static Topic>,
    offsets: Offsets,
    epoch: AtomicU64,
    paused: AtomicBool,
    failure: Mutex<Option<Exit>>,
    places: Mutex<Places>,
}

impl Context {
    pub(super) fn new(topics: HashMap<String, &'static Topic>, offsets: Offsets) -> Self {
        Self {
            topics,
            offsets,
            epoch: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            failure: Mutex::default(),
            places: Mutex::default(),
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn topic(&self, name: &str) -> Option<&'static Topic> {
        self.topics.get(name).copied()
    }

    pub(super) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
    }

    /// What went wrong inside a callback, once.
    pub(super) fn failure(&self) -> Option<Exit> {
        lock(&self.failure).take()
    }

    pub(super) fn read_position(&self, topic: &'static str, partition: i32) -> Option<i64> {
        lock(&self.places).get(&(topic, partition)).copied()
    }

    fn fail(&self, exit: Exit) {
        lock(&self.failure).get_or_insert(exit);
    }

    // Sets the offset of each newly assigned partition from the store.
    fn place(
        &self,
        consumer: &BaseConsumer<Self>,
        assigned: &mut TopicPartitionList,
    ) -> Result<(), Exit> {
        let Offsets::Stored(stored) = &self.offsets else {
            return Ok(());
        };
        let mut ids: HashMap<String, String> = HashMap::new();
        let placed: Vec<(String, i32)> = assigned
            .elements()
            .iter()
            .map(|e| (e.topic().to_owned(), e.partition()))
            .collect();
        for (name, partition) in placed {
            let Some(topic) = self.topics.get(&name) else {
                continue;
            };
            if !ids.contains_key(&name) {
                let id = super::topic_id::topic_id(consumer, &name).ok_or_else(|| {
                    Exit::Restart(format!("the broker did not tell the id of topic {name}"))
                })?;
                ids.insert(name.clone(), id);
            }
            let offset = match stored(topic, &ids[&name], partition)? {
                Some(next) => Offset::Offset(next),
                None => Offset::Beginning,
            };
            assigned
                .set_partition_offset(&name, partition, offset)
                .map_err(|e| Exit::Restart(format!("cannot place {name}/{partition}: {e}")))?;
        }
        Ok(())
    }
}

impl ClientContext for Context {
    // The consumer's own position stands before the markers of transactions; the fetcher's does
    // not, and only by it can it be told that nothing more is there to read.
    fn stats(&self, statistics: Statistics) {
        let mut places = Places::new();
        for (name, stats) in &statistics.topics {
            let Some(topic) = self.topic(name) else {
                continue;
            };
            for stats in stats.partitions.values().filter(|p| p.next_offset >= 0) {
                let read = if stats.fetchq_cnt == 0 {
                    stats.next_offset
                } else {
                    stats.app_offset.max(0)
                };
                places.insert((topic.name, stats.partition), read);
            }
        }
        *lock(&self.places) = places;
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        tpl: &mut TopicPartitionList,
    ) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        lock(&self.places).clear();
        let done = if err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            if let Err(exit) = self.place(consumer, tpl) {
                self.fail(exit);
            }
            consumer.assign(tpl).and_then(|()| {
                // A partition that was taken away while paused comes back paused.
                if self.paused.load(Ordering::SeqCst) {
                    consumer.pause(tpl)
                } else {
                    consumer.resume(tpl)
                }
            })
        } else {
            consumer.unassign()
        };
        if let Err(error) = done {
            self.fail(Exit::Restart(format!("rebalance failed: {error}")));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
