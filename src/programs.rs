//! Each program: start, run, drain.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use runtime::config::Config;
use runtime::facts::Recorder;
use runtime::kafka::producer::Producer;
use runtime::pg::ages;
use runtime::{Exit, Program};
use schemas::org_config::Organisations;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use x_account::Ledger;
use x_account::checker::Checker;
use x_account::limits::Limits;
use x_client::Api;

use crate::cli::Check;
use crate::{deployment, organisations};

mod sources;

/// How long a dependency may take at start.
const START_PATIENCE: Duration = Duration::from_secs(15);

/// How often a program looks at what it depends on: how far behind the later steps are, whether
/// PostgreSQL answers.
const AGE_EVERY: Duration = Duration::from_secs(10);

/// Programs that do not start without the organisations' file.
const NEED_ORGANISATIONS: [&str; 3] = ["ingest", "respond", "api"];

/// Runs a program until SIGTERM.
pub fn run(name: &'static str, config: &Config, check: &Check) -> anyhow::Result<()> {
    if check.check {
        let named = config.optional("org_source").is_some();
        if named || NEED_ORGANISATIONS.contains(&name) {
            deployment::organisations(config)?;
        }
    }
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("tokio")?;
    let program = tokio.block_on(Program::start(name, config))?;
    tokio.block_on(reach(&program))?;
    tokio.block_on(deployment::fix(config))?;
    if check.check {
        println!("{name}: ok");
        return Ok(());
    }
    match name {
        "enrich" => runtime::pure::run(&program, enrich::stage::Enrich::new(&program))?,
        "case-linker" => {
            runtime::scoped::run(&program, case_linker::CaseLinker::new(&program))?;
        }
        "interaction-writer" => {
            let stage = interaction_writer::InteractionWriter::new(&program);
            runtime::scoped::run(&program, stage)?;
        }
        "relay" => runtime::relay::run(&program)?,
        "ingest" => tokio.block_on(ingest(&program, config))?,
        "respond" => tokio.block_on(respond(&program, config))?,
        _ => tokio.block_on(api(&program, config))?,
    }
    tracing::info!("drained");
    Ok(())
}

