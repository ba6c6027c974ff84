//! Faults on purpose, for the campaign that proves the promises. Without the cargo feature
//! `chaos` both functions are empty.

/// A named point at which the process may be killed: `EARSHOT_CHAOS_KILL=<name>:<nth>,…`.
#[cfg(feature = "chaos")]
pub fn point(name: &'static str) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};
    static PLAN: LazyLock<HashMap<String, u64>> = LazyLock::new(|| {
        let plan = std::env::var("EARSHOT_CHAOS_KILL").unwrap_or_default();
        let one = |entry: &str| {
            let (name, nth) = entry.split_once(':')?;
            Some((name.to_owned(), nth.parse().ok()?))
        };
        plan.split(',').filter_map(one).collect()
    });
    static HITS: LazyLock<Mutex<HashMap<&'static str, u64>>> = LazyLock::new(Mutex::default);
    let Some(nth) = PLAN.get(name) else { return };
    let mut hits = HITS.lock().unwrap_or_else(PoisonError::into_inner);
    let hit = hits.entry(name).or_default();
    *hit += 1;
    if hit == nth {
        // As hard as kill -9: no destructor, no buffer written.
        std::process::abort();
    }
}

/// True when `EARSHOT_CHAOS_BREAK` names this defence: it must then be left out, and a test must
/// turn red.
#[cfg(feature = "chaos")]
pub fn broken(defence: &str) -> bool {
    use std::sync::LazyLock;
    static LIST: LazyLock<String> =
        LazyLock::new(|| std::env::var("EARSHOT_CHAOS_BREAK").unwrap_or_default());
    LIST.split(',').any(|d| d == defence)
}

/// Nothing, in a build without the feature.
#[cfg(not(feature = "chaos"))]
pub const fn point(_name: &'static str) {}

/// Never, in a build without the feature.
#[cfg(not(feature = "chaos"))]
pub const fn broken(_defence: &str) -> bool {
    false
}
