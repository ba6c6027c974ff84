//! What an operator sees of the webhook source.

use chrono::{DateTime, Utc};
use prometheus::{GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry};

use crate::org::OrgView;
use crate::publish::{Outgoing, Value};
use crate::split::{Notice, Split};

/// Bounds of the time to the broker's acknowledgement; X waits ten seconds.
const ACK_SECONDS: &[f64] = &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// The metrics. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    received: IntCounterVec,
    acked: IntCounterVec,
    staged: IntCounterVec,
    skipped: IntCounterVec,
    refused: IntCounterVec,
    quarantined: IntCounterVec,
    revoked: IntCounterVec,
    replays: IntCounterVec,
    pub(crate) in_flight: IntGauge,
    pub(crate) ack_seconds: Histogram,
    last_event: GaugeVec,
    last_crc: GaugeVec,
}

impl Metrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let made =
                IntCounterVec::new(Opts::new(format!("earshot_ingest_{name}"), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let made = GaugeVec::new(Opts::new(format!("earshot_ingest_{name}"), help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, prometheus::Error>(made)
        };
        let in_flight = IntGauge::new("earshot_ingest_in_flight_bodies", "Bodies in work.")?;
        registry.register(Box::new(in_flight.clone()))?;
        let ack = HistogramOpts::new(
            "earshot_ingest_ack_seconds",
            "From the first byte of a delivery to the broker's acknowledgement of its last item.",
        );
        let ack_seconds = Histogram::with_opts(ack.buckets(ACK_SECONDS.to_vec()))?;
        registry.register(Box::new(ack_seconds.clone()))?;
        Ok(Self {
            received: counters("received_bodies_total", "Signed bodies.", &["org"])?,
            acked: counters("acked_bodies_total", "Bodies answered 200.", &["org"])?,
            staged: counters(
                "staged_records_total",
                "Records on topics.",
                &["org", "topic"],
            )?,
            skipped: counters(
                "skipped_events_total",
                "Events of no use, by name.",
                &["event"],
            )?,
            refused: counters(
                "refused_requests_total",
                "Requests not answered 200.",
                &["reason"],
            )?,
            quarantined: counters(
                "quarantined_bodies_total",
                "Bodies that went to quarantine, whole or for a part.",
                &["reason"],
            )?,
            revoked: counters("revoked_accounts_total", "Accounts that revoked.", &["org"])?,
            replays: counters(
                "replay_jobs_total",
                "Replays that X ended.",
                &["org", "state"],
            )?,
            in_flight,
            ack_seconds,
            last_event: gauges(
                "last_event_timestamp_seconds",
                "When the last item of an account came.",
                &["org", "account"],
            )?,
            last_crc: gauges(
                "last_crc_timestamp_seconds",
                "Last challenge answered.",
                &["org"],
            )?,
        })
    }

    pub(crate) fn refused(&self, reason: &str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    pub(crate) fn crc(&self, org: &str, now: DateTime<Utc>) {
        self.last_crc.with_label_values(&[org]).set(seconds(now));
    }

    /// A body that is signed and split.
    pub(crate) fn received(&self, org: &str, split: &Split) {
        self.received.with_label_values(&[org]).inc();
        for (event, count) in &split.skipped {
            let count = u64::try_from(*count).unwrap_or(u64::MAX);
            self.skipped.with_label_values(&[event]).inc_by(count);
        }
        for notice in &split.notices {
            match notice {
                Notice::Revoked => self.revoked.with_label_values(&[org]).inc(),
                Notice::ReplayEnded { complete } => {
                    let state = if *complete { "complete" } else { "incomplete" };
                    self.replays.with_label_values(&[org, state]).inc();
                }
            }
        }
    }

    /// The broker has all of it.
    pub(crate) fn acked(&self, org: &OrgView, tally: &Tally, now: DateTime<Utc>) {
        self.acked.with_label_values(&[&org.org]).inc();
        for (topic, count) in &tally.topics {
            self.staged
                .with_label_values(&[org.org.as_str(), topic])
                .inc_by(*count);
        }
        for account in &tally.accounts {
            self.last_event
                .with_label_values(&[&org.org, account])
                .set(seconds(now));
        }
        if let Some(reason) = tally.quarantined {
            self.quarantined.with_label_values(&[reason]).inc();
        }
    }
}

/// What a split will have put where, once it is acknowledged.
pub struct Tally {
    topics: Vec<(&'static str, u64)>,
    accounts: Vec<String>,
    quarantined: Option<&'static str>,
}

impl Tally {
    /// Our accounts that items came for.
    pub fn accounts(&self) -> &[String] {
        &self.accounts
    }

    pub fn of(split: &Split, org: &OrgView) -> Self {
        let mut tally = Self {
            topics: Vec::new(),
            accounts: Vec::new(),
            quarantined: split.quarantined.map(crate::split::Unreadable::as_str),
        };
        for Outgoing { topic, value, .. } in &split.records {
            match tally
                .topics
                .iter_mut()
                .find(|(name, _)| *name == topic.name)
            {
                Some((_, count)) => *count += 1,
                None => tally.topics.push((topic.name, 1)),
            }
            // Only our own accounts become labels: watched people are without bound.
            if let Value::Received(record) = value
                && org.owns(&record.account)
                && !tally.accounts.contains(&record.account)
            {
                tally.accounts.push(record.account.clone());
            }
        }
        tally
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are far below 2^53"
)]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
