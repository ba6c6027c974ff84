//! The X accounts of the configuration, each with its client: kept in step while running, so that
//! keys are replaced without a restart and without a gap.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use schemas::org_config::{Account as Configured, OrgConfig, Organisations, Tier};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use x_client::auth::{AppKeys, Credentials, OAuth2App, UserToken};
use x_client::{AccountKey, Api, Client};

use crate::org::OrgView;

/// X is asked again for an id that it did not tell.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// An account that can be worked for.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its organisation, as configured.
    pub org: Arc<OrgConfig>,
    /// What a split needs to know of the organisation.
    pub view: OrgView,
    /// X user id.
    pub x_id: String,
    /// Handle, for rules and display.
    pub handle: String,
    /// Recognises the app whose keys these are.
    pub app: String,
    /// Acts for it.
    pub client: Client,
}

impl Account {
    /// Canonical id of the organisation.
    pub fn org_id(&self) -> &str {
        &self.org.org_id
    }

    /// Whether the organisation has an Enterprise contract.
    pub fn enterprise(&self) -> bool {
        self.org.settings.tier == Tier::Enterprise
    }
}

/// All accounts. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    api: Api,
    orgs: watch::Receiver<Arc<Organisations>>,
    clients: Mutex<HashMap<AccountKey, (Client, [u8; 32])>>,
    /// Ids that X told, of accounts whose configuration does not.
    learnt: Mutex<HashMap<AccountKey, String>>,
    /// When X was last asked for them.
    asked: Mutex<HashMap<AccountKey, DateTime<Utc>>>,
    now: watch::Sender<Arc<Vec<Account>>>,
}

impl Accounts {
    /// Follows the configuration, as often as [`Accounts::refresh`] is called.
    pub fn new(api: Api, orgs: watch::Receiver<Arc<Organisations>>) -> Self {
        let (now, _) = watch::channel(Arc::default());
        let accounts = Self(Arc::new(Inner {
            api,
            orgs,
            clients: Mutex::default(),
            learnt: Mutex::default(),
            asked: Mutex::default(),
            now,
        }));
        accounts.refresh();
        accounts
    }

    /// Connections, budgets, prices.
    pub fn api(&self) -> &Api {
        &self.0.api
    }

    /// All of them as they are now.
    pub fn all(&self) -> Arc<Vec<Account>> {
        self.0.now.borrow().clone()
    }

    /// Ids of every configured organisation.
    pub fn org_ids(&self) -> Vec<String> {
        let orgs = self.0.orgs.borrow();
        orgs.iter().map(|org| org.org_id.clone()).collect()
    }

    /// One account.
    pub fn get(&self, org: &str, x_id: &str) -> Option<Account> {
        let all = self.all();
        all.iter()
            .find(|account| account.org_id() == org && account.x_id == x_id)
            .cloned()
    }

    /// Accounts of an organisation that share an app.
    pub fn of_app(&self, org: &str, app: &str) -> Vec<Account> {
        let all = self.all();
        all.iter()
            .filter(|account| account.org_id() == org && account.app == app)
            .cloned()
            .collect()
    }

    /// Accounts of an organisation.
    pub fn of_org(&self, org: &str) -> Vec<Account> {
        let all = self.all();
        all.iter()
            .filter(|account| account.org_id() == org)
            .cloned()
            .collect()
    }

    /// Takes over what the configuration says now: clients stay, keys that changed are replaced.
    pub fn refresh(&self) {
        let orgs = self.0.orgs.borrow().clone();
        let mut clients = lock(&self.0.clients);
        let learnt = lock(&self.0.learnt).clone();
        let mut now = Vec::new();
        let mut kept = HashMap::new();
        for org in orgs.iter() {
            let id_of = |account: &Configured| {
                let told = || learnt.get(&key(org, account)).cloned();
                account.x_id.clone().or_else(told)
            };
            let ids: Vec<String> = org.accounts.iter().filter_map(id_of).collect();
            let view = OrgView {
                org: org.org_id.clone(),
                complete: ids.len() == org.accounts.len(),
                accounts: ids,
            };
            for account in &org.accounts {
                let key = key(org, account);
                let digest = digest(org, account);
                let client = match clients.remove(&key) {
                    Some((client, before)) => {
                        if before != digest {
                            tracing::info!(org = org.org_id, "keys of an account were replaced");
                            client.set_credentials(credentials(org, account));
                        }
                        client
                    }
                    None => self.0.api.account(key.clone(), credentials(org, account)),
                };
                kept.insert(key.clone(), (client.clone(), digest));
                if let Some(x_id) = id_of(account) {
                    now.push(Account {
                        org: org.clone(),
                        view: view.clone(),
                        x_id,
                        handle: account.page_id.clone(),
                        app: app(account),
                        client,
                    });
                }
            }
        }
        *clients = kept;
        self.0.now.send_replace(Arc::new(now));
    }

