//! Who calls: OAuth 1.0a signatures, bearer tokens, and whether the endpoint takes them.

use std::collections::{BTreeMap, HashSet, VecDeque};

use axum::http::{HeaderMap, Method, Uri, header};
use chrono::{DateTime, Utc};

use super::{
    apps::Apps,
    caller::{Caller, Mode},
    encoding::pairs,
    errors::ApiError,
    knobs::Permission,
    oauth1,
};

/// Nonces remembered; older ones are refused by their time.
const NONCES: usize = 100_000;

/// Nonces seen, so that a request cannot be played again.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: HashSet<String>,
    order: VecDeque<String>,
}

impl Nonces {
    /// False when it was seen before.
    fn fresh(&mut self, nonce: String) -> bool {
        if !self.seen.insert(nonce.clone()) {
            return false;
        }
        self.order.push_back(nonce);
        while self.order.len() > NONCES {
            if let Some(old) = self.order.pop_front() {
                self.seen.remove(&old);
            }
        }
        true
    }
}

/// What of a request the authentication looks at.
pub(crate) struct Signed<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    /// The simulated time and the wall clock: a client may go by either.
    pub clocks: [DateTime<Utc>; 2],
    pub skew_seconds: u64,
}

pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Finds out who calls, whatever they want.
pub(crate) fn authenticate(
    request: &Signed<'_>,
    apps: &Apps,
    nonces: &mut Nonces,
) -> Result<Caller, ApiError> {
    let header = text(request.headers, &header::AUTHORIZATION);
    if let Some(parameters) = oauth1::parse(header) {
        return signed(request, &parameters, apps, nonces);
    }
    let token = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(ApiError::unauthorized)?;
    if let Some(app) = apps.bearers.get(token).and_then(|id| apps.all.get(id)) {
        return Ok(Caller {
            app: app.id,
            tier: app.tier,
            mode: Mode::AppOnly,
            user: None,
            permission: Permission::Read,
            scopes: Vec::new(),
        });
    }
    let grant = apps.access.get(token).ok_or_else(ApiError::unauthorized)?;
    if request.clocks[0] >= grant.expires {
        return Err(ApiError::unauthorized());
    }
    let app = apps
        .all
        .get(&grant.app)
        .ok_or_else(ApiError::unauthorized)?;
    Ok(Caller {
        app: app.id,
        tier: app.tier,
        mode: Mode::OAuth2,
        user: Some(grant.user),
        permission: Permission::Read,
        scopes: grant.scopes.clone(),
    })
}

fn signed(
    request: &Signed<'_>,
    oauth: &BTreeMap<String, String>,
    apps: &Apps,
    nonces: &mut Nonces,
) -> Result<Caller, ApiError> {
    let field = |name: &str| oauth.get(name).map(String::as_str).unwrap_or_default();
    let app = apps.by_key(field("oauth_consumer_key"));
    let token = apps.oauth1.get(field("oauth_token"));
    let (Some(app), Some(token)) = (app, token) else {
        return Err(ApiError::unauthorized());
    };
    let time: i64 = field("oauth_timestamp").parse().unwrap_or_default();
    let near = |clock: &DateTime<Utc>| clock.timestamp().abs_diff(time) <= request.skew_seconds;
    let version = matches!(field("oauth_version"), "" | "1.0");
    let sound = app.id == token.app
        && version
        && field("oauth_signature_method") == "HMAC-SHA1"
        && !field("oauth_nonce").is_empty()
        && request.clocks.iter().any(near);
    if !sound
        || expected(request, oauth, &app.secret.0, &token.secret.0) != field("oauth_signature")
    {
        return Err(ApiError::unauthorized());
    }
    let nonce = format!("{}/{time}/{}", field("oauth_token"), field("oauth_nonce"));
    if !nonces.fresh(nonce) {
        return Err(ApiError::unauthorized());
    }
    Ok(Caller {
        app: app.id,
        tier: app.tier,
        mode: Mode::OAuth1,
        user: Some(token.user),
        permission: token.permission,
        scopes: Vec::new(),
    })
}

fn expected(
    request: &Signed<'_>,
    oauth: &BTreeMap<String, String>,
    consumer_secret: &str,
    token_secret: &str,
) -> String {
    let host = text(request.headers, &header::HOST).to_lowercase();
    let url = format!("http://{host}{}", request.uri.path());
    let mut parameters: Vec<(String, String)> = oauth
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let form = text(request.headers, &header::CONTENT_TYPE)
        .starts_with("application/x-www-form-urlencoded");
    let body = if form { request.body } else { &[] };
    for part in [
        request.uri.query().unwrap_or_default(),
        std::str::from_utf8(body).unwrap_or_default(),
    ] {
        parameters.extend(pairs(part).unwrap_or_default());
    }
    let method = request.method.as_str();
    oauth1::signature(method, &url, &parameters, consumer_secret, token_secret)
}
