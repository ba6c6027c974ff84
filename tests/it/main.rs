//! The whole: every program as its own process, on real Kafka and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod alarms;
mod analyst;
mod channels;
mod command_line;
mod config_import;
mod consul;
mod corpus;
mod deletion;
mod doctor;
mod faults;
mod installed;
mod layout;
mod migrate;
mod organisations;
mod orgs;
mod quarantine;
mod registry;
mod tail;
mod upgrade;

use std::path::PathBuf;

use earshot_bench::stack::{Org, Parts};

/// The binary under test.
fn binary() -> PathBuf {
    env!("CARGO_BIN_EXE_earshot").into()
}

/// Two organisations: the first is served by X Activity, the second by Account Activity.
fn orgs() -> Vec<Org> {
    vec![
        Org::new("northwind", "northwindgear", "1498213377015349251"),
        Org::new("juniper", "juniperoak", "1511706921468432394"),
    ]
}

/// A directory for a test that is removed with it.
fn directory() -> PathBuf {
    let name = runtime::testing::unique("it-").replace('.', "-");
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A fresh database on the shared parts.
fn shared() -> Parts {
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let database = tokio.block_on(runtime::testing::database());
    let parts = runtime::testing::parts();
    let name = database.app_url.rsplit('/').next().unwrap();
    let base = parts.super_url.rsplit_once('/').unwrap().0;
    Parts {
        brokers: parts.brokers.clone(),
        owner_url: database.owner_url.clone(),
        app_url: database.app_url.clone(),
        super_url: format!("{base}/{name}"),
    }
}
