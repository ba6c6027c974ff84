//! Threads complete themselves: a child whose parent came later takes the parent's thread.

use schemas::Kind;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::thread::Thread;

/// Generations completed in one pass; more wait for the next.
const GENERATIONS_MAX: usize = 50;

/// Threads of these items, where they are known with content.
pub async fn of(
    connection: &mut PgConnection,
    items: &[(String, Uuid)],
) -> Result<Vec<(String, Uuid, Thread)>, sqlx::Error> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let (orgs, ids): (Vec<String>, Vec<Uuid>) = items.iter().cloned().unzip();
    let rows = sqlx::query!(
        "SELECT i.org, i.item_id, i.thread_id, i.thread_open
           FROM items i JOIN UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
             ON i.org = w.org AND i.item_id = w.item_id
          WHERE i.direction IS NOT NULL",
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            (
                r.org,
                r.item_id,
                Thread {
                    id: r.thread_id,
                    open: r.thread_open,
                },
            )
        })
        .collect())
}

/// Completes the threads of these open items and of the open children of these items; in a
/// transaction of its own after the commit, so that whichever of parent and child commits last
/// sees the other. Gives the persons whose items moved.
pub async fn complete(
    pool: &PgPool,
    org: &str,
    items: Option<&[Uuid]>,
) -> Result<Vec<String>, sqlx::Error> {
    let mut moved = Vec::new();
    let mut wanted: Option<Vec<Uuid>> = items.map(<[Uuid]>::to_vec);
    for _ in 0..GENERATIONS_MAX {
        let mut scope = runtime::pg::begin(pool, &[org]).await?;
        let rows = sqlx::query!(
            "UPDATE items c SET thread_id = p.thread_id, thread_open = p.thread_open
               FROM items p
              WHERE c.org = $1 AND c.thread_open AND c.kind = $2
                AND ($3::uuid[] IS NULL OR c.item_id = ANY ($3) OR c.parent_item_id = ANY ($3))
                AND p.org = $1 AND p.item_id = c.parent_item_id AND p.direction IS NOT NULL
                AND (p.thread_id, p.thread_open) <> (c.thread_id, c.thread_open)
             RETURNING c.item_id, c.person_id",
            org,
            Kind::Post.as_str(),
            wanted.as_deref()
        )
        .fetch_all(&mut *scope)
        .await?;
        scope.commit().await?;
        if rows.is_empty() {
            break;
        }
        wanted = Some(rows.iter().map(|row| row.item_id).collect());
        moved.extend(rows.into_iter().map(|row| row.person_id));
    }
    moved.sort_unstable();
    moved.dedup();
    Ok(moved)
}
