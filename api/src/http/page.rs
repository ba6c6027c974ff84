//! Pages: a bounded number of rows and an opaque cursor to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::Problem;

/// Rows of a page where none is said.
const LIMIT: u32 = 50;
/// Rows of a page at most.
pub const LIMIT_MAX: u32 = 200;
/// No cursor of ours is longer.
const CURSOR_BYTES_MAX: usize = 1024;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Which page.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Rows of a page, from the query.
pub fn limit(asked: Option<u32>) -> Result<i64, Problem> {
    match asked.unwrap_or(LIMIT) {
        n @ 1..=LIMIT_MAX => Ok(i64::from(n)),
        _ => Err(Problem::parameter("limit", "expected 1 to 200")),
    }
}

/// Text for a cursor, of a value that [`decode`] gives back.
pub fn encode<T: Serialize>(value: &T) -> Option<String> {
    let json = serde_json::to_vec(value).ok()?;
    Some(URL_SAFE_NO_PAD.encode(json))
}

/// The value in a cursor, if one was sent.
pub fn decode<T: for<'a> Deserialize<'a>>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    let value = (text.len() <= CURSOR_BYTES_MAX)
        .then(|| URL_SAFE_NO_PAD.decode(text).ok())
        .flatten()
        .filter(|json| !json.contains(&0) && !json.windows(6).any(|w| w == b"\\u0000"))
        .and_then(|json| serde_json::from_slice(&json).ok());
    value
        .map(Some)
        .ok_or_else(|| Problem::parameter("cursor", "not a cursor of this list"))
}

/// The place in a list that is in order of time, then id.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TimeCursor(i64, Uuid);

impl TimeCursor {
    pub fn at(at: DateTime<Utc>, id: Uuid) -> Self {
        Self(at.timestamp_micros(), id)
    }

    pub fn time(self) -> Result<DateTime<Utc>, Problem> {
        DateTime::from_timestamp_micros(self.0)
            .filter(|at| (0..=9999).contains(&chrono::Datelike::year(at)))
            .ok_or_else(|| Problem::parameter("cursor", "not a cursor of this list"))
    }

    pub fn id(self) -> Uuid {
        self.1
    }
}

/// Time and id of a [`TimeCursor`] for a statement; nulls on the first page.
pub fn place(cursor: Option<&str>) -> Result<(Option<DateTime<Utc>>, Option<Uuid>), Problem> {
    match decode::<TimeCursor>(cursor)? {
        Some(cursor) => Ok((Some(cursor.time()?), Some(cursor.id()))),
        None => Ok((None, None)),
    }
}

impl<T> Page<T> {
    /// From one row more than the limit, if there is one.
    pub fn cut(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> Option<String>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more {
            items.last().and_then(cursor)
        } else {
            None
        };
        Self { items, next }
    }
}
