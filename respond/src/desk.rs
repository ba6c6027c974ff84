//! What the API's commands call inside their transaction: intents made, taken back, sent anew,
//! resolved. Each publishes its step with its row.

use chrono::{DateTime, Utc};
use runtime::{Encoder, StageError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::decide::{Command, Failure, State, commanded};
use crate::intent::New;
use crate::pg::rows::Reply;
use crate::pg::{intents, media};
use crate::publish::stepped;

/// An intent after a command, and the highest outbox number.
pub type Done = (Reply, Option<i64>);

/// Makes an intent, queued.
pub async fn create(
    connection: &mut PgConnection,
    encoder: &Encoder,
    org: &str,
    new: &New,
    now: DateTime<Utc>,
) -> Result<Done, StageError> {
    intents::insert(connection, org, new, now).await?;
    published(connection, encoder, (org, new.reply_id), now).await
}

/// Why a command did nothing.
#[derive(Debug)]
pub enum Refused {
    /// There is no such intent.
    NotFound,
    /// It is in this state.
    State(State),
}

/// Takes an intent back, or sends it anew, or says what became of it. `x_id` is where it stands, if
/// a person found it.
pub async fn command(
    connection: &mut PgConnection,
    encoder: &Encoder,
    (org, id): (&str, Uuid),
    (command, by, x_id): (Command, &str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<Result<Done, Refused>, StageError> {
    let Some(reply) = intents::lock(connection, org, id).await? else {
        return Ok(Err(Refused::NotFound));
    };
    let Some(to) = commanded(reply.state(), command) else {
        return Ok(Err(Refused::State(reply.state())));
    };
    let failure = (to == State::Failed).then(|| Failure {
        kind: "not-posted".to_owned(),
        title: "It is not on X".to_owned(),
        detail: format!("Told by {by}."),
        ..Failure::default()
    });
    let failure = failure.and_then(|failure| serde_json::to_value(failure).ok());
    let step = (to.as_str(), by, x_id);
    intents::command(connection, &reply, step, failure.as_ref(), now).await?;
    let done = published(connection, encoder, (org, id), now).await?;
    Ok(Ok(done))
}

async fn published(
    connection: &mut PgConnection,
    encoder: &Encoder,
    (org, id): (&str, Uuid),
    now: DateTime<Utc>,
) -> Result<Done, StageError> {
    let reply = intents::load(connection, org, id)
        .await?
        .ok_or_else(|| StageError::fatal("an intent that was just written is gone"))?;
    let seq = stepped(connection, encoder, &reply, now).await?;
    Ok((reply, seq))
}

/// One intent of an organisation.
pub async fn load(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Reply>, StageError> {
    Ok(intents::load(connection, org, id).await?)
}

/// One intent, held until the transaction ends: no step of the sender comes between.
pub async fn lock(
    connection: &mut PgConnection,
    org: &str,
    id: Uuid,
) -> Result<Option<Reply>, StageError> {
    Ok(intents::lock(connection, org, id).await?)
}

/// The texts of intents, for those who may read them.
pub async fn texts(
    connection: &mut PgConnection,
    org: &str,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String)>, StageError> {
    Ok(intents::texts(connection, org, ids).await?)
}

/// Intents in these states (and of this row of the list), newest first, after a place.
pub async fn page(
    connection: &mut PgConnection,
    org: &str,
    filter: (&[String], Option<&str>),
    after: (Option<DateTime<Utc>>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<Reply>, StageError> {
    Ok(intents::page(connection, org, filter, after, limit).await?)
}

/// Keeps that an organisation has a picture.
pub async fn keep_upload(
    connection: &mut PgConnection,
    who: (&str, &str),
    picture: (&[u8], &str, i32),
    now: DateTime<Utc>,
) -> Result<(), StageError> {
    Ok(media::keep(connection, who, picture, now).await?)
}

/// Whether an organisation has a picture.
pub async fn has_upload(
    connection: &mut PgConnection,
    org: &str,
    sha256: &[u8],
) -> Result<bool, StageError> {
    Ok(media::media_type(connection, org, sha256).await?.is_some())
}
