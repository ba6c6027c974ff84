//! `POST /media`: one picture, known by its bytes.

use axum::extract::State;
use axum::response::Response;
use runtime::pictures::{id, sniff};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::http::auth::Csr;
use crate::http::command::{Answer, Command, Scope, SentFile, execute};
use crate::http::kinds;
use crate::http::problem::Problem;

/// A picture that was uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Picture {
    /// The same bytes have the same id.
    pub media_id: String,
    pub media_type: String,
    pub bytes: usize,
}

/// Uploads a picture: PNG, JPEG, WebP or GIF, up to 5 MB
#[utoipa::path(post, path = "/api/v1/media", tag = "replies",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Picture)))]
pub async fn post(
    State(app): State<App>,
    Csr(caller): Csr,
    SentFile(sent): SentFile,
) -> Result<Response, Problem> {
    let Some(media_type) = sniff(&sent.body) else {
        let detail = "Send a PNG, JPEG, WebP or GIF picture.";
        return Err(Problem::new(&kinds::MEDIA_TYPE, detail));
    };
    // Before the row: what a row names is there.
    let missing = || Problem {
        dependency: Some("media.dir"),
        ..Problem::new(&kinds::DEPENDENCY, "The picture could not be kept.")
    };
    let media = app.media().ok_or_else(missing)?;
    let sha256 = media.put(&sent.body).await.map_err(|error| {
        tracing::error!(%error, "media.dir cannot be written");
        missing()
    })?;
    let keep = Keep {
        sha256,
        media_type,
        bytes: sent.body.len(),
    };
    execute(&app, &caller, &sent, &keep).await
}

struct Keep {
    sha256: Vec<u8>,
    media_type: &'static str,
    bytes: usize,
}

impl Command for Keep {
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Answer, Problem> {
        let (org, now) = (scope.org().to_owned(), scope.now);
        let by = scope.caller.actor.clone();
        let bytes = i32::try_from(self.bytes).unwrap_or(i32::MAX);
        let picture = (self.sha256.as_slice(), self.media_type, bytes);
        respond::desk::keep_upload(scope.connection, (&org, &by), picture, now).await?;
        let id = id(&self.sha256);
        scope
            .audit("media.upload", &id, serde_json::json!({ "bytes": bytes }))
            .await?;
        let location = format!("/api/v1/media/{id}");
        let answer = Picture {
            media_id: id,
            media_type: self.media_type.to_owned(),
            bytes: self.bytes,
        };
        Answer::created(&answer, location)
    }
}
