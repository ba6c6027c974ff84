//! One picture over HTTP: every hop is checked, and connected to the address that was checked.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::address::Rules;

/// Redirects that are followed.
const HOPS_MAX: usize = 3;
/// For the whole picture to arrive.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A picture that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// X gave no address.
    #[error("X gave no address")]
    NoAddress,
    /// Not an address that pictures may come from.
    #[error("not an address that pictures may come from")]
    Address,
    /// More than `media.max_mb`.
    #[error("larger than media.max_mb")]
    TooLarge,
    /// No picture that a browser may be given.
    #[error("not a JPEG, PNG, GIF or WebP picture")]
    NoImage,
    /// The server answered with this status.
    #[error("the server answered {0}")]
    Status(u16),
    /// More redirects than are followed.
    #[error("too many redirects")]
    Redirects,
    /// X's API refused.
    #[error("{0}")]
    X(String),
    /// The network, or the disk.
    #[error("{0}")]
    Failed(String),
}

impl Refused {
    /// Whether the next try would end the same.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address | Self::TooLarge | Self::NoImage | Self::Redirects => true,
            Self::Status(status) => matches!(status, 403 | 404 | 410),
            Self::NoAddress | Self::X(_) | Self::Failed(_) => false,
        }
    }
}

/// Fetches a picture.
pub async fn get(rules: Rules, url: &str, bytes_max: usize) -> Result<Vec<u8>, Refused> {
    let mut url = Url::parse(url).map_err(|_| Refused::Address)?;
    for _ in 0..=HOPS_MAX {
        let client = client(rules, &url).await?;
        let failed = |error: reqwest::Error| Refused::Failed(error.without_url().to_string());
        let mut answer = client.get(url.clone()).send().await.map_err(failed)?;
        let status = answer.status();
        if status.is_redirection() {
            let to = answer
                .headers()
                .get(LOCATION)
                .and_then(|to| to.to_str().ok());
            url = to
                .and_then(|to| url.join(to).ok())
                .ok_or(Refused::Status(status.as_u16()))?;
            continue;
        }
        if !status.is_success() {
            return Err(Refused::Status(status.as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > bytes_max {
                return Err(Refused::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(bytes);
    }
    Err(Refused::Redirects)
}

/// A client that reaches nothing but the machines that were checked: a name that leads elsewhere a
/// moment later does not help.
async fn client(rules: Rules, url: &Url) -> Result<Client, Refused> {
    if !rules.allow_url(url) {
        return Err(Refused::Address);
    }
    let host = url.host_str().ok_or(Refused::Address)?;
    let port = url.port_or_known_default().unwrap_or(443);
    let name = host.trim_matches(['[', ']']);
    let looked_up = tokio::net::lookup_host((name, port)).await;
    let addresses: Vec<SocketAddr> = looked_up
        .map_err(|error| Refused::Failed(error.to_string()))?
        .collect();
    if addresses.is_empty()
        || addresses
            .iter()
            .any(|address| !rules.allow_ip(address.ip()))
    {
        return Err(Refused::Address);
    }
    Client::builder()
        .redirect(Policy::none())
        .resolve_to_addrs(host, &addresses)
        .no_proxy()
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| Refused::Failed(error.to_string()))
}
