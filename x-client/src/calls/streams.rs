//! Opening streams. Nothing is repeated here: the caller climbs the
//! [`Ladder`](crate::stream::Ladder).

use chrono::{DateTime, Utc};

use super::public_reads::time;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::{Base, Call};
use crate::stream::LineStream;

/// Minutes that X sends again at most.
const BACKFILL_MINUTES_MAX: u32 = 5;

/// What a filtered stream begins with. All but the default needs a tier that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilteredStreamQuery {
    /// Minutes that X sends again first, up to 5.
    pub backfill_minutes: Option<u32>,
    /// From this time on, up to 24 hours ago.
    pub start_time: Option<DateTime<Utc>>,
    /// Up to this time; the stream ends then.
    pub end_time: Option<DateTime<Utc>>,
}

/// What a stream of the X Activity API begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityStreamQuery {
    /// Minutes that X sends again first, up to 5.
    pub backfill_minutes: Option<u32>,
    /// From this time on.
    pub start_time: Option<DateTime<Utc>>,
    /// Up to this time.
    pub end_time: Option<DateTime<Utc>>,
}

impl Client {
    /// Opens the filtered stream. X answers 409 while there are no rules.
    pub async fn filtered_stream(&self, query: &FilteredStreamQuery) -> Result<LineStream, Error> {
        let call = Call::plain(Endpoint::FilteredStream).post_fields();
        self.stream(
            call,
            query.backfill_minutes,
            query.start_time,
            query.end_time,
        )
        .await
    }

    /// Opens the stream of the X Activity API.
    pub async fn activity_stream(&self, query: &ActivityStreamQuery) -> Result<LineStream, Error> {
        let call = Call::plain(Endpoint::ActivityStream);
        self.stream(
            call,
            query.backfill_minutes,
            query.start_time,
            query.end_time,
        )
        .await
    }

    async fn stream(
        &self,
        call: Call,
        backfill_minutes: Option<u32>,
        start: Option<DateTime<Utc>>,
        end: Option<DateTime<Utc>>,
    ) -> Result<LineStream, Error> {
        let backfill = backfill_minutes.map(|minutes| minutes.min(BACKFILL_MINUTES_MAX));
        let mut call = call
            .query_if("backfill_minutes", backfill)
            .query_if("start_time", start.map(time))
            .query_if("end_time", end.map(time));
        call.base = Base::Stream;
        let response = self.open(call).await?;
        Ok(LineStream::new(
            response,
            self.0.shared.settings.stream_timeout,
        ))
    }
}
