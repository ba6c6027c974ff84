//! Threads complete themselves: a child whose parent came later takes the parent's thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use runtime::pg::changes::{self, Change};
use schemas::changes::{THREAD, row};
use schemas::{Kind, ids};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::thread::{Thread, Unsettled};

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

/// Which of these items have something to complete, by organisation: themselves, an answer to
/// them that came before, or versions that were answered. Reads only, and after the commit:
/// whichever of parent and child commits last sees the other.
pub async fn late(
    pool: &PgPool,
    unsettled: &[Unsettled],
) -> Result<BTreeMap<String, Vec<Uuid>>, sqlx::Error> {
    let mut late: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    if unsettled.is_empty() {
        return Ok(late);
    }
    let mut orgs: Vec<&str> = unsettled.iter().map(|u| u.org.as_str()).collect();
    orgs.sort_unstable();
    orgs.dedup();
    let (edited, plain): (Vec<_>, Vec<_>) = unsettled.iter().partition(|u| u.edited);
    for u in edited {
        late.entry(u.org.clone()).or_default().push(u.item);
    }
    let pairs = |of: &mut dyn Iterator<Item = &&Unsettled>| -> (Vec<String>, Vec<Uuid>) {
        of.map(|u| (u.org.clone(), u.item)).unzip()
    };
    let (above_orgs, above) = pairs(&mut plain.iter());
    let (hanging_orgs, hanging) = pairs(&mut plain.iter().filter(|u| u.hangs));
    let mut scope = runtime::pg::begin(pool, &orgs).await?;
    let rows = sqlx::query!(
        r#"SELECT c.org AS "org!", c.item_id AS "item_id!"
             FROM UNNEST($1::text[], $2::uuid[]) AS w (org, id)
            CROSS JOIN LATERAL (
                  SELECT c.org, c.item_id FROM items c
                   WHERE c.org = w.org AND c.parent_item_id = w.id
                     AND c.conversation_id IS NULL AND c.parent_item_id IS NOT NULL
                  OFFSET 0) AS c
           UNION
           SELECT c.org, c.item_id
             FROM UNNEST($3::text[], $4::uuid[]) AS w (org, id)
            CROSS JOIN LATERAL (
                  SELECT c.* FROM items c
                   WHERE c.org = w.org AND c.item_id = w.id OFFSET 0) AS c
            WHERE EXISTS (SELECT FROM items p
                           WHERE p.org = c.org AND p.item_id = c.parent_item_id
                             AND p.direction IS NOT NULL
                             AND (p.thread_id, p.thread_open) <> (c.thread_id, c.thread_open))
               OR EXISTS (SELECT FROM item_aliases a
                           WHERE a.org = c.org AND a.kind = c.kind AND a.x_id = c.parent_x_id
                             AND a.item_id <> c.parent_item_id)"#,
        &above_orgs,
        &above,
        &hanging_orgs,
        &hanging
    )
    .fetch_all(&mut *scope)
    .await?;
    for row in rows {
        late.entry(row.org).or_default().push(row.item_id);
    }
    Ok(late)
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

// Each look-up begins at an id and not at the organisation. A row is only taken over from the
// thread that it was read with: whoever changed it since looks at it again.
async fn generation(
    pool: &PgPool,
    org: &str,
    wanted: &[Uuid],
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let mut scope = runtime::pg::begin(pool, &[org]).await?;
    let late = sqlx::query!(
        r#"SELECT c.item_id AS "item_id!", c.thread_id AS "was!", c.thread_open AS "was_open!",
                  p.thread_id AS "thread!", p.thread_open AS "open!"
             FROM (SELECT w.id FROM UNNEST($3::uuid[]) AS w (id)
                   UNION
                   SELECT c.item_id FROM UNNEST($3::uuid[]) AS w (id)
                    CROSS JOIN LATERAL (
                          SELECT c.item_id FROM items c
                           WHERE c.org = $1 AND c.parent_item_id = w.id
                             AND c.conversation_id IS NULL AND c.parent_item_id IS NOT NULL
                          OFFSET 0) AS c) AS near
            CROSS JOIN LATERAL (
                  SELECT c.item_id, c.parent_item_id, c.thread_id, c.thread_open FROM items c
                   WHERE c.org = $1 AND c.item_id = near.id AND c.kind = $2
                     AND c.conversation_id IS NULL
                  OFFSET 0) AS c
            CROSS JOIN LATERAL (
                  SELECT p.thread_id, p.thread_open FROM items p
                   WHERE p.org = $1 AND p.item_id = c.parent_item_id AND p.direction IS NOT NULL
                  OFFSET 0) AS p
            WHERE (p.thread_id, p.thread_open) <> (c.thread_id, c.thread_open)
            ORDER BY c.item_id"#,
        org,
        Kind::Post.as_str(),
        wanted
    )
    .fetch_all(&mut *scope)
    .await?;
    if late.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = late.iter().map(|row| row.item_id).collect();
    let was: Vec<&str> = late.iter().map(|row| row.was.as_str()).collect();
    let was_open: Vec<bool> = late.iter().map(|row| row.was_open).collect();
    let threads: Vec<&str> = late.iter().map(|row| row.thread.as_str()).collect();
    let open: Vec<bool> = late.iter().map(|row| row.open).collect();
    let rows = sqlx::query!(
        "UPDATE items c SET thread_id = l.thread, thread_open = l.open
           FROM UNNEST($2::uuid[], $3::text[], $4::bool[], $5::text[], $6::bool[])
                AS l (id, thread, open, was, was_open)
          WHERE c.org = $1 AND c.item_id = l.id
            AND (c.thread_id, c.thread_open) IS NOT DISTINCT FROM (l.was, l.was_open)
         RETURNING c.item_id, c.person_id",
        org,
        &ids,
        &threads as &[&str],
        &open,
        &was as &[&str],
        &was_open
    )
    .fetch_all(&mut *scope)
    .await?;
    let places: HashMap<Uuid, [&str; 2]> = late
        .iter()
        .map(|row| (row.item_id, [row.was.as_str(), row.thread.as_str()]))
        .collect();
    let moved = rows.iter().map(|row| (row.item_id, row.person_id.as_str()));
    let told = Change::of(org, THREAD, both_rows(&places, moved));
    changes::push(&mut scope, &[told]).await?;
    scope.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.item_id, row.person_id))
        .collect())
}

