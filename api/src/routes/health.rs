//! Health of the accounts, and the check of one.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use runtime::pg::facts;
use serde::de::IgnoredAny;

use crate::App;
use crate::channels::ask_check;
use crate::health::{channel, name};
use crate::http::auth::{Channels as MayLook, Ops};
use crate::http::command::{Answer, Command, Scope, Sent, execute};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::cost;
use crate::standing;
use crate::view::health::{Channels, CheckRequested, Cost};

/// How the channels stand
#[utoipa::path(get, path = "/api/v1/channels", tag = "administration",
    responses((status = 200, body = Channels)))]
pub async fn list(
    State(app): State<App>,
    MayLook(caller): MayLook,
) -> Result<Json<Channels>, Problem> {
    let now = app.now();
    let day = now.date_naive();
    let mut transaction = app.begin(&caller).await?;
    let known = facts::all(&mut transaction, &caller.org).await?;
    let (calls, failed, micro_usd) = cost::of_day(&mut transaction, &caller.org, day).await?;
    let standing = standing::read(&mut transaction, &caller.org, now).await?;
    transaction.commit().await?;
    let org = app.org(&caller.org);
    let budget = org.settings().budget_usd_day;
    let accounts = org.config().into_iter().flat_map(|org| {
        let of = |account| channel(org, account, (&known, &standing), now);
        org.accounts.iter().map(of)
    });
    let challenge = known
        .iter()
        .find(|fact| fact.subject.is_empty() && fact.name == "crc");
    Ok(Json(Channels {
        accounts: accounts.collect(),
        last_challenge_at: challenge.map(|fact| fact.at),
        cost: Cost {
            day,
            calls,
            failed,
            usd: format!("{}.{:06}", micro_usd / 1_000_000, micro_usd % 1_000_000),
            warn_usd: budget.warn,
            slow_usd: budget.slow,
            state: budget.spending(micro_usd).name().to_owned(),
        },
        quarantined: app.quarantined().of(&app, &caller.org).await,
        configuration: app.configuration(&caller.org),
    }))
}

/// Has an account checked at X; its result is in `GET /channels` some seconds later
#[utoipa::path(post, path = "/api/v1/channels/{account}/check", tag = "administration",
    params(("account" = String, Path, description = "X user id, as in GET /channels")),
    responses((status = 202, body = CheckRequested)))]
pub async fn check(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(account): Path<String>,
    sent: Sent<IgnoredAny>,
) -> Result<Response, Problem> {
    let org = app.org(&caller.org);
    let known = org
        .config()
        .is_some_and(|org| org.accounts.iter().any(|known| name(known) == account));
    if !known {
        return Err(Problem::not_found("account"));
    }
    execute(&app, &caller, &sent, &Asked(account)).await
}

struct Asked(String);

impl Command for Asked {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let (org, by) = (scope.org().to_owned(), scope.caller.actor.clone());
        ask_check(scope.connection, (&org, &self.0), &by, scope.now).await?;
        let asked = CheckRequested {
            account: self.0.clone(),
            requested_at: scope.now,
        };
        Answer::accepted(&asked, None)
    }
}
