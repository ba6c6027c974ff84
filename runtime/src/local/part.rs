//! A server of the local parts together with the process that runs it now.

use std::process::Child;
use std::time::Instant;

use rustix::process::Signal;

use super::child;
use super::error::LocalError;
use super::kafka::Kafka;
use super::postgres::Postgres;
use crate::supervise::Backoff;

/// A part that died this often in a row, each time young, will not come up by itself.
const TRIES: u32 = 10;

/// What [`Part`] needs to know of a server.
pub(super) trait Server {
    const NAME: &'static str;
    /// The signal that asks for a clean and quick end.
    const STOP: Signal;

    fn spawn(&mut self) -> Result<Child, LocalError>;
    fn await_ready(&self, running: &mut Child) -> Result<(), LocalError>;
    /// The end of what it wrote, for an error message.
    fn log_tail(&self) -> String;
}

impl Server for Kafka {
    const NAME: &'static str = "kafka";
    const STOP: Signal = Signal::TERM;

    fn spawn(&mut self) -> Result<Child, LocalError> {
        Kafka::spawn(self)
    }

    fn await_ready(&self, running: &mut Child) -> Result<(), LocalError> {
        Kafka::await_ready(self, running)
    }

    fn log_tail(&self) -> String {
        Kafka::log_tail(self)
    }
}

impl Server for Postgres {
    const NAME: &'static str = "postgres";
    const STOP: Signal = Signal::INT;

    fn spawn(&mut self) -> Result<Child, LocalError> {
        Postgres::spawn(self)
    }

    fn await_ready(&self, running: &mut Child) -> Result<(), LocalError> {
        Postgres::await_ready(self, running)
    }

    fn log_tail(&self) -> String {
        Postgres::log_tail(self)
    }
}

#[derive(Debug)]
pub(super) struct Part<S> {
    server: S,
    child: Child,
    backoff: Backoff,
    /// Set while the part is dead and waits to be started again.
    retry_at: Option<Instant>,
}

impl<S: Server> Part<S> {
    pub fn spawn(mut server: S) -> Result<Self, LocalError> {
        let child = server.spawn()?;
        Ok(Self {
            server,
            child,
            backoff: Backoff::started(Instant::now()),
            retry_at: None,
        })
    }

    pub fn await_ready(&mut self) -> Result<(), LocalError> {
        self.server.await_ready(&mut self.child)
    }

    pub fn pid(&self) -> (&'static str, u32) {
        (S::NAME, self.child.id())
    }

    /// The name, when the part was started again.
    pub fn tick(&mut self) -> Result<Option<&'static str>, LocalError> {
        let now = Instant::now();
        let Some(retry_at) = self.retry_at else {
            let what = "watching a local part";
            if let Some(status) = self.child.try_wait().map_err(LocalError::io(what))? {
                let pause = self.backoff.died(now);
                if self.backoff.deaths() >= TRIES {
                    return Err(LocalError::Failed {
                        what: S::NAME,
                        status: status.to_string(),
                        log: self.server.log_tail(),
                    });
                }
                tracing::warn!(part = S::NAME, %status, "local part ended, will start it again");
                self.retry_at = Some(now + pause);
            }
            return Ok(None);
        };
        if now < retry_at {
            return Ok(None);
        }
        self.child = self.server.spawn()?;
        self.backoff.restarted(now);
        self.retry_at = None;
        Ok(Some(S::NAME))
    }

    pub fn ask_to_stop(&self) {
        if self.retry_at.is_none() {
            child::signal(&self.child, S::STOP);
        }
    }

    pub fn await_end(&mut self, deadline: Instant) {
        match child::end(&mut self.child, deadline) {
            Ok(status) => tracing::debug!(part = S::NAME, %status, "local part stopped"),
            Err(error) => tracing::error!(part = S::NAME, %error, "local part not stopped"),
        }
    }
}
