//! What every way works with, and what can go wrong for all of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use runtime::clock::Clock;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::intake::{Intake, TakeError};
use crate::media::store::Store;
use crate::pg::channels::{self, Fact};
use crate::publish::Publish;
use crate::source_metrics::SourceMetrics;

/// What every way works with. Cheap to clone.
pub struct Context<P> {
    /// Organisations and clients.
    pub accounts: Accounts,
    /// Publishes.
    pub intake: Intake<P>,
    /// Rows.
    pub pg: PgPool,
    /// The clock.
    pub clock: Clock,
    /// Metrics.
    pub metrics: SourceMetrics,
    /// Length of a second of waiting: shorter in tests.
    pub second: Duration,
    /// Where pictures are kept; none where they are not fetched.
    pub media: Option<Store>,
    /// Wakes at each command of the desk and of operators.
    pub woken: watch::Sender<()>,
    /// Where X reaches us: `http.base_url`; none where X is not told.
    pub base_url: Option<String>,
}

impl<P> Clone for Context<P> {
    fn clone(&self) -> Self {
        Self {
            accounts: self.accounts.clone(),
            intake: self.intake.clone(),
            pg: self.pg.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            second: self.second,
            media: self.media.clone(),
            woken: self.woken.clone(),
            base_url: self.base_url.clone(),
        }
    }
}

/// A turn of a way that did not succeed. The next turn begins where the last good one ended.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// X.
    #[error(transparent)]
    X(#[from] x_client::Error),
    /// The broker, or a pause.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// PostgreSQL.
    #[error("postgres: {0}")]
    Pg(#[from] sqlx::Error),
    /// An id that is none.
    #[error("an id of the configuration or of X cannot be used")]
    Id,
}

impl From<x_client::ids::IdError> for SourceError {
    fn from(_: x_client::ids::IdError) -> Self {
        Self::Id
    }
}

impl SourceError {
    /// The word that stands in the facts.
    pub fn state(&self) -> &'static str {
        match self {
            Self::X(x_client::Error::RateLimited { .. }) => "waiting",
            Self::X(x_client::Error::AuthLost { .. }) => "not-authorised",
            Self::X(x_client::Error::Refused { .. }) => "refused",
            Self::Take(TakeError::Paused(_)) => "paused",
            _ => "failed",
        }
    }
}

impl<P: Publish> Context<P> {
    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Waits for so many seconds.
    pub async fn pause(&self, seconds: u32) {
        tokio::time::sleep(self.second.saturating_mul(seconds)).await;
    }

    /// Writes a fact. A database that is away is no reason to stop listening.
    pub async fn tell(
        &self,
        (org, account, way): (&str, &str, &'static str),
        (state, detail): (&'static str, String),
    ) {
        let fact = Fact {
            org: org.to_owned(),
            account: account.to_owned(),
            way,
            state,
            detail,
            alive: state == "running",
        };
        if let Err(error) = channels::tell(&self.pg, &fact, self.now()).await {
            tracing::warn!(%error, "a fact about a channel was not written");
        }
    }
}
