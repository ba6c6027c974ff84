//! The promises, against the stand-in.

use std::sync::atomic::Ordering;

use runtime::consul::{FollowError, Source};
use runtime::testing::consul::ConsulStandIn;
use runtime::testing::wait_for;
use runtime::watch::Change;

use crate::watching::{LIVE_WITHIN, PATIENCE, PREFIX, copy, watching};

fn key(name: &str) -> String {
    format!("{PREFIX}/{name}")
}

#[tokio::test]
async fn a_change_is_in_force_within_two_seconds_and_only_what_is_below_the_prefix_counts() {
    let consul = ConsulStandIn::start().await;
    consul.put(&key("a"), "1");
    // Consul's prefix is one of texts.
    consul.put(&format!("{PREFIX}-other/a"), "none of ours");
    let mut watching = watching(&consul.source(PREFIX), None, None).await.unwrap();
    assert_eq!(watching.numbers(), [1]);
    assert_eq!(*watching.value.borrow(), [(key("a"), 1)].to_vec().into());

    consul.put(&key("a"), "2");
    assert!(watching.becomes(&[2]).await < LIVE_WITHIN);
    consul.put(&key("deep/er/b"), "3");
    assert!(watching.becomes(&[2, 3]).await < LIVE_WITHIN);
    consul.change(|world| {
        world.entries.remove(&key("a"));
    });
    assert!(watching.becomes(&[3]).await < LIVE_WITHIN);

    // The index rises with every write anywhere; what stands there is parsed when it differs.
    let parsed = watching.parsed.load(Ordering::Relaxed);
    let asked = consul.asked().len();
    consul.put("elsewhere", "x");
    wait_for("two more requests", PATIENCE, async || {
        (consul.asked().len() > asked + 1).then_some(())
    })
    .await;
    assert_eq!(watching.parsed.load(Ordering::Relaxed), parsed);
}

#[tokio::test]
async fn a_bad_change_is_refused_whole_once_and_the_last_good_one_stays() {
    let consul = ConsulStandIn::start().await;
    consul.put(&key("a"), "1");
    consul.put(&key("b"), "2");
    let mut watching = watching(&consul.source(PREFIX), None, None).await.unwrap();
    consul.change(|world| {
        world.entries.insert(key("a"), b"10".to_vec());
        world.entries.insert(key("b"), b"two".to_vec());
    });
    assert_eq!(watching.is_refused().await, "invalid digit found in string");
    assert_eq!(watching.numbers(), [1, 2]);
    consul.put("elsewhere", "x");
    consul.put(&key("b"), "20");
    assert!(watching.becomes(&[10, 20]).await < LIVE_WITHIN);
    assert!(watching.rejection.borrow().is_none());
    assert_eq!(watching.count(Change::Rejected), 1);
    assert_eq!(watching.count(Change::Away), 0);

    // What is no text, and what the token hides, is refused too, and named.
    consul.put(&key("b"), vec![0xff, 0xfe]);
    assert!(watching.is_refused().await.contains(&key("b")));
    consul.put(&key("b"), "21");
    assert!(watching.becomes(&[10, 21]).await < LIVE_WITHIN);
    consul.change(|world| {
        world.partial = true;
        world.entries.remove(&key("b"));
    });
    assert!(watching.is_refused().await.contains("key_prefix read"));
    assert_eq!(
        watching.numbers(),
        [10, 21],
        "hidden keys do not look deleted"
    );
}

#[tokio::test]
async fn an_index_that_goes_backwards_is_asked_for_anew() {
    let consul = ConsulStandIn::start().await;
    consul.put(&key("a"), "1");
    let mut watching = watching(&consul.source(PREFIX), None, None).await.unwrap();
    // As after a restored snapshot.
    consul.change(|world| {
        world.index = 3;
        world.entries.insert(key("a"), b"2".to_vec());
    });
    watching.becomes(&[2]).await;
    wait_for("waits at the new index", PATIENCE, async || {
        (consul.asked().last() == Some(&(Some(3), None))).then_some(())
    })
    .await;
    let asked: Vec<_> = consul.asked().into_iter().map(|(index, _)| index).collect();
    assert_eq!(asked, [None, Some(11), None, Some(3)]);
}

