//! Everything that names rdkafka. The rest of the project sees topics, records and errors.

pub mod admin;
pub mod consumer;
mod context;
pub mod health;
mod leader;
pub mod producer;
pub mod reader;
mod topic_id;

use rdkafka::ClientConfig;
use schemas::topics::Topic;

/// How to reach the cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// `host:port` list.
    pub brokers: String,
    /// Put before each topic name and group id; empty in production.
    pub prefix: String,
    /// Security settings, as librdkafka names them (`security.protocol`, `sasl.username`, …).
    pub security: Vec<(String, String)>,
}

/// A Kafka call failed.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// As librdkafka tells it.
    #[error("kafka: {0}")]
    Client(#[from] rdkafka::error::KafkaError),
    /// Named as on the cluster.
    #[error("there is no topic {0}: `earshot topics apply` makes it")]
    NoTopic(String),
}

impl Cluster {
    /// A cluster without security settings.
    pub fn plain(brokers: &str, prefix: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: prefix.to_owned(),
            security: Vec::new(),
        }
    }

    /// The topic's name on this cluster.
    pub fn name(&self, topic: &Topic) -> String {
        format!("{}{}", self.prefix, topic.name)
    }

    pub(crate) fn client(&self, id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", id)
            .set("log.connection.close", "false")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000");
        for (key, value) in &self.security {
            config.set(key, value);
        }
        config
    }
}
