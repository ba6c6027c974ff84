//! The sender: what it is made of.

use std::sync::Arc;

use anyhow::Context as _;
use runtime::config::Config;
use runtime::pg::sealed::Sealed;
use runtime::sealed::Keys;
use runtime::stage::chain;
use runtime::{Exit, Program};
use x_account::{Ledger, PgTokens};
use x_client::oauth2::{NoTokens, TokenStore};
use x_client::{Api, Deps};

use crate::organisations;

/// Takes to X what the desk asked for, until the program ends.
pub async fn run(program: &Program, config: &Config) -> anyhow::Result<()> {
    let orgs = organisations::follow(program, config).await?;
    let ledger = Ledger::new(&program.telemetry);
    let clock = program.clock.clone();
    let deps = Deps {
        now: Arc::new(move || clock.now()),
        observer: Arc::new(ledger.clone()),
        tokens: tokens(program, config),
        seed: rand::random(),
    };
    let api = Api::new(x_account::settings(config)?, deps)
        .map_err(|error| Exit::Config(error.to_string()))?;
    let writing = tokio::spawn(ledger.run(program.pg.clone(), program.shutdown.clone()));
    let media = super::media_dir(config);
    let sender = respond::Sender::new(program.clone(), orgs, api, &media);
    let ended = sender.run().await;
    ended.map_err(|error| Exit::Restart(chain(&error)))?;
    writing.await.context("the ledger")
}

// Without keys an account signs with OAuth 1.0a, or its call is refused by name.
fn tokens(program: &Program, config: &Config) -> Arc<dyn TokenStore> {
    match Keys::read(&config.key_file()) {
        Ok(keys) => {
            let sealed = Sealed::new(program.pg.clone(), keys);
            Arc::new(PgTokens::new(sealed, program.clock.clone()))
        }
        Err(error) => {
            let error = chain(&error);
            tracing::warn!(error, "renewed tokens cannot be kept");
            Arc::new(NoTokens)
        }
    }
}
