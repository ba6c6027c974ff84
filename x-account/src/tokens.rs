//! Renewed OAuth 2.0 tokens, sealed in PostgreSQL, one renewal at a time over all processes.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use runtime::clock::Clock;
use runtime::pg::sealed::{Sealed, SealedError, Turn as Lock};
use runtime::stage::chain;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use x_client::AccountKey;
use x_client::oauth2::{StoreError, TokenStore, Tokens, Turn};

use crate::account::parts;

/// The store.
#[derive(Clone)]
pub struct PgTokens {
    sealed: Sealed,
    clock: Clock,
}

impl PgTokens {
    /// Over sealed values.
    pub fn new(sealed: Sealed, clock: Clock) -> Self {
        Self { sealed, clock }
    }
}

fn value_name(account: &str) -> String {
    format!("oauth2/{account}")
}

impl TokenStore for PgTokens {
    fn load<'a>(
        &'a self,
        account: &'a AccountKey,
    ) -> BoxFuture<'a, Result<Option<Tokens>, StoreError>> {
        Box::pin(async move {
            let (org, account) = parts(account);
            let kept = self.sealed.load(org, &value_name(account)).await;
            kept.map_err(|e| failed(&e))?.as_ref().map(read).transpose()
        })
    }

    fn turn<'a>(
        &'a self,
        account: &'a AccountKey,
    ) -> BoxFuture<'a, Result<Box<dyn Turn>, StoreError>> {
        Box::pin(async move {
            let (org, account) = parts(account);
            let lock = self.sealed.turn(org, &value_name(account)).await;
            let lock = lock.map_err(|e| failed(&e))?;
            let current = lock.current().map(read).transpose()?;
            let clock = self.clock.clone();
            Ok(Box::new(PgTurn {
                lock,
                current,
                clock,
            }) as Box<dyn Turn>)
        })
    }
}

struct PgTurn {
    lock: Lock,
    current: Option<Tokens>,
    clock: Clock,
}

impl Turn for PgTurn {
    fn current(&self) -> Option<Tokens> {
        self.current.clone()
    }

    fn commit(self: Box<Self>, tokens: Tokens) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(async move {
            let value = write(&tokens)?;
            let kept = self.lock.commit(&value, self.clock.now()).await;
            kept.map_err(|e| failed(&e))
        })
    }
}

fn failed(error: &SealedError) -> StoreError {
    StoreError(chain(error))
}

/// What is sealed. Never shown: it has no `Debug`.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    #[serde(borrow)]
    access: Cow<'a, str>,
    #[serde(borrow)]
    refresh: Cow<'a, str>,
    expires_at: DateTime<Utc>,
    scopes: Vec<String>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
}

fn write(tokens: &Tokens) -> Result<SecretString, StoreError> {
    let kept = Kept {
        access: tokens.access.expose_secret().into(),
        refresh: tokens.refresh.expose_secret().into(),
        expires_at: tokens.expires_at,
        scopes: tokens.scopes.clone(),
        origin: tokens.origin.as_str().into(),
    };
    let text = serde_json::to_string(&kept).map_err(|e| StoreError(e.to_string()))?;
    Ok(SecretString::from(text))
}

fn read(kept: &SecretString) -> Result<Tokens, StoreError> {
    // The error of serde could show a token.
    let kept: Kept<'_> = serde_json::from_str(kept.expose_secret())
        .map_err(|_| StoreError("what is sealed there is no pair of tokens".to_owned()))?;
    Ok(Tokens {
        access: kept.access.into_owned().into(),
        refresh: kept.refresh.into_owned().into(),
        expires_at: kept.expires_at,
        scopes: kept.scopes,
        origin: kept.origin.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were() {
        let tokens = Tokens {
            access: "a\"\\ü".into(),
            refresh: "r".into(),
            expires_at: DateTime::UNIX_EPOCH,
            scopes: vec!["dm.read".to_owned()],
            origin: "o".to_owned(),
        };
        let again = read(&write(&tokens).unwrap()).unwrap();
        assert_eq!(again.access.expose_secret(), tokens.access.expose_secret());
        assert_eq!(again.refresh.expose_secret(), "r");
        assert_eq!(again.scopes, tokens.scopes);
        assert_eq!(again.expires_at, tokens.expires_at);
        let error = read(&"{\"access\":\"geheim\"}".into()).unwrap_err();
        assert!(!error.to_string().contains("geheim"));
    }
}
