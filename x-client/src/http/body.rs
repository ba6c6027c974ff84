//! Bodies that go out, and bodies that come in within a bound.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::multipart;
use secrecy::SecretString;

use super::Seen;
use crate::error::Failure;

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    None,
    Json(Bytes),
    /// A form of a token endpoint, with the client's id and secret for HTTP Basic.
    Form {
        text: SecretString,
        basic: Option<(SecretString, SecretString)>,
    },
    Multipart(Vec<Part>),
}

/// A part of a multipart body.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text { name: &'static str, value: String },
    File { name: &'static str, bytes: Bytes },
}

pub(super) fn form(parts: &[Part]) -> multipart::Form {
    let mut form = multipart::Form::new();
    for part in parts {
        form = match part {
            Part::Text { name, value } => form.text(*name, value.clone()),
            Part::File { name, bytes } => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let file = multipart::Part::stream_with_length(bytes.clone(), length);
                form.part(*name, file.file_name("media"))
            }
        };
    }
    form
}

/// What an error of the connection tells: only one that came before the request is surely harmless.
pub(super) fn classify(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::Connect
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Broken
    }
}

/// Reads an answer whole, up to a size and a time.
pub(super) async fn collect(
    mut response: reqwest::Response,
    bytes_max: usize,
    limit: Duration,
) -> Seen {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if body.len() + chunk.len() > bytes_max {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    match tokio::time::timeout(limit, reading).await {
        Ok(Ok(body)) => Seen::Answer {
            status,
            headers,
            body,
        },
        // The status alone says that X did not act: its words are not needed.
        _ if (400..500).contains(&status) && status != 408 => Seen::Answer {
            status,
            headers,
            body: Bytes::new(),
        },
        Ok(Err(failure)) => Seen::Failed(failure),
        Err(_) => Seen::Failed(Failure::Timeout),
    }
}
