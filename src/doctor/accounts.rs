//! The X accounts of an organisation, and what the desk is told of them.

use runtime::clock::Clock;
use runtime::config::Config;
use runtime::health::Line;
use runtime::stage::chain;
use runtime::telemetry::Telemetry;
use schemas::org_config::OrgConfig;
use x_account::checker::Checker;
use x_account::{Ledger, Opened};

pub async fn look(config: &Config, org: &OrgConfig) -> Vec<Line> {
    match try_look(config, org).await {
        Ok(lines) => lines,
        Err(error) => {
            let what = chain(error.as_ref());
            vec![Line::fail(
                &org.org_id,
                "accounts",
                what,
                "earshot config show",
            )]
        }
    }
}

async fn try_look(config: &Config, org: &OrgConfig) -> anyhow::Result<Vec<Line>> {
    let clock = Clock::default();
    let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
    let ledger = Ledger::new(&Telemetry::default());
    let Opened { api, unsealed } = x_account::open(config, &pool, &clock, &ledger)?;
    let mut lines = Vec::new();
    if let Some(error) = unsealed.filter(|_| org.settings.oauth2.is_some()) {
        let cure = "docs/operations.md#keys-that-seal-secrets";
        lines.push(Line::fail(&org.org_id, "oauth2", chain(&error), cure));
    }
    let checker = Checker {
        api,
        pool: pool.clone(),
        clock,
        base_url: config.optional("http.base_url"),
    };
    for account in &org.accounts {
        lines.extend(checker.look(org, account).await);
    }
    if let Err(error) = ledger.write(&pool).await {
        tracing::debug!(%error, "what the check cost is not written");
    }
    Ok(lines)
}
