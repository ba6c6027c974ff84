//! What X says when it refuses: problem details (RFC 7807), the older list of codes, or a body that
//! is neither. Reads all of them into one form; nothing that X sends makes it fail.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Characters of a text of X that are kept: enough to show, no page of HTML.
const TEXT_CHARS_MAX: usize = 500;
/// Problems of one body that are kept.
const PROBLEMS_MAX: usize = 1_000;

/// What kind of problem: the last path segment of its `type`, since X's documents give the type two
/// hosts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ProblemKind {
    /// `invalid-request`.
    InvalidRequest,
    /// `resource-not-found`: deleted, or never there.
    ResourceNotFound,
    /// `resource-unavailable`.
    ResourceUnavailable,
    /// `not-authorized-for-resource`: protected or suspended, for example.
    NotAuthorizedForResource,
    /// `not-authorized-for-field`.
    NotAuthorizedForField,
    /// `client-forbidden`: the app may not.
    ClientForbidden,
    /// `disallowed-resource`.
    DisallowedResource,
    /// `unsupported-authentication`: the endpoint wants another way to authorise.
    UnsupportedAuthentication,
    /// `usage-capped`: the plan is used up.
    UsageCapped,
    /// `rate-limit-exceeded`.
    RateLimitExceeded,
    /// `streaming-connection`: a stream cannot be opened now.
    StreamingConnection,
    /// `rule-cap`: no more rules.
    RuleCap,
    /// `invalid-rules`.
    InvalidRules,
    /// `duplicate-rules`.
    DuplicateRules,
    /// `noncompliant-rules`.
    NoncompliantRules,
    /// `conflict`.
    Conflict,
    /// `operational-disconnect`: the stream ends.
    OperationalDisconnect,
    /// `client-disconnected`.
    ClientDisconnected,
    /// None was named (`about:blank`, or no type).
    #[default]
    Unnamed,
    /// Another; the slug as X wrote it.
    Other(String),
}

impl ProblemKind {
    /// Reads a `type`.
    pub fn of_type(text: &str) -> Self {
        let slug = text
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        match slug {
            "" | "about:blank" => Self::Unnamed,
            "invalid-request" => Self::InvalidRequest,
            "resource-not-found" => Self::ResourceNotFound,
            "resource-unavailable" => Self::ResourceUnavailable,
            "not-authorized-for-resource" => Self::NotAuthorizedForResource,
            "not-authorized-for-field" => Self::NotAuthorizedForField,
            "client-forbidden" => Self::ClientForbidden,
            "disallowed-resource" => Self::DisallowedResource,
            "unsupported-authentication" => Self::UnsupportedAuthentication,
            "usage-capped" => Self::UsageCapped,
            "rate-limit-exceeded" => Self::RateLimitExceeded,
            "streaming-connection" => Self::StreamingConnection,
            "rule-cap" => Self::RuleCap,
            "invalid-rules" => Self::InvalidRules,
            "duplicate-rules" => Self::DuplicateRules,
            "noncompliant-rules" => Self::NoncompliantRules,
            "conflict" => Self::Conflict,
            "operational-disconnect" => Self::OperationalDisconnect,
            "client-disconnected" => Self::ClientDisconnected,
            other => Self::Other(cut(other)),
        }
    }
}

/// One thing that X objects to. Every text is X's own, for display.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// Kind, from `type`.
    pub kind: ProblemKind,
    /// `title`.
    pub title: Option<String>,
    /// `detail`, or the `message` of the older form.
    pub detail: Option<String>,
    /// `status` in the body, where there is one.
    pub status: Option<u16>,
    /// `code` of the older form; 88 is a rate limit, 187 a duplicate.
    pub code: Option<i64>,
    /// `resource_id`: which of the ids that were asked for.
    pub resource_id: Option<String>,
    /// `value`: what the request said there.
    pub value: Option<String>,
    /// `parameter` of the request.
    pub parameter: Option<String>,
    /// `disconnect_type` of a stream that ends.
    pub disconnect_type: Option<String>,
    /// `connection_issue` of a stream that cannot be opened.
    pub connection_issue: Option<String>,
    /// `period` of a usage cap: Daily or Monthly.
    pub period: Option<String>,
}

/// Reads what a body says; empty where it says nothing of the sort.
pub fn read(body: &[u8]) -> Vec<Problem> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    let head = Problem::of(&Value::Object(body.clone()));
    let mut problems: Vec<Problem> = head.is_something().then_some(head).into_iter().collect();
    problems.extend(list(body.get("errors")));
    problems
}

