//! Every request to X, for metrics and for the day's costs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::PgPool;
use x_client::usage::{Observer, Outcome, Usage};

use crate::pg::usage::{Row, add};
use crate::source_metrics::SourceMetrics;

/// Counts requests. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Ledger {
    metrics: SourceMetrics,
    held: Arc<Mutex<Held>>,
}

/// Rows by organisation, day, account and endpoint.
type Held = BTreeMap<(String, chrono::NaiveDate, String, &'static str), Row>;

impl Ledger {
    /// Counts into these metrics too.
    pub fn new(metrics: SourceMetrics) -> Self {
        Self {
            metrics,
            held: Arc::default(),
        }
    }

    /// Writes what was counted. What cannot be written stays for the next time.
    pub async fn flush(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_org: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for ((org, ..), row) in held {
            by_org.entry(org).or_default().push(row);
        }
        let mut failed = Ok(());
        for (org, rows) in by_org {
            if let Err(error) = add(pool, &org, &rows).await {
                for row in rows {
                    self.put(&org, row);
                }
                failed = Err(error);
            }
        }
        failed
    }

    fn put(&self, org: &str, row: Row) {
        let key = (org.to_owned(), row.day, row.account.clone(), row.endpoint);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&key) {
            Some(sum) => {
                sum.calls += row.calls;
                sum.failed += row.failed;
                sum.micro_usd += row.micro_usd;
            }
            None => {
                held.insert(key, row);
            }
        }
    }
}

impl Observer for Ledger {
    fn called(&self, usage: &Usage<'_>) {
        let (org, account) = usage
            .account
            .as_str()
            .split_once('/')
            .unwrap_or((usage.account.as_str(), ""));
        let status = match usage.outcome {
            Outcome::Status(status) => status,
            Outcome::Failed(_) => 0,
        };
        let labels = [org, usage.endpoint.name(), &status.to_string()];
        self.metrics.calls.with_label_values(&labels).inc();
        #[expect(clippy::cast_precision_loss, reason = "a day's dollars")]
        let dollars = usage.cost.0 as f64 / 1e6;
        self.metrics
            .cost
            .with_label_values(&[org])
            .inc_by(dollars.max(0.0));
        self.put(
            org,
            Row {
                day: usage.at.date_naive(),
                account: account.to_owned(),
                endpoint: usage.endpoint.name(),
                calls: 1,
                failed: i64::from(!(200..300).contains(&status)),
                micro_usd: usage.cost.0,
            },
        );
    }
}
