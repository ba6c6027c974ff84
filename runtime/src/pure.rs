//! The driver of pure stages: records in, acknowledgements awaited, then the offsets. A repeat
//! writes the same records again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemas::topics::Topic;
use schemas::wire::{Codec, WireError};
use tokio::runtime::Handle;

use crate::kafka::consumer::{Batch, Consumer, Offsets};
use crate::kafka::producer::{Producer, Ticket};
use crate::program::Program;
use crate::progress::{Progress, Watch};
use crate::quarantine::{Brake, bury};
use crate::stage::{Outgoing, RawRecord, Verdict, chain};
use crate::{Exit, chaos};

/// Batches that may wait for acknowledgement.
const IN_FLIGHT_MAX: usize = 8;
/// Waited for the head before the partitions are paused.
const HEAD_PATIENCE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_millis(100);
/// Draining after SIGTERM.
const DRAIN_MAX: Duration = Duration::from_secs(18);

/// A pure stage: the outputs are a function of the record alone.
pub trait PureStage: Send + 'static {
    /// Name of the program, its consumer group and its metrics.
    const NAME: &'static str;
    /// Topics read.
    fn topics(&self) -> Vec<&'static Topic>;
    /// The fate of one record. An error of the codec means that it is undecodable.
    fn process(&mut self, record: &RawRecord, codec: &Codec) -> Result<Judged, WireError>;
}

/// A verdict and the organisation it concerns.
pub struct Judged {
    /// Organisation, for the quarantine.
    pub org: String,
    /// Fate of the record.
    pub verdict: Verdict,
}

/// Between two commits of offsets while records come.
const COMMIT_EVERY: Duration = Duration::from_millis(100);
/// While batches wait for acknowledgement, new records are waited for so long.
const IDLE_SHORT: Duration = Duration::from_millis(5);

/// Offsets of one assignment whose records are done: all of them, and those not yet given to the
/// group.
struct Committed {
    epoch: u64,
    next: HashMap<(String, i32), i64>,
    due: HashMap<(String, i32), i64>,
    at: Instant,
}

struct InFlight {
    epoch: u64,
    records: Vec<RawRecord>,
    verdicts: Vec<Verdict>,
    ticket: Arc<Ticket>,
    began: Instant,
}

struct Loop<S> {
    program: Program,
    stage: S,
    consumer: Consumer,
    producer: Producer,
    progress: Progress,
    brake: Brake,
    handle: Handle,
    in_flight: VecDeque<InFlight>,
    committed: Committed,
    _watch: Watch,
}

/// Runs the stage on this thread until shutdown; call it from a thread outside the async pool.
pub fn run<S: PureStage>(program: &Program, stage: S) -> Result<(), Exit> {
    let handle = program.handle.clone();
    let dependency = |e: crate::kafka::KafkaError| Exit::Dependency(e.to_string());
    let producer =
        Producer::new(&program.cluster, &program.instance, Duration::ZERO).map_err(dependency)?;
    let group = format!("earshot-{}", S::NAME);
    let topics = stage.topics();
    let consumer = Consumer::new(
        &program.cluster,
        &group,
        &program.instance,
        &topics,
        Offsets::Group,
    )
    .map_err(dependency)?;
    let progress = Progress::new(S::NAME, program);
    let watch = progress
        .watch(consumer.clone())
        .map_err(|e| Exit::Restart(e.to_string()))?;
    program.telemetry.report(S::NAME, Ok(()));
    let in_flight = VecDeque::new();
    let program = program.clone();
    let brake = Brake::default();
    Loop {
        program,
        stage,
        consumer,
        producer,
        progress,
        brake,
        handle,
        in_flight,
        committed: Committed {
            epoch: 0,
            next: HashMap::new(),
            due: HashMap::new(),
            at: Instant::now(),
        },
        _watch: watch,
    }
    .run()
}

