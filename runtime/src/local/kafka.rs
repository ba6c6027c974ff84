//! One Apache Kafka node (KRaft, broker and controller in one) as a child process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::error::LocalError;
use super::state::{Dir, State};
use super::{child, log};

const FORMAT_DEADLINE: Duration = Duration::from_mins(1);
const READY_DEADLINE: Duration = Duration::from_mins(1);
/// "The port accepts" is not "ready": partitions have no leader yet.
const READY: &str = "Transitioning from RECOVERY to RUNNING";

/// The settings of one node; the process itself is held by the caller.
#[derive(Debug)]
pub(super) struct Kafka {
    home: PathBuf,
    class_path: String,
    output: PathBuf,
    /// Where in the log the newest process began to write.
    since: u64,
}

impl Kafka {
    pub fn prepare(dir: &Dir, state: &State) -> Result<Self, LocalError> {
        if !child::on_path("java") {
            return Err(LocalError::Missing {
                what: "java (17 or newer, runs Apache Kafka)".to_owned(),
                install: "apt-get install -y openjdk-17-jre-headless",
            });
        }
        let jars = super::ensure_jars()?;
        let home = dir.join("kafka");
        fs::create_dir_all(&home).map_err(LocalError::path("creating", &home))?;
        let (output, _) = dir.log("kafka", true)?;
        write(&home.join("server.properties"), &settings(&home, state))?;
        write(
            &home.join("log4j2.properties"),
            include_str!("log4j2.properties"),
        )?;
        let class_path = format!("{}/*", jars.display());
        Ok(Self {
            home,
            class_path,
            output,
            since: 0,
        })
    }

    /// Begins to format the storage; `None` when that was done by an earlier start.
    pub fn begin_format(&self) -> Result<Option<Child>, LocalError> {
        if self.formatted().exists() {
            return Ok(None);
        }
        let id = base64_id(Uuid::new_v4());
        let properties = self.home.join("server.properties");
        let mut java = self.java()?;
        java.args(["kafka.tools.StorageTool", "format", "--ignore-formatted"])
            // One argument: an id may begin with a dash.
            .arg(format!("--cluster-id={id}"))
            .arg("-c")
            .arg(properties);
        child::spawn(&mut java, "Kafka's storage tool").map(Some)
    }

    pub fn end_format(&self, format: Option<Child>) -> Result<(), LocalError> {
        let Some(mut format) = format else {
            return Ok(());
        };
        let what = "formatting Kafka's storage";
        let status = child::end(&mut format, Instant::now() + FORMAT_DEADLINE)
            .map_err(LocalError::io(what))?;
        if !status.success() {
            let log = log::tail(&self.output, 0);
            return Err(LocalError::Failed {
                what,
                status: status.to_string(),
                log,
            });
        }
        write(&self.formatted(), "")
    }

    pub fn spawn(&mut self) -> Result<Child, LocalError> {
        self.since = fs::metadata(&self.output).map_or(0, |data| data.len());
        let mut java = self.java()?;
        java.arg("kafka.Kafka")
            .arg(self.home.join("server.properties"));
        let child = child::spawn(&mut java, "Kafka")?;
        write(&self.home.join("pid"), &child.id().to_string())?;
        Ok(child)
    }

    /// Waits until the broker has joined; fails at once when `running` ends instead.
    pub fn await_ready(&self, running: &mut Child) -> Result<(), LocalError> {
        let what = "starting Kafka";
        let ready = child::poll(READY_DEADLINE, || {
            if log::since(&self.output, self.since).contains(READY) {
                return Ok(Some(()));
            }
            match running.try_wait().map_err(LocalError::io(what))? {
                None => Ok(None),
                Some(status) => Err(LocalError::Failed {
                    what,
                    status: status.to_string(),
                    log: self.log_tail(),
                }),
            }
        })?;
        ready.ok_or_else(|| LocalError::Late {
            what,
            after: READY_DEADLINE,
            log: self.log_tail(),
        })
    }

    pub fn log_tail(&self) -> String {
        log::tail(&self.output, self.since)
    }

    fn formatted(&self) -> PathBuf {
        self.home.join("formatted")
    }

    /// A JVM that writes to the part's log. The death signal is KILL: it cannot hang, and an
    /// acknowledged record is in the page cache, which outlives the process.
    fn java(&self) -> Result<std::process::Command, LocalError> {
        let output = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.output)
            .map_err(LocalError::path("opening", &self.output))?;
        let errors = output
            .try_clone()
            .map_err(LocalError::path("opening", &self.output))?;
        let mut java = child::tethered("java", "KILL", None);
        java.args(["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"])
            .arg(format!(
                "-Dlog4j2.configurationFile={}",
                self.home.join("log4j2.properties").display()
            ))
            .args(["-cp", &self.class_path])
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        Ok(java)
    }
}

fn settings(home: &Path, state: &State) -> String {
    include_str!("server.properties")
        .replace("{port}", &state.kafka_port.to_string())
        .replace("{controller_port}", &state.controller_port.to_string())
        .replace("{data}", &home.join("data").to_string_lossy())
}

fn write(path: &Path, text: &str) -> Result<(), LocalError> {
    fs::write(path, text).map_err(LocalError::path("writing", path))
}

/// Kafka's form of a uuid: 22 characters of URL-safe base64 without padding.
fn base64_id(id: Uuid) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = id.as_u128();
    (0..22)
        .map(|place| {
            let from_left = place * 6;
            let six = if from_left <= 122 {
                bits >> (122 - from_left)
            } else {
                bits << 4
            };
            char::from(ALPHABET[usize::try_from(six & 63).unwrap_or(0)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_that_kafka_prints() {
        for (uuid, kafka) in [
            (
                "00000000-0000-0000-0000-000000000001",
                "AAAAAAAAAAAAAAAAAAAAAQ",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "_____________________w",
            ),
            (
                "69af1f2e-3b8c-4d7e-9f00-112233445566",
                "aa8fLjuMTX6fABEiM0RVZg",
            ),
        ] {
            assert_eq!(base64_id(uuid.parse().unwrap()), kafka);
        }
    }
}
