//! Registered webhooks: X's rules for their URLs, and when they stop being valid.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::{
    config::{Envelope, Secret},
    deliver::Crc,
    id::XId,
    route::{Item, Watch},
    shape::Waiting,
    sim::lock,
};

const URL_CHARS_MAX: usize = 200;
/// Faults that may pass make a webhook invalid only after this long without success.
const PATIENCE: TimeDelta = TimeDelta::hours(28);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    #[error("the url must be https, public, without port and of at most 200 characters")]
    UrlValidationFailed,
    #[error("the url is registered already")]
    DuplicateUrlFailed,
    #[error("no more webhooks are allowed")]
    WebhookLimitExceeded,
    #[error("the receiver did not pass the crc")]
    CrcValidationFailed,
    #[error("no such webhook")]
    WebhookIdInvalid,
    #[error("no such account")]
    UnknownAccount,
}

/// An item on its way, with its number in the ledger.
pub(crate) type Queued = Waiting<u64>;

#[derive(Debug)]
pub(crate) struct Hook {
    pub id: String,
    pub url: String,
    pub secret: Secret,
    /// None when subscriptions made by the API say what it gets.
    pub preset: Option<Preset>,
    pub created_at: DateTime<Utc>,
    pub queue: mpsc::Sender<Queued>,
    health: Mutex<Health>,
}

/// What a webhook of the control API gets.
#[derive(Debug)]
pub(crate) struct Preset {
    pub envelope: Envelope,
    pub accounts: Vec<XId>,
    pub watch: Watch,
}

#[derive(Debug, Clone, Copy)]
struct Health {
    valid: bool,
    last_success: DateTime<Utc>,
    last_crc: DateTime<Utc>,
}

/// A webhook as the control API shows it.
#[derive(Debug, Clone, Serialize)]
pub struct WebhookView {
    pub id: String,
    pub url: String,
    pub valid: bool,
    /// None for one that was registered by X's own API.
    pub envelope: Option<Envelope>,
    pub accounts: Vec<XId>,
    pub created_at: DateTime<Utc>,
    /// When it last passed a CRC.
    pub checked_at: DateTime<Utc>,
    /// Items that wait in its queue.
    pub queued: usize,
}

pub(crate) struct NewHook {
    pub id: String,
    pub url: String,
    pub secret: Secret,
    pub preset: Option<Preset>,
}

impl Hook {
    pub(crate) fn new(
        new: NewHook,
        queue_max: usize,
        now: DateTime<Utc>,
    ) -> (Arc<Self>, mpsc::Receiver<Queued>) {
        let (queue, waiting) = mpsc::channel(queue_max.max(1));
        let hook = Self {
            id: new.id,
            url: new.url,
            secret: new.secret,
            preset: new.preset,
            created_at: now,
            queue,
            health: Mutex::new(Health {
                valid: false,
                last_success: now,
                last_crc: now,
            }),
        };
        (Arc::new(hook), waiting)
    }

    pub(crate) fn valid(&self) -> bool {
        lock(&self.health).valid
    }

    /// Applies a CRC's outcome and gives the validity after it.
    pub(crate) fn checked(&self, crc: Crc, now: DateTime<Utc>) -> bool {
        let mut health = lock(&self.health);
        match crc {
            Crc::Passed => {
                *health = Health {
                    valid: true,
                    last_success: now,
                    last_crc: now,
                }
            }
            Crc::Wrong => health.valid = false,
            Crc::Transient => health.valid &= now - health.last_success <= PATIENCE,
        }
        health.valid
    }

    pub(crate) fn answered(&self, status: Option<u16>, now: DateTime<Utc>) {
        let mut health = lock(&self.health);
        match status {
            Some(200..=299) => health.last_success = now,
            Some(300..=399) => health.valid = false,
            _ => health.valid &= now - health.last_success <= PATIENCE,
        }
    }

    pub(crate) fn view(&self) -> WebhookView {
        WebhookView {
            id: self.id.clone(),
            url: self.url.clone(),
            valid: self.valid(),
            envelope: self.preset.as_ref().map(|preset| preset.envelope),
            accounts: self
                .preset
                .as_ref()
                .map_or_else(Vec::new, |preset| preset.accounts.clone()),
            created_at: self.created_at,
            checked_at: lock(&self.health).last_crc,
            queued: self.queue.max_capacity() - self.queue.capacity(),
        }
    }

    pub(crate) fn item_waiting(item: Item, seq: u64) -> Queued {
        Waiting { item, note: seq }
    }
}

/// X's rules for the URL of a webhook.
pub(crate) fn check_url(url: &str, allow_loopback_http: bool) -> Result<(), WebhookError> {
    let refused = WebhookError::UrlValidationFailed;
    if url.chars().count() > URL_CHARS_MAX {
        return Err(refused);
    }
    let parsed = Url::parse(url).map_err(|_| refused)?;
    let host = parsed.host_str().ok_or(refused)?;
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let loopback = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    if allow_loopback_http && loopback && matches!(parsed.scheme(), "http" | "https") {
        return Ok(());
    }
    // A default port that is written out is dropped by the parser but is still a port.
    let authority = url.split('/').nth(2).unwrap_or_default();
    let has_port = authority
        .rsplit(']')
        .next()
        .is_some_and(|rest| rest.contains(':'));
    let public = host.contains('.') && address.is_none() && !loopback;
    if parsed.scheme() == "https" && !has_port && public {
        Ok(())
    } else {
        Err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let long = format!("https://example.com/{}", "a".repeat(181));
        for (url, public, loopback) in [
            ("https://example.com/webhooks/x", true, true),
            ("https://example.com:443/webhooks/x", false, false),
            ("https://example.com:8443/x", false, false),
            ("http://example.com/x", false, false),
            ("http://127.0.0.1:8080/x", false, true),
            ("http://localhost:8080/x", false, true),
            ("http://[::1]:8080/x", false, true),
            ("https://intranet/x", false, false),
            ("https://10.0.0.1/x", false, false),
            ("not a url", false, false),
            (long.as_str(), false, false),
        ] {
            assert_eq!(check_url(url, false).is_ok(), public, "{url}");
            assert_eq!(check_url(url, true).is_ok(), loopback, "{url}");
        }
    }

    #[test]
    fn a_webhook_survives_a_day_of_faults_that_may_pass_but_no_wrong_answer() {
        let now = Utc::now();
        let new = NewHook {
            id: "1".to_owned(),
            url: String::new(),
            secret: Secret(String::new()),
            preset: None,
        };
        let (hook, _queue) = Hook::new(new, 1, now);
        assert!(!hook.valid(), "nothing is valid before its first crc");
        assert!(hook.checked(Crc::Passed, now));
        assert!(hook.checked(Crc::Transient, now + TimeDelta::hours(27)));
        hook.answered(Some(200), now + TimeDelta::hours(27));
        assert!(hook.checked(Crc::Transient, now + TimeDelta::hours(50)));
        hook.answered(Some(503), now + TimeDelta::hours(56));
        assert!(!hook.valid());
        assert!(hook.checked(Crc::Passed, now));
        assert!(!hook.checked(Crc::Wrong, now));
        assert!(hook.checked(Crc::Passed, now));
        hook.answered(Some(301), now);
        assert!(!hook.valid());
    }
}
