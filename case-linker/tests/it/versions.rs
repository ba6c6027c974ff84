//! Edited posts: one item, whichever version was seen first and whoever knew the history.

use case_linker::desk;

use crate::facts::*;
use crate::lab::{Lab, published};

#[tokio::test]
async fn a_later_version_leads_to_the_item() {
    let mut lab = Lab::new().await;
    lab.take(&[version(&["100", "101"], "20")]).await;
    // As Account Activity tells it, without the history; and a deletion of that version alone.
    let more = with(version(&["101"], "20"), |content| {
        content.lang = Some("en".to_owned());
    });
    let items = published(&lab, &lab.twin().take(&[more]).await);
    assert_eq!((items[0].item_id, items[0].revision), (post_id("100"), 2));
    assert_eq!(items[0].version_ids, ["100", "101"]);
    let items = published(&lab, &lab.twin().take(&[deletion("101", "20")]).await);
    assert_eq!(
        (items[0].item_id, items[0].op.as_str()),
        (post_id("100"), "erase")
    );
    assert_eq!(lab.column(post_id("101"), "x_id").await, None);
}

#[tokio::test]
async fn a_version_seen_before_its_history_goes_into_the_item() {
    let mut lab = Lab::new().await;
    lab.take(&[version(&["101"], "20"), counts("101", "20", 9, 4)])
        .await;
    let verdicts = lab.take(&[version(&["100", "101"], "20")]).await;
    let items = published(&lab, &verdicts);
    let told: Vec<_> = items
        .iter()
        .map(|item| (item.item_id, item.op.as_str(), item.revision, item.likes))
        .collect();
    assert_eq!(
        told,
        [
            (post_id("101"), "withdraw", 2, 4),
            (post_id("100"), "upsert", 1, 4),
        ]
    );
    assert_eq!(items[0].text, "", "the text stands in the other record");
    assert_eq!(lab.column(post_id("101"), "x_id").await, None);
}

#[tokio::test]
async fn it_brings_its_case_and_what_the_desk_did() {
    let mut lab = Lab::new().await;
    let case = lab.open_case(Some("20"), None, 1).await;
    lab.take(&[version(&["101"], "20")]).await;
    assert_eq!(lab.case_of("101").await, Some(case));
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &["20"], &[]).await.unwrap();
    let ids = [post_id("101")];
    let encoder = &lab.program.encoder;
    desk::close_items(&mut scope, encoder, (&locked, &ids), "ana", at(5))
        .await
        .unwrap();
    scope.commit().await.unwrap();
    lab.close_case(case).await;
    let items = published(
        &lab,
        &lab.twin().take(&[version(&["100", "101"], "20")]).await,
    );
    assert_eq!(
        (items[0].had_case, items[0].case_id),
        (true, None),
        "withdrawn"
    );
    let item = &items[1];
    assert_eq!((item.case_id, item.closed_at), (Some(case), Some(at(5))));
    assert_eq!(
        lab.column(post_id("100"), "status").await.unwrap(),
        "closed"
    );
    assert_eq!(
        lab.column(post_id("100"), "closed_by").await.unwrap(),
        "ana"
    );
}

#[tokio::test]
async fn a_deletion_of_a_version_that_nobody_had_seen_reaches_the_item() {
    let mut lab = Lab::new().await;
    lab.take(&[deletion("101", "")]).await;
    lab.take(&[post("100", "20")]).await;
    assert_eq!(lab.column(post_id("100"), "deleted_at").await, None);
    lab.take(&[version(&["100", "101"], "20")]).await;
    assert!(lab.column(post_id("100"), "deleted_at").await.is_some());
    assert_eq!(lab.column(post_id("100"), "text").await.unwrap(), "");
    assert_eq!(lab.column(post_id("101"), "x_id").await, None);
}
