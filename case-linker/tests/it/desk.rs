//! What the desk's half promises beside the links: pages, jobs, organisations.

use case_linker::desk;
use schemas::records::Enriched;
use schemas::{Kind, ids};
use uuid::Uuid;

use crate::facts::*;
use crate::lab::Lab;

#[tokio::test]
async fn a_job_continues_what_one_transaction_cannot_take() {
    let mut lab = Lab::new().await;
    let customer = lab.customer().await;
    let posts: Vec<Enriched> = (0..2_300)
        .map(|n| post(&(10_000 + n).to_string(), "20"))
        .collect();
    for page in posts.chunks(1_000) {
        lab.take(page).await;
    }
    lab.take(&[post("90000", "21")]).await;
    lab.attach("21", Some(customer)).await;
    let done = lab.attach("20", Some(customer)).await;
    assert_eq!((done.changed, done.more), (1_000, true));
    assert!(done.last_seq.is_some());
    assert_eq!(attached(&lab, customer).await, 1_001);
    let mut pages = 0;
    while desk::continue_job(&lab.program, ORG).await.unwrap() {
        pages += 1;
    }
    assert!((2..=4).contains(&pages), "{pages}");
    assert_eq!(attached(&lab, customer).await, 2_301);
    // The linker takes up a job that nobody continued.
    lab.attach("20", None).await;
    assert!(attached(&lab, customer).await > 1);
    lab.twin().take(&[profiled("29", 1)]).await;
    assert_eq!(attached(&lab, customer).await, 1);
}

async fn attached(lab: &Lab, customer: Uuid) -> i64 {
    let mut scope = lab.scope().await;
    sqlx::query_scalar("SELECT count(*) FROM items WHERE customer_id = $1")
        .bind(customer)
        .fetch_one(&mut *scope)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_lock_holds_everybody_of_the_customer() {
    let mut lab = Lab::new().await;
    let customer = lab.customer().await;
    lab.take(&[post("100", "20"), post("101", "21")]).await;
    lab.attach("20", Some(customer)).await;
    lab.attach("21", Some(customer)).await;
    let mut scope = lab.scope().await;
    desk::lock(&mut scope, ORG, &["20"], &[]).await.unwrap();
    let mut other = lab.scope().await;
    let free: Vec<String> = sqlx::query_scalar("SELECT x_id FROM persons FOR UPDATE SKIP LOCKED")
        .fetch_all(&mut *other)
        .await
        .unwrap();
    assert_eq!(free, Vec::<String>::new());
    assert_eq!(
        desk::persons_of(&mut scope, ORG, &[post_id("100"), post_id("101")])
            .await
            .unwrap()
            .len(),
        2
    );
}

/// The same fact, of another organisation.
fn elsewhere(fact: Enriched) -> Enriched {
    Enriched {
        org: "florist".to_owned(),
        item_id: ids::item("florist", Kind::Post, &fact.x_id),
        ..fact
    }
}

#[tokio::test]
async fn another_organisation_is_never_touched() {
    let mut lab = Lab::new().await;
    let both = [
        post("100", "20"),
        elsewhere(post("100", "20")),
        post("101", "20"),
    ];
    lab.take(&both).await;
    let before = lab.dump("florist").await;
    assert!(before.contains("item ") && !before.contains(ORG));
    let customer = lab.customer().await;
    lab.attach("20", Some(customer)).await;
    lab.open_case(Some("20"), None, 1).await;
    lab.take(&[
        counts("100", "20", 9, 7),
        version(&["100", "102"], "20"),
        profiled("20", 60),
        deletion("101", ""),
    ])
    .await;
    assert_eq!(lab.dump("florist").await, before);
    // Nor can a transaction that is bound to one write a row of another.
    let mut scope = lab.scope().await;
    let stolen = sqlx::query("INSERT INTO persons (org, x_id) VALUES ('florist', '1')")
        .execute(&mut *scope)
        .await;
    assert!(stolen.is_err());
}
