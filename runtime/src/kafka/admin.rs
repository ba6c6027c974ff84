//! Topics on the cluster: plan, apply, check.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigEntry, ConfigSource, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use schemas::topics::{ALL, Cleanup, QUARANTINE_MESSAGES, QUARANTINE_POSTS, Topic};

use super::producer::QUARANTINED_BYTES_MAX;
use super::{Cluster, KafkaError};

const TIMEOUT: Duration = Duration::from_secs(15);
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How topics are made.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Partitions of every topic; fixed at the first apply.
    pub partitions: i32,
    /// Copies of every partition.
    pub replication: i32,
}

/// What is wrong with, or missing on, the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The topic is not there: `topics apply` makes it.
    Missing {
        /// Name on the cluster.
        topic: String,
    },
    /// A setting of the topic is not as it must be, and may be changed while it is used:
    /// `topics apply` does it.
    Outdated {
        /// Name on the cluster.
        topic: String,
        /// Setting.
        what: String,
        /// As planned.
        want: String,
        /// As found.
        have: String,
    },
    /// The topic is there and not as it must be: refused by name.
    Mismatch {
        /// Name on the cluster.
        topic: String,
        /// Setting, or `partitions`.
        what: String,
        /// As planned.
        want: String,
        /// As found.
        have: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { topic } => write!(f, "{topic}: missing (run `earshot topics apply`)"),
            Self::Outdated {
                topic,
                what,
                want,
                have,
            } => write!(
                f,
                "{topic}: {what} is {have}, expected {want} (`earshot topics apply` changes it)"
            ),
            Self::Mismatch {
                topic,
                what,
                want,
                have,
            } => {
                write!(f, "{topic}: {what} is {have}, expected {want}")
            }
        }
    }
}

/// The settings a topic gets.
pub fn settings(topic: &Topic) -> Vec<(&'static str, String)> {
    let mut all = vec![("compression.type", "producer".to_owned())];
    match topic.cleanup {
        Cleanup::Compact => all.extend([
            ("cleanup.policy", "compact".to_owned()),
            ("max.compaction.lag.ms", "600000".to_owned()),
            ("min.cleanable.dirty.ratio", "0.3".to_owned()),
            ("segment.ms", "600000".to_owned()),
            ("delete.retention.ms", "86400000".to_owned()),
        ]),
        Cleanup::DeleteAfterHours(hours) => all.extend([
            ("cleanup.policy", "delete".to_owned()),
            ("retention.ms", (i64::from(hours) * 3_600_000).to_string()),
            // A record goes with its whole segment: by default that lasts a week.
            ("segment.ms", "3600000".to_owned()),
        ]),
    }
    if [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES].contains(&topic) {
        // Whole records, with their provenance and the frame of a batch.
        let most = QUARANTINED_BYTES_MAX + 1024;
        all.push(("max.message.bytes", most.to_string()));
    }
    all
}

// How a setting that is not as it must be is found. Nothing is lost by room for a larger record, nor
// by segments that end sooner.
fn judge(topic: &str, what: &str, want: String, have: String) -> Finding {
    let (topic, what) = (topic.to_owned(), what.to_owned());
    let numbers = want.parse::<u64>().ok().zip(have.parse::<u64>().ok());
    let safe = numbers.is_some_and(|(want, have)| match what.as_str() {
        "max.message.bytes" => have < want,
        "segment.ms" => have > want,
        _ => false,
    });
    if safe {
        Finding::Outdated {
            topic,
            what,
            want,
            have,
        }
    } else {
        Finding::Mismatch {
            topic,
            what,
            want,
            have,
        }
    }
}

/// The admin side of a cluster.
pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    cluster: Cluster,
}

impl Admin {
    /// Connects lazily.
    pub fn new(cluster: &Cluster) -> Result<Self, KafkaError> {
        let client = cluster.client("earshot-admin").create()?;
        Ok(Self {
            client,
            cluster: cluster.clone(),
        })
    }

    /// Compares the cluster with the table of topics.
    pub async fn check(&self, layout: Layout) -> Result<Vec<Finding>, KafkaError> {
        let metadata = self.client.inner().fetch_metadata(None, TIMEOUT)?;
        let found: HashMap<&str, usize> = metadata
            .topics()
            .iter()
            .filter(|topic| topic.error().is_none())
            .map(|topic| (topic.name(), topic.partitions().len()))
            .collect();
        let mut findings = Vec::new();
        for topic in ALL {
            let name = self.cluster.name(topic);
            match found.get(name.as_str()) {
                None => findings.push(Finding::Missing { topic: name }),
                Some(have) if i32::try_from(*have) != Ok(layout.partitions) => {
                    findings.push(Finding::Mismatch {
                        topic: name,
                        what: "partitions".to_owned(),
                        want: layout.partitions.to_string(),
                        have: have.to_string(),
                    });
                }
                Some(_) => findings.extend(self.check_settings(topic, &name).await?),
            }
        }
        Ok(findings)
    }