impl<S: PureStage> Loop<S> {
    fn run(mut self) -> Result<(), Exit> {
        while !self.program.shutdown.is_cancelled() {
            self.progress.beat(false);
            self.settle()?;
            if self.in_flight.len() >= IN_FLIGHT_MAX {
                self.wait_for_head()?;
                continue;
            }
            let idle = if self.in_flight.is_empty() {
                IDLE
            } else {
                IDLE_SHORT
            };
            let batch = self
                .consumer
                .poll(self.program.window.without_linger(), idle)?;
            if !batch.records.is_empty() {
                self.work(batch)?;
            }
        }
        let until = Instant::now() + DRAIN_MAX;
        while !self.in_flight.is_empty() && Instant::now() < until {
            self.wait_for_head()?;
            self.settle()?;
        }
        // What was committed without waiting may not have left yet.
        if self.committed.epoch == self.consumer.epoch() {
            let mut next = std::mem::take(&mut self.committed.next);
            next.extend(std::mem::take(&mut self.committed.due));
            self.consumer
                .commit_and_wait(&self.program.cluster, &next)?;
        }
        Ok(())
    }

    fn work(&mut self, batch: Batch) -> Result<(), Exit> {
        let began = Instant::now();
        self.progress.began(&batch.records);
        let mut out: Vec<Outgoing> = Vec::with_capacity(batch.records.len());
        let mut verdicts = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let Some(verdict) = self.judge(record, &mut out)? else {
                return Ok(());
            };
            if self.brake.count(matches!(verdict, Verdict::Dead { .. })) {
                return self.halt();
            }
            verdicts.push(verdict);
        }
        if chaos::broken("ack-before-offset") {
            self.done(&batch.records);
            self.commit(Duration::ZERO)?;
            let next = &self.committed.next;
            self.consumer.commit_and_wait(&self.program.cluster, next)?;
        }
        chaos::point("pure-before-produce");
        let ticket = self.hand_over(&out)?;
        chaos::point("pure-after-produce");
        let Batch { epoch, records } = batch;
        self.in_flight.push_back(InFlight {
            epoch,
            records,
            verdicts,
            ticket,
            began,
        });
        Ok(())
    }

    // Gives the records to the producer. While its queue is full, since the broker is away, the
    // consumer stays in its group and reads nothing.
    fn hand_over(&mut self, out: &[Outgoing]) -> Result<Arc<Ticket>, Exit> {
        let (handle, producer) = (self.handle.clone(), self.producer.clone());
        let mut sent = std::pin::pin!(producer.send(out));
        let mut waited = false;
        let ticket = loop {
            // The timer must be made inside the runtime: this thread stands outside of it.
            let patient = async { tokio::time::timeout(HEAD_PATIENCE, &mut sent).await };
            if let Ok(sent) = handle.block_on(patient) {
                break sent.map_err(|e| Exit::Restart(chain(&e)))?;
            }
            waited = true;
            self.wait("kafka", "records are not acknowledged".to_owned())?;
        };
        if waited {
            self.go_on("kafka")?;
        }
        Ok(ticket)
    }

    // A dependency is away: reads nothing, stays in the group, says why.
    fn wait(&mut self, part: &'static str, why: String) -> Result<(), Exit> {
        self.consumer.pause()?;
        self.program.telemetry.report(part, Err(why));
        self.progress.beat(true);
        self.consumer.keep_alive(IDLE)
    }

    fn go_on(&mut self, part: &'static str) -> Result<(), Exit> {
        self.program.telemetry.report(part, Ok(()));
        self.consumer.resume()
    }

    // The verdict, and what goes out for it; a dead record goes out to quarantine. `None` when the
    // program shall end before it can be told.
    fn judge(
        &mut self,
        record: &RawRecord,
        out: &mut Vec<Outgoing>,
    ) -> Result<Option<Verdict>, Exit> {
        let Some(judged) = self.decode(record)? else {
            return Ok(None);
        };
        let (org, readable, verdict) = match judged {
            Ok(judged) => (judged.org, true, judged.verdict),
            Err(verdict) => (String::new(), false, verdict),
        };
        let mut verdict = verdict.that_fits();
        match &mut verdict {
            Verdict::Emit(records) => out.append(records),
            Verdict::Skip(_) => {}
            Verdict::Dead { reason, detail } => {
                let now = self.program.clock.now();
                let why = (*reason, detail.as_str());
                let codec = self.program.encoder.codec();
                let buried = bury(codec, record, S::NAME, why, (&org, readable), now)
                    .map_err(|e: WireError| Exit::Restart(chain(&e)))?;
                out.push(buried);
            }
        }
        Ok(Some(verdict))
    }

    // Waits for a registry that is away; `None` when the program shall end first.
    fn decode(&mut self, record: &RawRecord) -> Result<Option<Result<Judged, Verdict>>, Exit> {
        let mut waited = false;
        loop {
            let stage = &mut self.stage;
            let decoded = self
                .program
                .decode(record, |codec| stage.process(record, codec));
            match decoded {
                Err(Exit::Dependency(why)) => {
                    if self.program.shutdown.is_cancelled() {
                        return Ok(None);
                    }
                    waited = true;
                    self.wait("registry", why)?;
                    self.settle()?;
                }
                decoded => {
                    if waited {
                        self.go_on("registry")?;
                    }
                    return decoded.map(Some);
                }
            }
        }
    }

    fn settle(&mut self) -> Result<(), Exit> {
        while let Some(outcome) = self
            .in_flight
            .front()
            .and_then(|head| head.ticket.outcome())
        {
            outcome.map_err(|e| Exit::Restart(chain(&e)))?;
            let Some(head) = self.in_flight.pop_front() else {
                break;
            };
            chaos::point("pure-before-commit");
            if head.epoch == self.consumer.epoch() {
                self.done(&head.records);
            }
            self.progress
                .done(&head.records, &head.verdicts, head.began.elapsed());
            let oldest = self.in_flight.front().map(|next| &next.records);
            let oldest = oldest.and_then(|records| records.iter().map(|r| r.appended_ms).min());
            self.progress.waits(oldest);
        }
        self.commit(COMMIT_EVERY)
    }

    fn done(&mut self, records: &[RawRecord]) {
        let epoch = self.consumer.epoch();
        if self.committed.epoch != epoch {
            self.committed.epoch = epoch;
            self.committed.next.clear();
            self.committed.due.clear();
        }
        for record in records {
            let at = &record.position;
            let key = (at.topic.name.to_owned(), at.partition);
            self.committed.due.insert(key, at.offset + 1);
        }
    }

    // Gives the group what is done, unless it was given something less than `every` ago.
    fn commit(&mut self, every: Duration) -> Result<(), Exit> {
        let committed = &mut self.committed;
        if committed.due.is_empty() || committed.at.elapsed() < every {
            return Ok(());
        }
        committed.at = Instant::now();
        let due = std::mem::take(&mut committed.due);
        if committed.epoch == self.consumer.epoch() {
            self.consumer.commit(&self.program.cluster, &due)?;
            committed.next.extend(due);
        }
        Ok(())
    }

    // Waits for the oldest batch; a broker that is away is waited out with the partitions paused.
    fn wait_for_head(&mut self) -> Result<(), Exit> {
        let Some(ticket) = self.in_flight.front().map(|head| head.ticket.clone()) else {
            return Ok(());
        };
        let waited = async {
            while ticket.outcome_ready().is_none() {
                ticket.changed().await;
            }
        };
        if self
            .handle
            .block_on(async { tokio::time::timeout(HEAD_PATIENCE, waited).await })
            .is_ok()
        {
            return Ok(());
        }
        let until = Instant::now() + DRAIN_MAX;
        while ticket.outcome_ready().is_none() {
            self.wait("kafka", "records are not acknowledged".to_owned())?;
            if self.program.shutdown.is_cancelled() && Instant::now() > until {
                return Err(Exit::Restart(
                    "records were not acknowledged while draining".into(),
                ));
            }
        }
        self.go_on("kafka")
    }

    // Stays alive and reads nothing: an operator must look.
    fn halt(&mut self) -> Result<(), Exit> {
        self.progress.halted.set(1.0);
        self.program.halted(S::NAME);
        self.consumer.pause()?;
        while !self.program.shutdown.is_cancelled() {
            self.progress.beat(true);
            self.settle()?;
            self.consumer.keep_alive(IDLE)?;
        }
        Ok(())
    }
}
