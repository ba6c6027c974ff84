//! What a stage has done and what waits: the metrics that every stage has, and the watchdog that
//! ends a process which hangs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus::{Gauge, GaugeVec, Histogram, IntCounterVec};

use crate::clock::Clock;
use crate::kafka::consumer::Consumer;
use crate::stage::{RawRecord, Verdict};
use crate::telemetry::Telemetry;

/// Between two looks at the lag.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A loop that shows no sign of life for so long is ended.
const SILENT_MAX: Duration = Duration::from_mins(2);
/// Records that wait so long while the loop polls and gets none: a stopped consumer.
const STARVED_MAX: Duration = Duration::from_secs(90);

#[derive(Debug)]
struct State {
    alive: Instant,
    paused: bool,
    oldest_ms: Option<i64>,
    waiting_since: Option<Instant>,
    next: HashMap<(&'static str, i32), i64>,
}

/// Metrics of one stage.
#[derive(Clone)]
pub struct Progress {
    stage: &'static str,
    clock: Clock,
    state: Arc<Mutex<State>>,
    records: IntCounterVec,
    batch_seconds: Histogram,
    lag: GaugeVec,
    age: Gauge,
    /// 1 while the stage has stopped itself.
    pub halted: Gauge,
}

impl Progress {
    /// Registers the metrics of `stage`.
    pub fn new(stage: &'static str, telemetry: &Telemetry, clock: &Clock) -> Self {
        let state = State {
            alive: Instant::now(),
            paused: false,
            oldest_ms: None,
            waiting_since: None,
            next: HashMap::new(),
        };
        Self {
            stage,
            clock: clock.clone(),
            state: Arc::new(Mutex::new(state)),
            records: telemetry.counters(
                "earshot_stage_records_total",
                "Records handled, by verdict and reason.",
                &["stage", "topic", "verdict", "reason"],
            ),
            batch_seconds: telemetry.seconds(
                "earshot_stage_batch_seconds",
                "From the first record of a batch to its commit.",
            ),
            lag: telemetry.gauges(
                "earshot_stage_lag_records",
                "Records that wait to be handled.",
                &["stage", "topic"],
            ),
            age: telemetry.gauge(
                "earshot_stage_oldest_unprocessed_age_seconds",
                "Age of the oldest record that is not handled yet.",
            ),
            halted: telemetry.gauge(
                "earshot_stage_halted",
                "1 while the stage has stopped itself because too much went to quarantine.",
            ),
        }
    }

    fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The loop is alive.
    pub fn beat(&self, paused: bool) {
        self.with(|s| {
            s.alive = Instant::now();
            s.paused = paused;
        });
    }

    /// A batch is being worked on.
    pub fn began(&self, records: &[RawRecord]) {
        let oldest = records.iter().map(|r| r.appended_ms).min();
        self.with(|s| {
            s.oldest_ms = s.oldest_ms.or(oldest);
            s.waiting_since = None;
        });
    }

    /// A batch is done and committed.
    pub fn done(&self, records: &[RawRecord], verdicts: &[Verdict], took: Duration) {
        for (record, verdict) in records.iter().zip(verdicts) {
            let (name, reason) = match verdict {
                Verdict::Emit(_) => ("emit", ""),
                Verdict::Skip(reason) => ("skip", *reason),
                Verdict::Dead { reason, .. } => ("dead", *reason),
            };
            let labels = [self.stage, record.position.topic.name, name, reason];
            self.records.with_label_values(&labels).inc();
        }
        self.batch_seconds.observe(took.as_secs_f64());
        self.with(|s| {
            s.oldest_ms = None;
            for record in records {
                let at = &record.position;
                s.next.insert((at.topic.name, at.partition), at.offset + 1);
            }
        });
    }

    /// Looks at lag and life from its own thread, for as long as the process lives.
    pub fn watch(&self, consumer: Consumer) -> std::io::Result<()> {
        let progress = self.clone();
        std::thread::Builder::new()
            .name(format!("{}-watch", self.stage))
            .spawn(move || {
                loop {
                    std::thread::sleep(LOOK_EVERY);
                    progress.look(&consumer);
                }
            })
            .map(drop)
    }

    fn look(&self, consumer: &Consumer) {
        let ends = consumer.ends();
        let mut by_topic: HashMap<&str, i64> = HashMap::new();
        let (silent, starved, age) = self.with(|s| {
            for ((topic, partition), end) in &ends {
                let next = s.next.get(&(*topic, *partition)).copied().unwrap_or(0);
                *by_topic.entry(topic).or_default() += (end - next).max(0);
            }
            let waiting = by_topic.values().any(|lag| *lag > 0);
            if waiting && s.oldest_ms.is_none() && !s.paused {
                s.waiting_since.get_or_insert_with(Instant::now);
            } else {
                s.waiting_since = None;
            }
            let starved = s
                .waiting_since
                .map_or(Duration::ZERO, |since| since.elapsed());
            let now_ms = self.clock.now().timestamp_millis();
            let age = s.oldest_ms.map_or(starved.as_secs_f64(), |oldest| {
                Duration::from_millis((now_ms - oldest).max(0).unsigned_abs()).as_secs_f64()
            });
            (s.alive.elapsed(), starved, age)
        });
        for (topic, lag) in by_topic {
            // A lag beyond 2^53 records is not a concern.
            #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
            self.lag
                .with_label_values(&[self.stage, topic])
                .set(lag as f64);
        }
        self.age.set(age);
        if silent > SILENT_MAX || starved > STARVED_MAX {
            tracing::error!(
                stage = self.stage,
                silent_seconds = silent.as_secs(),
                starved_seconds = starved.as_secs(),
                "watchdog: no progress; ending the process so that it starts again"
            );
            std::process::exit(4);
        }
    }
}
