//! The refresher: what is to be asked of X by id is a query over the items, so nothing is queued.
//! Parents that are missing, counts and deletions of what waits, profiles of who writes.

pub mod asked;
mod lookup;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use x_client::ids::UserId;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::work;
use crate::publish::Publish;
use crate::split::split_user;

/// Name of the job.
pub const WAY: &str = "refresh";
/// Seconds between two turns.
const EVERY_S: u32 = 60;
/// Ids of one look-up; one of each kind in a turn.
const BATCH: i64 = 100;
/// A post that waits is looked up again after this.
const AGAIN: TimeDelta = TimeDelta::minutes(30);
/// A parent that X did not give is asked for again after this.
const PARENT_AGAIN: TimeDelta = TimeDelta::hours(6);
/// A profile is looked up again after this.
const PROFILE_AGAIN: TimeDelta = TimeDelta::hours(12);
/// Look-ups are forgotten after this.
const KEEP: TimeDelta = TimeDelta::days(30);

/// Refreshes an organisation until it is told to stop.
pub async fn run<P: Publish>(context: Context<P>, org: String, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.pause(EVERY_S) => {}
        }
        let turned = tokio::select! {
            () = stop.cancelled() => return,
            turned = turn(&context, &org) => turned,
        };
        if let Err(error) = turned {
            tracing::warn!(org, %error, "look-ups did not succeed; tried again");
        }
    }
}

/// One turn.
pub async fn turn<P: Publish>(context: &Context<P>, org: &str) -> Result<(), SourceError> {
    let accounts = context.accounts.of_org(org);
    let Some(first) = accounts.first() else {
        return Ok(());
    };
    let now = context.now();
    let settings = &first.org.settings;
    let spent = x_account::spent(&context.pg, org, now.date_naive()).await?;
    #[expect(clippy::cast_precision_loss, reason = "a day's dollars")]
    let dear = settings
        .budget_usd_day
        .slow
        .is_some_and(|slow| spent as f64 / 1e6 >= slow);
    if dear {
        tracing::debug!(org, "the day's budget is reached: nothing is looked up");
        return Ok(());
    }
    let parents = work::parents(&context.pg, org, now - PARENT_AGAIN, BATCH).await?;
    lookup::posts(context, first, &parents).await?;
    let active = work::active(&context.pg, org, now - AGAIN, BATCH).await?;
    lookup::posts(context, first, &active).await?;
    let people = work::people(&context.pg, org, now - PROFILE_AGAIN, BATCH).await?;
    users(context, first, &people).await?;
    work::forget(&context.pg, org, now - KEEP).await?;
    Ok(())
}

async fn users<P: Publish>(
    context: &Context<P>,
    account: &Account,
    wanted: &[String],
) -> Result<(), SourceError> {
    let ids: Vec<UserId> = wanted
        .iter()
        .filter_map(|id| UserId::new(id.clone()).ok())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = account.client.users(&ids).await?;
    let now = context.now();
    let splits = found
        .items
        .iter()
        .map(|user| split_user(user.id.as_str(), user.json.get(), &account.view, now))
        .collect();
    context.intake.take(&account.view, "lookup", splits).await?;
    let key = (account.org_id(), "user");
    work::asked(&context.pg, key, wanted, &[], now).await?;
    Ok(())
}
