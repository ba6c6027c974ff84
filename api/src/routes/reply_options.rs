//! `GET /items/{id}/reply-options`: what may be answered, where, at what cost.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use respond::options::{self, Allowed, Facts};
use schemas::records::MentionEntity;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;

use super::items;
use crate::App;
use crate::http::auth::{Caller, Csr};
use crate::http::extract::{Path, Query};
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::items::Item;
use crate::pg::replies;
use crate::view::reply::{Addressed, ReplyOptions, Way};

const MEDIA_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OptionsQuery {
    /// A draft to be weighed.
    draft: Option<String>,
}

/// What is known of an item before it is answered.
pub struct Known {
    pub account: Option<String>,
    pub facts: Facts,
    pub addressed: Vec<Addressed>,
}

impl Known {
    /// Handles that a reply addresses: they do not count in its weight.
    pub fn handles(&self) -> Vec<&str> {
        self.addressed
            .iter()
            .map(|one| one.handle.as_str())
            .collect()
    }
}

/// How an item may be answered
#[utoipa::path(get, path = "/api/v1/items/{id}/reply-options", tag = "replies",
    params(("id" = Uuid, Path,), OptionsQuery), responses((status = 200, body = ReplyOptions)))]
pub async fn get(
    State(app): State<App>,
    Csr(caller): Csr,
    Path(id): Path<Uuid>,
    Query(query): Query<OptionsQuery>,
) -> Result<Json<ReplyOptions>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let item = items::load(&mut transaction, &caller, id).await?;
    let known = known(&mut transaction, &app, &caller, &item).await?;
    let org = app.org(&caller.org);
    let costs = options::costs(known.facts.summoned)
        .map_err(|_| Problem::new(&kinds::INTERNAL, "The price table cannot be read."))?;
    let mut ways = Vec::new();
    for (kind, windows, allowed, cost) in [
        (
            "public",
            options::POSTS,
            options::public(known.facts, org.settings()),
            (costs.plain, costs.link),
        ),
        (
            "message",
            options::MESSAGES,
            options::message(known.facts, org.settings()),
            (costs.message, costs.message),
        ),
    ] {
        let mut budgets = Vec::with_capacity(windows.len());
        for (of, window) in windows {
            let Some(account) = known.account.as_deref() else {
                continue;
            };
            let since = app.now() - *window;
            let whose = (account, kind);
            let used = replies::used(&mut transaction, &caller.org, whose, since).await?;
            budgets.push(Budget::of((*of, *window), &used, app.now()));
        }
        // What is used up the most decides.
        let scarce = budgets
            .into_iter()
            .min_by_key(|budget| (budget.left, budget.of));
        ways.push(way(allowed, cost, scarce));
    }
    transaction.commit().await?;
    let handles = known.handles();
    let weight = query.draft.map(|draft| options::weight(&draft, &handles));
    let mut ways = ways.into_iter();
    let (Some(public), Some(message)) = (ways.next(), ways.next()) else {
        return Err(Problem::not_found("item"));
    };
    Ok(Json(ReplyOptions {
        account: known.account,
        public,
        message,
        weight,
        weight_max: options::WEIGHT_MAX,
        message_chars_max: options::CHARS_MAX,
        media_types: MEDIA_TYPES.map(str::to_owned).to_vec(),
        media_bytes_max: respond::options::PICTURE_BYTES_MAX,
        addressed: known.addressed,
    }))
}

/// What X still takes of an account.
struct Budget {
    left: i64,
    of: i64,
    next_at: Option<DateTime<Utc>>,
}

impl Budget {
    fn of((of, window): options::Window, used: &replies::Used, now: DateTime<Utc>) -> Self {
        let waits = used.waits_until.filter(|at| *at > now);
        let left = match waits {
            Some(_) => 0,
            None => (of - used.calls).max(0),
        };
        let frees = used.oldest.map(|at| at + window);
        Self {
            left,
            of,
            next_at: waits.or(frees).filter(|_| left == 0),
        }
    }
}

fn way(allowed: Allowed, (plain, link): (i64, i64), budget: Option<Budget>) -> Way {
    let no_account = Allowed {
        allowed: false,
        why: "no-account",
    };
    let Allowed { allowed, why } = if budget.is_some() {
        allowed
    } else {
        no_account
    };
    let budget = budget.unwrap_or(Budget {
        left: 0,
        of: 0,
        next_at: None,
    });
    Way {
        allowed,
        why: why.to_owned(),
        cost_micro_usd: plain,
        cost_link_micro_usd: link,
        left: budget.left,
        of: budget.of,
        next_at: budget.next_at,
    }
}

/// What decides how an item may be answered.
pub async fn known(
    connection: &mut PgConnection,
    app: &App,
    caller: &Caller,
    item: &Item,
) -> Result<Known, Problem> {
    let row = replies::facts(connection, &caller.org, item.item_id)
        .await?
        .ok_or_else(|| Problem::not_found("item"))?;
    let own = app.org(&caller.org).accounts();
    let outbound = item.direction.as_deref() == Some("outbound");
    let came_to = |account: &&String| {
        if outbound {
            **account == item.author_id
        } else {
            row.accounts.contains(account)
        }
    };
    let other = own.first().filter(|_| !outbound);
    let account = own.iter().find(came_to).or(other).cloned();
    let post = item.kind == "post";
    let summoned = match &account {
        Some(account) if post => {
            let place = (item.person_id.as_str(), item.thread_id.as_str());
            replies::summoned(connection, &caller.org, place, account).await?
        }
        _ => false,
    };
    let facts = Facts {
        post,
        outbound,
        deleted: item.deleted_at.is_some(),
        summoned,
        protected: row.protected,
        has_written: row.has_written,
        refused: row.refused,
        group: !post && !item.thread_id.contains('-'),
    };
    let addressed = if post {
        addressed(item, &row.entities, &own)
    } else {
        Vec::new()
    };
    Ok(Known {
        account,
        facts,
        addressed,
    })
}

// The author, then whom the post names; not ourselves.
fn addressed(item: &Item, entities: &serde_json::Value, own: &[String]) -> Vec<Addressed> {
    let mentions = entities.get("mentions").cloned().unwrap_or_default();
    let mentions: Vec<MentionEntity> = serde_json::from_value(mentions).unwrap_or_default();
    let author = item.handle.clone().map(|handle| Addressed {
        x_id: Some(item.author_id.clone()),
        handle,
        author: true,
    });
    let mut all: Vec<Addressed> = author.into_iter().collect();
    for mention in mentions {
        let ours = mention.x_id.as_ref().is_some_and(|id| own.contains(id));
        let known = |one: &Addressed| one.handle.eq_ignore_ascii_case(&mention.handle);
        if !ours && !all.iter().any(known) {
            all.push(Addressed {
                x_id: mention.x_id,
                handle: mention.handle,
                author: false,
            });
        }
    }
    all
}
