//! Sessions of browsers: the cookie, the token against forged requests, how long they last.

use axum::http::header::{COOKIE, HOST};
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngCore;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const NAME: &str = "earshot_session";
/// Of the cookie and of a one-time link.
const TOKEN_BYTES: usize = 32;
/// A session ends so long after it was begun,
pub const LASTS: TimeDelta = TimeDelta::hours(12);
/// or so long after it was used.
pub const IDLE: TimeDelta = TimeDelta::minutes(60);
/// Uses closer to one another are not noted.
pub const NOTED: TimeDelta = TimeDelta::minutes(1);

/// A token of chance.
pub fn mint(rng: &mut impl RngCore) -> SecretString {
    let mut bytes = [0; TOKEN_BYTES];
    rng.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// What a write must say, beside the cookie: told by the cookie's token, and not the other way.
pub fn csrf(token: &SecretString) -> String {
    let mut digest = Sha256::new();
    digest.update("earshot csrf\0");
    digest.update(token.expose_secret());
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// Whether a write says it.
pub fn says_csrf(headers: &HeaderMap, csrf: &str) -> bool {
    headers
        .get("x-csrf-token")
        .is_some_and(|said| bool::from(said.as_bytes().ct_eq(csrf.as_bytes())))
}

/// Whether a session is still one.
pub fn lasts(now: DateTime<Utc>, started: DateTime<Utc>, used: DateTime<Utc>) -> bool {
    now < started + LASTS && now < used + IDLE
}

/// The token of the request's cookie.
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    let all = headers.get_all(COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == NAME && !value.is_empty())
        .map(|(_, value)| value.into())
}

/// The cookie that begins a session.
pub fn cookie(token: &SecretString, secure: bool) -> Option<HeaderValue> {
    let seconds = LASTS.num_seconds();
    let mut value = written(token.expose_secret(), seconds, secure)?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookie that ends it.
pub fn no_cookie(secure: bool) -> Option<HeaderValue> {
    written("", 0, secure)
}

fn written(value: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).ok()
}

/// Whether the cookie may travel encrypted only: everywhere but on one's own machine.
pub fn secure(base_url: Option<&str>, headers: &HeaderMap) -> bool {
    if base_url.is_some_and(|url| url.starts_with("https:")) {
        return true;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    !host.is_some_and(loopback)
}

fn loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_cookie_comes_back() {
        let minted = mint(&mut rand::rng());
        let cookie = cookie(&minted, true).unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.ends_with("Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure"));
        let pair = text.split(';').next().unwrap();
        let sent = headers(&[("cookie", &format!("a=b; {pair}; c=d"))]);
        assert_eq!(
            token(&sent).unwrap().expose_secret(),
            minted.expose_secret()
        );
        assert!(token(&headers(&[("cookie", "a=b; earshot_session=")])).is_none());
        assert!(token(&headers(&[])).is_none());
    }

    #[test]
    fn only_the_token_of_the_session_passes() {
        let (one, other) = (mint(&mut rand::rng()), mint(&mut rand::rng()));
        let said = headers(&[("x-csrf-token", &csrf(&one))]);
        assert!(says_csrf(&said, &csrf(&one)));
        assert!(!says_csrf(&said, &csrf(&other)));
        assert!(!says_csrf(&headers(&[]), &csrf(&one)));
    }

    #[test]
    fn a_session_ends_by_age_and_by_idleness() {
        let start: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        let at = |minutes| start + TimeDelta::minutes(minutes);
        assert!(lasts(at(59), start, start));
        assert!(!lasts(at(60), start, start));
        assert!(lasts(at(719), start, at(700)));
        assert!(!lasts(at(720), start, at(719)));
    }

    #[test]
    fn the_cookie_is_clear_on_ones_own_machine_only() {
        for host in [
            "localhost:8081",
            "127.0.0.1:8081",
            "[::1]:8081",
            "[::1]",
            "localhost",
        ] {
            assert!(!secure(None, &headers(&[("host", host)])), "{host}");
        }
        for host in ["desk.example", "10.0.0.7:8081", "localhost.example"] {
            assert!(secure(None, &headers(&[("host", host)])), "{host}");
        }
        assert!(secure(None, &headers(&[])));
        let local = headers(&[("host", "localhost")]);
        assert!(secure(Some("https://desk.example"), &local));
        assert!(!secure(Some("http://127.0.0.1"), &local));
    }
}