    /// Asks X for the ids that the configuration does not tell. Whether one was learnt.
    pub async fn learn(&self, now: DateTime<Utc>) -> bool {
        let orgs = self.0.orgs.borrow().clone();
        let mut any = false;
        for org in orgs.iter() {
            for account in org.accounts.iter().filter(|account| account.x_id.is_none()) {
                let key = key(org, account);
                let client = lock(&self.0.clients)
                    .get(&key)
                    .map(|(client, _)| client.clone());
                let known = lock(&self.0.learnt).contains_key(&key);
                let before = lock(&self.0.asked).get(&key).copied();
                if known || before.is_some_and(|at| now - at < ASK_AGAIN) {
                    continue;
                }
                lock(&self.0.asked).insert(key.clone(), now);
                let Some(client) = client else {
                    continue;
                };
                match client.me().await {
                    Ok(me) => {
                        lock(&self.0.learnt).insert(key, me.id.as_str().to_owned());
                        any = true;
                    }
                    Err(error) => {
                        tracing::warn!(org = org.org_id, %error, "X did not tell an account's id");
                    }
                }
            }
        }
        any
    }
}

/// The name of a client: organisation and account, the id where the configuration has one.
fn key(org: &OrgConfig, account: &Configured) -> AccountKey {
    let subject = account.x_id.as_deref().unwrap_or(&account.page_id);
    AccountKey::new(&format!("{}/{subject}", org.org_id))
}

fn credentials(org: &OrgConfig, account: &Configured) -> Credentials {
    Credentials {
        app: AppKeys {
            key: account.consumer_key.clone(),
            secret: account.consumer_secret.clone(),
        },
        user: Some(UserToken {
            token: account.access_token.clone(),
            secret: account.access_token_secret.clone(),
        }),
        oauth2: org.settings.oauth2.as_ref().map(|oauth2| OAuth2App {
            client_id: oauth2.client_id.clone(),
            secret: oauth2.secret.clone(),
            refresh: oauth2.refresh.clone(),
        }),
    }
}

fn app(account: &Configured) -> String {
    let mut hash = format!(
        "{:x}",
        Sha256::digest(account.consumer_key.expose_secret().as_bytes())
    );
    hash.truncate(16);
    hash
}

/// Tells whether any key differs; says nothing of them.
fn digest(org: &OrgConfig, account: &Configured) -> [u8; 32] {
    let mut hash = Sha256::new();
    let oauth2 = org.settings.oauth2.as_ref();
    let secrets = [
        Some(&account.consumer_key),
        Some(&account.consumer_secret),
        Some(&account.access_token),
        Some(&account.access_token_secret),
        oauth2.and_then(|oauth2| oauth2.secret.as_ref()),
        oauth2.and_then(|oauth2| oauth2.refresh.as_ref()),
    ];
    for secret in secrets {
        let text = secret.map_or("", |secret| secret.expose_secret());
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.update(oauth2.map_or("", |oauth2| oauth2.client_id.as_str()));
    hash.finalize().into()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The accounts of `all` by organisation and app.
pub fn by_app(all: &[Account]) -> BTreeMap<(String, String), Vec<Account>> {
    let mut apps: BTreeMap<(String, String), Vec<Account>> = BTreeMap::new();
    for account in all {
        let key = (account.org_id().to_owned(), account.app.clone());
        apps.entry(key).or_default().push(account.clone());
    }
    apps
}
