//! What tests of the workspace share: real parts, a database of their own, names that do not
//! collide, and waiting for a condition instead of sleeping.
#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail")]

pub mod consul;
mod registry;
mod sweep;

use std::path::{Path, PathBuf};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::local::{Endpoints, LocalParts, Options};

pub use registry::RegistryServer;
pub use sweep::sweep;

const TICK: Duration = Duration::from_millis(200);

/// Real parts for this test process: those that `EARSHOT_TEST_PARTS` names (as set by `earshot
/// local run`), else its own, which end with the process.
pub fn parts() -> &'static Endpoints {
    static PARTS: OnceLock<Endpoints> = OnceLock::new();
    PARTS.get_or_init(|| match std::env::var_os("EARSHOT_TEST_PARTS") {
        Some(path) => Endpoints::read(Path::new(&path)).expect("EARSHOT_TEST_PARTS"),
        None => start_own(),
    })
}

/// The parts end with the thread that started them, so that thread never ends.
fn start_own() -> Endpoints {
    let (ready, started) = mpsc::channel();
    std::thread::spawn(move || {
        let dir = own_directory();
        let options = Options {
            dir,
            kafka: true,
            postgres: true,
            fsync: false,
            statements: false,
        };
        let mut parts = LocalParts::start(&options).expect("local parts");
        ready
            .send(parts.endpoints().clone())
            .expect("the test waits");
        loop {
            parts.tick().expect("local parts stay up");
            std::thread::sleep(TICK);
        }
    });
    started.recv().expect("local parts")
}

/// A directory beside the test binaries. What earlier, ended processes left there is removed.
fn own_directory() -> PathBuf {
    let program = std::env::current_exe().expect("own path");
    let root = program.parent().expect("a directory").join("test-parts");
    for left in std::fs::read_dir(&root).into_iter().flatten().flatten() {
        let name = left.file_name();
        if !Path::new("/proc").join(&name).exists() {
            remove(&left.path());
        }
    }
    root.join(std::process::id().to_string())
}

fn remove(dir: &Path) {
    // The database may lie elsewhere, when its user cannot reach this directory.
    let elsewhere = std::fs::read_link(dir.join("postgres")).ok();
    for dir in elsewhere.iter().map(PathBuf::as_path).chain([dir]) {
        if let Err(error) = std::fs::remove_dir_all(dir) {
            tracing::debug!(%error, "left test directory not removed");
        }
    }
}

/// A database that nobody else uses.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// As the role that owns and migrates it.
    pub owner_url: String,
    /// As the role of the programs.
    pub app_url: String,
}

/// Makes an empty database, owned by `earshot_owner`.
pub async fn database() -> TestDatabase {
    let parts = parts();
    let name = unique("test").replace('-', "_");
    let mut connection = PgConnection::connect(&parts.super_url)
        .await
        .expect("PostgreSQL");
    let create = format!("CREATE DATABASE {name} OWNER earshot_owner");
    connection
        .execute(sqlx::AssertSqlSafe(create))
        .await
        .expect("a new database");
    connection.close().await.expect("closing");
    TestDatabase {
        owner_url: at(&parts.owner_url, &name),
        app_url: at(&parts.app_url, &name),
    }
}

/// Makes a database with everything that the migrations make.
pub async fn migrated() -> TestDatabase {
    let database = database().await;
    let owner = crate::pg::pool(&database.owner_url, 1).expect("a URL");
    schemas::MIGRATOR.run(&owner).await.expect("migrations");
    owner.close().await;
    database
}

impl TestDatabase {
    /// Its name on the server.
    pub fn name(&self) -> String {
        let (_, name) = self
            .app_url
            .rsplit_once('/')
            .expect("a database in the URL");
        name.to_owned()
    }
}

// The URL with another database.
fn at(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a database in the URL");
    format!("{server}/{name}")
}

/// An example of the package under test. `cargo test` builds them all; with `--test` it builds none.
pub fn example(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("own path");
    let target = own.parent().and_then(Path::parent).expect("a directory");
    let path = target.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --examples` with the features of the test",
        path.display()
    );
    path
}

/// A name that no other test has: for topic prefixes, groups, transactional ids.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", Uuid::new_v4().simple())
}

/// Asks `check` until it yields something; panics with `what` after `deadline`.
pub async fn wait_for<T, F, Fut>(what: &str, deadline: Duration, mut check: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let end = Instant::now() + deadline;
    let mut pause = Duration::from_millis(10);
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(Instant::now() < end, "not within {deadline:?}: {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
