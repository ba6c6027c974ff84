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
use crate::progress::Progress;
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
    let progress = Progress::new(S::NAME, &program.telemetry, &program.clock);
    progress
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
                Duration::from_millis(1)
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
        Ok(())
    }

    fn work(&mut self, batch: Batch) -> Result<(), Exit> {
        let began = Instant::now();
        self.progress.began(&batch.records);
        let mut out: Vec<Outgoing> = Vec::with_capacity(batch.records.len());
        let mut verdicts = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let verdict = self.judge(record, &mut out)?;
            if self.brake.count(matches!(verdict, Verdict::Dead { .. })) {
                return self.halt();
            }
            verdicts.push(verdict);
        }
        if chaos::broken("ack-before-offset") {
            self.commit(&batch.records)?;
        }
        chaos::point("pure-before-produce");
        let ticket = self
            .handle
            .block_on(self.producer.send(&out))
            .map_err(|e| Exit::Restart(chain(&e)))?;
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

    // The verdict, and what goes out for it; a dead record goes out to quarantine.
    fn judge(&mut self, record: &RawRecord, out: &mut Vec<Outgoing>) -> Result<Verdict, Exit> {
        let fatal = |e: WireError| Exit::Restart(chain(&e));
        let codec = self.program.encoder.codec();
        let (org, readable, mut verdict) = match self
            .program
            .decode(record, |codec| self.stage.process(record, codec))?
        {
            Ok(judged) => (judged.org, true, judged.verdict),
            Err(verdict) => (String::new(), false, verdict),
        };
        match &mut verdict {
            Verdict::Emit(records) => out.append(records),
            Verdict::Skip(_) => {}
            Verdict::Dead { reason, detail } => {
                let now = self.program.clock.now();
                let why = (*reason, detail.as_str());
                out.push(bury(codec, record, S::NAME, why, (&org, readable), now).map_err(fatal)?);
            }
        }
        Ok(verdict)
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
                self.commit(&head.records)?;
            }
            self.progress
                .done(&head.records, &head.verdicts, head.began.elapsed());
        }
        Ok(())
    }

    fn commit(&self, records: &[RawRecord]) -> Result<(), Exit> {
        let next: HashMap<(String, i32), i64> = records
            .iter()
            .map(|r| {
                let at = &r.position;
                ((at.topic.name.to_owned(), at.partition), at.offset + 1)
            })
            .collect();
        self.consumer.commit(&self.program.cluster, &next)
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
        self.consumer.pause()?;
        self.program
            .telemetry
            .report("kafka", Err("records are not acknowledged".to_owned()));
        let until = Instant::now() + DRAIN_MAX;
        while ticket.outcome_ready().is_none() {
            self.progress.beat(true);
            self.consumer.keep_alive(IDLE)?;
            if self.program.shutdown.is_cancelled() && Instant::now() > until {
                return Err(Exit::Restart(
                    "records were not acknowledged while draining".into(),
                ));
            }
        }
        self.program.telemetry.report("kafka", Ok(()));
        self.consumer.resume()
    }

    // Stays alive and reads nothing: an operator must look.
    fn halt(&mut self) -> Result<(), Exit> {
        self.progress.halted.set(1.0);
        self.program.halted(S::NAME);
        self.consumer.pause()?;
        while !self.program.shutdown.is_cancelled() {
            self.progress.beat(true);
            self.consumer.keep_alive(IDLE)?;
        }
        Ok(())
    }
}
