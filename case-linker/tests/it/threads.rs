//! Threads complete themselves when parents come later, in any order, in one process or two.

use schemas::records::Enriched;

use crate::facts::*;
use crate::lab::{Dice, Lab};

/// A chain without conversation ids, its root first.
fn chain(length: usize) -> Vec<Enriched> {
    let id = |n: usize| (1000 + n).to_string();
    let author = |n: usize| (20 + n % 3).to_string();
    let replies = (1..length).map(|n| reply(&id(n), &author(n), &id(n - 1)));
    std::iter::once(post(&id(0), &author(0)))
        .chain(replies)
        .collect()
}

async fn same_thread(lab: &Lab, facts: &[Enriched], root: &str) {
    for fact in facts {
        assert_eq!(lab.thread_of(&fact.x_id).await, root, "{}", fact.x_id);
        let open = lab.column(fact.item_id, "thread_open").await;
        assert_eq!(open.as_deref(), Some("false"), "{}", fact.x_id);
    }
}

#[tokio::test]
async fn parents_may_come_in_any_order_and_any_batches() {
    let mut lab = Lab::new().await;
    let mut dice = Dice(3);
    for _ in 0..10 {
        lab.clear().await;
        let mut facts = chain(12);
        dice.shuffle(&mut facts);
        let mut rest = facts.as_slice();
        while !rest.is_empty() {
            let (batch, left) = rest.split_at(1 + dice.below(rest.len()));
            lab.take(batch).await;
            rest = left;
        }
        same_thread(&lab, &facts, "1000").await;
    }
}

#[tokio::test]
async fn a_long_chain_completes_from_its_end() {
    let mut lab = Lab::new().await;
    let mut facts = chain(300);
    facts.reverse();
    lab.take(&facts[..150]).await;
    lab.take(&facts[150..299]).await;
    assert_eq!(lab.thread_of("1299").await, "1000", "known by id");
    lab.take(&facts[299..]).await;
    same_thread(&lab, &facts, "1000").await;
}

#[tokio::test]
async fn a_thread_moves_when_the_conversation_becomes_known() {
    let mut lab = Lab::new().await;
    lab.take(&chain(3)).await;
    lab.take(&[said("1000", "20", "900")]).await;
    same_thread(&lab, &chain(3), "900").await;
}

#[tokio::test]
async fn of_two_transactions_the_last_to_commit_sees_the_other() {
    for child_first in [false, true] {
        let mut mine = Lab::new().await;
        let mut other = mine.twin();
        let (parent, _) = mine.attempt(&[reply("1001", "20", "1000")]).await.unwrap();
        let (child, _) = other.attempt(&[reply("1002", "21", "1001")]).await.unwrap();
        if child_first {
            child.commit().await.unwrap();
            other.settle().await;
            parent.commit().await.unwrap();
            mine.settle().await;
        } else {
            parent.commit().await.unwrap();
            mine.settle().await;
            child.commit().await.unwrap();
            other.settle().await;
        }
        assert_eq!(mine.thread_of("1002").await, "1000");
        mine.take(&[post("1000", "22")]).await;
        same_thread(&mine, &chain(3), "1000").await;
    }
}

#[tokio::test]
async fn what_a_crash_left_open_completes_at_the_next_start() {
    let mut lab = Lab::new().await;
    let (scope, _) = lab.attempt(&[reply("1002", "21", "1001")]).await.unwrap();
    scope.commit().await.unwrap();
    let (scope, _) = lab.attempt(&[reply("1001", "20", "1000")]).await.unwrap();
    scope.commit().await.unwrap();
    // Both committed, and the process ended before it went on.
    assert_eq!(lab.thread_of("1002").await, "1001");
    lab.twin().take(&[profiled("29", 1)]).await;
    assert_eq!(lab.thread_of("1002").await, "1000");
}
