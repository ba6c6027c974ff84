//! Cases and customers reach the items they should, whichever came first.

use case_linker::desk;
use schemas::records::{Enriched, Item};
use uuid::Uuid;

use crate::facts::*;
use crate::lab::{Lab, published};

#[tokio::test]
async fn an_open_case_reaches_what_is_not_closed_and_what_comes_later() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", "20"), post("101", "20"), post("102", "21")])
        .await;
    done(&lab, "20", "101").await;
    let case = lab.open_case(Some("20"), None, 1).await;
    // Two posts at once.
    let verdicts = lab.take(&[post("103", "20"), post("104", "20")]).await;
    assert!(
        published(&lab, &verdicts)
            .iter()
            .all(|i| i.case_id == Some(case))
    );
    assert_eq!(lab.case_of("100").await, Some(case));
    assert_eq!(lab.case_of("101").await, None, "done before the case");
    assert_eq!(lab.case_of("102").await, None, "another person's");
    lab.close_case(case).await;
    lab.take(&[post("105", "20")]).await;
    assert_eq!(lab.case_of("105").await, None, "never a closed case");
    assert_eq!(
        lab.case_of("104").await,
        Some(case),
        "but what has it keeps it"
    );
    assert_eq!(lab.column(post_id("104"), "status").await.unwrap(), "draft");
}

#[tokio::test]
async fn of_several_open_cases_the_thread_decides_also_when_it_completes_late() {
    let mut lab = Lab::new().await;
    let first = lab.open_case(Some("20"), None, 1).await;
    lab.take(&[post("100", "20")]).await;
    let second = lab.open_case(Some("20"), None, 2).await;
    lab.take(&[reply("103", "20", "102"), post("110", "20")])
        .await;
    assert_eq!(lab.case_of("103").await, None, "the panel asks");
    lab.take(&[reply("102", "21", "100")]).await;
    assert_eq!(lab.case_of("103").await, Some(first));
    assert_eq!(lab.case_of("110").await, None);
    by_hand(&lab, "20", "110", Some(second)).await;
    lab.take(&[reply("111", "20", "110")]).await;
    assert_eq!(lab.case_of("111").await, Some(second));
}

#[tokio::test]
async fn a_link_by_hand_and_an_unlink_stay() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", "20"), post("101", "20")]).await;
    let case = lab.open_case(Some("20"), None, 1).await;
    by_hand(&lab, "20", "100", None).await;
    lab.take(&[counts("100", "20", 9, 1)]).await;
    assert_eq!(lab.case_of("100").await, None);
    lab.close_case(case).await;
    let other = lab.open_case(Some("20"), None, 2).await;
    assert_eq!(lab.case_of("100").await, None);
    assert_eq!(lab.case_of("101").await, Some(case));
    by_hand(&lab, "20", "100", Some(other)).await;
    lab.open_case(Some("20"), None, 3).await;
    assert_eq!(lab.case_of("100").await, Some(other));
}

#[tokio::test]
async fn a_customer_of_two_accounts_has_one_set_of_cases() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", "20"), post("101", "21")]).await;
    let customer = lab.customer().await;
    lab.attach("20", Some(customer)).await;
    let case = lab.open_case(Some("20"), Some(customer), 1).await;
    assert_eq!(lab.case_of("101").await, None);
    let done = lab.attach("21", Some(customer)).await;
    assert_eq!((done.changed, done.more), (1, false));
    assert_eq!(lab.case_of("101").await, Some(case));
    // What is only reached through the customer is taken back by the detach.
    lab.attach("21", None).await;
    assert_eq!(lab.case_of("101").await, None);
    assert_eq!(lab.column(post_id("101"), "customer_id").await, None);
    assert_eq!(lab.case_of("100").await, Some(case));
}

