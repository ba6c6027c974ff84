//! Pictures of items and of people.

use chrono::TimeDelta;
use ingest::media::address::Rules;
use ingest::media::store::Store;
use ingest::media::turn;
use serde_json::json;
use tempfile::TempDir;
use x_client::ids::PostId;
use x_sim::world::NewPost;

use crate::bed::{BRAND, Bed, bed};
use crate::rows::{all_deleted, item, person};

/// How many pictures are kept.
fn files(dir: &TempDir) -> usize {
    let dirs = std::fs::read_dir(dir.path()).unwrap().flatten();
    dirs.flat_map(|sub| std::fs::read_dir(sub.path()).unwrap().flatten())
        .count()
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
    assert_eq!(files(&dir), 1);

    all_deleted(&bed).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(files(&dir), 0, "what X deleted is not kept");
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
    all_deleted(&bed).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(bed.scalar("SELECT count(*) FROM media").await, 0);
    let pictures = runtime::pictures::Pictures::new(dir.path());
    let sha256 = runtime::pictures::of_id(&kept.sha256).unwrap();
    assert!(
        pictures.get(&sha256).await.is_ok(),
        "the upload has its bytes"
    );
}

/// Where the simulator has the picture of a person.
fn avatar_of(bed: &Bed, who: &str) -> String {
    let found = |world: &x_sim::world::World| world.person(who).unwrap().avatar_url.clone();
    bed.x.sim.read(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_face_is_fetched_once_for_each_address_and_goes_with_its_person() {
    let mut bed = bed("self_serve", json!({})).await;
    let dir = tempfile::tempdir().unwrap();
    let rules = Rules { loopback: true };
    bed.context.media = Some(Store::new(dir.path(), 1 << 20, rules));
    let [brand, ada, bob] = ["@brand", "@ada", "@bob"].map(|who| avatar_of(&bed, who));
    for (x_id, url) in [(BRAND, &brand), ("21", &ada), ("22", &bob)] {
        person(&bed, x_id, Some(url)).await;
    }
    item(&bed, "500", None, json!([]), bed.context.now()).await;
    turn(&bed.context, "Acme").await.unwrap();
    let kept = "SELECT count(*) FROM avatars WHERE sha256 IS NOT NULL AND x_id IN ('11', '21')";
    assert_eq!(
        bed.scalar(kept).await,
        2,
        "ours and of who waits, not Bob's"
    );
    assert_eq!(files(&dir), 2);
    let told = "SELECT count(*) FROM changes WHERE kind = 'person'";
    assert_eq!(bed.scalar(told).await, 2, "open desks are told");

    bed.context.clock.advance(TimeDelta::hours(1));
    turn(&bed.context, "Acme").await.unwrap();
    let tries = "SELECT sum(tries)::bigint FROM avatars";
    assert_eq!(bed.scalar(tries).await, 2, "nothing is fetched again");

    person(&bed, "21", Some(&bob)).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(
        (bed.scalar(told).await, files(&dir)),
        (3, 2),
        "the new one replaced the old"
    );

    person(&bed, "21", Some("http://10.0.0.1/a.png")).await;
    turn(&bed.context, "Acme").await.unwrap();
    let refused = "SELECT count(*) FROM avatars WHERE sha256 IS NULL AND tries = 5";
    assert_eq!(
        bed.scalar(refused).await,
        1,
        "an address that is not X's is not asked"
    );
    assert_eq!((bed.scalar(told).await, files(&dir)), (4, 1));

    person(&bed, "21", Some(&ada)).await;
    turn(&bed.context, "Acme").await.unwrap();
    assert_eq!(files(&dir), 2);
    person(&bed, "21", None).await;
    turn(&bed.context, "Acme").await.unwrap();
    let left = "SELECT count(*) FROM avatars";
    assert_eq!(
        (bed.scalar(left).await, files(&dir)),
        (1, 1),
        "who is erased has no face"
    );
}
