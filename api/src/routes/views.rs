//! Views of the list, with how many items each has.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::http::auth::Viewer;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::pg::work;

/// A view of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    /// `view` of GET /threads.
    pub id: String,
    pub name: String,
    /// Active items in it: what the badges of its rows add up to.
    pub count: i64,
    /// Everybody has it.
    pub built_in: bool,
}

/// The views of the list of active items
#[utoipa::path(get, path = "/api/v1/views", tag = "lists", responses((status = 200, body = Page<SavedView>)))]
pub async fn list(
    State(app): State<App>,
    Viewer(caller): Viewer,
) -> Result<Json<Page<SavedView>>, Problem> {
    let reposts = app.org(&caller.org).settings().reposts_active;
    let own = caller.user.as_ref().map(|user| user.user_id);
    let who = (caller.org.as_str(), own);
    let mut transaction = app.begin(&caller).await?;
    let counts = work::counts(&mut transaction, who, reposts, app.now()).await?;
    transaction.commit().await?;
    let views = [
        ("all", "All", counts.all),
        ("mine", "Mine", counts.mine),
        ("unassigned", "Unassigned", counts.unassigned),
        ("follow-up", "Follow up", counts.follow_up),
        (
            "case-closed",
            "Case closed, feed active",
            counts.case_closed,
        ),
        ("snoozed", "Snoozed", counts.snoozed),
        ("not-sent", "Not sent", counts.not_sent),
        ("hidden", "Hidden", counts.hidden),
    ];
    let items = views
        .into_iter()
        .filter(|(id, ..)| *id != "mine" || own.is_some());
    Ok(Json(Page {
        items: items
            .map(|(id, name, count)| SavedView {
                id: id.to_owned(),
                name: name.to_owned(),
                count,
                built_in: true,
            })
            .collect(),
        next: None,
    }))
}
