//! What may be made to go wrong, or to bunch up, on the way to a webhook.

use serde::{Deserialize, Serialize};

/// Shape of the traffic and the faults in it; changeable while running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Items sent twice, in percent.
    pub duplicate_percent: u8,
    /// Items never sent, in percent.
    pub drop_percent: u8,
    /// Bodies signed with a wrong secret, in percent (retries are signed rightly).
    pub wrong_signature_percent: u8,
    /// How many items may overtake one another; 0 keeps the order.
    pub reorder_window: usize,
    /// Items held back until this many can go at once; 0 and 1 send each as it comes.
    pub burst: usize,
    /// At most this many items of one kind in one Account Activity body.
    pub batch: usize,
    /// Wait before each request.
    pub http_delay_ms: u64,
    /// Open-loop pace, items a second for each webhook; none sends at once.
    pub rate_per_second: Option<f64>,
    /// Nothing is sent while true; events queue up to the bound.
    pub paused: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            duplicate_percent: 0,
            drop_percent: 0,
            wrong_signature_percent: 0,
            reorder_window: 0,
            burst: 0,
            batch: 1,
            http_delay_ms: 0,
            rate_per_second: None,
            paused: false,
        }
    }
}

impl Faults {
    pub const WINDOW_MAX: usize = 10_000;
    pub const DELAY_MS_MAX: u64 = 60_000;

    /// What is out of range, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        let percents = [
            self.duplicate_percent,
            self.drop_percent,
            self.wrong_signature_percent,
        ];
        if percents.iter().any(|percent| *percent > 100) {
            return Some("a percentage is 0 to 100");
        }
        if self.reorder_window.max(self.burst).max(self.batch) > Self::WINDOW_MAX {
            return Some("reorder_window, burst and batch are at most 10000");
        }
        if self.http_delay_ms > Self::DELAY_MS_MAX {
            return Some("http_delay_ms is at most 60000");
        }
        if self
            .rate_per_second
            .is_some_and(|rate| !(rate.is_finite() && rate > 0.0))
        {
            return Some("rate_per_second is above 0");
        }
        None
    }
}
