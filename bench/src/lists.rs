//! How long the desk waits for its tiles and its first page, over HTTP, at a million items.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::pg::lists::{ORG, counts, fill};
use crate::stack::{Org, Parts, Stack};

const PATHS: [&str; 4] = [
    "/tiles",
    "/threads?tab=active",
    "/threads?tab=active&sort=newest",
    "/threads?tab=done",
];
/// The limits of requests are not what is measured.
const UNLIMITED: &str = "earshot.northwind={\"api\":{\"rate\":10000,\"concurrency\":1000}}\n";
const WARM_UP: usize = 100;
const READY_MAX: Duration = Duration::from_mins(1);

/// Fills the database, starts the API, asks each path so often with one client that keeps its
/// connection.
pub fn measure(
    (binary, dir): (&Path, &Path),
    parts: &Parts,
    requests: usize,
    more: &[String],
) -> anyhow::Result<String> {
    let orgs = [Org::new(ORG, "northwindgear", "1498213377015349251")];
    let quiet = [("EARSHOT_LOG_LEVEL", "warn")];
    let mut stack = Stack::start((binary, dir), parts, ("lists.", &orgs), &quiet, &["api"])?;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(dir.join("social.properties"))?;
    file.write_all(UNLIMITED.as_bytes())?;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let began = Instant::now();
    let (items, active) = tokio.block_on(async {
        fill(&parts.owner_url).await?;
        counts(&parts.owner_url).await
    })?;
    let mut text = format!(
        "items {items}  active {active}  filled in {:.0} s\n",
        began.elapsed().as_secs_f64()
    );
    let client = Client {
        http: reqwest::Client::builder()
            .pool_max_idle_per_host(1)
            .build()?,
        base: format!("http://{}/api/v1", stack.desk),
        key: stack.key(ORG, "csr")?,
    };
    tokio.block_on(client.ready())?;
    stack.tick()?;
    writeln!(
        text,
        "{:40} {:>8} {:>8} {:>8} {:>8}",
        "path", "p50 ms", "p90 ms", "p99 ms", "worst"
    )?;
    let paths = PATHS.into_iter().chain(more.iter().map(String::as_str));
    for path in paths {
        let took = tokio.block_on(client.ask(path, requests))?;
        let at = |permille: usize| took[(took.len() - 1) * permille / 1_000];
        let [p50, p90, p99, worst] = [500, 900, 990, 1_000].map(at);
        writeln!(text, "{path:40} {p50:8.2} {p90:8.2} {p99:8.2} {worst:8.2}")?;
    }
    stack.stop();
    Ok(text)
}

struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Client {
    async fn get(&self, path: &str) -> anyhow::Result<(u16, usize)> {
        let url = format!("{}{path}", self.base);
        let answer = self.http.get(url).bearer_auth(&self.key).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await?.len()))
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let until = Instant::now() + READY_MAX;
        while !matches!(self.get("/tiles").await, Ok((200, _))) {
            ensure!(
                Instant::now() < until,
                "the API did not come up within a minute"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Milliseconds of each request, sorted.
    async fn ask(&self, path: &str, requests: usize) -> anyhow::Result<Vec<f64>> {
        let mut took = Vec::with_capacity(requests);
        for n in 0..requests + WARM_UP {
            let began = Instant::now();
            let (status, _) = self.get(path).await.with_context(|| path.to_owned())?;
            ensure!(status == 200, "{path}: {status}");
            if n >= WARM_UP {
                took.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
        ensure!(!took.is_empty(), "--requests must be at least 1");
        took.sort_by(f64::total_cmp);
        Ok(took)
    }
}
