//! A client for each X account that is configured.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use schemas::org_config::Organisations;
use tokio::sync::watch;
use x_client::{Api, Client};

/// Clients by organisation and X id of the account; keys follow the configuration.
pub(crate) struct Clients {
    api: Api,
    orgs: watch::Receiver<Arc<Organisations>>,
    known: Mutex<HashMap<(String, String), Known>>,
}

/// A client, and the configuration that its keys are of.
type Known = (Client, Arc<Organisations>);

impl Clients {
    pub fn new(api: Api, orgs: watch::Receiver<Arc<Organisations>>) -> Self {
        Self {
            api,
            orgs,
            known: Mutex::default(),
        }
    }

    /// Ids of every organisation.
    pub fn orgs(&self) -> Vec<String> {
        let orgs = self.orgs.borrow();
        orgs.iter().map(|org| org.org_id.clone()).collect()
    }

    /// The client of an account; none while it is not configured.
    pub fn of(&self, org: &str, account: &str) -> Option<Client> {
        let orgs = Arc::clone(&self.orgs.borrow());
        let config = Arc::clone(orgs.get(org)?);
        let own = config
            .accounts
            .iter()
            .find(|own| own.x_id.as_deref() == Some(account))?;
        let key = (org.to_owned(), account.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((client, from)) = known.get_mut(&key) {
            if !Arc::ptr_eq(from, &orgs) {
                client.set_credentials(x_account::credentials(&config, own));
                *from = orgs;
            }
            return Some(client.clone());
        }
        let name = x_account::key(org, account);
        let client = self.api.account(name, x_account::credentials(&config, own));
        known.insert(key, (client.clone(), orgs));
        Some(client)
    }
}
