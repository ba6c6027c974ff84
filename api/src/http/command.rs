//! Commands: done once for each Idempotency-Key, with row, audit, outbox and key in one
//! transaction.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use runtime::Outgoing;
use runtime::pg::changes::{self, Change};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::auth::Caller;
use super::extract::json;
use super::kinds;
use super::problem::Problem;
use crate::App;
use crate::pg::{audit, idempotency};

/// Times that a command begins anew after two transactions met.
const ATTEMPTS_MAX: u32 = 4;

/// A command as it came: its key, its fingerprint, its body.
pub struct Sent<T> {
    key: Uuid,
    fingerprint: Vec<u8>,
    pub body: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let mut digest = Sha256::new();
        digest.update(request.method().as_str());
        digest.update([0]);
        digest.update(request.uri().to_string());
        digest.update([0]);
        let (body, bytes) = json(request).await?;
        digest.update(&bytes);
        Ok(Self {
            key,
            fingerprint: digest.finalize().to_vec(),
            body,
        })
    }
}

/// A command whose body is a file.
pub struct SentFile(pub Sent<bytes::Bytes>);

impl<S: Send + Sync> FromRequest<S> for SentFile {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let mut digest = Sha256::new();
        digest.update(request.method().as_str());
        digest.update([0]);
        digest.update(request.uri().to_string());
        digest.update([0]);
        let body = bytes::Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                let kind = kinds::of_status(rejection.status());
                Problem::new(kind, "The body could not be read.")
            })?;
        digest.update(&body);
        Ok(Self(Sent {
            key,
            fingerprint: digest.finalize().to_vec(),
            body,
        }))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Uuid, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Err(Problem::new(
            &kinds::KEY_MISSING,
            "Send the header Idempotency-Key with a UUID of its own for each command.",
        ));
    };
    value
        .to_str()
        .ok()
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| Problem::parameter("Idempotency-Key", "expected a UUID"))
}

/// What a command works with.
pub struct Scope<'a> {
    pub connection: &'a mut PgConnection,
    pub app: &'a App,
    pub caller: &'a Caller,
    pub now: DateTime<Utc>,
    seq: Option<i64>,
    more: bool,
    told: Vec<Change>,
}

impl Scope<'_> {
    pub fn org(&self) -> &str {
        &self.caller.org
    }

    /// Says what was done to what, for the audit.
    pub async fn audit(
        &mut self,
        action: &str,
        subject: &str,
        detail: serde_json::Value,
    ) -> Result<(), Problem> {
        let who = (self.caller.org.as_str(), self.caller.actor.as_str());
        audit::write(self.connection, who, (action, subject), &detail, self.now).await?;
        Ok(())
    }

    /// Publishes records with the rows.
    pub async fn publish(&mut self, records: &[Outgoing]) -> Result<(), Problem> {
        let last = runtime::pg::outbox::push(self.connection, records).await?;
        self.seq = self.seq.max(last);
        Ok(())
    }

    /// Notes what a library published.
    pub fn published(&mut self, seq: Option<i64>) {
        self.seq = self.seq.max(seq);
    }

    /// Tells open desks what changed, beside what the link function tells them.
    pub fn tell(&mut self, kind: &'static str, id: String, data: Option<serde_json::Value>) {
        let org = self.caller.org.clone();
        self.told.push(Change {
            data,
            ..Change::of(&org, kind, vec![id])
        });
    }

    /// Notes what the link function published and whether a job continues it.
    pub fn linked(&mut self, done: case_linker::desk::Relinked) {
        self.seq = self.seq.max(done.last_seq);
        self.more |= done.more;
    }
}

/// How a command was answered.
pub struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    /// What a repetition is answered, where that is less.
    kept: Option<Vec<u8>>,
    location: Option<String>,
}

