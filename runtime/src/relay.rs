//! The relay: outbox to topics, in order. One is active, by an advisory lock of its connection; a
//! fixed `transactional.id` fences a zombie. Any error ends the process: the next start fences
//! whatever was left open, and what was not removed is sent again (an upsert stream takes that).

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use prometheus::{Gauge, Histogram, IntCounterVec};
use schemas::topics::{ALL, Cleanup};
use sqlx::{Connection, PgConnection};
use tokio::runtime::Handle;

use crate::kafka::consumer::HEARTBEAT_KEY;
use crate::kafka::producer::Producer;
use crate::pg::outbox::{self, Floor};
use crate::pg::{heartbeats, outbox_age};
use crate::program::Program;
use crate::stage::{Outgoing, chain};
use crate::telemetry::Telemetry;
use crate::{Exit, chaos};

/// Rows of one Kafka transaction.
const ROWS_MAX: i64 = 4_000;
/// Between two looks at an empty outbox: often while something came lately, then less.
const IDLE: Duration = Duration::from_millis(5);
const IDLE_LONG: Duration = Duration::from_millis(25);
/// Nothing came for so long: look less often.
const LATELY: Duration = Duration::from_secs(2);
/// Another relay is active: look again after this.
const STANDBY: Duration = Duration::from_millis(500);
/// The broker has so long to acknowledge, and so long to commit.
const DELIVERY_MAX: Duration = Duration::from_secs(12);
/// How often the age of the oldest row is asked for.
const AGE_EVERY: Duration = Duration::from_secs(1);
/// How often a partition with a pending erasure gets a heartbeat.
const HEARTBEAT_EVERY: Duration = Duration::from_mins(1);
/// A partition gets heartbeats for so long: segment time, compaction lag and a margin.
const HEARTBEAT_FOR: chrono::TimeDelta = chrono::TimeDelta::minutes(50);
/// A call into librdkafka that hangs beyond its own time-out is ended from outside.
const HANG_MAX: Duration = Duration::from_mins(1);

struct Meters {
    published: IntCounterVec,
    commit_seconds: Histogram,
    backlog: Gauge,
}

impl Meters {
    fn new(telemetry: &Telemetry) -> Self {
        Self {
            published: telemetry.counters(
                "earshot_relay_published_total",
                "Records published from the outbox.",
                &["topic"],
            ),
            commit_seconds: telemetry.seconds(
                "earshot_relay_commit_seconds",
                "From taking rows to their removal.",
            ),
            backlog: telemetry.gauge(
                "earshot_relay_outbox_age_seconds",
                "How long the oldest row of the outbox has waited.",
            ),
        }
    }
}

struct Relay {
    program: Program,
    producer: Producer,
    connection: PgConnection,
    handle: Handle,
    meters: Meters,
    alive: Arc<Mutex<Instant>>,
    floor: Floor,
    busy: Instant,
}

/// Runs the relay on this thread until shutdown; call it from a thread outside the async pool.
pub fn run(program: &Program) -> Result<(), Exit> {
    let handle = program.handle.clone();
    let Some(connection) = handle.block_on(lead(program))? else {
        return Ok(());
    };
    let id = format!("{}earshot-relay", program.cluster.prefix);
    let id = if chaos::broken("fenced-relay") {
        format!("{id}-{}", std::process::id())
    } else {
        id
    };
    let producer = Producer::transactional(&program.cluster, &id)
        .map_err(|e| Exit::Dependency(e.to_string()))?;
    producer
        .init_transactions(Duration::from_secs(30))
        .map_err(|e| Exit::Dependency(e.to_string()))?;
    program.telemetry.report("relay", Ok(()));
    let alive = Arc::new(Mutex::new(Instant::now()));
    watch(Arc::downgrade(&alive));
    let meters = Meters::new(&program.telemetry);
    let program = program.clone();
    Relay {
        program,
        producer,
        connection,
        handle,
        meters,
        alive,
        floor: Floor::default(),
        busy: Instant::now(),
    }
    .run()
}

// Waits for the lock. It belongs to the connection that takes and removes the rows.
async fn lead(program: &Program) -> Result<Option<PgConnection>, Exit> {
    let away = |e: sqlx::Error| Exit::Dependency(format!("postgres: {e}"));
    let mut connection = program.pg.acquire().await.map_err(away)?.detach();
    let key = i64::from(schemas::partition::partition(
        &program.cluster.prefix,
        "relay",
        i32::MAX,
    ));
    while !program.shutdown.is_cancelled() {
        let got = sqlx::query_scalar!("SELECT pg_try_advisory_lock($1) AS \"got!\"", key)
            .fetch_one(&mut connection)
            .await
            .map_err(away)?;
        if got || chaos::broken("fenced-relay") {
            return Ok(Some(connection));
        }
        program
            .telemetry
            .report("relay", Err("standby: another relay is active".to_owned()));
        tokio::select! {
            () = program.shutdown.cancelled() => {}
            () = tokio::time::sleep(STANDBY) => {}
        }
    }
    Ok(None)
}

