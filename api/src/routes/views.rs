//! Views of the list, with how many items each has: those that everybody has, and those that a team
//! keeps.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use schemas::changes::VIEW;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entry::{Entry, Work};
use super::threads::{Narrowed, ThreadsQuery};
use super::{pattern, text};
use crate::App;
use crate::channels;
use crate::http::auth::{Caller, Lead, Viewer};
use crate::http::command::{Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::kinds;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::pg::views::{self, KeptView, Stored};
use crate::pg::work;
use crate::view::filter::{ListFilter, View};

const NAME_CHARS_MAX: usize = 40;
/// Characters of a language or a handle in a filter.
const WORD_CHARS_MAX: usize = 60;
/// Views that an organisation keeps: each is counted whenever the list changes.
const VIEWS_MAX: i64 = 20;

/// A view of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    /// Of a view that everybody has: `view` of GET /threads.
    pub id: String,
    pub name: String,
    /// Active items in it: what the badges of its rows add up to.
    pub count: i64,
    /// Everybody has it.
    pub built_in: bool,
    /// What to ask GET /threads for.
    pub filter: ListFilter,
    /// What of the filter is not there any more: `label`, `assignee`, `handle`.
    pub gone: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewBody {
    /// Unlike any other, whatever the case of its letters.
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    pub filter: ListFilter,
}

impl ViewBody {
    fn view(&self, view_id: Uuid) -> Result<KeptView, Problem> {
        let name = self.name.trim();
        text("/name", name, NAME_CHARS_MAX)?;
        Ok(KeptView {
            view_id,
            name: name.to_owned(),
            filter: possible(self.filter.clone())?,
        })
    }
}

/// A filter that a list can be asked for with, as it is kept. Whether a label is there is not asked:
/// it may go at any time.
fn possible(filter: ListFilter) -> Result<ListFilter, Problem> {
    if let Some(q) = &filter.q {
        pattern(q, 1).map_err(|_| Problem::value("/filter/q", "expected 1 to 200 characters"))?;
    }
    for (pointer, word) in [
        ("/filter/language", &filter.language),
        ("/filter/handle", &filter.handle),
    ] {
        word.as_deref()
            .map_or(Ok(()), |word| text(pointer, word, WORD_CHARS_MAX))?;
    }
    let Some(assignee) = filter.assignee.as_deref() else {
        return Ok(filter);
    };
    if filter.view == Some(View::Mine) {
        let detail = "not together with the view mine";
        return Err(Problem::value("/filter/assignee", detail));
    }
    let assignee = match assignee {
        "none" => assignee.to_owned(),
        id => Uuid::try_parse(id)
            .map_err(|_| Problem::value("/filter/assignee", "expected the id of a user, or none"))?
            .to_string(),
    };
    Ok(ListFilter {
        assignee: Some(assignee),
        ..filter
    })
}

/// The views of the list of active items: those that everybody has, then the saved ones by name
#[utoipa::path(get, path = "/api/v1/views", tag = "lists", responses((status = 200, body = Page<SavedView>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
) -> Result<Json<Page<SavedView>>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let mut items = built_in(&app, &caller, &mut transaction).await?;
    items.extend(saved(&app, &caller, &mut transaction).await?);
    transaction.commit().await?;
    Ok(Json(Page { items, next: None }))
}

async fn built_in(
    app: &App,
    caller: &Caller,
    connection: &mut sqlx::PgConnection,
) -> Result<Vec<SavedView>, Problem> {
    let reposts = app.org(&caller.org).settings().reposts_active;
    let own = caller.user.as_ref().map(|user| user.user_id);
    let who = (caller.org.as_str(), own);
    let counts = work::counts(connection, who, reposts, app.now()).await?;
    let closed = "Case closed, feed active";
    let views = [
        (View::All, "all", "All", counts.all),
        (View::Mine, "mine", "Mine", counts.mine),
        (
            View::Unassigned,
            "unassigned",
            "Unassigned",
            counts.unassigned,
        ),
        (View::FollowUp, "follow-up", "Follow up", counts.follow_up),
        (View::CaseClosed, "case-closed", closed, counts.case_closed),
        (View::Snoozed, "snoozed", "Snoozed", counts.snoozed),
        (View::NotSent, "not-sent", "Not sent", counts.not_sent),
        (View::Hidden, "hidden", "Hidden", counts.hidden),
    ];
    let views = views
        .into_iter()
        .filter(|(view, ..)| *view != View::Mine || own.is_some());
    let views = views.map(|(view, id, name, count)| SavedView {
        id: id.to_owned(),
        name: name.to_owned(),
        count,
        built_in: true,
        filter: ListFilter {
            view: Some(view),
            ..ListFilter::default()
        },
        gone: Vec::new(),
    });
    Ok(views.collect())
}

