//! The sender: takes what is due, one of each conversation at a time, and writes what became of
//! it. A call is counted before it is made; one whose end nobody saw is looked for at X and never
//! made again by itself. Starting is the only recovery: see [`Sender::recover`].

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use runtime::pictures::Pictures;
use runtime::{Program, StageError};
use schemas::org_config::Organisations;
use sqlx::{Postgres, Transaction};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;
use x_client::Api;

use crate::clients::Clients;
use crate::decide::{Next, Outcome, after_call};
use crate::intent::Act;
use crate::metrics::Meters;
use crate::pg::queue;
use crate::pg::rows::{Reply, act};
use crate::send::attempt_of;

/// Calls under way at once.
const CALLS_MAX: usize = 16;
/// Looks under way at once.
const LOOKS_MAX: usize = 8;
/// Intents that one look at the queue takes in.
pub(crate) const DUE_MAX: i64 = 200;
/// Between two looks at an empty queue.
const IDLE: Duration = Duration::from_millis(50);
/// PostgreSQL is away: again after this.
const AWAY: Duration = Duration::from_millis(500);
/// What is under way may end within this after SIGTERM; the rest is looked for at the next start.
const DRAIN: Duration = Duration::from_secs(18);
/// No call lasts so long, its uploads included: another process's that does is nobody's.
const CALL_MAX: TimeDelta = TimeDelta::minutes(10);
/// How often such calls are looked for, and the figures are taken.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// What a sender is made of.
#[derive(Clone)]
pub struct Sender(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub program: Program,
    pub clients: Clients,
    pub media: Pictures,
    pub meters: Meters,
    looking: Mutex<HashSet<Uuid>>,
}

impl Sender {
    /// Over the program's pool, clock and encoder; `orgs` is followed while it runs.
    pub fn new(
        program: Program,
        orgs: watch::Receiver<Arc<Organisations>>,
        api: Api,
        media_dir: &Path,
    ) -> Self {
        let meters = Meters::new(&program.telemetry);
        Self(Arc::new(Inner {
            program,
            clients: Clients::new(api, orgs),
            media: Pictures::new(media_dir),
            meters,
            looking: Mutex::default(),
        }))
    }

    /// Sends until shutdown.
    pub async fn run(&self) -> Result<(), StageError> {
        let own = &self.0;
        self.patiently(Self::recover).await?;
        own.program.telemetry.report("respond", Ok(()));
        let mut tasks: JoinSet<Result<(), StageError>> = JoinSet::new();
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        while !own.program.shutdown.is_cancelled() {
            let begun = match self.pass(&mut tasks).await {
                Ok(begun) => begun,
                Err(error) => self.away(error).await?,
            };
            let pause = if begun == 0 { IDLE } else { Duration::ZERO };
            tokio::select! {
                () = own.program.shutdown.cancelled() => break,
                Some(ended) = tasks.join_next() => Self::ended(ended)?,
                _ = sweep.tick() => {
                    if let Err(error) = self.sweep().await {
                        self.away(error).await?;
                    }
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
        let drained = tokio::time::timeout(DRAIN, async {
            while let Some(ended) = tasks.join_next().await {
                Self::ended(ended)?;
            }
            Ok(())
        });
        drained.await.unwrap_or(Ok(()))
    }

    /// Calls that nobody ends any more may have had an effect: those of this instance's earlier
    /// process, which is dead. They are looked for.
    pub async fn recover(&self) -> Result<(), StageError> {
        let began = self.now() - CALL_MAX;
        let instance = self.0.program.instance.clone();
        self.abandon(&instance, began).await
    }

    async fn sweep(&self) -> Result<(), StageError> {
        self.abandon("", self.now() - CALL_MAX).await?;
        let mut scope = self.scope().await?;
        let states = queue::states(&mut scope).await?;
        scope.commit().await?;
        self.0.meters.states(&states, self.now());
        self.place_again().await
    }

    async fn place_again(&self) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        let waiting = queue::waiting(&mut scope, self.now()).await?;
        scope.commit().await?;
        for one in waiting {
            let whose = (one.org.as_str(), one.account.as_str(), one.kind);
            self.place(whose, one.until, &one.reason).await?;
        }
        Ok(())
    }

    async fn abandon(&self, instance: &str, began: DateTime<Utc>) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        let now = self.now();
        for reply in queue::abandoned(&mut scope, (instance, began)).await? {
            let next = match self.act(&mut scope, &reply).await? {
                Some(act) => after_call(attempt_of(&reply, &act), Outcome::Unknown, now),
                None => Next::Unknown(now),
            };
            self.write(&mut scope, (&reply, true), next, false).await?;
        }
        Ok(scope.commit().await?)
    }

    // Begins what can be begun; how much that is.
    async fn pass(&self, tasks: &mut JoinSet<Result<(), StageError>>) -> Result<usize, StageError> {
        let mut begun = 0;
        let room = CALLS_MAX.saturating_sub(tasks.len());
        if room > 0 {
            for reply in self.take(room).await? {
                let sender = self.clone();
                tasks.spawn(async move { sender.send(reply).await });
                begun += 1;
            }
        }
        let busy = self.looking().len();
        if busy < LOOKS_MAX {
            let mut scope = self.scope().await?;
            let doubtful = queue::doubtful(&mut scope, self.now(), DUE_MAX).await?;
            scope.commit().await?;
            for reply in doubtful {
                if self.looking().len() >= LOOKS_MAX || !self.looking().insert(reply.reply_id) {
                    continue;
                }
                let sender = self.clone();
                tasks.spawn(async move {
                    let id = reply.reply_id;
                    let done = sender.look_again(reply).await;
                    sender.looking().remove(&id);
                    done
                });
                begun += 1;
            }
        }
        Ok(begun)
    }

    pub(crate) async fn act(
        &self,
        scope: &mut Transaction<'static, Postgres>,
        reply: &Reply,
    ) -> Result<Option<Act>, StageError> {
        let body = queue::body(scope, reply).await?;
        Ok(act(reply, body))
    }

    pub(crate) async fn scope(&self) -> Result<Transaction<'static, Postgres>, StageError> {
        let orgs = self.0.clients.orgs();
        let orgs: Vec<&str> = orgs.iter().map(String::as_str).collect();
        Ok(runtime::pg::begin(&self.0.program.pg, &orgs).await?)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.program.clock.now()
    }

    fn looking(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0
            .looking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    // A task that could not write what became of a call: the row still says `sending`, so the
    // start of the next process looks for it.
    fn ended(ended: Result<Result<(), StageError>, JoinError>) -> Result<(), StageError> {
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error),
            Err(error) => Err(StageError::fatal(format!("a call ended so: {error}"))),
        }
    }

    async fn patiently<'a, F>(&'a self, work: impl Fn(&'a Self) -> F) -> Result<(), StageError>
    where
        F: Future<Output = Result<(), StageError>> + 'a,
    {
        while let Err(error) = work(self).await {
            self.away(error).await?;
        }
        Ok(())
    }

    // A dependency that is away is waited for; anything else ends the process.
    async fn away(&self, error: StageError) -> Result<usize, StageError> {
        match error {
            StageError::Transient(error) => {
                let why = runtime::stage::chain(error.as_ref());
                tracing::warn!(error = why, "postgres is waited for");
                tokio::time::sleep(AWAY).await;
                Ok(0)
            }
            other => Err(other),
        }
    }
}