// The rows of the list that these items left, and those that they came to. No repost is among them:
// it answers nothing, so its thread hangs on no parent.
fn both_rows<'a>(
    places: &HashMap<Uuid, [&str; 2]>,
    moved: impl Iterator<Item = (Uuid, &'a str)>,
) -> Vec<String> {
    let of = |(item, person)| {
        let threads = places.get(&item).into_iter().flatten();
        threads.map(move |thread| row(Kind::Post, person, thread, None))
    };
    moved
        .flat_map(of)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
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
    let late = sqlx::query!(
        r#"SELECT c.item_id AS "item_id!", a.item_id AS "parent!"
             FROM UNNEST($2::uuid[]) AS w (id)
            CROSS JOIN LATERAL (
                  SELECT c.item_id, c.kind, c.parent_x_id, c.parent_item_id FROM items c
                   WHERE c.org = $1 AND c.item_id = w.id AND c.conversation_id IS NULL
                  OFFSET 0) AS c
            CROSS JOIN LATERAL (
                  SELECT a.item_id FROM item_aliases a
                   WHERE a.org = $1 AND a.kind = c.kind AND a.x_id = c.parent_x_id
                     AND a.item_id <> c.parent_item_id OFFSET 0) AS a"#,
        org,
        items
    )
    .fetch_all(&mut *scope)
    .await?;
    let mut answers: Vec<(Uuid, Uuid)> = late.iter().map(|r| (r.item_id, r.parent)).collect();
    answers.extend(answers_to_versions(&mut scope, org, items).await?);
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    answers.sort_unstable();
    let (ids, parents): (Vec<Uuid>, Vec<Uuid>) = answers.into_iter().unzip();
    let moved = sqlx::query_scalar!(
        "UPDATE items c SET parent_item_id = l.parent
           FROM UNNEST($2::uuid[], $3::uuid[]) AS l (id, parent)
          WHERE c.org = $1 AND c.item_id = l.id
         RETURNING c.item_id",
        org,
        &ids,
        &parents
    )
    .fetch_all(&mut *scope)
    .await?;
    scope.commit().await?;
    Ok(moved)
}

// Posts that answer a later version of one of these items, and the item.
async fn answers_to_versions(
    scope: &mut PgConnection,
    org: &str,
    items: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let later = sqlx::query!(
        "SELECT x_id, item_id FROM item_aliases
          WHERE org = $1 AND kind = $2 AND item_id = ANY ($3)",
        org,
        Kind::Post.as_str(),
        items
    )
    .fetch_all(&mut *scope)
    .await?;
    if later.is_empty() {
        return Ok(Vec::new());
    }
    let versions: Vec<Uuid> = later
        .iter()
        .map(|row| ids::item(org, Kind::Post, &row.x_id))
        .collect();
    let firsts: Vec<Uuid> = later.iter().map(|row| row.item_id).collect();
    let rows = sqlx::query!(
        r#"SELECT c.item_id AS "item_id!", a.first AS "first!"
             FROM UNNEST($2::uuid[], $3::uuid[]) AS a (version, first)
            CROSS JOIN LATERAL (
                  SELECT c.item_id FROM items c
                   WHERE c.org = $1 AND c.parent_item_id = a.version
                     AND c.conversation_id IS NULL AND c.parent_item_id IS NOT NULL
                  OFFSET 0) AS c"#,
        org,
        &versions,
        &firsts
    )
    .fetch_all(scope)
    .await?;
    Ok(rows.into_iter().map(|r| (r.item_id, r.first)).collect())
}