    async fn check_settings(&self, topic: &Topic, name: &str) -> Result<Vec<Finding>, KafkaError> {
        let have: HashMap<String, String> = self
            .entries(name)
            .await?
            .into_iter()
            .map(|entry| (entry.name, entry.value.unwrap_or_default()))
            .collect();
        Ok(settings(topic)
            .into_iter()
            .filter_map(|(what, want)| {
                let have = have.get(what).cloned().unwrap_or_default();
                (have != want).then(|| judge(name, what, want, have))
            })
            .collect())
    }

    // Every setting of a topic, wherever it comes from.
    async fn entries(&self, name: &str) -> Result<Vec<ConfigEntry>, KafkaError> {
        let resource = ResourceSpecifier::Topic(name);
        let described = self
            .client
            .describe_configs([&resource], &options())
            .await?;
        let mut all = Vec::new();
        for resource in described {
            all.extend(
                resource
                    .map_err(rdkafka::error::KafkaError::AdminOp)?
                    .entries,
            );
        }
        Ok(all)
    }

    // The call replaces what was set for the topic as a whole, so all of that goes along.
    async fn change(&self, name: &str, new: &[(&str, &str)]) -> Result<(), KafkaError> {
        let entries = self.entries(name).await?;
        let mut alter = AlterConfig::new(ResourceSpecifier::Topic(name));
        for (what, want) in new {
            alter = alter.set(what, want);
        }
        let stays = |entry: &&ConfigEntry| {
            entry.source == ConfigSource::DynamicTopic
                && !new.iter().any(|(what, _)| *what == entry.name)
        };
        for entry in entries.iter().filter(stays) {
            if let Some(value) = &entry.value {
                alter = alter.set(&entry.name, value);
            }
        }
        for result in self.client.alter_configs([&alter], &options()).await? {
            result.map_err(|(_, code)| rdkafka::error::KafkaError::AdminOp(code))?;
        }
        Ok(())
    }

    /// Makes the topics that are missing and changes what is [`Finding::Outdated`]; changes nothing else
    /// of a topic that is there. What was found before.
    pub async fn apply(&self, layout: Layout) -> Result<Vec<Finding>, KafkaError> {
        let before = self.check(layout).await?;
        let missing: Vec<&Topic> = ALL
            .iter()
            .filter(|topic| {
                before.contains(&Finding::Missing {
                    topic: self.cluster.name(topic),
                })
            })
            .copied()
            .collect();
        let specs: Vec<_> = missing
            .iter()
            .map(|topic| (self.cluster.name(topic), settings(topic)))
            .collect();
        let news: Vec<NewTopic<'_>> = specs
            .iter()
            .map(|(name, settings)| {
                let replication = TopicReplication::Fixed(layout.replication);
                let mut new = NewTopic::new(name, layout.partitions, replication);
                for (key, value) in settings {
                    new = new.set(key, value);
                }
                new
            })
            .collect();
        if !news.is_empty() {
            for result in self.client.create_topics(&news, &options()).await? {
                match result {
                    Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                    Err((topic, code)) => {
                        tracing::error!(topic, %code, "topic not made");
                        return Err(rdkafka::error::KafkaError::AdminOp(code).into());
                    }
                }
            }
            let names: Vec<&str> = specs.iter().map(|(name, _)| name.as_str()).collect();
            self.until_led(&names).await?;
        }
        let mut outdated: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
        for finding in &before {
            if let Finding::Outdated {
                topic, what, want, ..
            } = finding
            {
                outdated.entry(topic).or_default().push((what, want));
            }
        }
        for (topic, new) in outdated {
            self.change(topic, &new).await?;
        }
        Ok(before)
    }

    // A broker hears of a new topic a moment after it was made: who asks next should find it.
    async fn until_led(&self, names: &[&str]) -> Result<(), KafkaError> {
        let until = Instant::now() + TIMEOUT;
        loop {
            let metadata = self.client.inner().fetch_metadata(None, TIMEOUT)?;
            let led = |name: &&str| {
                let found = metadata.topics().iter().find(|topic| topic.name() == *name);
                found.is_some_and(|topic| {
                    let partitions = topic.partitions();
                    topic.error().is_none()
                        && !partitions.is_empty()
                        && partitions.iter().all(|one| one.leader() >= 0)
                })
            };
            if names.iter().all(led) || Instant::now() >= until {
                return Ok(());
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// The id the cluster gave a topic.
    pub fn topic_id(&self, topic: &Topic) -> Option<String> {
        super::topic_id::topic_id_by_admin(self.client.inner(), &self.cluster.name(topic))
    }

    /// First and next offset of each partition.
    pub fn watermarks(
        &self,
        topic: &Topic,
        partitions: i32,
    ) -> Result<Vec<(i64, i64)>, KafkaError> {
        let name = self.cluster.name(topic);
        (0..partitions)
            .map(|p| {
                Ok(super::leader::watermarks(
                    self.client.inner(),
                    (&name, p),
                    TIMEOUT,
                )?)
            })
            .collect()
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(TIMEOUT))
        .operation_timeout(Some(TIMEOUT))
}
