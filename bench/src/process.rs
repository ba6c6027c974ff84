//! Processor time and memory of processes, from /proc.

use std::collections::HashMap;
use std::fs;

/// What a process, with its children, has used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Seconds, user and system.
    pub cpu: f64,
    /// Largest resident set so far, of the process alone.
    pub peak_mb: u64,
}

/// Ticks of /proc a second, on every Linux that runs here.
const TICKS: f64 = 100.0;

/// Usage by name; the children of each process count with it.
pub fn usages(pids: &[(&'static str, u32)]) -> HashMap<&'static str, Usage> {
    let parents = parents();
    pids.iter()
        .map(|(name, pid)| {
            let children = parents.iter().filter(|(_, parent)| *parent == *pid);
            let cpu = ticks(*pid, true) + children.map(|(pid, _)| ticks(*pid, false)).sum::<f64>();
            (
                *name,
                Usage {
                    cpu: cpu / TICKS,
                    peak_mb: peak_mb(*pid),
                },
            )
        })
        .collect()
}

// Fields after the parenthesis: 11-14 are utime, stime, cutime, cstime; 1 is the parent.
fn fields(pid: u32) -> Vec<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.to_owned())
        .unwrap_or_default();
    rest.split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect()
}

fn ticks(pid: u32, reaped: bool) -> f64 {
    let fields = fields(pid);
    let upto = if reaped { 15 } else { 13 };
    fields.get(11..upto).map_or(0.0, |f| f.iter().sum())
}

fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .map(|pid| {
            let text = fields(pid);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a process id"
            )]
            (pid, text.get(1).copied().unwrap_or(0.0) as u32)
        })
        .collect()
}

fn peak_mb(pid: u32) -> u64 {
    status_kb(pid, "VmHWM:") / 1024
}

/// Resident set of a process now.
pub fn resident_kb(pid: u32) -> u64 {
    status_kb(pid, "VmRSS:")
}

fn status_kb(pid: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let words = line.unwrap_or_default().split_whitespace();
    words.skip(1).find_map(|kb| kb.parse().ok()).unwrap_or(0)
}
