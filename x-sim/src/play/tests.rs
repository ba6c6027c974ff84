use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};

use super::*;
use crate::world::{Fact, Retention, World};

fn perform(seed: u64, script_seconds: f64, retention: Retention) -> (World, Vec<Event>) {
    let script = Script::demo().unwrap();
    let brands = script.brands.clone();
    let mut world = World::new(retention);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut now = Utc::now();
    let mut events = Vec::new();
    let mut apply = |command: Command| {
        now += TimeDelta::seconds(1);
        let made = world.apply(command, now, &mut rng)?;
        events.extend(made.clone());
        Ok(made)
    };
    for brand in brands {
        apply(Command::AddPerson(brand)).unwrap();
    }
    Player::new(script, seed, 60.0).advance(script_seconds, &mut apply);
    (world, events)
}

#[test]
fn the_demo_is_varied_and_every_step_of_it_takes_place() {
    let script = Script::demo().unwrap();
    assert!(script.conversations.len() >= 30);
    let steps: usize = script.conversations.iter().map(|c| c.steps.len()).sum();
    assert!(steps >= 150, "{steps}");
    let languages: BTreeSet<_> = script
        .conversations
        .iter()
        .map(|c| c.lang.as_str())
        .collect();
    assert_eq!(
        languages,
        BTreeSet::from(["de", "en", "es", "fr", "ja", "pt"])
    );
    let names: BTreeSet<_> = script.conversations.iter().map(|c| &c.name).collect();
    assert_eq!(names.len(), script.conversations.len());

    let starts = f64::from(u32::try_from(script.conversations.len()).unwrap());
    let mut world = World::new(Retention::default());
    let mut rng = StdRng::seed_from_u64(1);
    let mut refused = 0;
    let mut apply = |command: Command| {
        let made = world.apply(command, Utc::now(), &mut rng);
        made.inspect_err(|_| refused += 1)
    };
    for brand in script.brands.clone() {
        apply(Command::AddPerson(brand)).unwrap();
    }
    // The starts of one pass, then what is left of their steps.
    let mut player = Player::new(script, 1, 60.0);
    player.advance(starts * 60.0 - 1.0, &mut apply);
    player.next_start = f64::INFINITY;
    player.advance(1e7, &mut apply);
    assert!(player.live.is_empty());
    assert_eq!(refused, 0, "the world refused a step");
}

#[test]
fn it_goes_on_for_ever_in_bounded_memory_and_follows_its_seed() {
    let retention = Retention {
        people: 60,
        posts: 80,
        messages: 20,
    };
    let (world, events) = perform(3, 60.0 * 300.0, retention.clone());
    let posts = |events: &[Event]| -> Vec<String> {
        let texts = events.iter().filter_map(|event| match &event.fact {
            Fact::PostCreated { post } => Some(post.text.split("https://t.co").next()?.to_owned()),
            _ => None,
        });
        texts.collect()
    };
    assert!(posts(&events).len() > 600);
    assert_eq!(
        posts(&events),
        posts(&perform(3, 60.0 * 300.0, retention).1)
    );
    assert!(world.people().count() <= 60 && world.posts().count() <= 80);
    assert!(world.person("@northwindgear").is_some(), "brands stay");
    let people = events
        .iter()
        .filter(|event| matches!(event.fact, Fact::PersonAdded { .. }));
    assert!(people.count() > 400, "each time round has new people");
}

#[test]
fn a_script_with_a_mistake_is_refused() {
    let head = "[[brand]]\nhandle = 'b'\n[names.en]\nfirst=['A']\nlast=['B']\nplace=[]\nbio=[]\n\
                [[conversation]]\nname='c'\nbrand='b'\nsteps = [";
    for (steps, expected) in [
        ("{at=0, who='a', say='x'}]", ""),
        ("{at=0, who='a', say='x', dm='y'}]", "exactly one"),
        ("{at=0, who='a', say='x', reply='r'}]", "not made before"),
        (
            "{at=5, who='a', say='x'}, {at=1, who='a', say='y'}]",
            "order of time",
        ),
    ] {
        let error = Script::parse(&format!("{head}{steps}")).err();
        let shown = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            shown.contains(expected) && shown.is_empty() == expected.is_empty(),
            "{shown}"
        );
    }
}
