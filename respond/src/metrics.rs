//! How replies stand.

use chrono::{DateTime, Utc};
use prometheus::{GaugeVec, IntCounterVec};
use runtime::telemetry::Telemetry;

/// The meters of the sender.
#[derive(Clone)]
pub(crate) struct Meters {
    state: GaugeVec,
    age: GaugeVec,
    steps: IntCounterVec,
}

impl Meters {
    pub fn new(telemetry: &Telemetry) -> Self {
        Self {
            state: telemetry.gauges(
                "earshot_reply_state",
                "Replies that are queued, sending or unknown.",
                &["org", "state"],
            ),
            age: telemetry.gauges(
                "earshot_reply_age_seconds",
                "Since when the oldest reply of a state has been in it.",
                &["org", "state"],
            ),
            steps: telemetry.counters(
                "earshot_reply_steps_total",
                "Steps of replies, by the state they led to.",
                &["org", "state"],
            ),
        }
    }

    pub fn stepped(&self, org: &str, state: &str) {
        self.steps.with_label_values(&[org, state]).inc();
    }

    pub fn states(&self, all: &[(String, String, i64, DateTime<Utc>)], now: DateTime<Utc>) {
        self.state.reset();
        self.age.reset();
        for (org, state, count, oldest) in all {
            let labels = [org.as_str(), state.as_str()];
            let count = i32::try_from(*count).unwrap_or(i32::MAX);
            self.state.with_label_values(&labels).set(f64::from(count));
            let age = (now - *oldest).as_seconds_f64();
            self.age.with_label_values(&labels).set(age.max(0.0));
        }
    }
}
