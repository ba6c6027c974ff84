//! What can go wrong with the local parts, and what the reader can do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a local part could not be started or kept running.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Another process runs its parts in this directory.
    #[error("directory {} is in use by process {pid}: stop it or choose another with --dir", dir.display())]
    InUse {
        /// The directory asked for.
        dir: PathBuf,
        /// The process that holds it.
        pid: String,
    },
    /// A program of the system is not installed.
    #[error("{what} was not found: install it with `{install}` or run scripts/setup")]
    Missing {
        /// What was looked for.
        what: String,
        /// The command that installs it.
        install: &'static str,
    },
    /// No place could be found that the database's user can reach.
    #[error("user {user} cannot reach {}: allow it with `chmod o+x` or choose another --dir", blocked.display())]
    Unreachable {
        /// The user the database runs as.
        user: String,
        /// The directory that stops it.
        blocked: PathBuf,
    },
    /// A child ended with an error.
    #[error("{what} failed ({status}){}", tail_of(log))]
    Failed {
        /// What was being done.
        what: &'static str,
        /// How the child ended.
        status: String,
        /// The end of what it wrote.
        log: String,
    },
    /// A child did not get there in time.
    #[error("{what} was not done after {} s{}", after.as_secs(), tail_of(log))]
    Late {
        /// What was being waited for.
        what: &'static str,
        /// How long.
        after: Duration,
        /// The end of what it wrote.
        log: String,
    },
    /// The home of the cache is not known.
    #[error("no cache directory is known: set HOME or XDG_CACHE_HOME")]
    NoCache,
    /// A remembered file cannot be understood.
    #[error("{} cannot be read: {reason}; remove the directory to begin anew", path.display())]
    Remembered {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, with the path.
        what: String,
        /// The refusal.
        source: io::Error,
    },
}

fn tail_of(log: &str) -> String {
    if log.is_empty() {
        return String::new();
    }
    format!(":\n{log}")
}

impl LocalError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(super) fn path(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(format!("{verb} {}", path.display()))
    }
}