#[tokio::test]
async fn a_customer_reaches_what_we_answered_before_and_after_the_attach_and_leaves_with_the_detach()
 {
    let mut lab = Lab::new().await;
    let customers = async |lab: &Lab| {
        let mut all = Vec::new();
        for x_id in ["100", "200", "201"] {
            all.push(lab.column(post_id(x_id), "customer_id").await);
        }
        all
    };
    lab.take(&[post("100", "20"), post("101", "21"), answer("200", "20")])
        .await;
    let customer = lab.customer().await;
    let attached = Some(customer.to_string());
    assert_eq!(lab.attach("20", Some(customer)).await.changed, 2);
    lab.take(&[answer("201", "20"), answer("202", "21")]).await;
    assert_eq!(customers(&lab).await, [&attached; 3].map(Clone::clone));
    assert_eq!(lab.column(post_id("202"), "customer_id").await, None);
    assert_eq!(lab.column(post_id("202"), "case_id").await, None);
    // A like of an answer says nothing of whom it answers.
    lab.take(&[counts("200", BRAND, 9, 1)]).await;
    assert_eq!(lab.column(post_id("200"), "likes").await.unwrap(), "1");
    assert_eq!(customers(&lab).await, [&attached; 3].map(Clone::clone));
    // Neither reaches the brand's own row.
    lab.open_case(Some("20"), Some(customer), 1).await;
    assert_eq!(
        lab.case_of("200").await,
        None,
        "ours has the case of its reply"
    );
    lab.attach("20", None).await;
    assert_eq!(customers(&lab).await, [None, None, None]);
}

// What the brand wrote to somebody.
fn answer(x_id: &str, to: &str) -> Enriched {
    with(post(x_id, BRAND), |content| {
        "outbound".clone_into(&mut content.direction);
        content.parent_x_id = Some("100".to_owned());
        content.in_reply_to_x_id = Some(to.to_owned());
    })
}

#[tokio::test]
async fn what_was_opened_from_an_item_is_its_case() {
    let mut lab = Lab::new().await;
    let other = lab.open_case(Some("20"), None, 1).await;
    lab.take(&[post("100", "20")]).await;
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &["20"], &[]).await.unwrap();
    let case = crate::lab::insert_case(&mut scope, Some("20"), None, 2).await;
    let encoder = &lab.program.encoder;
    let from = (&locked, post_id("100"));
    let opened = desk::open_from(&mut scope, encoder, from, case, "ana", at(5)).await;
    assert_eq!(opened.unwrap().changed, 1);
    desk::relink(&mut scope, encoder, &locked, at(5))
        .await
        .unwrap();
    scope.commit().await.unwrap();
    assert_ne!(case, other);
    assert_eq!(lab.case_of("100").await, Some(case));
}

#[tokio::test]
async fn done_and_reopen_are_revisions_and_a_reopened_item_gets_its_case() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", "20")]).await;
    assert_eq!(done(&lab, "20", "100").await, [post_id("100")]);
    assert!(done(&lab, "20", "100").await.is_empty(), "is done already");
    assert_eq!(
        lab.column(post_id("100"), "status").await.unwrap(),
        "closed"
    );
    let case = lab.open_case(Some("20"), None, 1).await;
    assert_eq!(lab.column(post_id("100"), "revision").await.unwrap(), "2");
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &["20"], &[]).await.unwrap();
    let ids = [post_id("100")];
    let encoder = &lab.program.encoder;
    let (changed, relinked) = desk::reopen_items(&mut scope, encoder, (&locked, &ids), at(9))
        .await
        .unwrap();
    scope.commit().await.unwrap();
    assert_eq!((changed.as_slice(), relinked.changed), (&ids[..], 1));
    assert_eq!(lab.case_of("100").await, Some(case));
    let item = newest(&lab).await;
    assert_eq!(
        (item.revision, item.case_id, item.closed_at),
        (3, Some(case), None)
    );
}

async fn done(lab: &Lab, person: &str, x_id: &str) -> Vec<Uuid> {
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &[person], &[]).await.unwrap();
    let ids = [post_id(x_id)];
    let work = (&locked, &ids[..]);
    let (closed, _) = desk::close_items(&mut scope, &lab.program.encoder, work, "ana", at(5))
        .await
        .unwrap();
    scope.commit().await.unwrap();
    closed
}

async fn by_hand(lab: &Lab, person: &str, x_id: &str, case: Option<Uuid>) {
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &[person], &[]).await.unwrap();
    let item = (&locked, post_id(x_id));
    let linked = desk::set_case(&mut scope, &lab.program.encoder, item, case, "ana", at(5)).await;
    assert_eq!(linked.unwrap().changed, 1);
    scope.commit().await.unwrap();
}

/// The item that the last record of the outbox carries.
async fn newest(lab: &Lab) -> Item {
    let mut scope = lab.scope().await;
    let value: Vec<u8> = sqlx::query_scalar("SELECT value FROM outbox ORDER BY seq DESC LIMIT 1")
        .fetch_one(&mut *scope)
        .await
        .unwrap();
    lab.program.encoder.codec().decode(&value).unwrap()
}
