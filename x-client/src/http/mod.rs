//! The one place that sends. A call is signed, sent, judged and, where that is allowed, sent again.

mod answer;
mod auth;
mod body;
mod call;
mod grant;
mod verdict;

use std::time::Instant;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use secrecy::ExposeSecret as _;

pub(crate) use answer::Answer;
use auth::Authorised;
pub(crate) use body::{Body, Part};
use call::ANSWER_BYTES_MAX;
pub(crate) use call::{Base, Billed, Call};
pub(crate) use verdict::Verdict;

use crate::client::Client;
use crate::error::{AuthLoss, Error, Failure};
use crate::oauth1::encode;
use crate::usage::{Charge, Outcome, Usage};

/// What was seen of one request.
pub(crate) enum Seen {
    Answer {
        status: u16,
        headers: HeaderMap,
        body: Bytes,
    },
    Failed(Failure),
}

impl Client {
    /// Makes a call: the answer, or what became of it.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, Error> {
        let endpoint = call.endpoint;
        let policy = self.0.shared.settings.retry;
        let mut refused: Option<Authorised> = None;
        let mut made = 0;
        loop {
            self.take(endpoint)?;
            let authorised = self.authorise(&call, refused.as_ref()).await?;
            made += 1;
            let seen = self.once(&call, Some(&authorised)).await;
            match self.judge(&call, &seen) {
                Verdict::Done => return Ok(Answer::of(endpoint, seen)),
                Verdict::Unauthorised(refusal) => {
                    if refused.is_some() || !self.can_renew(&authorised) {
                        return Err(Error::AuthLost {
                            endpoint,
                            loss: AuthLoss::Refused(refusal),
                        });
                    }
                    // X did not act, so even a write may be sent again, once, under a new token.
                    refused = Some(authorised);
                }
                Verdict::Refused(refusal) => return Err(Error::Refused { endpoint, refusal }),
                Verdict::Limited(until, kind) => {
                    let wait = policy.until(made, until, self.0.shared.now());
                    let Some(wait) = wait.filter(|_| endpoint.is_read()) else {
                        return Err(Error::RateLimited {
                            endpoint,
                            until,
                            kind,
                            known: false,
                        });
                    };
                    tokio::time::sleep(wait).await;
                }
                Verdict::Failed(failure) => {
                    let pause = policy.pause(made, self.0.shared.jitter());
                    let Some(pause) = pause.filter(|_| endpoint.is_read()) else {
                        return Err(verdict::failed(endpoint, failure));
                    };
                    tracing::debug!(%endpoint, %failure, made, "a read is repeated");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Opens a stream: nothing is repeated but once for the token; its caller has the ladder.
    pub(crate) async fn open(&self, call: Call) -> Result<reqwest::Response, Error> {
        let endpoint = call.endpoint;
        let mut refused: Option<Authorised> = None;
        loop {
            self.take(endpoint)?;
            let authorised = self.authorise(&call, refused.as_ref()).await?;
            let began = Instant::now();
            let limit = self.0.shared.settings.request_timeout;
            let sent =
                tokio::time::timeout(limit, self.request(&call, Some(&authorised)).send()).await;
            let response = match sent
                .map_err(|_| Failure::Timeout)
                .and_then(|sent| sent.map_err(|e| body::classify(&e)))
            {
                Ok(response) if response.status().is_success() => {
                    let seen = Seen::Answer {
                        status: response.status().as_u16(),
                        headers: response.headers().clone(),
                        body: Bytes::new(),
                    };
                    self.account_for(&call, &seen, began);
                    self.judge(&call, &seen);
                    return Ok(response);
                }
                Ok(response) => body::collect(response, ANSWER_BYTES_MAX, limit).await,
                Err(failure) => Seen::Failed(failure),
            };
            self.account_for(&call, &response, began);
            match self.judge(&call, &response) {
                Verdict::Unauthorised(_) if refused.is_none() && self.can_renew(&authorised) => {
                    refused = Some(authorised);
                }
                Verdict::Unauthorised(refusal) => {
                    return Err(Error::AuthLost {
                        endpoint,
                        loss: AuthLoss::Refused(refusal),
                    });
                }
                Verdict::Refused(refusal) => return Err(Error::Refused { endpoint, refusal }),
                Verdict::Limited(until, kind) => {
                    return Err(Error::RateLimited {
                        endpoint,
                        until,
                        kind,
                        known: false,
                    });
                }
                Verdict::Failed(failure) => return Err(Error::Transient { endpoint, failure }),
                Verdict::Done => {
                    let failure = Failure::Broken;
                    return Err(Error::Transient { endpoint, failure });
                }
            }
        }
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn once(&self, call: &Call, authorised: Option<&Authorised>) -> Seen {
        let began = Instant::now();
        let limit = call
            .timeout
            .unwrap_or(self.0.shared.settings.request_timeout);
        let deadline = tokio::time::Instant::now() + limit;
        let sent = tokio::time::timeout_at(deadline, self.request(call, authorised).send()).await;
        let seen = match sent {
            Err(_) => Seen::Failed(Failure::Timeout),
            Ok(Err(error)) => Seen::Failed(body::classify(&error)),
            Ok(Ok(response)) => {
                let left = deadline.saturating_duration_since(tokio::time::Instant::now());
                body::collect(response, call.bytes_max, left).await
            }
        };
        self.account_for(call, &seen, began);
        seen
    }

    fn request(&self, call: &Call, authorised: Option<&Authorised>) -> reqwest::RequestBuilder {
        let shared = &self.0.shared;
        let mut request = shared
            .http
            .request(call.endpoint.method(), call.url(shared));
        if let Some(authorised) = authorised {
            request = request.header(AUTHORIZATION, authorised.header());
        }
        match &call.body {
            Body::None => request,
            Body::Json(bytes) => request
                .header(CONTENT_TYPE, "application/json")
                .body(bytes.clone()),
            Body::Form { text, basic } => {
                let request = match basic {
                    Some((id, secret)) => request.basic_auth(
                        encode(id.expose_secret()),
                        Some(encode(secret.expose_secret())),
                    ),
                    None => request,
                };
                let form = "application/x-www-form-urlencoded";
                request
                    .header(CONTENT_TYPE, form)
                    .body(text.expose_secret().to_owned())
            }
            Body::Multipart(parts) => request.multipart(body::form(parts)),
        }
    }

    fn account_for(&self, call: &Call, seen: &Seen, began: Instant) {
        let shared = &self.0.shared;
        let (outcome, charge) = match seen {
            Seen::Failed(failure) => (Outcome::Failed(*failure), Charge::None),
            Seen::Answer { status, body, .. } if (200..300).contains(status) => {
                (Outcome::Status(*status), answer::charge(call.billed, body))
            }
            Seen::Answer { status, .. } => (Outcome::Status(*status), Charge::None),
        };
        let prices = &shared.settings.prices;
        shared.deps.observer.called(&Usage {
            account: &self.0.account,
            endpoint: call.endpoint,
            outcome,
            charge,
            cost: prices.cost(call.endpoint, charge),
            price_version: &prices.version,
            at: shared.now(),
            took: began.elapsed(),
        });
    }
}
