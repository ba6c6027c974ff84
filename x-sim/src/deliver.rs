//! Signed POSTs and CRC requests, usable without the rest: a loader or a fault campaign hands over
//! bodies and learns which of them were answered 200.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use reqwest::{Client, Url, header::CONTENT_TYPE, redirect::Policy};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::Instant as Tick};

use crate::sign::{SIGNATURE_HEADER, sign};

const CRC_ANSWER_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("http client cannot be built")]
pub struct DelivererError(#[from] reqwest::Error);

/// Posts bodies, at most `in_flight` at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Deliverer {
    client: Client,
    in_flight: Arc<Semaphore>,
    width: usize,
}

/// How one body was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its place among the bodies handed over.
    pub index: usize,
    /// None when there was no answer: refused, closed, too late.
    pub status: Option<u16>,
    /// From when it was due, so that a wait for a free slot counts.
    pub elapsed: Duration,
}

impl Answer {
    pub fn acked(&self) -> bool {
        self.status == Some(200)
    }
}

/// The outcome of a CRC, in the classes that X treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crc {
    Passed,
    /// A wrong token or a redirect: invalid at once.
    Wrong,
    /// 4xx, 5xx, timeout, closed: invalid only after a long while.
    Transient,
}

impl Deliverer {
    pub fn new(in_flight: usize, timeout: Duration) -> Result<Self, DelivererError> {
        let client = Client::builder()
            .timeout(timeout)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        let width = in_flight.max(1);
        Ok(Self {
            client,
            in_flight: Arc::new(Semaphore::new(width)),
            width,
        })
    }

    /// The same connections with a bound of in-flight requests of its own.
    #[must_use]
    pub fn with_in_flight(&self, in_flight: usize) -> Self {
        let width = in_flight.max(1);
        let in_flight = Arc::new(Semaphore::new(width));
        Self {
            client: self.client.clone(),
            in_flight,
            width,
        }
    }

    /// Posts one body as it is and gives the status.
    pub async fn post(&self, url: &str, secret: &str, body: Bytes) -> Option<u16> {
        let _slot = self.in_flight.acquire().await.ok()?;
        self.send(url, sign(secret, &body), body).await
    }

    pub(crate) async fn send(&self, url: &str, signature: String, body: Bytes) -> Option<u16> {
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, signature)
            .body(body);
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        // Read to the end so that the connection can be used again.
        response.bytes().await.ok().map(|_| status)
    }

    pub(crate) fn slots(&self) -> Arc<Semaphore> {
        self.in_flight.clone()
    }

    /// Posts bodies as they come, at `rate` a second (open loop: the n-th is due at n / rate
    /// whatever became of those before) or as fast as slots get free. Answers come as they arrive.
    pub fn post_all<'a, I>(
        &'a self,
        url: &'a str,
        secret: &'a str,
        bodies: I,
        rate: Option<f64>,
    ) -> impl Stream<Item = Answer> + 'a
    where
        I: IntoIterator<Item = Bytes> + 'a,
    {
        let start = Tick::now();
        let pending = bodies
            .into_iter()
            .enumerate()
            .map(move |(index, body)| async move {
                let due = rate.map(|rate| {
                    #[expect(clippy::cast_precision_loss, reason = "2^52 bodies are out of reach")]
                    let offset = Duration::try_from_secs_f64(index as f64 / rate);
                    start + offset.unwrap_or_default()
                });
                if let Some(due) = due {
                    tokio::time::sleep_until(due).await;
                }
                let began = due.map_or_else(Instant::now, Tick::into_std);
                let status = self.post(url, secret, body).await;
                Answer {
                    index,
                    status,
                    elapsed: began.elapsed(),
                }
            });
        stream::iter(pending).buffer_unordered(self.width)
    }

    /// Asks the receiver for proof that it knows the secret.
    pub async fn crc(&self, url: &str, secret: &str) -> Crc {
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 36]>());
        let Ok(mut url) = Url::parse(url) else {
            return Crc::Transient;
        };
        url.query_pairs_mut().append_pair("crc_token", &token);
        let Ok(response) = self.client.get(url).send().await else {
            return Crc::Transient;
        };
        match response.status().as_u16() {
            200..=299 => {}
            300..=399 => return Crc::Wrong,
            _ => return Crc::Transient,
        }
        let Ok(answer) = response.bytes().await else {
            return Crc::Transient;
        };
        let proof = (answer.len() <= CRC_ANSWER_BYTES_MAX)
            .then(|| serde_json::from_slice::<CrcAnswer>(&answer).ok())
            .flatten();
        match proof {
            Some(proof) if proof.response_token == sign(secret, token.as_bytes()) => Crc::Passed,
            _ => Crc::Wrong,
        }
    }
}

#[derive(Deserialize)]
struct CrcAnswer {
    response_token: String,
}
