//! Starting and stopping the whole: listener, configured webhooks, periodic CRC, player.

use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Config,
    control::router,
    play::{self, Script, ScriptError},
    sim::{Sim, SimError, WebhookError, WebhookView},
    world::Command,
};

/// Without a passed CRC for this long, where only such webhooks are checked.
const STALE: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    #[error("the server stopped")]
    Serve(#[source] std::io::Error),
    #[error(transparent)]
    Sim(#[from] SimError),
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error("a webhook of the configuration is refused")]
    Webhook(#[source] WebhookError),
    #[error("a play setting is out of range: {0}")]
    Play(&'static str),
}

/// A simulator that serves.
#[derive(Debug)]
pub struct Running {
    /// Where the control API is.
    pub address: SocketAddr,
    pub sim: Sim,
    server: JoinHandle<std::io::Result<()>>,
    stop: CancellationToken,
}

/// Binds, registers what the configuration names and serves. Returns once requests are taken.
pub async fn run(config: Config) -> Result<Running, RunError> {
    if let Some(problem) = config.play.problem() {
        return Err(RunError::Play(problem));
    }
    let script = Script::demo()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(RunError::Listen)?;
    let address = listener.local_addr().map_err(RunError::Listen)?;
    let (webhooks, crc) = (config.webhooks.clone(), config.delivery.crc_every_seconds);
    let own_media = config.api.own_media;
    let sim = Sim::new(config)?;
    if own_media {
        sim.serve_own_media(&format!("http://{address}"));
    }
    for brand in &script.brands {
        if sim.read(|world| world.person(&brand.handle).is_none()) {
            sim.apply(Command::AddPerson(brand.clone()))
                .map_err(SimError::Person)?;
        }
    }
    for webhook in &webhooks {
        sim.register_when_ready(webhook)
            .map_err(RunError::Webhook)?;
    }
    if crc > 0 {
        sim.spawn(recheck(sim.clone(), Duration::from_secs(crc)));
    }
    sim.spawn(play::run(sim.clone(), script));
    let stop = CancellationToken::new();
    let ended = stop.clone().cancelled_owned();
    let server = axum::serve(listener, router(sim.clone())).with_graceful_shutdown(ended);
    let server = tokio::spawn(server.into_future());
    tracing::info!(%address, webhooks = webhooks.len(), "simulator serves");
    Ok(Running {
        address,
        sim,
        server,
        stop,
    })
}

/// X repeats its CRC; a receiver that fails it wrongly loses its events until it is validated.
async fn recheck(sim: Sim, every: Duration) {
    loop {
        sim.clock().sleep(every).await;
        let (now, stale) = (sim.clock().now(), sim.dialect().crc_only_when_stale);
        let due =
            |webhook: &WebhookView| webhook.valid && (!stale || now - webhook.checked_at >= STALE);
        for webhook in sim.webhooks().into_iter().filter(due) {
            if sim.validate(&webhook.id).await == Ok(false) {
                tracing::warn!(webhook = webhook.id, "webhook failed its crc");
            }
        }
    }
}

impl Running {
    /// The base of the control API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the listener fails.
    pub async fn wait(self) -> Result<(), RunError> {
        match self.server.await {
            Ok(ended) => ended.map_err(RunError::Serve),
            Err(ended) => Err(RunError::Serve(std::io::Error::other(ended))),
        }
    }

    /// Ends deliveries, then the control API.
    pub async fn stop(self) -> Result<(), RunError> {
        self.sim.stop().await;
        self.stop.cancel();
        self.wait().await
    }
}
