//! What waits in quarantine, read from its topics: seldom, for they are read whole.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use runtime::Position;
use runtime::kafka::reader::{read_all, read_one};
use runtime::pg::marks;
use runtime::quarantine::again::id;
use schemas::records::Quarantined;
use schemas::topics::{QUARANTINE_MESSAGES, QUARANTINE_POSTS};

use crate::App;

/// A count is shown for so long.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// A request waits so long for what is read.
const WAIT_MAX: Duration = Duration::from_secs(5);

type Counts = HashMap<String, i64>;

/// A count as it stands; none while it is made, or after it failed.
#[derive(Debug, Clone)]
struct Count {
    begun: Instant,
    counts: Option<Counts>,
}

/// The last count. One that fails is tried again after the same time.
#[derive(Debug, Default)]
pub struct Counted(Mutex<Option<Count>>);

impl Counted {
    fn kept(&self) -> Option<Count> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
            .filter(|count| count.begun.elapsed() < KEPT_FOR)
    }

    fn keep(&self, counts: Option<Counts>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Count {
            begun: Instant::now(),
            counts,
        });
    }

    /// What was counted is no longer so.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Records of an organisation that wait; `None` while that is not known.
    pub async fn of(&self, app: &App, org: &str) -> Option<i64> {
        let counts = if let Some(kept) = self.kept() {
            kept.counts
        } else {
            // Whoever asks meanwhile is not made to wait for it too.
            self.keep(None);
            let counts = waiting(app, |counts: &mut Counts, _, kept| {
                *counts.entry(kept.org).or_default() += 1;
            })
            .await;
            self.keep(counts.clone());
            counts
        };
        counts.map(|counts| counts.get(org).copied().unwrap_or_default())
    }
}

/// Gives `each` what was neither replayed nor dropped. `None` while Kafka or PostgreSQL is away.
pub async fn waiting<T: Default + Send + 'static>(
    app: &App,
    mut each: impl FnMut(&mut T, Position, Quarantined) + Send + 'static,
) -> Option<T> {
    let marked: HashSet<String> = match marks::all(app.pg()).await {
        Ok(all) => all.into_iter().map(|(at, _)| id(&at)).collect(),
        Err(error) => {
            tracing::debug!(%error, "quarantine is not read");
            return None;
        }
    };
    let program = app.program().clone();
    blocking(move || {
        let mut result = T::default();
        for topic in [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES] {
            read_all(&program.cluster, topic, |record| {
                if marked.contains(&id(&record.position)) {
                    return;
                }
                let value = record.value.unwrap_or_default();
                if let Ok(kept) = program.encoder.codec().decode(&value) {
                    each(&mut result, record.position, kept);
                }
            })?;
        }
        Ok(result)
    })
    .await
}

/// The record that lies there, if it still does. `None` while Kafka is away.
pub async fn one(app: &App, at: Position) -> Option<Option<Quarantined>> {
    let program = app.program().clone();
    blocking(move || {
        let record = read_one(&program.cluster, &at)?;
        let value = record.and_then(|record| record.value);
        Ok(value.and_then(|value| program.encoder.codec().decode(&value).ok()))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, runtime::kafka::KafkaError> + Send + 'static,
) -> Option<T> {
    let read = tokio::time::timeout(WAIT_MAX, tokio::task::spawn_blocking(read)).await;
    match read.ok()?.ok()? {
        Ok(result) => Some(result),
        Err(error) => {
            tracing::debug!(%error, "quarantine is not read");
            None
        }
    }
}
