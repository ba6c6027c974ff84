//! What configuration and the caller bring to an [`Api`](crate::Api).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::auth::AuthTable;
use crate::error::SetupError;
use crate::oauth2::TokenStore;
use crate::retry::RetryPolicy;
use crate::usage::{Observer, PriceTable};

/// Where X's API is.
pub const BASE_URL: &str = "https://api.x.com";

/// The time, as a parameter.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What configuration says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `x.base_url`.
    pub base_url: String,
    /// `x.stream_url`.
    pub stream_url: String,
    /// Sent with every request.
    pub user_agent: String,
    /// Which endpoint is authorised how.
    pub auth: AuthTable,
    /// How reads are repeated.
    pub retry: RetryPolicy,
    /// `x.price_table`.
    pub prices: PriceTable,
    /// For a connection to stand. Default 5 s.
    pub connect_timeout: Duration,
    /// For a request and its answer. Default 30 s.
    pub request_timeout: Duration,
    /// For media to go up or come down. Default 120 s.
    pub media_timeout: Duration,
    /// A stream that is silent for longer is cut: X sends something every 20 s. Default 20 s, as X
    /// advises.
    pub stream_timeout: Duration,
}

impl Settings {
    /// Defaults for X itself, with these prices.
    pub fn new(prices: PriceTable) -> Self {
        Self {
            base_url: BASE_URL.to_owned(),
            stream_url: BASE_URL.to_owned(),
            user_agent: concat!("earshot/", env!("CARGO_PKG_VERSION")).to_owned(),
            auth: AuthTable::default(),
            retry: RetryPolicy::default(),
            prices,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            media_timeout: Duration::from_mins(2),
            stream_timeout: Duration::from_secs(20),
        }
    }
}

/// What the caller brings.
#[derive(Clone)]
pub struct Deps {
    /// The clock: of signatures, budgets and the expiry of tokens.
    pub now: Now,
    /// Told of every request.
    pub observer: Arc<dyn Observer>,
    /// Keeps users' OAuth 2.0 tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// Seed of nonces and jitter; a fresh random number in production.
    pub seed: u64,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps").finish_non_exhaustive()
    }
}

/// Reads a base URL.
pub(crate) fn base(key: &'static str, text: &str) -> Result<reqwest::Url, SetupError> {
    let url = reqwest::Url::parse(text).map_err(|_| SetupError::BaseUrl { key })?;
    let http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.query().is_none() && url.fragment().is_none() && url.path() == "/";
    if http && plain && bare {
        Ok(url)
    } else {
        Err(SetupError::BaseUrl { key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_scheme_host_and_port() {
        for good in [
            "https://api.x.com",
            "https://api.x.com/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
        ] {
            assert!(base("x.base_url", good).is_ok(), "{good}");
        }
        let bad = [
            "",
            "api.x.com",
            "ftp://x.com",
            "https://u:p@x.com",
            "https://x.com/2",
            "https://x.com/?a=1",
            "https://",
        ];
        for text in bad {
            let error = base("x.base_url", text).unwrap_err().to_string();
            assert!(error.starts_with("x.base_url "), "{error}");
        }
    }
}
