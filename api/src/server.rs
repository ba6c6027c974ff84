//! The routes put together, and the listener.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{MethodRouter, get};
use axum::{Router, middleware};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{finish, fresh, identity};
use crate::routes::{
    api_keys, attach, audit, bulk, case_new, case_work, cases, channels, codes, config,
    customer_work, customers, deletions, drafts, events, health, holes, item_case, items, labels,
    me, media, outbound, people, presence, problems, quarantine, registry, replies, reply_options,
    reply_write, report_done, reports, revisions, saved_replies, search, session, thread,
    thread_notes, thread_place, thread_work, threads, tiles, uploads, users, views,
};
use crate::signin::session::LASTS;
use crate::{App, config_versions, desk, listener, openapi, pg};

/// Bytes of a body.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a key of a command is kept.
const IDEMPOTENCY_DAYS: i64 = 7;
/// How long changes are kept: longer than a stream may be taken up again.
const CHANGES_HOURS: i32 = 25;
/// How long a draft is kept that nobody touches.
const DRAFT_DAYS: i64 = 90;
/// How often what is old is forgotten, and what tells of what was deleted.
const FORGET_EVERY: Duration = Duration::from_secs(30);
/// The relay's clock is not this one's, and its transaction ends later than it says.
const SWEEP_OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// Every documented route.
pub(crate) fn routes() -> OpenApiRouter<App> {
    desk()
        .merge(customers_and_cases())
        .merge(way_back())
        .merge(people_who_sign_in())
        .routes(routes!(search::get))
        .routes(routes!(codes::list, codes::post))
        .routes(routes!(codes::put, codes::delete))
        .routes(routes!(reports::volume))
        .routes(routes!(report_done::get))
        .routes(routes!(labels::list, labels::post))
        .routes(routes!(labels::put, labels::delete))
        .routes(routes!(saved_replies::list, saved_replies::post))
        .routes(routes!(saved_replies::put, saved_replies::delete))
        .routes(routes!(views::list, views::post))
        .routes(routes!(views::put, views::delete))
        .routes(routes!(audit::list))
        .routes(routes!(deletions::get))
        .routes(routes!(media::get))
        .routes(routes!(channels::fill_gap))
        .routes(routes!(channels::command))
        .routes(routes!(channels::coverage))
        .routes(routes!(health::list))
        .routes(routes!(health::check))
        .routes(routes!(config::get))
        .routes(routes!(config::versions))
        .routes(routes!(config::validate))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::replay))
        .routes(routes!(registry::subjects))
        .routes(routes!(registry::list))
        .routes(routes!(registry::version))
        .routes(routes!(registry::by_id))
        .routes(routes!(problems::list))
        .routes(routes!(problems::get))
}

fn people_who_sign_in() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::get, session::post, session::delete))
        .routes(routes!(session::welcome))
        .routes(routes!(me::patch))
        .routes(routes!(users::list, users::post))
        .routes(routes!(users::patch, users::delete))
        .routes(routes!(users::link))
        .routes(routes!(api_keys::list, api_keys::post))
        .routes(routes!(api_keys::delete))
}

fn desk() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tiles::get))
        .routes(routes!(threads::list))
        .routes(routes!(bulk::post))
        .routes(routes!(thread::get))
        .routes(routes!(thread::window))
        .routes(routes!(holes::fetch))
        .routes(routes!(thread_work::done))
        .routes(routes!(thread_work::reopen))
        .routes(routes!(thread_notes::post))
        .routes(routes!(presence::put))
        .routes(routes!(events::get))
        .routes(routes!(thread_place::assign))
        .routes(routes!(thread_place::snooze))
        .routes(routes!(thread_place::hide))
        .routes(routes!(thread_place::put_labels))
        .routes(routes!(drafts::get, drafts::put, drafts::delete))
        .routes(routes!(items::get))
        .routes(routes!(items::priority))
        .routes(routes!(items::links))
        .routes(routes!(revisions::list))
        .routes(routes!(item_case::put, item_case::delete))
}

