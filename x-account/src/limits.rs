//! What is left of X's limits, as facts of each account: every process that calls X writes what X
//! told it, so that the desk shows what no process knows alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use runtime::pg::facts::{self, Fact};
use schemas::org_config::{OrgConfig, Organisations};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use x_client::Api;
use x_client::budget::{Owner, View};

use crate::{credentials, key, name};

/// What the names of these facts begin with; endpoint and window follow.
pub const LIMIT: &str = "limit:";
/// How often what changed is written.
const WRITE_EVERY: Duration = Duration::from_secs(15);

/// The limits as a process knows them.
pub struct Limits {
    /// Knows them.
    pub api: Api,
    /// Facts are written there.
    pub pool: PgPool,
}

impl Limits {
    /// Writes what changed until `shutdown`.
    pub async fn run(self, orgs: watch::Receiver<Arc<Organisations>>, shutdown: CancellationToken) {
        let mut written = DateTime::<Utc>::MIN_UTC;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(WRITE_EVERY) => {}
            }
            let now = orgs.borrow().clone();
            match self.write(&now, written).await {
                Ok(newest) => written = newest,
                Err(error) => tracing::debug!(%error, "what is left of X's limits is not written"),
            }
        }
    }

    /// Writes what was seen after `since`; gives when the newest of all was seen.
    pub async fn write(
        &self,
        orgs: &Organisations,
        since: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, sqlx::Error> {
        let mut newest = since;
        for org in orgs.iter() {
            let seen = self.facts(org, since);
            newest = seen.iter().map(|fact| fact.at).fold(newest, Ord::max);
            if !seen.is_empty() {
                let mut scope = runtime::pg::begin(&self.pool, &[&org.org_id]).await?;
                facts::write(&mut scope, &org.org_id, &seen).await?;
                scope.commit().await?;
            }
        }
        Ok(newest)
    }

    fn facts(&self, org: &OrgConfig, since: DateTime<Utc>) -> Vec<Fact> {
        let of = |account| {
            let key = key(&org.org_id, name(account));
            let known = self.api.account(key, credentials(org, account)).budgets();
            let new = known.into_iter().filter(move |view| view.seen > since);
            new.map(|view| fact(name(account), &view))
        };
        org.accounts.iter().flat_map(of).collect()
    }
}

fn fact(account: &str, view: &View) -> Fact {
    let (endpoint, window) = (view.endpoint.name(), view.window.name());
    let shared = matches!(view.owner, Owner::App(_));
    Fact {
        subject: account.to_owned(),
        name: format!("{LIMIT}{endpoint}:{window}"),
        value: json!({
            "endpoint": endpoint,
            "window": window,
            "of": if shared { "app" } else { "account" },
            "limit": view.limit,
            "remaining": view.remaining,
            "resets_at": view.reset,
        }),
        at: view.seen,
    }
}
