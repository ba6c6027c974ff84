//! How replies stand, and what X cost.

use chrono::{DateTime, Utc};
use prometheus::{GaugeVec, IntCounterVec};
use runtime::telemetry::Telemetry;
use x_client::usage::{Observer, Outcome, Usage};

/// The meters of the sender.
#[derive(Clone)]
pub(crate) struct Meters {
    state: GaugeVec,
    age: GaugeVec,
    steps: IntCounterVec,
    calls: IntCounterVec,
    cost: IntCounterVec,
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
            calls: telemetry.counters(
                "earshot_x_calls_total",
                "Requests to X, by endpoint and how they ended.",
                &["account", "endpoint", "outcome"],
            ),
            cost: telemetry.counters(
                "earshot_x_cost_micro_usd_total",
                "What X's published prices say for them, millionths of a US dollar.",
                &["account", "price_version"],
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

impl Observer for Meters {
    fn called(&self, usage: &Usage<'_>) {
        let outcome = match usage.outcome {
            Outcome::Status(status) => status.to_string(),
            Outcome::Failed(_) => "failed".to_owned(),
        };
        let (account, endpoint) = (usage.account.as_str(), usage.endpoint.to_string());
        self.calls
            .with_label_values(&[account, &endpoint, &outcome])
            .inc();
        self.cost
            .with_label_values(&[account, usage.price_version])
            .inc_by(u64::try_from(usage.cost.0).unwrap_or_default());
    }
}
