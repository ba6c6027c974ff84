//! The rules of the world and which bodies its events become.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{SeedableRng as _, rngs::StdRng};
use x_sim::{
    XId,
    config::Envelope,
    payload::{BlockedFlag, Dialect, aaa},
    route::{Watch, items},
    world::{
        Command, Edit, Event, Fact, Like, NewMessage, NewPerson, NewPost, Post, ProfileChange,
        RelationChange, RelationKind, Retention, World, WorldError,
    },
};

pub struct Stage {
    pub world: World,
    pub now: DateTime<Utc>,
    rng: StdRng,
}

impl Stage {
    /// Two brands (ids 11 and 12) and two people (21 and 22).
    pub fn new() -> Self {
        let now = DateTime::from_timestamp_millis(1_790_000_000_123).unwrap();
        let world = World::new(Retention::default());
        let mut stage = Self {
            world,
            now,
            rng: StdRng::seed_from_u64(5),
        };
        for (id, handle) in [(11, "brand"), (12, "otherbrand"), (21, "Ada"), (22, "Ben")] {
            let id = Some(XId(id));
            let handle = handle.to_owned();
            let url = "https://example.com".to_owned();
            let location = "Leeds".to_owned();
            let person = NewPerson {
                handle,
                id,
                url,
                location,
                ..NewPerson::default()
            };
            stage.apply(Command::AddPerson(person)).unwrap();
        }
        stage
    }

    pub fn apply(&mut self, command: Command) -> Result<Vec<Event>, WorldError> {
        self.now += TimeDelta::seconds(1);
        self.world.apply(command, self.now, &mut self.rng)
    }

    pub fn event(&mut self, command: Command) -> Event {
        self.apply(command).unwrap().remove(0)
    }

    pub fn post(&mut self, author: &str, text: &str, reply_to: Option<XId>) -> Event {
        self.event(Command::Post(say(author, text, reply_to)))
    }
}

pub fn say(author: &str, text: &str, reply_to: Option<XId>) -> NewPost {
    let (author, text) = (author.to_owned(), text.to_owned());
    NewPost {
        author,
        text,
        reply_to,
        ..NewPost::default()
    }
}

fn post(event: &Event) -> &Post {
    match &event.fact {
        Fact::PostCreated { post } => post,
        other => panic!("not a post: {other:?}"),
    }
}

fn fired(event: &Event, envelope: Envelope) -> Vec<(u64, &'static str)> {
    let accounts = [XId(11), XId(12)];
    let items = items(
        event,
        envelope,
        &accounts,
        &Watch::default(),
        &Dialect::default(),
    );
    items
        .iter()
        .map(|item| (item.account.0, item.event))
        .collect()
}

#[test]
fn a_thread_keeps_its_conversation_and_names_those_before() {
    let mut stage = Stage::new();
    let root = stage.post("@ada", "@brand where is it?", None);
    let answer = stage.post("@brand", "On its way", Some(post(&root).id));
    let third = stage.post("@ben", "mine too", Some(post(&answer).id));
    assert_eq!(post(&answer).text, "@Ada On its way");
    assert_eq!(post(&third).text, "@brand @Ada mine too");
    assert_eq!(post(&third).display_range, (12, 20));
    for event in [&root, &answer, &third] {
        assert_eq!(post(event).conversation, post(&root).id);
    }
    assert_eq!(
        post(&root).reply_to_person,
        Some(XId(11)),
        "starts with a handle"
    );
    assert_eq!(
        stage
            .world
            .find_post(post(&root).id)
            .unwrap()
            .metrics
            .replies,
        1
    );

    assert_eq!(fired(&root, Envelope::Xaa), [(11, "post.mention.create")]);
    assert_eq!(fired(&answer, Envelope::Xaa), [(11, "post.create")]);
    assert_eq!(fired(&third, Envelope::Xaa), [(11, "post.reply.create")]);
    // A reply to somebody else in the thread reaches X Activity not at all.
    let aside = stage.post("@ada", "sorry", Some(post(&third).id));
    assert_eq!(post(&aside).text, "@Ben @brand sorry");
    assert_eq!(fired(&aside, Envelope::Xaa), []);
    assert_eq!(fired(&aside, Envelope::Aaa), [(11, "tweet_create_events")]);
    // Naming the brand in the body is a mention again.
    let named = stage.post("@ada", "still, @brand is slow", Some(post(&third).id));
    assert_eq!(fired(&named, Envelope::Xaa), [(11, "post.mention.create")]);
}

