use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use x_client::Endpoint;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn failure(kind: &str) -> Failure {
    Failure {
        kind: kind.to_owned(),
        ..Failure::default()
    }
}

fn first() -> Attempt {
    Attempt {
        idempotent: false,
        attempts: 1,
        doubtful: false,
    }
}

#[test]
fn after_a_call() {
    let doubtful = Attempt {
        doubtful: true,
        attempts: 2,
        ..first()
    };
    let delete = Attempt {
        idempotent: true,
        ..first()
    };
    let last = Attempt {
        attempts: IDEMPOTENT_ATTEMPTS_MAX,
        ..delete
    };
    let id = || Some("9".to_owned());
    let no = || failure("no");
    let soon = |s| Next::Queued(at(s), Wait::NoConnection);
    for (attempt, outcome, expected) in [
        (first(), Outcome::Done(id()), Next::Posted(id())),
        (first(), Outcome::Refused(no()), Next::Failed(no())),
        (first(), Outcome::Duplicate(no()), Next::Failed(no())),
        (doubtful, Outcome::Duplicate(no()), Next::Unknown(at(0))),
        (doubtful, Outcome::Refused(no()), Next::Failed(no())),
        (first(), Outcome::Gone(no()), Next::Failed(no())),
        (delete, Outcome::Gone(no()), Next::Posted(None)),
        (first(), Outcome::AuthLost(no()), Next::Failed(no())),
        (
            first(),
            Outcome::Wait(at(60)),
            Next::Queued(at(60), Wait::RateLimit),
        ),
        (
            first(),
            Outcome::Wait(at(-60)),
            Next::Queued(at(0), Wait::RateLimit),
        ),
        (first(), Outcome::NotSent, soon(2)),
        (doubtful, Outcome::NotSent, soon(4)),
        (first(), Outcome::Unknown, Next::Unknown(at(2))),
        (delete, Outcome::Unknown, soon(2)),
    ] {
        assert_eq!(
            after_call(attempt, outcome.clone(), at(0)),
            expected,
            "{outcome:?}"
        );
    }
    let given_up = after_call(last, Outcome::Unknown, at(0));
    assert!(matches!(given_up, Next::Failed(f) if f.kind == "no-answer"));
}

#[test]
fn not_to_be_found_is_no_proof() {
    let found = Found::Posted("9".to_owned());
    assert_eq!(
        after_look(found, (at(0), 0), at(1)),
        Next::Posted(Some("9".to_owned()))
    );
    for (looks, now, next) in [
        (0, 1, 3),
        (1, 5, 15),
        (9, 500, 680),
        (9, 899, 1_079),
        (9, 900, 960),
    ] {
        let looked = after_look(Found::Nothing, (at(0), looks), at(now));
        assert_eq!(looked, Next::Unknown(at(next)), "{looks} {now}");
    }
}

#[test]
fn what_a_person_may_do() {
    let mut allowed = Vec::new();
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
        for command in [
            Command::Cancel,
            Command::Resend,
            Command::ItIsThere,
            Command::ItIsNotThere,
        ] {
            allowed.extend(commanded(state, command).map(|to| (state.as_str(), to.as_str())));
        }
    }
    assert_eq!(
        allowed,
        [
            ("queued", "cancelled"),
            ("failed", "cancelled"),
            ("failed", "queued"),
            ("unknown", "posted"),
            ("unknown", "failed")
        ]
    );
}

#[test]
fn errors_of_the_client_are_what_they_mean() {
    let endpoint = Endpoint::PostsCreate;
    let unknown = Error::OutcomeUnknown {
        endpoint,
        failure: x_client::error::Failure::Timeout,
    };
    assert_eq!(outcome(&unknown), Outcome::Unknown);
    let not_sent = Error::NotSent {
        endpoint,
        reason: "no connection".into(),
    };
    assert_eq!(outcome(&not_sent), Outcome::NotSent);
    let invalid = Error::Invalid {
        endpoint,
        reason: "so".into(),
    };
    assert!(matches!(outcome(&invalid), Outcome::Refused(_)));
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Done(Some("9".to_owned()))),
        Just(Outcome::Refused(failure("no"))),
        Just(Outcome::Duplicate(failure("twice"))),
        Just(Outcome::Gone(failure("gone"))),
        (0_i64..90_000).prop_map(|s| Outcome::Wait(at(s))),
        Just(Outcome::NotSent),
        Just(Outcome::AuthLost(failure("keys"))),
        Just(Outcome::Unknown),
    ]
}

proptest! {
    // The promise: after a call that may have had an effect nothing is called again by itself.
    #[test]
    fn what_may_have_happened_is_not_done_again(
        outcomes in proptest::collection::vec(any_outcome(), 1..20),
        looked in any::<u32>(),
    ) {
        let (mut now, mut attempt) = (at(0), first());
        let mut effects_possible = 0;
        for outcome in outcomes {
            let may = matches!(outcome, Outcome::Unknown | Outcome::Done(_));
            effects_possible += u32::from(may);
            match after_call(attempt, outcome, now) {
                Next::Queued(at, _) => {
                    assert!(!may, "tried again after a call that may have had an effect");
                    assert!(at >= now);
                    (now, attempt.attempts) = (at, attempt.attempts + 1);
                }
                Next::Unknown(at) => {
                    assert!(at >= now);
                    let next = after_look(Found::Nothing, (now, looked), at);
                    assert!(matches!(next, Next::Unknown(later) if later > at));
                    break;
                }
                Next::Posted(_) | Next::Failed(_) => break,
            }
        }
        assert!(effects_possible <= 1);
    }
}
