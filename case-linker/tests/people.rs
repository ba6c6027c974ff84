//! Profiles: newest observation wins, group by group, in any order of arrival, with ties.
#![expect(clippy::unwrap_used, reason = "tests")]

use case_linker::people::{Person, observe};
use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use schemas::records::Profile;

fn at(second: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + i64::from(second), 0).unwrap()
}

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::of(select(values)).prop_map(|value| value.map(str::to_owned))
}

prop_compose! {
    fn shown()(
        handle in maybe(&["Bo", "bo", "bo_b", "mia"]), name in maybe(&["Bo", "Mia"]),
        avatar_url in maybe(&["https://p/1", "https://p/2", ""]),
        description in maybe(&["Bakes.", ""]), location in maybe(&["Ulm", "Bern"]),
    ) -> Profile {
        Profile { handle, name, avatar_url, description, location, ..Profile::default() }
    }
}

prop_compose! {
    fn profile()(
        shown in shown(), second in 0..3_u32, followers in option::of(0..3_i64),
        tweets in option::of(0..3_i64), verified in option::of(any::<bool>()),
        verified_type in maybe(&["blue", "none"]), protected in option::of(any::<bool>()),
        joined in option::of(0..2_u32),
    ) -> Profile {
        Profile {
            observed_at: at(second), followers, tweets, verified, verified_type, protected,
            joined_at: joined.map(at), ..shown
        }
    }
}

fn fold<'a>(seen: impl IntoIterator<Item = &'a Profile>) -> Person {
    let mut person = Person::default();
    for profile in seen {
        observe(&mut person, profile);
    }
    person
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_and_any_duplication_end_in_the_same_person(
        (seen, order) in vec(profile(), 1..7).prop_flat_map(|seen| {
            let twice: Vec<Profile> = seen.iter().chain(&seen).cloned().collect();
            (Just(seen), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(fold(&order), fold(&seen));
    }
}

#[test]
fn an_event_about_one_field_leaves_the_others_alone() {
    let whole = Profile {
        observed_at: at(1),
        handle: Some("bo".into()),
        description: Some("Bakes.".into()),
        location: Some("Ulm".into()),
        followers: Some(7),
        verified: Some(false),
        protected: Some(false),
        ..Profile::default()
    };
    let event = |profile: Profile| Profile {
        observed_at: at(2),
        ..profile
    };
    let bio = event(Profile {
        description: Some("Sleeps.".into()),
        ..Profile::default()
    });
    let place = event(Profile {
        location: Some("Bern".into()),
        ..Profile::default()
    });
    let badge = event(Profile {
        verified: Some(true),
        ..Profile::default()
    });
    let person = fold([&whole, &bio, &place, &badge]);
    assert_eq!(person.description.as_deref(), Some("Sleeps."));
    assert_eq!(person.location.as_deref(), Some("Bern"));
    assert_eq!(
        (person.verified, person.protected),
        (Some(true), Some(false))
    );
    assert_eq!(person.followers, Some(7));
}

#[test]
fn a_handle_that_was_replaced_is_a_former_one() {
    let named = |second, handle: &str| Profile {
        observed_at: at(second),
        handle: Some(handle.to_owned()),
        ..Profile::default()
    };
    let (first, second, third) = (named(1, "Bo"), named(2, "bo_b"), named(3, "BO"));
    for order in [[&first, &second, &third], [&third, &second, &first]] {
        let person = fold(order);
        assert_eq!(person.handle.as_deref(), Some("BO"));
        assert_eq!(person.former_handles, ["bo_b"]);
    }
}
