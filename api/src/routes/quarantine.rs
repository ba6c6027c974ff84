//! What could not be handled: listed, and sent again.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use runtime::quarantine::again::{self, NotAgain};
use runtime::{Outgoing, Position};
use schemas::changes::CHANNEL;
use schemas::records::Quarantined;
use schemas::topics::QUARANTINE_POSTS;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::App;
use crate::http::auth::Ops;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::{Path, Query};
use crate::http::kinds;
use crate::http::page::{self, Page, PageQuery};
use crate::http::problem::Problem;
use crate::quarantined::{one, waiting};
use crate::view::quarantine::{QuarantinedRecord, Replayed};

/// Newest first: microseconds since 1970, then the id.
type Place = (Reverse<i64>, String);

/// What waits in quarantine, newest first
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<QuarantinedRecord>)))]
pub async fn list(
    State(app): State<App>,
    Ops(caller): Ops,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<QuarantinedRecord>>, Problem> {
    let limit = page::limit(query.limit)?;
    let after: Option<Place> = page::decode::<(i64, String)>(query.cursor.as_deref())?
        .map(|(micros, id)| (Reverse(micros), id));
    let most = usize::try_from(limit).unwrap_or(0) + 1;
    let (org, sees_messages) = (caller.org.clone(), caller.messages);
    let found = waiting(&app, move |found: &mut BTreeMap<Place, _>, at, kept| {
        let place = (
            Reverse(kept.quarantined_at.timestamp_micros()),
            again::id(&at),
        );
        if kept.org == org && after.as_ref().is_none_or(|after| place > *after) {
            let sees = sees_messages || at.topic == &QUARANTINE_POSTS;
            found.insert(place, shown(&at, kept, sees));
            if found.len() > most {
                found.pop_last();
            }
        }
    });
    let found = found.await.ok_or_else(away)?;
    let cursor = |last: &QuarantinedRecord| {
        page::encode(&(last.quarantined_at.timestamp_micros(), &last.id))
    };
    Ok(Json(Page::cut(
        found.into_values().collect(),
        limit,
        cursor,
    )))
}

fn shown(at: &Position, kept: Quarantined, sees: bool) -> QuarantinedRecord {
    QuarantinedRecord {
        id: again::id(at),
        quarantined_at: kept.quarantined_at,
        stage: kept.stage.clone(),
        reason: kept.reason.clone(),
        detail: sees.then(|| kept.detail.clone()),
        topic: kept.topic.clone(),
        partition: kept.partition,
        offset: kept.offset,
        bytes: kept.value.len(),
        replayable: again::again(kept).is_ok(),
    }
}

/// Sends a record again to the topic it came from
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/replay", tag = "administration",
    params(("id" = String, Path, description = "As in GET /quarantine")),
    responses((status = 200, body = Replayed)))]
pub async fn replay(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(id): Path<String>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("record in quarantine");
    let at = again::position(&id).ok_or_else(unknown)?;
    let kept = one(&app, at.clone()).await.ok_or_else(away)?;
    let kept = kept.filter(|kept| kept.org == caller.org);
    let record = again::again(kept.ok_or_else(unknown)?).map_err(refused)?;
    let answer = execute(&app, &caller, &sent, &Replay { at, record }).await?;
    app.quarantined().forget();
    Ok(answer)
}

fn refused(why: NotAgain) -> Problem {
    Problem::transition(
        "kept",
        "replayed",
        format!("It cannot be sent again from here: {why}."),
    )
}

fn away() -> Problem {
    Problem::new(
        &kinds::DEPENDENCY,
        "Kafka or PostgreSQL does not answer: the quarantine cannot be read.",
    )
}

struct Replay {
    at: Position,
    record: Outgoing,
}

impl Command for Replay {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let id = again::id(&self.at);
        let (by, now) = (scope.caller.actor.clone(), scope.now);
        let marked = &mut *scope.connection;
        if !runtime::pg::marks::mark(marked, &self.at, "replayed", &by, now).await? {
            let detail = "Somebody sent it again, or gave it up, before.";
            return Err(Problem::transition(
                "replayed or dropped",
                "replayed",
                detail,
            ));
        }
        scope.publish(std::slice::from_ref(&self.record)).await?;
        let topic = self.record.topic.name.to_owned();
        scope
            .audit("quarantine-replay", &id, json!({ "topic": topic }))
            .await?;
        scope.tell(CHANNEL, "quarantine".to_owned(), None);
        Answer::ok(&Replayed { id, topic })
    }
}
