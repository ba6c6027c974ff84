//! The streams of an app: read, stage, acknowledge; open again as X asks; note what was missed.

pub mod lines;
pub mod rules;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use x_client::Error;
use x_client::calls::{ActivityStreamQuery, FilteredStreamQuery};
use x_client::problem::Problem;
use x_client::stream::{Cause, Ladder, LineStream, StreamEnd};

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::channels;
use crate::pg::gaps::{self, NewGap};
use crate::publish::Publish;
use lines::{End, read};

/// Name of the way.
pub const WAY: &str = "stream";
/// X sends again so much at most.
const BACKFILL_MAX: TimeDelta = TimeDelta::minutes(5);
/// X's streams are this late: what was written so long before the stream was last alive may not have
/// come.
const LATE: TimeDelta = TimeDelta::seconds(10);

/// Which of X's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Events of the app's subscriptions, private ones too.
    Activity,
    /// Public posts that match rules.
    Filtered,
}

impl Kind {
    /// Name of its lease.
    pub const fn job(self) -> &'static str {
        match self {
            Self::Activity => "stream.activity",
            Self::Filtered => "stream.filtered",
        }
    }

    /// Name of its row of facts: beside the other's, under the same way for commands.
    pub const fn fact(self) -> &'static str {
        match self {
            Self::Activity => "stream",
            Self::Filtered => "stream.filtered",
        }
    }

    /// X's name of its connections.
    const fn endpoint_name(self) -> &'static str {
        match self {
            Self::Activity => "activity_stream",
            Self::Filtered => "filtered_stream",
        }
    }
}

/// Holds a stream of an app open until it is told to stop.
pub async fn run<P: Publish>(
    context: Context<P>,
    (org, app): (String, String),
    kind: Kind,
    stop: CancellationToken,
) {
    let mut ladder = Ladder::default();
    // What an earlier process left behind tells since when nobody listens.
    let mut alive = last_alive(&context, &org, &app, kind).await;
    while !stop.is_cancelled() {
        let accounts = context.accounts.of_app(&org, &app);
        let Some(first) = accounts.first() else {
            return;
        };
        if let Some(reason) = context.intake.paused() {
            tell(&context, &accounts, kind, ("paused", reason)).await;
            context.pause(5).await;
            continue;
        }
        let opened = tokio::select! {
            () = stop.cancelled() => return,
            opened = open(&context, &accounts, kind, alive) => opened,
        };
        let cause = match opened {
            Ok(stream) => {
                let began = context.now();
                missed(&context, &accounts, kind, alive, began).await;
                tell(&context, &accounts, kind, ("running", String::new())).await;
                let gauge = context.metrics.streams.with_label_values(&[&org]);
                gauge.inc();
                let ended = read(&context, &accounts, kind, stream, &stop).await;
                gauge.dec();
                if ended.lines > 0 {
                    ladder.delivered();
                }
                alive = Some(ended.alive_at.unwrap_or(began));
                if matches!(ended.end, End::Stopped) {
                    tell(&context, &accounts, kind, ("stopped", String::new())).await;
                    return;
                }
                after(&context, &accounts, kind, &ended.end).await
            }
            Err(error) => refused(&context, &accounts, first, kind, &error).await,
        };
        let wait = ladder.failed(cause);
        if ladder.is_at_the_top() {
            tracing::error!(org, stream = kind.job(), "a stream stays closed");
        }
        let seconds = context.second.as_secs_f64();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait.mul_f64(seconds)) => {}
        }
    }
}

async fn open<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    kind: Kind,
    alive: Option<DateTime<Utc>>,
) -> Result<LineStream, SourceError> {
    let Some(account) = accounts.first() else {
        return Err(SourceError::Id);
    };
    let backfill_minutes = account
        .enterprise()
        .then(|| backfill(alive, context.now()))
        .flatten();
    let client = &account.client;
    Ok(match kind {
        Kind::Activity => {
            client
                .activity_stream(&ActivityStreamQuery {
                    backfill_minutes,
                    ..ActivityStreamQuery::default()
                })
                .await?
        }
        Kind::Filtered => {
            rules::keep_in_step(account, accounts).await?;
            client
                .filtered_stream(&FilteredStreamQuery {
                    backfill_minutes,
                    ..FilteredStreamQuery::default()
                })
                .await?
        }
    })
}

