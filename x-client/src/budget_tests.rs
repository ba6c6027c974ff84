use super::*;

const DM: Endpoint = Endpoint::DmSend;

fn owner() -> Owner {
    Owner::Account("acme/help".to_owned())
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn headers(rows: &[(&str, &str)]) -> Headers {
    Headers::read(|name| {
        rows.iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| *value)
    })
}

fn quarter(remaining: &str, reset: i64) -> Headers {
    let reset = at(reset).timestamp().to_string();
    headers(&[
        ("x-rate-limit-limit", "15"),
        ("x-rate-limit-remaining", remaining),
        ("x-rate-limit-reset", &reset),
    ])
}

#[test]
fn nothing_is_known_before_the_first_answer() {
    let budgets = Budgets::default();
    assert_eq!(budgets.next_allowed(&owner(), DM, at(0)), None);
    assert_eq!(budgets.remaining(&owner(), DM, at(0)), None);
    assert_eq!(budgets.snapshot(at(0)), []);
}

#[test]
fn a_used_up_window_bars_until_its_reset_and_no_longer() {
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &quarter("0", 600), at(0));
    assert_eq!(
        budgets.next_allowed(&owner(), DM, at(599)),
        Some((at(600), LimitKind::Window))
    );
    assert_eq!(budgets.remaining(&owner(), DM, at(599)), Some(0));
    assert_eq!(budgets.next_allowed(&owner(), DM, at(600)), None);
    assert_eq!(budgets.remaining(&owner(), DM, at(600)), None);
    // Another endpoint and another account are free.
    assert_eq!(
        budgets.next_allowed(&owner(), Endpoint::PostsCreate, at(0)),
        None
    );
    assert_eq!(
        budgets.next_allowed(&Owner::Account("other".into()), DM, at(0)),
        None
    );
}

#[test]
fn the_latest_reset_of_the_used_up_limits_counts() {
    let mut budgets = Budgets::default();
    let day = at(40_000).timestamp().to_string();
    let mut both = quarter("0", 600);
    both.0.extend(
        headers(&[
            ("x-user-limit-24hour-limit", "1440"),
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", &day),
        ])
        .0,
    );
    budgets.observe(&owner(), DM, &both, at(0));
    assert_eq!(
        budgets.next_allowed(&owner(), DM, at(0)),
        Some((at(40_000), LimitKind::Day))
    );
    let views = budgets.snapshot(at(0));
    assert_eq!(views.len(), 2);
    assert_eq!(
        (views[1].window, views[1].limit),
        (Window::UserDay, Some(1_440))
    );
    assert_eq!(budgets.snapshot(at(700)).len(), 1);
}

#[test]
fn a_day_that_is_not_used_up_does_not_lengthen_a_429() {
    let mut budgets = Budgets::default();
    let day = at(40_000).timestamp().to_string();
    let mut both = quarter("0", 600);
    both.0.extend(
        headers(&[
            ("x-app-limit-24hour-remaining", "7"),
            ("x-app-limit-24hour-reset", &day),
        ])
        .0,
    );
    let bar = budgets.refused(&owner(), DM, &both, &[], at(0));
    assert_eq!(bar, (at(600), LimitKind::Window));
}

#[test]
fn calls_at_once_are_counted_before_their_answers() {
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &quarter("2", 600), at(0));
    budgets.take(&owner(), DM, at(1));
    assert_eq!(budgets.remaining(&owner(), DM, at(1)), Some(1));
    budgets.take(&owner(), DM, at(1));
    assert_eq!(
        budgets.next_allowed(&owner(), DM, at(1)),
        Some((at(600), LimitKind::Window))
    );
    budgets.take(&owner(), DM, at(1));
    assert_eq!(budgets.remaining(&owner(), DM, at(1)), Some(0));
}

#[test]
fn a_late_answer_raises_nothing_and_a_new_window_does() {
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &quarter("0", 600), at(0));
    budgets.observe(&owner(), DM, &quarter("5", 601), at(1));
    assert_eq!(budgets.remaining(&owner(), DM, at(1)), Some(0));
    budgets.observe(&owner(), DM, &quarter("14", 1_501), at(601));
    assert_eq!(budgets.remaining(&owner(), DM, at(601)), Some(14));
}

