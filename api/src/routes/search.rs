//! `GET /search`: one field for rows, people, cases and customers.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::customers::find;
use super::items::view;
use super::pattern;
use crate::App;
use crate::http::auth::{Need, Viewer};
use crate::http::extract::Query;
use crate::http::page;
use crate::http::problem::Problem;
use crate::pg::{audit, cases, items, people, search};
use crate::view::case::Case;
use crate::view::customer::Customer;
use crate::view::item::Item;
use crate::view::person::Person;
use crate::view::text::Sight;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, a case number or an X id; 2 characters at least.
    #[param(min_length = 2, max_length = 200)]
    q: String,
    /// Of each sort.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Active items with the words in text, handle or name, newest first.
    pub items: Vec<Item>,
    /// The person of that X id.
    pub person: Option<Person>,
    /// The case of that number; for CSRs.
    pub cases: Vec<Case>,
    /// By name, e-mail or phone; for CSRs.
    pub customers: Vec<Customer>,
}

/// Finds active items, the person of an X id, the case of a number, customers
#[utoipa::path(get, path = "/api/v1/search", tag = "desk", params(SearchQuery),
    responses((status = 200, body = Found)))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Found>, Problem> {
    let limit = page::limit(query.limit)?;
    let words = pattern(&query.q, 2)?;
    let csr = Need::Csr.met_by(caller.role);
    let sight = Sight::of(&caller);
    let mut transaction = app.begin(&caller).await?;
    let ids = search::active(
        &mut transaction,
        &caller.org,
        &words,
        caller.messages,
        limit,
    )
    .await?;
    let mut items = items::load(&mut transaction, &caller.org, &ids).await?;
    items.sort_by_key(|item| ids.iter().position(|id| *id == item.item_id));
    let typed = query.q.trim().trim_start_matches('#');
    let person = people::load(&mut transaction, &caller.org, typed).await?;
    let no = typed.parse().ok().filter(|_| csr);
    let cases = match no {
        Some(_) => {
            let filter = cases::Filter {
                no,
                ..cases::Filter::default()
            };
            cases::page(&mut transaction, &caller.org, filter, (None, None), 1).await?
        }
        None => Vec::new(),
    };
    let customers = if csr {
        find(&mut transaction, &app, &caller, &query.q, limit).await?
    } else {
        Vec::new()
    };
    if caller.messages && items.iter().any(|item| item.kind == "message") {
        let who = (caller.org.as_str(), caller.actor.as_str());
        let detail = serde_json::json!({ "q": query.q });
        audit::write(
            &mut transaction,
            who,
            ("messages.search", ""),
            &detail,
            app.now(),
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(Json(Found {
        items: items
            .into_iter()
            .map(|item| view(item, None, sight))
            .collect(),
        person,
        cases: cases.into_iter().map(|case| case.view(sight)).collect(),
        customers,
    }))
}
