//! The scheduler: each account's feeds at their interval, as its budget allows.

pub mod feeds;
pub mod plan;
pub mod walk;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::intake::TakeError;
use crate::pg::gaps::NewGap;
use crate::pg::{cursors, gaps, work};
use crate::publish::Publish;
use feeds::{Feed, Progress, Walked};

/// Name of the way.
pub const WAY: &str = "poll";
/// Conversations that are searched in one turn.
const CONVERSATIONS_MAX: i64 = 50;
/// Turns between two searches of conversations: a search is dearer than mentions.
const SEARCH_EVERY: u32 = 5;

/// What of an account is under way.
#[derive(Debug, Default)]
pub struct State {
    mentions: Progress,
    messages: Progress,
    turns: u32,
}

/// Polls an account until it is told to stop.
pub async fn run<P: Publish>(
    context: Context<P>,
    (org, x_id): (String, String),
    stop: CancellationToken,
) {
    work(&context, (&org, &x_id), &stop).await;
    context.metrics.polled((&org, &x_id), None);
}

async fn work<P: Publish>(
    context: &Context<P>,
    (org, x_id): (&str, &str),
    stop: &CancellationToken,
) {
    let mut state = State::default();
    loop {
        let Some(account) = context.accounts.get(org, x_id) else {
            return;
        };
        let (outcome, spent) = tokio::select! {
            () = stop.cancelled() => return,
            done = timed(context, &account, &mut state) => done,
        };
        report(context, &account, outcome).await;
        let settings = &account.org.settings;
        let seconds = plan::interval(settings.modes.poll_s, spent, settings.budget_usd_day.slow);
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.pause(seconds) => {}
        }
    }
}

async fn timed<P: Publish>(
    context: &Context<P>,
    account: &Account,
    state: &mut State,
) -> (Result<Walked, SourceError>, i64) {
    let today = context.now().date_naive();
    // While the costs are not known nothing is slowed down.
    let spent = x_account::spent(&context.pg, account.org_id(), today).await;
    let outcome = turn(context, account, state).await;
    (outcome, spent.unwrap_or_default())
}

async fn report<P: Publish>(
    context: &Context<P>,
    account: &Account,
    outcome: Result<Walked, SourceError>,
) {
    let (org, x_id) = (account.org_id(), account.x_id.as_str());
    let told = match outcome {
        Ok(walked) => {
            tracing::debug!(org, staged = walked.staged, "polled");
            context.metrics.polled((org, x_id), Some(context.now()));
            ("running", String::new())
        }
        Err(error) => {
            tracing::warn!(org, %error, "a poll did not succeed; the cursor stays");
            (error.state(), error.to_string())
        }
    };
    context.tell((org, x_id, WAY), told).await;
    for view in account.client.budgets() {
        let labels = [org, x_id, view.endpoint.name()];
        context
            .metrics
            .budget_left
            .with_label_values(&labels)
            .set(f64::from(view.remaining));
    }
}

/// One turn: mentions, private events, and now and then the conversations in which somebody waits.
pub async fn turn<P: Publish>(
    context: &Context<P>,
    account: &Account,
    state: &mut State,
) -> Result<Walked, SourceError> {
    // What cannot be taken is not fetched: it costs.
    if let Some(reason) = context.intake.paused() {
        return Err(TakeError::Paused(reason).into());
    }
    let mut sum = Walked::default();
    let mentions = feeds::poll(
        context,
        account,
        &Feed::Mentions,
        "mentions",
        &mut state.mentions,
    );
    // One feed that is refused does not hold up the other.
    let mentions = mentions.await;
    let messages = feeds::poll(
        context,
        account,
        &Feed::Messages,
        "messages",
        &mut state.messages,
    );
    let messages = messages.await;
    state.turns = state.turns.wrapping_add(1);
    let conversations = if state.turns % SEARCH_EVERY == 1 {
        conversations(context, account).await
    } else {
        Ok(0)
    };
    for walked in [mentions?, messages?] {
        sum.staged += walked.staged;
        if let Some((from_at, to_at)) = walked.missed {
            let gap = NewGap {
                org: account.org_id(),
                account: &account.x_id,
                way: WAY,
                cause: "X gives no more of this feed",
                from_at,
                to_at: Some(to_at),
            };
            gaps::note(&context.pg, &gap).await?;
        }
    }
    sum.staged += conversations?;
    Ok(sum)
}

/// Replies of others in a thread, which mention nobody, are found by their conversation only.
async fn conversations<P: Publish>(
    context: &Context<P>,
    account: &Account,
) -> Result<usize, SourceError> {
    let now = context.now();
    let since = now - TimeDelta::days(7);
    let key = (account.org_id(), account.x_id.as_str());
    let ids = work::conversations(&context.pg, key, since, CONVERSATIONS_MAX).await?;
    let mut found = Vec::new();
    for id in ids {
        let feed = format!("conversation:{id}");
        let first = feeds::first(snow(&id), 0);
        let cursor = cursors::read(&context.pg, (key.0, key.1, &feed), first, now).await?;
        found.push((id, cursor.since_id));
    }
    let mut staged = 0;
    for query in plan::queries(found, account.enterprise()) {
        let cursor = cursors::Cursor {
            since_id: query.since,
            backfill_before: chrono::DateTime::UNIX_EPOCH,
        };
        let feed = Feed::Search(query.text);
        let walked = feeds::walk(context, account, &feed, cursor, &mut Progress::default()).await?;
        staged += walked.staged;
        for id in query.conversations {
            let feed = format!("conversation:{id}");
            let place = (key.0, key.1, feed.as_str());
            cursors::advance(&context.pg, place, walked.newest, context.now()).await?;
        }
    }
    cursors::forget_conversations(&context.pg, key.0, now - TimeDelta::days(8)).await?;
    Ok(staged)
}

// The id of a conversation is that of its first post.
fn snow(id: &str) -> chrono::DateTime<chrono::Utc> {
    crate::snowflake::time_of(crate::snowflake::number(id).unwrap_or_default())
}
