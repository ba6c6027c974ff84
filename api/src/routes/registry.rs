//! `/registry`: the read paths of a Confluent-compatible schema registry, from the schemas that
//! are built in. An API key as user of HTTP Basic is all that a client needs.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::response::Parts;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse as _;
use schemas::registry::{latest, schema};
use schemas::topics::{ALL, subject};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::Schemas;
use crate::http::extract::Path;
use crate::http::problem::Problem;

/// Content type of every answer.
pub const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
const SUBJECT_NOT_FOUND: i64 = 40_401;
const VERSION_NOT_FOUND: i64 = 40_402;
const SCHEMA_NOT_FOUND: i64 = 40_403;
const VERSION_INVALID: i64 = 42_202;

/// How the registry refuses.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegistryError {
    pub error_code: i64,
    pub message: String,
}

/// A version of a subject.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectVersion {
    pub subject: String,
    pub version: i32,
    pub id: u32,
    pub schema_type: String,
    pub schema: String,
}

/// A schema by id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaById {
    pub schema_type: String,
    pub schema: String,
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if !status.is_success() {
        headers.insert("x-finished", HeaderValue::from_static("true"));
    }
    response
}

fn refuse(status: StatusCode, error_code: i64, message: &str) -> Response<Body> {
    let message = message.to_owned();
    answer(
        status,
        &RegistryError {
            error_code,
            message,
        },
    )
}

/// A problem in the registry's words.
pub fn refusal(problem: &Problem, mut parts: Parts) -> Response<Body> {
    let error = RegistryError {
        error_code: i64::from(problem.kind.status.as_u16()),
        message: problem.detail.clone(),
    };
    let bytes = serde_json::to_vec(&error).unwrap_or_default();
    let media_type = HeaderValue::from_static(MEDIA_TYPE);
    parts.headers.insert(CONTENT_TYPE, media_type);
    Response::from_parts(parts, Body::from(bytes))
}

/// Id and schema of every version of a subject, oldest first.
fn versions(name: &str) -> Option<Vec<(u32, &'static str)>> {
    let topic = ALL.iter().find(|topic| subject(topic) == name)?;
    let all = schemas::registry::IDS.iter();
    Some(
        all.filter(|(_, record, _)| *record == topic.record)
            .map(|(id, _, schema)| (*id, *schema))
            .collect(),
    )
}

/// Names of all subjects
#[utoipa::path(get, path = "/registry/subjects", tag = "registry",
    responses((status = 200, body = Vec<String>, content_type = "application/vnd.schemaregistry.v1+json")))]
pub async fn subjects(Schemas(_): Schemas) -> Response<Body> {
    let names: Vec<String> = ALL
        .iter()
        .filter(|topic| latest(topic.record).is_some())
        .map(|topic| subject(topic))
        .collect();
    answer(StatusCode::OK, &names)
}

/// Versions of a subject
#[utoipa::path(get, path = "/registry/subjects/{subject}/versions", tag = "registry",
    params(("subject" = String, Path,)),
    responses((status = 200, body = Vec<i32>, content_type = "application/vnd.schemaregistry.v1+json")))]
pub async fn list(Schemas(_): Schemas, Path(subject): Path<String>) -> Response<Body> {
    match versions(&subject) {
        None => refuse(
            StatusCode::NOT_FOUND,
            SUBJECT_NOT_FOUND,
            "Subject not found.",
        ),
        Some(all) => answer(StatusCode::OK, &(1..=all.len()).collect::<Vec<_>>()),
    }
}

/// One version of a subject; `latest` is the newest
#[utoipa::path(get, path = "/registry/subjects/{subject}/versions/{version}", tag = "registry",
    params(("subject" = String, Path,), ("version" = String, Path, description = "A number or latest")),
    responses((status = 200, body = SubjectVersion, content_type = "application/vnd.schemaregistry.v1+json")))]
pub async fn version(
    Schemas(_): Schemas,
    Path((subject, version)): Path<(String, String)>,
) -> Response<Body> {
    let Some(all) = versions(&subject) else {
        return refuse(
            StatusCode::NOT_FOUND,
            SUBJECT_NOT_FOUND,
            "Subject not found.",
        );
    };
    let wanted = match version.as_str() {
        "latest" => all.len(),
        text => match text.parse::<u32>() {
            Ok(n) if n > 0 => usize::try_from(n).unwrap_or(usize::MAX),
            _ => {
                let message = "The specified version is not a valid version id.";
                return refuse(StatusCode::UNPROCESSABLE_ENTITY, VERSION_INVALID, message);
            }
        },
    };
    match wanted.checked_sub(1).and_then(|at| all.get(at)) {
        None => refuse(
            StatusCode::NOT_FOUND,
            VERSION_NOT_FOUND,
            "Version not found.",
        ),
        Some((id, schema)) => answer(
            StatusCode::OK,
            &SubjectVersion {
                subject,
                version: i32::try_from(wanted).unwrap_or(i32::MAX),
                id: *id,
                schema_type: "AVRO".to_owned(),
                schema: (*schema).to_owned(),
            },
        ),
    }
}

/// A schema by the id in the Confluent frame
#[utoipa::path(get, path = "/registry/schemas/ids/{id}", tag = "registry",
    params(("id" = u32, Path,)),
    responses((status = 200, body = SchemaById, content_type = "application/vnd.schemaregistry.v1+json")))]
pub async fn by_id(Schemas(_): Schemas, Path(id): Path<u32>) -> Response<Body> {
    match schema(id) {
        None => refuse(StatusCode::NOT_FOUND, SCHEMA_NOT_FOUND, "Schema not found"),
        Some(schema) => answer(
            StatusCode::OK,
            &SchemaById {
                schema_type: "AVRO".to_owned(),
                schema: schema.to_owned(),
            },
        ),
    }
}
