//! Posts by id.

use chrono::TimeDelta;
use schemas::Kind;
use serde_json::json;
use x_client::calls::post_envelope;
use x_client::ids::PostId;
use x_client::problem::ProblemKind;

use crate::accounts::Account;
use crate::context::{Context, SourceError};
use crate::pg::work::{self, Post};
use crate::publish::Publish;
use crate::split::{Fetched, Split, split, split_fetched};

/// A post that X does not know is deleted when it is not known for so long: one wrong answer of X
/// must not erase anything.
const SURE_AFTER: TimeDelta = TimeDelta::minutes(10);
/// What X does not know: deleted, or never there.
const DELETED: &str = "deleted";

/// Looks posts up; what came and what is gone goes on as an event, and what X said is noted.
pub async fn posts<P: Publish>(
    context: &Context<P>,
    account: &Account,
    wanted: &[Post],
) -> Result<(), SourceError> {
    let ids: Vec<PostId> = wanted
        .iter()
        .filter_map(|post| PostId::new(post.x_id.clone()).ok())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = account.client.posts(&ids).await?;
    let now = context.now();
    let stage = |envelope: &str| {
        let fetched = Fetched {
            envelope,
            kind: Kind::Post,
            backfill: false,
        };
        split_fetched(&fetched, &account.view, "", "lookup", now)
    };
    let mut splits: Vec<Split> = found
        .items
        .iter()
        .map(|post| stage(&post_envelope(post, &found.includes)))
        .collect();
    let withheld: Vec<(String, &str)> = found
        .missing
        .iter()
        .filter_map(|problem| {
            let x_id = problem.resource_id.as_ref().or(problem.value.as_ref())?;
            Some((x_id.clone(), reason(&problem.kind)))
        })
        .collect();
    let gone_at_x = |x_id: &String| withheld.contains(&(x_id.clone(), DELETED));
    let gone = wanted.iter().filter(|post| {
        gone_at_x(&post.x_id)
            && post
                .missing_at
                .is_some_and(|since| now - since >= SURE_AFTER)
    });
    for post in gone {
        splits.extend(deletion(account, post, now));
    }
    context.intake.take(&account.view, "lookup", splits).await?;
    let asked: Vec<String> = wanted.iter().map(|post| post.x_id.clone()).collect();
    let key = (account.org_id(), "post");
    work::asked(&context.pg, key, &asked, &withheld, now).await?;
    Ok(())
}

/// A deletion that a look-up found, in the form in which X tells of one.
fn deletion(account: &Account, post: &Post, now: chrono::DateTime<chrono::Utc>) -> Option<Split> {
    let body = json!({
        "for_user_id": account.x_id,
        "tweet_delete_events": [{
            "status": { "id": post.x_id, "user_id": post.author_id.as_deref()? },
            "timestamp_ms": now.timestamp_millis().to_string(),
        }],
    });
    split(body.to_string().as_bytes(), &account.view, "lookup", now).ok()
}

/// Why X does not give a post. Protected or suspended is not deleted: it may come back, and deleted
/// is for ever.
fn reason(kind: &ProblemKind) -> &'static str {
    match kind {
        ProblemKind::ResourceNotFound => DELETED,
        ProblemKind::NotAuthorizedForResource => "protected",
        _ => "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_x_does_not_know_counts_as_deleted() {
        let of = |slug: &str| reason(&ProblemKind::of_type(slug));
        assert_eq!(
            of("https://api.x.com/2/problems/resource-not-found"),
            "deleted"
        );
        assert_eq!(of("not-authorized-for-resource"), "protected");
        assert_eq!(of("resource-unavailable"), "unavailable");
        assert_eq!(of("of-tomorrow"), "unavailable");
    }
}