#[test]
fn who_hears_of_what() {
    let mut stage = Stage::new();
    let both = stage.post("@ada", "@brand or @otherbrand?", None);
    let two = [(11, "post.mention.create"), (12, "post.mention.create")];
    assert_eq!(fired(&both, Envelope::Xaa), two);
    let two = [(11, "tweet_create_events"), (12, "tweet_create_events")];
    assert_eq!(fired(&both, Envelope::Aaa), two);

    let own = stage.post("@brand", "Open on Sunday", None);
    let id = post(&own).id;
    let quote = NewPost {
        quote: Some(id),
        ..say("@ada", "finally", None)
    };
    let quote = stage.event(Command::Post(quote));
    assert_eq!(fired(&quote, Envelope::Xaa), [(11, "post.quote.create")]);
    let repost = stage.event(Command::Post(NewPost {
        repost: Some(id),
        ..say("ben", "", None)
    }));
    assert_eq!(post(&repost).text, "RT @brand: Open on Sunday");
    assert_eq!(fired(&repost, Envelope::Xaa), [(11, "post.repost.create")]);
    let like = stage.event(Command::Like(Like {
        person: "@ben".to_owned(),
        post: id,
    }));
    assert_eq!(fired(&like, Envelope::Aaa), [(11, "favorite_events")]);
    let message = stage.event(Command::SendMessage(message("@brand", "@ada", "hello")));
    assert_eq!(fired(&message, Envelope::Xaa), [(11, "dm.sent")]);
    let block = relation(RelationKind::Block, "@ben", "@brand");
    assert_eq!(
        fired(&stage.event(block), Envelope::Xaa),
        [],
        "nobody is told who blocked them"
    );

    let secret = ProfileChange {
        person: "@ada".to_owned(),
        protected: Some(true),
        ..ProfileChange::default()
    };
    stage.apply(Command::ChangeProfile(secret)).unwrap();
    let hidden = stage.post("@ada", "@brand psst", None);
    assert_eq!(fired(&hidden, Envelope::Xaa), []);
    assert_eq!(fired(&hidden, Envelope::Aaa), []);
}

pub fn message(from: &str, to: &str, text: &str) -> NewMessage {
    let (from, to, text) = (from.to_owned(), to.to_owned(), text.to_owned());
    NewMessage {
        from,
        to,
        text,
        ..NewMessage::default()
    }
}

pub fn relation(kind: RelationKind, source: &str, target: &str) -> Command {
    let (source, target) = (source.to_owned(), target.to_owned());
    Command::Relate(RelationChange {
        kind,
        source,
        target,
        on: true,
    })
}

#[test]
fn edits_make_a_chain_and_a_deletion_takes_all_of_it() {
    let mut stage = Stage::new();
    let first = post(&stage.post("@ada", "@brand helo", None)).id;
    let mut ids = vec![first];
    for n in 0..5 {
        let edit = Edit {
            post: first,
            text: format!("@brand hello {n}"),
        };
        ids.push(post(&stage.event(Command::Edit(edit))).id);
    }
    let newest = stage.world.find_post(first).unwrap().clone();
    assert_eq!(newest.history, ids);
    assert_eq!(newest.text, "@brand hello 4");
    assert_eq!(newest.conversation, first);
    assert_eq!(stage.world.posts().count(), 1);
    let again = Command::Edit(Edit {
        post: ids[2],
        text: "x".to_owned(),
    });
    assert_eq!(stage.apply(again).unwrap_err(), WorldError::NoEditsLeft);

    let deleted = stage.apply(Command::DeletePost { post: ids[3] }).unwrap();
    let told: Vec<XId> = deleted.iter().map(|event| event.fact.subject()).collect();
    assert_eq!(told, ids);
    assert!(stage.world.find_post(first).is_none());
    let late = stage.apply(Command::DeletePost { post: first });
    assert_eq!(late.unwrap_err(), WorldError::UnknownPost);

    let other = post(&stage.post("@ada", "hm", None)).id;
    stage.now += TimeDelta::hours(1);
    let late = Command::Edit(Edit {
        post: other,
        text: "x".to_owned(),
    });
    assert_eq!(stage.apply(late).unwrap_err(), WorldError::EditWindowClosed);
}

