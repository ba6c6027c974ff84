//! One file for each resource; each handler says what it needs, reads or commands, and answers.

pub mod api_keys;
pub mod attach;
pub mod audit;
pub mod bulk;
pub mod case_new;
pub mod case_work;
pub mod cases;
pub mod channels;
pub mod codes;
pub mod config;
pub mod customer_work;
pub mod customers;
pub mod deletions;
pub mod drafts;
pub mod entry;
pub mod events;
pub mod health;
pub mod holes;
pub mod item_case;
pub mod items;
pub mod labels;
pub mod me;
pub mod media;
pub mod outbound;
pub mod people;
pub mod presence;
pub mod problems;
pub mod quarantine;
pub mod registry;
pub mod replies;
pub mod reply_options;
pub mod reply_write;
pub mod report_done;
pub mod reports;
pub mod revisions;
pub mod saved_replies;
pub mod search;
pub mod session;
pub mod thread;
pub mod thread_notes;
pub mod thread_place;
pub mod thread_work;
pub mod threads;
pub mod tiles;
pub mod uploads;
pub mod users;
pub mod views;
pub mod walk;

use chrono::NaiveDate;
use chrono_tz::Tz;
use metrics::Day;

use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::{App, Org};

/// The zone of a request: the one asked for, else the organisation's.
fn zone(org: &Org, asked: Option<&str>) -> Result<Tz, Problem> {
    match asked {
        None => Ok(org.settings().time_zone),
        Some(name) => name
            .parse()
            .map_err(|_| Problem::parameter("tz", "expected an IANA name, such as Europe/Berlin")),
    }
}

/// The day of a request: the one asked for, else today.
fn day(app: &App, zone: Tz, (name, asked): (&str, Option<NaiveDate>)) -> Result<Day, Problem> {
    let day = match asked {
        Some(date) => Day::of(zone, date),
        None => Day::at(zone, app.now()),
    };
    day.ok_or_else(|| Problem::parameter(name, "expected a date from 2000 to 2999"))
}

/// What the tiles of the caller's organisation depend on.
fn scope<'a>(caller: &'a Caller, org: &Org) -> metrics::Scope<'a> {
    metrics::Scope {
        org: &caller.org,
        reposts_active: org.settings().reposts_active,
        has_account: org.has_account(),
    }
}

/// Characters of a search text.
const QUERY_CHARS_MAX: usize = 200;

/// A `LIKE` pattern for texts that contain the words, in lower case.
fn pattern(q: &str, least: usize) -> Result<String, Problem> {
    let words = q.trim().to_lowercase();
    let length = words.chars().count();
    if length < least || length > QUERY_CHARS_MAX {
        let detail = format!("expected {least} to {QUERY_CHARS_MAX} characters");
        return Err(Problem::parameter("q", detail));
    }
    let escaped = words
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Ok(format!("%{escaped}%"))
}

/// A text of a body: not empty, not too long.
fn text(pointer: &str, value: &str, most: usize) -> Result<(), Problem> {
    let length = value.chars().count();
    if value.trim().is_empty() || length > most {
        return Err(Problem::value(
            pointer,
            format!("expected 1 to {most} characters"),
        ));
    }
    Ok(())
}
