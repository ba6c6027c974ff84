//! The X accounts of an organisation, and what the desk is told of them.

use std::sync::Arc;

use anyhow::Context as _;
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::health::Line;
use runtime::pg::facts;
use runtime::pg::sealed::Sealed;
use runtime::sealed::Keys;
use runtime::stage::chain;
use runtime::telemetry::Telemetry;
use schemas::org_config::OrgConfig;
use x_account::check::{Subject, check};
use x_account::{Ledger, PgTokens};
use x_client::oauth2::{NoTokens, TokenStore};
use x_client::{Api, Deps};

use super::hooks;

pub async fn look(config: &Config, org: &OrgConfig) -> Vec<Line> {
    match try_look(config, org).await {
        Ok(lines) => lines,
        Err(error) => vec![Line::fail(
            &org.org_id,
            "accounts",
            chain(error.as_ref()),
            "earshot config check",
        )],
    }
}

async fn try_look(config: &Config, org: &OrgConfig) -> anyhow::Result<Vec<Line>> {
    let clock = Clock::default();
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let mut lines = Vec::new();
    let tokens: Arc<dyn TokenStore> = match Keys::read(&config.key_file()) {
        Ok(keys) => Arc::new(PgTokens::new(
            Sealed::new(pool.clone(), keys),
            clock.clone(),
        )),
        Err(error) if org.settings.oauth2.is_some() => {
            let cure = "docs/operations.md#keys-that-seal-secrets";
            lines.push(Line::fail(&org.org_id, "oauth2", chain(&error), cure));
            Arc::new(NoTokens)
        }
        Err(_) => Arc::new(NoTokens),
    };
    let ledger = Ledger::new(&Telemetry::default());
    let now = clock.clone();
    let deps = Deps {
        now: Arc::new(move || now.now()),
        observer: Arc::new(ledger.clone()),
        tokens,
        seed: rand::random(),
    };
    let api = Api::new(x_account::settings(config)?, deps).context("x.base_url")?;
    let hook = hooks::public_url(config, org);
    // Without a database the account can be looked at; what was known, and what the desk is told,
    // is missing, and the line about PostgreSQL says so.
    let known = known(&pool, &org.org_id).await.unwrap_or_default();
    for account in &org.accounts {
        let key = x_account::key(&org.org_id, x_account::name(account));
        let client = api.account(key, x_account::credentials(org, account));
        let subject = Subject {
            org,
            account,
            client: &client,
            hook: hook.as_deref(),
            known: &known,
            now: clock.now(),
        };
        let checked = check(&subject).await;
        if let Err(error) = tell(&pool, &org.org_id, &checked.facts).await {
            tracing::debug!(%error, "the desk is not told");
        }
        lines.extend(checked.lines);
    }
    if let Err(error) = ledger.write(&pool).await {
        tracing::debug!(%error, "what the check cost is not written");
    }
    Ok(lines)
}

async fn known(pool: &sqlx::PgPool, org: &str) -> Result<Vec<facts::Fact>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    facts::all(&mut scope, org).await
}

async fn tell(pool: &sqlx::PgPool, org: &str, seen: &[facts::Fact]) -> Result<(), sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    facts::write(&mut scope, org, seen).await?;
    scope.commit().await
}
