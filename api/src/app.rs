//! What every request is given.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use runtime::consul::Away;
use runtime::pictures::Pictures;
use runtime::watch::Rejection;
use runtime::{Encoder, Program};
use schemas::org_config::{ConfigError, OrgConfig, Organisations, Settings};
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::{Semaphore, watch};

use crate::desk::Desk;
use crate::http::auth::Caller;
use crate::http::fresh::{KafkaEnds, LOOK_UPS_MAX, LinkedEnds};
use crate::http::limit::Limits;
use crate::live::Live;
use crate::quarantined::Counted;
use crate::signin::passwords::Passwords;
use crate::signin::throttle::Throttle;
use crate::view::health::Configuration;

/// The environment of the API. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    program: Program,
    source: Source,
    quarantined: Counted,
    limits: Limits,
    ends: Arc<dyn LinkedEnds>,
    look_ups: Arc<Semaphore>,
    media: OnceLock<Pictures>,
    base_url: OnceLock<String>,
    desk: OnceLock<Desk>,
    passwords: Passwords,
    throttle: Throttle,
    live: Live,
}

/// The organisations that are in force, and what stands in the way of newer ones.
pub struct Source {
    /// They, followed while the program runs.
    pub orgs: watch::Receiver<Arc<Organisations>>,
    /// A change that stands refused.
    pub rejection: watch::Receiver<Option<Rejection>>,
    /// Whether they cannot be read where they come from.
    pub away: watch::Receiver<Option<Away>>,
    /// Where they come from, as `org_source` says it.
    pub name: String,
}

impl Source {
    /// When a change was refused that stands, and why, in words for one organisation: the whole reason
    /// may name any.
    pub(crate) fn refused(&self, org: &str) -> Option<(DateTime<Utc>, String)> {
        let rejection = self.rejection.borrow();
        let refused = rejection.as_ref()?;
        let error = refused.refusal.error.as_deref();
        let reason = match error.and_then(|error| error.downcast_ref::<ConfigError>()) {
            Some(error) => error.told_to(org),
            None if self.orgs.borrow().iter().count() == 1 => refused.refusal.reason.clone(),
            None => "it cannot be read; the log says why".to_owned(),
        };
        Some((refused.at, reason))
    }
}

impl From<watch::Receiver<Arc<Organisations>>> for Source {
    fn from(orgs: watch::Receiver<Arc<Organisations>>) -> Self {
        Self {
            orgs,
            rejection: watch::channel(None).1,
            away: watch::channel(None).1,
            name: String::new(),
        }
    }
}

/// The settings of one organisation, as they stood when the request asked.
pub struct Org(Option<Arc<OrgConfig>>);

impl Org {
    pub fn settings(&self) -> &Settings {
        static DEFAULT: OnceLock<Settings> = OnceLock::new();
        match &self.0 {
            Some(config) => &config.settings,
            None => DEFAULT.get_or_init(Settings::default),
        }
    }

    /// X ids of our accounts, as far as they are known.
    pub fn accounts(&self) -> Vec<String> {
        let accounts = self.0.iter().flat_map(|config| config.x_ids());
        accounts.map(str::to_owned).collect()
    }

    /// The organisation, if it is configured.
    pub fn config(&self) -> Option<&OrgConfig> {
        self.0.as_deref()
    }

    /// At least one X account is configured.
    pub fn has_account(&self) -> bool {
        self.0.as_ref().is_some_and(|c| !c.accounts.is_empty())
    }
}

impl App {
    /// Over the program's pool, clock and encoder.
    pub fn new(program: Program, source: impl Into<Source>) -> Self {
        let ends = KafkaEnds::new(program.cluster.clone(), program.encoder.partitions());
        Self::with_ends(program, source, Arc::new(ends))
    }

    /// With another source for how far the linked topics go.
    pub fn with_ends(
        program: Program,
        source: impl Into<Source>,
        ends: Arc<dyn LinkedEnds>,
    ) -> Self {
        let live = Live::new(&program.telemetry);
        Self(Arc::new(Inner {
            live,
            program,
            source: source.into(),
            quarantined: Counted::default(),
            limits: Limits::default(),
            ends,
            look_ups: Arc::new(Semaphore::new(LOOK_UPS_MAX)),
            media: OnceLock::new(),
            base_url: OnceLock::new(),
            desk: OnceLock::new(),
            passwords: Passwords::default(),
            throttle: Throttle::default(),
        }))
    }

    /// Known to browsers under this address, of `http.base_url`. Said once.
    #[must_use]
    pub fn reached_at(self, base_url: String) -> Self {
        self.0.base_url.get_or_init(|| base_url);
        self
    }

    /// Serves the built desk from this directory, also if it is built later. Said once.
    #[must_use]
    pub fn serving_desk(self, dir: PathBuf) -> Self {
        self.0.desk.get_or_init(|| Desk::new(dir));
        self
    }

    pub(crate) fn desk(&self) -> Option<&Desk> {
        self.0.desk.get()
    }

    pub(crate) fn base_url(&self) -> Option<&str> {
        self.0.base_url.get().map(String::as_str)
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// Serves pictures from this directory, where `ingest` keeps them, and takes those of the desk
    /// there. Said once.
    #[must_use]
    pub fn serving_media(self, dir: &Path) -> Self {
        self.0.media.get_or_init(|| Pictures::new(dir));
        self
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.0.program.clock.now()
    }

    pub fn org(&self, org: &str) -> Org {
        Org(self.0.source.orgs.borrow().get(org).cloned())
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }

    pub(crate) fn quarantined(&self) -> &Counted {
        &self.0.quarantined
    }

    /// Whether the newest configuration is in force, as far as it concerns an organisation.
    pub(crate) fn configuration(&self, org: &str) -> Configuration {
        let source = &self.0.source;
        let (rejected_at, rejected_reason) = source.refused(org).unzip();
        Configuration {
            rejected_at,
            rejected_reason,
            source_away_since: source.away.borrow().as_ref().map(|away| away.since),
        }
    }

    /// Ids of every configured organisation.
    pub(crate) fn org_ids(&self) -> Vec<String> {
        let orgs = self.0.source.orgs.borrow();
        orgs.iter().map(|org| org.org_id.clone()).collect()
    }

    /// A transaction that sees the caller's organisation only.
    pub(crate) async fn begin(
        &self,
        caller: &Caller,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        runtime::pg::begin(&self.0.program.pg, &[&caller.org]).await
    }

    pub(crate) fn program(&self) -> &Program {
        &self.0.program
    }

    pub(crate) fn pg(&self) -> &PgPool {
        &self.0.program.pg
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.0.program.encoder
    }

    /// Where pictures lie; nothing where none are served.
    pub(crate) fn media(&self) -> Option<&Pictures> {
        self.0.media.get()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    /// One permit for each look-up of them at once.
    pub(crate) fn look_ups(&self) -> Arc<Semaphore> {
        self.0.look_ups.clone()
    }

    pub(crate) fn linked_ends(&self) -> Arc<dyn LinkedEnds> {
        Arc::clone(&self.0.ends)
    }
}
