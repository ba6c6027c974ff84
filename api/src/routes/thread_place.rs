//! Whose a row is, its labels, when it comes back, whether it is shown.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::changes::THREAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::thread::row;
use crate::App;
use crate::http::auth::{Csr, Need, Role};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::{labels, threads, users, work};
use crate::row_id::RowId;
use crate::view::row::RowWork;

/// Labels of a row.
const LABELS_MAX: usize = 20;
/// A row rests no longer.
const SNOOZE_MAX: TimeDelta = TimeDelta::days(366);

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// A user who works at the desk; null for nobody.
    pub user_id: Option<Uuid>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeBody {
    /// When the row comes back, within a year; null wakes it.
    pub until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HideBody {
    /// False shows it again.
    pub hidden: bool,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelsBody {
    /// All labels that the row has then.
    #[schema(max_items = 20)]
    pub labels: Vec<Uuid>,
}

/// A row as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Placed {
    /// Thread id.
    pub id: String,
    #[serde(flatten)]
    pub work: RowWork,
}

/// Gives a row to a user, or to nobody
#[utoipa::path(post, path = "/api/v1/threads/{id}/assign", tag = "desk", request_body = AssignBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Placed)))]
pub async fn assign(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<AssignBody>,
) -> Result<Response, Problem> {
    let command = One(row(&id)?, Place::Assign(sent.body.user_id));
    execute(&app, &caller, &sent, &command).await
}

/// Lets a row rest until a time, or until the person writes again; it stays active
#[utoipa::path(post, path = "/api/v1/threads/{id}/snooze", tag = "desk", request_body = SnoozeBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Placed)))]
pub async fn snooze(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<SnoozeBody>,
) -> Result<Response, Problem> {
    let command = One(row(&id)?, Place::Snooze(sent.body.until));
    execute(&app, &caller, &sent, &command).await
}

/// Hides a row, or shows it again; it stays active
#[utoipa::path(post, path = "/api/v1/threads/{id}/hide", tag = "desk", request_body = HideBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Placed)))]
pub async fn hide(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<HideBody>,
) -> Result<Response, Problem> {
    let command = One(row(&id)?, Place::Hide(sent.body.hidden));
    execute(&app, &caller, &sent, &command).await
}

/// Says which labels a row has
#[utoipa::path(put, path = "/api/v1/threads/{id}/labels", tag = "desk", request_body = LabelsBody,
    params(("id" = String, Path, description = "Id of a row of the list")),
    responses((status = 200, body = Placed)))]
pub async fn put_labels(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<String>,
    sent: Sent<LabelsBody>,
) -> Result<Response, Problem> {
    let labels = sent.body.labels.clone();
    let command = One(row(&id)?, Place::Labels { labels, only: true });
    execute(&app, &caller, &sent, &command).await
}

/// What is said of a row.
#[derive(Debug, Clone)]
pub enum Place {
    Assign(Option<Uuid>),
    Snooze(Option<DateTime<Utc>>),
    Hide(bool),
    /// With `only`, the row has no others then.
    Labels {
        labels: Vec<Uuid>,
        only: bool,
    },
}

struct One(RowId, Place);

impl Command for One {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let Self(row, place) = self;
        place.check(scope).await?;
        let head = head(scope, row).await?;
        place.fits(&head)?;
        place.apply(scope, row).await?;
        let org = scope.org().to_owned();
        let states = work::states(scope.connection, &org, &[row.key()]).await?;
        let state = states.into_iter().next();
        let now = scope.now;
        Answer::ok(&Placed {
            id: row.encode(),
            work: state.map_or_else(RowWork::default, |state| {
                RowWork::of(state, head.received_at, now)
            }),
        })
    }
}

/// A row that is there.
pub async fn head(scope: &mut Scope<'_>, row: &RowId) -> Result<threads::Head, Problem> {
    let org = scope.org().to_owned();
    let reposts = scope.app.org(&org).settings().reposts_active;
    let head = threads::head(scope.connection, &org, row, reposts).await?;
    if head.items == 0 {
        return Err(Problem::not_found("thread"));
    }
    Ok(head)
}

impl Place {
    /// Whether it can be said at all.
    pub async fn check(&self, scope: &mut Scope<'_>) -> Result<(), Problem> {
        let org = scope.org().to_owned();
        match self {
            Self::Assign(Some(user)) => {
                let known = users::load(scope.connection, &org, *user).await?;
                let works = known.is_some_and(|user| {
                    let role = Role::parse(&user.role);
                    user.disabled_at.is_none() && role.is_some_and(|role| Need::Csr.met_by(role))
                });
                works
                    .then_some(())
                    .ok_or_else(|| Problem::value("/user_id", "not a user who works at the desk"))
            }
            Self::Snooze(Some(until)) => {
                let within = scope.now < *until && *until < scope.now + SNOOZE_MAX;
                within
                    .then_some(())
                    .ok_or_else(|| Problem::value("/until", "expected a time within a year"))
            }
            Self::Labels { labels, .. } => {
                if labels.len() > LABELS_MAX {
                    return Err(Problem::value("/labels", "expected 20 labels at most"));
                }
                let known = labels::known(scope.connection, &org, labels).await?;
                let missing = labels.iter().any(|label| !known.contains(label));
                (!missing)
                    .then_some(())
                    .ok_or_else(|| Problem::value("/labels", "there is no such label"))
            }
            Self::Assign(None) | Self::Snooze(None) | Self::Hide(_) => Ok(()),
        }
    }

    /// Whether it can be said of this row.
    pub fn fits(&self, head: &threads::Head) -> Result<(), Problem> {
        if matches!(self, Self::Snooze(Some(_))) && head.open + head.draft == 0 {
            let detail = "Every item of this thread is closed already.";
            return Err(Problem::transition("closed", "snoozed", detail));
        }
        Ok(())
    }

    pub async fn apply(&self, scope: &mut Scope<'_>, row: &RowId) -> Result<(), Problem> {
        let (org, by, now) = (scope.org().to_owned(), &scope.caller.actor, scope.now);
        let (who, key) = ((org.as_str(), by.as_str()), row.key());
        let connection = &mut *scope.connection;
        let (action, detail) = match self {
            Self::Assign(user) => {
                work::assign(connection, who, &key, *user, now).await?;
                ("assign", json!({ "user_id": user }))
            }
            Self::Snooze(until) => {
                work::snooze(connection, who, &key, *until, now).await?;
                ("snooze", json!({ "until": until }))
            }
            Self::Hide(hidden) => {
                work::hide(connection, who, &key, *hidden, now).await?;
                ("hide", json!({ "hidden": hidden }))
            }
            Self::Labels { labels, only } => {
                work::label(connection, &org, &key, (labels, *only)).await?;
                ("label", json!({ "labels": labels, "only": only }))
            }
        };
        scope.audit(action, &key, detail).await?;
        scope.tell(THREAD, key, None);
        Ok(())
    }
}