async fn saved(
    app: &App,
    caller: &Caller,
    connection: &mut sqlx::PgConnection,
) -> Result<Vec<SavedView>, Problem> {
    let org = app.org(&caller.org);
    let mut stored = views::all(connection, &caller.org).await?;
    // A key has nothing of its own.
    stored.retain(|one| one.view.filter.view != Some(View::Mine) || caller.user.is_some());
    let asked: Vec<ThreadsQuery> = stored
        .iter()
        .map(|one| one.view.filter.clone().into())
        .collect();
    // A list that cannot be asked for any more has nothing.
    let narrowed: Vec<Option<Narrowed>> = asked
        .iter()
        .map(|query| Narrowed::read(&org, caller, query).ok())
        .collect();
    let countable = narrowed.iter().zip(&asked);
    let lists: Vec<_> = countable
        .filter_map(|(narrowed, query)| Some(narrowed.as_ref()?.of(query)))
        .collect();
    let counts = if lists.is_empty() {
        Vec::new()
    } else {
        let reposts = org.settings().reposts_active;
        let who = (caller.org.as_str(), caller.messages);
        views::counts(connection, who, &lists, reposts, app.now()).await?
    };
    let mut counts = counts.into_iter();
    let shown = stored.into_iter().zip(&narrowed).map(|(one, narrowed)| {
        let count = narrowed.as_ref().and_then(|_| counts.next()).unwrap_or(0);
        let gone = gone(&one, &org);
        SavedView {
            id: one.view.view_id.to_string(),
            name: one.view.name,
            count,
            built_in: false,
            filter: one.view.filter,
            gone,
        }
    });
    Ok(shown.collect())
}

fn gone(stored: &Stored, org: &crate::Org) -> Vec<String> {
    let handle = stored.view.filter.handle.as_deref();
    let unknown = |named| org.config().and_then(|org| channels::account(org, named));
    let all = [
        (stored.label_gone, "label"),
        (stored.assignee_gone, "assignee"),
        (
            handle.is_some_and(|named| unknown(named).is_none()),
            "handle",
        ),
    ];
    let gone = all.into_iter().filter(|(gone, _)| *gone);
    gone.map(|(_, what)| what.to_owned()).collect()
}

/// Saves a view of the list for everybody
#[utoipa::path(post, path = "/api/v1/views", tag = "lists", request_body = ViewBody,
    responses((status = 201, body = KeptView)))]
pub async fn post(
    State(app): State<App>,
    Lead(caller): Lead,
    sent: Sent<ViewBody>,
) -> Result<Response, Problem> {
    let view = sent.body.view(Uuid::now_v7())?;
    execute(&app, &caller, &sent, &Work::Create(view)).await
}

/// Changes a saved view
#[utoipa::path(put, path = "/api/v1/views/{view_id}", tag = "lists", request_body = ViewBody,
    params(("view_id" = Uuid, Path,)), responses((status = 200, body = KeptView)))]
pub async fn put(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<ViewBody>,
) -> Result<Response, Problem> {
    let view = sent.body.view(id)?;
    execute(&app, &caller, &sent, &Work::Change(view)).await
}

/// Deletes a saved view
#[utoipa::path(delete, path = "/api/v1/views/{view_id}", tag = "lists",
    params(("view_id" = Uuid, Path,)), responses((status = 200, body = KeptView)))]
pub async fn delete(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    execute(&app, &caller, &sent, &Work::<KeptView>::Delete(id)).await
}

impl Entry for KeptView {
    type Id = Uuid;
    const AUDIT: &'static str = "view";
    const NAME: &'static str = "saved view";
    const LIST: &'static str = "/api/v1/views";

    fn audited(&self) -> (String, Value) {
        (self.view_id.to_string(), json!({ "name": self.name }))
    }

    async fn insert(&self, scope: &mut Scope<'_>) -> Result<(), Problem> {
        let org = scope.org().to_owned();
        let inserted = views::insert(scope.connection, &org, self, VIEWS_MAX).await?;
        inserted.then_some(()).ok_or_else(full)
    }

    async fn update(&self, scope: &mut Scope<'_>) -> Result<bool, Problem> {
        let org = scope.org().to_owned();
        Ok(views::update(scope.connection, &org, self).await?)
    }

    async fn delete(scope: &mut Scope<'_>, id: &Uuid) -> Result<Option<Self>, Problem> {
        let org = scope.org().to_owned();
        Ok(views::delete(scope.connection, &org, *id).await?)
    }

    fn tell(&self, scope: &mut Scope<'_>) {
        scope.tell(VIEW, self.view_id.to_string(), None);
    }
}

fn full() -> Problem {
    let detail =
        format!("There are {VIEWS_MAX} saved views, and no more are kept: delete one first.");
    Problem::new(&kinds::VALUE, detail.clone()).at("/name", "too-many", detail)
}
