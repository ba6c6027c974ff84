//! Ends of replies: cases that waited, items that return, echoes in either order.

use case_linker::desk;
use case_linker::stage::Input;
use runtime::scoped::ScopedStage as _;
use schemas::records::{Enriched, ReplyStepped};
use uuid::Uuid;

use crate::facts::{BRAND, ORG, at, post, post_id, with};
use crate::lab::Lab;

const ADA: &str = "44";

async fn reply(lab: &Lab, state: &str, case: Uuid, x_id: Option<&str>, closes: &[Uuid]) -> Uuid {
    let id = Uuid::now_v7();
    let mut scope = lab.scope().await;
    sqlx::query(
        "INSERT INTO replies (org, reply_id, kind, account, lane, thread_key, item_id, person_id, case_id, target,
                public_text, text_hash, written_by, created_at, state, not_before, changed_at, x_id, closes, revision)
         VALUES ($1, $2, 'public', '30', 'l', 'p.44.l', gen_random_uuid(), $3, $4, '100', 'Sorry!', 'h', 'key:dana', $5,
                 $6, $5, $5, $7, $8, 3)",
    )
    .bind(ORG)
    .bind(id)
    .bind(ADA)
    .bind(case)
    .bind(at(10))
    .bind(state)
    .bind(x_id)
    .bind(closes)
    .execute(&mut *scope)
    .await
    .unwrap();
    scope.commit().await.unwrap();
    id
}

async fn told(lab: &mut Lab, id: Uuid, state: &str) {
    let step = Input::Reply(Box::new(ReplyStepped {
        org: ORG.into(),
        reply_id: id,
        state: state.into(),
        person_id: ADA.into(),
        ..ReplyStepped::default()
    }));
    let mut scope = lab.scope().await;
    lab.linker.process(&mut scope, &[&step]).await.unwrap();
    scope.commit().await.unwrap();
}

async fn waiting(lab: &Lab, case: Uuid, reply: Uuid) {
    let mut scope = lab.scope().await;
    sqlx::query("UPDATE cases SET close_on_reply = $3 WHERE org = $1 AND case_id = $2")
        .bind(ORG)
        .bind(case)
        .bind(reply)
        .execute(&mut *scope)
        .await
        .unwrap();
    scope.commit().await.unwrap();
}

async fn status(lab: &Lab, case: Uuid) -> (String, Option<String>) {
    let mut scope = lab.scope().await;
    sqlx::query_as(
        "SELECT status, resolution_description FROM cases WHERE org = $1 AND case_id = $2",
    )
    .bind(ORG)
    .bind(case)
    .fetch_one(&mut *scope)
    .await
    .unwrap()
}

// What the brand wrote to Ada: X's echo.
fn echo(x_id: &str) -> Enriched {
    with(post(x_id, BRAND), |content| {
        "outbound".clone_into(&mut content.direction);
        content.parent_x_id = Some("100".to_owned());
        content.in_reply_to_x_id = Some(ADA.to_owned());
    })
}

async fn done(lab: &Lab, item: Uuid) {
    let mut scope = lab.scope().await;
    let locked = desk::lock(&mut scope, ORG, &[ADA], &[]).await.unwrap();
    let encoder = &lab.program.encoder;
    let (closed, _) =
        desk::close_items(&mut scope, encoder, (&locked, &[item]), "key:dana", at(20))
            .await
            .unwrap();
    assert_eq!(closed, [item]);
    scope.commit().await.unwrap();
}

#[tokio::test]
async fn a_posted_reply_closes_the_case_that_waited_and_a_failed_one_does_not() {
    for (state, expected) in [
        ("posted", ("closed", Some("Sorry!"))),
        ("failed", ("open", None)),
        ("unknown", ("open", None)),
    ] {
        let mut lab = Lab::new().await;
        lab.take(&[post("100", ADA)]).await;
        let case = lab.open_case(Some(ADA), None, 1).await;
        let x_id = (state == "posted").then_some("200");
        let id = reply(&lab, state, case, x_id, &[]).await;
        waiting(&lab, case, id).await;
        for _ in 0..2 {
            told(&mut lab, id, state).await;
        }
        let (is, words) = status(&lab, case).await;
        assert_eq!((is.as_str(), words.as_deref()), expected, "{state}");
    }
}

