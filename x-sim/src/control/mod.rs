//! The control API under `/sim/v1`: everything that happens in the world can be asked for here.

mod api;
mod apps;
mod knobs;
mod ledger;
mod messages;
mod people;
mod posts;
mod problem;
mod streams;
mod webhooks;

use axum::{
    Router,
    routing::{get, post, put},
};

use crate::sim::Sim;

/// Entries of a list unless the caller asks for fewer.
const LIST_MAX: usize = 1_000;

pub(crate) fn router(sim: Sim) -> Router {
    let api = Router::new()
        .route("/people", post(people::add).get(people::list))
        .route("/people/{who}", get(people::show))
        .route("/profiles", post(people::change))
        .route("/relations", post(people::relate))
        .route("/revocations", post(people::revoke))
        .route("/posts", post(posts::add).get(posts::list))
        .route("/posts/{id}", get(posts::show))
        .route("/likes", post(posts::like))
        .route("/edits", post(posts::edit))
        .route("/deletes", post(posts::delete))
        .route("/dms", post(messages::send).get(messages::list))
        .route("/dms/read", post(messages::read))
        .route("/dms/typing", post(messages::typing))
        .route("/chats", post(messages::chat))
        .route("/webhooks", post(webhooks::add).get(webhooks::list))
        .route(
            "/webhooks/{id}",
            put(webhooks::validate).delete(webhooks::remove),
        )
        .route("/faults", get(knobs::faults).put(knobs::set_faults))
        .route("/clock", get(knobs::clock).put(knobs::set_clock))
        .route("/dialect", get(knobs::dialect).put(knobs::set_dialect))
        .route("/play", get(knobs::play).put(knobs::set_play))
        .route("/clock/advance", post(knobs::advance))
        .route("/dms/groups", post(messages::new_group))
        .route("/dms/participants", post(messages::participants))
        .route("/dms/blocks", post(messages::block))
        .route("/ledger", get(ledger::show))
        .route("/apps", post(apps::add_app).get(apps::list_apps))
        .route("/apps/{id}", put(apps::change_app))
        .route("/tokens", post(apps::add_token))
        .route("/tokens/{token}", axum::routing::delete(apps::revoke_token))
        .route("/endpoints", get(api::endpoints))
        .route(
            "/api-faults",
            get(api::faults).put(api::set_faults).post(api::add_fault),
        )
        .route("/knobs", get(api::knobs).put(api::set_knobs))
        .route("/limits", axum::routing::delete(api::forget_limits))
        .route("/calls", get(api::calls).delete(api::forget_calls))
        .route("/sends", get(api::sends))
        .route("/subscriptions", get(streams::subscriptions))
        .route(
            "/streams",
            get(streams::streams).post(streams::command_streams),
        );
    Router::new()
        .nest("/sim/v1", api)
        .merge(crate::api::router())
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::bad_method)
        .with_state(sim)
}
