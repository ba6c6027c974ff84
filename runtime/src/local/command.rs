//! Running a command beside the local parts: `earshot local run -- cargo test`.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::error::LocalError;
use super::{LocalParts, Options, child};
use crate::supervise::stop_signals;

const TICK: Duration = Duration::from_millis(100);
const DRAIN: Duration = Duration::from_secs(20);
const TERMINATED: i32 = 128 + 15;

/// Starts the parts, runs `args` with their addresses in its environment, stops the parts and
/// returns the exit code of the command. Must be called from the main thread.
///
/// The environment holds `EARSHOT_TEST_PARTS` (the file [`super::Endpoints::read`] takes),
/// `EARSHOT_KAFKA_BROKERS`, `EARSHOT_DATABASE_URL` and `EARSHOT_DATABASE_OWNER_URL`.
pub fn run_command(options: &Options, args: &[OsString]) -> Result<i32, LocalError> {
    let Some((program, rest)) = args.split_first() else {
        return Err(LocalError::Missing {
            what: "a command to run".to_owned(),
            install: "earshot local run -- <command>",
        });
    };
    let stop = stop_signals().map_err(LocalError::io("listening for signals"))?;
    let mut parts = LocalParts::start(options)?;
    if stop.try_recv().is_ok() {
        return Ok(TERMINATED);
    }
    let endpoints = parts.endpoints();
    // At a terminal the command stays in our group, so that it can read and Ctrl-C reaches it.
    // Else it leads a group of its own, so that we can end all of it.
    let own_group = !std::io::stdin().is_terminal();
    let mut command = if own_group {
        child::tethered(program, "TERM", None)
    } else {
        child::tethered_in_our_group(program, "TERM")
    };
    command
        .args(rest)
        .env("EARSHOT_TEST_PARTS", parts.endpoints_file())
        .env("EARSHOT_KAFKA_BROKERS", &endpoints.brokers)
        .env("EARSHOT_DATABASE_URL", &endpoints.app_url)
        .env("EARSHOT_DATABASE_OWNER_URL", &endpoints.owner_url);
    let mut running = child::spawn(&mut command, "the command")?;
    let status = watch(&mut running, &mut parts, &stop, own_group)?;
    parts.stop();
    Ok(status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

fn watch(
    running: &mut Child,
    parts: &mut LocalParts,
    stop: &Receiver<()>,
    own_group: bool,
) -> Result<ExitStatus, LocalError> {
    let waiting = || LocalError::io("waiting for the command");
    loop {
        if let Some(status) = running.try_wait().map_err(waiting())? {
            return Ok(status);
        }
        parts.tick()?;
        if stop.recv_timeout(TICK).is_ok() {
            if own_group {
                end_group(running);
            } else {
                child::signal(running, Signal::TERM);
            }
            return child::end(running, Instant::now() + DRAIN).map_err(waiting());
        }
    }
}

fn end_group(leader: &Child) {
    if let Some(group) = i32::try_from(leader.id()).ok().and_then(Pid::from_raw)
        && let Err(error) = kill_process_group(group, Signal::TERM)
    {
        tracing::debug!(%error, "signal not delivered to the command's group");
    }
}
