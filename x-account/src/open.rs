//! What a process needs to call X, put together.

use std::sync::Arc;

use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::pg::sealed::Sealed;
use runtime::sealed::{Keys, SealError};
use runtime::stage::chain;
use sqlx::PgPool;
use x_client::oauth2::{NoTokens, TokenStore};
use x_client::{Api, Deps};

use crate::{Ledger, PgTokens, settings};

/// A process that may call X.
pub struct Opened {
    /// The client's process half.
    pub api: Api,
    /// Why OAuth 2.0 cannot be used, if it cannot: without keys nothing can be kept sealed.
    pub unsealed: Option<SealError>,
}

/// Sets up by `x.*` and `secrets.key_file`. Makes no connection.
pub fn open(
    config: &Config,
    pool: &PgPool,
    clock: &Clock,
    ledger: &Ledger,
) -> Result<Opened, Exit> {
    let (tokens, unsealed): (Arc<dyn TokenStore>, _) = match Keys::read(&config.key_file()) {
        Ok(keys) => {
            let sealed = Sealed::new(pool.clone(), keys);
            (Arc::new(PgTokens::new(sealed, clock.clone())), None)
        }
        Err(error) => (Arc::new(NoTokens), Some(error)),
    };
    let now = clock.clone();
    let deps = Deps {
        now: Arc::new(move || now.now()),
        observer: Arc::new(ledger.clone()),
        tokens,
        // X refuses a nonce that it has seen, so no two processes have one seed.
        seed: rand::random(),
    };
    let api = Api::new(settings(config)?, deps).map_err(|error| Exit::Config(chain(&error)))?;
    Ok(Opened { api, unsealed })
}
