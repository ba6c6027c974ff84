//! Authorising a request: signing it, or the token that is in force.

use std::fmt::Display;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::Call;
use crate::auth::{AuthMode, Credentials, OAuth2App};
use crate::client::{Client, Held};
use crate::endpoint::Endpoint;
use crate::error::{AuthLoss, Error, Failure};
use crate::oauth1::{self, Stamp};
use crate::oauth2::{StoreError, Tokens, digest};

/// What a request was authorised with.
pub(crate) struct Authorised {
    mode: AuthMode,
    /// The header; the token itself where there is one.
    header: SecretString,
    token: Option<SecretString>,
    /// Of the keys, which may have been replaced since.
    generation: u64,
}

impl Authorised {
    pub fn header(&self) -> HeaderValue {
        // A token that is no header text cannot be sent; X then says that it is missing.
        let value = HeaderValue::from_str(self.header.expose_secret());
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl Client {
    /// Whether another try could have another token.
    pub(super) fn can_renew(&self, used: &Authorised) -> bool {
        used.mode != AuthMode::OAuth1User || self.keys().generation != used.generation
    }

    /// Authorises a call; after a refusal, with another token than the refused one.
    pub(super) async fn authorise(
        &self,
        call: &Call,
        refused: Option<&Authorised>,
    ) -> Result<Authorised, Error> {
        let endpoint = call.endpoint;
        let mode = self.auth_mode(endpoint);
        let keys = self.keys();
        let generation = keys.generation;
        let refused = refused.and_then(|refused| refused.token.clone());
        match mode {
            AuthMode::OAuth1User => {
                let header = self.sign(call, &keys.credentials)?;
                Ok(Authorised {
                    mode,
                    header,
                    token: None,
                    generation,
                })
            }
            AuthMode::AppOnly => {
                let token = self.bearer(endpoint, &keys.credentials, refused).await?;
                Ok(Authorised {
                    mode,
                    header: bearer_header(&token),
                    token: Some(token),
                    generation,
                })
            }
            AuthMode::OAuth2User => {
                let token = self
                    .user_token(endpoint, &keys.credentials, refused)
                    .await?;
                Ok(Authorised {
                    mode,
                    header: bearer_header(&token),
                    token: Some(token),
                    generation,
                })
            }
        }
    }

    fn sign(&self, call: &Call, keys: &Credentials) -> Result<SecretString, Error> {
        let Some(user) = &keys.user else {
            return Err(not_configured(call.endpoint, AuthMode::OAuth1User));
        };
        let shared = &self.0.shared;
        let mut url = call.url(shared);
        url.set_query(None);
        let stamp = Stamp {
            timestamp: shared.now().timestamp(),
            nonce: shared.nonce(),
        };
        let method = call.endpoint.method();
        let target = (method.as_str(), url.as_str());
        Ok(oauth1::authorization(
            target,
            &call.query,
            &keys.app,
            user,
            &stamp,
        ))
    }

    /// The app's token: the one held, unless it was refused.
    async fn bearer(
        &self,
        wanted_by: Endpoint,
        keys: &Credentials,
        refused: Option<SecretString>,
    ) -> Result<SecretString, Error> {
        let app = digest(&keys.app.key) + &digest(&keys.app.secret);
        let mut held = self.0.bearer.lock().await;
        let good = held
            .as_ref()
            .filter(|(of, token)| *of == app && !same(token, refused.as_ref()));
        if let Some((_, token)) = good {
            return Ok(token.clone());
        }
        let form = SecretString::from("grant_type=client_credentials");
        let basic = (keys.app.key.clone(), keys.app.secret.clone());
        let token = self
            .grant(Endpoint::BearerToken, wanted_by, form, Some(basic))
            .await?
            .bearer();
        *held = Some((app, token.clone()));
        Ok(token)
    }

    /// The user's token: the one held or stored, unless it is about to end or was refused; else a
    /// new one. Done by a task of its own, so that it ends even if the call is given up.
    async fn user_token(
        &self,
        wanted_by: Endpoint,
        keys: &Credentials,
        refused: Option<SecretString>,
    ) -> Result<SecretString, Error> {
        let Some(app) = keys.oauth2.clone() else {
            return Err(not_configured(wanted_by, AuthMode::OAuth2User));
        };
        let client = self.clone();
        let task =
            tokio::spawn(async move { client.current_token(wanted_by, &app, refused).await });
        task.await
            .map_err(|_| not_sent(wanted_by, &"the renewal of the token ended early"))?
    }

    async fn current_token(
        &self,
        wanted_by: Endpoint,
        app: &OAuth2App,
        refused: Option<SecretString>,
    ) -> Result<SecretString, Error> {
        let Some(first) = &app.refresh else {
            return Err(not_configured(wanted_by, AuthMode::OAuth2User));
        };
        let origin = digest(first);
        let shared = &self.0.shared;
        let usable = |tokens: &Tokens| {
            tokens.is_usable(&origin, shared.now()) && !same(&tokens.access, refused.as_ref())
        };
        let mut held = self.0.tokens.lock().await;
        self.store_left_over(&mut held)
            .await
            .map_err(|error| not_sent(wanted_by, &error))?;
        if held.stored.is_none() {
            let stored = shared.deps.tokens.load(&self.0.account).await;
            held.stored = stored.map_err(|error| not_sent(wanted_by, &error))?;
        }
        if let Some(tokens) = held.stored.as_ref().filter(|tokens| usable(tokens)) {
            return Ok(tokens.access.clone());
        }
        let turn = shared.deps.tokens.turn(&self.0.account).await;
        let turn = turn.map_err(|error| not_sent(wanted_by, &error))?;
        let current = turn.current();
        // Another process may have renewed them meanwhile.
        if let Some(tokens) = current.as_ref().filter(|tokens| usable(tokens)) {
            let access = tokens.access.clone();
            held.stored = current;
            return Ok(access);
        }
        let refresh = current
            .filter(|tokens| tokens.origin == origin)
            .map(|tokens| tokens.refresh);
        let refresh = refresh.unwrap_or_else(|| first.clone());
        let granted = self.renew(wanted_by, app, &refresh).await?;
        let tokens = granted.tokens(&refresh, &origin, shared.now());
        if let Err(error) = turn.commit(tokens.clone()).await {
            held.unstored = Some(tokens);
            return Err(not_sent(wanted_by, &error));
        }
        held.stored = Some(tokens.clone());
        Ok(tokens.access)
    }

    /// Stores what X granted when the store failed: the refresh token before it is used up.
    async fn store_left_over(&self, held: &mut Held) -> Result<(), StoreError> {
        if let Some(tokens) = held.unstored.clone() {
            let turn = self.0.shared.deps.tokens.turn(&self.0.account).await?;
            turn.commit(tokens).await?;
            held.stored = held.unstored.take();
        }
        Ok(())
    }
}

fn bearer_header(token: &SecretString) -> SecretString {
    SecretString::from(format!("Bearer {}", token.expose_secret()))
}

fn same(token: &SecretString, other: Option<&SecretString>) -> bool {
    other.is_some_and(|other| token.expose_secret() == other.expose_secret())
}

fn not_configured(endpoint: Endpoint, mode: AuthMode) -> Error {
    Error::AuthLost {
        endpoint,
        loss: AuthLoss::NotConfigured(mode),
    }
}

/// Without a token nothing was sent.
pub(super) fn not_sent(endpoint: Endpoint, reason: &dyn Display) -> Error {
    let reason = reason.to_string();
    if endpoint.is_read() {
        tracing::warn!(%endpoint, reason, "no token to call with");
        Error::Transient {
            endpoint,
            failure: Failure::NoToken,
        }
    } else {
        Error::NotSent { endpoint, reason }
    }
}
