//! One webhook's deliveries: takes its queue through the shaper, posts, retries, writes the ledger.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{DeliveryConfig, Secret},
    deliver::Deliverer,
    faults::Faults,
    hooks::{Hook, Queued},
    ledger::{Attempt, Outcome},
    payload::{aaa, to_bytes},
    shape::{Parcel, Pushed, Shaper},
    sign::sign,
    sim::Shared,
};

/// Quiet for this long, and what the shaper holds back leaves.
const LINGER: Duration = Duration::from_millis(100);

pub(crate) struct Worker {
    pub hook: Arc<Hook>,
    pub shared: Arc<Shared>,
    pub queue: mpsc::Receiver<Queued>,
    pub faults: watch::Receiver<Faults>,
    pub deliverer: Deliverer,
    pub config: DeliveryConfig,
    pub seed: u64,
    pub stop: CancellationToken,
}

impl Worker {
    pub(crate) async fn run(mut self) {
        let stop = self.stop.clone();
        let tasks = TaskTracker::new();
        let mut shaper = Shaper::new(self.seed);
        stop.run_until_cancelled(self.work(&mut shaper, &tasks))
            .await;
        tasks.close();
        tasks.wait().await;
        self.give_up(&mut shaper);
    }

    /// What never left is settled; a request that was cut off stays pending, for nobody knows.
    fn give_up(&mut self, shaper: &mut Shaper<u64>) {
        let held = shaper.take(&Faults::default(), true).into_iter();
        let held: Vec<Queued> = held.flat_map(|parcel| parcel.items).collect();
        let queued = std::iter::from_fn(|| self.queue.try_recv().ok());
        for waiting in held.into_iter().chain(queued) {
            crate::sim::lock(&self.shared.ledger).settle(waiting.note, Outcome::Skipped);
        }
    }

    async fn work(&mut self, shaper: &mut Shaper<u64>, tasks: &TaskTracker) {
        let outstanding = Arc::new(Semaphore::new(self.config.retries_max.max(1)));
        let mut due = Instant::now();
        loop {
            let next = if shaper.is_empty() {
                match self.queue.recv().await {
                    Some(next) => Some(next),
                    None => return,
                }
            } else {
                timeout(LINGER, self.queue.recv()).await.ok().flatten()
            };
            let faults = self.faults.wait_for(|faults| !faults.paused).await;
            let Ok(faults) = faults.map(|faults| faults.clone()) else {
                return;
            };
            let quiet = next.is_none();
            if let Some(next) = next {
                self.push(shaper, next, &faults);
            }
            for parcel in shaper.take(&faults, quiet) {
                pace(&mut due, parcel.items.len(), &faults).await;
                let Ok(place) = outstanding.clone().acquire_owned().await else {
                    return;
                };
                let Ok(slot) = self.deliverer.slots().acquire_owned().await else {
                    return;
                };
                let delivery = self.delivery(parcel, &faults);
                let stop = self.stop.clone();
                tasks.spawn(async move {
                    stop.run_until_cancelled(delivery.run(slot)).await;
                    drop(place);
                });
            }
        }
    }

    fn push(&self, shaper: &mut Shaper<u64>, next: Queued, faults: &Faults) {
        let seq = next.note;
        let copy = |next: &Queued| self.shared.record(&self.hook, &next.item, true);
        if shaper.push(next, faults, copy) == Pushed::Dropped {
            crate::sim::lock(&self.shared.ledger).settle(seq, Outcome::Dropped);
        }
    }

    fn delivery(&self, parcel: Parcel<u64>, faults: &Faults) -> Delivery {
        let seqs = parcel.items.iter().map(|waiting| waiting.note).collect();
        let mut items = parcel.items.into_iter().map(|waiting| waiting.item);
        let (mut body, mut seed) = (serde_json::Value::Null, 0);
        if let Some(first) = items.next() {
            (body, seed) = (first.body, first.seed);
        }
        for item in items {
            aaa::merge(&mut body, &item.body);
        }
        let dialect = self.shared.dialect();
        Delivery {
            body: to_bytes(&body, &dialect, seed),
            seqs,
            wrong_signature: parcel.wrong_signature,
            delay: Duration::from_millis(faults.http_delay_ms),
            waits: self.config.retry_seconds.clone(),
            hook: self.hook.clone(),
            shared: self.shared.clone(),
            deliverer: self.deliverer.clone(),
        }
    }
}

/// Open loop: a late item does not push back those after it.
async fn pace(due: &mut Instant, items: usize, faults: &Faults) {
    let Some(rate) = faults.rate_per_second else {
        *due = Instant::now();
        return;
    };
    sleep_until(*due).await;
    #[expect(clippy::cast_precision_loss, reason = "a body has few items")]
    let gap = Duration::try_from_secs_f64(items as f64 / rate).unwrap_or_default();
    *due += gap;
}

struct Delivery {
    body: Bytes,
    seqs: Vec<u64>,
    wrong_signature: bool,
    delay: Duration,
    waits: Vec<u64>,
    hook: Arc<Hook>,
    shared: Arc<Shared>,
    deliverer: Deliverer,
}

impl Delivery {
    async fn run(self, slot: OwnedSemaphorePermit) {
        let mut slot = Some(slot);
        let mut waits = self.waits.iter().copied();
        let mut wrong = self.wrong_signature;
        loop {
            if !self.delay.is_zero() {
                sleep(self.delay).await;
            }
            let status = self.attempt(wrong).await;
            slot.take();
            wrong = false;
            if status == Some(200) {
                return self.settle(Outcome::Acked);
            }
            let Some(wait) = waits.next() else {
                return self.settle(Outcome::Failed);
            };
            self.shared.clock.sleep(Duration::from_secs(wait)).await;
            slot = self.deliverer.slots().acquire_owned().await.ok();
        }
    }

    async fn attempt(&self, wrong: bool) -> Option<u16> {
        let Secret(secret) = &self.hook.secret;
        let signature = if wrong {
            sign("not the secret", &self.body)
        } else {
            sign(secret, &self.body)
        };
        let status = self
            .deliverer
            .send(&self.hook.url, signature, self.body.clone())
            .await;
        let now = self.shared.clock.now();
        self.hook.answered(status, now);
        let mut ledger = crate::sim::lock(&self.shared.ledger);
        for seq in &self.seqs {
            ledger.attempted(*seq, Attempt { at: now, status });
        }
        status
    }

    fn settle(&self, outcome: Outcome) {
        let mut ledger = crate::sim::lock(&self.shared.ledger);
        for seq in &self.seqs {
            ledger.settle(*seq, outcome);
        }
    }
}
