//! How a program ends: the exit codes that the supervisor and the operator read.

/// Why a program ended.
#[derive(Debug, thiserror::Error)]
pub enum Exit {
    /// Exit code 2: the configuration must be changed; a restart does not help.
    #[error("configuration: {0}")]
    Config(String),
    /// Exit code 3: something that is needed at start was not there.
    #[error("dependency: {0}")]
    Dependency(String),
    /// Exit code 4: fenced, or in a state that only a restart clears.
    #[error("restart: {0}")]
    Restart(String),
}

impl Exit {
    /// The process exit code.
    pub fn code(&self) -> i32 {
        match self {
            Self::Config(_) => 2,
            Self::Dependency(_) => 3,
            Self::Restart(_) => 4,
        }
    }
}
