//! How calls are authorised: the modes, which endpoint uses which, and the keys of an account.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use crate::endpoint::{Endpoint, UnknownEndpoint};

/// A way to authorise a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthMode {
    /// OAuth 1.0a, signed for the account with its access token.
    OAuth1User,
    /// OAuth 2.0 in the account's name, with a token that is renewed.
    OAuth2User,
    /// The app alone, with its bearer token.
    AppOnly,
}

impl AuthMode {
    /// Name in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OAuth1User => "oauth1",
            Self::OAuth2User => "oauth2",
            Self::AppOnly => "app",
        }
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no mode of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no way to authorise is named {0:?}: expected oauth1, oauth2 or app")]
pub struct UnknownMode(String);

impl FromStr for AuthMode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        [Self::OAuth1User, Self::OAuth2User, Self::AppOnly]
            .into_iter()
            .find(|mode| mode.name() == name)
            .ok_or_else(|| UnknownMode(name.to_owned()))
    }
}

/// A row of the table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthTableError {
    /// Of an endpoint that is not called.
    #[error(transparent)]
    Endpoint(#[from] UnknownEndpoint),
    /// The endpoint's mode.
    #[error("{endpoint}: {source}")]
    Mode {
        /// Which.
        endpoint: Endpoint,
        /// Why.
        source: UnknownMode,
    },
}

/// Which endpoint is authorised how: X's documents and what was seen disagree in places, so each
/// row can be set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthTable(BTreeMap<Endpoint, AuthMode>);

impl AuthTable {
    /// Reads rows of endpoint and mode, by their names; endpoints without one keep their default.
    pub fn from_names<'a>(
        rows: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, AuthTableError> {
        let mut table = Self::default();
        for (endpoint, mode) in rows {
            let endpoint = endpoint.parse::<Endpoint>()?;
            let mode = mode
                .parse()
                .map_err(|source| AuthTableError::Mode { endpoint, source })?;
            table.set(endpoint, mode);
        }
        Ok(table)
    }

    /// Sets one row.
    pub fn set(&mut self, endpoint: Endpoint, mode: AuthMode) {
        self.0.insert(endpoint, mode);
    }

    /// How the endpoint is authorised.
    pub fn mode(&self, endpoint: Endpoint) -> AuthMode {
        self.0
            .get(&endpoint)
            .copied()
            .unwrap_or(endpoint.default_auth())
    }
}

/// Key and secret of the app (`X/TwitterConsumerKey`, `X/TwitterConsumerSecret`).
#[derive(Debug, Clone)]
pub struct AppKeys {
    /// Consumer key.
    pub key: SecretString,
    /// Consumer secret: signs requests and webhooks.
    pub secret: SecretString,
}

/// Access token of the account by OAuth 1.0a (`X/TwitterAccessTokenId` and its secret).
#[derive(Debug, Clone)]
pub struct UserToken {
    /// Token.
    pub token: SecretString,
    /// Its secret.
    pub secret: SecretString,
}

/// The OAuth 2.0 app and the refresh token that its user first gave.
#[derive(Debug, Clone)]
pub struct OAuth2App {
    /// Client id.
    pub client_id: String,
    /// Client secret, of a confidential client.
    pub secret: Option<SecretString>,
    /// First refresh token; later ones are kept in the [`TokenStore`](crate::oauth2::TokenStore).
    pub refresh: Option<SecretString>,
}

/// All keys of an account. They can be replaced while calls run: a call uses those in force when
/// it begins, and a call that X refuses for its token is sent again if they were replaced since.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The app.
    pub app: AppKeys,
    /// Access token, where the account has one.
    pub user: Option<UserToken>,
    /// OAuth 2.0, where it is set up.
    pub oauth2: Option<OAuth2App>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_replaces_the_default_of_its_endpoint_alone() {
        let table =
            AuthTable::from_names([("users.mentions", "app"), ("posts.create", "oauth2")]).unwrap();
        assert_eq!(table.mode(Endpoint::UsersMentions), AuthMode::AppOnly);
        assert_eq!(table.mode(Endpoint::PostsCreate), AuthMode::OAuth2User);
        assert_eq!(table.mode(Endpoint::DmSend), AuthMode::OAuth1User);
        assert_eq!(table.mode(Endpoint::WebhooksList), AuthMode::AppOnly);
    }

    #[test]
    fn a_wrong_row_is_named() {
        let error = AuthTable::from_names([("dm.send", "basic")])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("dm.send: ") && error.contains("\"basic\""),
            "{error}"
        );
        assert!(AuthTable::from_names([("dm.sent", "app")]).is_err());
    }

    #[test]
    fn keys_are_not_shown() {
        let keys = AppKeys {
            key: "the-key".into(),
            secret: "the-secret".into(),
        };
        let credentials = Credentials {
            app: keys,
            user: Some(UserToken {
                token: "the-token".into(),
                secret: "its-secret".into(),
            }),
            oauth2: Some(OAuth2App {
                client_id: "client".to_owned(),
                secret: Some("client-secret".into()),
                refresh: Some("the-refresh".into()),
            }),
        };
        let shown = format!("{credentials:?}");
        for secret in ["the-key", "-secret", "the-token", "the-refresh"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
