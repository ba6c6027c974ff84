//! Read your writes: a read that names the sequence number of a command waits until the pipeline
//! has folded it back, or says that it has not.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use runtime::kafka::Cluster;
use runtime::kafka::admin::Admin;
use schemas::Kind;
use schemas::topics::linked;
use tokio::time::{Instant, sleep, timeout_at};

use super::problem::Problem;
use crate::App;
use crate::pg::folded;

/// A read waits no longer.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// The first look again; then twice as long, up to [`LOOK_MAX`].
const LOOK_MIN: Duration = Duration::from_millis(5);
const LOOK_MAX: Duration = Duration::from_millis(100);
/// The mark that ends a transaction reaches a partition after its records have.
const MARK_LAG: Duration = Duration::from_millis(25);

/// Look-ups at once: while Kafka is away each holds a thread for long after its read has gone on.
pub const LOOK_UPS_MAX: usize = 4;

/// Next offset of a partition.
pub type End = (&'static str, i32, i64);

/// Tells how far the linked topics go. Blocks.
pub trait LinkedEnds: Send + Sync {
    fn ends(&self) -> Result<Vec<End>, String>;
}

/// The cluster's own word.
pub struct KafkaEnds {
    cluster: Cluster,
    partitions: i32,
    admin: std::sync::OnceLock<Admin>,
}

impl KafkaEnds {
    pub fn new(cluster: Cluster, partitions: i32) -> Self {
        Self {
            cluster,
            partitions,
            admin: std::sync::OnceLock::new(),
        }
    }
}

impl LinkedEnds for KafkaEnds {
    fn ends(&self) -> Result<Vec<End>, String> {
        if self.admin.get().is_none() {
            let made = Admin::new(&self.cluster).map_err(|e| e.to_string())?;
            // Another thread may have been quicker; one of the two serves.
            drop(self.admin.set(made));
        }
        let admin = self.admin.get().ok_or("no admin client")?;
        let mut ends = Vec::new();
        for topic in [linked(Kind::Post), linked(Kind::Message)] {
            let marks = admin
                .watermarks(topic, self.partitions)
                .map_err(|e| e.to_string())?;
            for (partition, (_, end)) in (0..).zip(marks) {
                ends.push((topic.name, partition, end));
            }
        }
        Ok(ends)
    }
}

/// Waits, where a read asks for it.
pub async fn fresh(State(app): State<App>, request: Request, next: Next) -> Response {
    let wanted = match wanted(request.method(), request.headers()) {
        Ok(Some(seq)) => seq,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    let folded = timeout_at(Instant::now() + WAIT_MAX, until_folded(&app, wanted)).await;
    let mut response = next.run(request).await;
    if !matches!(folded, Ok(Ok(()))) {
        response
            .headers_mut()
            .insert("earshot-behind", HeaderValue::from_static("true"));
    }
    response
}

fn wanted(method: &Method, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get("earshot-min-seq") else {
        return Ok(None);
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let seq = value.to_str().ok().and_then(|text| text.parse().ok());
    seq.filter(|seq| *seq >= 0).map(Some).ok_or_else(|| {
        Problem::parameter("Earshot-Min-Seq", "expected the Earshot-Seq of an answer")
    })
}

async fn until_folded(app: &App, wanted: i64) -> Result<(), Problem> {
    let mut pause = LOOK_MIN;
    while folded::published(app.pg())
        .await?
        .is_some_and(|oldest| oldest <= wanted)
    {
        sleep(pause).await;
        pause = (pause * 2).min(LOOK_MAX);
    }
    sleep(MARK_LAG).await;
    let source = app.linked_ends();
    let turn = app.look_ups().acquire_owned().await;
    let ends = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        source.ends()
    })
    .await;
    let ends = match ends {
        Ok(Ok(ends)) => ends,
        Ok(Err(error)) => {
            tracing::warn!(error, "cannot tell how far the topics go");
            return Err(Problem::new(
                &super::kinds::DEPENDENCY,
                "Kafka did not answer.",
            ));
        }
        Err(_) => {
            return Err(Problem::new(
                &super::kinds::INTERNAL,
                "A look-up ended early.",
            ));
        }
    };
    let mut pause = LOOK_MIN;
    while !past(
        &folded::next_offsets(app.pg(), "interaction-writer").await?,
        &ends,
    ) {
        sleep(pause).await;
        pause = (pause * 2).min(LOOK_MAX);
    }
    Ok(())
}

// The last entry of a partition is the mark of the relay's transaction, which no reader is given.
fn past(next: &[(String, i32, i64)], ends: &[End]) -> bool {
    ends.iter().all(|(topic, partition, end)| {
        *end == 0
            || next
                .iter()
                .any(|(stored, p, offset)| stored == topic && p == partition && *offset >= end - 1)
    })
}
