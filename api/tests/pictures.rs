//! Pictures of items and of people, as the desk gets them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use api::deletions::{What, delete};
use api::http::auth::Role;
use axum::http::Request;
use common::items::NewItem;
use common::{Desk, desk};
use runtime::pictures::{self, Pictures};
use serde_json::json;
use tempfile::TempDir;

/// A picture in the directory that the desk serves from, and its hash.
async fn kept(desk: &Desk, bytes: &[u8]) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let sha256 = Pictures::new(dir.path()).put(bytes).await.unwrap();
    drop(desk.app.clone().serving_media(dir.path()));
    (dir, pictures::id(&sha256))
}

/// A statement with values of this test.
async fn run(desk: &Desk, statement: String) {
    let mut scope = runtime::pg::begin(&desk.pg, &["acme"]).await.unwrap();
    let statement = sqlx::query(sqlx::AssertSqlSafe(statement));
    statement.execute(&mut *scope).await.unwrap();
    scope.commit().await.unwrap();
}

#[tokio::test]
async fn a_picture_of_a_message_needs_the_permission() {
    let desk = desk().await;
    let (_dir, sha256) = kept(&desk, b"bytes").await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    for (id, kind) in [(1, "post"), (2, "message")] {
        let insert = format!(
            "INSERT INTO media (org, media_id, item_id, kind, sha256, content_type, size_bytes, tried_at)
             VALUES ('acme', '00000000-0000-0000-0000-00000000000{id}', '{}', '{kind}', '{sha256}', 'image/png', 5, now())",
            item.id()
        );
        run(&desk, insert).await;
    }
    let path = |id: u8| format!("/api/v1/media/00000000-0000-0000-0000-00000000000{id}");
    let without = desk.key("acme", Role::Csr, false).await;
    let with = desk.key("acme", Role::Csr, true).await;
    let post = desk.get(&without, &path(1)).await;
    assert_eq!(
        (post.status.as_u16(), post.bytes.as_slice()),
        (200, &b"bytes"[..])
    );
    assert_eq!(post.header("content-type"), Some("image/png"));
    assert_eq!(post.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(post.header("etag"), Some(format!("\"{sha256}\"").as_str()));
    assert!(post.header("cache-control").unwrap().starts_with("private"));
    assert_eq!(desk.get(&without, &path(2)).await.problem(), "forbidden");
    assert_eq!(desk.get(&with, &path(2)).await.status, 200);
    let again = Request::get(path(1)).header("authorization", format!("Bearer {with}"));
    let again = again.header("if-none-match", format!("\"{sha256}\""));
    assert_eq!(
        desk.send(again.body(String::new().into()).unwrap())
            .await
            .status,
        304
    );
    let other = desk.key("bolt", Role::Csr, true).await;
    assert_eq!(desk.get(&other, &path(1)).await.problem(), "not-found");
    desk.run("acme", "UPDATE items SET deleted_at = now()")
        .await;
    assert_eq!(desk.get(&with, &path(1)).await.problem(), "not-found");
}

#[tokio::test]
async fn a_face_is_served_while_the_profile_shows_one() {
    let desk = desk().await;
    let (_dir, sha256) = kept(&desk, b"face").await;
    let item = NewItem::post(1, "30", "1", "2026-11-23T09:00:00Z");
    desk.store(&item).await;
    let key = desk.key("acme", Role::Viewer, false).await;
    let row = "/api/v1/threads?person=30";
    let none = desk.get(&key, row).await.ok();
    assert_eq!(none["items"][0]["person"]["avatar_id"], json!(null));
    run(
        &desk,
        format!(
            "INSERT INTO avatars (x_id, org, url, sha256, content_type, tries, tried_at)
             VALUES ('30', 'acme', 'https://p/1', '{sha256}', 'image/png', 1, now())"
        ),
    )
    .await;
    run(
        &desk,
        "UPDATE persons SET avatar_url = 'https://p/2' WHERE x_id = '30'".to_owned(),
    )
    .await;
    let head = desk.get(&key, row).await.ok()["items"][0]["id"].clone();
    let head = format!("/api/v1/threads/{}", head.as_str().unwrap());
    let all = [
        (row.to_owned(), "/items/0/person/avatar_id"),
        (head.clone(), "/person/avatar_id"),
        (format!("{head}/items"), "/items/0/author/avatar_id"),
        (format!("/api/v1/items/{}", item.id()), "/author/avatar_id"),
        ("/api/v1/people/30".to_owned(), "/avatar_id"),
    ];
    for (path, place) in &all {
        let answer = desk.get(&key, path).await.ok();
        let shown = answer.pointer(place).unwrap();
        assert_eq!(
            shown,
            &json!(sha256),
            "{path}: the one that we have, until the next is here"
        );
    }
    let path = format!("/api/v1/media/{sha256}");
    assert_eq!(desk.get(&key, &path).await.bytes, b"face");
    let other = desk.key("bolt", Role::Viewer, true).await;
    assert_eq!(desk.get(&other, &path).await.problem(), "not-found");

    delete(&desk.program, "acme", What::Person("30"), "cli:sam")
        .await
        .unwrap();
    assert_eq!(desk.get(&key, &path).await.problem(), "not-found");
    let erased = desk.get(&key, "/api/v1/people/30").await.ok();
    assert_eq!(erased["avatar_id"], json!(null));
}
