//! Open streams: who listens, what they are sent, and the lines kept for a backfill.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{call::Reply, filtered::Matched, projection::Projection, reader::Reader};
use crate::{
    id::XId,
    sim::{Sim, lock},
    world::World,
};

/// Lines kept for backfill and recovery, of all streams together.
const KEPT: usize = 20_000;
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
const ENDED: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Activity,
    Filtered,
}

impl Kind {
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::Activity => "activity_stream",
            Self::Filtered => "filtered_stream",
        }
    }
}

#[derive(Debug)]
struct Connection {
    shown: Shown,
    /// How a filtered stream wants its posts.
    projection: Option<Arc<Projection>>,
    lines: mpsc::Sender<Bytes>,
    stalled: Arc<AtomicBool>,
}

/// A connection as it is listed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    pub id: XId,
    pub app: XId,
    pub kind: Kind,
    pub connected_at: DateTime<Utc>,
    pub disconnected_at: Option<DateTime<Utc>>,
    pub disconnect_reason: Option<String>,
}

#[derive(Debug)]
struct Kept {
    app: XId,
    kind: Kind,
    at: DateTime<Utc>,
    line: Line,
}

#[derive(Debug, Clone)]
enum Line {
    Ready(Bytes),
    /// Written when it is known how its reader wants it.
    Post(Matched),
}

#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: Vec<Connection>,
    ended: VecDeque<Shown>,
    kept: VecDeque<Kept>,
}

impl Hub {
    pub(crate) fn open(&self, app: XId, kind: Kind) -> usize {
        let state = lock(&self.0);
        let same = |open: &&Connection| open.shown.app == app && open.shown.kind == kind;
        state.open.iter().filter(same).count()
    }

    pub(crate) fn connections(&self) -> Vec<Shown> {
        let state = lock(&self.0);
        let open = state.open.iter().map(|open| open.shown.clone());
        open.chain(state.ended.iter().rev().cloned()).collect()
    }

    /// A line for every stream of that kind of the app. A reader that is too slow is cut off.
    pub(crate) fn publish(&self, app: XId, kind: Kind, body: &[u8], now: DateTime<Utc>) {
        let line = ended(body);
        let mut state = lock(&self.0);
        state.keep(app, kind, Line::Ready(line.clone()), now);
        state.send(app, kind, |_| Some(line.clone()), now);
    }

    /// A post for the filtered streams of the app, each in its own projection.
    pub(crate) fn publish_post(
        &self,
        app: XId,
        matched: &Matched,
        world: &World,
        now: DateTime<Utc>,
    ) {
        let mut state = lock(&self.0);
        state.keep(app, Kind::Filtered, Line::Post(matched.clone()), now);
        let written = |open: &Connection| {
            let projection = open.projection.as_ref()?;
            Some(ended(
                matched.body(projection, world).to_string().as_bytes(),
            ))
        };
        state.send(app, Kind::Filtered, written, now);
    }

