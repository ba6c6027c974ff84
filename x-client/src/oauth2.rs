//! OAuth 2.0: the app's bearer token, and a user's token that is renewed.
//!
//! A refresh token is used up by its use, and the next one comes with the answer. So renewing is
//! done by one at a time (over all processes: the store's [`Turn`]), the new tokens are stored
//! before they are used, and a renewal that began runs to its end even if nobody waits for it.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::client::AccountKey;

/// A token that expires within this is renewed before it is used.
const EARLY: TimeDelta = TimeDelta::seconds(60);
/// Life of a token where X does not say: what X documents.
const LIFE_SECONDS: i64 = 7_200;
/// Longest life that is believed.
const LIFE_SECONDS_MAX: i64 = 366 * 86_400;

/// The tokens of a user.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Authorises calls.
    pub access: SecretString,
    /// Obtains the next pair, once.
    pub refresh: SecretString,
    /// When `access` ends.
    pub expires_at: DateTime<Utc>,
    /// Scopes that were granted, as X names them; empty where X did not say.
    pub scopes: Vec<String>,
    /// Digest of the configured refresh token from which these descend: another one in the
    /// configuration means that the account was authorised anew.
    pub origin: String,
}

impl Tokens {
    /// Whether `access` may be used: it descends from the configured token and is not about to end.
    pub fn is_usable(&self, origin: &str, now: DateTime<Utc>) -> bool {
        self.origin == origin && self.expires_at > now + EARLY
    }
}

/// The store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the token store failed: {0}")]
pub struct StoreError(pub String);

/// Keeps users' tokens. The caller implements it, sealed and shared by its processes.
pub trait TokenStore: Send + Sync {
    /// What is stored.
    fn load<'a>(
        &'a self,
        account: &'a AccountKey,
    ) -> BoxFuture<'a, Result<Option<Tokens>, StoreError>>;

    /// Waits until nobody else, in any process, renews this account's tokens; holds that off until
    /// the turn is dropped.
    fn turn<'a>(
        &'a self,
        account: &'a AccountKey,
    ) -> BoxFuture<'a, Result<Box<dyn Turn>, StoreError>>;
}

/// The right to renew.
pub trait Turn: Send {
    /// What was stored when the turn began.
    fn current(&self) -> Option<Tokens>;

    /// Stores the new tokens, whole or not at all, and ends the turn.
    fn commit(self: Box<Self>, tokens: Tokens) -> BoxFuture<'static, Result<(), StoreError>>;
}

/// Keeps nothing: for accounts without OAuth 2.0.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTokens;

impl TokenStore for NoTokens {
    fn load<'a>(&'a self, _: &'a AccountKey) -> BoxFuture<'a, Result<Option<Tokens>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn turn<'a>(&'a self, _: &'a AccountKey) -> BoxFuture<'a, Result<Box<dyn Turn>, StoreError>> {
        let error = StoreError("there is none, so OAuth 2.0 cannot be used here".to_owned());
        Box::pin(std::future::ready(Err(error)))
    }
}

/// Digest by which a secret is recognised and not known.
pub(crate) fn digest(secret: &SecretString) -> String {
    let hash: [u8; 32] = Sha256::digest(secret.expose_secret().as_bytes()).into();
    let start = hash.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(start))
}

/// X's answer of either token endpoint.
#[derive(Deserialize)]
pub(crate) struct Granted {
    access_token: SecretString,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    scope: Option<String>,
}

impl Granted {
    pub fn bearer(self) -> SecretString {
        self.access_token
    }

    /// The new pair; a grant without a refresh token leaves the old one in force.
    pub fn tokens(self, old_refresh: &SecretString, origin: &str, now: DateTime<Utc>) -> Tokens {
        let life = self
            .expires_in
            .unwrap_or(LIFE_SECONDS)
            .clamp(0, LIFE_SECONDS_MAX);
        let scope = self.scope.unwrap_or_default();
        Tokens {
            access: self.access_token,
            refresh: self.refresh_token.unwrap_or_else(|| old_refresh.clone()),
            expires_at: now + TimeDelta::seconds(life),
            scopes: scope.split_whitespace().map(ToOwned::to_owned).collect(),
            origin: origin.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(json: &str) -> Tokens {
        let granted: Granted = serde_json::from_str(json).unwrap();
        granted.tokens(&"old".into(), "o", DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_grant_may_leave_things_out_and_may_be_absurd() {
        let tokens = granted(r#"{"access_token":"a"}"#);
        assert_eq!(tokens.refresh.expose_secret(), "old");
        assert_eq!(tokens.expires_at.timestamp(), 7_200);
        let tokens = granted(
            r#"{"token_type":"bearer","access_token":"a","refresh_token":"r","expires_in":9223372036854775807,
                "scope":"dm.read  tweet.read"}"#,
        );
        assert_eq!(tokens.refresh.expose_secret(), "r");
        assert_eq!(tokens.expires_at.timestamp(), LIFE_SECONDS_MAX);
        assert_eq!(tokens.scopes, ["dm.read", "tweet.read"]);
        assert_eq!(
            granted(r#"{"access_token":"a","expires_in":-7}"#)
                .expires_at
                .timestamp(),
            0
        );
    }

    #[test]
    fn tokens_end_early_and_with_their_origin() {
        let tokens = granted(r#"{"access_token":"a","expires_in":100}"#);
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert!(tokens.is_usable("o", at(39)));
        assert!(!tokens.is_usable("o", at(40)));
        assert!(!tokens.is_usable("another", at(0)));
    }

    #[test]
    fn tokens_are_not_shown_and_a_digest_tells_nothing() {
        let tokens = granted(r#"{"access_token":"secret-a","refresh_token":"secret-r"}"#);
        assert!(!format!("{tokens:?}").contains("secret-"));
        assert_eq!(digest(&"secret".into()), digest(&"secret".into()));
        assert_ne!(digest(&"secret".into()), digest(&"secreT".into()));
        assert_eq!(digest(&"secret".into()).len(), 16);
    }
}
