//! Processes that an earlier supervisor left: told from strangers with a reused number, waited
//! for, and ended when they do not end by themselves.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::child;
use super::error::LocalError;

const SETTLE: Duration = Duration::from_secs(10);

/// Whether `pid` is a living process (a zombie is dead) whose command line holds `marker`.
fn runs(pid: i32, marker: &str) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // The name before the state may hold anything, a closing parenthesis too.
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim_start().chars().next());
    if matches!(state, None | Some('Z' | 'X')) {
        return false;
    }
    fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| String::from_utf8_lossy(&line).contains(marker))
}

/// Makes sure that the process named on the first line of `pid_file` is gone, then removes the
/// file. Only a process whose command line holds `marker` is ours to wait for and to end.
pub(super) fn settle(pid_file: &Path, marker: &str, gentle: Signal) -> Result<(), LocalError> {
    let Ok(text) = fs::read_to_string(pid_file) else {
        return Ok(());
    };
    let pid = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<i32>().ok());
    if let Some(pid) = pid {
        for signal in [gentle, Signal::KILL] {
            if !runs(pid, marker) {
                break;
            }
            tracing::warn!(pid, "ending a process that an earlier run left");
            if let Some(target) = Pid::from_raw(pid)
                && let Err(error) = kill_process(target, signal)
            {
                tracing::debug!(pid, %error, "signal not delivered");
            }
            child::poll(SETTLE, || Ok((!runs(pid, marker)).then_some(())))?;
        }
    }
    match fs::remove_file(pid_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(LocalError::path("removing", pid_file)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_zombie_is_dead_and_a_stranger_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("part.pid");

        let mut child = Command::new("true").spawn().unwrap();
        let zombie = i32::try_from(child.id()).unwrap();
        child::poll(SETTLE, || Ok((!runs(zombie, "")).then_some(())))
            .unwrap()
            .unwrap();
        fs::write(&pid_file, format!("{zombie}\n/data\n")).unwrap();
        settle(&pid_file, "", Signal::TERM).unwrap();
        assert!(!pid_file.exists());
        child.wait().unwrap();

        let own = std::process::id();
        fs::write(&pid_file, format!("{own}\n")).unwrap();
        settle(&pid_file, "no such marker", Signal::KILL).unwrap();
        assert!(!pid_file.exists());
    }

    #[test]
    fn a_left_process_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("part.pid");
        let mut child = child::tethered("sleep", "KILL", None)
            .arg("98765")
            .spawn()
            .unwrap();
        // A process has no command line yet for a moment after it was made.
        let pid = i32::try_from(child.id()).unwrap();
        child::poll(SETTLE, || Ok(runs(pid, "98765").then_some(())))
            .unwrap()
            .unwrap();
        fs::write(&pid_file, pid.to_string()).unwrap();
        settle(&pid_file, "98765", Signal::TERM).unwrap();
        assert!(child.try_wait().unwrap().is_some());
    }
}
