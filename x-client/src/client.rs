//! What a process sets up once ([`Api`]) and what it has for each X account ([`Client`]).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::redirect;
use secrecy::SecretString;

use crate::auth::{AuthMode, Credentials};
use crate::budget::{Budgets, Owner, View};
use crate::endpoint::Endpoint;
use crate::error::{Error, LimitKind, SetupError};
use crate::http::Base;
use crate::oauth2::{StoreError, Tokens, digest};
use crate::settings::{Deps, Settings, base};
use crate::usage::{Charge, MicroUsd};

/// How long a connection is kept for a next request: less than what servers and balancers do.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// The name a caller gives an account: one for each pair of organisation and account. It stands in
/// usage, budgets and the token store; X never sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(Arc<str>);

impl AccountKey {
    /// Takes a name.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Connections, budgets and prices of a process.
#[derive(Debug, Clone)]
pub struct Api(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub http: reqwest::Client,
    pub bases: [reqwest::Url; 2],
    pub settings: Settings,
    pub deps: Deps,
    budgets: Mutex<Budgets>,
    rng: Mutex<StdRng>,
}

impl Api {
    /// Sets up. Makes no connection.
    pub fn new(settings: Settings, deps: Deps) -> Result<Self, SetupError> {
        let bases = [
            base("x.base_url", &settings.base_url)?,
            base("x.stream_url", &settings.stream_url)?,
        ];
        let http = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            // A write on a connection that the other side gives up has an unknown outcome.
            .pool_idle_timeout(POOL_IDLE)
            // A redirect would carry the authorisation elsewhere.
            .redirect(redirect::Policy::none())
            .gzip(true)
            .build()
            .map_err(|error| SetupError::Http(error.to_string()))?;
        let rng = Mutex::new(StdRng::seed_from_u64(deps.seed));
        let budgets = Mutex::default();
        Ok(Self(Arc::new(Shared {
            http,
            bases,
            settings,
            deps,
            budgets,
            rng,
        })))
    }

    /// A client that acts for an account.
    pub fn account(&self, account: AccountKey, credentials: Credentials) -> Client {
        let keys = RwLock::new(Keys {
            credentials: Arc::new(credentials),
            generation: 0,
        });
        Client(Arc::new(Inner {
            shared: self.0.clone(),
            account,
            keys,
            bearer: tokio::sync::Mutex::default(),
            tokens: tokio::sync::Mutex::default(),
            access_level: Mutex::default(),
        }))
    }

    /// What X would bill, by the table in force: for what streams and webhooks deliver.
    pub fn cost(&self, endpoint: Endpoint, charge: Charge) -> MicroUsd {
        self.0.settings.prices.cost(endpoint, charge)
    }

    /// Every limit that is known and has not ended, of all accounts and apps.
    pub fn budgets(&self) -> Vec<View> {
        self.0.budgets(|budgets, now| budgets.snapshot(now))
    }
}

impl Shared {
    pub fn now(&self) -> DateTime<Utc> {
        (self.deps.now)()
    }

    pub fn budgets<T>(&self, ask: impl FnOnce(&mut Budgets, DateTime<Utc>) -> T) -> T {
        let now = self.now();
        ask(
            &mut self.budgets.lock().unwrap_or_else(PoisonError::into_inner),
            now,
        )
    }

    pub fn jitter(&self) -> f64 {
        self.rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .random()
    }

    pub fn nonce(&self) -> String {
        let number: u128 = self
            .rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .random();
        format!("{number:032x}")
    }

    pub fn base(&self, base: Base) -> &reqwest::Url {
        match base {
            Base::Api => &self.bases[0],
            Base::Stream => &self.bases[1],
        }
    }
}

/// Acts for one account. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.account).finish()
    }
}

pub(crate) struct Inner {
    pub shared: Arc<Shared>,
    pub account: AccountKey,
    keys: RwLock<Keys>,
    /// The app's token, with the digest of the key that it belongs to.
    pub bearer: tokio::sync::Mutex<Option<(String, SecretString)>>,
    pub tokens: tokio::sync::Mutex<Held>,
    pub access_level: Mutex<Option<String>>,
}

/// A user's tokens as this process holds them.
#[derive(Default)]
pub(crate) struct Held {
    pub stored: Option<Tokens>,
    /// Granted by X and not stored yet, since the store failed: not to be used before it is.
    pub unstored: Option<Tokens>,
}

#[derive(Clone)]
pub(crate) struct Keys {
    pub credentials: Arc<Credentials>,
    pub generation: u64,
}

impl Client {
    /// The account's name.
    pub fn account(&self) -> &AccountKey {
        &self.0.account
    }

    /// Replaces the keys: calls that begin from now on use them.
    pub fn set_credentials(&self, credentials: Credentials) {
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.credentials = Arc::new(credentials);
        keys.generation += 1;
    }

    /// How the endpoint is authorised.
    pub fn auth_mode(&self, endpoint: Endpoint) -> AuthMode {
        match endpoint {
            Endpoint::BearerToken | Endpoint::RefreshToken => endpoint.default_auth(),
            _ => self.0.shared.settings.auth.mode(endpoint),
        }
    }

    /// When the next call may be made and which limit says so; `None`: now, as far as is known.
    pub fn next_allowed(&self, endpoint: Endpoint) -> Option<(DateTime<Utc>, LimitKind)> {
        let owner = self.owner(endpoint);
        self.0
            .shared
            .budgets(|budgets, now| budgets.next_allowed(&owner, endpoint, now))
    }

    /// Calls left in the current window; `None`: not known yet.
    pub fn remaining(&self, endpoint: Endpoint) -> Option<u32> {
        let owner = self.owner(endpoint);
        self.0
            .shared
            .budgets(|budgets, now| budgets.remaining(&owner, endpoint, now))
    }

    /// Limits of this account and its app.
    pub fn budgets(&self) -> Vec<View> {
        let app = self.app();
        let own = Owner::Account(self.0.account.to_string());
        let all = self.0.shared.budgets(|budgets, now| budgets.snapshot(now));
        all.into_iter()
            .filter(|view| view.owner == own || view.owner == app)
            .collect()
    }

    /// Permissions of the access token as X last named them (`x-access-level`, for OAuth 1.0a:
    /// `read`, `read-write`, `read-write-directmessages`); `None` before X did.
    pub fn access_level(&self) -> Option<String> {
        self.0
            .access_level
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is stored of the account's OAuth 2.0 tokens: scopes and expiry.
    pub async fn stored_tokens(&self) -> Result<Option<Tokens>, StoreError> {
        self.0.shared.deps.tokens.load(&self.0.account).await
    }

    pub(crate) fn keys(&self) -> Keys {
        self.0
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn owner(&self, endpoint: Endpoint) -> Owner {
        match self.auth_mode(endpoint) {
            AuthMode::AppOnly => self.app(),
            AuthMode::OAuth1User | AuthMode::OAuth2User => {
                Owner::Account(self.0.account.to_string())
            }
        }
    }

    fn app(&self) -> Owner {
        Owner::App(digest(&self.keys().credentials.app.key))
    }

    /// Refuses a call whose limit is known to be used up, and counts it otherwise.
    pub(crate) fn take(&self, endpoint: Endpoint) -> Result<(), Error> {
        let owner = self.owner(endpoint);
        self.0.shared.budgets(|budgets, now| {
            if let Some((until, kind)) = budgets.next_allowed(&owner, endpoint, now) {
                return Err(Error::RateLimited {
                    endpoint,
                    until,
                    kind,
                    known: true,
                });
            }
            budgets.take(&owner, endpoint, now);
            Ok(())
        })
    }
}
