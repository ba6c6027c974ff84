//! How often, and what is asked together. Pure.

use schemas::org_config::Modes;

/// Above the day's bound, polls come this many times less often.
const SLOWER: u32 = 10;
/// Characters of a search on self-serve tiers, and of an Enterprise contract.
const QUERY_CHARS: usize = 512;
const QUERY_CHARS_ENTERPRISE: usize = 1_024;

/// Seconds until the next poll.
pub fn interval(poll_s: u32, spent_micro_usd: i64, slow_usd: Option<f64>) -> u32 {
    let usual = if poll_s == 0 { Modes::POLL_S } else { poll_s };
    #[expect(clippy::cast_precision_loss, reason = "a day's dollars")]
    let spent = spent_micro_usd as f64 / 1e6;
    if slow_usd.is_some_and(|slow| spent >= slow) {
        usual.saturating_mul(SLOWER)
    } else {
        usual
    }
}

/// A search over several conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In X's language.
    pub text: String,
    /// Which conversations.
    pub conversations: Vec<String>,
    /// The oldest of their cursors.
    pub since: i64,
}

/// Puts conversations into as few searches as X takes; those that were read as far go together, so
/// that little is read twice.
pub fn queries(mut conversations: Vec<(String, i64)>, enterprise: bool) -> Vec<Query> {
    let chars_max = if enterprise {
        QUERY_CHARS_ENTERPRISE
    } else {
        QUERY_CHARS
    };
    conversations.sort_by_key(|(_, since)| *since);
    let mut queries: Vec<Query> = Vec::new();
    for (id, since) in conversations {
        let term = format!("conversation_id:{id}");
        match queries.last_mut() {
            Some(query) if query.text.len() + 4 + term.len() <= chars_max => {
                query.text.push_str(" OR ");
                query.text.push_str(&term);
                query.conversations.push(id);
            }
            _ => queries.push(Query {
                text: term,
                conversations: vec![id],
                since,
            }),
        }
    }
    queries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_became_dear_is_polled_less_often() {
        assert_eq!(interval(60, 0, None), 60);
        assert_eq!(interval(0, 0, None), 60);
        assert_eq!(interval(60, 1_999_999, Some(2.0)), 60);
        assert_eq!(interval(60, 2_000_000, Some(2.0)), 600);
    }

    #[test]
    fn searches_are_as_long_as_x_takes_them_and_hold_every_conversation_once() {
        let all: Vec<(String, i64)> = (0..50)
            .map(|n| (format!("19000000000000000{n:02}"), 50 - n))
            .collect();
        let queries = queries(all, false);
        assert!(queries.iter().all(|query| query.text.len() <= 512));
        assert_eq!(queries.len(), 4);
        let mut ids: Vec<_> = queries.iter().flat_map(|q| &q.conversations).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 50);
        assert_eq!(queries[0].since, 1, "the oldest cursor of the first");
    }
}
