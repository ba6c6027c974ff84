//! Two transactions at once: no link is missed, nothing deleted comes back, nothing is lost.
//!
//! With the person lock left out the first test must turn red:
//! `EARSHOT_CHAOS_BREAK=person-lock cargo test -p case-linker --features runtime/chaos --test it races`

use std::sync::Arc;

use schemas::records::Enriched;
use tokio::sync::Barrier;

use crate::facts::*;
use crate::lab::Lab;

const TRIALS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attach_races_arrival_and_no_link_is_missed() {
    let lab = Arc::new(Lab::new().await);
    let mut linker = lab.twin();
    let barrier = Arc::new(Barrier::new(2));
    let mut missed = Vec::new();
    for trial in 0..TRIALS {
        let person = (50_000 + trial).to_string();
        let x_id = (70_000 + trial).to_string();
        // A row that is there already: to make it would be a lock in itself.
        linker.take(&[profiled(&person, 1)]).await;
        let customer = lab.customer().await;
        let case = lab
            .open_case(None, Some(customer), i64::try_from(trial).unwrap() + 1)
            .await;
        let attach = tokio::spawn({
            let (lab, barrier, person) = (lab.clone(), barrier.clone(), person.clone());
            async move {
                barrier.wait().await;
                lab.attach(&person, Some(customer)).await;
            }
        });
        barrier.wait().await;
        linker.take(&[post(&x_id, &person)]).await;
        attach.await.unwrap();
        let told = lab.column(post_id(&x_id), "customer_id").await;
        if told != Some(customer.to_string()) || lab.case_of(&x_id).await != Some(case) {
            missed.push(trial);
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {TRIALS} trials missed a link",
        missed.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attach_races_our_answer_and_its_likes() {
    let lab = Arc::new(Lab::new().await);
    let mut linker = lab.twin();
    for trial in 0..50 {
        let person = (50_000 + trial).to_string();
        let (before, after) = ((70_000 + trial).to_string(), (80_000 + trial).to_string());
        let answer = |x_id: &str| {
            with(post(x_id, BRAND), |content| {
                "outbound".clone_into(&mut content.direction);
                content.in_reply_to_x_id = Some(person.clone());
            })
        };
        linker.take(&[profiled(&person, 1), answer(&before)]).await;
        let customer = lab.customer().await;
        let attach = tokio::spawn({
            let (lab, person) = (lab.clone(), person.clone());
            async move { lab.attach(&person, Some(customer)).await }
        });
        linker
            .take(&[counts(&before, BRAND, 9, 1), answer(&after)])
            .await;
        attach.await.unwrap();
        for x_id in [before, after] {
            let told = lab.column(post_id(&x_id), "customer_id").await;
            assert_eq!(told, Some(customer.to_string()), "trial {trial}, {x_id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_of_a_customer_and_a_case_at_once() {
    let lab = Arc::new(Lab::new().await);
    let mut linker = lab.twin();
    for trial in 0..50 {
        let (a, b) = ((50_000 + trial).to_string(), (60_000 + trial).to_string());
        let (post_a, post_b) = ((70_000 + trial).to_string(), (80_000 + trial).to_string());
        linker.take(&[post(&post_a, &a), post(&post_b, &b)]).await;
        let customer = lab.customer().await;
        lab.attach(&a, Some(customer)).await;
        let attach = tokio::spawn({
            let lab = lab.clone();
            async move { lab.attach(&b, Some(customer)).await }
        });
        let case = open_case_again(&lab, customer, trial + 1).await;
        attach.await.unwrap();
        for x_id in [post_a, post_b] {
            assert_eq!(
                lab.case_of(&x_id).await,
                Some(case),
                "trial {trial}, {x_id}"
            );
        }
    }
}

async fn open_case_again(lab: &Lab, customer: uuid::Uuid, no: i64) -> uuid::Uuid {
    loop {
        let mut scope = lab.scope().await;
        match case_linker::desk::lock(&mut scope, ORG, &[], &[customer]).await {
            Ok(locked) => {
                let case = crate::lab::insert_case(&mut scope, None, Some(customer), no).await;
                let encoder = &lab.program.encoder;
                case_linker::desk::relink(&mut scope, encoder, &locked, at(9))
                    .await
                    .unwrap();
                scope.commit().await.unwrap();
                return case;
            }
            Err(runtime::StageError::Transient(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Two linkers take these at once, many times; `check` looks at the rows after each.
async fn at_once(
    trials: i64,
    facts: impl Fn(i64) -> (Vec<Enriched>, Vec<Enriched>),
    check: impl AsyncFn(&Lab, i64),
) {
    let mut mine = Lab::new().await;
    let mut other = mine.twin();
    for trial in 0..trials {
        let (here, there) = facts(trial);
        let task = tokio::spawn(async move {
            other.take(&there).await;
            other
        });
        mine.take(&here).await;
        other = task.await.unwrap();
        check(&mine, trial).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_without_an_author_races_the_post() {
    let id = |trial: i64| (70_000 + trial).to_string();
    let facts = |n| (vec![post(&id(n), "20")], vec![deletion(&id(n), "")]);
    at_once(100, facts, async |lab, n| {
        let item = post_id(&id(n));
        assert!(lab.column(item, "deleted_at").await.is_some(), "trial {n}");
        assert_eq!(lab.column(item, "text").await.unwrap(), "", "trial {n}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_of_a_later_version_races_the_edit() {
    let id = |trial: i64| (70_000 + 2 * trial).to_string();
    let later = |trial: i64| (70_001 + 2 * trial).to_string();
    let facts = |n| {
        let edit = version(&[&id(n), &later(n)], "20");
        (vec![edit], vec![deletion(&later(n), "")])
    };
    at_once(100, facts, async |lab, n| {
        let deleted = lab.column(post_id(&id(n)), "deleted_at").await;
        assert!(deleted.is_some(), "trial {n}");
        assert_eq!(
            lab.column(post_id(&later(n)), "x_id").await,
            None,
            "trial {n}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parent_and_child_at_once_are_one_thread() {
    let id = |trial: i64| (70_000 + 3 * trial).to_string();
    let next = |trial: i64, by: i64| (70_000 + 3 * trial + by).to_string();
    let facts = |n| {
        let parent = vec![post(&id(n), "20"), reply(&next(n, 1), "20", &id(n))];
        (parent, vec![reply(&next(n, 2), "21", &next(n, 1))])
    };
    at_once(100, facts, async |lab, n| {
        assert_eq!(lab.thread_of(&next(n, 2)).await, id(n), "trial {n}");
    })
    .await;
}
