//! One transaction of a scoped stage: rows, next offsets, outbox; all of it or nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ScopedStage;
use crate::chaos;
use crate::pg::offsets::{self, Move};
use crate::pg::{self, outbox};
use crate::program::Program;
use crate::quarantine::bury;
use crate::stage::{Judged, Outgoing, RawRecord, StageError, Verdict};

type Places = HashMap<(&'static str, i32), (String, Option<i64>)>;

/// Topic id and next offset of each partition, as last seen in PostgreSQL: what a commit expects.
#[derive(Clone, Default)]
pub(crate) struct Stored(Arc<Mutex<Places>>);

impl Stored {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, topic: &'static str, partition: i32, id: &str, next: Option<i64>) {
        self.places()
            .insert((topic, partition), (id.to_owned(), next));
    }

    // From the stored offset to behind the last record of each partition.
    fn moves(&self, records: &[RawRecord]) -> Vec<Move> {
        let places = self.places();
        let mut next: HashMap<(&'static str, i32), i64> = HashMap::new();
        for record in records {
            let at = &record.position;
            next.insert((at.topic.name, at.partition), at.offset + 1);
        }
        next.into_iter()
            .map(|((topic, partition), next)| {
                let known = places.get(&(topic, partition)).cloned();
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

    fn moved(&self, records: &[RawRecord]) {
        let mut places = self.places();
        for record in records {
            let at = &record.position;
            if let Some((_, next)) = places.get_mut(&(at.topic.name, at.partition)) {
                *next = Some(at.offset + 1);
            }
        }
    }
}

enum Decoded<In> {
    Input(In),
    // Readable, and judged all the same: for the organisation in its provenance.
    Refused(In, Verdict),
    Judged(Verdict),
}

/// A stage and what its transactions need.
pub(crate) struct Scope<S> {
    program: Program,
    stage: S,
    stored: Stored,
}

impl<S: ScopedStage> Scope<S> {
    pub(crate) fn new(program: &Program, stage: S) -> Self {
        Self {
            program: program.clone(),
            stage,
            stored: Stored::default(),
        }
    }

    pub(crate) fn stored(&self) -> Stored {
        self.stored.clone()
    }

    /// See [`ScopedStage::between`].
    pub(crate) fn between(&mut self) -> Result<(), StageError> {
        let handle = self.program.handle.clone();
        handle.block_on(self.stage.between(&self.program))
    }

    /// Handles the records in one transaction; with `refused`, that is the fate of each.
    pub(crate) fn attempt(
        &mut self,
        records: &[RawRecord],
        refused: Option<&Verdict>,
    ) -> Result<Vec<Judged>, StageError> {
        let mut decoded = Vec::with_capacity(records.len());
        for record in records {
            decoded.push(self.decode(record, refused)?);
        }
        let moves = self.stored.moves(records);
        let handle = self.program.handle.clone();
        let judged = handle.block_on(self.transact(records, decoded, &moves))?;
        self.stored.moved(records);
        Ok(judged)
    }

    fn decode(
        &self,
        record: &RawRecord,
        refused: Option<&Verdict>,
    ) -> Result<Decoded<S::In>, StageError> {
        let input = match self
            .program
            .decode(record, |codec| self.stage.decode(record, codec))
            .map_err(|exit| StageError::Transient(Box::new(exit)))?
        {
            Ok(input) => input,
            Err(verdict) => return Ok(Decoded::Judged(verdict)),
        };
        let org = self.stage.org(&input);
        if org.is_empty() || org.contains(pg::ORG_SEPARATOR) {
            // No transaction may see it, so no row could be written.
            let detail = format!("`{org}` is no organisation");
            let reason = "no-organisation";
            return Ok(Decoded::Judged(Verdict::Dead { reason, detail }));
        }
        Ok(match refused {
            Some(verdict) => Decoded::Refused(input, verdict.clone()),
            None => Decoded::Input(input),
        })
    }

    async fn transact(
        &mut self,
        records: &[RawRecord],
        decoded: Vec<Decoded<S::In>>,
        moves: &[Move],
    ) -> Result<Vec<Judged>, StageError> {
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
                Decoded::Refused(input, verdict) => (self.stage.org(input), true, verdict.clone()),
                Decoded::Judged(verdict) => ("", false, verdict.clone()),
            };
            verdicts.push(Judged {
                org: org.to_owned(),
                verdict: self.outgo(record, (org, readable), verdict, &mut out)?,
            });
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
            Verdict::Emit(records) => {
                if let Some(record) = records.iter().find(|record| record.too_large()) {
                    // The rows beside it must not stay either.
                    let why = format!("{} bytes for {}", record.bytes(), record.topic.name);
                    return Err(StageError::Data(why.into()));
                }
                out.append(records);
            }
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
