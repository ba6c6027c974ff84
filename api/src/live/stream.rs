//! The stream of one client.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use futures::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout, timeout_at};

use super::cursor::Snapshot;
use super::frame::{Present, id_line, presence, write};
use super::join::{Missed, Resume, missed, reset};
use super::{Frame, Live, Receiver, Stands};
use crate::App;
use crate::http::auth::Caller;
use crate::http::identity;
use crate::http::kinds;
use crate::http::problem::Problem;

/// A quiet stream says so often that it is there.
const BEAT: Duration = Duration::from_secs(15);
/// So many beats between two looks at whether the caller may still listen. A change of rights is
/// told at once; this is for what ends by itself.
const BEATS_OF_RIGHTS: u32 = 4;
/// The first frame says where the feed stands; it comes with the reader's next look.
const FIRST_FRAME_MAX: Duration = Duration::from_secs(5);
/// Milliseconds after which a client comes back, with a spread so that not all come at once.
const RETRY_MS: std::ops::Range<u32> = 1_000..3_000;
/// What is kept of a request, to ask again whether it may.
const CREDENTIALS: [HeaderName; 2] = [
    axum::http::header::AUTHORIZATION,
    axum::http::header::COOKIE,
];

/// Who listens.
struct Listener {
    app: App,
    caller: Caller,
    credentials: Box<[(HeaderName, HeaderValue)]>,
}

/// Opens the stream of a caller. When it is answered, the client knows where the feed stands: what it
/// reads after that is no older.
pub async fn open(
    app: App,
    caller: Caller,
    headers: &HeaderMap,
    resume: Resume,
) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + Send + use<>, Problem> {
    let (mut receiver, stands) = Live::subscribe(&app, &caller.org)?;
    let listener = Listener::new(app, caller, headers);
    let stands = match stands {
        Some(stands) => stands,
        None => first_frame(&mut receiver).await?.stands.clone(),
    };
    // They may have changed before anybody listened.
    if !listener.still().await? {
        let detail = "The rights of the caller have changed.";
        return Err(Problem::new(&kinds::UNAUTHORIZED, detail));
    }
    let (first, ahead) = listener.first(&stands, resume).await?;
    let stream = Open {
        listener,
        ahead,
        receiver: Some(receiver),
        first: Some(first),
        beat_at: Instant::now() + BEAT,
        beats: 0,
    };
    Ok(futures::stream::unfold(stream, async |mut stream| {
        let bytes = stream.next().await?;
        Some((Ok(bytes), stream))
    }))
}

async fn first_frame(receiver: &mut Receiver) -> Result<Arc<Frame>, Problem> {
    match timeout(FIRST_FRAME_MAX, receiver.recv()).await {
        Ok(Ok(frame)) => Ok(frame),
        _ => Err(Problem {
            dependency: Some("postgresql"),
            retry_after_seconds: Some(1),
            ..Problem::new(&kinds::DEPENDENCY, "The changes cannot be read.")
        }),
    }
}

impl Listener {
    fn new(app: App, caller: Caller, headers: &HeaderMap) -> Self {
        let credentials = CREDENTIALS.into_iter().filter_map(|name| {
            // A copy: the value that came is a part of the connection's buffer.
            let value = HeaderValue::from_bytes(headers.get(&name)?.as_bytes()).ok()?;
            Some((name, value))
        });
        Self {
            credentials: credentials.collect(),
            app,
            caller,
        }
    }

    /// The caller is who it was and may what it might.
    async fn still(&self) -> Result<bool, Problem> {
        let headers: HeaderMap = self.credentials.iter().cloned().collect();
        identity::still(&self.app, &headers, &self.caller).await
    }

    // Who is there, what was missed, where the feed stands.
    async fn first(
        &self,
        stands: &Stands,
        resume: Resume,
    ) -> Result<(Bytes, Option<Box<Snapshot>>), Problem> {
        let retry = rand::random_range(RETRY_MS);
        let org = &self.caller.org;
        let there = presence(&Present::new(), &self.app.live().present(org));
        let mut text = format!("retry: {retry}\n\n{}", write(&there, None));
        let missed = match missed(&self.app, org, resume, &stands.upto).await? {
            Missed::Nothing { ahead } => return Ok((text.into(), Some(ahead))),
            Missed::Events(missed) => missed,
        };
        if missed.is_empty() {
            text.push_str(&id_line(&stands.id));
            text.push('\n');
        } else {
            text.push_str(&write(&missed, Some(&stands.id)));
        }
        Ok((text.into(), None))
    }
}

struct Open {
    listener: Listener,
    // None when nothing more is said.
    receiver: Option<Receiver>,
    first: Option<Bytes>,
    // Another process told the client more than this one has read: until it has, nothing is new.
    ahead: Option<Box<Snapshot>>,
    beat_at: Instant,
    beats: u32,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.receiver = None;
        self.listener.app.live().count(&self.listener.caller.org);
    }
}

impl Open {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let receiver = self.receiver.as_mut()?;
            match timeout_at(self.beat_at, receiver.recv()).await {
                Err(_) => return self.beat().await,
                Ok(Ok(frame)) => {
                    if frame.ended.has(&self.listener.caller.actor) {
                        return None;
                    }
                    let text = match self.ahead.take() {
                        None => frame.text.clone(),
                        Some(ahead) => Box::pin(self.beyond(ahead, &frame.stands)).await?,
                    };
                    if !text.is_empty() {
                        self.beat_at = Instant::now() + BEAT;
                        return Some(text);
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => return Some(self.too_slow()),
                Ok(Err(RecvError::Closed)) => return None,
            }
        }
    }

    // What of a frame the client does not have yet. None ends the stream; it comes back.
    async fn beyond(&mut self, ahead: Box<Snapshot>, stands: &Stands) -> Option<Bytes> {
        let Listener { app, caller, .. } = &self.listener;
        match missed(app, &caller.org, Resume::After(*ahead), &stands.upto).await {
            Ok(Missed::Nothing { ahead }) => {
                self.ahead = Some(ahead);
                Some(Bytes::new())
            }
            Ok(Missed::Events(events)) => Some(write(&events, Some(&stands.id)).into()),
            Err(error) => {
                tracing::debug!(%error, "live: a stream ends, its client comes back");
                None
            }
        }
    }

    // A comment for whoever stands between, and where the feed stands, so that the place of a client
    // of a quiet organisation does not grow old.
    async fn beat(&mut self) -> Option<Bytes> {
        self.beat_at = Instant::now() + BEAT;
        self.beats += 1;
        if self.beats.is_multiple_of(BEATS_OF_RIGHTS) {
            // While PostgreSQL is away nobody can tell: it is asked again.
            match Box::pin(self.listener.still()).await {
                Ok(true) => {}
                Err(problem) if problem.kind.status.is_server_error() => {}
                _ => return None,
            }
        }
        let (live, org) = (self.listener.app.live(), &self.listener.caller.org);
        // First where it stands, then whether all of that was taken: never the other way round.
        let stands = live.stands(org);
        let taken = self.receiver.as_ref()?.is_empty();
        let told = taken && self.ahead.is_none();
        let id = stands.filter(|_| told).as_deref().map(id_line);
        let id = id.unwrap_or_default();
        Some(format!(": beat\n{id}\n").into())
    }

    // What was lost is read again as a whole, so the client comes back from where the feed is.
    fn too_slow(&mut self) -> Bytes {
        let stands = self.listener.app.live().stands(&self.listener.caller.org);
        self.receiver = None;
        write(&[reset()], stands.as_deref()).into()
    }
}
