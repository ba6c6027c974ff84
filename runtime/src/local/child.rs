//! Child processes that end with their parent: `setpriv` sets the death signal and, where asked,
//! drops root, since doing either in this process would take `unsafe`.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::LocalError;

const POLL: Duration = Duration::from_millis(20);

/// A user to run as, by number: `setpriv` of older systems knows no names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// `program`, tethered to the calling thread: `signal` reaches it when that thread ends.
///
/// It leads its own process group, so that Ctrl-C reaches the supervisor alone, which then stops
/// its children in order.
pub(crate) fn tethered(program: impl AsRef<OsStr>, signal: &str, user: Option<&User>) -> Command {
    let mut command = death_signal(signal);
    command.process_group(0);
    if let Some(user) = user {
        command
            .arg(format!("--reuid={}", user.uid))
            .arg(format!("--regid={}", user.gid))
            .arg("--clear-groups");
    }
    command.arg("--").arg(program);
    command
}

/// `program`, tethered as [`tethered`] does, but in the caller's process group.
pub(super) fn tethered_in_our_group(program: impl AsRef<OsStr>, signal: &str) -> Command {
    let mut command = death_signal(signal);
    command.arg("--").arg(program);
    command
}

fn death_signal(signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    command
}

/// Starts `command`; a missing `setpriv` is named as what it is.
pub(crate) fn spawn(command: &mut Command, what: &str) -> Result<Child, LocalError> {
    command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => missing(command.get_program()),
        _ => LocalError::Io {
            what: format!("starting {what}"),
            source,
        },
    })
}

fn missing(program: &OsStr) -> LocalError {
    let what = program.to_string_lossy().into_owned();
    let install = match what.as_str() {
        "setpriv" => "apt-get install -y util-linux",
        "mvn" => "apt-get install -y maven",
        _ => "your package manager",
    };
    LocalError::Missing { what, install }
}

/// Whether `name` is an executable file in one of the directories of `PATH`.
pub(super) fn on_path(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}

/// Sends `signal`; a child that is gone already is no error.
pub(crate) fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
        && let Err(error) = kill_process(pid, signal)
    {
        tracing::debug!(pid = child.id(), %error, "signal not delivered");
    }
}

/// Waits for the end of `child` until `deadline`; `None` when it still runs then.
pub(crate) fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

/// Waits for the end of `child` until `deadline`, then kills it. It is reaped in each case.
pub(crate) fn end(child: &mut Child, deadline: Instant) -> io::Result<ExitStatus> {
    if let Some(status) = wait_until(child, deadline)? {
        return Ok(status);
    }
    child.kill()?;
    child.wait()
}

/// Polls `done` until it yields or `after` has passed.
pub(super) fn poll<T>(
    after: Duration,
    mut done: impl FnMut() -> Result<Option<T>, LocalError>,
) -> Result<Option<T>, LocalError> {
    let deadline = Instant::now() + after;
    loop {
        if let Some(value) = done()? {
            return Ok(Some(value));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}
