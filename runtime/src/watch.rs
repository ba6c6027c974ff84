//! Follows a configuration file while the program runs: a good change is applied within two
//! seconds, a bad one is refused whole and the last good one stays.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::clock::Clock;

/// How often the file is looked at. A change must look the same twice (a writer may be half
/// way), so it is applied within two of these.
const POLL: Duration = Duration::from_millis(500);
/// Looks after a change: the file may change again within the grain of its time stamp.
const LOOKS_AFTER_CHANGE: u32 = 4;
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A change that was refused and still stands in the file.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub refusal: Refusal,
}

/// Why a change was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// In the parser's words.
    pub reason: String,
    /// The parser's error; none where nothing could be read.
    pub error: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Refusal {
    /// The parser refused it.
    pub(crate) fn of(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            reason: crate::stage::chain(&error),
            error: Some(Arc::new(error)),
        }
    }

    /// Nothing could be read.
    pub(crate) fn unread(reason: String) -> Self {
        Self {
            reason,
            error: None,
        }
    }
}

/// What the caller's metric hook is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A change is in force.
    Applied,
    /// A change was refused; the last good one stays.
    Rejected,
    /// The source cannot be read; the last good one stays. Not of files: a file that cannot be read
    /// is a change that is refused.
    Away,
    /// The source can be read again.
    Back,
}

/// The first reading failed: there is nothing good to stay with.
#[derive(Debug, thiserror::Error)]
pub enum WatchError<E: std::error::Error + 'static> {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that the parser refuses.
    #[error("{path} is refused")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Why.
        source: E,
    },
}

/// The value in force, and the change that stands refused, if one does.
pub type Watched<T> = (watch::Receiver<Arc<T>>, watch::Receiver<Option<Rejection>>);

/// Reads `path` and follows it until every receiver of the value is dropped. `hook` is called for
/// each later change. Reasons are logged, so the errors of `parse` must not show secrets.
pub async fn watch_file<T, E>(
    path: &Path,
    clock: Clock,
    parse: impl Fn(&str) -> Result<T, E> + Send + 'static,
    hook: impl Fn(Change) + Send + 'static,
) -> Result<Watched<T>, WatchError<E>>
where
    T: Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let path = path.to_owned();
    let stamp = Stamp::of(&path).await;
    let text = read(&path).await.map_err(|source| WatchError::Read {
        path: path.clone(),
        source,
    })?;
    let first = parse(&text).map_err(|source| WatchError::Parse {
        path: path.clone(),
        source,
    })?;
    let (value, value_seen) = watch::channel(Arc::new(first));
    let (rejection, rejection_seen) = watch::channel(None);
    let tried = Some(hash(&Ok::<_, String>(text)));
    let follower = Follower {
        path,
        clock,
        parse,
        hook,
        value,
        rejection,
        stamp,
        tried,
    };
    tokio::spawn(follower.run());
    Ok((value_seen, rejection_seen))
}

/// What tells that a path leads to other bytes than before, through links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    seconds: i64,
    nanos: i64,
}

impl Stamp {
    /// All zero where there is no file.
    async fn of(path: &Path) -> Self {
        let Ok(meta) = tokio::fs::metadata(path).await else {
            return Self::default();
        };
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            bytes: meta.len(),
            seconds: meta.mtime(),
            nanos: meta.mtime_nsec(),
        }
    }
}

struct Follower<T, P, H> {
    path: PathBuf,
    clock: Clock,
    parse: P,
    hook: H,
    value: watch::Sender<Arc<T>>,
    rejection: watch::Sender<Option<Rejection>>,
    stamp: Stamp,
    tried: Option<u64>,
}

impl<T, P, H> Follower<T, P, H> {
    async fn run<E>(mut self)
    where
        P: Fn(&str) -> Result<T, E>,
        H: Fn(Change),
        E: std::error::Error + Send + Sync + 'static,
    {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks_left = LOOKS_AFTER_CHANGE;
        loop {
            tokio::select! {
                () = self.value.closed() => return,
                _ = ticks.tick() => {}
            }
            let stamp = Stamp::of(&self.path).await;
            let same = stamp == self.stamp;
            self.stamp = stamp;
            if !same {
                looks_left = LOOKS_AFTER_CHANGE;
            } else if looks_left > 0 {
                looks_left -= 1;
                self.look().await;
            }
        }
    }

