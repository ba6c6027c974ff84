//! The data directory: its layout, its lock, and what is remembered from one start to the next.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Endpoints;
use super::child;
use super::error::LocalError;

/// Below the range from which systems give outgoing connections their ports, so that none of
/// those takes the port of a part that is being restarted.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

const PORT_PATIENCE: Duration = Duration::from_secs(2);

/// A locked data directory.
#[derive(Debug)]
pub(super) struct Dir {
    path: PathBuf,
    /// The lock lasts as long as this file is open; children do not inherit it.
    _lock: File,
}

impl Dir {
    pub fn claim(path: &Path) -> Result<Self, LocalError> {
        for part in ["", "run", "log"] {
            let dir = path.join(part);
            fs::create_dir_all(&dir).map_err(LocalError::path("creating", &dir))?;
        }
        let path = path
            .canonicalize()
            .map_err(LocalError::path("finding", path))?;
        let name = path.join("run/lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .map_err(LocalError::path("opening", &name))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid)
                    .map_err(LocalError::path("reading", &name))?;
                return Err(LocalError::InUse {
                    dir: path,
                    pid: pid.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(LocalError::path("locking", &name)(error));
            }
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(LocalError::path("writing", &name))?;
        Ok(Self { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn join(&self, part: &str) -> PathBuf {
        self.path.join(part)
    }

    /// The log of a part, opened to append; the one of the run before is kept as `.1`.
    pub fn log(&self, part: &str, fresh: bool) -> Result<(PathBuf, File), LocalError> {
        let path = self.path.join("log").join(format!("{part}.log"));
        if fresh && path.exists() {
            fs::rename(&path, path.with_extension("log.1"))
                .map_err(LocalError::path("moving", &path))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(LocalError::path("opening", &path))?;
        Ok((path, file))
    }
}

/// What `run/local.json` holds. The endpoints stand at its top level, for those who only read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    #[serde(flatten)]
    pub endpoints: Endpoints,
    pub kafka_port: u16,
    pub controller_port: u16,
    pub postgres_port: u16,
    pub super_password: String,
    pub owner_password: String,
    pub app_password: String,
}

impl State {
    /// What was remembered, or new choices. Ports are kept only while nobody else has them.
    pub fn load(dir: &Dir) -> Result<Self, LocalError> {
        let path = dir.join("run/local.json");
        let mut state = if path.exists() {
            let text = fs::read(&path).map_err(LocalError::path("reading", &path))?;
            serde_json::from_slice(&text).map_err(|error| LocalError::Remembered {
                path,
                reason: error.to_string(),
            })?
        } else {
            Self::new()
        };
        let mut taken = Vec::new();
        for port in [
            &mut state.kafka_port,
            &mut state.controller_port,
            &mut state.postgres_port,
        ] {
            *port = free_port(*port, &taken)?;
            taken.push(*port);
        }
        Ok(state)
    }

    fn new() -> Self {
        let secret = || Uuid::new_v4().simple().to_string();
        Self {
            endpoints: Endpoints::default(),
            kafka_port: 0,
            controller_port: 0,
            postgres_port: 0,
            super_password: secret(),
            owner_password: secret(),
            app_password: secret(),
        }
    }

    pub fn save(&self, dir: &Dir) -> Result<(), LocalError> {
        let path = dir.join("run/local.json");
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| LocalError::io("encoding the state")(error.into()))?;
        write_private(&path, &text)
    }
}

/// Replaces `path` whole, readable by its owner alone.
pub(super) fn write_private(path: &Path, text: &[u8]) -> Result<(), LocalError> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(LocalError::path("opening", &beside))?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(text))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(LocalError::path("writing", path))
}

fn free_port(wanted: u16, taken: &[u16]) -> Result<u16, LocalError> {
    let free = |port: u16| !taken.contains(&port) && TcpListener::bind(("127.0.0.1", port)).is_ok();
    // A process that was killed gives its port back a little after it is gone from the list.
    if wanted != 0 && child::poll(PORT_PATIENCE, || Ok(free(wanted).then_some(())))?.is_some() {
        return Ok(wanted);
    }
    let random = std::iter::repeat_with(|| {
        let (_, low) = Uuid::new_v4().as_u64_pair();
        PORTS.start + u16::try_from(low % 12_000).unwrap_or(0)
    });
    random
        .take(200)
        .find(|port| free(*port))
        .ok_or_else(|| LocalError::io("finding a free port")(std::io::ErrorKind::AddrInUse.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_holder_and_the_error_names_it() {
        let temp = tempfile::tempdir().unwrap();
        let held = Dir::claim(temp.path()).unwrap();
        let refused = Dir::claim(temp.path()).unwrap_err();
        assert!(
            matches!(&refused, LocalError::InUse { pid, .. } if *pid == std::process::id().to_string()),
            "{refused}"
        );
        drop(held);
        Dir::claim(temp.path()).unwrap();
    }

    #[test]
    fn ports_and_passwords_are_remembered_and_private() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Dir::claim(temp.path()).unwrap();
        let first = State::load(&dir).unwrap();
        first.save(&dir).unwrap();
        let mode = fs::metadata(dir.join("run/local.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);

        let holder = TcpListener::bind(("127.0.0.1", first.kafka_port)).unwrap();
        let second = State::load(&dir).unwrap();
        assert_eq!(second.postgres_port, first.postgres_port);
        assert_eq!(second.app_password, first.app_password);
        assert_ne!(
            second.kafka_port, first.kafka_port,
            "somebody else has the port"
        );
        drop(holder);
    }
}
