//! Gathers facts that are seen often and writes them seldom: of each, the newest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::pg::facts::{Fact, write};

/// A fact is written at most so often.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Organisation, subject, name.
type Key = (String, String, &'static str);
type Noted = HashMap<Key, (Value, DateTime<Utc>)>;

/// What was seen and is not written yet. Cheap to clone. Its keys must be bounded by configuration:
/// never an id that comes from outside.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Noted>>);

impl Recorder {
    /// Notes a fact. Blocks for no longer than a map takes.
    pub fn note(
        &self,
        org: &str,
        subject: &str,
        name: &'static str,
        value: Value,
        at: DateTime<Utc>,
    ) {
        let key = (org.to_owned(), subject.to_owned(), name);
        self.lock().insert(key, (value, at));
    }

    /// What would be written now, in order.
    pub fn pending(&self) -> Vec<(String, Fact)> {
        let mut all: Vec<(String, Fact)> = self
            .lock()
            .iter()
            .map(|((org, subject, name), (value, at))| {
                let fact = Fact {
                    subject: subject.clone(),
                    name: (*name).to_owned(),
                    value: value.clone(),
                    at: *at,
                };
                (org.clone(), fact)
            })
            .collect();
        let place =
            |(org, fact): &(String, Fact)| (org.clone(), fact.subject.clone(), fact.name.clone());
        all.sort_by_key(place);
        all
    }

    /// Writes what was noted, every 5 s until `shutdown` and once more then. What cannot be written
    /// is forgotten: the next sighting says it again.
    pub async fn run(self, pool: PgPool, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(WRITE_EVERY) => {}
            }
            if let Err(error) = self.write(&pool).await {
                tracing::warn!(%error, "facts are not written");
            }
        }
    }

    /// Writes what was noted since the last time.
    pub async fn write(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut by_org: HashMap<String, Vec<Fact>> = HashMap::new();
        for (org, fact) in self.pending() {
            by_org.entry(org).or_default().push(fact);
        }
        self.lock().clear();
        for (org, facts) in by_org {
            let mut scope = crate::pg::begin(pool, &[&org]).await?;
            write(&mut scope, &org, &facts).await?;
            scope.commit().await?;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
