//! The fields of an upload, from a multipart body, a form, or JSON with base64.

use axum::http::header;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::stream;
use serde::Deserialize;

use super::{
    auth::text,
    call::{Call, Query},
    errors::ApiError,
};

#[derive(Debug, Default)]
pub(super) struct Form {
    pub command: Option<String>,
    pub media: Option<Bytes>,
    pub media_id: Option<String>,
    pub media_type: Option<String>,
    pub media_category: Option<String>,
    pub total_bytes: Option<u64>,
    pub segment_index: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    media: String,
    media_type: Option<String>,
    media_category: Option<String>,
    segment_index: Option<Index>,
}

/// Specified as a number or as its text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Index {
    Number(u32),
    Text(String),
}

fn wrong(name: &str, message: String) -> ApiError {
    ApiError::invalid(name, "", message)
}

pub(super) async fn form(call: &Call) -> Result<Form, ApiError> {
    let kind = text(&call.headers, &header::CONTENT_TYPE).to_owned();
    let mut form = if kind.starts_with("multipart/form-data") {
        multipart(call, &kind).await?
    } else if kind.starts_with("application/json") {
        json(call)?
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let body = std::str::from_utf8(&call.body).unwrap_or_default();
        fields(&Query::parse(body)?)?
    } else {
        let message = "Content-Type is multipart/form-data or application/json".to_owned();
        return Err(wrong("content-type", message));
    };
    // The older commands may stand in the query.
    let query = fields(&call.query)?;
    form.command = form.command.or(query.command);
    form.media_id = form.media_id.or(query.media_id);
    form.media_type = form.media_type.or(query.media_type);
    form.media_category = form.media_category.or(query.media_category);
    form.total_bytes = form.total_bytes.or(query.total_bytes);
    form.segment_index = form.segment_index.or(query.segment_index);
    Ok(form)
}

fn fields(query: &Query) -> Result<Form, ApiError> {
    let mut form = Form::default();
    for (name, value) in query.pairs() {
        form.put(name, value)?;
    }
    Ok(form)
}

impl Form {
    fn put(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let number = || wrong(name, format!("{name} is a number"));
        match name {
            "command" => self.command = Some(value.to_owned()),
            "media_id" => self.media_id = Some(value.to_owned()),
            "media_type" => self.media_type = Some(value.to_owned()),
            "media_category" => self.media_category = Some(value.to_owned()),
            "total_bytes" => self.total_bytes = Some(value.parse().map_err(|_| number())?),
            "segment_index" => self.segment_index = Some(value.parse().map_err(|_| number())?),
            "media_data" => self.media = Some(decoded(value)?),
            _ => return Err(wrong(name, format!("there is no field {name}"))),
        }
        Ok(())
    }
}

fn decoded(coded: &str) -> Result<Bytes, ApiError> {
    let plain = STANDARD.decode(coded);
    plain
        .map(Bytes::from)
        .map_err(|_| wrong("media", "media is base64".to_owned()))
}

fn json(call: &Call) -> Result<Form, ApiError> {
    let json: Json = call.json()?;
    let segment_index = match json.segment_index {
        Some(Index::Number(number)) => Some(number),
        Some(Index::Text(text)) => {
            let number = text.parse();
            Some(
                number
                    .map_err(|_| wrong("segment_index", "segment_index is a number".to_owned()))?,
            )
        }
        None => None,
    };
    Ok(Form {
        media: Some(decoded(&json.media)?),
        media_type: json.media_type,
        media_category: json.media_category,
        segment_index,
        ..Form::default()
    })
}

async fn multipart(call: &Call, kind: &str) -> Result<Form, ApiError> {
    let broken = |error: multer::Error| wrong("body", error.to_string());
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let body = call.body.clone();
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "media" {
            form.media = Some(part.bytes().await.map_err(broken)?);
        } else {
            let value = part.text().await.map_err(broken)?;
            form.put(&name, &value)?;
        }
    }
    Ok(form)
}
