//! How much a live stream costs and how late it is: clients of one API process over TCP, changes
//! written as the stages write them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::PgPool;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::pg::events::{change, fill};
use crate::process::{resident_kb, usages};
use crate::stack::{Org, Parts, Stack};

const ORGS: usize = 20;
/// Each is changed at most once while a change of it is on its way.
const ROWS: usize = 20_000;
/// The stages write in batches of so long.
const BATCH: Duration = Duration::from_millis(20);
/// Connections that are opened at once.
const OPENING: usize = 50;
/// Milliseconds that are told apart; what is later counts as this.
const LATE_MAX: usize = 10_000;
/// What was sent last may take so long.
const SETTLE: Duration = Duration::from_secs(2);
const READY_MAX: Duration = Duration::from_mins(1);
const BUFFER: usize = 2_048;

/// One run: clients, changes a second, seconds.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub clients: u32,
    pub rate: u32,
    pub seconds: u32,
}

struct Watched {
    began: Instant,
    // When each row was changed last, in microseconds.
    changed: Vec<AtomicU64>,
    late: Vec<AtomicU64>,
}

/// Starts one API process and does each run on it.
pub fn measure(
    (binary, dir): (&Path, &Path),
    parts: &Parts,
    runs: &[Run],
) -> anyhow::Result<String> {
    let orgs: Vec<Org> = (0..ORGS)
        .map(|n| {
            Org::new(
                &format!("org{n}"),
                &format!("org{n}"),
                &format!("{}", 9_000 + n),
            )
        })
        .collect();
    let quiet = [("EARSHOT_LOG_LEVEL", "warn")];
    let mut stack = Stack::start((binary, dir), parts, ("events.", &orgs), &quiet, &["api"])?;
    let file = dir.join("social.properties");
    let mut file = std::fs::OpenOptions::new().append(true).open(file)?;
    for org in &orgs {
        // The limits of requests are not what is measured.
        let unlimited = "{\"api\":{\"rate\":10000,\"concurrency\":1000}}";
        writeln!(file, "earshot.{}={unlimited}", org.id)?;
    }
    let keys: Vec<String> = orgs
        .iter()
        .map(|org| stack.key(&org.id, "csr"))
        .collect::<Result<_, _>>()?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let names: Vec<&str> = orgs.iter().map(|org| org.id.as_str()).collect();
    let pid = stack.pid("api").context("the API does not run")?;
    let mut text = String::new();
    tokio.block_on(async {
        let pool = runtime::pg::pool(&parts.app_url, 2)?;
        fill(&pool, &names, ROWS).await?;
        ready(stack.desk, &keys[0]).await?;
        for run in runs {
            let line = one(*run, (stack.desk, &keys), (&pool, &names), pid).await?;
            writeln!(text, "{line}")?;
        }
        anyhow::Ok(())
    })?;
    stack.stop();
    Ok(text)
}

