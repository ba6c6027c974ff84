//! What tests share works without `earshot local run`: own parts, own databases.

use std::time::Duration;

use runtime::testing::{database, parts, unique, wait_for};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn each_database_is_empty_and_the_owner_makes_tables_in_it() {
    assert!(parts().brokers.starts_with("127.0.0.1:"));
    assert_ne!(unique("a"), unique("a"));
    for _ in 0..2 {
        let database = database().await;
        let mut owner = PgConnection::connect(&database.owner_url).await.unwrap();
        sqlx::query("CREATE TABLE mine (id int)")
            .execute(&mut owner)
            .await
            .unwrap();
        let mut app = PgConnection::connect(&database.app_url).await.unwrap();
        let refused = sqlx::query("SELECT id FROM mine")
            .execute(&mut app)
            .await
            .unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|e| e.code().map(String::from));
        assert_eq!(code.as_deref(), Some("42501"), "{refused}");
    }
}

#[tokio::test]
#[should_panic(expected = "not within 30ms: the moon")]
async fn waiting_ends_with_what_was_waited_for() {
    let mut asked = 0;
    let third = wait_for("a third time", Duration::from_secs(5), || {
        asked += 1;
        std::future::ready((asked == 3).then_some(asked))
    });
    assert_eq!(third.await, 3);
    wait_for("the moon", Duration::from_millis(30), || {
        std::future::ready(None::<()>)
    })
    .await;
}
