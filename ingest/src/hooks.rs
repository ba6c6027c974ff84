//! What happens to a delivery: signature before anything is read, split, publish, and only then
//! the 200. Nothing of a delivery is ever logged but organisation and counts.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use http_body_util::LengthLimitError;
use runtime::clock::Clock;
use schemas::org_config::{OrgConfig, Organisations};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};

use crate::crc;
use crate::limit::Shares;
use crate::metrics::{Metrics, Tally};
use crate::org::OrgView;
use crate::problem::Refusal;
use crate::publish::Publish;
use crate::sightings::Sightings;
use crate::signature;
use crate::split::{Notice, split};

/// A body must fit into one record, whole, with the fields around it, and once more into the
/// quarantine of a later step: the producer takes a million bytes.
pub const BODY_BYTES_MAX: usize = 960 * 1024;
/// Bodies in work at once: bounds memory.
pub const BODIES_IN_FLIGHT_MAX: usize = 256;
/// Of these, for one organisation.
pub const BODIES_IN_FLIGHT_ORG_MAX: usize = 128;
/// Time for the whole body to arrive.
pub const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// X gives up after ten seconds; a 503 before that is kinder than silence.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(8_500);

/// Facebook's own signature headers: tell its deliveries without reading them.
const FACEBOOK_HEADERS: [&str; 2] = ["x-hub-signature-256", "x-hub-signature"];

/// Bounds of the listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub body_bytes: usize,
    pub bodies_in_flight: usize,
    pub bodies_in_flight_org: usize,
    pub read_timeout: Duration,
    pub answer_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: BODY_BYTES_MAX,
            bodies_in_flight: BODIES_IN_FLIGHT_MAX,
            bodies_in_flight_org: BODIES_IN_FLIGHT_ORG_MAX,
            read_timeout: READ_TIMEOUT,
            answer_within: ANSWER_WITHIN,
        }
    }
}

/// Everything that the webhook source works with.
pub struct Hooks<P> {
    orgs: watch::Receiver<Arc<Organisations>>,
    paused: watch::Receiver<Option<String>>,
    publish: P,
    metrics: Metrics,
    clock: Clock,
    limits: Limits,
    shares: Shares,
    sightings: Sightings,
    notices: Option<mpsc::Sender<(String, Notice)>>,
}

impl<P: Publish> Hooks<P> {
    /// `paused` holds the reason while nothing may be taken (a later step is far behind).
    pub fn new(
        orgs: watch::Receiver<Arc<Organisations>>,
        paused: watch::Receiver<Option<String>>,
        publish: P,
        metrics: Metrics,
        clock: Clock,
        limits: Limits,
    ) -> Self {
        let shares = Shares::new(limits.bodies_in_flight, limits.bodies_in_flight_org);
        Self {
            orgs,
            paused,
            publish,
            metrics,
            clock,
            limits,
            shares,
            sightings: Sightings::default(),
            notices: None,
        }
    }

    /// Tells when what came, and what X says beside its items.
    #[must_use]
    pub fn telling(
        mut self,
        sightings: Sightings,
        notices: mpsc::Sender<(String, Notice)>,
    ) -> Self {
        self.sightings = sightings;
        self.notices = Some(notices);
        self
    }

