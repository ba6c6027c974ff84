//! Whether this version may run against what is there is said before it runs.

use std::time::Duration;

use runtime::kafka::Cluster;
use runtime::kafka::producer::Producer;
use runtime::stage::Outgoing;
use schemas::records::{CaseChanged, Record as _};
use schemas::topics::CASES;
use schemas::wire::Codec;
use serde_json::Value;

use crate::installed::Installed;

const PATIENCE: Duration = Duration::from_secs(20);

// So many cases, and after them what takes an offset and is no record: a tombstone.
async fn wrote(installed: &Installed, cases: usize, schema_id: u32) {
    let codec = Codec::own().unwrap();
    let mut value = codec.encode(&CaseChanged::default()).unwrap();
    value[1..5].copy_from_slice(&schema_id.to_be_bytes());
    let of = |value: Option<Vec<u8>>| Outgoing {
        topic: &CASES,
        partition: 3,
        key: b"case".to_vec(),
        value,
        erases: false,
    };
    let cases = std::iter::repeat_n(Some(value), cases);
    let records: Vec<Outgoing> = cases.chain([None]).map(of).collect();
    let cluster = Cluster::plain(&installed.parts.brokers, &installed.prefix);
    let producer = Producer::new(&cluster, "test", PATIENCE).unwrap();
    producer.send_all(&records, PATIENCE).await.unwrap();
}

// Exit code and lines.
fn check(installed: &Installed, more: &[&str]) -> (i32, Vec<Value>) {
    let output = installed.run(&[&["upgrade", "check", "--json"], more].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{told}"));
    let code = output.status.code().unwrap();
    assert_eq!(answer["ok"], code == 0, "{text}");
    (code, answer["lines"].as_array().unwrap().clone())
}

fn line<'a>(lines: &'a [Value], check: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["check"] == check);
    found.unwrap_or_else(|| panic!("{check}: {lines:#?}"))
}

#[test]
fn what_another_version_left_is_named_before_this_one_runs() {
    let installed = Installed::new();
    let (code, lines) = check(&installed, &[]);
    assert_eq!(code, 2, "{lines:#?}");
    assert_eq!(line(&lines, "migrations")["cure"], "earshot migrate");
    assert_eq!(line(&lines, "topics")["state"], "fail");

    installed.does(&["migrate"]);
    installed.does(&["topics", "apply"]);
    let (code, lines) = check(&installed, &[]);
    assert_eq!(code, 0, "{lines:#?}");
    assert_eq!(line(&lines, "care.cases.v1")["what"], "empty");

    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(wrote(&installed, 1, CaseChanged::SCHEMA_ID));
    let (code, lines) = check(&installed, &[]);
    assert_eq!(code, 0, "{lines:#?}");
    let what = line(&lines, "care.cases.v1")["what"].as_str().unwrap();
    assert!(
        what.ends_with(&CaseChanged::SCHEMA_ID.to_string()),
        "{what}"
    );

    tokio.block_on(wrote(&installed, 2, 1_000_999));
    let (code, lines) = check(&installed, &[]);
    assert_eq!(code, 2, "{lines:#?}");
    assert_eq!(
        line(&lines, "care.cases.v1")["what"],
        "written by a newer version: schema id 1000999 of partition 3 offset 3 is not known to this one"
    );
    let text = installed.run(&["upgrade", "check"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("FAIL  records: care.cases.v1: written by a newer"),
        "{text}"
    );

    let (code, lines) = check(&installed, &["--kafka", "127.0.0.1:9"]);
    assert_eq!(code, 3, "{lines:#?}");
    assert_eq!(line(&lines, "migrations")["state"], "ok");
}
