//! The token endpoints: app-only bearer tokens, codes, refresh with rotation, revocation.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    apps::{Apps, Issued},
    auth::text,
    encoding::{decode, pairs},
};
use crate::{
    id::XId,
    sim::{Sim, lock},
};

type Refusal = (StatusCode, &'static str, &'static str);

const INVALID_CLIENT: Refusal = (
    StatusCode::UNAUTHORIZED,
    "unauthorized_client",
    "Missing valid authorization header",
);
const INVALID_GRANT: Refusal = (
    StatusCode::BAD_REQUEST,
    "invalid_request",
    "Value passed for the token was invalid.",
);

/// A form of one of the token endpoints.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let kind = text(headers, &header::CONTENT_TYPE);
        let form = kind.starts_with("application/x-www-form-urlencoded");
        let body = std::str::from_utf8(body).ok().filter(|_| form);
        let found = body.and_then(pairs);
        found.map(Self).ok_or((
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The body must be application/x-www-form-urlencoded.",
        ))
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn answer(result: Result<Value, Refusal>) -> Response<Body> {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err((status, error, description)) => (
            status,
            json!({"error": error, "error_description": description}),
        ),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `POST /2/oauth2/token`, and `/oauth2/token` for app-only tokens.
pub(crate) async fn token(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    answer(Form::read(&headers, &body).and_then(|form| grant(&sim, &headers, &form)))
}

fn grant(sim: &Sim, headers: &HeaderMap, form: &Form) -> Result<Value, Refusal> {
    let now = sim.clock().now();
    let mut apps = lock(&sim.platform().apps);
    match form.get("grant_type") {
        Some("client_credentials") => {
            let (key, secret) = basic(headers).ok_or(INVALID_CLIENT)?;
            let app = apps.by_key(&key).filter(|app| app.secret.0 == secret);
            let app = app.ok_or(INVALID_CLIENT)?;
            Ok(json!({"token_type": "bearer", "access_token": app.bearer.0}))
        }
        Some("refresh_token") => {
            let app = client(&apps, headers, form)?;
            let old = form.get("refresh_token").unwrap_or_default();
            let kept = apps.refresh.get(old).filter(|grant| grant.app == app);
            let kept = kept.ok_or(INVALID_GRANT)?.clone();
            apps.refresh.remove(old);
            let scopes = kept.scopes.join(" ");
            let lives = kept.lives.num_seconds();
            Ok(issued(&apps.issue(kept, None, None, now), lives, &scopes))
        }
        Some("authorization_code") => {
            let app = client(&apps, headers, form)?;
            let code = form.get("code").unwrap_or_default();
            let kept = apps.codes.remove(code).ok_or(INVALID_GRANT)?;
            let verifier = form.get("code_verifier").unwrap_or_default();
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            let sound = kept.grant.app == app
                && now < kept.expires
                && form.get("redirect_uri") == Some(&kept.redirect)
                && challenge == kept.challenge;
            if !sound {
                return Err(INVALID_GRANT);
            }
            let scopes = kept.grant.scopes.join(" ");
            let lives = kept.grant.lives.num_seconds();
            Ok(issued(
                &apps.issue(kept.grant, None, None, now),
                lives,
                &scopes,
            ))
        }
        _ => Err((
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type is client_credentials, refresh_token or authorization_code.",
        )),
    }
}

fn issued(issued: &Issued, lives: i64, scopes: &str) -> Value {
    let mut body = json!({
        "token_type": "bearer", "expires_in": lives, "access_token": issued.access,
        "scope": scopes,
    });
    if let (Some(refresh), Some(map)) = (&issued.refresh, body.as_object_mut()) {
        map.insert("refresh_token".to_owned(), refresh.as_str().into());
    }
    body
}

/// `POST /2/oauth2/revoke`.
pub(crate) async fn revoke(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let revoked = Form::read(&headers, &body).and_then(|form| {
        let mut apps = lock(&sim.platform().apps);
        let app = client(&apps, &headers, &form)?;
        let token = form.get("token").unwrap_or_default();
        let owner = apps.access.get(token).or_else(|| apps.refresh.get(token));
        if owner.is_none_or(|grant| grant.app != app) {
            return Err(INVALID_GRANT);
        }
        apps.revoke(token);
        Ok(json!({"revoked": true}))
    });
    answer(revoked)
}

/// A confidential client by HTTP Basic, a public one by its id in the form.
fn client(apps: &Apps, headers: &HeaderMap, form: &Form) -> Result<XId, Refusal> {
    if let Some((id, secret)) = basic(headers) {
        let app = apps.by_client(&id);
        let app = app.filter(|app| app.client_secret.0 == secret);
        return app.map(|app| app.id).ok_or(INVALID_CLIENT);
    }
    let app = form.get("client_id").and_then(|id| apps.by_client(id));
    app.map(|app| app.id).ok_or(INVALID_CLIENT)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = text(headers, &header::AUTHORIZATION);
    let (scheme, coded) = header.split_once(' ')?;
    let plain = STANDARD.decode(coded.trim()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let pair = (decode(id, false)?, decode(secret, false)?);
    scheme.eq_ignore_ascii_case("basic").then_some(pair)
}
