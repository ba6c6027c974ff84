//! Faults on purpose, for the campaign that proves the promises. Without the cargo feature
//! `chaos` both functions are empty.

/// A named point at which the process may be killed: `EARSHOT_CHAOS_KILL=<name>:<nth>`.
#[cfg(feature = "chaos")]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static HITS: AtomicU64 = AtomicU64::new(0);
    let Ok(plan) = std::env::var("EARSHOT_CHAOS_KILL") else {
        return;
    };
    let Some((wanted, nth)) = plan.split_once(':') else {
        return;
    };
    if wanted == name && HITS.fetch_add(1, Ordering::SeqCst) + 1 == nth.parse().unwrap_or(1) {
        // As hard as kill -9: no destructor, no buffer written.
        std::process::abort();
    }
}

/// True when `EARSHOT_CHAOS_BREAK` names this defence: it must then be left out, and a test must
/// turn red.
#[cfg(feature = "chaos")]
pub fn broken(defence: &str) -> bool {
    std::env::var("EARSHOT_CHAOS_BREAK").is_ok_and(|list| list.split(',').any(|d| d == defence))
}

/// Nothing, in a build without the feature.
#[cfg(not(feature = "chaos"))]
pub const fn point(_name: &str) {}

/// Never, in a build without the feature.
#[cfg(not(feature = "chaos"))]
pub const fn broken(_defence: &str) -> bool {
    false
}
