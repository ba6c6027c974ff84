//! The ways that `ingest` fetches by itself: what they are made of.

use std::sync::Arc;
use std::time::Duration;

use ingest::accounts::Accounts;
use ingest::context::Context;
use ingest::intake::Intake;
use ingest::kafka::KafkaPublish;
use ingest::media::address::Rules;
use ingest::media::store::Store;
use ingest::sightings::Sightings;
use ingest::source_metrics::SourceMetrics;
use ingest::{Notice, gaps, manager, webhook};
use runtime::config::Config;
use runtime::{Exit, Program};
use schemas::org_config::Organisations;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use x_client::Api;

/// Notices of X that wait to be written down.
const NOTICES_MAX: usize = 1_000;

/// Everything that the ways work with.
pub struct Sources {
    context: Context<KafkaPublish>,
    sightings: Sightings,
}

impl Sources {
    /// Sets up; makes no connection.
    pub fn new(
        program: &Program,
        config: &Config,
        api: Api,
        orgs: &watch::Receiver<Arc<Organisations>>,
        publish: &KafkaPublish,
        paused: &watch::Receiver<Option<String>>,
    ) -> anyhow::Result<Self> {
        let metrics = SourceMetrics::new(program.telemetry.registry())?;
        let sightings = Sightings::default();
        let clock = program.clock.clone();
        let intake = Intake::new(
            publish.clone(),
            paused.clone(),
            metrics.clone(),
            sightings.clone(),
            clock.clone(),
        );
        let context = Context {
            accounts: Accounts::new(api, orgs.clone()),
            intake,
            pg: program.pg.clone(),
            clock,
            metrics,
            second: Duration::from_secs(1),
            media: Some(media(config)?),
            woken: watch::Sender::new(()),
            base_url: base_url(config)?,
        };
        Ok(Self { context, sightings })
    }

    /// Runs them until the program ends. What the webhook listener tells goes into the first two.
    pub fn start(
        self,
        program: &Program,
    ) -> (Sightings, mpsc::Sender<(String, Notice)>, JoinHandle<()>) {
        let (notices, told) = mpsc::channel(NOTICES_MAX);
        tokio::spawn(gaps::listen(self.context.clone(), told));
        let sightings = self.sightings.clone();
        let shutdown = program.shutdown.clone();
        let running = manager::run(self.context, self.sightings, shutdown);
        (sightings, notices, tokio::spawn(running))
    }
}

fn media(config: &Config) -> anyhow::Result<Store> {
    let megabytes: usize = config.number("media.max_mb")?;
    let x = config.text("x.base_url");
    let x = x
        .parse()
        .map_err(|_| Exit::Config(format!("x.base_url: `{x}` is no URL")))?;
    let rules = Rules {
        loopback: webhook::address::is_loopback(&x),
    };
    Ok(Store::new(
        &super::media_dir(config),
        megabytes << 20,
        rules,
    ))
}

fn base_url(config: &Config) -> Result<Option<String>, Exit> {
    let Some(base) = config.optional("http.base_url") else {
        return Ok(None);
    };
    webhook::address::base(&base, &config.text("x.base_url"))
        .map(Some)
        .map_err(|why| Exit::Config(format!("http.base_url: {why}")))
}