    /// Sends a line to the streams that are meant, then ends them. Gives how many.
    pub(crate) fn disconnect(
        &self,
        meant: impl Fn(&Shown) -> bool,
        farewell: Option<&Value>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> usize {
        let mut state = lock(&self.0);
        if let Some(farewell) = farewell {
            let line = Bytes::from(format!("{farewell}\r\n"));
            for open in state.open.iter().filter(|open| meant(&open.shown)) {
                // A full queue ends without the farewell, as a slow reader would.
                drop(open.lines.try_send(line.clone()));
            }
        }
        state.end(meant, reason, now)
    }

    /// Makes the streams that are meant silent, keep-alives included; they stay open.
    pub(crate) fn stall(&self, meant: impl Fn(&Shown) -> bool, stalled: bool) -> usize {
        let state = lock(&self.0);
        let meant = state.open.iter().filter(|open| meant(&open.shown));
        meant
            .map(|open| open.stalled.store(stalled, Ordering::Relaxed))
            .count()
    }

    /// Opens a stream that first gets the kept lines from `since` on, if any are asked for.
    pub(crate) fn connect(
        &self,
        sim: &Sim,
        app: XId,
        kind: Kind,
        span: Option<(DateTime<Utc>, DateTime<Utc>)>,
        projection: Option<Projection>,
    ) -> Reply {
        let projection = projection.map(Arc::new);
        let (now, knobs) = (sim.clock().now(), sim.platform().knobs());
        let id = sim.platform().mint(now);
        let mut state = lock(&self.0);
        let wanted = |kept: &&Kept| {
            kept.app == app
                && kept.kind == kind
                && span.is_some_and(|(from, to)| kept.at >= from && kept.at < to)
        };
        let old: Vec<Line> = state
            .kept
            .iter()
            .filter(wanted)
            .map(|kept| kept.line.clone())
            .collect();
        let (lines, waiting) = mpsc::channel(knobs.stream_queue);
        let stalled = Arc::new(AtomicBool::new(false));
        state.open.push(Connection {
            shown: Shown {
                id,
                app,
                kind,
                connected_at: now,
                disconnected_at: None,
                disconnect_reason: None,
            },
            projection: projection.clone(),
            lines,
            stalled: stalled.clone(),
        });
        drop(state);
        // The world is locked before the streams where both are, so it cannot be asked earlier.
        let written = |world: &World| {
            let lines = old
                .into_iter()
                .filter_map(|line| match (line, &projection) {
                    (Line::Ready(line), _) => Some(line),
                    (Line::Post(matched), Some(projection)) => Some(ended(
                        matched.body(projection, world).to_string().as_bytes(),
                    )),
                    (Line::Post(_), None) => None,
                });
            lines.collect()
        };
        let old: VecDeque<Bytes> = sim.read(written);
        let reader = Reader {
            sim: sim.clone(),
            id,
            old,
            waiting,
            stalled,
            keep_alive: Duration::from_millis(knobs.keep_alive_ms),
        };
        Reply {
            status: axum::http::StatusCode::OK,
            kind: "application/json; charset=utf-8",
            body: Body::from_stream(stream::unfold(reader, Reader::next)),
        }
    }
}

fn ended(body: &[u8]) -> Bytes {
    Bytes::from([body, b"\r\n"].concat())
}

impl State {
    fn keep(&mut self, app: XId, kind: Kind, line: Line, at: DateTime<Utc>) {
        self.kept.push_back(Kept {
            app,
            kind,
            at,
            line,
        });
        let old = |kept: &Kept| at - kept.at > KEPT_FOR;
        while self.kept.len() > KEPT || self.kept.front().is_some_and(old) {
            self.kept.pop_front();
        }
    }

    fn send(
        &mut self,
        app: XId,
        kind: Kind,
        line: impl Fn(&Connection) -> Option<Bytes>,
        now: DateTime<Utc>,
    ) {
        let meant = |open: &&Connection| open.shown.app == app && open.shown.kind == kind;
        let slow: Vec<XId> = self
            .open
            .iter()
            .filter(meant)
            .filter(|open| line(open).is_some_and(|line| open.lines.try_send(line).is_err()))
            .map(|open| open.shown.id)
            .collect();
        self.end(|open| slow.contains(&open.id), "SlowReader", now);
    }

    fn end(&mut self, meant: impl Fn(&Shown) -> bool, reason: &str, now: DateTime<Utc>) -> usize {
        let (gone, open): (Vec<_>, Vec<_>) =
            self.open.drain(..).partition(|open| meant(&open.shown));
        self.open = open;
        let count = gone.len();
        self.ended.extend(gone.into_iter().map(|gone| Shown {
            disconnected_at: Some(now),
            disconnect_reason: Some(reason.to_owned()),
            ..gone.shown
        }));
        while self.ended.len() > ENDED {
            self.ended.pop_front();
        }
        count
    }
}
