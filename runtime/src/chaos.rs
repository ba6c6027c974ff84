//! Faults on purpose, for the campaign that proves the promises. Without the cargo feature
//! `chaos` both functions are empty.

/// A named point at which the process may be killed, `EARSHOT_CHAOS_KILL=<name>:<nth>,…`, or
/// stand still until it is told to go on (SIGCONT), `EARSHOT_CHAOS_STOP=<name>:<nth>,…`.
#[cfg(feature = "chaos")]
pub fn point(name: &'static str) {
    use rustix::process::{Signal, getpid, kill_process};
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};
    type Plan = HashMap<String, u64>;
    fn plan(variable: &str) -> Plan {
        let plan = std::env::var(variable).unwrap_or_default();
        let one = |entry: &str| {
            let (name, nth) = entry.split_once(':')?;
            Some((name.to_owned(), nth.parse().ok()?))
        };
        plan.split(',').filter_map(one).collect()
    }
    static KILL: LazyLock<Plan> = LazyLock::new(|| plan("EARSHOT_CHAOS_KILL"));
    static STOP: LazyLock<Plan> = LazyLock::new(|| plan("EARSHOT_CHAOS_STOP"));
    static HITS: LazyLock<Mutex<HashMap<&'static str, u64>>> = LazyLock::new(Mutex::default);
    if !KILL.contains_key(name) && !STOP.contains_key(name) {
        return;
    }
    let hit = {
        let mut hits = HITS.lock().unwrap_or_else(PoisonError::into_inner);
        let hit = hits.entry(name).or_default();
        *hit += 1;
        *hit
    };
    if KILL.get(name) == Some(&hit) {
        // As hard as kill -9: no destructor, no buffer written.
        std::process::abort();
    }
    if STOP.get(name) == Some(&hit) && kill_process(getpid(), Signal::STOP).is_err() {
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
