//! Follows the keys below a prefix of Consul's key/value store while the program runs, by blocking
//! queries: a good change is in force within two seconds, a bad one is refused whole and the last
//! good one stays. While Consul is away the last good one stays too; at start it comes from disk.

mod kv;
mod rule;
mod txn;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Exit;
use crate::clock::Clock;
use crate::last_good::{LastGood, Pairs};
use crate::watch::{Change, Refusal, Rejection, Watched};

pub use kv::ReadError;
use kv::Store;
pub use txn::{Versioned, Write, WriteError};

/// Requests are at least so far apart, whatever Consul answers.
const APART: Duration = Duration::from_millis(200);

/// Scheme of a source in configuration.
const SCHEME: &str = "consul:";

/// Where the keys are.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    base: reqwest::Url,
    prefix: String,
    token_file: Option<PathBuf>,
}

impl Source {
    /// Reads `consul:http://host:8500/prefix/of/keys`. The token, if one is needed, lies in a file
    /// and is read for each request, so that it can be replaced.
    pub fn parse(text: &str, token_file: Option<PathBuf>) -> Result<Self, Exit> {
        let wrong = |what: &str| {
            Exit::Config(format!(
                "org_source: {what}: expected consul:http://host:8500/<prefix of the keys>"
            ))
        };
        let url = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| wrong("no consul:"))?;
        let base = reqwest::Url::parse(url).map_err(|_| wrong("not a URL"))?;
        let plain = base.username().is_empty() && base.password().is_none();
        let bare = base.query().is_none() && base.fragment().is_none();
        if !matches!(base.scheme(), "http" | "https") || !plain || !bare {
            return Err(wrong("no plain http or https URL"));
        }
        let prefix = base.path().trim_matches('/').to_owned();
        if prefix.is_empty() {
            return Err(wrong("no prefix"));
        }
        Ok(Self {
            text: text.to_owned(),
            base,
            prefix,
            token_file,
        })
    }

    /// As it stands in configuration.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The entries as they stand now.
    pub async fn read(&self) -> Result<Pairs, ReadError> {
        Ok(Store::new(self.clone())?.read(None).await?.pairs)
    }
}

/// Since when the source cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// What is followed.
pub struct Followed<T> {
    /// The value in force, and the change that stands refused, if one does.
    pub watched: Watched<T>,
    /// Whether the source is away.
    pub away: watch::Receiver<Option<Away>>,
}

/// There is nothing good to start with.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The source is away, and there is no copy of what it last said.
    #[error(
        "{source_text} cannot be read ({reason}), and there is no copy of what it last said{copy}"
    )]
    Away {
        /// Where.
        source_text: String,
        /// Why.
        reason: String,
        /// What is wrong with the copy, if one is there.
        copy: String,
    },
    /// What it says is refused, and there is no copy of anything good.
    #[error("{source_text} is refused: {reason}")]
    Refused {
        /// Where.
        source_text: String,
        /// Why.
        reason: String,
    },
}

/// Reads the source, or the copy of what it last said, and follows it until every receiver of the
/// value is dropped. `hook` is called for each later change, and for what stands wrong at the
/// start. Reasons are logged, so the errors of `parse` must not show secrets.
pub async fn follow<T, E>(
    source: Source,
    copy: Option<LastGood>,
    clock: Clock,
    parse: impl Fn(&[(String, String)]) -> Result<T, E> + Send + 'static,
    hook: impl Fn(Change) + Send + 'static,
) -> Result<Followed<T>, FollowError>
where
    T: Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let text = source.text.clone();
    let away = |reason: String| FollowError::Away {
        source_text: text.clone(),
        reason,
        copy: String::new(),
    };
    let store = Store::new(source.clone()).map_err(|error| away(chain(&error)))?;
    let first = store.read(None).await;
    let index = first.as_ref().ok().map(|answer| answer.index);
    let mut tried = None;
    let parsed = match first {
        Err(error) => Err(Fault::of(&error)),
        Ok(answer) => {
            let parsed = parse(&answer.pairs).map_err(|error| Fault::Refused(Refusal::of(error)));
            if parsed.is_ok() {
                keep(copy.as_ref(), &answer.pairs);
            }
            tried = Some(Ok(answer.pairs));
            parsed
        }
    };
    let (value, fault) = match parsed {
        Ok(value) => (value, None),
        Err(fault) => (restore(copy.as_ref(), &parse, &text, &fault)?, Some(fault)),
    };
    let (value, value_seen) = watch::channel(Arc::new(value));
    let (rejection, rejection_seen) = watch::channel(None);
    let (away, away_seen) = watch::channel(None);
    let mut follower = Follower {
        store,
        copy,
        clock,
        parse,
        hook,
        value,
        rejection,
        away,
        tried,
        index: rule::next_index(None, index),
        failures: 0,
    };
    match fault {
        Some(Fault::Refused(refusal)) if follower.tried.is_some() => follower.refuse(refusal),
        Some(fault) => follower.note(fault),
        None => {}
    }
    tokio::spawn(follower.run());
    Ok(Followed {
        watched: (value_seen, rejection_seen),
        away: away_seen,
    })
}

fn keep(copy: Option<&LastGood>, pairs: &[(String, String)]) {
    let Some(copy) = copy else { return };
    if let Err(error) = copy.write(pairs) {
        tracing::error!(%error, "no copy of the configuration could be kept");
    }
}

