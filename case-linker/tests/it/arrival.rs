//! Whatever arrives in whatever order, twice, and in whatever batches: the same tables.

use runtime::Verdict;
use schemas::Kind;
use schemas::records::{Enriched, Media};

use crate::facts::*;
use crate::lab::{Dice, Lab, published};

fn history() -> Vec<Enriched> {
    let second_account = Enriched {
        account: "31".to_owned(),
        source: "stream".to_owned(),
        received_at: at(90),
        ..said("100", "20", "100")
    };
    let old = Enriched {
        backfill: true,
        source: "poll".to_owned(),
        received_at: at(300),
        ..with(post("100", "20"), |content| {
            "stale bread, sai…".clone_into(&mut content.text);
            content.text_complete = false;
            content.media = vec![Media {
                media_key: "3_1".to_owned(),
                ..Media::default()
            }];
        })
    };
    vec![
        post("100", "20"),
        second_account,
        old,
        counts("100", "20", 10, 3),
        counts("100", "20", 20, 2),
        // An edit: with its history, and as Account Activity tells it.
        version(&["100", "104"], "20"),
        version(&["104"], "20"),
        // A chain without conversation ids, by several people.
        reply("110", "21", "104"),
        reply("111", "20", "110"),
        reply("112", "22", "111"),
        said("120", "22", "120"),
        // Deleted: one whose content comes too, one by its later version, one that nobody saw.
        post("130", "21"),
        deletion("130", "21"),
        version(&["140", "141"], "21"),
        deletion("141", ""),
        deletion("150", ""),
        counts("160", "20", 5, 1),
        message("100", "20", BRAND),
        message("101", BRAND, "20"),
        profiled("20", 40),
        profiled("21", 2),
    ]
}

#[tokio::test]
async fn any_order_any_duplication_and_any_batches_give_the_same_tables() {
    let mut lab = Lab::new().await;
    let customer = lab.customer().await;
    lab.attach("20", Some(customer)).await;
    lab.open_case(Some("21"), None, 1).await;
    lab.open_case(None, Some(customer), 2).await;
    for fact in history() {
        lab.take(&[fact]).await;
    }
    let expected = lab.dump(ORG).await;
    assert_eq!(expected.matches("\nitem ").count(), 11, "{expected}");
    let mut dice = Dice(7);
    for round in 0..60 {
        let mut facts = history();
        facts.extend(
            (0..dice.below(10))
                .map(|_| history()[dice.below(21)].clone())
                .collect::<Vec<_>>(),
        );
        dice.shuffle(&mut facts);
        lab.clear().await;
        let mut rest = facts.as_slice();
        while !rest.is_empty() {
            let (batch, left) = rest.split_at(1 + dice.below(rest.len()));
            lab.take(batch).await;
            rest = left;
        }
        let told = lab.dump(ORG).await;
        let differ = differ(&expected, &told);
        assert!(
            differ.is_empty(),
            "round {round}: {:?}: {differ:#?}",
            order(&facts)
        );
    }
}

fn differ(expected: &str, told: &str) -> Vec<String> {
    let mark = |sign: &str, of: &str, other: &str| -> Vec<String> {
        let only = of.lines().filter(|line| !other.lines().any(|o| o == *line));
        only.map(|line| format!("{sign} {line}")).collect()
    };
    [mark("-", expected, told), mark("+", told, expected)].concat()
}

fn order(facts: &[Enriched]) -> Vec<String> {
    let name = |fact: &Enriched| format!("{} {}", fact.fact, fact.x_id);
    facts.iter().map(name).collect()
}

#[tokio::test]
async fn what_changes_nothing_is_not_published_and_a_batch_publishes_an_item_once() {
    let mut lab = Lab::new().await;
    let first = lab
        .take(&[
            post("100", "20"),
            counts("100", "20", 9, 4),
            profiled("20", 5),
        ])
        .await;
    let items = published(&lab, &first);
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].revision, items[0].likes), (1, 4));
    assert_eq!(first[0], Verdict::Skip("merged"));
    assert_eq!(first[2], Verdict::Skip("profile"));
    let again = lab
        .take(&[post("100", "20"), counts("100", "20", 9, 4)])
        .await;
    assert_eq!(again, [Verdict::Skip("merged"), Verdict::Skip("unchanged")]);
    let later = published(&lab, &lab.twin().take(&[counts("100", "20", 10, 5)]).await);
    assert_eq!((later[0].revision, later[0].likes), (2, 5));
}

#[tokio::test]
async fn one_post_for_two_accounts_is_one_item_of_both() {
    let mut lab = Lab::new().await;
    let other = Enriched {
        account: "31".to_owned(),
        source: "stream".to_owned(),
        ..post("100", "20")
    };
    lab.take(&[post("100", "20")]).await;
    let items = published(&lab, &lab.twin().take(&[other]).await);
    assert_eq!(items[0].accounts, ["30", "31"]);
    assert_eq!(items[0].sources, ["stream", "webhook"]);
    assert_eq!((items[0].revision, items[0].item_id), (2, post_id("100")));
}

#[tokio::test]
async fn counts_before_the_item_are_not_lost() {
    let mut lab = Lab::new().await;
    lab.take(&[counts("100", "20", 9, 4)]).await;
    assert_eq!(lab.column(post_id("100"), "status").await, None);
    lab.take(&[post("100", "20")]).await;
    assert_eq!(lab.column(post_id("100"), "likes").await.unwrap(), "4");
    assert_eq!(lab.column(post_id("100"), "status").await.unwrap(), "open");
    assert_eq!(
        lab.column(post_id("100"), "backfill").await.unwrap(),
        "false"
    );
}

#[tokio::test]
async fn a_deletion_before_the_item_keeps_its_content_out_for_ever() {
    let mut lab = Lab::new().await;
    for author in ["20", ""] {
        lab.clear().await;
        let erased = published_of(&mut lab, &[deletion("100", author)]).await;
        assert_eq!(
            (erased[0].op.as_str(), erased[0].kind),
            ("erase", Kind::Post)
        );
        let later = published_of(&mut lab, &[post("100", "20"), counts("100", "20", 9, 4)]).await;
        assert_eq!(
            (later[0].op.as_str(), later[0].text.as_str()),
            ("erase", "")
        );
        let rows = lab.dump(ORG).await;
        let items: Vec<&str> = rows.lines().filter(|l| l.starts_with("item")).collect();
        assert_eq!(items.len(), 1);
        assert!(!items[0].contains("bread") && !items[0].contains("user20"));
    }
}

#[tokio::test]
async fn a_deletion_that_names_no_author_leaves_the_customer() {
    let mut lab = Lab::new().await;
    let customer = lab.customer().await;
    lab.attach("20", Some(customer)).await;
    lab.take(&[post("100", "20")]).await;
    let erased = published_of(&mut lab, &[deletion("100", "")]).await;
    assert_eq!(erased[0].customer_id, Some(customer));
    assert_eq!(erased[0].person_id, "20");
    let people = lab.dump(ORG).await;
    assert!(
        !people.contains("\"x_id\": \"100\", \"name\""),
        "a post is no person"
    );
    assert_eq!(people.matches("person ").count(), 1, "{people}");
}

async fn published_of(lab: &mut Lab, facts: &[Enriched]) -> Vec<schemas::records::Item> {
    let verdicts = lab.take(facts).await;
    published(lab, &verdicts)
}
