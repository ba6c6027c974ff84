//! The apps that the API knows, and what accounts have allowed them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng as _, distr::Alphanumeric};

use super::{
    knobs::{AppConfig, OAuth1Config, OAuth2Config, Permission, Tier},
    scopes,
};
use crate::{config::Secret, id::XId};

/// The id of the first app that is not told its own.
const FIRST: XId = XId(29_820_954);

#[derive(Debug, Clone)]
pub(crate) struct App {
    pub id: XId,
    pub key: String,
    pub secret: Secret,
    pub bearer: Secret,
    pub client_id: String,
    pub client_secret: Secret,
    pub tier: Tier,
}

#[derive(Debug, Clone)]
pub(crate) struct UserToken {
    pub app: XId,
    pub user: XId,
    pub secret: Secret,
    pub permission: Permission,
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub app: XId,
    pub user: XId,
    pub scopes: Vec<String>,
    pub lives: TimeDelta,
    pub expires: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub grant: Grant,
    pub redirect: String,
    pub challenge: String,
    pub expires: DateTime<Utc>,
}

/// Tokens by their text. A refresh token works once.
#[derive(Default)]
pub(crate) struct Apps {
    pub all: BTreeMap<XId, App>,
    pub bearers: HashMap<String, XId>,
    pub oauth1: HashMap<String, UserToken>,
    pub access: HashMap<String, Grant>,
    pub refresh: HashMap<String, Grant>,
    pub codes: HashMap<String, Code>,
}

/// Tokens as they are handed out.
pub(crate) struct Issued {
    pub access: String,
    pub refresh: Option<String>,
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apps")
            .field("all", &self.all)
            .finish_non_exhaustive()
    }
}

impl Apps {
    pub(crate) fn add(&mut self, new: &AppConfig) -> &App {
        let next = self.all.keys().next_back().map(|last| XId(last.0 + 1));
        let id = new.id.or(next).unwrap_or(FIRST);
        let app = App {
            id,
            key: new.key.clone().unwrap_or_else(|| made_up(25)),
            secret: secret(new.secret.as_ref(), 50),
            bearer: secret(new.bearer.as_ref(), 80),
            client_id: new.client_id.clone().unwrap_or_else(|| made_up(34)),
            client_secret: secret(new.client_secret.as_ref(), 50),
            tier: new.tier,
        };
        self.bearers.insert(app.bearer.0.clone(), id);
        self.all.entry(id).insert_entry(app).into_mut()
    }

    pub(crate) fn by_key(&self, key: &str) -> Option<&App> {
        self.all.values().find(|app| app.key == key)
    }

    pub(crate) fn by_client(&self, client_id: &str) -> Option<&App> {
        self.all.values().find(|app| app.client_id == client_id)
    }

    /// Gives token and secret.
    pub(crate) fn allow_oauth1(
        &mut self,
        app: XId,
        user: XId,
        new: &OAuth1Config,
    ) -> (String, Secret) {
        let made = || format!("{user}-{}", made_up(40));
        let token = new.token.clone().unwrap_or_else(made);
        let secret = secret(new.secret.as_ref(), 45);
        let kept = UserToken {
            app,
            user,
            secret: secret.clone(),
            permission: new.permission,
        };
        self.oauth1.insert(token.clone(), kept);
        (token, secret)
    }

    pub(crate) fn allow_oauth2(
        &mut self,
        app: XId,
        user: XId,
        new: &OAuth2Config,
        now: DateTime<Utc>,
    ) -> Issued {
        let lives = i64::try_from(new.lives_seconds).ok();
        let lives = lives.and_then(TimeDelta::try_seconds).unwrap_or_default();
        let grant = Grant {
            app,
            user,
            scopes: new.scopes.clone(),
            lives,
            expires: now + lives,
        };
        let given = |token: &Option<Secret>| token.as_ref().map(|token| token.0.clone());
        self.issue(grant, given(&new.access), given(&new.refresh), now)
    }

    /// Hands out an access token, and a refresh token where the scopes have one.
    pub(crate) fn issue(
        &mut self,
        mut grant: Grant,
        access: Option<String>,
        refresh: Option<String>,
        now: DateTime<Utc>,
    ) -> Issued {
        grant.expires = now + grant.lives;
        let access = access.unwrap_or_else(|| made_up(90));
        let offline = grant.scopes.iter().any(|scope| scope == scopes::OFFLINE);
        let refresh = offline.then(|| refresh.unwrap_or_else(|| made_up(90)));
        if let Some(refresh) = &refresh {
            self.refresh.insert(refresh.clone(), grant.clone());
        }
        self.access.insert(access.clone(), grant);
        Issued { access, refresh }
    }

    /// Takes every token of that text, and gives how many there were.
    pub(crate) fn revoke(&mut self, token: &str) -> usize {
        [
            self.oauth1.remove(token).is_some(),
            self.access.remove(token).is_some(),
            self.refresh.remove(token).is_some(),
            self.bearers.remove(token).is_some(),
        ]
        .into_iter()
        .filter(|was| *was)
        .count()
    }

    /// Takes everything that the account has allowed, to one app or to all.
    pub(crate) fn revoke_user(&mut self, user: XId, app: Option<XId>) {
        let stays = |owner: XId, of: XId| owner != user || app.is_some_and(|app| app != of);
        self.oauth1.retain(|_, token| stays(token.user, token.app));
        self.access.retain(|_, grant| stays(grant.user, grant.app));
        self.refresh.retain(|_, grant| stays(grant.user, grant.app));
    }

    /// Whether the account allows the app this at all, by any token.
    pub(crate) fn authorised(
        &self,
        app: XId,
        user: XId,
        scope: &str,
        permission: Permission,
    ) -> bool {
        let granted = |grant: &Grant| {
            grant.app == app && grant.user == user && grant.scopes.iter().any(|held| held == scope)
        };
        self.access.values().any(granted)
            || self.refresh.values().any(granted)
            || self.oauth1.values().any(|token| {
                token.app == app && token.user == user && token.permission >= permission
            })
    }
}

fn secret(given: Option<&Secret>, chars: usize) -> Secret {
    given.cloned().unwrap_or_else(|| Secret(made_up(chars)))
}

pub(crate) fn made_up(chars: usize) -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(chars)
        .map(char::from)
        .collect()
}
