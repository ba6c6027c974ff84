//! Faults: traffic is delivered as X would, until it is acknowledged, while processes are killed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use runtime::local::{LocalError, LocalParts};
use sqlx::PgPool;
use x_sim::deliver::Deliverer;

use crate::oracle::{self, Report};
use crate::stack::{Org, Stack, signal_pid};
use crate::traffic::{Delivery, Traffic};

/// Broker and database are not killed more often: whoever starts them gives up on a part that dies
/// again and again.
const PART_EVERY: Duration = Duration::from_secs(40);

/// What a campaign does.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub steps: usize,
    /// Bodies a second.
    pub rate: f64,
    pub people: usize,
    /// Of 100 bodies so many are delivered twice.
    pub duplicate_percent: u32,
    /// Bodies change places with one of the next so many.
    pub disorder: usize,
    /// Of 1,000 bodies so many are rubbish, signed.
    pub poison_permille: u32,
    /// A program is killed that often, in rotation; never, if zero.
    pub kill_every: Duration,
    pub victims: Vec<String>,
    /// After the last body so long until all must be there.
    pub settle: Duration,
}

impl Plan {
    /// Small enough for every test run.
    pub fn small() -> Self {
        Self {
            seed: 7,
            steps: 1_500,
            rate: 150.0,
            people: 60,
            duplicate_percent: 5,
            disorder: 30,
            poison_permille: 5,
            kill_every: Duration::from_secs(1),
            victims: [
                "case-linker",
                "enrich",
                "relay",
                "interaction-writer",
                "ingest",
            ]
            .map(str::to_owned)
            .to_vec(),
            settle: Duration::from_secs(90),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub delivered: usize,
    pub refusals: usize,
    pub kills: usize,
    pub poison: usize,
    pub report: Report,
    pub settled: bool,
}

/// The deliveries of a plan, duplicates, disorder and poison included; and what must come out.
pub fn deliveries(plan: &Plan, orgs: &[Org]) -> (Vec<Delivery>, Traffic, usize) {
    let start = chrono::Utc::now() - chrono::TimeDelta::hours(1);
    let mut traffic = Traffic::new(plan.seed, orgs, plan.people, start);
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let mut all = Vec::new();
    let mut poison = 0;
    for _ in 0..plan.steps {
        for delivery in traffic.step() {
            if rng.random_range(0..100) < plan.duplicate_percent {
                all.push(delivery.clone());
            }
            if rng.random_range(0..1_000) < plan.poison_permille {
                poison += 1;
                let body = Bytes::from(format!("{{\"surprise\":{poison}}}"));
                all.push(Delivery {
                    org: delivery.org,
                    body,
                });
            }
            all.push(delivery);
        }
    }
    for at in 0..all.len() {
        let other = at + rng.random_range(0..=plan.disorder);
        if other < all.len() {
            all.swap(at, other);
        }
    }
    (all, traffic, poison)
}

/// Delivers a plan to a stack while killing, then recounts. `parts` are needed where the broker or
/// PostgreSQL are victims; they are ticked.
pub fn run(
    stack: &mut Stack,
    pool: &PgPool,
    plan: &Plan,
    mut parts: Option<&mut LocalParts>,
) -> anyhow::Result<Outcome> {
    stack.await_hooks()?;
    let (bodies, traffic, poison) = deliveries(plan, &stack.orgs);
    let delivered = bodies.len();
    let mut reaper = Reaper {
        plan,
        kills: 0,
        turn: 0,
        part_at: None,
        next: Instant::now(),
    };
    let refusals = deliver(stack, bodies, plan.rate, |stack| {
        reaper.tick(stack, parts.as_deref());
        parts
            .as_mut()
            .map_or(Ok(()), |parts| parts.tick().map(drop))
    })?;
    let kills = reaper.kills;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let settled = tokio.block_on(oracle::settled(
        pool,
        &traffic.expected,
        plan.settle,
        || {
            parts
                .as_mut()
                .map_or(Ok(()), |parts| parts.tick().map(drop))?;
            stack.tick()
        },
    ))?;
    let mut report = tokio.block_on(oracle::check_tables(pool, &traffic.expected))?;
    let topics = tokio.block_on(oracle::check_topics(&stack.cluster, pool))?;
    report.merge(topics);
    Ok(Outcome {
        delivered,
        refusals,
        kills,
        poison,
        report,
        settled,
    })
}

struct Reaper<'a> {
    plan: &'a Plan,
    kills: usize,
    turn: usize,
    part_at: Option<Instant>,
    next: Instant,
}

impl Reaper<'_> {
    // One victim at a time, in rotation; broker and database only when they stand firm again.
    fn tick(&mut self, stack: &Stack, parts: Option<&LocalParts>) {
        if self.plan.kill_every.is_zero() || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + self.plan.kill_every;
        let victim = &self.plan.victims[self.turn % self.plan.victims.len()];
        self.turn += 1;
        if ["kafka", "postgres"].contains(&victim.as_str()) {
            if self.part_at.is_some_and(|at| at.elapsed() < PART_EVERY) {
                return;
            }
            self.part_at = Some(Instant::now());
        }
        kill(stack, parts, victim);
        self.kills += 1;
    }
}

