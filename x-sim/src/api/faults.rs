//! Faults of the API: what may go wrong with a request, before or after its effect.

use serde::{Deserialize, Serialize};

/// One fault, for the requests that it is meant for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiFault {
    /// `POST /2/tweets`, as the list of endpoints names it, or `*`.
    pub endpoint: String,
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Whether the request has its effect nevertheless.
    #[serde(default)]
    pub effect: Effect,
    /// Requests that pass before the first that is hit.
    #[serde(default)]
    pub skip: u64,
    /// How many requests are hit; none is every one.
    #[serde(default)]
    pub times: Option<u64>,
    /// In percent, of those that could be hit.
    #[serde(default = "always")]
    pub percent: u8,
    /// Only requests whose body has these words.
    #[serde(default)]
    pub body_contains: Option<String>,
    /// How many were hit.
    #[serde(default)]
    pub hits: u64,
}

fn always() -> u8 {
    100
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing was done.
    #[default]
    None,
    /// It was done, and the caller is not told.
    Done,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// An answer with this status; a body of X's kind unless one is given.
    Status {
        status: u16,
        #[serde(default)]
        body: Option<serde_json::Value>,
    },
    /// No answer at all: held, then cut.
    Hang,
    /// The connection is cut at once, without an answer's body.
    Close,
    /// The honest answer, late (real milliseconds).
    Slow { delay_ms: u64 },
    /// The honest answer's first bytes, then the connection is cut.
    Cut { after_bytes: usize },
    /// The honest answer's first bytes, then silence, keep-alives included.
    Stall { after_bytes: usize },
    /// The honest answer's first bytes as if they were all.
    Truncate { after_bytes: usize },
    /// 429 with such a reset.
    RateLimit { reset: Reset },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    Honest,
    Past,
    Absent,
    /// Not a time that anyone could wait for.
    Absurd,
    /// Not a number.
    Garbage,
}

impl FaultKind {
    /// Whether the caller gets what the endpoint answered, or its beginning.
    pub(crate) fn lets_through(&self) -> bool {
        matches!(
            self,
            Self::Slow { .. } | Self::Cut { .. } | Self::Stall { .. } | Self::Truncate { .. }
        )
    }
}

impl ApiFault {
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.percent > 100 {
            return Some("a percentage is 0 to 100");
        }
        match self.kind {
            FaultKind::Status { status, .. } if !(200..=599).contains(&status) => {
                Some("status is 200 to 599")
            }
            FaultKind::Slow { delay_ms } if delay_ms > 600_000 => {
                Some("delay_ms is at most 600000")
            }
            _ => None,
        }
    }
}

/// The first fault of the list that hits the request, counted.
pub(crate) fn hit(
    faults: &mut [ApiFault],
    endpoint: &str,
    body: &[u8],
    rng: &mut impl rand::Rng,
) -> Option<ApiFault> {
    for fault in faults {
        let named = fault.endpoint == "*" || fault.endpoint == endpoint;
        let spent = fault.times.is_some_and(|times| fault.hits >= times);
        let worded = fault.body_contains.as_ref().is_none_or(|words| {
            let text = String::from_utf8_lossy(body);
            text.contains(words.as_str())
        });
        if !named || spent || !worded {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        if rng.random_range(0..100) < fault.percent {
            fault.hits += 1;
            return Some(fault.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};
    use serde_json::json;

    use super::*;

    fn fault(value: serde_json::Value) -> ApiFault {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_fault_hits_whom_it_is_meant_for_and_as_often_as_said() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut faults = [
            fault(
                json!({"endpoint": "POST /2/tweets", "kind": "status", "status": 503,
                "skip": 1, "times": 2, "body_contains": "hello"}),
            ),
            fault(json!({"endpoint": "*", "kind": "hang", "effect": "done", "percent": 0})),
        ];
        let hits: Vec<bool> = ["hello", "hello", "bye", "hello", "hello"]
            .iter()
            .map(|body| hit(&mut faults, "POST /2/tweets", body.as_bytes(), &mut rng).is_some())
            .collect();
        assert_eq!(hits, [false, true, false, true, false]);
        assert!(hit(&mut faults, "GET /2/tweets", b"hello", &mut rng).is_none());
        assert_eq!(faults[0].hits, 2);
    }
}
