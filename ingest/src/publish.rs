//! The port through which records leave: what publishes them, and what is published.

use schemas::records::{Quarantined, Received};
use schemas::topics::Topic;

/// A record to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub topic: &'static Topic,
    /// Decides the partition, together with the organisation.
    pub routing: String,
    /// Kafka key.
    pub key: Vec<u8>,
    pub value: Value,
}

/// What is published.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Received(Box<Received>),
    Quarantined(Box<Quarantined>),
}

impl Value {
    pub fn org(&self) -> &str {
        match self {
            Self::Received(record) => &record.org,
            Self::Quarantined(record) => &record.org,
        }
    }
}

/// Not every record is known to be with the broker: nothing may be claimed for any of them.
#[derive(Debug, thiserror::Error)]
#[error("not acknowledged by the broker")]
pub struct PublishError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Publishes a batch: `Ok` only when the broker has acknowledged every record of it.
pub trait Publish: Send + Sync + 'static {
    fn publish(
        &self,
        batch: Vec<Outgoing>,
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}
