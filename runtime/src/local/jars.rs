//! Apache Kafka's jars: fetched once per user with Maven, kept in the user's cache directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::error::LocalError;
use super::{child, log};

const VERSION: &str = "4.3.1";
const POM: &str = include_str!("pom.xml");
const FETCH_DEADLINE: Duration = Duration::from_mins(10);

/// The directory that holds the jars of the broker and its tools, fetched when absent.
///
/// It appears by a rename, so that what exists is complete, and under a lock, so that callers in
/// several processes fetch once.
pub fn ensure_jars() -> Result<PathBuf, LocalError> {
    ensure_in(&cache_home().ok_or(LocalError::NoCache)?.join("earshot"))
}

fn cache_home() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
}

fn ensure_in(cache: &Path) -> Result<PathBuf, LocalError> {
    let jars = cache.join(format!("kafka-{VERSION}"));
    if jars.is_dir() {
        return Ok(jars);
    }
    fs::create_dir_all(cache).map_err(LocalError::path("creating", cache))?;
    let lock_name = cache.join("kafka.lock");
    let lock = File::create(&lock_name).map_err(LocalError::path("opening", &lock_name))?;
    lock.lock()
        .map_err(LocalError::path("locking", &lock_name))?;
    if jars.is_dir() {
        return Ok(jars);
    }
    let work = cache.join(format!("kafka-{VERSION}.part"));
    if work.exists() {
        fs::remove_dir_all(&work).map_err(LocalError::path("removing", &work))?;
    }
    fs::create_dir(&work).map_err(LocalError::path("creating", &work))?;
    fetch(&work)?;
    fs::rename(work.join("libs"), &jars).map_err(LocalError::path("moving to", &jars))?;
    fs::remove_dir_all(&work).map_err(LocalError::path("removing", &work))?;
    Ok(jars)
}

fn fetch(work: &Path) -> Result<(), LocalError> {
    if !child::on_path("mvn") {
        return Err(LocalError::Missing {
            what: "mvn (Maven, fetches Apache Kafka)".to_owned(),
            install: "apt-get install -y maven",
        });
    }
    let pom = work.join("pom.xml");
    fs::write(&pom, POM).map_err(LocalError::path("writing", &pom))?;
    tracing::info!("fetching Apache Kafka {VERSION} with Maven (about 60 MB, once)");
    let output = work.join("mvn.log");
    let file = File::create(&output).map_err(LocalError::path("creating", &output))?;
    let errors = file
        .try_clone()
        .map_err(LocalError::path("opening", &output))?;
    let mut maven = child::tethered("mvn", "TERM", None);
    maven
        .args(["-q", "-B", "-ntp", "dependency:copy-dependencies"])
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors);
    let what = "fetching Apache Kafka with mvn";
    let mut running = child::spawn(&mut maven, what)?;
    let deadline = Instant::now() + FETCH_DEADLINE;
    let status = child::end(&mut running, deadline).map_err(LocalError::io(what))?;
    if status.success() {
        return Ok(());
    }
    Err(LocalError::Failed {
        what,
        status: status.to_string(),
        log: log::tail(&output, 0),
    })
}
