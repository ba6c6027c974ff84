//! `/2/tweets/search/stream`, and posts on their way to it.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    call::{Answer, Call},
    errors::ApiError,
    hub::Kind,
    knobs::Tier,
    matching::Subject,
    projection::{PARAMETERS, Projection, put_parts},
};
use crate::{
    XId,
    payload::Dialect,
    route::Item,
    sim::{Sim, lock},
    world::{Event, Fact, World},
};

/// What a caller who connects wants of the past.
pub(super) type Span = Option<(DateTime<Utc>, DateTime<Utc>)>;

/// Backfill and recovery are for Enterprise.
pub(super) fn span(call: &Call, reach: TimeDelta) -> Result<Span, ApiError> {
    let minutes = call.query.number("backfill_minutes", 0..=5, 0)?;
    let (start, end) = (call.query.time("start_time")?, call.query.time("end_time")?);
    let asked = minutes > 0 || start.is_some() || end.is_some();
    if asked && call.caller.tier == Tier::SelfServe {
        return Err(ApiError::not_enrolled("backfill and recovery"));
    }
    let minutes = i64::try_from(minutes).unwrap_or_default();
    match (start, end) {
        (None, None) if minutes == 0 => Ok(None),
        (None, None) => Ok(Some((call.now - TimeDelta::minutes(minutes), call.now))),
        (start, end) => {
            let end = end.unwrap_or(call.now);
            let start = start.unwrap_or(end - reach);
            if start >= end || call.now - start > reach {
                let message = "'start_time' is within the last 24 hours and before 'end_time'";
                return Err(ApiError::invalid("start_time", "", message.to_owned()));
            }
            Ok(Some((start, end)))
        }
    }
}

pub(super) fn too_many() -> ApiError {
    connection(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyConnections",
        "This stream is currently at the maximum allowed connection limit.",
    )
}

fn connection(status: StatusCode, issue: &str, detail: &str) -> ApiError {
    ApiError::new(
        status,
        "ConnectionException",
        Some("streaming-connection"),
        detail,
    )
    .with("connection_issue", issue)
}

/// The parameters of a stream; X keeps the older names here on both sides.
pub(super) fn projection(call: &Call) -> Result<Projection, ApiError> {
    let dialect = Dialect {
        post_field_names: false,
        ..call.dialect.clone()
    };
    Projection::parse(&call.query, &dialect, None)
}

pub(super) fn stream(call: &Call) -> Answer {
    call.query
        .allow(&[PARAMETERS, &["backfill_minutes", "start_time", "end_time"]].concat())?;
    let projection = projection(call)?;
    let span = span(call, TimeDelta::hours(24))?;
    let app = call.caller.app;
    if lock(&call.sim.platform().rules).of(app).next().is_none() {
        return Err(connection(
            StatusCode::CONFLICT,
            "RuleConfigurationIssue",
            "You must define rules before connecting to the stream.",
        ));
    }
    let most = match call.caller.tier {
        Tier::SelfServe => 1,
        Tier::Enterprise => 2,
    };
    let hub = &call.sim.platform().hub;
    if hub.open(app, Kind::Filtered) >= most {
        return Err(too_many());
    }
    Ok(hub.connect(&call.sim, app, Kind::Filtered, span, Some(projection)))
}

/// A post with the rules that it matched, before anyone's projection.
#[derive(Debug, Clone)]
pub(crate) struct Matched {
    pub event: Arc<Event>,
    pub rules: Value,
}

impl Matched {
    pub(crate) fn body(&self, projection: &Projection, world: &World) -> Value {
        let Fact::PostCreated { post } = &self.event.fact else {
            return json!({});
        };
        let mut body = json!({"data": projection.post(post), "matching_rules": self.rules});
        let (includes, errors) = projection.includes(&[post], world);
        put_parts(&mut body, includes, &errors);
        body
    }
}

/// Sends a new post to the streams whose rules it matches; gives what webhooks are to get of it.
pub(super) fn publish(
    sim: &Sim,
    world: &World,
    event: &Arc<Event>,
    now: DateTime<Utc>,
) -> Vec<(String, Item)> {
    let Fact::PostCreated { post } = &event.fact else {
        return Vec::new();
    };
    let author = event.person(post.author);
    if author.is_none_or(|author| author.protected || author.suspended) {
        return Vec::new();
    }
    let platform = sim.platform();
    let subject = Subject::of_event(post, event);
    let matched: Vec<(XId, Value)> = lock(&platform.rules).matching(&subject, now);
    let mut told = Vec::new();
    for (app, rules) in matched {
        let matched = Matched {
            event: event.clone(),
            rules,
        };
        platform.hub.publish_post(app, &matched, world, now);
        for ((owner, webhook), projection) in lock(&platform.links).iter() {
            if *owner != app {
                continue;
            }
            let item = Item {
                account: post.author,
                event: "filtered_stream",
                subject: post.id,
                body: matched.body(projection, world),
                seed: post.id.0,
            };
            told.push((webhook.clone(), item));
        }
    }
    told
}

/// What is said in a stream before it is ended on purpose.
pub(crate) fn farewell(disconnect_type: &str, dialect: &Dialect) -> Value {
    json!({"errors": [{
        "title": "operational-disconnect",
        "disconnect_type": disconnect_type,
        "detail": "This stream has been disconnected upstream for operational reasons.",
        "type": super::errors::kind("operational-disconnect", dialect),
    }]})
}
