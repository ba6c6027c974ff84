//! Starts the local parts in a directory, says so, and keeps them until it is asked to stop; with
//! further arguments runs those as a command beside them. The tests of `runtime::local` kill it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use runtime::local::{LocalError, LocalParts, Options, run_command};
use runtime::supervise::stop_signals;

fn main() -> std::process::ExitCode {
    match run() {
        Ok(code) => std::process::ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn say(word: &str, parts: &LocalParts) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    write!(out, "{word}")?;
    for (name, pid) in parts.pids() {
        write!(out, " {name}={pid}")?;
    }
    writeln!(out)?;
    out.flush()
}

fn run() -> Result<i32, LocalError> {
    let dir = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from(".local"), PathBuf::from);
    let options = Options {
        dir,
        kafka: true,
        postgres: true,
        fsync: true,
        statements: false,
    };
    let command: Vec<_> = std::env::args_os().skip(2).collect();
    if !command.is_empty() {
        return run_command(&options, &command);
    }
    let io = |source| LocalError::Io {
        what: "the terminal".to_owned(),
        source,
    };
    let stop = stop_signals().map_err(io)?;
    let mut parts = LocalParts::start(&options)?;
    say("ready", &parts).map_err(io)?;
    while stop.recv_timeout(Duration::from_millis(50)).is_err() {
        if !parts.tick()?.is_empty() {
            say("restarted", &parts).map_err(io)?;
        }
    }
    parts.stop();
    Ok(0)
}
