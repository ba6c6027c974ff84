//! Item rows: read and written as one composite type, in sets.

use schemas::records::Item;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::thread::{Place, Thread};

/// An item and its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    pub item: Item,
    pub place: Place,
}

/// The rows that exist among these, locked in order: their threads are completed by whoever sees both ends,
/// without the lock of the person.
pub async fn load(
    connection: &mut PgConnection,
    ids: &[(String, Uuid)],
) -> Result<Vec<Stored>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = ids.to_vec();
    wanted.sort_unstable();
    let (orgs, ids): (Vec<String>, Vec<Uuid>) = wanted.into_iter().unzip();
    let rows = sqlx::query!(
        r#"SELECT i.item AS "item!: Item", i.parent_item_id,
                  i.thread_id AS "thread_id!", i.thread_open AS "thread_open!"
             FROM UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
            CROSS JOIN LATERAL (SELECT ROW(
               i.org, i.item_id, i.kind, i.revision,
               CASE WHEN i.deleted_at IS NULL THEN 'upsert' ELSE 'erase' END, i.x_id,
               i.version_id, i.version_ids, i.author_id, i.person_id, i.direction,
               i.post_type, i.conversation_id, i.parent_x_id, i.quoted_x_id,
               i.repost_of_x_id, i.in_reply_to_x_id, i.recipient_x_id, i.text,
               i.text_complete, i.entities, i.media, i.lang, i.sentiment, i.influence,
               i.priority_terms, i.handle, i.author_name, i.followers_then, i.likes,
               i.reposts, i.replies, i.quotes, i.counts_at, i.accounts, i.sources,
               i.deleted_at, i.customer_id, i.case_id, i.had_case, i.link_rule,
               i.link_version, i.link_inputs, i.link_by, i.linked_at, i.closed_at,
               i.closed_by, i.closed_rule, i.posted_at, i.received_at, i.recorded_at,
               i.source, i.backfill)::item_row AS item,
               i.parent_item_id, i.thread_id, i.thread_open
          FROM items i WHERE i.org = w.org AND i.item_id = w.item_id
           FOR UPDATE OF i) AS i"#,
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stored {
            item: row.item,
            place: Place {
                parent: row.parent_item_id,
                thread: Thread {
                    id: row.thread_id,
                    open: row.thread_open,
                },
            },
        })
        .collect())
}

/// Persons of these items, where they are known.
pub async fn persons(
    connection: &mut PgConnection,
    ids: &[(String, Uuid)],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (orgs, ids): (Vec<String>, Vec<Uuid>) = ids.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"SELECT DISTINCT i.org AS "org!", i.person_id AS "person_id!"
             FROM UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
            CROSS JOIN LATERAL (
                  SELECT i.org, i.person_id FROM items i
                   WHERE i.org = w.org AND i.item_id = w.item_id AND i.person_id <> ''
                  OFFSET 0) AS i"#,
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| (r.org, r.person_id)).collect())
}

/// Writes content, thread and link columns, each row over the revision before it; the number
/// written. The work columns belong to the desk and are not named.
pub async fn save(
    connection: &mut PgConnection,
    items: &[Item],
    places: &[Place],
) -> Result<u64, sqlx::Error> {
    if items.is_empty() {
        return Ok(0);
    }
    let threads: Vec<&str> = places.iter().map(|place| &*place.thread.id).collect();
    let open: Vec<bool> = places.iter().map(|place| place.thread.open).collect();
    let parents: Vec<Option<Uuid>> = places.iter().map(|place| place.parent).collect();
    let done = sqlx::query_file!(
        "src/pg/save_items.sql",
        items as &[Item],
        &threads as &[&str],
        &open,
        &parents as &[Option<Uuid>]
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Removes rows that went into others.
pub async fn remove(
    connection: &mut PgConnection,
    ids: &[(String, Uuid)],
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let (orgs, ids): (Vec<String>, Vec<Uuid>) = ids.iter().cloned().unzip();
    sqlx::query!(
        "DELETE FROM items i USING UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
          WHERE i.org = w.org AND i.item_id = w.item_id",
        &orgs,
        &ids
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes every item and alias of the organisations of the transaction; for a rebuild.
pub async fn clear(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM item_aliases")
        .execute(&mut *connection)
        .await?;
    sqlx::query!("DELETE FROM items")
        .execute(connection)
        .await?;
    Ok(())
}

/// The work columns of rows that stand anew: after a rebuild, or under the id of their first
/// version. Otherwise only the desk writes them.
pub async fn restore_work(
    connection: &mut PgConnection,
    items: &[Item],
) -> Result<(), sqlx::Error> {
    if items.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE items i
            SET closed_at = r.closed_at, closed_by = r.closed_by, closed_rule = r.closed_rule
           FROM UNNEST($1::item_row[]) AS r
          WHERE i.org = r.org AND i.item_id = r.item_id AND r.closed_at IS NOT NULL",
        items as &[Item]
    )
    .execute(connection)
    .await?;
    Ok(())
}
