//! Counts every call of X and what it costs: metrics at once, rows of the day in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use prometheus::IntCounterVec;
use runtime::telemetry::Telemetry;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use x_client::usage::{Observer, Outcome, Usage};

use crate::account::parts;
use crate::pg;

/// How often what was counted is written. A process that is killed loses what it counted since.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// One row: calls of an endpoint for an account on a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Line {
    pub org: String,
    pub day: NaiveDate,
    pub account: String,
    pub endpoint: &'static str,
}

/// What is added to a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub calls: i64,
    pub failed: i64,
    pub micro_usd: i64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.micro_usd = self.micro_usd.saturating_add(other.micro_usd);
    }
}

/// The ledger of a process. Cheap to clone.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    // As many lines as accounts have endpoints: they bound it.
    pending: Mutex<HashMap<Line, Sum>>,
    calls: IntCounterVec,
    cost: IntCounterVec,
}

impl Ledger {
    /// Registers its metrics.
    pub fn new(telemetry: &Telemetry) -> Self {
        Self(Arc::new(Inner {
            pending: Mutex::default(),
            calls: telemetry.counters(
                "earshot_x_calls_total",
                "Calls of X; status 0: no answer.",
                &["org", "endpoint", "status"],
            ),
            cost: telemetry.counters(
                "earshot_x_cost_micro_usd_total",
                "What calls of X cost at its published prices, millionths of US dollars.",
                &["org", "account"],
            ),
        }))
    }

    /// Writes what was counted until `shutdown`, and once more then.
    pub async fn run(self, pool: PgPool, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => {
                    self.try_write(&pool).await;
                    return;
                }
                () = tokio::time::sleep(WRITE_EVERY) => self.try_write(&pool).await,
            }
        }
    }

    async fn try_write(&self, pool: &PgPool) {
        if let Err(error) = self.write(pool).await {
            tracing::warn!(%error, "the cost of X is not written yet");
        }
    }

    /// Writes what was counted since the last time. What cannot be written is kept for the next.
    pub async fn write(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let taken = std::mem::take(&mut *self.pending());
        let mut orgs: HashMap<String, Vec<(Line, Sum)>> = HashMap::new();
        for (line, sum) in taken {
            orgs.entry(line.org.clone()).or_default().push((line, sum));
        }
        let mut result = Ok(());
        for (org, mut lines) in orgs {
            // Locked in one order by every process.
            lines.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            if let Err(error) = pg::add(pool, &org, &lines).await {
                let mut pending = self.pending();
                for (line, sum) in lines {
                    pending.entry(line).or_default().add(sum);
                }
                result = Err(error);
            }
        }
        result
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<Line, Sum>> {
        self.0
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Ledger {
    fn called(&self, usage: &Usage<'_>) {
        let (org, account) = parts(usage.account);
        let endpoint = usage.endpoint.name();
        let status = match usage.outcome {
            Outcome::Status(status) => status,
            Outcome::Failed(_) => 0,
        };
        let micro_usd = usage.cost.0.max(0);
        let counters = &self.0;
        counters
            .calls
            .with_label_values(&[org, endpoint, &status.to_string()])
            .inc();
        counters
            .cost
            .with_label_values(&[org, account])
            .inc_by(micro_usd.unsigned_abs());
        let line = Line {
            org: org.to_owned(),
            day: usage.at.date_naive(),
            account: account.to_owned(),
            endpoint,
        };
        let sum = Sum {
            calls: 1,
            failed: i64::from(!(200..300).contains(&status)),
            micro_usd,
        };
        self.pending().entry(line).or_default().add(sum);
    }
}
