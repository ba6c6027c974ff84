//! What a stage is: records in, one verdict for each, effects left to the drivers
//! ([`crate::pure`], [`crate::scoped`]).

use schemas::records::Record;
use schemas::topics::{QUARANTINE_MESSAGES, QUARANTINE_POSTS, Topic};
use schemas::wire::{Codec, WireError};

use crate::kafka::producer::{QUARANTINED_BYTES_MAX, RECORD_BYTES_MAX};

/// Where a record stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Topic, without the configured prefix.
    pub topic: &'static Topic,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// A record as it was read.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// Where it stood.
    pub position: Position,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its framed value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// When the broker took it, milliseconds since 1970.
    pub appended_ms: i64,
}

/// A record to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Topic, without the configured prefix.
    pub topic: &'static Topic,
    /// Partition, by the published rule.
    pub partition: i32,
    /// What compaction keeps.
    pub key: Vec<u8>,
    /// Framed value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// True when an older value of the key must be gone from disk within the hour.
    pub erases: bool,
}

impl Outgoing {
    /// Bytes of key and value.
    pub fn bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Vec::len)
    }

    /// True for what its topic does not take. The quarantine keeps other records whole, and so
    /// takes more.
    pub fn too_large(&self) -> bool {
        let quarantine = [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES].contains(&self.topic);
        let most = if quarantine {
            QUARANTINED_BYTES_MAX
        } else {
            RECORD_BYTES_MAX
        };
        self.bytes() > most
    }
}

/// Turns records into [`Outgoing`]: knows the ids of the schemas and the count of partitions.
#[derive(Clone)]
pub struct Encoder {
    codec: std::sync::Arc<Codec>,
    partitions: i32,
}

impl Encoder {
    /// For topics of `partitions` partitions.
    pub fn new(codec: std::sync::Arc<Codec>, partitions: i32) -> Self {
        Self { codec, partitions }
    }

    /// A value for a topic, routed by the published partition rule.
    pub fn encode<T: Record>(
        &self,
        topic: &'static Topic,
        org: &str,
        routing: &str,
        key: Vec<u8>,
        record: &T,
    ) -> Result<Outgoing, WireError> {
        debug_assert_eq!(
            topic.record,
            T::NAME,
            "record does not belong on {}",
            topic.name
        );
        Ok(Outgoing {
            topic,
            partition: schemas::partition::partition(org, routing, self.partitions),
            key,
            value: Some(self.codec.encode(record)?),
            erases: false,
        })
    }

    /// The codec.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Partitions of each topic.
    pub fn partitions(&self) -> i32 {
        self.partitions
    }
}

/// The fate of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Handled; these go out.
    Emit(Vec<Outgoing>),
    /// Handled; nothing to say, for a reason of the stage's list.
    Skip(&'static str),
    /// Cannot be handled: quarantined whole.
    Dead {
        /// Reason of the stage's list.
        reason: &'static str,
        /// What exactly; no text of an item.
        detail: String,
    },
}

/// A verdict and the organisation it concerns.
pub struct Judged {
    /// Organisation, for the quarantine; empty where it could not be read.
    pub org: String,
    /// Fate of the record.
    pub verdict: Verdict,
}

impl Verdict {
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self, Self::Dead { .. })
    }

    /// The verdict, unless it emits what no topic takes: an outbox that holds such a record would
    /// stand still for ever.
    pub(crate) fn that_fits(self) -> Self {
        let Self::Emit(records) = &self else {
            return self;
        };
        match records.iter().find(|record| record.too_large()) {
            None => self,
            Some(record) => Self::Dead {
                reason: "too-large",
                detail: format!("{} bytes for {}", record.bytes(), record.topic.name),
            },
        }
    }
}

/// The fate of a batch that could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A dependency is away, or two transactions met: same batch again.
    #[error("transient")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// One record of the batch is refused by the store: find it, quarantine it.
    #[error("refused by the store")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: end the process, start again from the last commit.
    #[error("fatal")]
    Fatal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StageError {
    /// A fatal error of words.
    pub fn fatal(words: impl Into<String>) -> Self {
        Self::Fatal(words.into().into())
    }
}

impl From<WireError> for StageError {
    fn from(error: WireError) -> Self {
        Self::Fatal(Box::new(error))
    }
}

/// A message with its causes, for a log line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