    async fn look<E>(&mut self)
    where
        P: Fn(&str) -> Result<T, E>,
        H: Fn(Change),
        E: std::error::Error + Send + Sync + 'static,
    {
        let text = read(&self.path)
            .await
            .map_err(|error| format!("cannot be read: {error}"));
        // Each text is tried once, so that a refused one counts once.
        if self.tried.replace(hash(&text)) == Some(hash(&text)) {
            return;
        }
        let unread = |reason| Err(Refusal::unread(reason));
        let parsed = |text: String| (self.parse)(&text).map_err(Refusal::of);
        match text.map_or_else(unread, parsed) {
            Ok(value) => {
                tracing::info!(path = %self.path.display(), "configuration changed");
                self.value.send_replace(Arc::new(value));
                self.rejection.send_replace(None);
                (self.hook)(Change::Applied);
            }
            Err(refusal) => {
                let reason = &refusal.reason;
                tracing::warn!(path = %self.path.display(), reason, "configuration refused");
                let at = self.clock.now();
                self.rejection.send_replace(Some(Rejection { at, refusal }));
                (self.hook)(Change::Rejected);
            }
        }
    }
}

async fn read(path: &Path) -> io::Result<String> {
    if tokio::fs::metadata(path).await?.len() > FILE_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than 4 MiB",
        ));
    }
    tokio::fs::read_to_string(path).await
}

fn hash(text: &Result<String, String>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::num::ParseIntError;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;

    struct Watching {
        value: watch::Receiver<Arc<u32>>,
        rejection: watch::Receiver<Option<Rejection>>,
        rejected: Arc<AtomicUsize>,
        began: Instant,
    }

    async fn watching(path: &Path) -> Watching {
        let rejected = Arc::new(AtomicUsize::new(0));
        let count = rejected.clone();
        let hook = move |change| {
            count.fetch_add(usize::from(change == Change::Rejected), Ordering::Relaxed);
        };
        let parse = |text: &str| text.trim().parse::<u32>();
        let (value, rejection) = watch_file(path, Clock::default(), parse, hook)
            .await
            .unwrap();
        Watching {
            value,
            rejection,
            rejected,
            began: Instant::now(),
        }
    }

    impl Watching {
        async fn becomes(&mut self, expected: u32) {
            self.began = Instant::now();
            let change = self.value.wait_for(|value| **value == expected);
            let seen = tokio::time::timeout(Duration::from_secs(10), change).await;
            assert!(
                seen.is_ok_and(|seen| seen.is_ok()),
                "never became {expected}"
            );
            assert!(self.began.elapsed() < Duration::from_secs(2));
        }

        async fn is_refused(&mut self) -> String {
            let refused = self.rejection.wait_for(Option::is_some);
            let seen = tokio::time::timeout(Duration::from_secs(10), refused).await;
            seen.unwrap()
                .unwrap()
                .as_ref()
                .unwrap()
                .refusal
                .reason
                .clone()
        }
    }

    #[tokio::test]
    async fn a_change_is_applied_however_it_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live");
        std::fs::write(&path, "1").unwrap();
        let mut watching = watching(&path).await;
        assert_eq!(**watching.value.borrow(), 1);

        std::fs::write(&path, "2").unwrap();
        watching.becomes(2).await;

        let beside = dir.path().join("beside");
        std::fs::write(&beside, "3").unwrap();
        std::fs::rename(&beside, &path).unwrap();
        watching.becomes(3).await;

        // As Kubernetes does it: the path is a link, and the link is swapped.
        std::fs::write(&beside, "4").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&beside, &link).unwrap();
        std::fs::rename(&link, &path).unwrap();
        watching.becomes(4).await;
    }

    #[tokio::test]
    async fn a_bad_change_is_refused_once_and_the_last_good_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live");
        std::fs::write(&path, "1").unwrap();
        let mut watching = watching(&path).await;

        std::fs::write(&path, "one").unwrap();
        assert_eq!(watching.is_refused().await, "invalid digit found in string");
        assert_eq!(**watching.value.borrow(), 1);

        std::fs::remove_file(&path).unwrap();
        let missing = watching.rejection.wait_for(|rejection| {
            rejection
                .as_ref()
                .is_some_and(|rejection| rejection.refusal.reason.starts_with("cannot be"))
        });
        tokio::time::timeout(Duration::from_secs(10), missing)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(**watching.value.borrow(), 1);
        assert_eq!(watching.rejected.load(Ordering::Relaxed), 2);

        std::fs::write(&path, "5").unwrap();
        watching.becomes(5).await;
        assert!(watching.rejection.borrow().is_none());
    }

    #[tokio::test]
    async fn without_a_good_start_there_is_no_watch() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live");
        let watch = || {
            let parse = |text: &str| -> Result<u32, ParseIntError> { text.parse() };
            watch_file(&path, Clock::default(), parse, |_| ())
        };
        assert!(matches!(watch().await, Err(WatchError::Read { .. })));
        std::fs::write(&path, "no").unwrap();
        assert!(matches!(watch().await, Err(WatchError::Parse { .. })));
    }
}