fn kill(stack: &Stack, parts: Option<&LocalParts>, victim: &str) {
    let part = parts.and_then(|parts| parts.pids().into_iter().find(|(name, _)| *name == victim));
    match part {
        Some((_, pid)) => signal_pid(pid, "KILL"),
        None => stack.signal(victim, "KILL"),
    }
}

/// Delivers every body until it is answered 200, while `meanwhile` is called; the refusals.
pub fn deliver(
    stack: &mut Stack,
    bodies: Vec<Delivery>,
    rate: f64,
    mut meanwhile: impl FnMut(&mut Stack) -> Result<(), LocalError>,
) -> anyhow::Result<usize> {
    let urls: Vec<(String, String)> = stack
        .orgs
        .iter()
        .map(|org| (stack.hook(org), org.secret.clone()))
        .collect();
    let refusals = Arc::new(AtomicUsize::new(0));
    let sender = {
        let refusals = refusals.clone();
        std::thread::spawn(move || send(bodies, &urls, rate, &refusals))
    };
    while !sender.is_finished() {
        stack.tick()?;
        meanwhile(stack)?;
        std::thread::sleep(Duration::from_millis(20));
    }
    sender
        .join()
        .map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    Ok(refusals.load(Ordering::SeqCst))
}

// Every body until it is answered 200, paced; a refused one goes to the end of the queue.
fn send(
    bodies: Vec<Delivery>,
    urls: &[(String, String)],
    rate: f64,
    refusals: &AtomicUsize,
) -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    tokio.block_on(async {
        let deliverer = Deliverer::new(64, Duration::from_secs(10))?;
        let mut queue: VecDeque<Delivery> = bodies.into();
        let begun = Instant::now();
        let mut sent = 0_u32;
        while !queue.is_empty() {
            let page: Vec<Delivery> = queue.drain(..queue.len().min(64)).collect();
            let answers = futures::stream::iter(page).map(|delivery| {
                let (url, secret) = &urls[delivery.org];
                let deliverer = &deliverer;
                async move {
                    let status = deliverer.post(url, secret, delivery.body.clone()).await;
                    (delivery, status)
                }
            });
            let mut answers = answers.buffer_unordered(64);
            let mut refused = false;
            while let Some((delivery, status)) = answers.next().await {
                sent += 1;
                if status != Some(200) {
                    refusals.fetch_add(1, Ordering::SeqCst);
                    refused = true;
                    queue.push_back(delivery);
                }
            }
            let due = Duration::from_secs_f64(f64::from(sent) / rate);
            let pause = due.saturating_sub(begun.elapsed());
            let pause = if refused {
                pause.max(Duration::from_millis(100))
            } else {
                pause
            };
            tokio::time::sleep(pause).await;
        }
        Ok(())
    })
}
