//! What every request is given.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use runtime::{Encoder, Program};
use schemas::org_config::{OrgConfig, Organisations, Settings};
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::watch;

use crate::http::auth::Caller;
use crate::http::fresh::{KafkaEnds, LinkedEnds};
use crate::http::limit::Limits;
use crate::live::Live;

/// The environment of the API. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    program: Program,
    orgs: watch::Receiver<Arc<Organisations>>,
    limits: Limits,
    ends: Arc<dyn LinkedEnds>,
    media_dir: OnceLock<PathBuf>,
    live: Live,
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
    /// Over the program's pool, clock and encoder; `orgs` is followed while it runs.
    pub fn new(program: Program, orgs: watch::Receiver<Arc<Organisations>>) -> Self {
        let ends = KafkaEnds::new(program.cluster.clone(), program.encoder.partitions());
        Self::with_ends(program, orgs, Arc::new(ends))
    }

    /// With another source for how far the linked topics go.
    pub fn with_ends(
        program: Program,
        orgs: watch::Receiver<Arc<Organisations>>,
        ends: Arc<dyn LinkedEnds>,
    ) -> Self {
        let live = Live::new(&program.telemetry);
        Self(Arc::new(Inner {
            live,
            program,
            orgs,
            limits: Limits::default(),
            ends,
            media_dir: OnceLock::new(),
        }))
    }

    /// Serves pictures from this directory, where `ingest` keeps them. Said once.
    #[must_use]
    pub fn serving_media(self, dir: PathBuf) -> Self {
        self.0.media_dir.get_or_init(|| dir);
        self
    }

    /// Where a picture lies; nothing where none are served.
    pub(crate) fn media_path(&self, sha256: &str) -> Option<PathBuf> {
        let dir = self.0.media_dir.get()?;
        Some(dir.join(sha256.get(..2)?).join(sha256))
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.0.program.clock.now()
    }

    pub fn org(&self, org: &str) -> Org {
        Org(self.0.orgs.borrow().get(org).cloned())
    }

    /// Ids of every configured organisation.
    pub(crate) fn org_ids(&self) -> Vec<String> {
        let orgs = self.0.orgs.borrow();
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

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn linked_ends(&self) -> Arc<dyn LinkedEnds> {
        Arc::clone(&self.0.ends)
    }
}
