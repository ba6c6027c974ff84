//! How a client begins: from now, or after what it knows.

use chrono::{DateTime, Utc};
use runtime::pg::changes;

use super::cursor::{self, Snapshot};
use super::frame::Pending;
use crate::App;
use crate::pg::threads;
use crate::row_id::RowId;
use crate::view::event::{EmptyEvent, Event};

/// Rows of the feed that a client which comes back is told one by one.
const ROWS_MAX: i64 = 2_000;

/// Where a client left off.
#[derive(Debug)]
pub enum Resume {
    /// It begins.
    Now,
    After(Snapshot),
    /// It was away for too long, or names nothing of ours.
    Lost,
}

impl Resume {
    /// From the id that a client sent, if it did.
    pub fn from_id(id: Option<&str>, now: DateTime<Utc>) -> Self {
        match id {
            None => Self::Now,
            Some(id) => cursor::decode(id, now).map_or(Self::Lost, Self::After),
        }
    }
}

/// `reset`: look at everything again.
pub fn reset() -> (&'static str, Event) {
    ("reset", Event::Empty(EmptyEvent {}))
}

/// What a client does not have yet.
pub enum Missed {
    Events(Vec<(&'static str, Event)>),
    /// It knows more than the snapshot: another process has told it.
    Nothing {
        ahead: Box<Snapshot>,
    },
}

/// What became visible after a client left off, up to the snapshot.
pub async fn missed(
    app: &App,
    org: &str,
    resume: Resume,
    upto: &Snapshot,
) -> Result<Missed, sqlx::Error> {
    let since = match resume {
        Resume::Now => return Ok(Missed::Events(Vec::new())),
        Resume::Lost => return Ok(Missed::Events(vec![reset()])),
        Resume::After(since) => since,
    };
    let (mut scope, now) = changes::moment(app.pg(), &[org]).await?;
    if !Snapshot::parse(&now).is_some_and(|now| since.not_after(&now)) {
        // Of another database, or of one that has been set back.
        return Ok(Missed::Events(vec![reset()]));
    }
    if !since.not_after(upto) {
        let ahead = Box::new(since);
        return Ok(Missed::Nothing { ahead });
    }
    let (from, to) = (since.as_str(), Some(upto.as_str()));
    let seen = changes::between(&mut scope, from, to, ROWS_MAX + 1).await?;
    let mut pending = Pending::default();
    if i64::try_from(seen.len()).is_ok_and(|n| n > ROWS_MAX) {
        pending.overflow();
    }
    for row in seen {
        pending.add(row);
    }
    let named = pending.threads();
    let wanted: Vec<(&str, RowId)> = named
        .filter_map(|key| Some((org, RowId::from_key(key)?)))
        .collect();
    let versions = threads::versions(&mut scope, &wanted).await?.into_iter();
    let versions = versions.map(|(_, key, version)| (key, version)).collect();
    Ok(Missed::Events(pending.events(&versions)))
}
