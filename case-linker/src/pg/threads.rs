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
        r#"SELECT i.org AS "org!", i.item_id AS "item_id!", i.thread_id AS "thread_id!",
                  i.thread_open AS "thread_open!"
             FROM UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
            CROSS JOIN LATERAL (
                  SELECT i.* FROM items i
                   WHERE i.org = w.org AND i.item_id = w.item_id AND i.direction IS NOT NULL
                  OFFSET 0) AS i"#,
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
    let items = match items {
        Some(items) => items.to_vec(),
        None => without_conversation(pool, org).await?,
    };
    let redirected = redirect(pool, org, &items).await?;
    let mut wanted: Vec<Uuid> = [items, redirected].concat();
    for _ in 0..GENERATIONS_MAX {
        let rows = generation(pool, org, &wanted).await?;
        if rows.is_empty() {
            break;
        }
        wanted = rows.iter().map(|(item, _)| *item).collect();
        moved.extend(rows.into_iter().map(|(_, person)| person));
    }
    moved.sort_unstable();
    moved.dedup();
    Ok(moved)
}

// Each branch begins at the wanted ids: an OR over both would read every item of the organisation.
async fn generation(
    pool: &PgPool,
    org: &str,
    wanted: &[Uuid],
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    let rows = sqlx::query!(
        "WITH near AS (
             SELECT w.id FROM UNNEST($3::uuid[]) AS w (id)
             UNION
             SELECT c.item_id FROM UNNEST($3::uuid[]) AS w (id)
               JOIN items c ON c.org = $1 AND c.parent_item_id = w.id
              WHERE c.conversation_id IS NULL AND c.parent_item_id IS NOT NULL),
         late AS (
             SELECT c.item_id, p.thread_id, p.thread_open
               FROM near JOIN items c ON c.org = $1 AND c.item_id = near.id
               JOIN items p ON p.org = $1 AND p.item_id = c.parent_item_id
              WHERE c.kind = $2 AND c.conversation_id IS NULL AND p.direction IS NOT NULL
                AND (p.thread_id, p.thread_open) <> (c.thread_id, c.thread_open)
              ORDER BY c.item_id FOR UPDATE OF c)
         UPDATE items c SET thread_id = late.thread_id, thread_open = late.thread_open
           FROM late WHERE c.org = $1 AND c.item_id = late.item_id
         RETURNING c.item_id, c.person_id",
        org,
        Kind::Post.as_str(),
        wanted
    )
    .fetch_all(&mut *scope)
    .await?;
    scope.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.item_id, row.person_id))
        .collect())
}

// Everything whose thread hangs on a parent: what a crash may have left open.
async fn without_conversation(pool: &PgPool, org: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    sqlx::query_scalar!(
        "SELECT item_id FROM items
          WHERE org = $1 AND conversation_id IS NULL AND parent_item_id IS NOT NULL",
        org
    )
    .fetch_all(&mut *scope)
    .await
}

// Who answers a later version answers the item, from either end: these items may be the answers,
// or those whose versions were answered. Gives the answers.
async fn redirect(pool: &PgPool, org: &str, items: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    let mut moved = sqlx::query_scalar!(
        "WITH late AS (
             SELECT c.item_id, a.item_id AS parent
               FROM UNNEST($2::uuid[]) AS w (id)
               JOIN items c ON c.org = $1 AND c.item_id = w.id
               JOIN item_aliases a
                 ON a.org = $1 AND a.kind = c.kind AND a.x_id = c.parent_x_id
              WHERE c.conversation_id IS NULL AND c.parent_item_id <> a.item_id
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
        items
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
                       FROM UNNEST($2::uuid[], $3::uuid[]) AS a (version, first)
                       JOIN items c ON c.org = $1 AND c.parent_item_id = a.version
                      WHERE c.conversation_id IS NULL
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
