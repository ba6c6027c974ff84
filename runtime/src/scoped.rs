//! The driver of scoped stages: rows, next offset and outbox in one PostgreSQL transaction. The
//! offsets are read at assignment and guarded at commit, so a zombie changes nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use schemas::topics::Topic;
use schemas::wire::{Codec, WireError};
use sqlx::PgConnection;
use tokio::runtime::Handle;

use crate::kafka::consumer::{Consumer, Offsets, StoredOffset};
use crate::pg::offsets::{self, Move};
use crate::pg::{self, outbox};
use crate::program::Program;
use crate::progress::Progress;
use crate::quarantine::{Brake, bury};
use crate::stage::{Outgoing, RawRecord, StageError, Verdict, chain};
use crate::{Exit, chaos};

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

type Stored = Arc<Mutex<HashMap<(&'static str, i32), (String, Option<i64>)>>>;

struct Loop<S> {
    program: Program,
    stage: S,
    consumer: Consumer,
    progress: Progress,
    brake: Brake,
    handle: Handle,
    stored: Stored,
}

/// Runs the stage on this thread until shutdown; call it from a thread outside the async pool.
pub fn run<S: ScopedStage>(program: &Program, stage: S) -> Result<(), Exit> {
    let handle = program.handle.clone();
    let stored = Stored::default();
    let offsets = Offsets::Stored(lookup(program, S::NAME, stored.clone(), handle.clone()));
    let group = format!("earshot-{}", S::NAME);
    let consumer = Consumer::new(
        &program.cluster,
        &group,
        &program.instance,
        &stage.topics(),
        offsets,
    )
    .map_err(|e| Exit::Dependency(e.to_string()))?;
    let progress = Progress::new(S::NAME, &program.telemetry, &program.clock);
    progress
        .watch(consumer.clone())
        .map_err(|e| Exit::Restart(e.to_string()))?;
    program.telemetry.report(S::NAME, Ok(()));
    let program = program.clone();
    let brake = Brake::default();
    Loop {
        program,
        stage,
        consumer,
        progress,
        brake,
        handle,
        stored,
    }
    .run()
}

// The offset of a partition, asked at assignment; remembers it as what the next commit expects.
fn lookup(program: &Program, stage: &'static str, stored: Stored, handle: Handle) -> StoredOffset {
    let (pool, shutdown) = (program.pg.clone(), program.shutdown.clone());
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
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.insert((topic.name, partition), (topic_id.to_owned(), next));
        Ok(next)
    })
}

enum Decoded<In> {
    Input(In),
    Judged(Verdict),
}

