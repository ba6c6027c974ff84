//! The simulator's time: the wall clock, shifted and scaled.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

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
pub struct Clock {
    anchor: Mutex<Anchor>,
    moved: watch::Sender<()>,
}

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
        Self {
            anchor: Mutex::new(Anchor::new(config)),
            moved: watch::Sender::new(()),
        }
    }

    pub fn set(&self, config: ClockConfig) {
        *crate::sim::lock(&self.anchor) = Anchor::new(config);
        self.moved.send_replace(());
    }

    /// Moves the time on, at the scale it has. Waits that end meanwhile end now.
    pub fn advance(&self, seconds: i64) {
        {
            let mut anchor = crate::sim::lock(&self.anchor);
            let span = TimeDelta::try_seconds(seconds).unwrap_or_default();
            let moved = anchor.simulated.checked_add_signed(span);
            anchor.simulated = moved.unwrap_or(anchor.simulated);
            anchor.config.offset_seconds += seconds;
        }
        self.moved.send_replace(());
    }

    /// Waits for a simulated span, through every change of the clock.
    pub async fn sleep(&self, simulated: Duration) {
        let span = TimeDelta::from_std(simulated).unwrap_or_default();
        let mut moved = self.moved.subscribe();
        let now = self.now();
        let due = now.checked_add_signed(span).unwrap_or(now);
        while let Ok(left) = (due - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            // At least a tick, so that rounding cannot spin.
            let real = self.real(left).max(Duration::from_millis(1));
            tokio::select! {
                () = tokio::time::sleep(real) => {}
                _ = moved.changed() => {}
            }
        }
    }

    pub fn config(&self) -> ClockConfig {
        crate::sim::lock(&self.anchor).config
    }

    pub fn now(&self) -> DateTime<Utc> {
        let anchor = *crate::sim::lock(&self.anchor);
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
