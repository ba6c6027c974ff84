//! The acts of one row, done to many in one command; each row has a result of its own.

use axum::extract::State;
use axum::response::Response;
use case_linker::desk::{self, Locked};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::thread::row;
use super::thread_place::{self, Place};
use super::thread_work::{Act, Worked, apply, people, plan};
use crate::App;
use crate::care;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Query;
use crate::http::problem::Problem;

/// Rows of one bulk command.
const ROWS_MAX: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Done,
    Reopen,
    Assign,
    Label,
    Snooze,
}

/// One row of a bulk command.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRow {
    pub id: String,
    /// Newest item on screen; needed for done.
    pub through: Option<Uuid>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    #[schema(inline)]
    pub action: Action,
    /// 1 to 100 rows.
    #[schema(min_items = 1, max_items = 100)]
    pub threads: Vec<BulkRow>,
    /// For assign: to whom; nobody if absent.
    pub user_id: Option<Uuid>,
    /// For label: what is put on, beside what is there.
    #[serde(default)]
    pub labels: Vec<Uuid>,
    /// For snooze: until when; wakes if absent.
    pub until: Option<DateTime<Utc>>,
}

impl BulkBody {
    /// What is said of the rows, where it is not done to their items.
    fn place(&self) -> Option<Place> {
        match self.action {
            Action::Done | Action::Reopen => None,
            Action::Assign => Some(Place::Assign(self.user_id)),
            Action::Snooze => Some(Place::Snooze(self.until)),
            Action::Label => Some(Place::Labels {
                labels: self.labels.clone(),
                only: false,
            }),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BulkQuery {
    /// Only says what would be done.
    dry_run: Option<bool>,
}

/// What a bulk command did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bulk {
    pub dry_run: bool,
    /// Items over all rows.
    pub items: usize,
    pub threads: Vec<BulkResult>,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    pub id: String,
    pub items: Vec<Uuid>,
    pub left_active: i64,
    /// Slug of the problem, if nothing was done.
    pub problem: Option<String>,
}

/// What is done to a row, to many; each has a result of its own
#[utoipa::path(post, path = "/api/v1/threads/bulk", tag = "desk", request_body = BulkBody,
    params(BulkQuery), responses((status = 200, body = Bulk)))]
pub async fn post(
    State(app): State<App>,
    Csr(caller): Csr,
    Query(query): Query<BulkQuery>,
    sent: Sent<BulkBody>,
) -> Result<Response, Problem> {
    if !(1..=ROWS_MAX).contains(&sent.body.threads.len()) {
        return Err(Problem::value("/threads", "expected 1 to 100 rows"));
    }
    let command = Many {
        body: sent.body.clone(),
        dry_run: query.dry_run.unwrap_or_default(),
    };
    execute(&app, &caller, &sent, &command).await
}

struct Many {
    body: BulkBody,
    dry_run: bool,
}

impl Command for Many {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let place = self.body.place();
        if let Some(place) = &place {
            place.check(scope).await?;
        }
        let what = (self.body.action == Action::Reopen, desk::ITEMS_MAX);
        let mut people_all = Vec::new();
        for one in &self.body.threads {
            if let (Ok(row), None) = (row(&one.id), &place) {
                people_all.extend(people(scope, &row, what).await.unwrap_or_default());
            }
        }
        // One lock for all rows, in the order of persons: two bulk commands cannot wait for each other.
        let names: Vec<&str> = people_all.iter().map(String::as_str).collect();
        let locked = care::lock(scope, &names, &[]).await?;
        let mut threads = Vec::new();
        for one in &self.body.threads {
            let done = match &place {
                Some(place) => self.place(scope, place, one).await,
                None => self.one(scope, &locked, one).await,
            };
            threads.push(match done {
                Ok(worked) => BulkResult {
                    id: one.id.clone(),
                    items: worked.items,
                    left_active: worked.left_active,
                    problem: None,
                },
                Err(problem) if problem.kind.status.is_server_error() => return Err(problem),
                Err(problem) => BulkResult {
                    id: one.id.clone(),
                    items: Vec::new(),
                    left_active: 0,
                    problem: Some(problem.kind.slug.to_owned()),
                },
            });
        }
        Answer::ok(&Bulk {
            dry_run: self.dry_run,
            items: threads.iter().map(|thread| thread.items.len()).sum(),
            threads,
        })
    }
}

impl Many {
    async fn place(
        &self,
        scope: &mut Scope<'_>,
        place: &Place,
        one: &BulkRow,
    ) -> Result<Worked, Problem> {
        let row = row(&one.id)?;
        let head = thread_place::head(scope, &row).await?;
        place.fits(&head)?;
        if !self.dry_run {
            place.apply(scope, &row).await?;
        }
        Ok(Worked {
            id: one.id.clone(),
            items: Vec::new(),
            left_active: head.open + head.draft,
        })
    }

    async fn one(
        &self,
        scope: &mut Scope<'_>,
        locked: &Locked,
        one: &BulkRow,
    ) -> Result<Worked, Problem> {
        let row = row(&one.id)?;
        let act = match (self.body.action, one.through) {
            (Action::Done, Some(through)) => Act::Done(through),
            (Action::Done, None) => {
                return Err(Problem::value("/threads/through", "needed for done"));
            }
            _ => Act::Reopen(None),
        };
        let plan = plan(scope, locked, &row, (&act, desk::ITEMS_MAX)).await?;
        if self.dry_run {
            return Ok(Worked {
                id: one.id.clone(),
                items: plan.items,
                left_active: plan.left_active,
            });
        }
        apply(scope, locked, &row, &act, plan).await
    }
}
