//! What every program is given: cluster, codec, pool, clock, telemetry, shutdown; and how it starts.

use std::sync::Arc;
use std::time::Duration;

use schemas::wire::{Codec, WireError};
use sqlx::PgPool;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::kafka::Cluster;
use crate::kafka::consumer::{HEARTBEAT_KEY, Window};
use crate::registry::Registry;
use crate::stage::{Encoder, RawRecord, Verdict};
use crate::telemetry::Telemetry;
use crate::{Exit, pg, probes, registry, telemetry};

/// Reasons that the drivers themselves give, beside each stage's own.
pub const DRIVER_REASONS: &[&str] = &[
    "tombstone",
    "undecodable",
    "unknown-schema",
    "refused-by-the-store",
    "no-organisation",
    "too-large",
];

/// The environment of one program. Cheap to clone.
#[derive(Clone)]
pub struct Program {
    /// Name of the program.
    pub name: &'static str,
    /// Static member id: `<program>-<n>`.
    pub instance: String,
    /// The Kafka cluster.
    pub cluster: Cluster,
    /// Encodes and routes records.
    pub encoder: Encoder,
    /// Connections of the app role.
    pub pg: PgPool,
    /// The clock.
    pub clock: Clock,
    /// Metrics and readiness.
    pub telemetry: Telemetry,
    /// Cancelled by SIGTERM or SIGINT: finish what is begun, start nothing.
    pub shutdown: CancellationToken,
    /// How much is read together.
    pub window: Window,
    pub(crate) handle: Handle,
    registry: Option<Registry>,
}

impl Program {
    /// Starts a program: logging, codec, pool, probes, signals. Must be called in a tokio runtime.
    pub async fn start(name: &'static str, config: &Config) -> Result<Self, Exit> {
        telemetry::log(config.log_format()?, &config.text("log.level"));
        let registry = Registry::of(config)?;
        let codec = match &registry {
            Some(registry) => registry.codec().await?,
            None => Codec::own().map_err(|e| Exit::Config(e.to_string()))?,
        };
        let program = Self {
            name,
            instance: format!("{name}-{}", config.number::<u32>("instance")?),
            cluster: config.cluster(),
            encoder: Encoder::new(Arc::new(codec), config.number("pipeline.partitions")?),
            pg: open_pool(
                name,
                &config.require("database.url")?,
                config.number("database.pool")?,
            )
            .map_err(|e| Exit::Config(format!("database.url: {e}")))?,
            clock: Clock::with_offset(chrono::TimeDelta::seconds(config.number("clock.offset_s")?)),
            telemetry: Telemetry::default(),
            shutdown: CancellationToken::new(),
            window: Window {
                records_max: config.number("pipeline.batch_records")?,
                bytes_max: config.number("pipeline.batch_bytes")?,
                linger: Duration::from_millis(config.number("pipeline.batch_ms")?),
            },
            handle: Handle::current(),
            registry,
        };
        program.on_signals()?;
        program.open_probes(config).await?;
        Ok(program)
    }

    /// A program for a test: own codec, no probes, no signals. Must be called in a tokio runtime.
    pub fn for_test(name: &'static str, cluster: Cluster, pg: PgPool) -> Result<Self, Exit> {
        let codec = Codec::own().map_err(|e| Exit::Config(e.to_string()))?;
        Ok(Self {
            name,
            instance: format!("{name}-0"),
            cluster,
            encoder: Encoder::new(Arc::new(codec), crate::config::PARTITIONS),
            pg,
            clock: Clock::default(),
            telemetry: Telemetry::default(),
            shutdown: CancellationToken::new(),
            window: Window {
                records_max: 1000,
                bytes_max: 1 << 20,
                linger: Duration::from_millis(5),
            },
            handle: Handle::current(),
            registry: None,
        })
    }

    fn on_signals(&self) -> Result<(), Exit> {
        use tokio::signal::unix::{SignalKind, signal};
        let shutdown = self.shutdown.clone();
        let listen = |kind| signal(kind).map_err(|e| Exit::Restart(format!("signals: {e}")));
        let (mut term, mut int) = (
            listen(SignalKind::terminate())?,
            listen(SignalKind::interrupt())?,
        );
        tokio::spawn(async move {
            tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
            tracing::info!("draining");
            shutdown.cancel();
        });
        Ok(())
    }

    async fn open_probes(&self, config: &Config) -> Result<(), Exit> {
        let addr = config.addr("http.internal_addr")?;
        // Probes outlive the drain: an operator wants to see why it takes long.
        let bound = probes::serve(addr, self.telemetry.clone(), CancellationToken::new())
            .await
            .map_err(|e| Exit::Config(format!("http.internal_addr: {addr}: {e}")))?;
        tracing::info!(program = self.name, pid = std::process::id(), internal = %bound, "started");
        if let Some(dir) = config.optional("local.dir") {
            probes::announce(dir.as_ref(), &self.instance, bound)
                .map_err(|e| Exit::Config(format!("local.dir: {e}")))?;
        }
        Ok(())
    }

    /// As [`Self::resolve`], for a stage: the inner error is the verdict for what carries nothing or
    /// cannot be decoded.
    pub(crate) fn decode<T>(
        &self,
        record: &RawRecord,
        read: impl FnMut(&Codec) -> Result<T, WireError>,
    ) -> Result<Result<T, Verdict>, Exit> {
        if record.value.is_none() || record.key.as_deref() == Some(HEARTBEAT_KEY) {
            return Ok(Err(Verdict::Skip("tombstone")));
        }
        Ok(self.resolve(read)?.map_err(|e| dead(&e)))
    }

    /// Decodes with `read`, asking the schema registry, where one is configured, for an id that is
    /// not known. Blocks, so call it outside the async pool.
    pub fn resolve<T>(
        &self,
        read: impl FnMut(&Codec) -> Result<T, WireError>,
    ) -> Result<Result<T, WireError>, Exit> {
        let registry = self.registry.as_ref();
        registry::resolve(self.encoder.codec(), registry, &self.handle, read)
    }

    /// Tells everybody that a stage has stopped itself.
    pub(crate) fn halted(&self, stage: &'static str) {
        let why = "stopped: too many records went to quarantine; see `earshot quarantine list`, \
                   mend the cause, restart this program";
        tracing::error!(stage, "{why}");
        self.telemetry.report("quarantine", Err(why.to_owned()));
    }
}

// The API's statements are of every kind; the stages' are look-ups.
fn open_pool(name: &str, url: &str, connections_max: u32) -> Result<PgPool, sqlx::Error> {
    if name == "api" {
        pg::pool(url, connections_max)
    } else {
        pg::stage_pool(url, connections_max)
    }
}

fn dead(error: &WireError) -> Verdict {
    let reason = if matches!(error, WireError::UnknownSchema(_)) {
        "unknown-schema"
    } else {
        "undecodable"
    };
    Verdict::Dead {
        reason,
        detail: crate::stage::chain(error),
    }
}
