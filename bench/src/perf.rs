//! Throughput, delay, processor time and memory, beside the limits measured in the same run.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "rates and quantiles of small counts"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::Utc;
use runtime::Outgoing;
use runtime::kafka::producer::Producer;
use runtime::stage::Encoder;
use schemas::wire::Codec;
use sqlx::PgPool;
use tokio::runtime::Handle;
use uuid::Uuid;
use x_sim::deliver::Deliverer;

use crate::pg;
use crate::process::{self, Usage};
use crate::stack::{Org, Stack};
use crate::traffic::{Delivery, Traffic};

const PARTITIONS: i32 = 12;
const DEADLINE: Duration = Duration::from_mins(5);
const STAGES: [&str; 4] = ["enrich", "case-linker", "relay", "interaction-writer"];

/// The raw records of `steps` steps of a world, and how many facts and messages they hold.
pub struct Load {
    pub records: Vec<Outgoing>,
    pub facts: usize,
    pub messages: usize,
    pub enrich_micros: f64,
}

/// Renders a world as ingest would have staged it.
pub fn load(orgs: &[Org], steps: usize, people: usize) -> anyhow::Result<Load> {
    let mut traffic = Traffic::new(11, orgs, people, Utc::now() - chrono::TimeDelta::days(60));
    let views: Vec<ingest::OrgView> = orgs
        .iter()
        .map(|org| ingest::OrgView {
            org: org.id.clone(),
            accounts: vec![org.x_id.clone()],
            complete: true,
        })
        .collect();
    let encoder = Encoder::new(std::sync::Arc::new(Codec::own()?), PARTITIONS);
    let mut load = Load {
        records: Vec::new(),
        facts: 0,
        messages: 0,
        enrich_micros: 0.0,
    };
    let mut spent = Duration::ZERO;
    for _ in 0..steps {
        for Delivery { org, body } in traffic.step() {
            let split = ingest::split(&body, &views[org], "webhook", Utc::now())?;
            for record in split.records {
                let ingest::Value::Received(received) = &record.value else {
                    continue;
                };
                let began = Instant::now();
                load.facts += enrich::enrich(received).map_or(0, |facts| facts.len());
                spent += began.elapsed();
                let (topic, org) = (record.topic, received.org.clone());
                let out = encoder.encode(topic, &org, &record.routing, record.key, &**received)?;
                load.records.push(out);
            }
        }
    }
    load.messages = traffic
        .expected
        .keys()
        .filter(|(_, kind, _)| *kind == "message")
        .count();
    load.enrich_micros = spent.as_secs_f64() * 1e6 / load.records.len().max(1) as f64;
    Ok(load)
}

