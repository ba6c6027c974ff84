//! The driver of scoped stages: rows, next offset and outbox in one PostgreSQL transaction. The
//! offsets are read at assignment and guarded at commit, so a zombie changes nothing.

pub(crate) mod scope;

use std::error::Error;
use std::time::{Duration, Instant};

use schemas::topics::Topic;
use schemas::wire::{Codec, WireError};
use sqlx::PgConnection;

use crate::Exit;
use crate::kafka::consumer::{Consumer, Offsets, StoredOffset};
use crate::pg::offsets;
use crate::program::Program;
use crate::progress::{Progress, Watch};
use crate::quarantine::Brake;
use crate::stage::{Judged, RawRecord, StageError, Verdict, chain};
use scope::{Scope, Stored};

const IDLE: Duration = Duration::from_millis(100);
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// PostgreSQL may be away so long while partitions are assigned.
const ASSIGN_PATIENCE: Duration = Duration::from_mins(2);

/// A stage whose effects are one PostgreSQL transaction.
pub trait ScopedStage: Send + 'static {
    /// Name of the program, its consumer group, its offsets and its metrics.
    const NAME: &'static str;
    /// What it reads.
    type In: Send + Sync;
    /// Topics read.
    fn topics(&self) -> Vec<&'static Topic>;
    /// The record in its type.
    fn decode(&self, record: &RawRecord, codec: &Codec) -> Result<Self::In, WireError>;
    /// The organisation it belongs to: the transaction sees those of its batch.
    fn org<'a>(&self, input: &'a Self::In) -> &'a str;
    /// One verdict for each record, in order. What they emit goes to the outbox in that order.
    fn process(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Self::In],
    ) -> impl Future<Output = Result<Vec<Verdict>, StageError>> + Send;
    /// Called after a commit and when nothing comes, outside any transaction.
    fn between(
        &mut self,
        _program: &Program,
    ) -> impl Future<Output = Result<(), StageError>> + Send {
        async { Ok(()) }
    }
}

struct Loop<S> {
    scope: Scope<S>,
    program: Program,
    consumer: Consumer,
    progress: Progress,
    brake: Brake,
    _watch: Watch,
}

/// Runs the stage on this thread until shutdown; call it from a thread outside the async pool.
pub fn run<S: ScopedStage>(program: &Program, stage: S) -> Result<(), Exit> {
    let group = format!("earshot-{}", S::NAME);
    let topics = stage.topics();
    let scope = Scope::new(program, stage);
    let offsets = Offsets::Stored(lookup(program, S::NAME, scope.stored()));
    let consumer = Consumer::new(
        &program.cluster,
        &group,
        &program.instance,
        &topics,
        offsets,
    )
    .map_err(|e| Exit::Dependency(e.to_string()))?;
    let progress = Progress::new(S::NAME, program);
    let watch = progress
        .watch(consumer.clone())
        .map_err(|e| Exit::Restart(e.to_string()))?;
    program.telemetry.report(S::NAME, Ok(()));
    Loop {
        scope,
        program: program.clone(),
        consumer,
        progress,
        brake: Brake::default(),
        _watch: watch,
    }
    .run()
}

impl<S: ScopedStage> Loop<S> {
    fn run(mut self) -> Result<(), Exit> {
        while !self.program.shutdown.is_cancelled() {
            self.progress.beat(false);
            let batch = self.consumer.poll(self.program.window, IDLE)?;
            if !batch.records.is_empty() {
                self.progress.began(&batch.records);
                self.settle(batch.epoch, &batch.records)?;
                self.progress.waits(None);
            }
            match self.scope.between() {
                Ok(()) => {}
                Err(StageError::Transient(error)) => {
                    tracing::warn!(error = chain(&*error), "will be done after the next batch");
                }
                Err(error) => return Err(Exit::Restart(chain(&error))),
            }
        }
        Ok(())
    }

