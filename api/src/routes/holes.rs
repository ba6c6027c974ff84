//! Posts of a conversation that are not there: which, why, and having them fetched.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::changes::THREAD;
use schemas::{Kind, ids};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::thread::{is_x_id, row};
use crate::App;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::holes::{self, Known};
use crate::pg::items::Item;
use crate::pg::threads;
use crate::row_id::RowId;
use crate::view::item::Hole;

/// Posts of one command: X looks up so many at once.
const POSTS_MAX: usize = 100;
/// After this a post that is asked for may be asked for again.
const ANSWERED_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// From X's answer to the row.
const FOLDED_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// Parents, quoted and reposted posts of a window that are not stored.
pub async fn of_window(
    connection: &mut sqlx::PgConnection,
    org: &str,
    kind: &str,
    items: &[Item],
    now: DateTime<Utc>,
) -> Result<Vec<Hole>, Problem> {
    let mut wanted: Vec<String> = items
        .iter()
        .flat_map(|item| [&item.parent_x_id, &item.quoted_x_id, &item.repost_of_x_id])
        .flatten()
        .filter(|x_id| !items.iter().any(|item| item.x_id == **x_id))
        .cloned()
        .collect();
    wanted.sort();
    wanted.dedup();
    not_stored(connection, org, kind, &mut wanted).await?;
    let known = holes::known(connection, org, &wanted).await?;
    Ok(known.into_iter().map(|one| hole(one, now)).collect())
}

/// Keeps those that are not stored.
async fn not_stored(
    connection: &mut sqlx::PgConnection,
    org: &str,
    kind: &str,
    wanted: &mut Vec<String>,
) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Ok(());
    }
    let of = if kind == "message" {
        Kind::Message
    } else {
        Kind::Post
    };
    let ids: Vec<_> = wanted.iter().map(|x_id| ids::item(org, of, x_id)).collect();
    let stored = threads::stored(connection, org, kind, (&ids, wanted)).await?;
    wanted.retain(|x_id| !stored.contains(x_id));
    Ok(())
}

/// What a hole says of itself. Pure.
fn hole(known: Known, now: DateTime<Utc>) -> Hole {
    let waits = |since: DateTime<Utc>, within| now - since < within;
    let fetching = match (known.asked_at, known.done_at) {
        (Some(asked), None) => waits(asked, ANSWERED_WITHIN),
        // X gave it: it is on its way through the pipeline.
        (Some(_), Some(done)) => {
            known.problem.is_none() && known.reason.is_none() && waits(done, FOLDED_WITHIN)
        }
        (None, _) => false,
    };
    let unanswered = known.asked_at.is_some() && known.done_at.is_none() && !fetching;
    let late = "nobody has looked it up yet".to_owned();
    Hole {
        x_id: known.x_id,
        reason: known.reason.unwrap_or_else(|| "not-fetched".to_owned()),
        fetching,
        problem: known.problem.or(unanswered.then_some(late)),
    }
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FetchBody {
    /// X ids of holes of the conversation.
    #[schema(min_items = 1, max_items = 100)]
    pub x_ids: Vec<String>,
}

/// What is looked up at X now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fetching {
    /// X ids; those that came meanwhile are left out.
    pub x_ids: Vec<String>,
}

/// Has posts of the conversation that are not there looked up at X now
#[utoipa::path(post, path = "/api/v1/threads/{id}/fetch", tag = "desk", request_body = FetchBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 202, body = Fetching)))]
pub async fn fetch(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<FetchBody>,
) -> Result<Response, Problem> {
    let row = row(&id)?;
    let mut x_ids = sent.body.x_ids.clone();
    if x_ids.is_empty() || x_ids.len() > POSTS_MAX {
        return Err(Problem::value("/x_ids", "expected 1 to 100 X ids"));
    }
    if !x_ids.iter().all(|x_id| is_x_id(x_id)) {
        return Err(Problem::value("/x_ids", "expected X ids: digits"));
    }
    x_ids.sort();
    x_ids.dedup();
    execute(&app, &caller, &sent, &Fetch { row, x_ids }).await
}

struct Fetch {
    row: RowId,
    x_ids: Vec<String>,
}

impl Command for Fetch {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let org = scope.org().to_owned();
        let head = threads::head(scope.connection, &org, &self.row, true).await?;
        if head.items == 0 {
            return Err(Problem::not_found("thread"));
        }
        // X takes money for each: none that is not a hole of this conversation.
        let hung = holes::hung_on(scope.connection, &org, &self.row, &self.x_ids).await?;
        if hung.len() < self.x_ids.len() {
            let detail = "expected posts that this conversation answers or quotes";
            return Err(Problem::value("/x_ids", detail));
        }
        let mut x_ids = self.x_ids.clone();
        not_stored(scope.connection, &org, self.row.kind(), &mut x_ids).await?;
        let key = self.row.key();
        let who = (org.as_str(), scope.caller.actor.as_str());
        holes::ask(scope.connection, who, &key, &x_ids, scope.now).await?;
        scope
            .audit("fetch", &key, json!({ "x_ids": x_ids }))
            .await?;
        scope.tell(THREAD, key, None);
        Answer::accepted(&Fetching { x_ids }, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(asked_s: Option<i64>, done_s: Option<i64>, reason: &str, problem: &str) -> String {
        let now = DateTime::UNIX_EPOCH;
        let ago = |seconds: Option<i64>| seconds.map(|s| now - TimeDelta::seconds(s));
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let known = Known {
            x_id: "7".to_owned(),
            reason: text(reason),
            asked_at: ago(asked_s),
            done_at: ago(done_s),
            problem: text(problem),
        };
        let hole = hole(known, now);
        let fetching = if hole.fetching { ", fetching" } else { "" };
        let problem = hole.problem.map(|p| format!(", {p}")).unwrap_or_default();
        format!("{}{fetching}{problem}", hole.reason)
    }

    #[test]
    fn a_hole_says_what_is_known_of_it() {
        assert_eq!(said(None, None, "", ""), "not-fetched");
        assert_eq!(said(None, None, "deleted", ""), "deleted");
        assert_eq!(said(Some(1), None, "protected", ""), "protected, fetching");
        assert_eq!(said(Some(2), Some(1), "protected", ""), "protected");
        assert_eq!(said(Some(2), Some(1), "", ""), "not-fetched, fetching");
        assert_eq!(said(Some(90), Some(60), "", ""), "not-fetched");
        assert_eq!(
            said(Some(2), Some(1), "", "used up"),
            "not-fetched, used up"
        );
        let late = "not-fetched, nobody has looked it up yet";
        assert_eq!(said(Some(300), None, "", ""), late);
    }
}
