//! Writing, against the stand-in.

use runtime::consul::{Source, Write, WriteError};
use runtime::testing::consul::ConsulStandIn;

use crate::watching::PREFIX;

fn write(key: &str, value: Option<&str>, version: u64) -> Write {
    Write {
        key: format!("{PREFIX}/{key}"),
        value: value.map(str::to_owned),
        version,
    }
}

#[tokio::test]
async fn keys_are_written_together_or_not_at_all() {
    let consul = ConsulStandIn::start().await;
    consul.put(&format!("{PREFIX}/a"), "1");
    consul.put(&format!("{PREFIX}/b"), "2");
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "t\n").unwrap();
    consul.change(|world| world.token = Some("t".to_owned()));
    let source = |token| Source::parse(&consul.source(PREFIX), token).unwrap();
    let with = source(Some(token.path().to_owned()));
    let read = async || {
        let found = with.read_versions().await.unwrap();
        found
            .into_iter()
            .map(|one| (one.value, one.version))
            .collect::<Vec<_>>()
    };
    let before = read().await;
    let [(_, a), (_, b)] = before.as_slice() else {
        panic!("{before:?}")
    };
    let all = [
        write("a", Some("ä"), *a),
        write("b", None, *b),
        write("c", Some("3"), 0),
    ];
    let denied = source(None).write(&all).await.unwrap_err();
    assert!(denied.to_string().contains("key_prefix write"), "{denied}");
    consul.put(&format!("{PREFIX}/b"), "20");
    let changed = with.write(&all).await.unwrap_err();
    assert!(matches!(changed, WriteError::Changed), "{changed}");
    assert_eq!(read().await[0], before[0], "nothing of it");

    let b = read().await[1].1;
    let all = [
        write("a", Some("ä"), *a),
        write("b", None, b),
        write("c", Some("3"), 0),
    ];
    with.write(&all).await.unwrap();
    let values: Vec<String> = read().await.into_iter().map(|(value, _)| value).collect();
    assert_eq!(values, ["ä", "3"]);
    let again = with.write(&all[2..]).await.unwrap_err();
    assert!(
        matches!(again, WriteError::Changed),
        "it is there already: {again}"
    );
    let many = vec![write("d", Some("4"), 0); 65];
    assert!(matches!(
        with.write(&many).await,
        Err(WriteError::TooMany(65))
    ));
}
