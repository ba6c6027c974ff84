//! Facts: the newest wins, whoever writes last.

use chrono::{DateTime, TimeDelta, Utc};
use runtime::pg::facts::{Fact, all, write};
use runtime::testing::migrated;
use serde_json::json;

fn fact(subject: &str, value: i64, at: DateTime<Utc>) -> Fact {
    Fact {
        subject: subject.to_owned(),
        name: "seen".to_owned(),
        value: json!({ "n": value }),
        at,
    }
}

#[tokio::test]
async fn the_newest_fact_stands() {
    let database = migrated().await;
    let pool = runtime::pg::pool(&database.app_url, 1).unwrap();
    let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
    let mut scope = runtime::pg::begin(&pool, &["acme"]).await.unwrap();
    let batch = [
        fact("1", 1, at(1)),
        fact("1", 2, at(2)),
        fact("2", 9, at(1)),
    ];
    write(&mut scope, "acme", &batch).await.unwrap();
    write(&mut scope, "acme", &[fact("1", 0, at(0))])
        .await
        .unwrap();
    write(&mut scope, "acme", &[fact("2", 10, at(5))])
        .await
        .unwrap();
    write(&mut scope, "acme", &[]).await.unwrap();
    let expected = [fact("1", 2, at(2)), fact("2", 10, at(5))];
    assert_eq!(all(&mut scope, "acme").await.unwrap(), expected);
}