// Ends with the loop that it watches.
fn watch(alive: Weak<Mutex<Instant>>) {
    std::thread::spawn(move || {
        while let Some(alive) = alive.upgrade() {
            let silent = alive.lock().map_or(HANG_MAX * 2, |at| at.elapsed());
            if silent > HANG_MAX {
                tracing::error!("watchdog: the relay hangs; ending it so that it starts again");
                std::process::exit(4);
            }
            drop(alive);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
}

impl Relay {
    fn run(mut self) -> Result<(), Exit> {
        // At once after a start: what an earlier relay promised is not put off by its end.
        let mut heartbeat: Option<Instant> = None;
        let mut looked: Option<Instant> = None;
        while !self.program.shutdown.is_cancelled() {
            if let Ok(mut alive) = self.alive.lock() {
                *alive = Instant::now();
            }
            // Before the pass: what waited while no relay ran is seen too.
            if looked.is_none_or(|last| last.elapsed() > AGE_EVERY) {
                looked = Some(Instant::now());
                self.look()?;
            }
            self.pass()?;
            if heartbeat.is_none_or(|last| last.elapsed() > HEARTBEAT_EVERY) {
                heartbeat = Some(Instant::now());
                self.heartbeats()?;
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Exit> {
        let age = self
            .handle
            .block_on(outbox_age::age(&mut self.connection, self.floor.seq()))
            .map_err(|e| Exit::Restart(format!("outbox: {e}")))?;
        self.meters.backlog.set(age.as_secs_f64());
        Ok(())
    }

    // One transaction.
    fn pass(&mut self) -> Result<(), Exit> {
        let away = |e: sqlx::Error| Exit::Restart(format!("outbox: {e}"));
        let began = Instant::now();
        let handle = self.handle.clone();
        if !self.waits()? {
            return Ok(());
        }
        let (floor, connection) = (self.floor.seq(), &mut self.connection);
        let (mut scope, taken, running) = handle
            .block_on(async {
                let mut scope = connection
                    .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ")
                    .await?;
                let taken = outbox::take(&mut scope, floor, ROWS_MAX).await?;
                let running = outbox::running(&mut scope).await?;
                Ok((scope, taken, running))
            })
            .map_err(away)?;
        let Some(range) = taken.range else {
            return Ok(());
        };
        chaos::point("relay-before-publish");
        publish(&self.producer, &handle, &taken.records)?;
        chaos::point("relay-before-remove");
        let until = self.program.clock.now() + HEARTBEAT_FOR;
        handle
            .block_on(async {
                let erased = erased(&taken.records);
                if !erased.is_empty() {
                    heartbeats::want(&mut scope, &erased, until).await?;
                }
                outbox::remove(&mut scope, range).await?;
                scope.commit().await
            })
            .map_err(away)?;
        for record in &taken.records {
            self.meters
                .published
                .with_label_values(&[record.topic.name])
                .inc();
        }
        self.meters
            .commit_seconds
            .observe(began.elapsed().as_secs_f64());
        let full = i64::try_from(taken.records.len()) == Ok(ROWS_MAX);
        self.floor.rise((range.1, !full), running);
        Ok(())
    }

    // Looks whether anything waits, and sleeps when nothing does.
    fn waits(&mut self) -> Result<bool, Exit> {
        let floor = self.floor.seq();
        let waits = self
            .handle
            .block_on(outbox::waits(&mut self.connection, floor))
            .map_err(|e| Exit::Restart(format!("outbox: {e}")))?;
        if waits {
            self.busy = Instant::now();
        } else if self.busy.elapsed() < LATELY {
            std::thread::sleep(IDLE);
        } else {
            std::thread::sleep(IDLE_LONG);
        }
        Ok(waits)
    }

    fn heartbeats(&mut self) -> Result<(), Exit> {
        let now = self.program.clock.now();
        let due = self
            .handle
            .block_on(heartbeats::due(&self.program.pg, now))
            .map_err(|e| Exit::Restart(format!("heartbeats: {e}")))?;
        let records: Vec<Outgoing> = due
            .into_iter()
            .filter_map(|(name, partition)| {
                let topic = ALL.iter().find(|topic| topic.name == name).copied()?;
                let key = HEARTBEAT_KEY.to_vec();
                Some(Outgoing {
                    topic,
                    partition,
                    key,
                    value: None,
                    erases: false,
                })
            })
            .collect();
        if records.is_empty() {
            return Ok(());
        }
        publish(&self.producer, &self.handle, &records)
    }
}

// Every delivery is awaited before the commit: the commit's own flush costs 100 ms otherwise.
fn publish(producer: &Producer, handle: &Handle, records: &[Outgoing]) -> Result<(), Exit> {
    let restart = |e: crate::kafka::KafkaError| Exit::Restart(chain(&e));
    producer.begin().map_err(restart)?;
    handle
        .block_on(producer.send_all(records, DELIVERY_MAX))
        .map_err(|e| Exit::Restart(chain(&e)))?;
    chaos::point("relay-before-commit");
    producer.commit(DELIVERY_MAX).map_err(restart)?;
    chaos::point("relay-after-commit");
    Ok(())
}

fn erased(records: &[Outgoing]) -> Vec<(String, i32)> {
    let mut partitions: Vec<(String, i32)> = records
        .iter()
        .filter(|r| r.erases && r.topic.cleanup == Cleanup::Compact)
        .map(|r| (r.topic.name.to_owned(), r.partition))
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}
