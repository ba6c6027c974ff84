//! Pictures of people: fetched once from each address that X gives, kept as long as that one stands.

use super::fetch::{self, Refused};
use super::store::{Kept, Store};
use super::{AGAIN, TRIES_MAX, drop_unused};
use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::avatars::{self as rows, Avatar, Outcome};
use crate::publish::Publish;

/// People whose pictures are fetched in one turn.
const PEOPLE_MAX: i64 = 20;

/// One turn for an organisation.
pub async fn turn<P: Publish>(
    context: &Context<P>,
    store: &Store,
    (org, accounts): (&str, &[Account]),
) -> Result<(), SourceError> {
    let mut gone = rows::forget_gone(&context.pg, org).await?;
    let own: Vec<String> = accounts.iter().map(|one| one.x_id.clone()).collect();
    let before = context.now() - AGAIN;
    let wanted = rows::wanted(&context.pg, (org, &own), TRIES_MAX, before, PEOPLE_MAX).await?;
    for avatar in wanted {
        let kept = one(store, &avatar).await;
        let problem = kept.as_ref().err().map(ToString::to_string);
        let outcome = outcome(&kept, problem.as_deref());
        gone.extend(rows::record(&context.pg, org, &avatar, outcome, context.now()).await?);
    }
    drop_unused(context, store, &gone).await
}

async fn one(store: &Store, avatar: &Avatar) -> Result<Kept, Refused> {
    let bytes = fetch::get(store.rules(), &avatar.url, store.bytes_max()).await?;
    store.keep(&bytes).await
}

fn outcome<'a>(kept: &'a Result<Kept, Refused>, problem: Option<&'a str>) -> Outcome<'a> {
    let stored = kept.as_ref().ok();
    let final_ = kept.as_ref().is_err_and(Refused::is_final);
    Outcome {
        stored: stored.map(|kept| (kept.sha256.as_str(), kept.content_type)),
        problem,
        tries: if final_ { TRIES_MAX } else { 1 },
    }
}
