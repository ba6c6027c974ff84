//! One X account of an organisation.

use secrecy::{ExposeSecret as _, SecretString};

use super::section::{Section, trimmed};

/// Digits of an X id.
const X_ID_DIGITS_MAX: usize = 19;
/// Characters of a handle: X's 15, and room for old and reserved ones.
const HANDLE_CHARS_MAX: usize = 50;

/// An X account and the keys to act for it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Handle without @ (`pageId`). Display and look-up only: handles change.
    pub page_id: String,
    /// API key of the app.
    pub consumer_key: SecretString,
    /// API secret of the app: signs webhooks and requests.
    pub consumer_secret: SecretString,
    /// Access token of the account (`AccessTokenId`).
    pub access_token: SecretString,
    /// Its secret.
    pub access_token_secret: SecretString,
    /// X user id: configured, else the digits before the dash of the access token; `None` until
    /// X tells.
    pub x_id: Option<String>,
}

/// Whether the text has the form of an X id.
pub(super) fn is_x_id(text: &str) -> bool {
    (1..=X_ID_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A handle as it is kept: without @.
pub(super) fn handle(text: &str) -> &str {
    trimmed(text).trim_start_matches('@')
}

fn is_handle(text: &str) -> bool {
    (1..=HANDLE_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(super) fn read(mut section: Section<'_>) -> Option<Account> {
    let page_id = section.required(&["pageId", "handle"]);
    let consumer_key = section.secret(&["X/TwitterConsumerKey", "consumerKey"]);
    let consumer_secret = section.secret(&["X/TwitterConsumerSecret", "consumerSecret"]);
    let access_token = section.secret(&[
        "X/TwitterAccessTokenId",
        "accessTokenId",
        "XAccessToken",
        "accessToken",
    ]);
    let access_token_secret = section.secret(&["X/TwitterAccessTokenSecret", "accessTokenSecret"]);
    let configured = section.text(&["xId"]);
    if page_id
        .as_deref()
        .is_some_and(|page_id| !is_handle(handle(page_id)))
    {
        section.problem("pageId", "not a handle of X: letters, digits and _");
    }
    if configured.as_deref().is_some_and(|id| !is_x_id(id)) {
        section.problem("xId", "expected the numeric user id of X, in quotes");
    }
    let from_token = access_token.as_ref().and_then(id_of_token);
    if access_token.is_some() && from_token.is_none() && configured.is_none() {
        let what = "no numeric user id before its dash; the id is unknown until X tells";
        section.warning("X/TwitterAccessTokenId", what);
    }
    section.end();
    Some(Account {
        page_id: handle(&page_id?).to_owned(),
        consumer_key: consumer_key?,
        consumer_secret: consumer_secret?,
        access_token: access_token?,
        access_token_secret: access_token_secret?,
        x_id: configured.or(from_token),
    })
}

fn id_of_token(token: &SecretString) -> Option<String> {
    let (id, _) = token.expose_secret().split_once('-')?;
    is_x_id(id).then(|| id.to_owned())
}
