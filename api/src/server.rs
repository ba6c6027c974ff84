//! The routes put together, and the listener.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{MethodRouter, get};
use axum::{Router, middleware};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{finish, fresh, identity};
use crate::routes::{
    api_keys, attach, audit, case_work, cases, channels, codes, customer_work, customers, drafts,
    item_case, items, labels, me, media, people, problems, registry, report_done, reports,
    revisions, saved_replies, search, session, thread, thread_notes, thread_place, thread_work,
    threads, tiles, users, views,
};
use crate::signin::session::LASTS;
use crate::{App, desk, openapi, pg};

/// Bytes of a body.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a key of a command is kept.
const IDEMPOTENCY_DAYS: i64 = 7;
/// How long a draft is kept that nobody touches.
const DRAFT_DAYS: i64 = 90;
/// How often old keys, sessions and drafts are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Every documented route.
pub(crate) fn routes() -> OpenApiRouter<App> {
    desk()
        .merge(customers_and_cases())
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
        .routes(routes!(views::list))
        .routes(routes!(audit::list))
        .routes(routes!(media::get))
        .routes(routes!(channels::fill_gap))
        .routes(routes!(channels::command))
        .routes(routes!(channels::coverage))
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
        .routes(routes!(thread_work::bulk))
        .routes(routes!(thread::get))
        .routes(routes!(thread::window))
        .routes(routes!(thread_work::done))
        .routes(routes!(thread_work::reopen))
        .routes(routes!(thread_notes::post))
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

fn customers_and_cases() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(people::get))
        .routes(routes!(attach::put, attach::delete))
        .routes(routes!(customers::search, customer_work::post))
        .routes(routes!(customers::get, customer_work::patch))
        .routes(routes!(customers::interactions))
        .routes(routes!(customers::cases))
        .routes(routes!(customers::accounts))
        .routes(routes!(cases::list, case_work::post))
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
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
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
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served =
        axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let telemetry = program.telemetry.clone();
    telemetry.report("api", Ok(()));
    tokio::spawn(async move {
        if let Err(error) = served.await {
            telemetry.report("api", Err(error.to_string()));
            tracing::error!(%error, "listener ended");
        }
    });
    tokio::spawn(forget_old(app.clone(), shutdown));
    Ok(bound)
}

async fn forget_old(app: App, shutdown: CancellationToken) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        for org in app.org_ids() {
            if let Err(error) = forget(&app, &org).await {
                tracing::warn!(org, %error, "old idempotency keys, sessions and drafts stay for now");
            }
        }
    }
}

async fn forget(app: &App, org: &str) -> Result<(), sqlx::Error> {
    let now = app.now();
    let mut transaction = runtime::pg::begin(app.pg(), &[org]).await?;
    let before = now - TimeDelta::days(IDEMPOTENCY_DAYS);
    pg::idempotency::forget(&mut transaction, org, before).await?;
    pg::sessions::forget(&mut transaction, org, now - LASTS).await?;
    pg::drafts::forget(&mut transaction, org, now - TimeDelta::days(DRAFT_DAYS)).await?;
    transaction.commit().await
}
