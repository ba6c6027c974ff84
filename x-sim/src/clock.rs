//! The simulator's time: the wall clock, shifted and scaled.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How simulated time runs against real time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockConfig {
    /// Seconds added to the wall clock when the setting is made.
    pub offset_seconds: i64,
    /// Simulated seconds per real second; also divides every wait of X (retries, CRC).
    pub scale: f64,
}

impl Default for ClockConfig {
    fn default() -> Self {
        Self {
            offset_seconds: 0,
            scale: 1.0,
        }
    }
}

#[derive(Debug)]
pub struct Clock(Mutex<Anchor>);

#[derive(Debug, Clone, Copy)]
struct Anchor {
    real: Instant,
    simulated: DateTime<Utc>,
    config: ClockConfig,
}

impl Clock {
    const SCALE_MIN: f64 = 1e-3;
    const SCALE_MAX: f64 = 1e6;

    pub fn new(config: ClockConfig) -> Self {
        Self(Mutex::new(Anchor::new(config)))
    }

    pub fn set(&self, config: ClockConfig) {
        *crate::sim::lock(&self.0) = Anchor::new(config);
    }

    pub fn config(&self) -> ClockConfig {
        crate::sim::lock(&self.0).config
    }

    pub fn now(&self) -> DateTime<Utc> {
        let anchor = *crate::sim::lock(&self.0);
        let elapsed = anchor.real.elapsed().mul_f64(anchor.config.scale);
        anchor.simulated + TimeDelta::from_std(elapsed).unwrap_or_default()
    }

    /// How long a simulated span takes on the wall clock.
    pub fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.config().scale)
    }
}

impl Anchor {
    fn new(mut config: ClockConfig) -> Self {
        config.scale = config.scale.clamp(Clock::SCALE_MIN, Clock::SCALE_MAX);
        let shift = TimeDelta::try_seconds(config.offset_seconds).unwrap_or_default();
        let now = Utc::now();
        let simulated = now.checked_add_signed(shift).unwrap_or(now);
        Self {
            real: Instant::now(),
            simulated,
            config,
        }
    }
}