fn way_back() -> OpenApiRouter<App> {
    let picture = DefaultBodyLimit::max(respond::options::PICTURE_BYTES_MAX);
    OpenApiRouter::new()
        .routes(routes!(uploads::post))
        .layer(picture)
        .routes(routes!(reply_options::get))
        .routes(routes!(reply_write::public))
        .routes(routes!(reply_write::message))
        .routes(routes!(replies::list))
        .routes(routes!(replies::get, replies::cancel))
        .routes(routes!(replies::resend))
        .routes(routes!(replies::resolve))
        .routes(routes!(outbound::delete))
        .routes(routes!(outbound::like, outbound::unlike))
}

fn customers_and_cases() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(people::get))
        .routes(routes!(attach::put, attach::delete))
        .routes(routes!(customers::search, customer_work::post))
        .routes(routes!(customers::get, customer_work::patch))
        .routes(routes!(customers::interactions))
        .routes(routes!(customers::cases))
        .routes(routes!(customers::accounts))
        .routes(routes!(cases::list, case_new::post))
        .routes(routes!(cases::get, case_work::patch))
        .routes(routes!(case_work::close))
        .routes(routes!(case_work::reopen))
        .routes(routes!(case_work::note))
        .routes(routes!(cases::interactions))
}

/// The API as a service.
pub fn router(app: &App) -> Router {
    let (router, _) = routes().split_for_parts();
    let document = openapi::json();
    router
        .route(
            "/openapi.json",
            get(move || async move { ([(CONTENT_TYPE, "application/json")], document) }),
        )
        .route("/api/social/socialfeed/{*call}", start_call())
        .route("/social/api/social/socialfeed/{*call}", start_call())
        .fallback(desk::serve)
        .with_state(app.clone())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), fresh::fresh))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            identity::authenticate,
        ))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIMEOUT,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), finish::finish))
}

// As the process guide prints it, by either method.
fn start_call() -> MethodRouter<App> {
    get(channels::start_call).post(channels::start_call)
}

/// Serves the API until the program shuts down; the bound address, at once.
pub async fn serve(app: &App, addr: SocketAddr) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    let program = app.program();
    let shutdown = program.shutdown.clone();
    program.telemetry.report("api", Ok(()));
    tokio::spawn(listener::serve(listener, router(app), shutdown.clone()));
    tokio::spawn(forget(app.clone(), shutdown));
    tokio::spawn(config_versions::record(app.clone()));
    Ok(bound)
}

/// Removes what is kept for a time, now and then.
async fn forget(app: App, shutdown: CancellationToken) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    let mut swept = app.now() - TimeDelta::days(IDEMPOTENCY_DAYS);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let now = app.now();
        let mut all = true;
        for org in app.org_ids() {
            if let Err(error) = forget_of(&app, &org, swept).await {
                tracing::warn!(org, %error, "what has grown old stays for now");
                all = false;
            }
        }
        if all {
            swept = now - SWEEP_OVERLAP;
        }
    }
}

async fn forget_of(app: &App, org: &str, erased_since: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let now = app.now();
    let mut transaction = runtime::pg::begin(app.pg(), &[org]).await?;
    let before = now - TimeDelta::days(IDEMPOTENCY_DAYS);
    pg::idempotency::forget(&mut transaction, org, before).await?;
    pg::idempotency::forget_erased(&mut transaction, org, erased_since).await?;
    pg::sessions::forget(&mut transaction, org, now - LASTS).await?;
    pg::presence::forget(&mut transaction, now).await?;
    runtime::pg::changes::forget(&mut transaction, CHANGES_HOURS).await?;
    pg::drafts::forget(&mut transaction, org, now - TimeDelta::days(DRAFT_DAYS)).await?;
    transaction.commit().await
}
