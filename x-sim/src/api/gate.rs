//! What every request passes: faults, authentication, budgets, the ledger of calls.

use axum::{
    body::{Body, to_bytes},
    extract::{RawPathParams, Request},
    http::Response,
};
use bytes::Bytes;
use chrono::Utc;

use super::{
    auth::{self, Signed},
    call::{Answer, Call, Query},
    caller, calls,
    endpoint::{Endpoint, Handler},
    errors::ApiError,
    faults::{self, Effect},
    limits::State,
    refusals::{failed, too_many, write_limits},
    served,
};
use crate::{
    payload::Dialect,
    sim::{Sim, lock},
};

/// A chunk of media fits; a file of 512 MB comes in chunks.
const BODY_MAX: usize = 32 * 1024 * 1024;

pub(crate) async fn serve(
    sim: Sim,
    endpoint: &'static Endpoint,
    params: RawPathParams,
    request: Request,
) -> Response<Body> {
    let dialect = sim.dialect();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        let message = format!("A body has at most {BODY_MAX} bytes and arrives whole.");
        return ApiError::invalid("body", "", message).render(&dialect);
    };
    let fault = {
        let mut faults = lock(&sim.platform().faults);
        faults::hit(&mut faults, endpoint.name, &body, &mut rand::rng())
    };
    let record = calls::begin(&sim, endpoint.name, &body, fault.as_ref());
    let undone = fault
        .as_ref()
        .filter(|fault| fault.effect == Effect::None && !fault.kind.lets_through());
    if let Some(fault) = undone {
        calls::end(&sim, record, None, 0);
        return failed(&sim, fault, &dialect, &[]).await;
    }
    let path = params.iter();
    let path = path.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let path = path.collect();
    let mut windows = Vec::new();
    let asked = Asked { parts, body, path };
    let (answer, user) = answer(&sim, endpoint, asked, &dialect, &mut windows).await;
    let mut response = match answer {
        Ok(reply) => reply.into_response(),
        Err(Refused::Problem(problem)) => problem.render(&dialect),
        Err(Refused::Limit) => too_many(&dialect),
    };
    calls::end(&sim, record, user, response.status().as_u16());
    write_limits(response.headers_mut(), &windows);
    match fault {
        None => response,
        Some(fault) if fault.kind.lets_through() => {
            served::damage(&sim, response, &fault.kind).await
        }
        Some(fault) => failed(&sim, &fault, &dialect, &windows).await,
    }
}

struct Asked {
    parts: axum::http::request::Parts,
    body: Bytes,
    path: std::collections::HashMap<String, String>,
}

enum Refused {
    Problem(ApiError),
    Limit,
}

impl From<ApiError> for Refused {
    fn from(problem: ApiError) -> Self {
        Self::Problem(problem)
    }
}

async fn answer(
    sim: &Sim,
    endpoint: &Endpoint,
    asked: Asked,
    dialect: &Dialect,
    windows: &mut Vec<State>,
) -> (Result<super::call::Reply, Refused>, Option<crate::XId>) {
    let call = match admit(sim, endpoint, asked, dialect, windows) {
        Ok(call) => call,
        Err(refused) => return (Err(refused), None),
    };
    let user = call.caller.user;
    let answer: Answer = match endpoint.handler {
        Handler::Now(handler) => handler(&call),
        Handler::Later(handler) => handler(call).await,
    };
    (answer.map_err(Refused::Problem), user)
}

fn admit(
    sim: &Sim,
    endpoint: &Endpoint,
    asked: Asked,
    dialect: &Dialect,
    windows: &mut Vec<State>,
) -> Result<Call, Refused> {
    let platform = sim.platform();
    let (now, knobs) = (sim.clock().now(), platform.knobs());
    let signed = Signed {
        method: &asked.parts.method,
        uri: &asked.parts.uri,
        headers: &asked.parts.headers,
        body: &asked.body,
        clocks: [now, Utc::now()],
        skew_seconds: knobs.oauth_skew_seconds,
    };
    let caller = {
        let apps = lock(&platform.apps);
        auth::authenticate(&signed, &apps, &mut lock(&platform.nonces))?
    };
    caller::authorise(&caller, endpoint)?;
    let charges = endpoint.charges(&caller, &knobs, dialect);
    let (states, passes) = lock(&platform.limits).charge(now, &charges);
    *windows = states;
    if !passes {
        return Err(Refused::Limit);
    }
    let query = Query::parse(asked.parts.uri.query().unwrap_or_default())?;
    Ok(Call {
        sim: sim.clone(),
        caller,
        path: asked.path,
        query,
        headers: asked.parts.headers,
        body: asked.body,
        now,
        dialect: dialect.clone(),
    })
}
