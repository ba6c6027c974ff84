//! What the day's budget of an organisation allows. Days are UTC days, as the ledger's are.

use std::time::Duration;

use schemas::org_config::Budget;
use x_client::usage::MicroUsd;

/// How much less often to ask X once the budget is spent.
const STRETCH: u32 = 10;
const MICROS_PER_USD: f64 = 1_000_000.0;

/// How far the day's spending went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spending {
    /// Within the budget, or there is none.
    Free,
    /// Past `warn`: tell the lead.
    Warned,
    /// Past `slow`: ask X less often. What a CSR does is never held back.
    Slowed,
}

impl Spending {
    /// Name in answers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Warned => "warned",
            Self::Slowed => "slowed",
        }
    }

    /// How often to poll, where the budget is to be kept.
    pub fn interval(self, configured: Duration) -> Duration {
        match self {
            Self::Free | Self::Warned => configured,
            Self::Slowed => configured.saturating_mul(STRETCH),
        }
    }
}

/// Where a cost of today stands in a budget (`budget_usd_day`).
pub fn spending(budget: &Budget, today: MicroUsd) -> Spending {
    let past = |bound: Option<f64>| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a day's cost is far below 2^53 micro-dollars"
        )]
        let spent = today.0 as f64;
        bound.is_some_and(|usd| spent >= usd * MICROS_PER_USD)
    };
    if past(budget.slow) {
        Spending::Slowed
    } else if past(budget.warn) {
        Spending::Warned
    } else {
        Spending::Free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_passed_in_order() {
        let budget = |warn, slow| Budget { warn, slow };
        for (bounds, micros, expected) in [
            (budget(None, None), i64::MAX, Spending::Free),
            (budget(Some(1.0), Some(2.5)), 999_999, Spending::Free),
            (budget(Some(1.0), Some(2.5)), 1_000_000, Spending::Warned),
            (budget(Some(1.0), Some(2.5)), 2_500_000, Spending::Slowed),
            (budget(Some(1.0), None), 9_000_000, Spending::Warned),
            (budget(None, Some(0.0)), 0, Spending::Slowed),
        ] {
            assert_eq!(
                spending(&bounds, MicroUsd(micros)),
                expected,
                "{bounds:?} {micros}"
            );
        }
        let minute = Duration::from_mins(1);
        assert_eq!(Spending::Warned.interval(minute), minute);
        assert_eq!(Spending::Slowed.interval(minute), Duration::from_mins(10));
    }
}
