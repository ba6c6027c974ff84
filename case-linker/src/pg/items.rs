//! Item rows: read and written as one composite type, in sets.

use schemas::records::Item;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::thread::Thread;

/// An item and the thread it is in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    pub item: Item,
    pub thread: Thread,
}

/// The rows that exist among these.
pub async fn load(
    connection: &mut PgConnection,
    ids: &[(String, Uuid)],
) -> Result<Vec<Stored>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (orgs, ids): (Vec<String>, Vec<Uuid>) = ids.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"SELECT ROW(
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
               i.source, i.backfill)::item_row AS "item!: Item",
               i.thread_id, i.thread_open
          FROM items i JOIN UNNEST($1::text[], $2::uuid[]) AS w (org, item_id)
            ON i.org = w.org AND i.item_id = w.item_id"#,
        &orgs,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stored {
            item: row.item,
            thread: Thread {
                id: row.thread_id,
                open: row.thread_open,
            },
        })
        .collect())
}

/// Writes content, thread and link columns. The work columns belong to the desk and are not
/// named.
pub async fn save(connection: &mut PgConnection, rows: &[Stored]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let items: Vec<Item> = rows.iter().map(|row| row.item.clone()).collect();
    let threads: Vec<String> = rows.iter().map(|row| row.thread.id.clone()).collect();
    let open: Vec<bool> = rows.iter().map(|row| row.thread.open).collect();
    let parents: Vec<Option<Uuid>> = rows
        .iter()
        .map(|row| crate::thread::parent(&row.item))
        .collect();
    sqlx::query_file!(
        "src/pg/save_items.sql",
        &items as &[Item],
        &threads,
        &open,
        &parents as &[Option<Uuid>]
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
    sqlx::query!("DELETE FROM items").execute(connection).await?;
    Ok(())
}

/// The work columns, which only a rebuild may write beside the desk.
pub async fn restore_work(
    connection: &mut PgConnection,
    rows: &[Stored],
) -> Result<(), sqlx::Error> {
    let items: Vec<Item> = rows.iter().map(|row| row.item.clone()).collect();
    sqlx::query!(
        "UPDATE items i
            SET closed_at = r.closed_at, closed_by = r.closed_by, closed_rule = r.closed_rule
           FROM UNNEST($1::item_row[]) AS r
          WHERE i.org = r.org AND i.item_id = r.item_id AND r.closed_at IS NOT NULL",
        &items as &[Item]
    )
    .execute(connection)
    .await?;
    Ok(())
}
