//! A partition has no leader for a moment after its topic was made and when its broker changes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::error::{KafkaError as RdError, RDKafkaErrorCode as Code};

const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// First and next offset of a partition, as soon as it has a leader that answers.
pub(super) fn watermarks<C: ClientContext>(
    client: &Client<C>,
    (topic, partition): (&str, i32),
    timeout: Duration,
) -> Result<(i64, i64), RdError> {
    led(timeout, || {
        client.fetch_watermarks(topic, partition, timeout)
    })
}

fn led<T>(timeout: Duration, mut ask: impl FnMut() -> Result<T, RdError>) -> Result<T, RdError> {
    let until = Instant::now() + timeout;
    loop {
        match ask() {
            Err(error) if leaderless(&error) && Instant::now() < until => sleep(AGAIN_AFTER),
            answer => return answer,
        }
    }
}

fn leaderless(error: &RdError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(Code::NotLeaderForPartition | Code::LeaderNotAvailable)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn failed(code: Code) -> Result<i64, RdError> {
        Err(RdError::MetadataFetch(code))
    }

    #[test]
    fn asks_again_until_a_leader_answers() {
        let mut answers = [
            failed(Code::NotLeaderForPartition),
            failed(Code::LeaderNotAvailable),
            Ok(7),
        ]
        .into_iter();
        assert_eq!(led(LONG, || answers.next().unwrap()), Ok(7));
    }

    #[test]
    fn any_other_failure_and_the_last_one_are_the_answer() {
        let denied = failed(Code::TopicAuthorizationFailed);
        assert_eq!(led(LONG, || denied.clone()), denied);
        let leaderless = failed(Code::NotLeaderForPartition);
        assert_eq!(led(Duration::ZERO, || leaderless.clone()), leaderless);
    }
}