#[tokio::test]
async fn what_was_done_with_a_reply_returns_once_if_it_is_not_posted() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", ADA)]).await;
    let (case, own) = (lab.open_case(Some(ADA), None, 1).await, post_id("100"));
    done(&lab, own).await;
    let id = reply(&lab, "unknown", case, None, &[own]).await;
    told(&mut lab, id, "sending").await;
    assert!(lab.column(own, "closed_at").await.is_some());
    told(&mut lab, id, "unknown").await;
    assert!(lab.column(own, "closed_at").await.is_none());
    let mut scope = lab.scope().await;
    let why = "SELECT count(*) FROM outbox WHERE topic = 'care.feeds.v1'";
    let why: i64 = sqlx::query_scalar(why)
        .fetch_one(&mut *scope)
        .await
        .unwrap();
    assert_eq!(why, 1);
    drop(scope);
    // A CSR closes it again: an old step heard twice does not bring it back.
    done(&lab, own).await;
    told(&mut lab, id, "unknown").await;
    assert!(lab.column(own, "closed_at").await.is_some());
}

#[tokio::test]
async fn an_echo_has_the_case_of_its_reply_in_either_order() {
    for first in ["echo", "reply"] {
        let mut lab = Lab::new().await;
        lab.take(&[post("100", ADA)]).await;
        let case = lab.open_case(Some(ADA), None, 1).await;
        if first == "echo" {
            lab.take(&[echo("200")]).await;
            assert_eq!(lab.case_of("200").await, None);
        }
        let id = reply(&lab, "posted", case, Some("200"), &[]).await;
        told(&mut lab, id, "posted").await;
        if first == "reply" {
            lab.take(&[echo("200")]).await;
        }
        assert_eq!(lab.case_of("200").await, Some(case), "{first}");
        let rule = lab.column(post_id("200"), "link_rule").await;
        assert_eq!(rule.as_deref(), Some("reply"), "{first}");
        // What the brand wrote on x.com is no reply of ours.
        lab.take(&[echo("201")]).await;
        assert_eq!(lab.case_of("201").await, None);
    }
}

// What `respond` tells as soon as X took it: not X's words yet.
fn told_by_the_desk(x_id: &str) -> Enriched {
    Enriched {
        source: "desk".to_owned(),
        profiles: Vec::new(),
        ..with(echo(x_id), |content| {
            "Sorry!".clone_into(&mut content.text);
            content.text_complete = false;
        })
    }
}

#[tokio::test]
async fn what_was_posted_and_its_echo_are_one_item_that_counts_nowhere() {
    for turned in [false, true] {
        let mut lab = Lab::new().await;
        lab.take(&[post("100", ADA)]).await;
        let mut both = [told_by_the_desk("200"), echo("200")];
        if turned {
            both.reverse();
        }
        for fact in both {
            lab.take(&[fact]).await;
        }
        let own = post_id("200");
        assert_eq!(lab.thread_of("200").await, lab.thread_of("100").await);
        let text = lab.column(own, "text").await;
        assert_eq!(text.as_deref(), Some("stale bread, said in 200"));
        assert_eq!(lab.column(own, "status").await, None, "nothing is open");
        assert_eq!(lab.column(own, "case_id").await, None);
        let sources = lab.column(own, "sources").await;
        assert_eq!(sources.as_deref(), Some(r#"["desk", "webhook"]"#));
    }
}

#[tokio::test]
async fn the_text_of_a_deleted_reply_is_forgotten() {
    let mut lab = Lab::new().await;
    lab.take(&[post("100", ADA)]).await;
    let case = lab.open_case(Some(ADA), None, 1).await;
    let id = reply(&lab, "posted", case, Some("200"), &[]).await;
    let other = reply(&lab, "posted", case, Some("201"), &[]).await;
    waiting(&lab, case, id).await;
    told(&mut lab, id, "posted").await;
    assert_eq!(status(&lab, case).await.1.as_deref(), Some("Sorry!"));
    lab.take(&[echo("200")]).await;
    let mut gone = echo("200");
    (gone.content, gone.deleted_at) = (None, Some(at(50)));
    "delete".clone_into(&mut gone.fact);
    "erase".clone_into(&mut gone.op);
    let step = Input::Fact(Box::new(gone));
    let mut scope = lab.scope().await;
    lab.linker.process(&mut scope, &[&step]).await.unwrap();
    scope.commit().await.unwrap();
    let text = async |id: Uuid| -> String {
        let mut scope = lab.scope().await;
        let text = "SELECT public_text FROM replies WHERE reply_id = $1";
        sqlx::query_scalar(text)
            .bind(id)
            .fetch_one(&mut *scope)
            .await
            .unwrap()
    };
    assert_eq!(text(id).await, "");
    assert_eq!(status(&lab, case).await, ("closed".to_owned(), None));
    assert_eq!(text(other).await, "Sorry!");
    assert_eq!(
        lab.column(post_id("200"), "text").await.as_deref(),
        Some("")
    );
}
