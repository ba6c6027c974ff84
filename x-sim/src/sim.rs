//! The running simulator: the world, its webhooks, and what happened between them.

mod api;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::TimeDelta;
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{sync::watch, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use crate::hooks::{WebhookError, WebhookView};
use crate::{
    api::{self as platform_api, Platform},
    clock::Clock,
    config::{Config, Secret, WebhookConfig},
    deliver::{Crc, Deliverer, DelivererError},
    dispatch::Worker,
    faults::Faults,
    hooks::{Hook, NewHook, Preset, check_url},
    id::Snowflake,
    ledger::{Attempt, Entry, Ledger, Outcome},
    payload::Dialect,
    play::PlayConfig,
    route::{Item, Watch, items},
    world::{Command, Event, World, WorldError},
};

/// Real time between attempts to register a webhook of the configuration.
const REGISTER_EVERY: Duration = Duration::from_millis(500);

/// A handle to the simulator; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sim(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    world: Mutex<Stage>,
    hooks: Mutex<BTreeMap<String, (Arc<Hook>, CancellationToken)>>,
    shared: Arc<Shared>,
    platform: Platform,
    faults: watch::Sender<Faults>,
    play: watch::Sender<PlayConfig>,
    deliverer: Deliverer,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// The world and the chance that it runs on.
#[derive(Debug)]
struct Stage {
    world: World,
    rng: StdRng,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub clock: Clock,
    pub ledger: Mutex<Ledger>,
    dialect: Mutex<Dialect>,
}

#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error(transparent)]
    Deliverer(#[from] DelivererError),
    #[error("a person of the configuration is refused")]
    Person(#[source] WorldError),
    #[error("a fault setting is out of range: {0}")]
    Faults(&'static str),
    #[error("an app of the configuration names nobody who exists: {0}")]
    App(String),
    #[error("a setting of the api is out of range: {0}")]
    Knobs(&'static str),
}

impl Sim {
    pub fn new(config: Config) -> Result<Self, SimError> {
        if let Some(problem) = config.faults.problem() {
            return Err(SimError::Faults(problem));
        }
        let timeout = Duration::from_millis(config.delivery.timeout_ms);
        let shared = Shared {
            clock: Clock::new(config.clock),
            ledger: Mutex::new(Ledger::new(config.ledger_entries)),
            dialect: Mutex::new(config.dialect.clone()),
        };
        let stage = Stage {
            world: World::new(config.retention.clone()),
            rng: StdRng::seed_from_u64(config.seed),
        };
        let sim = Self(Arc::new(Inner {
            world: Mutex::new(stage),
            hooks: Mutex::new(BTreeMap::new()),
            shared: Arc::new(shared),
            platform: Platform::new(&config.api),
            faults: watch::Sender::new(config.faults.clone()),
            play: watch::Sender::new(config.play.clone()),
            deliverer: Deliverer::new(config.delivery.in_flight, timeout)?,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            config,
        }));
        for person in sim.0.config.people.clone() {
            sim.apply(Command::AddPerson(person))
                .map_err(SimError::Person)?;
        }
        if let Some(problem) = sim.platform().knobs().problem() {
            return Err(SimError::Knobs(problem));
        }
        sim.set_dialect(sim.dialect());
        for app in sim.0.config.api.apps.clone() {
            sim.add_app(&app)?;
        }
        Ok(sim)
    }

    /// Does it in the world and queues what the webhooks are to hear of it, in one step.
    pub fn apply(&self, command: Command) -> Result<Vec<Event>, WorldError> {
        let now = self.clock().now();
        let mut stage = lock(&self.0.world);
        let Stage { world, rng } = &mut *stage;
        let events = world.apply(command, now, rng)?;
        let hooks: Vec<Arc<Hook>> = lock(&self.0.hooks)
            .values()
            .map(|(hook, _)| hook.clone())
            .collect();
        let dialect = self.dialect();
        for event in &events {
            for hook in &hooks {
                let Some(preset) = &hook.preset else { continue };
                let Preset {
                    envelope,
                    accounts,
                    watch,
                } = preset;
                for item in items(event, *envelope, accounts, watch, &dialect) {
                    self.queue(hook, item);
                }
            }
            platform_api::publish(self, world, event, now);
        }
        Ok(events)
    }

    fn queue(&self, hook: &Arc<Hook>, item: Item) {
        let shared = &self.0.shared;
        let seq = shared.record(hook, &item, false);
        if !hook.valid() {
            lock(&shared.ledger).settle(seq, Outcome::Skipped);
        } else if hook.queue.try_send(Hook::item_waiting(item, seq)).is_err() {
            lock(&shared.ledger).settle(seq, Outcome::Overflow);
        }
    }

    /// An item for a webhook that an app registered; one that is gone is told nothing.
    pub(crate) fn tell(&self, webhook: &str, item: Item) {
        if let Ok(hook) = self.hook(webhook) {
            self.queue(&hook, item);
        }
    }

    /// Sends what was once told, past the queue. Gives whether it was taken.
    pub(crate) async fn tell_again(&self, webhook: &str, item: &Item, body: Bytes) -> bool {
        let Ok(hook) = self.hook(webhook) else {
            return false;
        };
        let seq = self.0.shared.record(&hook, item, true);
        let status = self.post_raw(webhook, body).await;
        let outcome = match status {
            Some(200) => Outcome::Acked,
            _ => Outcome::Failed,
        };
        let at = self.clock().now();
        let mut ledger = lock(&self.0.shared.ledger);
        ledger.attempted(seq, Attempt { at, status });
        ledger.settle(seq, outcome);
        status == Some(200)
    }

    /// Posts a body to a webhook, signed, and gives how it was answered.
    pub(crate) async fn post_raw(&self, webhook: &str, body: Bytes) -> Option<u16> {
        let hook = self.hook(webhook).ok()?;
        let Secret(secret) = &hook.secret;
        let status = self.0.deliverer.post(&hook.url, secret, body).await;
        hook.answered(status, self.clock().now());
        status
    }

    /// Looks at the world.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&lock(&self.0.world).world)
    }

    /// Registers a webhook as X does: the URL is checked, then the receiver must pass a CRC.
    pub async fn register(&self, new: WebhookConfig) -> Result<WebhookView, WebhookError> {
        let hook = self.admit(&new)?;
        self.prove(&hook).await
    }

    /// Registers a webhook of an app, which may have so many.
    pub(crate) async fn register_for_app(
        &self,
        url: String,
        secret: Secret,
        most: usize,
    ) -> Result<WebhookView, WebhookError> {
        check_url(&url, self.0.config.allow_loopback_http)?;
        let hook = self.install(&url, &secret, None, most)?;
        self.prove(&hook).await
    }

    /// The webhooks whose deliveries are signed with the secret.
    pub(crate) fn webhooks_of(&self, secret: &Secret) -> Vec<WebhookView> {
        let hooks = lock(&self.0.hooks);
        let own = hooks.values().filter(|(hook, _)| hook.secret == *secret);
        own.map(|(hook, _)| hook.view()).collect()
    }

    async fn prove(&self, hook: &Arc<Hook>) -> Result<WebhookView, WebhookError> {
        let crc = self.0.deliverer.crc(&hook.url, &hook.secret.0).await;
        if hook.checked(crc, self.clock().now()) {
            return Ok(hook.view());
        }
        self.unregister(&hook.id)?;
        Err(WebhookError::CrcValidationFailed)
    }

    /// Registers a webhook whose receiver may still be starting, and goes on trying its CRC.
    pub fn register_when_ready(&self, new: &WebhookConfig) -> Result<WebhookView, WebhookError> {
        let hook = self.admit(new)?;
        let (sim, id) = (self.clone(), hook.id.clone());
        self.spawn(async move {
            while sim.validate(&id).await == Ok(false) {
                sleep(REGISTER_EVERY).await;
            }
        });
        Ok(hook.view())
    }

    fn admit(&self, new: &WebhookConfig) -> Result<Arc<Hook>, WebhookError> {
        check_url(&new.url, self.0.config.allow_loopback_http)?;
        let person = |who: &String| {
            let id = self.read(|world| world.person(who).map(|person| person.id));
            id.ok_or(WebhookError::UnknownAccount)
        };
        let accounts = new.accounts.iter().map(person).collect::<Result<_, _>>()?;
        let named = new.watch.iter().filter(|who| *who != "*");
        let watch = Watch {
            everybody: new.watch.iter().any(|who| who == "*"),
            people: named.map(person).collect::<Result<_, _>>()?,
        };
        let preset = Preset {
            envelope: new.envelope,
            accounts,
            watch,
        };
        let most = self.0.config.webhook_limit;
        self.install(&new.url, &new.secret, Some(preset), most)
    }

    fn install(
        &self,
        url: &str,
        secret: &Secret,
        preset: Option<Preset>,
        most: usize,
    ) -> Result<Arc<Hook>, WebhookError> {
        let now = self.clock().now();
        let delivery = &self.0.config.delivery;
        let mut hooks = lock(&self.0.hooks);
        let same = |hook: &Hook| hook.url == url && hook.secret == *secret;
        if hooks.values().any(|(hook, _)| same(hook)) {
            return Err(WebhookError::DuplicateUrlFailed);
        }
        let counted = |hook: &Hook| preset.is_some() || hook.secret == *secret;
        if hooks.values().filter(|(hook, _)| counted(hook)).count() >= most {
            return Err(WebhookError::WebhookLimitExceeded);
        }
        let mut seq = 0;
        while hooks.contains_key(&Snowflake::at(now, seq).to_string()) {
            seq += 1;
        }
        let new = NewHook {
            id: Snowflake::at(now, seq).to_string(),
            url: url.to_owned(),
            secret: secret.clone(),
            preset,
        };
        let (hook, queue) = Hook::new(new, delivery.queue_max, now);
        let stop = self.0.stop.child_token();
        let worker = Worker {
            hook: hook.clone(),
            shared: self.0.shared.clone(),
            queue,
            faults: self.0.faults.subscribe(),
            deliverer: self.0.deliverer.with_in_flight(delivery.in_flight),
            config: delivery.clone(),
            seed: self.0.config.seed ^ hooks.len() as u64,
            stop: stop.clone(),
        };
        self.0.tasks.spawn(worker.run());
        hooks.insert(hook.id.clone(), (hook.clone(), stop));
        Ok(hook)
    }

    /// Runs a CRC now and gives the validity after it.
    pub async fn validate(&self, id: &str) -> Result<bool, WebhookError> {
        let hook = self.hook(id)?;
        let crc: Crc = self.0.deliverer.crc(&hook.url, &hook.secret.0).await;
        Ok(hook.checked(crc, self.clock().now()))
    }

    pub fn unregister(&self, id: &str) -> Result<(), WebhookError> {
        let removed = lock(&self.0.hooks).remove(id);
        let (_, stop) = removed.ok_or(WebhookError::WebhookIdInvalid)?;
        stop.cancel();
        Ok(())
    }

    pub fn webhooks(&self) -> Vec<WebhookView> {
        lock(&self.0.hooks)
            .values()
            .map(|(hook, _)| hook.view())
            .collect()
    }

    fn hook(&self, id: &str) -> Result<Arc<Hook>, WebhookError> {
        let hooks = lock(&self.0.hooks);
        hooks
            .get(id)
            .map(|(hook, _)| hook.clone())
            .ok_or(WebhookError::WebhookIdInvalid)
    }

    pub fn clock(&self) -> &Clock {
        &self.0.shared.clock
    }

    pub fn faults(&self) -> Faults {
        self.0.faults.borrow().clone()
    }

    pub fn set_faults(&self, faults: Faults) -> Result<(), SimError> {
        if let Some(problem) = faults.problem() {
            return Err(SimError::Faults(problem));
        }
        self.0.faults.send_replace(faults);
        Ok(())
    }

    pub fn dialect(&self) -> Dialect {
        self.0.shared.dialect()
    }

    pub fn set_dialect(&self, dialect: Dialect) {
        let minutes = if dialect.edit_window_half_hour {
            30
        } else {
            60
        };
        lock(&self.0.world)
            .world
            .set_edit_window(TimeDelta::minutes(minutes));
        *lock(&self.0.shared.dialect) = dialect;
    }

    pub fn ledger<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&lock(&self.0.shared.ledger))
    }

    pub fn play(&self) -> &watch::Sender<PlayConfig> {
        &self.0.play
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.0.platform
    }

    pub(crate) fn serve_own_media(&self, base: &str) {
        lock(&self.0.world).world.set_media_base(base);
    }

    /// Resolves when the simulator stops.
    pub(crate) async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// Runs until the simulator stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            stop.run_until_cancelled(task).await;
        });
    }

    /// Stops deliveries and waits for what is under way to end.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Shared {
    pub(crate) fn dialect(&self) -> Dialect {
        lock(&self.dialect).clone()
    }

    pub(crate) fn record(&self, hook: &Hook, item: &Item, duplicate: bool) -> u64 {
        let entry = Entry {
            seq: 0,
            webhook: hook.id.clone(),
            event: item.event,
            account: item.account,
            subject: item.subject,
            duplicate,
            at: self.clock.now(),
            outcome: Outcome::Pending,
            attempts: Vec::new(),
        };
        lock(&self.ledger).record(entry)
    }
}

/// No code here panics while it holds a lock, so a poisoned one is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