// A program that needs what is not there says so at once and is started again by its supervisor.
async fn reach(program: &Program) -> Result<(), Exit> {
    let pool = program.pg.clone();
    tokio::time::timeout(START_PATIENCE, async {
        while let Err(error) = pool.acquire().await {
            tracing::warn!(%error, "postgres is not reachable yet");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .map_err(|_| Exit::Dependency("postgres is not reachable: check database.url".into()))?;
    let producer = Producer::new(&program.cluster, "start", START_PATIENCE)
        .map_err(|e| Exit::Config(format!("kafka: {e}")))?;
    let reached = tokio::task::spawn_blocking(move || producer.reachable(START_PATIENCE)).await;
    match reached {
        Ok(true) => Ok(()),
        _ => Err(Exit::Dependency(
            "kafka is not reachable: check kafka.brokers".into(),
        )),
    }
}

async fn ingest(program: &Program, config: &Config) -> anyhow::Result<()> {
    let orgs = organisations::follow(program, config).await?.orgs;
    let publish = ingest::kafka::KafkaPublish::new(&program.cluster, program.encoder.clone())?;
    let metrics = ingest::Metrics::new(program.telemetry.registry())?;
    let (pause, paused) = watch::channel(None);
    let hours: i64 = config.number("pipeline.stop_age_hours")?;
    tokio::spawn(stop_taking(program.clone(), TimeDelta::hours(hours), pause));
    let (x, counting) = open_x(program, config)?;
    let sources = sources::Sources::new(program, config, x.clone(), &orgs, &publish, &paused)?;
    let (sightings, notices, running) = sources.start(program);
    tell_limits(program, x.clone(), &orgs);
    let facts = Recorder::default();
    tokio::spawn(
        facts
            .clone()
            .run(program.pg.clone(), program.shutdown.clone()),
    );
    // What the desk asks to be looked at, and every account once a day.
    let checker = Checker {
        api: x,
        pool: program.pg.clone(),
        clock: program.clock.clone(),
        base_url: config.optional("http.base_url"),
    };
    tokio::spawn(checker.run(orgs.clone(), program.shutdown.clone()));
    let hooks = ingest::Hooks::new(
        orgs,
        paused,
        publish,
        metrics,
        program.clock.clone(),
        ingest::Limits::default(),
    )
    .telling(sightings, notices)
    .with_facts(facts);
    let addr = config.addr("hooks.addr")?;
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|e| Exit::Config(format!("hooks.addr: {addr}: {e}")))?;
    program.telemetry.report("hooks", Ok(()));
    ingest::serve(listener, hooks, program.shutdown.clone()).await?;
    running.await.context("the sources")?;
    counting.await.context("the ledger")
}

// Takes to X what the desk asked for.
async fn respond(program: &Program, config: &Config) -> anyhow::Result<()> {
    let orgs = organisations::follow(program, config).await?.orgs;
    let (x, counting) = open_x(program, config)?;
    tell_limits(program, x.clone(), &orgs);
    let sender = respond::Sender::new(program.clone(), orgs, x, &media_dir(config));
    let ended = sender.run().await;
    ended.map_err(|error| Exit::Restart(runtime::stage::chain(&error)))?;
    counting.await.context("the ledger")
}

// The way to X: every call is counted, renewed tokens are kept sealed.
fn open_x(program: &Program, config: &Config) -> Result<(Api, JoinHandle<()>), Exit> {
    let ledger = Ledger::new(&program.telemetry);
    let opened = x_account::open(config, &program.pg, &program.clock, &ledger)?;
    if let Some(error) = opened.unsealed {
        let error = runtime::stage::chain(&error);
        tracing::warn!(error, "no OAuth 2.0: its tokens could not be kept sealed");
    }
    let counting = ledger.run(program.pg.clone(), program.shutdown.clone());
    Ok((opened.api, tokio::spawn(counting)))
}

// What X says is left is known to the process that called it: the desk shows it from rows.
fn tell_limits(program: &Program, api: Api, orgs: &watch::Receiver<Arc<Organisations>>) {
    let pool = program.pg.clone();
    let limits = Limits { api, pool };
    tokio::spawn(limits.run(orgs.clone(), program.shutdown.clone()));
}

// Retention must never eat what was acknowledged: while a later step is too far behind, X keeps
// its events, and is told so.
async fn stop_taking(program: Program, most: TimeDelta, pause: watch::Sender<Option<String>>) {
    let most = most.to_std().unwrap_or(Duration::MAX);
    let mut every = tokio::time::interval(AGE_EVERY);
    while !program.shutdown.is_cancelled() {
        every.tick().await;
        // While PostgreSQL is away the last answer holds.
        let Ok(oldest) = ages::oldest(&program.pg, program.clock.now()).await else {
            continue;
        };
        let reason = oldest
            .filter(|age| *age > most)
            .map(|age| format!("a later step is {} hours behind", age.as_secs() / 3_600));
        program
            .telemetry
            .report("hooks", reason.clone().map_or(Ok(()), Err));
        pause.send_replace(reason);
    }
}

/// Where pictures are kept: `ingest` and `api` write, `api` serves, `respond` reads.
fn media_dir(config: &Config) -> PathBuf {
    match config.optional("media.dir") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(config.text("local.dir")).join("media"),
    }
}

/// Where the built desk is: as configured, else `web/build` here, else above the binary.
fn desk_dir(config: &Config) -> PathBuf {
    let here = PathBuf::from("web/build");
    if let Some(dir) = config.optional("desk.dir") {
        return dir.into();
    }
    let binary = std::env::current_exe().unwrap_or_default();
    let above = binary.ancestors().skip(1).map(|dir| dir.join(&here));
    let built = std::iter::once(here.clone())
        .chain(above)
        .find(|dir| dir.join("index.html").exists());
    built.unwrap_or(here)
}

async fn api(program: &Program, config: &Config) -> anyhow::Result<()> {
    let source = organisations::follow(program, config).await?;
    let addr = config.addr("desk.addr")?;
    let app = api::App::new(program.clone(), source)
        .serving_media(&media_dir(config))
        .serving_desk(desk_dir(config));
    let app = match config.optional("http.base_url") {
        Some(url) => app.reached_at(url),
        None => app,
    };
    let bound = api::serve(&app, addr)
        .await
        .map_err(|e| Exit::Config(format!("desk.addr: {addr}: {e}")))?;
    tracing::info!(%bound, "the API listens");
    let mut every = tokio::time::interval(AGE_EVERY);
    loop {
        tokio::select! {
            () = program.shutdown.cancelled() => return Ok(()),
            _ = every.tick() => {}
        }
        let away = program.pg.acquire().await.err();
        program
            .telemetry
            .report("postgres", away.map_or(Ok(()), |e| Err(e.to_string())));
    }
}

/// Runs the stand-in for X until it is stopped.
pub fn x_sim(file: Option<&Path>) -> anyhow::Result<()> {
    let config = match file {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)
            .with_context(|| path.display().to_string())?,
        None => x_sim::Config::default(),
    };
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    tokio.block_on(async {
        let running = x_sim::run(config).await?;
        eprintln!("x-sim listens on {}", running.url());
        tokio::signal::ctrl_c().await?;
        running.stop().await?;
        anyhow::Ok(())
    })
}
