//! Pictures, from our own store: a browser of the desk never asks a foreign host.

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use runtime::pictures::of_id;
use uuid::Uuid;

use crate::App;
use crate::http::auth::Viewer;
use crate::http::extract::Path;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::media;

const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// A picture of an item or of a person, or one that was uploaded
#[utoipa::path(get, path = "/api/v1/media/{id}", tag = "items", params(("id" = String, Path,)),
    responses((status = 200, body = Vec<u8>, content_type = "image/*"),
              (status = 304, description = "The browser has it")))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("picture");
    let mut transaction = app.begin(&caller).await?;
    let picture = match (id.parse::<Uuid>(), of_id(&id)) {
        (Ok(id), _) => media::get(&mut transaction, &caller.org, id).await?,
        (_, Some(sha256)) => media::of_hash(&mut transaction, &caller.org, &sha256).await?,
        _ => None,
    };
    transaction.commit().await?;
    let picture = picture.ok_or_else(missing)?;
    if picture.kind == "message" && !caller.messages {
        let detail = "This picture is part of a private message, which your key may not read.";
        return Err(Problem::new(&kinds::FORBIDDEN, detail));
    }
    let tag = format!("\"{}\"", picture.sha256);
    // The bytes of an id never change; that they are allowed is asked again by whoever has no copy.
    let kept = [
        (ETAG, tag.clone()),
        (
            CACHE_CONTROL,
            "private, max-age=86400, immutable".to_owned(),
        ),
    ];
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let sha256 = of_id(&picture.sha256).ok_or_else(missing)?;
    let media = app.media().ok_or_else(missing)?;
    let bytes = media.get(&sha256).await.map_err(|error| {
        tracing::warn!(%error, "a picture is not in media.dir");
        missing()
    })?;
    let safe = [
        (CONTENT_TYPE, picture.content_type.as_str()),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (NOSNIFF, "nosniff"),
    ];
    Ok((kept, safe, bytes).into_response())
}
