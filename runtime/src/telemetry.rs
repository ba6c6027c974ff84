//! Logs, metrics and readiness of one program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts,
    Registry, TextEncoder,
};

/// Metrics and readiness of the process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Telemetry {
    registry: Registry,
    states: Arc<Mutex<BTreeMap<&'static str, Result<(), String>>>>,
}

impl Telemetry {
    /// The registry behind `/metrics`.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Says whether a part of the program may take work, and if not, why.
    pub fn report(&self, part: &'static str, state: Result<(), String>) {
        self.states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(part, state);
    }

    /// Every part that may not take work, with its reason; empty means ready. A program that has
    /// reported nothing yet is still starting.
    pub fn unready(&self) -> BTreeMap<String, String> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if states.is_empty() {
            return BTreeMap::from([("program".to_owned(), "starting".to_owned())]);
        }
        states
            .iter()
            .filter_map(|(part, state)| Some(((*part).to_owned(), state.as_ref().err()?.clone())))
            .collect()
    }

    /// The metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut families = self.registry.gather();
        families.extend(prometheus::gather());
        TextEncoder::new()
            .encode_to_string(&families)
            .unwrap_or_default()
    }

    /// A registered counter with labels.
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.keep(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// A registered counter.
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.keep(IntCounter::new(name, help))
    }

    /// A registered gauge.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.keep(Gauge::new(name, help))
    }

    /// A registered gauge with labels.
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.keep(GaugeVec::new(Opts::new(name, help), labels))
    }

    /// A registered histogram of seconds.
    pub fn seconds(&self, name: &str, help: &str) -> Histogram {
        self.keep(Histogram::with_opts(HistogramOpts::new(name, help)))
    }

    /// A registered histogram of seconds with labels.
    pub fn seconds_by(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        self.keep(HistogramVec::new(HistogramOpts::new(name, help), labels))
    }

    // A wrong name or a name used twice is a mistake in the program, seen by its first test.
    #[expect(clippy::expect_used, reason = "names are literals of this project")]
    fn keep<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let metric = made.expect("metric name and labels are valid");
        self.registry
            .register(Box::new(metric.clone()))
            .expect("metric name is unique");
        metric
    }
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person.
    Pretty,
}

/// Sends log lines to standard error. `level` is a filter such as `info` or `runtime=debug`.
pub fn log(format: LogFormat, level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second call (tests) keeps the first subscriber.
    let _first_wins = match format {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Pretty => lines.with_target(false).try_init(),
    };
}
