//! Publishes by the runtime's producer.

use std::time::Duration;

use runtime::kafka::producer::Producer;
use runtime::kafka::{Cluster, KafkaError};
use runtime::{Encoder, StageError};

use crate::publish::{Outgoing, Publish, PublishError, Value};

/// A record that the broker has not acknowledged by then is given up, before X gives us up.
const PATIENCE: Duration = Duration::from_secs(8);

/// Publishes to Kafka. Cheap to clone.
#[derive(Clone)]
pub struct KafkaPublish {
    producer: Producer,
    encoder: Encoder,
}

impl KafkaPublish {
    /// With a producer of its own.
    pub fn new(cluster: &Cluster, encoder: Encoder) -> Result<Self, KafkaError> {
        Ok(Self {
            producer: Producer::new(cluster, "ingest", PATIENCE)?,
            encoder,
        })
    }

    fn encode(&self, record: Outgoing) -> Result<runtime::Outgoing, StageError> {
        let Outgoing {
            topic,
            routing,
            key,
            value,
        } = record;
        let encoded = match &value {
            Value::Received(received) => {
                self.encoder
                    .encode(topic, &received.org, &routing, key, &**received)?
            }
            Value::Quarantined(quarantined) => {
                self.encoder
                    .encode(topic, &quarantined.org, &routing, key, &**quarantined)?
            }
        };
        Ok(encoded)
    }
}

impl Publish for KafkaPublish {
    async fn publish(&self, batch: Vec<Outgoing>) -> Result<(), PublishError> {
        let encoded: Result<Vec<_>, _> = batch
            .into_iter()
            .map(|record| self.encode(record))
            .collect();
        let encoded = encoded.map_err(|error| PublishError(Box::new(error)))?;
        self.producer
            .send_all(&encoded, PATIENCE)
            .await
            .map_err(|error| PublishError(Box::new(error)))
    }
}