#[tokio::test]
async fn while_consul_is_away_the_last_good_one_stays_and_a_restart_has_it_from_disk() {
    let dir = tempfile::tempdir().unwrap();
    let consul = ConsulStandIn::start().await;
    let (addr, source) = (consul.addr, consul.source(PREFIX));
    consul.put(&key("a"), "1");
    let mut first = watching(&source, Some(copy(dir.path(), &source)), None)
        .await
        .unwrap();
    consul.put(&key("a"), "2");
    first.becomes(&[2]).await;
    drop(consul);
    let away = first.is_away(true).await.unwrap();
    assert!(
        away.reason.starts_with("Consul does not answer"),
        "{away:?}"
    );
    assert_eq!(first.numbers(), [2]);

    // What a restart finds: the copy, an alarm, and no key of ours in the clear.
    let mut second = watching(&source, Some(copy(dir.path(), &source)), None)
        .await
        .unwrap();
    assert_eq!(second.numbers(), [2]);
    assert_eq!(second.count(Change::Away), 1);
    assert!(second.away.borrow().is_some());
    let without = watching(&source, None, None).await;
    assert!(matches!(without, Err(FollowError::Away { .. })));

    let consul = ConsulStandIn::start_at(addr).await;
    consul.put(&key("a"), "3");
    for watching in [&mut first, &mut second] {
        watching.becomes(&[3]).await;
        assert_eq!(watching.is_away(false).await, None);
        assert_eq!(watching.count(Change::Back), 1);
        assert_eq!(watching.count(Change::Rejected), 0);
    }
}

#[tokio::test]
async fn a_bad_one_at_start_is_refused_and_the_copy_is_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let consul = ConsulStandIn::start().await;
    let source = consul.source(PREFIX);
    consul.put(&key("a"), "1");
    drop(
        watching(&source, Some(copy(dir.path(), &source)), None)
            .await
            .unwrap(),
    );
    consul.put(&key("a"), "one");
    let mut again = watching(&source, Some(copy(dir.path(), &source)), None)
        .await
        .unwrap();
    assert_eq!(again.numbers(), [1]);
    assert!(again.is_refused().await.contains("invalid digit"));
    assert_eq!(again.count(Change::Rejected), 1);
    consul.put(&key("a"), "5");
    assert!(again.becomes(&[5]).await < LIVE_WITHIN);
    assert_eq!(again.count(Change::Rejected), 1);
    consul.put(&key("a"), "one");
    again.is_refused().await;
    let without = watching(&source, None, None).await;
    assert!(matches!(without, Err(FollowError::Refused { .. })));
}

#[tokio::test]
async fn the_token_is_read_anew_for_each_request() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, "old\n").unwrap();
    let consul = ConsulStandIn::start().await;
    consul.put(&key("a"), "1");
    consul.change(|world| world.token = Some("old".to_owned()));
    let source = consul.source(PREFIX);
    let mut watching = watching(&source, None, Some(file.clone())).await.unwrap();
    consul.change(|world| world.token = Some("new".to_owned()));
    let away = watching.is_away(true).await.unwrap();
    assert!(away.reason.contains("403") && away.reason.contains("org_source_token_file"));
    std::fs::write(&file, "new").unwrap();
    consul.put(&key("a"), "2");
    watching.becomes(&[2]).await;
    assert_eq!(watching.is_away(false).await, None);
    assert_eq!(consul.asked().last().unwrap().1.as_deref(), Some("new"));
}

#[test]
fn a_source_that_cannot_be_one_is_refused() {
    for good in [
        "consul:http://127.0.0.1:8500/config/x",
        "consul:https://consul.example/x/",
    ] {
        assert_eq!(Source::parse(good, None).unwrap().as_str(), good);
    }
    for wrong in [
        "http://h/x",
        "consul:",
        "consul:h/x",
        "consul:ftp://h/x",
        "consul:http://h:8500",
        "consul:http://h/",
        "consul:http://user:secret@h/x",
        "consul:http://h/x?token=secret",
    ] {
        let error = Source::parse(wrong, None).unwrap_err();
        assert_eq!(error.code(), 2);
        let text = error.to_string();
        assert!(
            text.contains("org_source") && !text.contains("secret"),
            "{text}"
        );
    }
}