#[test]
fn a_call_that_did_not_reach_x_costs_nothing() {
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &quarter("1", 600), at(0));
    budgets.take(&owner(), DM, at(1));
    assert_eq!(budgets.remaining(&owner(), DM, at(1)), Some(0));
    budgets.give_back(&owner(), DM, at(2));
    assert_eq!(budgets.remaining(&owner(), DM, at(2)), Some(1));
    budgets.give_back(&owner(), DM, at(601));
    assert_eq!(budgets.remaining(&owner(), DM, at(601)), None);
}

#[test]
fn strange_headers_are_bounded() {
    let past = quarter("0", -5);
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &past, at(0));
    assert_eq!(
        budgets.next_allowed(&owner(), DM, at(0)),
        None,
        "a reset in the past"
    );

    for absurd in ["1800000900000", "9223372036854775807", "99999999999"] {
        let mut budgets = Budgets::default();
        let rows = [
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", absurd),
        ];
        budgets.observe(&owner(), DM, &headers(&rows), at(0));
        let bar = budgets.next_allowed(&owner(), DM, at(0));
        assert_eq!(bar, Some((at(900), LimitKind::Window)), "{absurd}");
    }
    for unreadable in ["", "soon", "-1", "1.5", "99999999999999999999"] {
        let rows = [
            ("x-rate-limit-limit", unreadable),
            ("x-rate-limit-remaining", unreadable),
            ("x-rate-limit-reset", unreadable),
        ];
        let mut budgets = Budgets::default();
        budgets.observe(&owner(), DM, &headers(&rows), at(0));
        assert_eq!(
            budgets.next_allowed(&owner(), DM, at(0)),
            None,
            "{unreadable}"
        );
    }
    // More left than the limit: the limit is believed.
    let mut budgets = Budgets::default();
    budgets.observe(&owner(), DM, &quarter("4000000000", 600), at(0));
    assert_eq!(budgets.remaining(&owner(), DM, at(0)), Some(15));
}

#[test]
fn a_429_without_a_usable_reset_waits_longer_each_time() {
    let mut budgets = Budgets::default();
    let mut now = at(0);
    for minutes in [1, 2, 4, 8, 15, 15] {
        let (until, _) = budgets.refused(&owner(), DM, &Headers::default(), &[], now);
        assert_eq!(until, now + TimeDelta::minutes(minutes));
        assert_eq!(
            budgets.next_allowed(&owner(), DM, now),
            Some((until, LimitKind::Window))
        );
        now = until;
    }
    budgets.observe(&owner(), DM, &Headers::default(), now);
    let (until, _) = budgets.refused(&owner(), DM, &quarter("0", -5), &[], now);
    assert_eq!(until, now + TimeDelta::minutes(1));
}

#[test]
fn an_answer_ends_what_a_429_said() {
    let mut budgets = Budgets::default();
    budgets.refused(&owner(), DM, &Headers::default(), &[], at(0));
    budgets.observe(&owner(), DM, &quarter("14", 900), at(30));
    assert_eq!(budgets.next_allowed(&owner(), DM, at(30)), None);
    assert_eq!(budgets.remaining(&owner(), DM, at(30)), Some(14));
}

#[test]
fn a_usage_cap_lasts_to_the_end_of_its_period() {
    let now = "2026-12-31T23:00:00Z".parse().unwrap();
    for (period, until) in [
        ("Daily", "2027-01-01T00:00:00Z"),
        ("Monthly", "2027-01-01T00:00:00Z"),
        ("", "2027-01-01T00:00:00Z"),
    ] {
        let body = serde_json::json!({
            "type": "https://api.twitter.com/2/problems/usage-capped", "title": "UsageCapExceeded",
            "period": period, "scope": "Account",
        });
        let problems = crate::problem::read(body.to_string().as_bytes());
        let bar = Budgets::default().refused(&owner(), DM, &quarter("3", 600), &problems, now);
        assert_eq!(
            bar,
            (until.parse().unwrap(), LimitKind::UsageCap),
            "{period}"
        );
    }
    let mid = "2026-02-10T12:00:00Z".parse().unwrap();
    let monthly = Problem {
        kind: ProblemKind::UsageCapped,
        period: Some("Monthly".to_owned()),
        ..Problem::default()
    };
    assert_eq!(
        end_of_cap(&monthly, mid),
        "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap()
    );
}
