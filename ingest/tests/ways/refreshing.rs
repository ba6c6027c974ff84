//! Look-ups: parents, deletions, pictures.

use chrono::{DateTime, TimeDelta, Utc};
use ingest::media::address::Rules;
use ingest::media::store::Store;
use ingest::refresh::turn;
use schemas::{Kind, ids};
use serde_json::{Value, json};
use x_client::ids::PostId;
use x_sim::world::{Command, NewPost};

use crate::bed::{BRAND, Bed, bed};

/// A row of an item that waits, as the linker would have written it.
async fn item(bed: &Bed, x_id: &str, parent: Option<&str>, media: Value, at: DateTime<Utc>) {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_parent_comes_and_a_deletion_is_seen_twice_before_it_counts() {
    let bed = bed("self_serve", json!({})).await;
    let parent = bed.post("@bob", "the parcel of my neighbour");
    let reply = bed.post_as(NewPost {
        author: "@ada".to_owned(),
        text: "and mine".to_owned(),
        reply_to: Some(parent.parse().unwrap()),
        ..NewPost::default()
    });
    let old = bed.context.now() - TimeDelta::hours(1);
    item(&bed, &reply, Some(&parent), json!([]), old).await;
    turn(&bed.context, "Acme").await.unwrap();
    let ids = bed.ids();
    assert_eq!(
        (ids.get(&parent), ids.get(&reply)),
        (Some(&1), Some(&1)),
        "{ids:?}"
    );
    let all = bed.acked();
    assert!(
        all.iter()
            .all(|r| r.source == "lookup" && r.account.is_empty())
    );
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(bed.acked().len(), 2, "not again at once");

    let post = reply.parse().unwrap();
    bed.x.sim.apply(Command::DeletePost { post }).unwrap();
    let deletions = || {
        bed.acked()
            .iter()
            .filter(|r| r.event == "tweet_delete_events")
            .count()
    };
    for expected in [0, 1] {
        bed.context.clock.advance(TimeDelta::minutes(31));
        turn(&bed.context, "Acme").await.unwrap();
        assert_eq!(deletions(), expected);
    }
    let last = bed.acked().pop().unwrap();
    assert_eq!(
        (last.x_id.as_deref(), last.account.as_str()),
        (Some(reply.as_str()), BRAND)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_kept_once_under_its_hash_and_goes_with_its_post() {
    let mut bed = bed("self_serve", json!({})).await;
    let dir = tempfile::tempdir().unwrap();
    let rules = Rules { loopback: true };
    bed.context.media = Some(Store::new(dir.path(), 1 << 20, rules));
    let id = bed.post_as(NewPost {
        author: "@ada".to_owned(),
        text: "look at this".to_owned(),
        photo: true,
        ..NewPost::default()
    });
    let found = bed
        .account()
        .client
        .posts(&[PostId::new(id.clone()).unwrap()])
        .await
        .unwrap();
    let picture = &found.includes.media[0];
    let media = json!([
        {"media_key": picture.media_key, "media_type": "photo", "url": picture.url},
        {"media_key": "3_1", "media_type": "photo", "url": "https://127.0.0.1.example/a.png"},
        {"media_key": "3_2", "media_type": "photo", "url": "http://10.0.0.1/a.png"},
    ]);
    item(&bed, &id, None, media, bed.context.now()).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(
        bed.scalar("SELECT count(*) FROM media WHERE sha256 IS NOT NULL")
            .await,
        1
    );
    let refused = "SELECT count(*) FROM media WHERE sha256 IS NULL AND tries = 5";
    assert_eq!(
        bed.scalar(refused).await,
        2,
        "addresses that are not X's are not asked"
    );
    let files = || {
        let dirs = std::fs::read_dir(dir.path()).unwrap().flatten();
        dirs.flat_map(|sub| std::fs::read_dir(sub.path()).unwrap().flatten())
            .count()
    };
    assert_eq!(files(), 1);

    delete_all(&bed).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(files(), 0, "what X deleted is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_the_desk_uploaded_too_stays_when_the_post_goes() {
    let mut bed = bed("self_serve", json!({})).await;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path(), 1 << 20, Rules { loopback: true });
    let kept = store.keep(b"\x89PNG\r\n\x1a\n a picture").await.unwrap();
    bed.context.media = Some(store);
    item(&bed, "500", None, json!([]), bed.context.now()).await;
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let both = [
        "INSERT INTO media (org, media_id, item_id, kind, sha256, tried_at)
         SELECT 'Acme', gen_random_uuid(), item_id, 'post', $1, now() FROM items",
        "INSERT INTO uploads (org, sha256, media_type, bytes, uploaded_by, uploaded_at)
         VALUES ('Acme', decode($1, 'hex'), 'image/png', 18, 'user:dana', now())",
    ];
    for statement in both {
        let insert = sqlx::query(statement).bind(&kept.sha256);
        insert.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    delete_all(&bed).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(bed.scalar("SELECT count(*) FROM media").await, 0);
    let pictures = runtime::pictures::Pictures::new(dir.path());
    let sha256 = runtime::pictures::of_id(&kept.sha256).unwrap();
    assert!(
        pictures.get(&sha256).await.is_ok(),
        "the upload has its bytes"
    );
}

async fn delete_all(bed: &Bed) {
    let mut transaction = runtime::pg::begin(&bed.pg, &["Acme"]).await.unwrap();
    let delete = sqlx::query("UPDATE items SET deleted_at = now()");
    delete.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}