/// Reads the list of an `errors` member.
pub fn list(errors: Option<&Value>) -> Vec<Problem> {
    let all = errors
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let read = all.iter().take(PROBLEMS_MAX).map(Problem::of);
    read.filter(Problem::is_something).collect()
}

impl Problem {
    fn of(value: &Value) -> Self {
        if let Value::String(text) = value {
            return Self {
                detail: Some(cut(text)),
                ..Self::default()
            };
        }
        let text = |name: &str| match value.get(name) {
            Some(Value::String(text)) => Some(cut(text)),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let whole = |name: &str| value.get(name).and_then(Value::as_i64);
        // The errors within a problem of a bad request have a message and parameters.
        let parameter = value.get("parameters").and_then(Value::as_object);
        let (parameter, given) = parameter
            .and_then(|map| map.iter().next())
            .map(|(name, values)| {
                (
                    Some(cut(name)),
                    values.as_array().and_then(|v| v.first()?.as_str()).map(cut),
                )
            })
            .unwrap_or_default();
        Self {
            kind: value
                .get("type")
                .and_then(Value::as_str)
                .map(ProblemKind::of_type)
                .unwrap_or_default(),
            title: text("title"),
            detail: text("detail").or_else(|| text("message")),
            status: whole("status").and_then(|status| u16::try_from(status).ok()),
            code: whole("code"),
            resource_id: text("resource_id"),
            value: text("value").or(given),
            parameter: text("parameter").or(parameter),
            disconnect_type: text("disconnect_type"),
            connection_issue: text("connection_issue"),
            period: text("period"),
        }
    }

    fn is_something(&self) -> bool {
        self.kind != ProblemKind::Unnamed
            || self.code.is_some()
            || self.title.is_some()
            || self.detail.is_some()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.title, &self.detail) {
            (Some(title), Some(detail)) if title != detail => write!(f, "{title}: {detail}"),
            (Some(text), _) | (None, Some(text)) => f.write_str(text),
            (None, None) => f.write_str("no reason given"),
        }
    }
}

/// The members of an OAuth 2.0 refusal (RFC 6749, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OAuthRefusal {
    pub error: String,
    pub error_description: String,
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hosts_of_a_type_are_one_kind() {
        for host in [
            "https://api.twitter.com/2/problems/",
            "https://api.x.com/2/problems/",
            "",
        ] {
            let kind = |slug: &str| ProblemKind::of_type(&format!("{host}{slug}"));
            assert_eq!(kind("resource-not-found"), ProblemKind::ResourceNotFound);
            assert_eq!(kind("client-forbidden/"), ProblemKind::ClientForbidden);
            assert_eq!(kind("new-one"), ProblemKind::Other("new-one".to_owned()));
        }
        assert_eq!(ProblemKind::of_type("about:blank"), ProblemKind::Unnamed);
    }

    #[test]
    fn a_problem_and_its_list() {
        let body = br#"{"title":"Invalid Request","detail":"One or more parameters were invalid.",
            "type":"https://api.x.com/2/problems/invalid-request","errors":[
            {"parameters":{"ids":["abc"]},"message":"The `ids` query parameter value [abc] is not valid"}]}"#;
        let problems = read(body);
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[0].kind, ProblemKind::InvalidRequest);
        assert_eq!(
            problems[0].to_string(),
            "Invalid Request: One or more parameters were invalid."
        );
        assert_eq!(problems[1].parameter.as_deref(), Some("ids"));
        assert_eq!(problems[1].value.as_deref(), Some("abc"));
    }

    #[test]
    fn the_older_form_and_bodies_that_say_nothing() {
        let problems = read(br#"{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#);
        assert_eq!(
            (problems[0].code, problems[0].to_string()),
            (Some(88), "Rate limit exceeded".into())
        );
        assert_eq!(
            read(br#"{"errors":["plain"]}"#)[0].detail.as_deref(),
            Some("plain")
        );
        for nothing in [
            "",
            "<html>",
            "[]",
            "{}",
            "null",
            r#"{"errors":{}}"#,
            r#"{"data":{"id":"1"}}"#,
            "{\"type\":7}",
        ] {
            assert_eq!(read(nothing.as_bytes()), [], "{nothing}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let body = serde_json::json!({ "detail": "é".repeat(2_000) }).to_string();
        let detail = read(body.as_bytes()).remove(0).detail.unwrap();
        assert_eq!(detail.chars().count(), TEXT_CHARS_MAX);
    }
}
