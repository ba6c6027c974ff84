//! `GET /people/{x_id}`.

use axum::Json;
use axum::extract::State;

use crate::App;
use crate::http::auth::{Caller, Viewer};
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::pg::people;
use crate::view::person::Person;

/// A person on X
#[utoipa::path(get, path = "/api/v1/people/{x_id}", tag = "customers",
    params(("x_id" = String, Path,)), responses((status = 200, body = Person)))]
pub async fn get(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(x_id): Path<String>,
) -> Result<Json<Person>, Problem> {
    let mut transaction = app.begin(&caller).await?;
    let person = load(&mut transaction, &caller, &x_id).await?;
    transaction.commit().await?;
    Ok(Json(person))
}

/// A person of the caller's organisation, with the customer.
pub async fn load(
    connection: &mut sqlx::PgConnection,
    caller: &Caller,
    x_id: &str,
) -> Result<Person, Problem> {
    let found = people::load(connection, &caller.org, x_id).await?;
    let mut person = found.ok_or_else(|| Problem::not_found("person"))?;
    person.customer = people::attached(connection, &caller.org, x_id).await?;
    Ok(person)
}
