//! What a line of a stream is.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::problem::{self, Problem};

/// A line of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The connection lives.
    KeepAlive,
    /// A JSON object with `data`: one post or event, as X sent it.
    Data(Bytes),
    /// X ends the stream, or says what is wrong; [`Problem::disconnect_type`] says which.
    Errors(Vec<Problem>),
    /// Anything else: to be kept, not to be acted on.
    Unknown(Bytes),
}

#[derive(Deserialize)]
struct Shape {
    data: Option<IgnoredAny>,
    errors: Option<Vec<IgnoredAny>>,
    disconnect_type: Option<IgnoredAny>,
    connection_issue: Option<IgnoredAny>,
}

/// Says what a line is. A line with data is data, whatever stands beside it.
pub fn classify(line: Bytes) -> Line {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Line::KeepAlive;
    }
    let Ok(shape) = serde_json::from_slice::<Shape>(&line) else {
        return Line::Unknown(line);
    };
    if shape.data.is_some() {
        return Line::Data(line);
    }
    let errors = shape.errors.is_some_and(|errors| !errors.is_empty());
    if errors || shape.disconnect_type.is_some() || shape.connection_issue.is_some() {
        return Line::Errors(problem::read(&line));
    }
    Line::Unknown(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Line {
        classify(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn lines_of_each_kind() {
        assert_eq!(of(""), Line::KeepAlive);
        assert_eq!(of(" \r"), Line::KeepAlive);
        for data in [
            r#"{"data":{"id":"1"},"matching_rules":[{"id":"2","tag":"t"}]}"#,
            r#"{"data":[{"id":"1"}],"errors":[{"title":"Not Found Error"}]}"#,
        ] {
            assert_eq!(
                of(data),
                Line::Data(Bytes::copy_from_slice(data.as_bytes()))
            );
        }
        for other in [
            "{}",
            "[]",
            "7",
            "{\"data\":null}",
            "{\"errors\":[]}",
            "<html>",
            "{\"data\":{\"id\":\"1",
        ] {
            assert!(matches!(of(other), Line::Unknown(_)), "{other}");
        }
    }

    #[test]
    fn a_disconnect_names_its_type() {
        let line = r#"{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect",
            "detail":"This stream has been disconnected upstream.","type":"https://api.x.com/2/problems/operational-disconnect"}]}"#;
        let Line::Errors(errors) = of(line) else {
            panic!("not an error")
        };
        assert_eq!(
            errors[0].disconnect_type.as_deref(),
            Some("UpstreamOperationalDisconnect")
        );
        let line = r#"{"title":"ConnectionException","connection_issue":"TooManyConnections"}"#;
        let Line::Errors(errors) = of(line) else {
            panic!("not an error")
        };
        assert_eq!(
            errors[0].connection_issue.as_deref(),
            Some("TooManyConnections")
        );
    }
}
