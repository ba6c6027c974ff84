//! What a stage has done and what waits: the metrics that every stage has, and the watchdog that
//! ends a process which hangs.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus::{Gauge, GaugeVec, Histogram, IntCounterVec};

use crate::kafka::consumer::{Consumer, Mark};
use crate::pg::ages;
use crate::program::Program;
use crate::stage::{RawRecord, Verdict};

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
    program: Program,
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
    pub fn new(stage: &'static str, program: &Program) -> Self {
        let telemetry = &program.telemetry;
        let state = State {
            alive: Instant::now(),
            paused: false,
            oldest_ms: None,
            waiting_since: None,
            next: HashMap::new(),
        };
        Self {
            stage,
            program: program.clone(),
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
            s.oldest_ms = s.oldest_ms.min(oldest).or(oldest);
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
            for record in records {
                let at = &record.position;
                s.next.insert((at.topic.name, at.partition), at.offset + 1);
            }
        });
    }

    /// After a batch: when the oldest of those still under way was appended.
    pub fn waits(&self, oldest_ms: Option<i64>) {
        self.with(|s| s.oldest_ms = oldest_ms);
    }

    /// Looks at lag and life from its own thread, until what is returned is dropped.
    pub fn watch(&self, consumer: Consumer) -> std::io::Result<Watch> {
        let progress = self.clone();
        let (watch, ended) = mpsc::channel();
        std::thread::Builder::new()
            .name(format!("{}-watch", self.stage))
            .spawn(move || {
                while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                    progress.look(&consumer);
                }
            })?;
        Ok(Watch { _ends: watch })
    }

    fn look(&self, consumer: &Consumer) {
        let marks = consumer.marks();
        let mut by_topic: HashMap<&str, i64> = HashMap::new();
        let now_ms = self.program.clock.now().timestamp_millis();
        let (silent, starved, age) = self.with(|s| {
            for ((topic, partition), mark) in &marks {
                let handled = s.next.get(&(*topic, *partition)).copied();
                *by_topic.entry(topic).or_default() += lag(mark, handled, s.oldest_ms.is_some());
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
            let age = s.oldest_ms.map_or(starved, |oldest| {
                Duration::from_millis((now_ms - oldest).max(0).unsigned_abs())
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
        self.age.set(age.as_secs_f64());
        self.tell(age);
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

    // For whoever must stop taking more while this is too old. PostgreSQL being away stops nothing.
    fn tell(&self, age: Duration) {
        let now = self.program.clock.now();
        let told = ages::report(
            &self.program.pg,
            self.stage,
            &self.program.instance,
            age,
            now,
        );
        if let Err(error) = self.program.handle.block_on(told) {
            tracing::debug!(%error, "age of the oldest record not reported");
        }
    }
}

/// The watching thread ends when this is dropped; it must not outlive the loop that it watches.
pub struct Watch {
    _ends: mpsc::Sender<()>,
}

// Records that wait in a partition. What was handled tells it while a batch is worked on; the
// position of the fetcher tells it else, since markers of transactions are never handled, nor is
// anything right after a restart.
fn lag(mark: &Mark, handled: Option<i64>, in_hand: bool) -> i64 {
    let read = mark.read.unwrap_or(mark.first);
    let next = match handled {
        Some(handled) if in_hand => handled,
        Some(handled) => handled.max(read),
        None => read,
    };
    (mark.end - next.max(mark.first)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restarted_or_marked_partition_has_no_lag() {
        let mark = |first, end, read| Mark { first, end, read };
        for (what, mark, handled, in_hand, expected) in [
            (
                "restarted, all was read before",
                mark(0, 900, Some(900)),
                None,
                false,
                0,
            ),
            (
                "a marker ends the partition",
                mark(0, 901, Some(901)),
                Some(900),
                false,
                0,
            ),
            (
                "records wait in the consumer",
                mark(0, 901, Some(700)),
                Some(700),
                false,
                201,
            ),
            (
                "a batch is worked on",
                mark(0, 900, Some(900)),
                Some(400),
                true,
                500,
            ),
            (
                "the fetcher stands still",
                mark(0, 900, Some(400)),
                Some(400),
                false,
                500,
            ),
            ("nothing told yet", mark(10, 900, None), None, false, 890),
            (
                "retention passed by",
                mark(800, 900, Some(300)),
                Some(300),
                false,
                100,
            ),
        ] {
            assert_eq!(lag(&mark, handled, in_hand), expected, "{what}");
        }
    }
}
