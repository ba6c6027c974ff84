//! What an operator sees of the ways that we fetch by ourselves.

use chrono::{DateTime, Utc};
use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};

use crate::split::Split;

/// The metrics. Cheap to clone.
#[derive(Clone)]
pub struct SourceMetrics {
    received: IntCounterVec,
    staged: IntCounterVec,
    skipped: IntCounterVec,
    pub(crate) budget_left: GaugeVec,
    gap_seconds: GaugeVec,
    webhook_valid: GaugeVec,
    polled: GaugeVec,
    pub(crate) streams: GaugeVec,
}

impl SourceMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let name = |name: &str| format!("earshot_ingest_{name}");
        let counters = |of: &str, help: &str, labels: &[&str]| {
            let made = IntCounterVec::new(Opts::new(name(of), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let gauges = |of: &str, help: &str, labels: &[&str]| {
            let made = GaugeVec::new(Opts::new(name(of), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        Ok(Self {
            received: counters(
                "source_received_total",
                "Objects that a way brought.",
                &["org", "source"],
            )?,
            staged: counters(
                "source_staged_total",
                "Records of a way that the broker has.",
                &["org", "source"],
            )?,
            skipped: counters(
                "source_skipped_total",
                "Events of no use that a way brought.",
                &["org", "source"],
            )?,
            budget_left: gauges(
                "x_budget_left",
                "Calls left in X's window.",
                &["org", "account", "endpoint"],
            )?,
            gap_seconds: gauges(
                "gap_seconds",
                "Time in which items may have been missed and are not recovered.",
                &["org"],
            )?,
            webhook_valid: gauges(
                "webhook_valid",
                "1 while X takes the account's webhook for valid; absent where X is not asked.",
                &["org", "account"],
            )?,
            polled: gauges(
                "polled_timestamp_seconds",
                "When every feed of the account was last read to its end.",
                &["org", "account"],
            )?,
            streams: gauges("streams_open", "Open streams.", &["org"])?,
        })
    }

    /// What X says of an account's webhook. What is not known here any more, since it is stopped or
    /// another process looks after it, must not stand: somebody would be woken for it.
    pub(crate) fn webhook(&self, (org, account): (&str, &str), valid: Option<bool>) {
        show(
            &self.webhook_valid,
            &[org, account],
            valid.map(|valid| f64::from(u8::from(valid))),
        );
    }

    /// An account's feeds were read, or are not read here any more.
    pub(crate) fn polled(&self, (org, account): (&str, &str), at: Option<DateTime<Utc>>) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let seconds = at.map(|at| at.timestamp() as f64);
        show(&self.polled, &[org, account], seconds);
    }

    /// Seconds in which items of an organisation may have been missed; none where others look.
    pub(crate) fn gaps(&self, org: &str, seconds: Option<i64>) {
        #[expect(clippy::cast_precision_loss, reason = "seconds of days")]
        let seconds = seconds.map(|seconds| seconds as f64);
        show(&self.gap_seconds, &[org], seconds);
    }

    pub(crate) fn received(&self, org: &str, way: &str, split: &Split) {
        let skipped: usize = split.skipped.iter().map(|(_, count)| count).sum();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.received
            .with_label_values(&[org, way])
            .inc_by(count(skipped + split.records.len()));
        self.skipped
            .with_label_values(&[org, way])
            .inc_by(count(skipped));
    }

    pub(crate) fn staged(&self, org: &str, way: &str, records: usize) {
        self.staged
            .with_label_values(&[org, way])
            .inc_by(u64::try_from(records).unwrap_or(u64::MAX));
    }
}

fn show(gauge: &GaugeVec, labels: &[&str], value: Option<f64>) {
    match value {
        Some(value) => gauge.with_label_values(labels).set(value),
        // One that was never shown is no error.
        None => drop(gauge.remove_label_values(labels)),
    }
}