/// What the copy says, when the source itself says nothing good.
fn restore<T, E: std::error::Error + 'static>(
    copy: Option<&LastGood>,
    parse: &impl Fn(&[(String, String)]) -> Result<T, E>,
    source_text: &str,
    fault: &Fault,
) -> Result<T, FollowError> {
    let kept = match copy.map(LastGood::read) {
        Some(Ok(Some(pairs))) => parse(&pairs).map_err(|error| chain(&error)),
        Some(Err(error)) => Err(chain(&error)),
        Some(Ok(None)) | None => Err(String::new()),
    };
    kept.map_err(|why| {
        let source_text = source_text.to_owned();
        match fault {
            Fault::Refused(refusal) => FollowError::Refused {
                source_text,
                reason: refusal.reason.clone(),
            },
            Fault::Away(reason) => FollowError::Away {
                source_text,
                reason: reason.clone(),
                copy: if why.is_empty() {
                    why
                } else {
                    format!(" that can be used ({why})")
                },
            },
        }
    })
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    crate::stage::chain(error)
}

/// Why nothing new is in force.
#[derive(Debug)]
enum Fault {
    /// Nothing could be read.
    Away(String),
    /// What was read is refused.
    Refused(Refusal),
}

impl Fault {
    fn of(error: &ReadError) -> Self {
        let reason = chain(error);
        if error.is_content() {
            Self::Refused(Refusal::unread(reason))
        } else {
            Self::Away(reason)
        }
    }
}

struct Follower<T, P, H> {
    store: Store,
    copy: Option<LastGood>,
    clock: Clock,
    parse: P,
    hook: H,
    value: watch::Sender<Arc<T>>,
    rejection: watch::Sender<Option<Rejection>>,
    away: watch::Sender<Option<Away>>,
    /// What was last tried: each content is tried once, so that a refused one counts once.
    tried: Option<Result<Pairs, String>>,
    index: Option<u64>,
    failures: u32,
}

impl<T, P, H> Follower<T, P, H> {
    async fn run<E>(mut self)
    where
        P: Fn(&[(String, String)]) -> Result<T, E>,
        H: Fn(Change),
        E: std::error::Error + Send + Sync + 'static,
    {
        loop {
            let pause = rule::pause(self.failures);
            let began = Instant::now();
            let read = tokio::select! {
                () = self.value.closed() => return,
                read = async {
                    tokio::time::sleep(pause).await;
                    self.store.read(self.index).await
                } => read,
            };
            match read {
                Ok(answer) => {
                    self.index = rule::next_index(self.index, Some(answer.index));
                    self.back();
                    self.take(answer.pairs);
                }
                Err(error) => {
                    self.index = None;
                    self.note(Fault::of(&error));
                }
            }
            tokio::time::sleep_until(began + APART).await;
        }
    }

    fn take<E>(&mut self, pairs: Pairs)
    where
        P: Fn(&[(String, String)]) -> Result<T, E>,
        H: Fn(Change),
        E: std::error::Error + Send + Sync + 'static,
    {
        if matches!(&self.tried, Some(Ok(tried)) if *tried == pairs) {
            return;
        }
        match (self.parse)(&pairs) {
            Ok(value) => {
                tracing::info!("configuration changed");
                keep(self.copy.as_ref(), &pairs);
                self.tried = Some(Ok(pairs));
                self.value.send_replace(Arc::new(value));
                self.rejection.send_replace(None);
                (self.hook)(Change::Applied);
            }
            Err(error) => {
                self.tried = Some(Ok(pairs));
                self.refuse(Refusal::of(error));
            }
        }
    }

    fn refuse(&mut self, refusal: Refusal)
    where
        H: Fn(Change),
    {
        let reason = &refusal.reason;
        tracing::warn!(reason, "configuration refused");
        let at = self.clock.now();
        self.rejection.send_replace(Some(Rejection { at, refusal }));
        (self.hook)(Change::Rejected);
    }

    fn note(&mut self, fault: Fault)
    where
        H: Fn(Change),
    {
        match fault {
            Fault::Away(reason) => {
                self.failures = self.failures.saturating_add(1);
                let since = self.away.borrow().as_ref().map(|away| away.since);
                if since.is_none() {
                    tracing::error!(
                        reason,
                        "the source of the configuration cannot be read; the last good one stays"
                    );
                    (self.hook)(Change::Away);
                }
                let since = since.unwrap_or_else(|| self.clock.now());
                self.away.send_replace(Some(Away { since, reason }));
            }
            Fault::Refused(refusal) => {
                // Without an index such an answer comes at once, every time.
                let failures = self.failures.saturating_add(1);
                self.back();
                self.failures = failures.min(rule::REFUSED_FAILURES_MAX);
                let tried = Some(Err(refusal.reason.clone()));
                if self.tried != tried {
                    self.tried = tried;
                    self.refuse(refusal);
                }
            }
        }
    }

    fn back(&mut self)
    where
        H: Fn(Change),
    {
        self.failures = 0;
        if self.away.send_replace(None).is_some() {
            tracing::info!("the source of the configuration can be read again");
            (self.hook)(Change::Back);
        }
    }
}
