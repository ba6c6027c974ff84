//! What an operator sees of the ways that we fetch by ourselves.

use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};

use crate::split::Split;

/// The metrics. Cheap to clone.
#[derive(Clone)]
pub struct SourceMetrics {
    received: IntCounterVec,
    staged: IntCounterVec,
    skipped: IntCounterVec,
    pub(crate) calls: IntCounterVec,
    pub(crate) cost: prometheus::CounterVec,
    pub(crate) budget_left: GaugeVec,
    pub(crate) gap_seconds: GaugeVec,
    pub(crate) webhook_valid: GaugeVec,
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
        let cost = prometheus::CounterVec::new(
            Opts::new(name("x_cost_usd_total"), "Cost at X's published prices."),
            &["org"],
        )?;
        registry.register(Box::new(cost.clone()))?;
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
            calls: counters(
                "x_calls_total",
                "Requests to X by status; 0: no answer.",
                &["org", "endpoint", "status"],
            )?,
            cost,
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
                "1 while X takes the webhook for valid.",
                &["org"],
            )?,
            streams: gauges("streams_open", "Open streams.", &["org"])?,
        })
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
