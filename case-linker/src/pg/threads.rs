//! Threads complete themselves: a child whose parent came later takes the parent's thread.

use schemas::{Kind, ids};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::thread::Thread;

/// Longest chain of posts without a conversation id that completes; a circle ends here too.
const GENERATIONS_MAX: usize = 1_000;

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

/// Completes the threads of these items and of their children, or of all; in transactions of their
/// own after the commit, so that whichever of parent and child commits last sees the other. Gives
/// the persons whose items moved.
pub async fn complete(
    pool: &PgPool,
    org: &str,
    items: Option<&[Uuid]>,
) -> Result<Vec<String>, sqlx::Error> {
    let mut moved = Vec::new();
    let redirected = redirect(pool, org, items).await?;
    let mut wanted: Option<Vec<Uuid>> = items.map(|items| [items, &redirected].concat());
    for _ in 0..GENERATIONS_MAX {
        let mut scope = runtime::pg::begin(pool, &[org]).await?;
        let rows = sqlx::query!(
            "WITH late AS (
                 SELECT c.item_id, p.thread_id, p.thread_open
                   FROM items c JOIN items p ON p.org = c.org AND p.item_id = c.parent_item_id
                  WHERE c.org = $1 AND c.kind = $2 AND c.conversation_id IS NULL
                    AND c.parent_item_id IS NOT NULL AND p.direction IS NOT NULL
                    AND ($3::uuid[] IS NULL OR c.item_id = ANY ($3) OR c.parent_item_id = ANY ($3))
                    AND (p.thread_id, p.thread_open) <> (c.thread_id, c.thread_open)
                  ORDER BY c.item_id FOR UPDATE OF c)
             UPDATE items c SET thread_id = late.thread_id, thread_open = late.thread_open
               FROM late WHERE c.org = $1 AND c.item_id = late.item_id
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

// Who answers a later version answers the item, from either end: these items may be the answers,
// or those whose versions were answered. Gives the answers.
async fn redirect(
    pool: &PgPool,
    org: &str,
    items: Option<&[Uuid]>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    let mut moved = sqlx::query_scalar!(
        "WITH late AS (
             SELECT c.item_id, a.item_id AS parent
               FROM items c JOIN item_aliases a
                 ON a.org = c.org AND a.kind = c.kind AND a.x_id = c.parent_x_id
              WHERE c.org = $1 AND ($2::uuid[] IS NULL OR c.item_id = ANY ($2))
                AND c.conversation_id IS NULL AND c.parent_item_id <> a.item_id
              ORDER BY c.item_id FOR UPDATE OF c)
         UPDATE items c SET parent_item_id = late.parent
           FROM late WHERE c.org = $1 AND c.item_id = late.item_id
         RETURNING c.item_id",
        org,
        items
    )
    .fetch_all(&mut *scope)
    .await?;
    let later = sqlx::query!(
        "SELECT x_id, item_id FROM item_aliases
          WHERE org = $1 AND kind = $2 AND item_id = ANY ($3)",
        org,
        Kind::Post.as_str(),
        items.unwrap_or_default()
    )
    .fetch_all(&mut *scope)
    .await?;
    if !later.is_empty() {
        let versions: Vec<Uuid> = later
            .iter()
            .map(|row| ids::item(org, Kind::Post, &row.x_id))
            .collect();
        let firsts: Vec<Uuid> = later.iter().map(|row| row.item_id).collect();
        moved.extend(
            sqlx::query_scalar!(
                "WITH late AS (
                     SELECT c.item_id, a.first
                       FROM items c JOIN UNNEST($2::uuid[], $3::uuid[]) AS a (version, first)
                         ON c.parent_item_id = a.version
                      WHERE c.org = $1 AND c.conversation_id IS NULL
                        AND c.parent_item_id IS NOT NULL
                      ORDER BY c.item_id FOR UPDATE OF c)
                 UPDATE items c SET parent_item_id = late.first
                   FROM late WHERE c.org = $1 AND c.item_id = late.item_id
                 RETURNING c.item_id",
                org,
                &versions,
                &firsts
            )
            .fetch_all(&mut *scope)
            .await?,
        );
    }
    scope.commit().await?;
    Ok(moved)
}
