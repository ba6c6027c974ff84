//! What open desks are told, live: one reader of the change feed for each process, a frame for each
//! organisation at most every 100 ms, and a stream for each client.
//!
//! A frame says up to which snapshot of PostgreSQL it tells; the next one begins where it ended, and a
//! client that comes back names the last one it has. So nothing is missed and nothing told twice, in
//! whatever order transactions commit (docs/adr/0011).

pub mod cursor;
pub mod frame;
pub mod join;
pub mod presence;
mod reader;
pub mod stream;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use prometheus::GaugeVec;
use runtime::pg::changes::{self, Change};
use runtime::telemetry::Telemetry;
use schemas::changes::RIGHTS;
use sqlx::PgConnection;
use tokio::sync::broadcast;

use crate::App;
use crate::http::kinds;
use crate::http::problem::Problem;
use cursor::Snapshot;
use frame::{Ended, Present};

/// Frames that a client may be behind; of more it is told to look at everything again.
const FRAMES_MAX: usize = 64;
/// Streams of one process, and of one organisation in it.
const STREAMS_MAX: usize = 20_000;
const STREAMS_OF_ORG_MAX: usize = 10_000;
/// Seconds after which a client may ask again for a stream.
const RETRY_AFTER_SECONDS: u64 = 5;

type Receiver = broadcast::Receiver<Arc<Frame>>;

/// Ends every stream of an actor, at every process, when the transaction commits: to be called where
/// a key or a session ends, or a user's rights change. Who still may comes back at once.
pub async fn end_streams(
    connection: &mut PgConnection,
    org: &str,
    actor: &str,
) -> Result<(), sqlx::Error> {
    let ended = Change::of(org, RIGHTS, vec![actor.to_owned()]);
    changes::push(connection, &[ended]).await
}

/// What the clients of one organisation are told together.
#[derive(Debug)]
pub struct Frame {
    /// Where it ends.
    stands: Stands,
    /// Events; empty if it only says where the feed stands.
    text: Bytes,
    /// Whose streams end.
    ended: Ended,
}

/// Where a feed stands: what became visible later is told later.
#[derive(Debug, Clone)]
pub struct Stands {
    upto: Snapshot,
    /// The same as `Last-Event-ID`.
    id: Arc<str>,
}

/// The clients of this process.
pub struct Live {
    feeds: Mutex<HashMap<String, Feed>>,
    reads: AtomicBool,
    clients: GaugeVec,
}

struct Feed {
    sender: broadcast::Sender<Arc<Frame>>,
    // None until the reader's first look, which is told as a frame.
    stands: Option<Stands>,
    present: Arc<Present>,
}

impl Live {
    pub fn new(telemetry: &Telemetry) -> Self {
        Self {
            feeds: Mutex::default(),
            reads: AtomicBool::default(),
            clients: telemetry.gauges("earshot_api_sse_clients", "Open live streams.", &["org"]),
        }
    }

    fn feeds(&self) -> MutexGuard<'_, HashMap<String, Feed>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client's end of its organisation's feed, and where that stands, if it is read already.
    fn subscribe(app: &App, org: &str) -> Result<(Receiver, Option<Stands>), Problem> {
        let live = app.live();
        let mut feeds = live.feeds();
        let all: usize = feeds.values().map(|f| f.sender.receiver_count()).sum();
        let feed = feeds.entry(org.to_owned()).or_insert_with(|| Feed {
            sender: broadcast::Sender::new(FRAMES_MAX),
            stands: None,
            present: Arc::default(),
        });
        if all >= STREAMS_MAX || feed.sender.receiver_count() >= STREAMS_OF_ORG_MAX {
            return Err(Problem {
                retry_after_seconds: Some(RETRY_AFTER_SECONDS),
                ..Problem::new(&kinds::TOO_MANY, "Too many live streams at once.")
            });
        }
        let joined = (feed.sender.subscribe(), feed.stands.clone());
        drop(feeds);
        if !live.reads.swap(true, Ordering::AcqRel) {
            tokio::spawn(reader::run(app.clone()));
        }
        live.count(org);
        Ok(joined)
    }

    fn count(&self, org: &str) {
        let feeds = self.feeds();
        let now = feeds.get(org).map_or(0, |f| f.sender.receiver_count());
        drop(feeds);
        if let Ok(now) = u32::try_from(now) {
            self.clients.with_label_values(&[org]).set(now.into());
        }
    }

    /// Where the feed of an organisation stands.
    fn stands(&self, org: &str) -> Option<Arc<str>> {
        let feeds = self.feeds();
        let stands = feeds.get(org)?.stands.as_ref()?;
        Some(Arc::clone(&stands.id))
    }

    fn present(&self, org: &str) -> Arc<Present> {
        let feeds = self.feeds();
        let present = feeds.get(org).map(|feed| Arc::clone(&feed.present));
        present.unwrap_or_default()
    }

    /// Organisations with clients, and which of them are not read yet.
    fn listened(&self) -> HashMap<String, bool> {
        let mut feeds = self.feeds();
        feeds.retain(|_, feed| feed.sender.receiver_count() > 0);
        let listened = feeds.iter();
        listened
            .map(|(org, feed)| (org.clone(), feed.stands.is_none()))
            .collect()
    }

    // Frames and where the feeds stand change together.
    fn send(&self, turns: Vec<reader::Turn>) {
        let mut feeds = self.feeds();
        for turn in turns {
            let Some(feed) = feeds.get_mut(&turn.org) else {
                continue;
            };
            feed.stands = Some(turn.stands);
            feed.present = turn.present;
            if let Some(frame) = turn.frame {
                // Nobody may be left to hear it.
                drop(feed.sender.send(Arc::new(frame)));
            }
        }
    }

    /// Ends every stream.
    fn close(&self) {
        self.feeds().clear();
    }
}
