//! Reading an open stream: every line that has come is staged together, and nothing is read on before
//! the broker has it. A slow broker holds the stream up; X then cuts it, and the gap is noted.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use x_client::problem::Problem;
use x_client::stream::{Line, LineStream, StreamEnd};

use super::{Kind, WAY};
use crate::accounts::Account;
use crate::context::Context;
use crate::intake::TakeError;
use crate::publish::Publish;
use crate::split::{Split, split};

/// Lines that are staged together at most.
const LINES_MAX: usize = 200;
/// Seconds between two notes that the stream lives.
const NOTE_EVERY_S: u32 = 5;

/// Why reading ended.
#[derive(Debug)]
pub enum End {
    /// We were told to stop.
    Stopped,
    /// The stream ended.
    Stream(StreamEnd),
    /// X says that it ends it.
    Told(Vec<Problem>),
    /// What it brought could not be staged.
    Take(TakeError),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Stream(end) => end.fmt(f),
            Self::Told(problems) => match problems.first() {
                Some(problem) => problem.fmt(f),
                None => f.write_str("X ended the stream"),
            },
            Self::Take(error) => error.fmt(f),
        }
    }
}

/// How reading ended.
#[derive(Debug)]
pub struct Ended {
    /// Why.
    pub end: End,
    /// Lines that were staged.
    pub lines: usize,
    /// Up to when everything that came is with the broker.
    pub alive_at: Option<DateTime<Utc>>,
}

/// Reads until the stream ends.
pub async fn read<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    kind: Kind,
    mut stream: LineStream,
    stop: &CancellationToken,
) -> Ended {
    let mut ended = Ended {
        end: End::Stopped,
        lines: 0,
        alive_at: None,
    };
    let mut noted = Instant::now();
    let mut accounts = accounts.to_vec();
    loop {
        let first = tokio::select! {
            () = stop.cancelled() => return ended,
            line = stream.next() => line,
        };
        let mut batch = Vec::new();
        let mut last = take(first, &mut batch);
        while last.is_none() && batch.len() < LINES_MAX {
            match stream.next().now_or_never() {
                Some(line) => last = take(line, &mut batch),
                None => break,
            }
        }
        let at = context.now();
        let lines = batch.len();
        if let Err(error) = stage(context, &accounts, batch, at).await {
            ended.end = End::Take(error);
            return ended;
        }
        ended.lines += lines;
        if let Some(end) = last {
            ended.end = end;
            return ended;
        }
        ended.alive_at = Some(at);
        if noted.elapsed() >= context.second.saturating_mul(NOTE_EVERY_S) {
            noted = Instant::now();
            follow(context, kind, &mut accounts).await;
            super::tell(context, &accounts, kind, ("running", String::new())).await;
        }
    }
}

// Accounts that came or went, and handles that changed: their rules change while the stream is open.
async fn follow<P: Publish>(context: &Context<P>, kind: Kind, accounts: &mut Vec<Account>) {
    let Some((org, app)) = accounts
        .first()
        .map(|one| (one.org_id().to_owned(), one.app.clone()))
    else {
        return;
    };
    let now = context.accounts.of_app(&org, &app);
    let named = |all: &[Account]| -> Vec<(String, String)> {
        let name = |one: &Account| (one.x_id.clone(), one.handle.clone());
        all.iter().map(name).collect()
    };
    let differs = named(&now) != named(accounts);
    if let Some(first) = now.first().filter(|_| differs && kind == Kind::Filtered)
        && let Err(error) = super::rules::keep_in_step(first, &now).await
    {
        // The old ones stay in force; the next look tries again.
        tracing::warn!(org, %error, "the rules of a stream were not changed");
        return;
    }
    if !now.is_empty() {
        *accounts = now;
    }
}

// A line is kept, or says that this is the end.
fn take(line: Result<Line, StreamEnd>, batch: &mut Vec<Bytes>) -> Option<End> {
    match line {
        Ok(Line::KeepAlive) => {}
        // What is not known is kept whole, by way of quarantine.
        Ok(Line::Data(bytes) | Line::Unknown(bytes)) => batch.push(bytes),
        Ok(Line::Errors(problems)) => return Some(End::Told(problems)),
        Err(end) => return Some(End::Stream(end)),
    }
    None
}

async fn stage<P: Publish>(
    context: &Context<P>,
    accounts: &[Account],
    batch: Vec<Bytes>,
    at: DateTime<Utc>,
) -> Result<(), TakeError> {
    let Some(account) = accounts.first().filter(|_| !batch.is_empty()) else {
        return Ok(());
    };
    let splits: Vec<Split> = batch
        .iter()
        .filter_map(|line| split(line, &account.view, "stream", at).ok())
        .collect();
    context.intake.take(&account.view, WAY, splits).await?;
    runtime::chaos::point("ingest.stream.staged");
    Ok(())
}
