//! What may still be called, as X's headers tell: for each owner and endpoint the window of 15
//! minutes and the limits of the day. Pure: the time is a parameter, nothing waits.
//!
//! X's headers are believed within bounds. A reset in the past ends nothing that still counts: the
//! limit is over. A reset farther away than its window is taken as one whole window from now
//! (seconds mistaken for milliseconds, a clock that is wrong). After a 429 without a usable reset
//! the endpoint is left alone for a minute, then twice as long each time, up to 15 minutes.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveTime, TimeDelta, Utc};

use crate::endpoint::Endpoint;
use crate::error::LimitKind;
use crate::problem::{Problem, ProblemKind};

/// Length of X's window.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Length of a day's limit.
const DAY: TimeDelta = TimeDelta::hours(24);
/// Answers of one window may name ends that differ so much: X counts whole seconds.
const SAME_END: TimeDelta = TimeDelta::seconds(2);
/// First wait after a 429 that names no usable reset.
const UNNAMED_WAIT: TimeDelta = TimeDelta::minutes(1);
/// How often that wait doubles at most.
const DOUBLINGS_MAX: u32 = 4;

/// Whose budget a call draws on: the account's own, or the one that an app's accounts share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// An account, by the name its caller gave it.
    Account(String),
    /// An app, by a digest of its key.
    App(String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => f.write_str(name),
            Self::App(digest) => write!(f, "app:{digest}"),
        }
    }
}

/// Which of the limits that X names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// `x-rate-limit-*`: 15 minutes.
    Quarter,
    /// `x-app-limit-24hour-*`.
    AppDay,
    /// `x-user-limit-24hour-*`.
    UserDay,
}

impl Window {
    /// All of them, with the prefix of their headers.
    pub const HEADERS: [(Self, &'static str); 3] = [
        (Self::Quarter, "x-rate-limit-"),
        (Self::AppDay, "x-app-limit-24hour-"),
        (Self::UserDay, "x-user-limit-24hour-"),
    ];

    /// The name: in facts and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarter => "quarter",
            Self::AppDay => "app-day",
            Self::UserDay => "user-day",
        }
    }

    const fn length(self) -> TimeDelta {
        match self {
            Self::Quarter => WINDOW,
            Self::AppDay | Self::UserDay => DAY,
        }
    }

    const fn kind(self) -> LimitKind {
        match self {
            Self::Quarter => LimitKind::Window,
            Self::AppDay | Self::UserDay => LimitKind::Day,
        }
    }
}

/// One limit as the headers name it. Whatever is absent or is no number is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// `limit`: calls of a window.
    pub limit: Option<u32>,
    /// `remaining`: calls left in this one.
    pub remaining: Option<u32>,
    /// `reset`: seconds since 1970.
    pub reset: Option<i64>,
}

/// The limits that one answer names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(BTreeMap<Window, Header>);

impl Headers {
    /// Reads them by a look-up of a header's value.
    pub fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut all = BTreeMap::new();
        for (window, prefix) in Window::HEADERS {
            let get = |name: &str| value(&format!("{prefix}{name}")).map(str::trim);
            let header = Header {
                limit: get("limit").and_then(|text| text.parse().ok()),
                remaining: get("remaining").and_then(|text| text.parse().ok()),
                reset: get("reset").and_then(|text| text.parse().ok()),
            };
            if header != Header::default() {
                all.insert(window, header);
            }
        }
        Self(all)
    }
}

/// A limit that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    limit: Option<u32>,
    remaining: u32,
    reset: DateTime<Utc>,
    seen: DateTime<Utc>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    known: BTreeMap<Window, Known>,
    /// Not before, after a 429.
    barred: Option<(DateTime<Utc>, LimitKind)>,
    /// Consecutive 429 without a usable reset.
    unnamed: u32,
}

/// A known limit, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Whose.
    pub owner: Owner,
    /// Of what.
    pub endpoint: Endpoint,
    /// Which limit.
    pub window: Window,
    /// Calls of a window, where X said so.
    pub limit: Option<u32>,
    /// Calls left.
    pub remaining: u32,
    /// When the window ends.
    pub reset: DateTime<Utc>,
    /// When X said so, or a call was counted since.
    pub seen: DateTime<Utc>,
}

/// All budgets.
#[derive(Debug, Clone, Default)]
pub struct Budgets(BTreeMap<(Owner, Endpoint), Entry>);

impl Budgets {
    /// Takes in what an answer other than 429 says.
    pub fn observe(
        &mut self,
        owner: &Owner,
        endpoint: Endpoint,
        headers: &Headers,
        now: DateTime<Utc>,
    ) {
        let entry = self.entry(owner, endpoint);
        entry.learn(headers, now);
        entry.unnamed = 0;
        entry.barred = None;
    }

