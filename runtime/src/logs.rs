//! Logs of child processes, bounded: what a program prints goes to a file that it holds open, so
//! the file is emptied in place and its end kept beside it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of `<name>.log` before it begins anew; `<name>.log.1` has at most as many.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The logs of a directory.
#[derive(Debug)]
pub(crate) struct Logs {
    dir: PathBuf,
    bytes_max: u64,
    look_at: Instant,
}

impl Logs {
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            bytes_max: BYTES_MAX,
            look_at: Instant::now(),
        }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Bounds each log, once in a while. A log that cannot be bounded must not stop its program.
    pub fn tick(&mut self, now: Instant) {
        if now < self.look_at {
            return;
        }
        self.look_at = now + LOOK_EVERY;
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "log")
                && let Err(error) = bound(&path, self.bytes_max)
            {
                tracing::warn!(path = %path.display(), %error, "log not bounded");
            }
        }
    }
}

// The writer appends, so it goes on at the beginning of the emptied file. What it writes while the
// end is copied is copied too; a line of the last microseconds may be lost.
fn bound(path: &Path, bytes_max: u64) -> io::Result<()> {
    let bytes = fs::metadata(path)?.len();
    if bytes <= bytes_max {
        return Ok(());
    }
    let mut log = OpenOptions::new().read(true).write(true).open(path)?;
    log.seek(SeekFrom::Start(bytes - bytes_max))?;
    let mut kept = File::create(path.with_extension("log.1"))?;
    io::copy(&mut log, &mut kept)?;
    log.set_len(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn size(path: &Path) -> u64 {
        fs::metadata(path).map_or(0, |meta| meta.len())
    }

    #[test]
    fn a_log_is_kept_within_two_files_while_its_writer_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (log, kept) = (dir.path().join("a.log"), dir.path().join("a.log.1"));
        let mut writer = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let mut logs = Logs::new(dir.path());
        logs.bytes_max = 1_000;
        let mut now = Instant::now();
        for line in 0..500 {
            writeln!(writer, "line {line:03}").unwrap();
            logs.tick(now);
            now += LOOK_EVERY;
            assert!(size(&log) <= 1_009 && size(&kept) <= 1_000, "at {line}");
        }
        let both = fs::read_to_string(&kept).unwrap() + &fs::read_to_string(&log).unwrap();
        let last: Vec<&str> = both.lines().rev().take(111).collect();
        let expected: Vec<String> = (389..500).rev().map(|n| format!("line {n:03}")).collect();
        assert_eq!(last, expected, "the newest lines are there, in order");
    }

    #[test]
    fn of_a_log_that_grew_before_its_end_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("old.log");
        fs::write(&log, "x".repeat(5_000) + "the end").unwrap();
        fs::write(dir.path().join("data.json"), "y".repeat(5_000)).unwrap();
        let mut logs = Logs::new(dir.path());
        logs.bytes_max = 1_000;
        logs.tick(Instant::now());
        assert_eq!(size(&log), 0);
        let kept = fs::read_to_string(dir.path().join("old.log.1")).unwrap();
        assert!(kept.len() == 1_000 && kept.ends_with("the end"));
        assert_eq!(size(&dir.path().join("data.json")), 5_000);
    }
}