/// Minutes that X is asked to send again: those since the stream was last alive, rounded up.
pub fn backfill(alive: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<u32> {
    let away = (now - alive? + LATE).max(TimeDelta::zero());
    let minutes = (away.num_seconds() + 59).div_euclid(60);
    u32::try_from(minutes.min(BACKFILL_MAX.num_minutes())).ok()
}

/// What is missing after a stream was away from `alive` to `now`, beside what X sends again.
pub fn hole(
    alive: DateTime<Utc>,
    now: DateTime<Utc>,
    enterprise: bool,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let from = alive - LATE;
    let to = if enterprise { now - BACKFILL_MAX } else { now };
    (to > from).then_some((from, to))
}

async fn missed<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    kind: Kind,
    alive: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) {
    for account in accounts {
        let Some((from_at, to_at)) = alive.and_then(|alive| hole(alive, now, account.enterprise()))
        else {
            continue;
        };
        let gap = NewGap {
            org: account.org_id(),
            account: &account.x_id,
            way: kind.fact(),
            cause: "the stream was away",
            from_at,
            to_at: Some(to_at),
        };
        if let Err(error) = gaps::note(&context.pg, &gap).await {
            tracing::warn!(%error, "a gap of a stream was not noted");
        }
    }
}

async fn last_alive<P: Publish>(
    context: &Context<P>,
    org: &str,
    app: &str,
    kind: Kind,
) -> Option<DateTime<Utc>> {
    let mut last = None;
    for account in context.accounts.of_app(org, app) {
        let key = (org, account.x_id.as_str(), kind.fact());
        if let Ok((alive, _)) = channels::alive(&context.pg, key).await {
            last = last.max(alive);
        }
    }
    last
}

/// Why the stream was not opened, as a rung of the ladder.
async fn refused<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    first: &Account,
    kind: Kind,
    error: &SourceError,
) -> Cause {
    tracing::warn!(org = first.org_id(), stream = kind.job(), %error, "a stream was not opened");
    tell(context, accounts, kind, (error.state(), error.to_string())).await;
    let SourceError::X(error) = error else {
        return Cause::Network;
    };
    if let Error::Refused { refusal, .. } = error {
        let stuck = refusal.problems.iter().any(is_too_many);
        if stuck || refusal.status == 429 {
            free(first, kind).await;
        }
    }
    Cause::of(error)
}

fn is_too_many(problem: &Problem) -> bool {
    problem
        .connection_issue
        .as_deref()
        .is_some_and(|issue| issue == "TooManyConnections")
}

/// Closes connections of this stream that X still holds for us: the lease says that none of them is
/// anybody's.
async fn free(account: &Account, kind: Kind) {
    let Ok(open) = account.client.connections().await else {
        return;
    };
    let ids: Vec<_> = open
        .into_iter()
        .filter(|connection| connection.endpoint_name.contains(kind.endpoint_name()))
        .filter_map(|connection| connection.id)
        .collect();
    if !ids.is_empty() {
        let closed = account.client.close_connections(&ids).await;
        tracing::warn!(org = account.org_id(), ?closed, "stuck streams were closed");
    }
}

async fn after<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    kind: Kind,
    end: &End,
) -> Cause {
    let (cause, state, detail) = match end {
        End::Stopped => (Cause::Silence, "stopped", String::new()),
        End::Stream(StreamEnd::Broken) => (Cause::Network, "cut", end.to_string()),
        End::Stream(_) => (Cause::Silence, "cut", end.to_string()),
        End::Told(_) => (Cause::Http, "disconnected", end.to_string()),
        End::Take(_) => (Cause::Network, "paused", end.to_string()),
    };
    tracing::warn!(stream = kind.job(), %end, "a stream ended");
    tell(context, accounts, kind, (state, detail)).await;
    cause
}

async fn tell<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    kind: Kind,
    (state, detail): (&'static str, String),
) {
    for account in accounts {
        let key = (account.org_id(), account.x_id.as_str(), kind.fact());
        context.tell(key, (state, detail.clone())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap_or_default()
    }

    #[test]
    fn x_is_asked_for_the_minutes_that_are_missing_and_no_more() {
        assert_eq!(backfill(None, at(0)), None);
        for (away, minutes) in [(0, 1), (50, 1), (51, 2), (230, 4), (231, 5), (9_999, 5)] {
            assert_eq!(backfill(Some(at(0)), at(away)), Some(minutes), "{away}");
        }
    }

    #[test]
    fn what_x_sends_again_is_no_gap() {
        assert_eq!(hole(at(100), at(100), false), Some((at(90), at(100))));
        assert_eq!(hole(at(100), at(130), false), Some((at(90), at(130))));
        assert_eq!(hole(at(100), at(390), true), None);
        assert_eq!(hole(at(100), at(500), true), Some((at(90), at(200))));
    }
}