    fn org(&self, name: &str) -> Result<Arc<OrgConfig>, Refusal> {
        self.orgs
            .borrow()
            .get(name)
            .cloned()
            .ok_or(Refusal::UnknownOrg)
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Answers X's challenge with the secret that signs.
    pub(crate) fn challenge(&self, name: &str, query: &str) -> Result<String, Refusal> {
        let org = self.org(name)?;
        if !self.shares.crc(&org.org_id) {
            return Err(Refusal::CrcRate);
        }
        // An organisation has an account, so it has a secret.
        let secrets = org.consumer_secrets();
        let secret = secrets.first().ok_or(Refusal::UnknownOrg)?;
        let answer = crc::answer(secret, query).map_err(Refusal::BadToken)?;
        self.metrics.crc(&org.org_id, self.clock.now());
        Ok(answer)
    }

    /// Takes a delivery. `Ok` means that the broker has every item of it.
    pub(crate) async fn deliver(
        &self,
        name: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(), Refusal> {
        let started = Instant::now();
        let deadline = started + self.limits.answer_within;
        let org = self.org(name)?;
        if let Some(reason) = self.paused.borrow().clone() {
            return Err(Refusal::Paused(reason));
        }
        let _permit = self.shares.body(&org.org_id).ok_or(Refusal::Full)?;
        let _in_flight = InFlight::new(&self.metrics);
        let body = self.read(headers, body).await?;
        authenticate(&org, headers, &body)?;
        let org = OrgView::from(&*org);
        let split = split(&body, &org, "webhook", self.clock.now())
            .map_err(|_facebook| Refusal::Facebook)?;
        drop(body);
        self.metrics.received(&org.org, &split);
        report(&org.org, &split.notices);
        let tally = Tally::of(&split, &org);
        let records = split.records.len();
        if records > 0 {
            let seen = split.records.clone();
            self.publish_until(deadline, &org.org, split.records)
                .await?;
            self.sightings.saw(&org, "webhook", &seen, self.clock.now());
        }
        for notice in split.notices {
            // Who listens is in this process and quick; a full queue means a flood of one org's.
            if let Some(notices) = &self.notices
                && notices.try_send((org.org.clone(), notice)).is_err()
            {
                tracing::warn!(org = org.org, "a notice of X was not noted");
            }
        }
        self.metrics.acked(&org, &tally, self.clock.now());
        self.metrics
            .ack_seconds
            .observe(started.elapsed().as_secs_f64());
        tracing::debug!(org = org.org, records, "delivery acknowledged");
        Ok(())
    }

    async fn publish_until(
        &self,
        deadline: Instant,
        org: &str,
        records: Vec<crate::publish::Outgoing>,
    ) -> Result<(), Refusal> {
        let count = records.len();
        match timeout_at(deadline, self.publish.publish(records)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => {
                let cause = runtime::stage::chain(&error);
                tracing::warn!(org, records = count, cause, "delivery not published");
            }
            Err(_late) => tracing::warn!(org, records = count, "delivery not published in time"),
        }
        Err(Refusal::BrokerAway)
    }

    async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
        let announced = headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        if announced
            .and_then(|n| n.parse().ok())
            .is_some_and(|n: usize| n > self.limits.body_bytes)
        {
            return Err(Refusal::TooLarge);
        }
        let reading = to_bytes(body, self.limits.body_bytes);
        match timeout(self.limits.read_timeout, reading).await {
            Err(_late) => Err(Refusal::TooSlow),
            Ok(Ok(body)) => Ok(body),
            Ok(Err(error)) if is_limit(&error) => Err(Refusal::TooLarge),
            Ok(Err(_broken)) => Err(Refusal::Broken),
        }
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source
        .and_then(|source| source.downcast_ref::<LengthLimitError>())
        .is_some()
}

fn authenticate(org: &OrgConfig, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    match headers.get(signature::HEADER) {
        Some(header) if signature::verify(org, body, header.as_bytes()) => Ok(()),
        None if FACEBOOK_HEADERS
            .iter()
            .any(|name| headers.contains_key(*name)) =>
        {
            Err(Refusal::Facebook)
        }
        _ => Err(Refusal::Unsigned),
    }
}

fn report(org: &str, notices: &[Notice]) {
    for notice in notices {
        match notice {
            Notice::Revoked => {
                tracing::warn!(
                    org,
                    "an account revoked its authorisation; authorise it again"
                );
            }
            Notice::ReplayEnded { complete: true } => tracing::info!(org, "replay complete"),
            Notice::ReplayEnded { complete: false } => {
                tracing::warn!(org, "replay incomplete; ask X for it again");
            }
        }
    }
}

/// Counts a body as in work for as long as it lives, however its request ends.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
