//! The clock, as a parameter: nothing else in the project asks for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// System time plus an offset that tests and `--clock-offset` move.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that runs `offset` ahead of the system's.
    pub fn with_offset(offset: TimeDelta) -> Self {
        let clock = Self::default();
        clock.advance(offset);
        clock
    }

    /// The time now, in whole microseconds: what PostgreSQL and Avro keep.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = Utc::now().timestamp_micros() + self.offset_micros.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(0);
        self.offset_micros.fetch_add(micros, Ordering::Relaxed);
    }
}
