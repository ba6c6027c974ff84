//! The kinds of problem: one table, from which answers and the pages at `/problems` are made.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Last part of its `type`.
    pub slug: &'static str,
    /// Status of the answer.
    pub status: StatusCode,
    /// What happened, in a few words.
    pub title: &'static str,
    /// What to do about it: the page.
    pub page: &'static str,
}

macro_rules! kinds {
    ($($id:ident = $slug:literal, $status:ident, $title:literal, $page:literal;)+) => {
        $(pub static $id: Kind = Kind { slug: $slug, status: StatusCode::$status, title: $title, page: $page };)+
        /// Every kind.
        pub static ALL: &[&Kind] = &[$(&$id),+];
    };
}

kinds! {
    MALFORMED = "malformed-request", BAD_REQUEST, "The request could not be read",
        "The body is not JSON, or a part of the request is not valid text. Nothing was done. Mend the request and send it again.";
    PARAMETER = "invalid-parameter", BAD_REQUEST, "A parameter is not valid",
        "A query parameter, a cursor or a header has a value that cannot be. `errors` says which.";
    KEY_MISSING = "idempotency-key-missing", BAD_REQUEST, "An Idempotency-Key is needed",
        "Every command carries the header Idempotency-Key with a UUID of its own, so that sending it twice does it once.";
    UNAUTHORIZED = "unauthorized", UNAUTHORIZED, "Sign in, or send a valid API key",
        "The session has ended, or there was none: sign in again. Programs send `Authorization: Bearer ek_…`; for /registry the key as user of HTTP Basic. The key is missing, unknown, expired or revoked.";
    SIGN_IN = "sign-in-refused", UNAUTHORIZED, "Mail address or password is wrong",
        "It is not told which of the two, nor whether the user exists or is disabled. Who has no password, or has lost it, gets a one-time link from an administrator.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Not allowed for this role",
        "The role of the user or key does not reach so far. An administrator can change the role, or make a key of another one.";
    CSRF = "csrf-token-missing", FORBIDDEN, "The request does not come from the desk",
        "A write with a session carries the header X-CSRF-Token with `csrf` of GET /api/v1/session, so that no other site can send it.";
    NOT_FOUND = "not-found", NOT_FOUND, "There is no such thing",
        "Nothing of that id exists for your organisation.";
    LINK_ENDED = "link-ended", NOT_FOUND, "The link was used, or is too old",
        "A one-time link works once and for three days. Ask an administrator for a new one.";
    UNKNOWN_ORGANISATION = "unknown-organisation", NOT_FOUND, "There is no such organisation",
        "The organisation of the call is not the one that the API key belongs to, or is not configured. Check `organization` and socialConfig.<org>.";
    UNKNOWN_ACCOUNT = "unknown-account", NOT_FOUND, "There is no such X account",
        "No account of that handle or id is configured for the organisation, or its numeric id is not known yet. Check pageId in socialConfig.<org>.";
    METHOD = "method-not-allowed", METHOD_NOT_ALLOWED, "The path does not know this method",
        "The header Allow names the methods that it knows.";
    TRANSITION = "illegal-transition", CONFLICT, "It is not in a state for that",
        "`from` is the state it is in, `to` the one asked for. Somebody may have been quicker: read it again.";
    THREAD_CHANGED = "thread-changed", PRECONDITION_FAILED, "Something new is in the thread",
        "Since the version in If-Match an item, a reply, a note or a close came. Read the thread; to send all the same, send `X-Send-Anyway: true`.";
    CAPABILITY = "capability-absent", CONFLICT, "X does not let this account do that",
        "It depends on what the organisation has from X (setting `tier`, `capabilities`).";
    NOT_ALLOWED = "not-allowed-at-x", CONFLICT, "X would not take it",
        "X lets self-serve accounts reply only to who mentioned or quoted them, and nobody write to who closed their messages. See reply-options of the item.";
    NO_ACCOUNT = "no-account", CONFLICT, "No account of yours can do it",
        "The X account that the item came to is not configured, or its id is not known yet.";
    WRONG_KIND = "wrong-kind", UNPROCESSABLE_ENTITY, "A public post and a private message are not the same",
        "Posts are answered by POST /items/{id}/replies, messages by POST /threads/{id}/messages. Nothing was sent.";
    LAST_ADMIN = "last-admin", CONFLICT, "The organisation would be left without an administrator",
        "Make another user an administrator first.";
    TOO_LARGE = "payload-too-large", PAYLOAD_TOO_LARGE, "The request is too large",
        "A body may have 1 MiB, a picture 5 MB.";
    MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body must be JSON",
        "Send `Content-Type: application/json`.";
    VALUE = "invalid-value", UNPROCESSABLE_ENTITY, "A value is not valid",
        "The request was read, but a value in it cannot be. `errors` says which.";
    KEY_REUSED = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for something else",
        "The same key came with another body or path. Mint a new key for a new command.";
    EXISTS = "already-exists", UNPROCESSABLE_ENTITY, "It exists already",
        "Something with the same code, name or external id is there already.";
    REASON_REQUIRED = "reason-required", UNPROCESSABLE_ENTITY, "A reason code is needed",
        "The organisation asks for a reason code on every case. Choose one of GET /api/v1/codes?kind=reason.";
    RESPONSE_REQUIRED = "response-required", UNPROCESSABLE_ENTITY, "Reply first: the case closes with your response",
        "A case without follow-up closes with the response to the customer, and there is none yet.";
    TOO_MANY = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait as many seconds as the header Retry-After says. The bounds are the organisation's setting `api`.";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side",
        "Nothing was changed. Tell your administrator the trace_id: it is in the log.";
    DEPENDENCY = "dependency-down", SERVICE_UNAVAILABLE, "A part of the system is away",
        "Nothing was changed. `dependency` names the part. Try again with the same Idempotency-Key.";
}

/// The kind for an answer that came from the framework with a bare status.
pub fn of_status(status: StatusCode) -> &'static Kind {
    ALL.iter()
        .find(|kind| kind.status == status)
        .copied()
        .unwrap_or(match status.as_u16() {
            500.. => &INTERNAL,
            _ => &MALFORMED,
        })
}
