//! `all`, `demo` and `local up`: one child process for each program, local parts beside them, all
//! ticked from the main thread (children end with the thread that spawned them).

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::Context as _;
use runtime::config::Config;
use runtime::local::LocalParts;
use runtime::sealed::Keys;
use runtime::supervise::{Event, Supervisor, stop_signals};

use crate::cli::{parts, use_parts};
use crate::deployment;

mod demo;

const TICK: Duration = Duration::from_millis(100);
/// A program may drain for 20 s, and is then killed.
const DRAIN: Duration = Duration::from_secs(22);

/// Name of the process and of the subcommand, for each program.
const PROGRAMS: &[(&str, &str)] = &[
    ("relay", "relay"),
    ("interaction-writer", "interact"),
    ("case-linker", "link"),
    ("enrich", "enrich"),
    ("respond", "respond"),
    ("api", "api"),
    ("ingest", "ingest"),
];

/// Supervises every program; with `local` the parts too.
pub fn all(mut config: Config, local: bool) -> anyhow::Result<()> {
    let stop = stop_signals()?;
    let parts = if local {
        Some(start_parts(&mut config)?)
    } else {
        None
    };
    deployment::prepare(&config)?;
    let mut supervisor = supervisor(&config)?;
    spawn_programs(&mut supervisor, &config)?;
    watch(supervisor, parts, &stop)
}

/// Everything with invented conversations.
pub fn demo(mut config: Config, every: f64) -> anyhow::Result<()> {
    let stop = stop_signals()?;
    eprintln!(
        "1/4 starting Kafka and PostgreSQL in {}",
        config.text("local.dir")
    );
    let parts = start_parts(&mut config)?;
    eprintln!("2/4 tables and topics");
    free_addresses(&mut config)?;
    let demo = demo::Demo::prepare(&mut config, every)?;
    deployment::prepare(&config)?;
    eprintln!("3/4 programs");
    let mut supervisor = supervisor(&config)?;
    spawn_programs(&mut supervisor, &config)?;
    supervisor.spawn("x-sim", &demo.x_sim(&config)?)?;
    eprintln!("4/4 conversations");
    demo.show(&config)?;
    watch(supervisor, Some(parts), &stop)
}

/// Kafka and PostgreSQL alone.
pub fn parts_only(config: &Config) -> anyhow::Result<()> {
    let stop = stop_signals()?;
    let mut config = config.clone();
    let mut parts = start_parts(&mut config)?;
    let endpoints = parts.endpoints();
    println!("kafka.brokers={}", endpoints.brokers);
    println!("endpoints: {}", parts.endpoints_file().display());
    while stop.recv_timeout(TICK).is_err() {
        for restarted in parts.tick()? {
            eprintln!("{restarted} had died and was started again");
        }
    }
    parts.stop();
    Ok(())
}

fn start_parts(config: &mut Config) -> anyhow::Result<LocalParts> {
    let started = LocalParts::start(&parts(config, true))?;
    use_parts(config, started.endpoints())?;
    // What is stored sealed must open at the next start.
    Keys::read_or_make(&config.key_file())?;
    Ok(started)
}

fn supervisor(config: &Config) -> anyhow::Result<Supervisor> {
    let dir = PathBuf::from(config.text("local.dir"));
    Ok(Supervisor::new(&dir.join("run"), Some(&dir.join("log")))?)
}

fn spawn_programs(supervisor: &mut Supervisor, config: &Config) -> anyhow::Result<()> {
    for (name, subcommand) in PROGRAMS {
        supervisor.spawn(name, &command(config, &[subcommand])?)?;
    }
    Ok(())
}

/// This binary with a subcommand and this configuration.
fn command(config: &Config, args: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("own executable")?);
    command.args(args).envs(config.variables());
    Ok(command)
}

fn watch(
    mut supervisor: Supervisor,
    mut parts: Option<LocalParts>,
    stop: &Receiver<()>,
) -> anyhow::Result<()> {
    while stop.recv_timeout(TICK).is_err() {
        for event in supervisor.tick()? {
            match event {
                Event::Died {
                    name,
                    status,
                    pause,
                } => {
                    eprintln!("{name} ended ({status}); starts again in {pause:?}");
                }
                Event::Restarted { name, pid } => eprintln!("{name} runs again (pid {pid})"),
                Event::GaveUp { name } => {
                    eprintln!("{name} refuses its configuration; see its log, then restart");
                }
            }
        }
        for restarted in parts
            .iter_mut()
            .map(LocalParts::tick)
            .collect::<Result<Vec<_>, _>>()?
        {
            for part in restarted {
                eprintln!("{part} had died and was started again");
            }
        }
    }
    eprintln!("stopping");
    supervisor.stop(DRAIN);
    if let Some(parts) = parts {
        parts.stop();
    }
    Ok(())
}

// The usual ports if they are free, else any: a demo must come up beside another.
fn free_addresses(config: &mut Config) -> anyhow::Result<()> {
    for key in ["hooks.addr", "desk.addr"] {
        let addr = config.addr(key)?;
        let free = TcpListener::bind(addr).or_else(|_| TcpListener::bind((addr.ip(), 0)))?;
        config.set(key, free.local_addr()?.to_string(), "demo")?;
    }
    // Where the demo's own X listens.
    let free = TcpListener::bind(("127.0.0.1", 0))?;
    let x = format!("http://{}", free.local_addr()?);
    config.set("x.base_url", x.clone(), "demo")?;
    config.set("x.stream_url", x, "demo")?;
    Ok(())
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