#[test]
fn a_refused_command_changes_nothing() {
    let mut stage = Stage::new();
    let id = post(&stage.post("@ada", "hm", None)).id;
    let like = || {
        Command::Like(Like {
            person: "@ben".to_owned(),
            post: id,
        })
    };
    stage.apply(like()).unwrap();
    let before = format!("{:?}", stage.world.find_post(id));
    let mixed = NewPost {
        repost: Some(id),
        ..say("@ben", "and text", None)
    };
    for (command, error) in [
        (like(), WorldError::AlreadyLiked),
        (
            Command::Post(say("@nobody", "x", None)),
            WorldError::UnknownPerson,
        ),
        (Command::Post(say("@ben", " ", None)), WorldError::Empty),
        (
            Command::Post(say("@ben", "x", Some(XId(1)))),
            WorldError::UnknownPost,
        ),
        (Command::Post(mixed), WorldError::MixedReferences),
        (
            Command::SendMessage(message("@ben", "@Ben", "x")),
            WorldError::SamePerson,
        ),
    ] {
        assert_eq!(stage.apply(command).unwrap_err(), error);
    }
    assert_eq!(format!("{:?}", stage.world.find_post(id)), before);
}

#[test]
fn a_long_post_is_cut_in_both_envelopes_and_whole_beside() {
    let mut stage = Stage::new();
    let text = format!("@brand {} #end", "word ".repeat(80));
    let event = stage.post("@ada", &text, None);
    let dialect = Dialect {
        blocked_flag: BlockedFlag::String,
        ..Dialect::default()
    };
    let body = aaa::body(&event, XId(11), &dialect).unwrap();
    let tweet = &body["tweet_create_events"][0];
    assert_eq!(body["user_has_blocked"], "false");
    assert_eq!(tweet["truncated"], true);
    assert_eq!(tweet["text"].as_str().unwrap().chars().count(), 140);
    assert_eq!(
        tweet["entities"]["urls"][0]["indices"],
        serde_json::json!([117, 140])
    );
    assert_eq!(tweet["extended_tweet"]["full_text"], text);
    assert_eq!(
        tweet["extended_tweet"]["entities"]["hashtags"][0]["text"],
        "end"
    );
    assert_ne!(
        tweet["id"].to_string(),
        tweet["id_str"].as_str().unwrap(),
        "rounded as X does"
    );

    let items = items(
        &event,
        Envelope::Xaa,
        &[XId(11)],
        &Watch::default(),
        &Dialect::default(),
    );
    let payload = &items[0].body["data"]["payload"];
    assert_eq!(payload["note_tweet"]["text"], text);
    assert_eq!(payload["text"].as_str().unwrap().chars().count(), 280);
    assert!(payload["entities"]["hashtags"].is_null());
}

#[test]
fn older_posts_keep_their_time_in_their_id() {
    let mut stage = Stage::new();
    let created_at = DateTime::from_timestamp_millis(1_510_000_000_000);
    let old = NewPost {
        created_at,
        ..say("@ada", "@brand old", None)
    };
    let ids: Vec<XId> = (0..3)
        .map(|_| post(&stage.event(Command::Post(old.clone()))).id)
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    for id in ids {
        assert_eq!(Some(x_sim::Snowflake::time_of(id)), created_at);
    }
}
