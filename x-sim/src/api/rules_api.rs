//! `/2/tweets/search/stream/rules`.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    errors::{self, ApiError, kind},
    knobs::Tier,
    rule_store::Stored,
    rules,
};
use crate::{
    XId,
    payload::json::{put, v2_time},
    sim::lock,
};

fn show(id: XId, stored: &Stored) -> Value {
    let mut value = json!({"id": id, "value": stored.value});
    if let Some(tag) = &stored.tag {
        put(&mut value, "tag", tag.as_str());
    }
    value
}

pub(super) fn list(call: &Call) -> Answer {
    call.query
        .allow(&["ids", "max_results", "pagination_token"])?;
    let wanted = match call.query.get("ids") {
        Some(_) => Some(call.query.list("ids", 1_000)?),
        None => None,
    };
    let rules = lock(&call.sim.platform().rules);
    let wanted = |id: &XId| {
        let id = id.to_string();
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&id.as_str()))
    };
    let own = rules.of(call.caller.app).filter(|(id, _)| wanted(id));
    let shown: Vec<Value> = own.map(|(id, stored)| show(*id, stored)).collect();
    let mut body = json!({"meta": {"sent": v2_time(call.now), "result_count": shown.len()}});
    if !shown.is_empty() {
        put(&mut body, "data", shown);
    }
    Reply::ok(&body)
}

pub(super) fn counts(call: &Call) -> Answer {
    let rules = lock(&call.sim.platform().rules);
    let count = rules.of(call.caller.app).count();
    let (cap, _) = caps(call);
    Reply::ok(&json!({"data": {
        "all_project_client_apps": [{"client_app_id": call.caller.app, "rule_count": count}],
        "cap_per_client_app": cap, "cap_per_project": cap, "project_rules_count": count,
        "client_app_rules_count": {"client_app_id": call.caller.app, "rule_count": count},
    }}))
}

/// How many rules, and how long each.
fn caps(call: &Call) -> (usize, usize) {
    match call.caller.tier {
        Tier::SelfServe => (1_000, 1_024),
        Tier::Enterprise => (25_000, 2_048),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    add: Option<Vec<New>>,
    delete: Option<Delete>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    value: String,
    tag: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delete {
    ids: Option<Vec<String>>,
    values: Option<Vec<String>>,
}

pub(super) fn change(call: &Call) -> Answer {
    call.query.allow(&["dry_run", "delete_all"])?;
    let flag = |name: &str| call.query.get(name) == Some("true");
    let dry = flag("dry_run");
    if flag("delete_all") {
        let mut rules = lock(&call.sim.platform().rules);
        let before = rules.of(call.caller.app).count();
        if !dry {
            rules.0.retain(|_, rule| rule.app != call.caller.app);
        }
        return deleted(call, before, Vec::new());
    }
    let change: Change = call.json()?;
    match (change.add, change.delete) {
        (Some(new), None) => add(call, new, dry),
        (None, Some(gone)) => delete(call, &gone, dry),
        _ => {
            let message = "The body has one of add and delete".to_owned();
            Err(ApiError::invalid("add", "", message))
        }
    }
}

fn add(call: &Call, new: Vec<New>, dry: bool) -> Answer {
    let app = call.caller.app;
    let (most, length) = caps(call);
    let delay = i64::try_from(call.sim.platform().knobs().rule_delay_seconds).unwrap_or_default();
    let mut rules = lock(&call.sim.platform().rules);
    let (mut made, mut errors, mut invalid) = (Vec::new(), Vec::new(), 0);
    for New { value, tag } in new {
        let known = rules.of(app).map(|(id, stored)| (*id, &stored.value));
        let mut known = known.chain(
            made.iter()
                .map(|(id, stored): &(XId, Stored)| (*id, &stored.value)),
        );
        if let Some((id, _)) = known.find(|(_, other)| **other == value) {
            errors.push(json!({
                "value": value, "id": id, "title": "DuplicateRule",
                "type": kind("duplicate-rules", &call.dialect),
            }));
            continue;
        }
        match rules::parse(&value, length) {
            Ok(rule) => made.push((
                call.sim.platform().mint(call.now),
                Stored {
                    app,
                    value,
                    tag,
                    rule,
                    from: call.now + TimeDelta::seconds(delay),
                },
            )),
            Err(error) => {
                invalid += 1;
                errors.push(json!({
                    "value": value, "details": [error.to_string()], "title": "UnprocessableEntity",
                    "type": kind("invalid-rules", &call.dialect),
                }));
            }
        }
    }
    if rules.of(app).count() + made.len() > most {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "RulesCapReached",
            Some("rule-cap"),
            "Rules creation would exceed the maximum number of rules.",
        ));
    }
    // One that is wrong keeps back all: nothing is half done.
    let refused = errors.len() + if invalid > 0 { made.len() } else { 0 };
    let (created, valid) = (if invalid > 0 { 0 } else { made.len() }, made.len());
    let mut body = json!({"meta": {"sent": v2_time(call.now), "summary": {
        "created": created, "not_created": refused, "valid": valid, "invalid": errors.len(),
    }}});
    if created > 0 {
        let shown: Vec<Value> = made.iter().map(|(id, stored)| show(*id, stored)).collect();
        put(&mut body, "data", shown);
    }
    if !errors.is_empty() {
        put(&mut body, "errors", errors);
    }
    if created > 0 && !dry {
        rules.0.extend(made);
    }
    let status = match (invalid, created) {
        (0, 0) => StatusCode::OK,
        (0, _) => StatusCode::CREATED,
        _ => StatusCode::BAD_REQUEST,
    };
    Reply::json(status, &body)
}

fn delete(call: &Call, gone: &Delete, dry: bool) -> Answer {
    let ids = gone
        .ids
        .iter()
        .flatten()
        .map(|id| errors::id("delete.ids", id));
    let ids: Vec<XId> = ids.collect::<Result<_, _>>()?;
    let values = gone.values.as_deref().unwrap_or_default();
    if ids.is_empty() && values.is_empty() {
        return Err(ApiError::invalid(
            "delete",
            "",
            "delete has ids or values".to_owned(),
        ));
    }
    let mut rules = lock(&call.sim.platform().rules);
    let own = |id: &XId, stored: &Stored| {
        stored.app == call.caller.app && (ids.contains(id) || values.contains(&stored.value))
    };
    let found = rules
        .0
        .iter()
        .filter(|(id, stored)| own(id, stored))
        .count();
    let absent = ids.iter().filter(|id| !rules.0.contains_key(id)).map(|id| {
        json!({
            "title": "Bad Request", "detail": format!("Rule does not exist: [{id}]"),
            "resource_id": id, "type": kind("invalid-request", &call.dialect),
        })
    });
    let absent: Vec<Value> = absent.collect();
    if !dry {
        rules.0.retain(|id, stored| !own(id, stored));
    }
    deleted(call, found, absent)
}

fn deleted(call: &Call, found: usize, absent: Vec<Value>) -> Answer {
    let mut body = json!({"meta": {"sent": v2_time(call.now), "summary": {
        "deleted": found, "not_deleted": absent.len(),
    }}});
    if !absent.is_empty() {
        put(&mut body, "errors", absent);
    }
    Reply::ok(&body)
}