impl Answer {
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, body, None)
    }

    pub fn created(body: &impl Serialize, location: String) -> Result<Self, Problem> {
        Self::with(StatusCode::CREATED, body, Some(location))
    }

    /// Somebody else does it, later; what becomes of it is told at `location`, if anywhere.
    pub fn accepted(body: &impl Serialize, location: Option<String>) -> Result<Self, Problem> {
        Self::with(StatusCode::ACCEPTED, body, location)
    }

    /// With a secret in it, which is told this once: `kept` is the answer without.
    pub fn created_once<T: Serialize>(
        body: &T,
        kept: &T,
        location: String,
    ) -> Result<Self, Problem> {
        let kept = Self::with(StatusCode::CREATED, kept, None)?.body;
        let answer = Self::with(StatusCode::CREATED, body, Some(location))?;
        Ok(Self {
            kept: Some(kept),
            ..answer
        })
    }

    fn with(
        status: StatusCode,
        body: &impl Serialize,
        location: Option<String>,
    ) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body)
            .map_err(|_| Problem::new(&kinds::INTERNAL, "An answer could not be written."))?;
        Ok(Self {
            status,
            body,
            kept: None,
            location,
        })
    }
}

/// Something that is done once. It may begin anew, so it keeps nothing between two runs.
pub trait Command: Send + Sync {
    fn run(&self, scope: &mut Scope<'_>) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

/// Does a command, or gives the answer that its key has had.
pub async fn execute<T: Sync>(
    app: &App,
    caller: &Caller,
    sent: &Sent<T>,
    command: &impl Command,
) -> Result<Response, Problem> {
    let mut attempt = 1;
    loop {
        match once(app, caller, sent, command).await {
            Err(problem) if problem.transient && attempt < ATTEMPTS_MAX => attempt += 1,
            done => return done,
        }
    }
}

async fn once<T>(
    app: &App,
    caller: &Caller,
    sent: &Sent<T>,
    command: &impl Command,
) -> Result<Response, Problem> {
    let now = app.now();
    let key = (caller.org.as_str(), caller.actor.as_str(), sent.key);
    let mut transaction = app.begin(caller).await?;
    if !idempotency::claim(&mut transaction, key, &sent.fingerprint, now).await? {
        return match idempotency::load(&mut transaction, key).await? {
            Some(stored) => replay(stored, &sent.fingerprint),
            // It was forgotten between the two statements: as good as new.
            None => Err(Problem {
                transient: true,
                ..Problem::new(&kinds::DEPENDENCY, "The key is being forgotten.")
            }),
        };
    }
    let mut scope = Scope {
        connection: &mut transaction,
        app,
        caller,
        now,
        seq: None,
        more: false,
        told: Vec::new(),
    };
    let answer = command.run(&mut scope).await?;
    changes::push(scope.connection, &scope.told).await?;
    let more = scope.more;
    let mut headers = serde_json::Map::new();
    if let Some(seq) = scope.seq {
        headers.insert("earshot-seq".to_owned(), seq.to_string().into());
    }
    if let Some(location) = answer.location {
        headers.insert("location".to_owned(), location.into());
    }
    let status = i32::from(answer.status.as_u16());
    let headers = serde_json::Value::Object(headers);
    let kept = answer.kept.as_ref().unwrap_or(&answer.body);
    idempotency::keep(&mut transaction, key, status, kept, &headers).await?;
    transaction.commit().await?;
    if more {
        crate::care::continue_links(app, &caller.org);
    }
    respond(status, answer.body, &headers)
}

fn replay(stored: idempotency::Stored, fingerprint: &[u8]) -> Result<Response, Problem> {
    if stored.request != fingerprint {
        return Err(Problem::new(
            &kinds::KEY_REUSED,
            "This Idempotency-Key was used for another command.",
        ));
    }
    let mut response = respond(stored.status, stored.answer, &stored.headers)?;
    response
        .headers_mut()
        .insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

fn respond(status: i32, body: Vec<u8>, headers: &serde_json::Value) -> Result<Response, Problem> {
    let status = u16::try_from(status)
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| Problem::new(&kinds::INTERNAL, "A kept answer has no status."))?;
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in headers.as_object().into_iter().flatten() {
        let value = value.as_str().and_then(|v| HeaderValue::from_str(v).ok());
        if let (Ok(name), Some(value)) = (HeaderName::try_from(name.as_str()), value) {
            out.insert(name, value);
        }
    }
    Ok(response)
}
