//! The path that everything takes which we fetch ourselves: publish, and only then go on.

use std::sync::Arc;

use runtime::clock::Clock;
use tokio::sync::watch;

use crate::org::OrgView;
use crate::publish::{Publish, PublishError};
use crate::sightings::Sightings;
use crate::source_metrics::SourceMetrics;
use crate::split::Split;

/// Nothing was taken, or not all of it: fetch again.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// A later step is far behind.
    #[error("paused: {0}")]
    Paused(String),
    /// The broker did not acknowledge.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Takes what a way brought. Cheap to clone.
pub struct Intake<P> {
    publish: Arc<P>,
    paused: watch::Receiver<Option<String>>,
    metrics: SourceMetrics,
    sightings: Sightings,
    clock: Clock,
}

impl<P> Clone for Intake<P> {
    fn clone(&self) -> Self {
        Self {
            publish: self.publish.clone(),
            paused: self.paused.clone(),
            metrics: self.metrics.clone(),
            sightings: self.sightings.clone(),
            clock: self.clock.clone(),
        }
    }
}

impl<P: Publish> Intake<P> {
    /// `paused` holds the reason while nothing may be taken.
    pub fn new(
        publish: P,
        paused: watch::Receiver<Option<String>>,
        metrics: SourceMetrics,
        sightings: Sightings,
        clock: Clock,
    ) -> Self {
        Self {
            publish: Arc::new(publish),
            paused,
            metrics,
            sightings,
            clock,
        }
    }

    /// Why nothing may be taken now.
    pub fn paused(&self) -> Option<String> {
        self.paused.borrow().clone()
    }

    /// Publishes all of it. `Ok` means that the broker has every record.
    pub async fn take(
        &self,
        org: &OrgView,
        way: &'static str,
        splits: Vec<Split>,
    ) -> Result<usize, TakeError> {
        if let Some(reason) = self.paused() {
            return Err(TakeError::Paused(reason));
        }
        let mut records = Vec::new();
        for split in splits {
            self.metrics.received(&org.org, way, &split);
            records.extend(split.records);
        }
        if records.is_empty() {
            return Ok(0);
        }
        let count = records.len();
        let seen = records.clone();
        self.publish.publish(records).await?;
        self.metrics.staged(&org.org, way, count);
        self.sightings.saw(org, way, &seen, self.clock.now());
        Ok(count)
    }
}
