//! `earshot-bench`: measurements and proofs that take longer than a test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use earshot_bench::campaign::{self, Plan};
use earshot_bench::events::{self, Run};
use earshot_bench::stack::{Org, Parts, Stack};
use earshot_bench::{corpus, desk, limits, lists, perf, pg, replies};
use runtime::local::{LocalParts, Options};

#[derive(Parser)]
struct Cli {
    /// The earshot binary; the one beside this by default.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Working directory; a temporary one by default.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Programs that are not started.
    #[arg(long)]
    without: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Throughput from the raw topics, then delay at each rate.
    Bench {
        #[arg(long, default_value_t = 600_000)]
        steps: usize,
        /// Bodies a second.
        #[arg(long, default_values_t = [500.0, 2_000.0])]
        rates: Vec<f64>,
        /// Seconds at each rate.
        #[arg(long, default_value_t = 30.0)]
        seconds: f64,
    },
    /// Tiles and first pages over HTTP at 1,000,000 items with about 2,000 active, one client.
    Lists {
        #[arg(long, default_value_t = 2_000)]
        requests: usize,
        /// Further paths below /api/v1.
        #[arg(long)]
        path: Vec<String>,
    },
    /// Sends replies through senders that are killed at any moment, and counts what is at X.
    Replies {
        #[arg(long, default_value_t = 10_000)]
        sends: usize,
        #[arg(long, default_value_t = 300)]
        kills: usize,
        #[arg(long, default_value_t = 7)]
        seed: u64,
    },
    /// The process that is killed.
    #[command(hide = true)]
    RepliesSender(replies::sender::Place),
    /// Live streams of one API process: 10,000 idle clients, then 2,000 at many changes.
    Events {
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Divides both numbers of clients, for a first look.
        #[arg(long, default_value_t = 1)]
        divide: u32,
    },
    /// The desk in a real browser at 100,000 rows, held to its budgets, and a day replayed.
    Desk {
        /// In which a day of eight hours is replayed; 0: not at all.
        #[arg(long, default_value_t = 1_200)]
        replay_seconds: u64,
    },
    /// Loads conversations from a folder of corpora and recounts.
    Corpus {
        /// Folder with `twcs` and `ibm_cdp`.
        folder: PathBuf,
    },
    /// Kills programs in rotation under load and recounts.
    Chaos {
        /// Steps of the world; each is about one body.
        #[arg(long, default_value_t = 200_000)]
        steps: usize,
        /// Bodies a second.
        #[arg(long, default_value_t = 150.0)]
        rate: f64,
        /// Seconds between kills.
        #[arg(long, default_value_t = 2.0)]
        kill_every: f64,
        /// Programs and parts (`kafka`, `postgres`) to kill; every program by default.
        #[arg(long)]
        victim: Vec<String>,
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Seconds after the last body until all must be there.
        #[arg(long, default_value_t = 60.0)]
        settle: f64,
        /// A defence to leave out (needs a binary with the feature chaos): the run must then fail.
        #[arg(long = "break")]
        broken: Option<String>,
        /// Kill points, `<name>:<nth>` (needs a binary with the feature chaos).
        #[arg(long)]
        kill_at: Option<String>,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if let Command::RepliesSender(place) = &cli.command {
        return workers()?.block_on(async { replies::sender::run(place).await });
    }
    let binary = match &cli.binary {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("earshot"),
    };
    let dir = cli.dir.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("earshot-bench-{}", std::process::id()))
    });
    let options = Options {
        dir: dir.join("parts"),
        kafka: !matches!(cli.command, Command::Replies { .. }),
        postgres: true,
        fsync: true,
        statements: matches!(cli.command, Command::Bench { .. }),
    };
    let mut parts = LocalParts::start(&options).context("local parts")?;
    let passed = run(cli.command, (&binary, &dir), &mut parts, &cli.without)?;
    parts.stop();
    if cli.dir.is_none() && passed {
        std::fs::remove_dir_all(&dir).context("temporary directory")?;
    }
    std::process::exit(i32::from(!passed));
}

