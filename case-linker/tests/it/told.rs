//! What open desks are told of what the linker changes.

use runtime::pg::changes::{self, Seen};

use crate::facts::*;
use crate::lab::Lab;

/// What was told since a moment, as kind and ids, and the moment now.
async fn since(lab: &Lab, moment: &mut String) -> Vec<(String, Vec<String>)> {
    let (mut scope, now) = changes::moment(&lab.program.pg, &[ORG]).await.unwrap();
    let seen = changes::between(&mut scope, moment, None, 100)
        .await
        .unwrap();
    *moment = now;
    let told = |seen: Seen| (seen.kind, seen.ids);
    seen.into_iter().map(told).collect()
}

fn of(kind: &str, ids: &[&str]) -> (String, Vec<String>) {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    (kind.to_owned(), ids)
}

#[tokio::test]
async fn rows_are_told_when_items_come_change_and_move() {
    let mut lab = Lab::new().await;
    let mut moment = changes::moment(&lab.program.pg, &[ORG]).await.unwrap().1;
    lab.take(&[reply("1001", "21", "1000"), reply("1002", "22", "1001")])
        .await;
    let both = of("thread", &["p.21.1000", "p.22.1000"]);
    assert_eq!(since(&lab, &mut moment).await, [both]);
    // The same again changes nothing.
    lab.take(&[reply("1001", "21", "1000")]).await;
    assert_eq!(since(&lab, &mut moment).await, []);
    // The conversation becomes known: both rows go to another thread, and are told at both.
    lab.take(&[said("1000", "20", "900")]).await;
    let expected = [
        of("thread", &["p.20.900"]),
        of("thread", &["p.21.1000", "p.21.900"]),
        of("thread", &["p.22.1000", "p.22.900"]),
    ];
    assert_eq!(since(&lab, &mut moment).await, expected);
    // A profile alone is told by the person.
    lab.take(&[profiled("21", 5)]).await;
    assert_eq!(since(&lab, &mut moment).await, [of("person", &["21"])]);
    lab.attach("22", Some(lab.customer().await)).await;
    assert_eq!(
        since(&lab, &mut moment).await,
        [of("thread", &["p.22.900"])]
    );
}

#[tokio::test]
async fn reposts_of_one_post_are_told_as_one_row() {
    let mut lab = Lab::new().await;
    let mut moment = changes::moment(&lab.program.pg, &[ORG]).await.unwrap().1;
    let reposted = |x_id: &str, author: &str| {
        with(said(x_id, author, x_id), |content| {
            content.repost_of_x_id = Some("900".to_owned());
            "repost".clone_into(&mut content.post_type);
        })
    };
    let reposts = (0..50).map(|n| reposted(&(1000 + n).to_string(), &(20 + n).to_string()));
    lab.take(&reposts.collect::<Vec<_>>()).await;
    assert_eq!(since(&lab, &mut moment).await, [of("thread", &["r.900"])]);
    // The key in PostgreSQL is the same.
    let mut scope = runtime::pg::begin(&lab.program.pg, &[ORG]).await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT row_key(kind, person_id, thread_id, repost_of_x_id), count(*) FROM items GROUP BY 1",
    )
    .fetch_all(&mut *scope)
    .await
    .unwrap();
    assert_eq!(rows, [("r.900".to_owned(), 50)]);
}
