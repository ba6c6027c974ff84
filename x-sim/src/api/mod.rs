//! X's API v2 under its own paths: what a client of it would call, with state and X's refusals.

mod aaa;
mod activity;
mod activity_rules;
mod apps;
mod attach;
mod auth;
mod call;
mod caller;
mod calls;
mod connections;
mod dm_events;
mod dm_read;
mod dm_write;
mod encoding;
mod endpoint;
mod errors;
pub mod faults;
mod fields;
mod filtered;
mod gate;
mod hub;
pub mod knobs;
mod likes;
mod limits;
mod links;
mod matching;
mod media;
mod media_store;
mod mentions;
mod oauth1;
mod oauth2;
mod page;
mod platform;
mod post_rules;
mod posts;
mod projection;
mod reader;
mod refusals;
mod replay;
mod rule_store;
mod rule_tokens;
pub mod rules;
mod rules_api;
mod scopes;
mod search;
mod send;
mod served;
mod subscriptions;
mod table;
mod upload_form;
mod users;
mod webhooks;
mod weight;
mod write;

use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    routing::{MethodFilter, get, on, post},
};

pub(crate) use apps::{Code, Grant, made_up};
pub(crate) use calls::{Call as CallRecord, Sent};
pub(crate) use filtered::farewell;
pub(crate) use hub::Shown as StreamShown;
pub(crate) use platform::Platform;
pub(crate) use subscriptions::publish;

use crate::sim::Sim;

/// The names by which faults and budgets speak of endpoints.
pub(crate) fn table_names() -> impl Iterator<Item = &'static str> {
    table::all().map(|endpoint| endpoint.name)
}

/// Every endpoint behind the gate, the token endpoints, and the bytes of media.
pub(crate) fn router() -> Router<Sim> {
    let mut router = Router::new()
        .route("/2/oauth2/token", post(oauth2::token))
        .route("/oauth2/token", post(oauth2::token))
        .route("/2/oauth2/revoke", post(oauth2::revoke))
        .route("/media/{name}", get(served::photo))
        .route("/profile_images/{id}/{name}", get(served::avatar));
    for endpoint in table::all() {
        let Ok(filter) = MethodFilter::try_from(endpoint.method()) else {
            continue;
        };
        let serve = move |State(sim): State<Sim>, params: RawPathParams, request: Request| {
            gate::serve(sim, endpoint, params, request)
        };
        router = router.route(&endpoint.path(), on(filter, serve));
    }
    router
}
