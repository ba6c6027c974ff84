//! Pictures of posts and messages: fetched within bounds, kept under the hash of their bytes.

pub mod address;
pub mod fetch;
pub mod store;

use chrono::TimeDelta;
use schemas::ids;
use schemas::records::Media;
use x_client::calls::dm_media_of_url;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::media::{self as rows, Item, Outcome};
use crate::publish::Publish;
use fetch::Refused;
use store::Store;

/// Items whose pictures are fetched in one turn.
const ITEMS_MAX: i64 = 20;
/// A picture is asked for so often.
const TRIES_MAX: i32 = 5;
/// Between two tries.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// One turn for an organisation.
pub async fn turn<P: Publish>(
    context: &Context<P>,
    org: &str,
    accounts: &[Account],
) -> Result<(), SourceError> {
    let Some(store) = &context.media else {
        return Ok(());
    };
    let now = context.now();
    let gone = rows::forget_deleted(&context.pg, org).await?;
    if !gone.is_empty() {
        let orgs = context.accounts.org_ids();
        let orgs: Vec<&str> = orgs.iter().map(String::as_str).collect();
        let used = rows::used(&context.pg, &orgs, &gone).await?;
        for hash in gone.iter().filter(|hash| !used.contains(hash)) {
            store.remove(hash).await;
        }
    }
    let items = rows::wanted(&context.pg, org, TRIES_MAX, now - AGAIN, ITEMS_MAX).await?;
    for item in items {
        let all: Vec<Media> = serde_json::from_value(item.media.clone()).unwrap_or_default();
        for media in all {
            one(context, store, (org, accounts), &item, &media).await?;
        }
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
