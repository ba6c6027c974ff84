//! Pictures of posts, messages and people: which are wanted is a query over the rows, they are
//! fetched within bounds and kept under the hash of their bytes.

pub mod address;
mod avatars;
pub mod fetch;
pub mod store;

use chrono::TimeDelta;
use schemas::ids;
use schemas::records::Media;
use tokio_util::sync::CancellationToken;
use x_client::calls::dm_media_of_url;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::media::{self as rows, Item, Outcome};
use crate::publish::Publish;
use fetch::Refused;
use store::Store;

/// Name of the job.
pub const WAY: &str = "media";
/// Seconds between two turns.
const EVERY_S: u32 = 10;
/// Items whose pictures are fetched in one turn.
const ITEMS_MAX: i64 = 20;
/// A picture is asked for so often.
const TRIES_MAX: i32 = 5;
/// Between two tries.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Fetches the pictures of an organisation until it is told to stop.
pub async fn run<P: Publish>(context: Context<P>, org: String, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let turned = tokio::select! {
            () = stop.cancelled() => return,
            turned = turn(&context, &org) => turned,
        };
        if let Err(error) = turned {
            tracing::warn!(org, %error, "pictures were not fetched; tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.pause(EVERY_S) => {}
        }
    }
}

/// One turn.
pub async fn turn<P: Publish>(context: &Context<P>, org: &str) -> Result<(), SourceError> {
    let Some(store) = &context.media else {
        return Ok(());
    };
    let accounts = context.accounts.of_org(org);
    let gone = rows::forget_deleted(&context.pg, org).await?;
    drop_unused(context, store, &gone).await?;
    avatars::turn(context, store, (org, &accounts)).await?;
    let before = context.now() - AGAIN;
    for item in rows::wanted(&context.pg, org, TRIES_MAX, before, ITEMS_MAX).await? {
        let all: Vec<Media> = serde_json::from_value(item.media.clone()).unwrap_or_default();
        for media in all {
            one(context, store, (org, &accounts), &item, &media).await?;
        }
    }
    Ok(())
}

/// Removes the bytes of hashes that no organisation uses any more.
async fn drop_unused<P: Publish>(
    context: &Context<P>,
    store: &Store,
    hashes: &[String],
) -> Result<(), SourceError> {
    if hashes.is_empty() {
        return Ok(());
    }
    let orgs = context.accounts.org_ids();
    let orgs: Vec<&str> = orgs.iter().map(String::as_str).collect();
    let used = rows::used(&context.pg, &orgs, hashes).await?;
    for hash in hashes.iter().filter(|hash| !used.contains(hash)) {
        store.remove(hash).await;
    }
    Ok(())
}

async fn one<P: Publish>(
    context: &Context<P>,
    store: &Store,
    (org, accounts): (&str, &[Account]),
    item: &Item,
    media: &Media,
) -> Result<(), SourceError> {
    let got = bytes(store, accounts, item, media).await;
    let stored = match got {
        Ok(bytes) => store.keep(&bytes).await,
        Err(refused) => Err(refused),
    };
    let mut outcome = Outcome {
        media_id: ids::media(item.item_id, &media.media_key),
        item_id: item.item_id,
        kind: &item.kind,
        stored: None,
        problem: None,
        final_: false,
    };
    let problem;
    match &stored {
        Ok(kept) => outcome.stored = Some((&kept.sha256, kept.content_type, kept.bytes)),
        Err(refused) => {
            problem = refused.to_string();
            outcome.problem = Some(&problem);
            outcome.final_ = refused.is_final();
        }
    }
    rows::record(&context.pg, org, &outcome, TRIES_MAX, context.now()).await?;
    Ok(())
}

async fn bytes(
    store: &Store,
    accounts: &[Account],
    item: &Item,
    media: &Media,
) -> Result<Vec<u8>, Refused> {
    // A film is shown by its still; its bytes stay at X.
    let film = media.media_type != "photo";
    let url = if film { &media.preview_url } else { &media.url };
    let url = url.as_deref().ok_or(Refused::NoAddress)?;
    if let Some(private) = dm_media_of_url(url) {
        let own = accounts
            .iter()
            .find(|one| item.accounts.contains(&one.x_id));
        let account = own.or(accounts.first()).ok_or(Refused::NoAddress)?;
        let got = account.client.dm_media(&private, store.bytes_max()).await;
        return got
            .map(|media| media.bytes.to_vec())
            .map_err(|error| Refused::X(error.to_string()));
    }
    fetch::get(store.rules(), url, store.bytes_max()).await
}
