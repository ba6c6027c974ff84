//! Replay jobs: what a webhook should have got is sent to it again, then the job's end.

use std::collections::{HashMap, HashSet, VecDeque};

use axum::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    call::{Answer, Call, Reply},
    errors::ApiError,
    webhooks::own,
};
use crate::{
    XId,
    payload::{json::v2_time, to_bytes},
    route::Item,
    sim::{Sim, lock},
};

const REACH: TimeDelta = TimeDelta::hours(24);
/// What the page's text says, and how long items are kept.
const LONG_REACH: TimeDelta = TimeDelta::days(5);
const FROM_AGE: TimeDelta = TimeDelta::minutes(31);
const TO_AGE: TimeDelta = TimeDelta::minutes(10);
/// Items kept for each webhook.
const KEPT: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Replays {
    kept: HashMap<String, VecDeque<(DateTime<Utc>, Item)>>,
    running: HashSet<String>,
}

/// Keeps what a webhook is told, whether it is told then or not.
pub(crate) fn remember(sim: &Sim, webhook: &str, item: &Item, now: DateTime<Utc>) {
    let mut replays = lock(&sim.platform().replays);
    let kept = replays.kept.entry(webhook.to_owned()).or_default();
    kept.push_back((now, item.clone()));
    let old = |(at, _): &(DateTime<Utc>, Item)| now - *at > LONG_REACH;
    while kept.len() > KEPT || kept.front().is_some_and(old) {
        kept.pop_front();
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    webhook_id: String,
    from_date: String,
    to_date: String,
}

pub(super) fn create(call: &Call) -> Answer {
    if call.dialect.old_replay {
        return Err(ApiError::not_found(
            "resource",
            "path",
            "/2/webhooks/replay",
        ));
    }
    call.query.allow(&[])?;
    let New {
        webhook_id,
        from_date,
        to_date,
    } = call.json()?;
    let (job, at) = start(call, &webhook_id, &from_date, &to_date)?;
    Reply::ok(&json!({"job_id": job, "created_at": v2_time(at)}))
}

/// The older path: the dates stand in the query, and the answer has another form.
pub(super) fn create_old(call: &Call) -> Answer {
    if !call.dialect.old_replay {
        let path = "/2/account_activity/replay";
        return Err(ApiError::not_found("resource", "path", path));
    }
    call.query.allow(&["from_date", "to_date"])?;
    let (from, to) = (call.query.need("from_date")?, call.query.need("to_date")?);
    let (job, at) = start(call, call.part("id"), from, to)?;
    let user = {
        let subscriptions = lock(&call.sim.platform().subscriptions);
        let mut accounts = subscriptions.accounts.iter();
        accounts
            .find(|found| found.webhook == call.part("id"))
            .map(|found| found.user)
    };
    Reply::ok(&json!({
        "for_user_id": user, "replay_event": {"job_id": job, "created_at": v2_time(at)},
    }))
}

fn start(
    call: &Call,
    webhook: &str,
    from: &str,
    to: &str,
) -> Result<(XId, DateTime<Utc>), ApiError> {
    let hook = own(call, webhook)?;
    let (from, to) = (date("from_date", from)?, date("to_date", to)?);
    let wrong = |name: &str, message: &str| Err(ApiError::invalid(name, "", message.to_owned()));
    let reach = if call.dialect.replay_five_days {
        LONG_REACH
    } else {
        REACH
    };
    let age = |date: DateTime<Utc>| call.now - date;
    if age(from) > reach || age(from) < FROM_AGE {
        return wrong(
            "from_date",
            "from_date is too old, or less than 31 minutes ago",
        );
    }
    if age(to) > reach || age(to) < TO_AGE || to <= from {
        return wrong(
            "to_date",
            "to_date is less than 10 minutes ago, or not after from_date",
        );
    }
    if !hook.valid {
        return wrong(
            "webhook_id",
            "CrcValidationFailed: the webhook is not valid",
        );
    }
    let mut replays = lock(&call.sim.platform().replays);
    if !replays.running.insert(webhook.to_owned()) {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "ReplayConflictError",
            Some("conflict"),
            "A replay job of this webhook is in progress.",
        ));
    }
    let kept = replays.kept.get(webhook).into_iter().flatten();
    let items = kept.filter(|(at, _)| *at >= from && *at < to);
    let items: Vec<Item> = items.map(|(_, item)| item.clone()).collect();
    let job = call.sim.platform().mint(call.now);
    let (sim, webhook) = (call.sim.clone(), webhook.to_owned());
    call.sim
        .spawn(async move { run(&sim, &webhook, job, items).await });
    Ok((job, call.now))
}

fn date(name: &str, text: &str) -> Result<DateTime<Utc>, ApiError> {
    let digits = text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit());
    let parsed = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M")
        .ok()
        .filter(|_| digits);
    parsed
        .map(|date| date.and_utc())
        .ok_or_else(|| ApiError::invalid(name, text, format!("{name} is yyyymmddhhmm")))
}

async fn run(sim: &Sim, webhook: &str, job: XId, items: Vec<Item>) {
    let dialect = sim.dialect();
    let mut whole = true;
    for item in items {
        let body = to_bytes(&item.body, &dialect, item.seed);
        whole &= sim.tell_again(webhook, &item, body).await;
    }
    let (state, said) = if whole {
        ("Complete", "Job completed successfully")
    } else {
        (
            "Incomplete",
            "Job failed to deliver all events, please retry your replay job",
        )
    };
    let status = json!({"replay_job_status": {
        "webhook_id": webhook, "job_state": state, "job_state_description": said, "job_id": job,
    }});
    sim.post_raw(webhook, Bytes::from(status.to_string())).await;
    lock(&sim.platform().replays).running.remove(webhook);
}
