//! Rows as other programs would have written them.

use chrono::{DateTime, Utc};
use schemas::{Kind, ids};
use serde_json::Value;

use crate::bed::Bed;

/// A row of an item that waits, as the linker would have written it.
pub async fn item(bed: &Bed, x_id: &str, parent: Option<&str>, media: Value, at: DateTime<Utc>) {
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let insert = "INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction,
            parent_x_id, parent_item_id, media, accounts, source, posted_at, received_at,
            recorded_at, thread_id, revision)
        VALUES ('Acme', $1, 'post', $2, '21', '21', 'inbound', $3, $4, $5, ARRAY['11'], 'poll',
            $6, $6, $6, $2, 1)";
    sqlx::query(insert)
        .bind(ids::item("Acme", Kind::Post, x_id))
        .bind(x_id)
        .bind(parent)
        .bind(parent.map(|id| ids::item("Acme", Kind::Post, id)))
        .bind(media)
        .bind(at)
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

/// A person with a picture at an address, or with none.
pub async fn person(bed: &Bed, x_id: &str, avatar_url: Option<&str>) {
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let write = "INSERT INTO persons (org, x_id, avatar_url) VALUES ('Acme', $1, $2)
        ON CONFLICT (x_id, org) DO UPDATE SET avatar_url = EXCLUDED.avatar_url";
    let write = sqlx::query(write).bind(x_id).bind(avatar_url);
    write.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// X deleted everything.
pub async fn all_deleted(bed: &Bed) {
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let delete = sqlx::query("UPDATE items SET deleted_at = now()");
    delete.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Somebody at a desk asks for a post.
pub async fn wanted(bed: &Bed, x_id: &str) {
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let ask = "INSERT INTO fetches (x_id, org, row_key, asked_by, asked_at)
        VALUES ($1, 'Acme', 'p.21.9', 'key:dana', now())
        ON CONFLICT (x_id, org) DO UPDATE SET done_at = NULL, problem = NULL";
    let ask = sqlx::query(ask).bind(x_id);
    ask.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}
