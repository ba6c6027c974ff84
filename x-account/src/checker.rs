//! Does the checks that the desk asks for, and one a day of every account. Each is done by one
//! process, whoever takes it first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use runtime::clock::Clock;
use runtime::health::Line;
use runtime::pg::changes::{self, Change};
use runtime::pg::facts::{self, Fact};
use schemas::changes::CHANNEL;
use schemas::org_config::{Account, OrgConfig, Organisations};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use x_client::Api;

use crate::check::{Subject, check};
use crate::{name, pg};

/// Name of the fact by which the desk asks for a check.
pub const REQUESTED: &str = "check-requested";
/// How often the desk's requests are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// An account that was not checked for so long is checked unasked.
const UNASKED_AFTER: TimeDelta = TimeDelta::hours(24);
/// How often it is looked for such an account.
const UNASKED_EVERY: u32 = 300;

/// What checks work with.
#[derive(Clone)]
pub struct Checker {
    /// Calls X.
    pub api: Api,
    /// Facts are read and written there.
    pub pool: PgPool,
    /// The time.
    pub clock: Clock,
    /// `http.base_url`: X delivers to `/hooks/x/<org>` below it.
    pub base_url: Option<String>,
}

impl Checker {
    /// Looks at an account, tells the desk, and says what was seen.
    pub async fn look(&self, org: &OrgConfig, account: &Account) -> Vec<Line> {
        let client = self.api.account(
            crate::key(&org.org_id, name(account)),
            crate::credentials(org, account),
        );
        // Without a database the account can be looked at all the same; the desk is told another time.
        let known = self.known(&org.org_id).await.unwrap_or_default();
        let hook = self.base_url.as_deref();
        let hook = hook.map(|base| hook_url(base, &org.org_id));
        let subject = Subject {
            org,
            account,
            client: &client,
            hook: hook.as_deref(),
            known: &known,
            now: self.clock.now(),
        };
        let checked = check(&subject).await;
        if let Err(error) = self.tell(&org.org_id, &checked.facts).await {
            tracing::warn!(org = org.org_id, %error, "the desk is not told of a check");
        }
        checked.lines
    }

    async fn known(&self, org: &str) -> Result<Vec<Fact>, sqlx::Error> {
        let mut scope = runtime::pg::begin(&self.pool, &[org]).await?;
        facts::all(&mut scope, org).await
    }

    async fn tell(&self, org: &str, seen: &[Fact]) -> Result<(), sqlx::Error> {
        let mut scope = runtime::pg::begin(&self.pool, &[org]).await?;
        facts::write(&mut scope, org, seen).await?;
        let subjects = seen.iter().map(|fact| fact.subject.clone());
        let subjects: BTreeSet<String> = subjects.collect();
        let told = Change::of(org, CHANNEL, subjects.into_iter().collect());
        changes::push(&mut scope, &[told]).await?;
        scope.commit().await
    }

    /// Checks until `shutdown`.
    pub async fn run(self, orgs: watch::Receiver<Arc<Organisations>>, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut round = 0_u32;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let orgs = orgs.borrow().clone();
            // An installation without a public address is a trial: it calls X when it is asked to.
            if self.base_url.is_some()
                && round.is_multiple_of(UNASKED_EVERY)
                && let Err(error) = self.ask_for_stale(&orgs, self.clock.now()).await
            {
                tracing::debug!(%error, "no unasked checks for now");
            }
            round = round.wrapping_add(1);
            if let Err(error) = self.pass(&orgs).await {
                tracing::debug!(%error, "no checks for now");
            }
        }
    }

    /// Does what is asked for now.
    pub async fn pass(&self, orgs: &Organisations) -> Result<(), sqlx::Error> {
        let ids: Vec<&str> = orgs.iter().map(|org| org.org_id.as_str()).collect();
        for (org, subject) in pg::take_checks(&self.pool, &ids).await? {
            let Some(org) = orgs.get(&org) else { continue };
            let account = org.accounts.iter().find(|account| name(account) == subject);
            if let Some(account) = account {
                self.look(org, account).await;
            }
        }
        Ok(())
    }

    /// Asks for a check of each account that has had none for a day.
    async fn ask_for_stale(
        &self,
        orgs: &Organisations,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        for org in orgs.iter() {
            let known = self.known(&org.org_id).await?;
            let fresh = |account: &Account, fact: &Fact| {
                let about = fact.subject == name(account);
                let looked = [crate::check::CHECKED, REQUESTED].contains(&fact.name.as_str());
                about && looked && now - fact.at < UNASKED_AFTER
            };
            let stale = org
                .accounts
                .iter()
                .filter(|account| !known.iter().any(|fact| fresh(account, fact)));
            let asked: Vec<Fact> = stale
                .map(|account| requested(name(account), "earshot", now))
                .collect();
            self.tell(&org.org_id, &asked).await?;
        }
        Ok(())
    }
}

/// The fact that asks for a check.
fn requested(account: &str, by: &str, at: DateTime<Utc>) -> Fact {
    Fact {
        subject: account.to_owned(),
        name: REQUESTED.to_owned(),
        value: json!({ "by": by }),
        at,
    }
}

/// Where X delivers for an organisation.
pub fn hook_url(base: &str, org: &str) -> String {
    format!("{}/hooks/x/{org}", base.trim_end_matches('/'))
}
