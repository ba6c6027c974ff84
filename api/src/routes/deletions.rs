//! `GET /deletions/{id}`.

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use crate::App;
use crate::deletions;
use crate::http::auth::Ops;
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::view::deletion::Receipt;

/// Where what was said in a deleted item stood, and until when
#[utoipa::path(get, path = "/api/v1/deletions/{id}", tag = "administration",
    params(("id" = Uuid, Path, description = "The item.")), responses((status = 200, body = Receipt)))]
pub async fn get(
    State(app): State<App>,
    Ops(caller): Ops,
    Path(id): Path<Uuid>,
) -> Result<Json<Receipt>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let receipt = deletions::receipt(&mut transaction, &caller.org, id, app.now()).await?;
    transaction.commit().await?;
    receipt
        .map(Json)
        .ok_or_else(|| Problem::not_found("deletion"))
}