async fn ready(desk: SocketAddr, key: &str) -> anyhow::Result<()> {
    let url = format!("http://{desk}/api/v1/tiles");
    let http = reqwest::Client::new();
    let until = Instant::now() + READY_MAX;
    while !matches!(http.get(&url).bearer_auth(key).send().await, Ok(a) if a.status().is_success())
    {
        ensure!(
            Instant::now() < until,
            "the API did not come up within a minute"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn one(
    run: Run,
    (desk, keys): (SocketAddr, &[String]),
    (pool, orgs): (&PgPool, &[&str]),
    pid: u32,
) -> anyhow::Result<String> {
    let before = resident_kb(pid);
    let watched = Arc::new(Watched {
        began: Instant::now(),
        changed: (0..ROWS).map(|_| AtomicU64::new(0)).collect(),
        late: (0..=LATE_MAX).map(|_| AtomicU64::new(0)).collect(),
    });
    let mut clients = JoinSet::new();
    let opening = Arc::new(tokio::sync::Semaphore::new(OPENING));
    let (opened, mut all_open) = tokio::sync::mpsc::channel(OPENING);
    for n in 0..run.clients as usize {
        let permit = Arc::clone(&opening).acquire_owned().await?;
        let (key, watched) = (keys[n % ORGS].clone(), Arc::clone(&watched));
        let opened = opened.clone();
        clients.spawn(async move {
            let stream = open(desk, &key).await?;
            drop(permit);
            opened.send(()).await?;
            drop(opened);
            read(stream, &watched).await
        });
        if let Some(Ok(Err(error))) = clients.try_join_next() {
            return Err(error);
        }
        while all_open.try_recv().is_ok() {}
    }
    drop(opened);
    while all_open.recv().await.is_some() {}
    let opened_in = watched.began.elapsed().as_secs_f64();
    let idle = resident_kb(pid);
    let used = usages(&[("api", pid)])["api"].cpu;
    let sent = write(run, (pool, orgs), &watched).await?;
    tokio::time::sleep(SETTLE).await;
    let cpu = usages(&[("api", pid)])["api"].cpu - used;
    let after = resident_kb(pid);
    clients.abort_all();
    let counts: Vec<u64> = watched
        .late
        .iter()
        .map(|n| n.load(Ordering::Relaxed))
        .collect();
    let told: u64 = counts.iter().sum();
    let expected = sent * (u64::from(run.clients) / ORGS as u64);
    let [p50, p90, p99, worst] = [500, 900, 990, 1_000].map(|permille| at(&counts, permille));
    let each = |kb: u64| {
        let more = u32::try_from(kb.saturating_sub(before)).unwrap_or(u32::MAX);
        f64::from(more) / f64::from(run.clients)
    };
    Ok(format!(
        "clients {}  organisations {ORGS}  changes {}/s for {} s: told {told} of {expected}\n  \
         opened in {opened_in:.1} s; KiB each: {:.2} when open, {:.2} after the run; CPU of the API {:.2} cores\n  \
         from before the transaction to the client, ms: p50 {p50} p90 {p90} p99 {p99} worst {worst}",
        run.clients,
        run.rate,
        run.seconds,
        each(idle),
        each(after),
        cpu / (f64::from(run.seconds) + SETTLE.as_secs_f64()),
    ))
}

// The stream behind its head and its first event.
async fn open(desk: SocketAddr, key: &str) -> anyhow::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(desk).await?;
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {desk}\r\nAuthorization: Bearer {key}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut stream = BufReader::with_capacity(BUFFER, stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    ensure!(
        line.starts_with("HTTP/1.1 200"),
        "the stream was refused: {line}"
    );
    while !line.starts_with("id: ") {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "the stream ended");
    }
    Ok(stream)
}

async fn read(mut stream: BufReader<TcpStream>, watched: &Watched) -> anyhow::Result<()> {
    const BEFORE: &str = "\"conversation_id\":\"";
    let mut line = String::new();
    loop {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "a stream ended");
        ensure!(!line.starts_with("event: reset"), "a client was too slow");
        let Some((_, rest)) = line.split_once(BEFORE) else {
            continue;
        };
        let row: usize = rest.split('"').next().unwrap_or_default().parse()?;
        let changed = watched.changed[row].load(Ordering::Relaxed);
        let now = u64::try_from(watched.began.elapsed().as_micros())?;
        let late = usize::try_from(now.saturating_sub(changed) / 1_000)?;
        watched.late[late.min(LATE_MAX)].fetch_add(1, Ordering::Relaxed);
    }
}

// Open loop: what is due is written, however long the one before took.
async fn write(
    run: Run,
    (pool, orgs): (&PgPool, &[&str]),
    watched: &Watched,
) -> anyhow::Result<u64> {
    let began = Instant::now();
    let mut every = tokio::time::interval(BATCH);
    let mut sent = 0;
    while began.elapsed() < Duration::from_secs(run.seconds.into()) {
        every.tick().await;
        let due = began.elapsed().as_millis() * u128::from(run.rate) / 1_000;
        let due = usize::try_from(due)?;
        let rows: Vec<usize> = (sent..due).map(|n| n % ROWS).collect();
        let now = u64::try_from(watched.began.elapsed().as_micros())?;
        for row in &rows {
            watched.changed[*row].store(now, Ordering::Relaxed);
        }
        if !rows.is_empty() {
            change(pool, orgs, &rows).await?;
        }
        sent = due;
    }
    Ok(sent as u64)
}

fn at(counts: &[u64], permille: u64) -> usize {
    let wanted = counts.iter().sum::<u64>() * permille / 1_000;
    let mut seen = 0;
    let place = counts.iter().position(|count| {
        seen += count;
        seen >= wanted.max(1)
    });
    place.unwrap_or_default()
}