fn run(
    command: Command,
    place: (&PathBuf, &PathBuf),
    parts: &mut LocalParts,
    without: &[String],
) -> anyhow::Result<bool> {
    let paths = (place.0.as_path(), place.1.as_path());
    let endpoints = parts.endpoints().clone();
    let addresses = Parts {
        brokers: endpoints.brokers,
        owner_url: endpoints.owner_url,
        app_url: endpoints.app_url,
        super_url: database(&endpoints.super_url),
    };
    match command {
        Command::Bench {
            steps,
            rates,
            seconds,
        } => {
            bench(place, &addresses, &parts.pids(), (steps, &rates, seconds))?;
            Ok(true)
        }
        Command::Lists { requests, path } => {
            println!("{}", lists::measure(paths, &addresses, requests, &path)?);
            Ok(true)
        }
        Command::Replies { sends, kills, seed } => {
            let plan = replies::Plan { sends, kills, seed };
            replied(place.1, &addresses, plan)
        }
        Command::RepliesSender(_) => Ok(true),
        Command::Events { seconds, divide } => streamed(paths, &addresses, (seconds, divide)),
        Command::Desk { replay_seconds } => {
            desk::measure(paths, &addresses, Duration::from_secs(replay_seconds))
        }
        Command::Corpus { folder } => {
            let outcome = corpus::prove((place.0, place.1), &addresses, corpus::folder(&folder)?)?;
            println!("{outcome}");
            Ok(outcome.clean())
        }
        Command::Chaos {
            steps,
            rate,
            kill_every,
            victim,
            seed,
            settle,
            broken,
            kill_at,
        } => {
            let mut plan = Plan {
                seed,
                steps,
                rate,
                people: 2_000.min(steps / 10 + 10),
                kill_every: Duration::from_secs_f64(kill_every),
                settle: Duration::from_secs_f64(settle),
                ..Plan::small()
            };
            if !victim.is_empty() {
                plan.victims = victim;
            }
            let mut extra = vec![
                ("EARSHOT_LOG_FORMAT", "pretty"),
                ("EARSHOT_LOG_LEVEL", "warn"),
            ];
            extra.extend(broken.as_deref().map(|name| ("EARSHOT_CHAOS_BREAK", name)));
            extra.extend(
                kill_at
                    .as_deref()
                    .map(|points| ("EARSHOT_CHAOS_KILL", points)),
            );
            chaos(place, &addresses, &extra, &plan, (without, parts))
        }
    }
}

fn replied(dir: &Path, parts: &Parts, plan: replies::Plan) -> anyhow::Result<bool> {
    let urls = (
        parts.owner_url.as_str(),
        parts.app_url.as_str(),
        parts.super_url.as_str(),
    );
    let own = std::env::current_exe()?;
    let outcome = workers()?.block_on(replies::prove(&own, dir, urls, plan))?;
    println!("{outcome}");
    Ok(outcome.clean())
}

fn workers() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

fn streamed(
    place: (&Path, &Path),
    parts: &Parts,
    (seconds, divide): (u32, u32),
) -> anyhow::Result<bool> {
    let runs = [(10_000, 10), (2_000, 1_000)].map(|(clients, rate)| Run {
        clients: clients / divide.max(1),
        rate,
        seconds,
    });
    println!("{}", events::measure(place, parts, &runs)?);
    Ok(true)
}

fn orgs() -> Vec<Org> {
    vec![
        Org::new("northwind", "northwindgear", "1498213377015349251"),
        Org::new("juniper", "juniperoak", "1511706921468432394"),
    ]
}

fn chaos(
    place: (&PathBuf, &PathBuf),
    parts: &Parts,
    extra: &[(&str, &str)],
    plan: &Plan,
    (without, local): (&[String], &mut LocalParts),
) -> anyhow::Result<bool> {
    let only: Vec<&str> = earshot_bench::stack::PROGRAMS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !without.iter().any(|w| w == name))
        .collect();
    let mut stack = Stack::start((place.0, place.1), parts, ("chaos.", &orgs()), extra, &only)?;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2)?
    };
    let began = std::time::Instant::now();
    let outcome = campaign::run(&mut stack, &pool, plan, Some(local))?;
    println!(
        "bodies {}  refused and sent again {}  kills {}  poison {}  settled {}  seconds {:.0}",
        outcome.delivered,
        outcome.refusals,
        outcome.kills,
        outcome.poison,
        outcome.settled,
        began.elapsed().as_secs_f64()
    );
    println!("{}", outcome.report);
    stack.stop();
    Ok(outcome.settled && outcome.report.clean())
}

fn bench(
    (binary, dir): (&PathBuf, &PathBuf),
    parts: &Parts,
    pids: &[(&'static str, u32)],
    (steps, rates, seconds): (usize, &[f64], f64),
) -> anyhow::Result<()> {
    let quiet = [("EARSHOT_LOG_LEVEL", "warn")];
    let mut stack = Stack::start(
        (binary, dir),
        parts,
        ("bench.", &orgs()),
        &quiet,
        &["ingest"],
    )?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 4)?
    };
    let load = perf::load(&orgs(), steps, 20_000)?;
    println!(
        "{}",
        perf::throughput(&mut stack, (tokio.handle(), &pool), &load, pids)?
    );
    println!(
        "{}",
        tokio.block_on(pg::statements(&pool, load.records.len()))?
    );
    drop(load);
    println!("{}", limits::measure(&stack, (tokio.handle(), &pool))?);
    stack.await_hooks()?;
    for (nth, rate) in rates.iter().enumerate() {
        let load = (nth, *rate, seconds);
        println!(
            "{}",
            perf::delay(&mut stack, (tokio.handle(), &pool), load)?
        );
    }
    stack.stop();
    Ok(())
}

// The superuser's address of the database that the parts made.
fn database(super_url: &str) -> String {
    match super_url.rsplit_once('/') {
        Some((base, _)) => format!("{base}/earshot"),
        None => super_url.to_owned(),
    }
}