impl<S: ScopedStage> Loop<S> {
    fn run(mut self) -> Result<(), Exit> {
        while !self.program.shutdown.is_cancelled() {
            self.progress.beat(false);
            let batch = self.consumer.poll(self.program.window, IDLE)?;
            if !batch.records.is_empty() {
                self.progress.began(&batch.records);
                self.settle(batch.epoch, &batch.records)?;
            }
            match self.handle.block_on(self.stage.between(&self.program)) {
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
        let mut paused = false;
        loop {
            let began = Instant::now();
            match self.attempt(records, None) {
                Ok(verdicts) => {
                    self.finish(records, &verdicts, began.elapsed())?;
                    break;
                }
                Err(StageError::Transient(error)) => {
                    let error = chain(&*error);
                    tracing::warn!(error, stage = S::NAME, "same batch again");
                    if !paused {
                        self.consumer.pause()?;
                        paused = true;
                    }
                    self.program.telemetry.report("postgres", Err(error));
                    self.progress.beat(true);
                    self.consumer.keep_alive(backoff)?;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                    if self.consumer.epoch() != epoch || self.program.shutdown.is_cancelled() {
                        return Ok(());
                    }
                }
                Err(StageError::Data(error)) => {
                    self.isolate(epoch, records, &chain(&*error))?;
                    break;
                }
                Err(error) => return Err(Exit::Restart(chain(&error))),
            }
        }
        self.program.telemetry.report("postgres", Ok(()));
        if paused {
            self.consumer.resume()
        } else {
            Ok(())
        }
    }

    // One record of the batch is refused by the store: each alone, the refused one to quarantine.
    fn isolate(&mut self, epoch: u64, records: &[RawRecord], why: &str) -> Result<(), Exit> {
        if let [record] = records {
            let verdict = Verdict::Dead {
                reason: "refused-by-the-store",
                detail: why.to_owned(),
            };
            let verdicts = self
                .attempt(std::slice::from_ref(record), Some(&verdict))
                .map_err(|e| Exit::Restart(chain(&e)))?;
            return self.finish(records, &verdicts, Duration::ZERO);
        }
        for record in records {
            self.settle(epoch, std::slice::from_ref(record))?;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        records: &[RawRecord],
        verdicts: &[Verdict],
        took: Duration,
    ) -> Result<(), Exit> {
        self.progress.done(records, verdicts, took);
        let mut stop = false;
        for verdict in verdicts {
            stop |= self.brake.count(matches!(verdict, Verdict::Dead { .. }));
        }
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

    fn attempt(
        &mut self,
        records: &[RawRecord],
        forced: Option<&Verdict>,
    ) -> Result<Vec<Verdict>, StageError> {
        let mut decoded = Vec::with_capacity(records.len());
        for record in records {
            decoded.push(match forced {
                Some(verdict) => Decoded::Judged(verdict.clone()),
                None => match self
                    .program
                    .decode(record, |codec| self.stage.decode(record, codec))
                    .map_err(|exit| StageError::Transient(Box::new(exit)))?
                {
                    Ok(input) => Decoded::Input(input),
                    Err(verdict) => Decoded::Judged(verdict),
                },
            });
        }
        let moves = self.moves(records);
        let handle = self.handle.clone();
        let verdicts = handle.block_on(self.transact(records, decoded, &moves))?;
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        for m in moves {
            if let Some(entry) = stored
                .iter_mut()
                .find(|((t, p), _)| *t == m.topic && *p == m.partition)
            {
                entry.1.1 = Some(m.next);
            }
        }
        Ok(verdicts)
    }

    fn moves(&self, records: &[RawRecord]) -> Vec<Move> {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next: HashMap<(&'static str, i32), i64> = HashMap::new();
        for record in records {
            let at = &record.position;
            next.insert((at.topic.name, at.partition), at.offset + 1);
        }
        next.into_iter()
            .map(|((topic, partition), next)| {
                let known = stored.get(&(topic, partition)).cloned();
                let (topic_id, expected) = known.unwrap_or_default();
                Move {
                    topic: topic.to_owned(),
                    partition,
                    topic_id,
                    expected,
                    next,
                }
            })
            .collect()
    }

    async fn transact(
        &mut self,
        records: &[RawRecord],
        decoded: Vec<Decoded<S::In>>,
        moves: &[Move],
    ) -> Result<Vec<Verdict>, StageError> {
        let inputs: Vec<&S::In> = decoded
            .iter()
            .filter_map(|d| {
                if let Decoded::Input(input) = d {
                    Some(input)
                } else {
                    None
                }
            })
            .collect();
        let mut orgs: Vec<&str> = inputs.iter().map(|input| self.stage.org(input)).collect();
        orgs.sort_unstable();
        orgs.dedup();
        let mut scope = pg::begin(&self.program.pg, &orgs).await?;
        let judged = if inputs.is_empty() {
            Vec::new()
        } else {
            self.stage.process(&mut scope, &inputs).await?
        };
        if judged.len() != inputs.len() {
            return Err(StageError::fatal(
                "a stage must give one verdict for each record",
            ));
        }
        let mut judged = judged.into_iter();
        let mut verdicts = Vec::with_capacity(records.len());
        let mut out: Vec<Outgoing> = Vec::new();
        for (record, decoded) in records.iter().zip(&decoded) {
            let (org, readable, verdict) = match decoded {
                Decoded::Input(input) => {
                    let verdict = judged.next().unwrap_or(Verdict::Skip("unjudged"));
                    (self.stage.org(input), true, verdict)
                }
                Decoded::Judged(verdict) => ("", false, verdict.clone()),
            };
            verdicts.push(self.outgo(record, (org, readable), verdict, &mut out)?);
        }
        outbox::push(&mut scope, &out).await?;
        chaos::point("scoped-before-commit");
        let outside = chaos::broken("offset-in-transaction");
        if !outside && !offsets::advance(&mut scope, S::NAME, moves).await? {
            return Err(StageError::fatal(
                "fenced: another process moved the offsets",
            ));
        }
        scope.commit().await?;
        chaos::point("scoped-after-commit");
        if outside {
            let mut late = pg::begin(&self.program.pg, &[]).await?;
            offsets::advance(&mut late, S::NAME, moves).await?;
            late.commit().await?;
        }
        Ok(verdicts)
    }

    // Collects what goes out for a verdict; quarantined records go out with the rest.
    fn outgo(
        &self,
        record: &RawRecord,
        whose: (&str, bool),
        mut verdict: Verdict,
        out: &mut Vec<Outgoing>,
    ) -> Result<Verdict, StageError> {
        match &mut verdict {
            Verdict::Emit(records) => out.append(records),
            Verdict::Skip(_) => {}
            Verdict::Dead { reason, detail } => {
                let codec = self.program.encoder.codec();
                let now = self.program.clock.now();
                out.push(bury(codec, record, S::NAME, (reason, detail), whose, now)?);
            }
        }
        Ok(verdict)
    }
}
