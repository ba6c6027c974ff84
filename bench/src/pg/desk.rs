//! A hundred thousand rows of which ten thousand wait, one long conversation, and a day's work on them.

use runtime::pg::changes::{self, Change};
use schemas::Kind;
use schemas::changes::{THREAD, row};
use sqlx::PgPool;

use super::lists::{ORG, statements};

/// Whose rows wait. Every tenth of them writes messages.
pub const WAITING: std::ops::Range<i64> = 90_001..100_001;
/// The row of the long conversation.
pub const LONG: &str = "p.150000.1800000000000000001";

/// Fills the tables of a new database, as their owner.
pub async fn fill(owner_url: &str) -> Result<(), sqlx::Error> {
    statements(owner_url, include_str!("desk.sql")).await
}

/// A new post of this person, in the conversation that is there already.
pub async fn arrive(pool: &PgPool, person: i64, nth: i64) -> Result<(), sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[ORG]).await?;
    sqlx::query(
        "INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, text, text_complete,
                handle, author_name, source, posted_at, received_at, recorded_at, conversation_id, thread_id, revision)
         SELECT $1, gen_random_uuid(), 'post', (1910000000000000000 + $3)::text, n, n, 'inbound', 'mention',
                'and parcel number ' || n || ' is still not here', true, 'h' || n, 'Person ' || n, 'webhook',
                now(), now(), now(), n, n, 1
           FROM CAST($2 AS text) AS n",
    )
    .bind(ORG)
    .bind(person.to_string())
    .bind(nth)
    .execute(&mut *scope)
    .await?;
    changes::push(&mut scope, &[told(person)]).await?;
    scope.commit().await
}

/// All posts of this person are done, by a colleague.
pub async fn close(pool: &PgPool, person: i64) -> Result<(), sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[ORG]).await?;
    sqlx::query(
        "UPDATE items SET closed_at = now(), closed_by = 'key:bench', revision = revision + 1
          WHERE org = $1 AND person_id = $2 AND direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL",
    )
    .bind(ORG)
    .bind(person.to_string())
    .execute(&mut *scope)
    .await?;
    changes::push(&mut scope, &[told(person)]).await?;
    scope.commit().await
}

fn told(person: i64) -> Change {
    let n = person.to_string();
    Change::of(ORG, THREAD, vec![row(Kind::Post, &n, &n, None)])
}