    // Handles the records, whatever it takes; returns early only when they are not ours any more.
    fn settle(&mut self, epoch: u64, records: &[RawRecord]) -> Result<(), Exit> {
        let mut backoff = BACKOFF_MIN;
        let mut waited_for: Option<&'static str> = None;
        let mut refused: Option<Verdict> = None;
        loop {
            let began = Instant::now();
            match self.scope.attempt(records, refused.as_ref()) {
                Ok(judged) => {
                    self.go_on(waited_for)?;
                    return self.finish(records, judged, began.elapsed());
                }
                Err(StageError::Transient(error)) => {
                    waited_for = Some(self.wait(&*error, backoff)?);
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                    if !self.ours(epoch) {
                        return self.go_on(waited_for);
                    }
                }
                Err(StageError::Data(_)) if records.len() > 1 => {
                    self.go_on(waited_for)?;
                    return self.isolate(epoch, records);
                }
                Err(StageError::Data(error)) if refused.is_none() => {
                    refused = Some(Verdict::Dead {
                        reason: "refused-by-the-store",
                        detail: chain(&*error),
                    });
                }
                Err(error) => return Err(Exit::Restart(chain(&error))),
            }
        }
    }

    fn ours(&self, epoch: u64) -> bool {
        self.consumer.epoch() == epoch && !self.program.shutdown.is_cancelled()
    }

    // Reads nothing, stays in the group, says why; then the same batch again.
    fn wait(
        &mut self,
        error: &(dyn Error + Send + Sync + 'static),
        backoff: Duration,
    ) -> Result<&'static str, Exit> {
        let part = if error.is::<Exit>() {
            "registry"
        } else {
            "postgres"
        };
        let why = chain(error);
        tracing::warn!(error = why, stage = S::NAME, "same batch again");
        self.consumer.pause()?;
        self.program.telemetry.report(part, Err(why));
        self.progress.beat(true);
        self.consumer.keep_alive(backoff)?;
        Ok(part)
    }

    fn go_on(&mut self, waited_for: Option<&'static str>) -> Result<(), Exit> {
        let Some(part) = waited_for else {
            return Ok(());
        };
        self.program.telemetry.report(part, Ok(()));
        self.consumer.resume()
    }

    // One record of the batch is refused by the store: each alone, the refused one to quarantine.
    // Those after one that is not ours any more are not ours either.
    fn isolate(&mut self, epoch: u64, records: &[RawRecord]) -> Result<(), Exit> {
        for record in records {
            if !self.ours(epoch) {
                break;
            }
            self.settle(epoch, std::slice::from_ref(record))?;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        records: &[RawRecord],
        judged: Vec<Judged>,
        took: Duration,
    ) -> Result<(), Exit> {
        let mut stop = false;
        let mut verdicts = Vec::with_capacity(judged.len());
        for Judged { org, verdict } in judged {
            stop |= self.brake.count(&org, verdict.is_dead());
            verdicts.push(verdict);
        }
        self.progress.done(records, &verdicts, took);
        if stop {
            self.progress.halted.set(1.0);
            self.program.halted(S::NAME);
            self.consumer.pause()?;
            while !self.program.shutdown.is_cancelled() {
                self.progress.beat(true);
                self.consumer.keep_alive(IDLE)?;
            }
        }
        Ok(())
    }
}

// The offset of a partition, asked at assignment; remembers it as what the next commit expects.
fn lookup(program: &Program, stage: &'static str, stored: Stored) -> StoredOffset {
    let (pool, shutdown) = (program.pg.clone(), program.shutdown.clone());
    let handle = program.handle.clone();
    Box::new(move |topic, topic_id, partition| {
        let began = Instant::now();
        let found = loop {
            match handle.block_on(offsets::load(&pool, stage, topic.name, partition)) {
                Ok(found) => break found,
                Err(error) if began.elapsed() > ASSIGN_PATIENCE || shutdown.is_cancelled() => {
                    return Err(Exit::Restart(format!("offsets cannot be read: {error}")));
                }
                Err(error) => {
                    tracing::warn!(%error, "offsets cannot be read; waiting");
                    std::thread::sleep(BACKOFF_MAX.min(Duration::from_secs(1)));
                }
            }
        };
        if let Some((known, _)) = &found
            && known != topic_id
        {
            return Err(Exit::Config(format!(
                "topic {} was re-created (id {topic_id}, offsets are of {known}): run `earshot \
                 rebuild` or remove the rows of stage {stage} from stage_offsets",
                topic.name
            )));
        }
        let next = found.map(|(_, next)| next);
        stored.set(topic.name, partition, topic_id, next);
        Ok(next)
    })
}
