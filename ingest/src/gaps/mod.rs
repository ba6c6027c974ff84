//! Closing gaps: at once by polling, and once its rules allow it by X's own replay.

pub mod plan;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::cursors::Cursor;
use crate::pg::gaps::{self, Gap, Mark};
use crate::poll::feeds::{self, Feed, Progress};
use crate::publish::Publish;
use crate::split::Notice;
use crate::{snowflake, webhook};
use plan::{Step, next};

/// Name of the job.
pub const WAY: &str = "gaps";
/// Seconds between two looks.
const EVERY_S: u32 = 15;

/// Closes the gaps of an organisation until it is told to stop.
pub async fn run<P: Publish>(context: Context<P>, org: String, stop: CancellationToken) {
    close(&context, &org, &stop).await;
    context.metrics.gaps(&org, None);
}

async fn close<P: Publish>(context: &Context<P>, org: &str, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            looked = look(context, org) => looked,
        };
        if let Err(error) = looked {
            tracing::warn!(org, %error, "gaps were not closed; tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.pause(EVERY_S) => {}
        }
    }
}

/// One look at every gap.
pub async fn look<P: Publish>(context: &Context<P>, org: &str) -> Result<(), SourceError> {
    let open = gaps::open(&context.pg, org).await?;
    let now = context.now();
    let seconds: i64 = open
        .iter()
        .map(|gap| {
            (gap.to_at.unwrap_or(now) - gap.from_at)
                .num_seconds()
                .max(0)
        })
        .sum();
    context.metrics.gaps(org, Some(seconds));
    let mut replaying = open
        .iter()
        .any(|gap| gap.replay_at.is_some() && gap.replayed_at.is_none());
    for gap in open {
        let key = (org, gap.gap_id);
        let Some(account) = context.accounts.get(org, &gap.account) else {
            let gone = Mark::Recovered("nobody: the account is gone");
            gaps::mark(&context.pg, key, gone, now).await?;
            continue;
        };
        match next(&gap, now, context.base_url.is_some()) {
            Step::Poll => {
                fill(context, &account, gap.from_at).await?;
                gaps::mark(&context.pg, key, Mark::Polled, now).await?;
            }
            // X takes one job at a time for a webhook.
            Step::Replay { from, to } if !replaying => {
                replaying = replay(context, &account, &gap, (from, to)).await?;
            }
            Step::Wait | Step::Replay { .. } => {}
            Step::Recovered(by) => {
                gaps::mark(&context.pg, key, Mark::Recovered(by), now).await?;
                tracing::info!(org, by, "a gap is closed");
            }
        }
    }
    Ok(())
}

/// Fetches everything since a moment; moves no cursor.
pub async fn fill<P: Publish>(
    context: &Context<P>,
    account: &Account,
    from: DateTime<Utc>,
) -> Result<usize, SourceError> {
    let cursor = Cursor {
        since_id: snowflake::id_at(from),
        backfill_before: DateTime::UNIX_EPOCH,
    };
    let to_us = Feed::Search(format!("to:{} -is:retweet", account.handle));
    let mut staged = 0;
    for feed in [Feed::Mentions, Feed::Messages, to_us] {
        let mut progress = Progress::default();
        let walked = feeds::walk(context, account, &feed, cursor, &mut progress).await?;
        staged += walked.staged;
    }
    Ok(staged)
}

async fn replay<P: Publish>(
    context: &Context<P>,
    account: &Account,
    gap: &Gap,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, SourceError> {
    let Some(base) = &context.base_url else {
        return Ok(false);
    };
    let url = format!("{base}/hooks/x/{}", account.org_id());
    let there = account.client.webhooks().await?;
    let key = (account.org_id(), gap.gap_id);
    let Some(ours) = there.into_iter().find(|webhook| webhook.url == url) else {
        let why = Mark::NoReplay("no webhook is registered");
        gaps::mark(&context.pg, key, why, context.now()).await?;
        return Ok(false);
    };
    gaps::mark(&context.pg, key, Mark::Asking, context.now()).await?;
    match account.client.replay(&ours.id, from, to).await {
        Ok(job) => {
            let asked = Mark::Asked(&job.job_id);
            gaps::mark(&context.pg, key, asked, context.now()).await?;
            Ok(true)
        }
        Err(error @ x_client::Error::Refused { .. }) => {
            let words = error.to_string();
            gaps::mark(&context.pg, key, Mark::NoReplay(&words), context.now()).await?;
            Ok(false)
        }
        Err(error) => {
            gaps::mark(&context.pg, key, Mark::NotAsked, context.now()).await?;
            Err(error.into())
        }
    }
}

/// Writes down what X says about replays, beside the items that it delivers.
pub async fn listen<P: Publish>(
    context: Context<P>,
    mut notices: mpsc::Receiver<(String, Notice)>,
) {
    while let Some((org, notice)) = notices.recv().await {
        match notice {
            Notice::ReplayEnded { complete } => {
                let ended = gaps::replay_ended(&context.pg, &org, complete, context.now()).await;
                if let Err(error) = ended {
                    tracing::warn!(org, %error, "the end of a replay was not noted");
                }
            }
            Notice::Revoked => {
                let why = "X access was withdrawn: authorise the account again";
                for account in context.accounts.of_org(&org) {
                    let key = (org.as_str(), account.x_id.as_str(), webhook::WAY);
                    context.tell(key, ("revoked", why.to_owned())).await;
                }
            }
        }
    }
}
