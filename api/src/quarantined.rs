//! How many records of each organisation wait in quarantine. Counted from the topics, seldom.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use runtime::kafka::Cluster;
use runtime::kafka::reader::read_all;
use runtime::pg::marks;
use schemas::records::Quarantined;
use schemas::topics::{QUARANTINE_MESSAGES, QUARANTINE_POSTS};

use crate::App;

/// A count is shown for so long.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// A request waits so long for a new one.
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

    /// Records of an organisation that wait; `None` while that is not known.
    pub async fn of(&self, app: &App, org: &str) -> Option<i64> {
        let counts = if let Some(kept) = self.kept() {
            kept.counts
        } else {
            // Whoever asks meanwhile is not made to wait for it too.
            self.keep(None);
            let counted = tokio::time::timeout(WAIT_MAX, count(app)).await;
            let counts = counted.ok().flatten();
            self.keep(counts.clone());
            counts
        };
        counts.map(|counts| counts.get(org).copied().unwrap_or_default())
    }
}

async fn count(app: &App) -> Option<Counts> {
    let marked: HashSet<(String, i32, i64)> = match marks::all(app.pg()).await {
        Ok(all) => all
            .into_iter()
            .map(|(topic, p, offset, _)| (topic, p, offset))
            .collect(),
        Err(error) => {
            tracing::debug!(%error, "quarantine is not counted");
            return None;
        }
    };
    let (cluster, program) = (app.program().cluster.clone(), app.program().clone());
    let read = tokio::task::spawn_blocking(move || read(&cluster, &program, &marked));
    read.await.ok().flatten()
}

fn read(
    cluster: &Cluster,
    program: &runtime::Program,
    marked: &HashSet<(String, i32, i64)>,
) -> Option<Counts> {
    let mut counts = Counts::new();
    for topic in [&QUARANTINE_POSTS, &QUARANTINE_MESSAGES] {
        let done = read_all(cluster, topic, |record| {
            let at = &record.position;
            if marked.contains(&(at.topic.name.to_owned(), at.partition, at.offset)) {
                return;
            }
            let value = record.value.unwrap_or_default();
            if let Ok(kept) = program.encoder.codec().decode::<Quarantined>(&value) {
                *counts.entry(kept.org).or_default() += 1;
            }
        });
        if let Err(error) = done {
            tracing::debug!(%error, "quarantine is not counted");
            return None;
        }
    }
    Some(counts)
}
