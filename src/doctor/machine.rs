//! Disk, clock, PostgreSQL.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::health::Line;
use runtime::stage::chain;

const TIMEOUT: Duration = Duration::from_secs(10);
/// X refuses signatures whose time is further off than five minutes.
const SKEW_FAIL: TimeDelta = TimeDelta::minutes(4);
const SKEW_WARN: TimeDelta = TimeDelta::seconds(30);
const FREE_FAIL_PERCENT: u64 = 5;
const FREE_WARN_PERCENT: u64 = 15;
const OF: &str = "postgresql";

pub fn disk(config: &Config) -> Line {
    let dir = config.text("local.dir");
    // Where the directory is not made yet, the one it will be made in.
    let known = Path::new(&dir).ancestors().find(|dir| dir.exists());
    let known = known.filter(|dir| !dir.as_os_str().is_empty());
    match runtime::local::free_percent(known.unwrap_or(Path::new("."))) {
        Ok(free) => disk_line(free),
        Err(error) => Line::warn("disk", &dir, error.to_string(), "check local.dir"),
    }
}

fn disk_line(free: u64) -> Line {
    let what = format!("{free} % free");
    let cure = "free some space; texts leave the topics by themselves after 24 hours";
    match free {
        0..FREE_FAIL_PERCENT => Line::fail("disk", "local.dir", what, cure),
        FREE_FAIL_PERCENT..FREE_WARN_PERCENT => Line::warn("disk", "local.dir", what, cure),
        _ => Line::ok("disk", "local.dir", what),
    }
}

pub async fn clock(config: &Config) -> Line {
    let url = config.text("x.base_url");
    let asked = async {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        http.head(&url).send().await
    };
    let answer = match asked.await {
        Ok(answer) => answer,
        Err(error) => {
            let what = format!("{url} does not answer: {}", chain(&error.without_url()));
            return Line::fail(
                "clock",
                "X",
                what,
                "check x.base_url and the way to the internet",
            );
        }
    };
    let date = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    match date {
        None => Line::warn(
            "clock",
            "X",
            "X does not say what time it is",
            "compare it by hand",
        ),
        Some(theirs) => clock_line(theirs.to_utc(), Clock::default().now()),
    }
}

fn clock_line(theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Line {
    let off = ours - theirs;
    let what = format!("{} s off X's", off.num_seconds());
    let cure = "set this machine's clock (NTP): X refuses signatures of another time";
    if off.abs() > SKEW_FAIL {
        Line::fail("clock", "X", what, cure)
    } else if off.abs() > SKEW_WARN {
        Line::warn("clock", "X", what, cure)
    } else {
        Line::ok("clock", "X", what)
    }
}

pub async fn postgresql(config: &Config) -> Vec<Line> {
    let fail =
        |key: &str, error: String| Line::fail(OF, "connection", error, &format!("check {key}"));
    let mut lines = Vec::new();
    let looked = async {
        let pool = runtime::pg::pool(&config.require("database.url")?, 1)?;
        anyhow::Ok(runtime::pg::health::look(&pool).await?)
    };
    match looked.await {
        Ok(found) => lines.extend(found),
        Err(error) => return vec![fail("database.url", chain(error.as_ref()))],
    }
    lines.push(match migrations(config).await {
        Ok(line) => line,
        Err(error) => fail("database.owner_url", chain(error.as_ref())),
    });
    lines
}

/// Whether the database has the migrations of this version.
pub async fn migrations(config: &Config) -> anyhow::Result<Line> {
    let Some(owner) = config.optional("database.owner_url") else {
        let what = "not compared: database.owner_url is not set";
        let cure = "EARSHOT_DATABASE_OWNER_URL=… earshot doctor";
        return Ok(Line::warn(OF, "migrations", what, cure));
    };
    let owner = runtime::pg::pool(&owner, 1)?;
    Ok(runtime::pg::health::migrations(&owner, &schemas::MIGRATOR).await?)
}

#[cfg(test)]
mod tests {
    use runtime::health::State::{Fail, Ok, Warn};

    use super::*;

    #[test]
    fn bounds_of_clock_and_disk() {
        let now = DateTime::UNIX_EPOCH;
        for (seconds, state) in [
            (0, Ok),
            (-30, Ok),
            (31, Warn),
            (-240, Warn),
            (241, Fail),
            (-9_999, Fail),
        ] {
            assert_eq!(
                clock_line(now, now + TimeDelta::seconds(seconds)).state,
                state,
                "{seconds}"
            );
        }
        for (free, state) in [
            (0, Fail),
            (4, Fail),
            (5, Warn),
            (14, Warn),
            (15, Ok),
            (100, Ok),
        ] {
            assert_eq!(disk_line(free).state, state, "{free}");
        }
    }
}