    /// Takes in a 429; says until when and why the endpoint is barred.
    pub fn refused(
        &mut self,
        owner: &Owner,
        endpoint: Endpoint,
        headers: &Headers,
        problems: &[Problem],
        now: DateTime<Utc>,
    ) -> (DateTime<Utc>, LimitKind) {
        let entry = self.entry(owner, endpoint);
        entry.learn(headers, now);
        let capped = problems.iter().find(|p| p.kind == ProblemKind::UsageCapped);
        // Of the limits that are used up the latest reset counts; if none claims to be, any may be
        // the one that refused.
        let known = || {
            entry
                .known
                .iter()
                .map(|(window, known)| (known, window.kind()))
        };
        let used_up = known().filter(|(known, _)| known.remaining == 0);
        let latest = used_up
            .max_by_key(|(known, _)| known.reset)
            .or_else(|| known().min_by_key(|(known, _)| known.reset))
            .map(|(known, kind)| (known.reset, kind));
        let bar = match (capped, latest) {
            (Some(problem), _) => (end_of_cap(problem, now), LimitKind::UsageCap),
            (None, Some(bar)) => bar,
            (None, None) => {
                let wait = UNNAMED_WAIT * 2_i32.pow(entry.unnamed.min(DOUBLINGS_MAX));
                entry.unnamed += 1;
                (now + wait.min(WINDOW), LimitKind::Window)
            }
        };
        entry.barred = Some(bar);
        bar
    }

    /// Counts a call that is about to be sent, so that calls at once do not overrun.
    pub fn take(&mut self, owner: &Owner, endpoint: Endpoint, now: DateTime<Utc>) {
        let entry = self.entry(owner, endpoint);
        for known in entry.known.values_mut().filter(|known| known.reset > now) {
            known.remaining = known.remaining.saturating_sub(1);
            known.seen = now;
        }
    }

    /// Takes back the count of a call that did not reach X.
    pub fn give_back(&mut self, owner: &Owner, endpoint: Endpoint, now: DateTime<Utc>) {
        let entry = self.entry(owner, endpoint);
        for known in entry.known.values_mut().filter(|known| known.reset > now) {
            let more = known.remaining.saturating_add(1);
            known.remaining = known.limit.map_or(more, |limit| more.min(limit));
        }
    }

    /// When the next call may be made and which limit says so; `None`: now, as far as is known.
    pub fn next_allowed(
        &self,
        owner: &Owner,
        endpoint: Endpoint,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, LimitKind)> {
        let entry = self.0.get(&(owner.clone(), endpoint))?;
        let used_up = entry.known.iter().filter(|(_, known)| known.remaining == 0);
        used_up
            .map(|(window, known)| (known.reset, window.kind()))
            .chain(entry.barred)
            .filter(|(until, _)| *until > now)
            .max_by_key(|(until, _)| *until)
    }

    /// Calls left until the nearest end of a window; `None`: not known.
    pub fn remaining(&self, owner: &Owner, endpoint: Endpoint, now: DateTime<Utc>) -> Option<u32> {
        if self.next_allowed(owner, endpoint, now).is_some() {
            return Some(0);
        }
        let entry = self.0.get(&(owner.clone(), endpoint))?;
        entry
            .known
            .values()
            .filter(|known| known.reset > now)
            .map(|known| known.remaining)
            .min()
    }

    /// Every limit whose window has not ended.
    pub fn snapshot(&self, now: DateTime<Utc>) -> Vec<View> {
        let mut views = Vec::new();
        for ((owner, endpoint), entry) in &self.0 {
            for (window, known) in entry.known.iter().filter(|(_, known)| known.reset > now) {
                views.push(View {
                    owner: owner.clone(),
                    endpoint: *endpoint,
                    window: *window,
                    limit: known.limit,
                    remaining: known.remaining,
                    reset: known.reset,
                    seen: known.seen,
                });
            }
        }
        views
    }

    fn entry(&mut self, owner: &Owner, endpoint: Endpoint) -> &mut Entry {
        self.0.entry((owner.clone(), endpoint)).or_default()
    }
}

impl Entry {
    fn learn(&mut self, headers: &Headers, now: DateTime<Utc>) {
        self.known.retain(|_, known| known.reset > now);
        for (window, header) in &headers.0 {
            let (Some(remaining), Some(reset)) = (header.remaining, header.reset) else {
                continue;
            };
            let farthest = now + window.length();
            let reset = DateTime::from_timestamp(reset, 0)
                .unwrap_or(farthest)
                .min(farthest);
            if reset > now {
                let remaining = header.limit.map_or(remaining, |limit| remaining.min(limit));
                // Within a window the number only falls: a higher one is of an answer that comes
                // late, or of before calls that are under way.
                let same = self
                    .known
                    .get(window)
                    .filter(|known| (known.reset - reset).abs() <= SAME_END);
                let remaining = same.map_or(remaining, |known| remaining.min(known.remaining));
                self.known.insert(
                    *window,
                    Known {
                        limit: header.limit,
                        remaining,
                        reset,
                        seen: now,
                    },
                );
            } else {
                self.known.remove(window);
            }
        }
    }
}

/// When a plan's cap ends: X names day or month, not the time; days are UTC's.
fn end_of_cap(problem: &Problem, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive();
    let monthly = problem
        .period
        .as_deref()
        .is_some_and(|p| p.eq_ignore_ascii_case("monthly"));
    let next = if monthly {
        today
            .with_day(1)
            .and_then(|first| first.checked_add_months(Months::new(1)))
    } else {
        today.checked_add_days(Days::new(1))
    };
    next.map_or(now + DAY, |date| date.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
