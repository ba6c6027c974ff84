//! Real conversations, where they are at hand: every inbound row is one item, threads are right.

use std::path::PathBuf;

use crate::{binary, directory, shared};

#[test]
fn real_conversations_come_out_as_they_were_said() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.join("twcs").exists() {
        println!("skipped: the corpora are not beside the project");
        return;
    }
    let loaded = earshot_bench::corpus::folder(&folder).unwrap();
    assert!(
        loaded.expected.len() > 3_000,
        "{} rows",
        loaded.expected.len()
    );
    let report =
        earshot_bench::corpus::prove((&binary(), &directory()), &shared(), loaded).unwrap();
    assert!(report.clean(), "{report}");
}