/// Fills the raw topics, then starts the stages and waits for the last row.
pub fn throughput(
    stack: &mut Stack,
    (tokio, pool): (&Handle, &PgPool),
    load: &Load,
    pids: &[(&'static str, u32)],
) -> anyhow::Result<String> {
    let producer = Producer::new(&stack.cluster, "bench", DEADLINE)?;
    let began = Instant::now();
    tokio.block_on(async {
        for page in load.records.chunks(2_000) {
            producer.send_all(page, DEADLINE).await?;
        }
        anyhow::Ok(())
    })?;
    let filled = began.elapsed();
    let parts_before = process::usages(pids);
    let began = Instant::now();
    for name in STAGES {
        let subcommand = crate::stack::subcommand(name);
        stack.spawn(name, &[subcommand])?;
    }
    let mut linked = None;
    let interacted = loop {
        stack.tick()?;
        std::thread::sleep(Duration::from_millis(200));
        let facts = tokio.block_on(pg::linked(pool))?;
        if facts as usize >= load.facts {
            linked.get_or_insert_with(|| began.elapsed());
            let (interactions, empty) = tokio.block_on(pg::written(pool))?;
            if interactions as usize >= load.messages && empty {
                break began.elapsed();
            }
        }
        anyhow::ensure!(
            began.elapsed() < DEADLINE,
            "{facts} of {} facts linked",
            load.facts
        );
    };
    let linked = linked.unwrap_or(interacted);
    let n = load.records.len() as f64;
    let mut text = format!(
        "records {n}  facts {}  messages {}  fill {:.0}/s  enrich function {:.1} us\n\
         raw to linked row {:.0}/s   raw to last interaction {:.0}/s\n",
        load.facts,
        load.messages,
        n / filled.as_secs_f64(),
        load.enrich_micros,
        n / linked.as_secs_f64(),
        n / interacted.as_secs_f64(),
    );
    let programs: Vec<(&'static str, u32)> = STAGES
        .iter()
        .filter_map(|name| Some((*name, stack.pid(name)?)))
        .collect();
    let mut all = process::usages(&programs);
    for (name, after) in process::usages(pids) {
        let before = parts_before.get(name).copied().unwrap_or_default();
        all.insert(
            name,
            Usage {
                cpu: after.cpu - before.cpu,
                ..after
            },
        );
    }
    report(&mut text, &all, n)?;
    Ok(text)
}

fn report(text: &mut String, all: &HashMap<&'static str, Usage>, n: f64) -> anyhow::Result<()> {
    let mut names: Vec<_> = all.iter().collect();
    names.sort_by_key(|(name, _)| **name);
    let mut sum = 0.0;
    for (name, usage) in names {
        let per_million = usage.cpu * 1e6 / n;
        sum += per_million;
        writeln!(
            text,
            "{name:20} {per_million:6.1} CPU-s/M   peak {:4} MB",
            usage.peak_mb
        )?;
    }
    writeln!(text, "{:20} {sum:6.1} CPU-s/M", "in all")?;
    Ok(())
}

/// Delay from the moment a body was due until its row is visible, open loop.
pub fn delay(
    stack: &mut Stack,
    (tokio, pool): (&Handle, &PgPool),
    (nth, rate, seconds): (usize, f64, f64),
) -> anyhow::Result<String> {
    let steps = (rate * seconds) as usize;
    // Ids of X carry their time: a span of their own for each rate, apart from the load's.
    let start = Utc::now() - chrono::TimeDelta::days(30 - nth as i64);
    let mut traffic = Traffic::new(rate as u64, &stack.orgs, 2_000, start);
    let mut bodies: Vec<(usize, bytes::Bytes, Option<Uuid>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..steps {
        for Delivery { org, body } in traffic.step() {
            let fresh = traffic.newest().filter(|id| seen.insert(*id));
            bodies.push((org, body, fresh));
        }
    }
    let urls: Vec<(String, String)> = stack
        .orgs
        .iter()
        .map(|org| (stack.hook(org), org.secret.clone()))
        .collect();
    let orgs = stack.orgs.iter().map(|org| org.id.clone()).collect();
    let worker = tokio.spawn(measure(bodies, urls, (pool.clone(), orgs), rate));
    while !worker.is_finished() {
        stack.tick()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    let (mut delays, watched, refused) = tokio.block_on(worker)??;
    delays.sort_by(f64::total_cmp);
    let at = |q: f64| {
        delays
            .get(((delays.len() - 1) as f64 * q) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    Ok(format!(
        "{rate:5.0}/s open loop: p50 {:.0} ms  p99 {:.0} ms  max {:.0} ms  (samples {} of {watched}, refused {refused})",
        at(0.5),
        at(0.99),
        at(1.0),
        delays.len()
    ))
}

// One body of ten is watched until its row is there: the delays, how many were watched, and how
// many bodies were refused.
async fn measure(
    bodies: Vec<(usize, bytes::Bytes, Option<Uuid>)>,
    urls: Vec<(String, String)>,
    (pool, orgs): (PgPool, Vec<String>),
    rate: f64,
) -> anyhow::Result<(Vec<f64>, usize, usize)> {
    let deliverer = Deliverer::new(256, Duration::from_secs(10))?;
    let start = tokio::time::Instant::now() + Duration::from_millis(200);
    let (tell, told) = tokio::sync::mpsc::unbounded_channel::<(Uuid, Instant)>();
    let watcher = tokio::spawn(watch(told, (pool, orgs)));
    let (mut sends, mut watched) = (Vec::new(), 0);
    for (n, (org, body, fresh)) in bodies.into_iter().enumerate() {
        let due = start + Duration::from_secs_f64(n as f64 / rate);
        tokio::time::sleep_until(due).await;
        if let Some(id) = fresh.filter(|_| n % 10 == 0) {
            watched += 1;
            tell.send((id, due.into_std()))?;
        }
        let (deliverer, (url, secret)) = (deliverer.clone(), urls[org].clone());
        sends.push(tokio::spawn(async move {
            deliverer.post(&url, &secret, body).await
        }));
    }
    let mut refused = 0;
    for send in sends {
        refused += usize::from(send.await? != Some(200));
    }
    drop(tell);
    Ok((watcher.await??, watched, refused))
}

async fn watch(
    mut told: tokio::sync::mpsc::UnboundedReceiver<(Uuid, Instant)>,
    (pool, orgs): (PgPool, Vec<String>),
) -> anyhow::Result<Vec<f64>> {
    use tokio::sync::mpsc::error::TryRecvError;
    let mut open: HashMap<Uuid, Instant> = HashMap::new();
    let mut delays = Vec::new();
    let mut closed = false;
    while !(closed && open.is_empty()) {
        loop {
            match told.try_recv() {
                Ok((id, due)) => drop(open.insert(id, due)),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    closed = true;
                    break;
                }
            }
        }
        let ids: Vec<Uuid> = open.keys().copied().collect();
        for id in pg::present(&pool, &orgs, &ids).await? {
            if let Some(due) = open.remove(&id) {
                delays.push(due.elapsed().as_secs_f64() * 1e3);
            }
        }
        open.retain(|_, due| due.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(delays)
}
