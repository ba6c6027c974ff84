//! A number that is followed, as configuration is.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use runtime::clock::Clock;
use runtime::consul::{Away, FollowError, Source, follow};
use runtime::last_good::LastGood;
use runtime::sealed::Keys;
use runtime::watch::{Change, Rejection};
use tokio::sync::watch;

pub const PREFIX: &str = "config/com-manh-cp-social";
/// For what takes as long as it takes.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// What is promised.
pub const LIVE_WITHIN: Duration = Duration::from_secs(2);

/// Each key below the prefix with its value; every value is a number.
pub type Numbers = Vec<(String, u32)>;

pub struct Watching {
    pub value: watch::Receiver<Arc<Numbers>>,
    pub rejection: watch::Receiver<Option<Rejection>>,
    pub away: watch::Receiver<Option<Away>>,
    changes: Arc<Mutex<Vec<Change>>>,
    pub parsed: Arc<AtomicUsize>,
}

pub fn copy(dir: &Path, source: &str) -> LastGood {
    let keys = Keys::read_or_make(&dir.join("secrets.key")).unwrap();
    LastGood::new(dir.join("last-good"), source, keys)
}

pub async fn watching(
    source: &str,
    copy: Option<LastGood>,
    token_file: Option<PathBuf>,
) -> Result<Watching, FollowError> {
    let changes = Arc::new(Mutex::new(Vec::new()));
    let parsed = Arc::new(AtomicUsize::new(0));
    let (noted, counted) = (changes.clone(), parsed.clone());
    let parse = move |pairs: &[(String, String)]| {
        counted.fetch_add(1, Ordering::Relaxed);
        let number = |(key, value): &(String, String)| Ok((key.clone(), value.trim().parse()?));
        pairs
            .iter()
            .map(number)
            .collect::<Result<Numbers, std::num::ParseIntError>>()
    };
    let hook = move |change| noted.lock().unwrap().push(change);
    let source = Source::parse(source, token_file).unwrap();
    let followed = follow(source, copy, Clock::default(), parse, hook).await?;
    let (value, rejection) = followed.watched;
    Ok(Watching {
        value,
        rejection,
        away: followed.away,
        changes,
        parsed,
    })
}

impl Watching {
    pub fn numbers(&self) -> Vec<u32> {
        self.value
            .borrow()
            .iter()
            .map(|(_, number)| *number)
            .collect()
    }

    /// Waits for the numbers; how long that took.
    pub async fn becomes(&mut self, expected: &[u32]) -> Duration {
        let began = Instant::now();
        let is = |numbers: &Arc<Numbers>| numbers.iter().map(|(_, n)| *n).eq(expected.to_vec());
        let seen = tokio::time::timeout(PATIENCE, self.value.wait_for(is)).await;
        assert!(
            seen.is_ok_and(|seen| seen.is_ok()),
            "never became {expected:?}"
        );
        began.elapsed()
    }

    pub async fn is_refused(&mut self) -> String {
        let refused = self.rejection.wait_for(Option::is_some);
        let seen = tokio::time::timeout(PATIENCE, refused).await.unwrap();
        seen.unwrap().as_ref().unwrap().refusal.reason.clone()
    }

    pub async fn is_away(&mut self, away: bool) -> Option<Away> {
        let is = self.away.wait_for(|seen| seen.is_some() == away);
        tokio::time::timeout(PATIENCE, is)
            .await
            .unwrap()
            .unwrap()
            .clone()
    }

    pub fn count(&self, change: Change) -> usize {
        let changes = self.changes.lock().unwrap();
        changes.iter().filter(|seen| **seen == change).count()
    }
}
