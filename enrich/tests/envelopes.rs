//! One item is the same item whichever way X sent it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{content, enriched, example};
use schemas::records::{Content, Enriched};

/// What must not depend on the envelope. X says the conversation of a post, the key of a picture
/// and the kind of a verified mark in version 2 alone.
fn essence(fact: &Enriched) -> (Enriched, Content) {
    let content = fact.content.clone().unwrap();
    let media = content.media.iter().cloned().map(|mut media| {
        media.media_key = media.media_key.trim_start_matches("3_").to_owned();
        media
    });
    let essence = Content {
        media: media.collect(),
        influence: 0.0,
        priority_terms: Vec::new(),
        conversation_id: content
            .conversation_id
            .filter(|_| fact.kind == schemas::Kind::Message),
        ..content
    };
    let fact = Enriched {
        source: String::new(),
        content: None,
        counts: None,
        profiles: Vec::new(),
        ..fact.clone()
    };
    (fact, essence)
}

#[test]
fn a_post_or_message_is_the_same_in_every_envelope() {
    for (one, other) in [
        ("xaa.post.reply.create", "aaa.tweet_create_events.reply"),
        ("xaa.post.repost.create", "aaa.tweet_create_events.repost"),
        ("xaa.dm.received", "aaa.direct_message_events.photo"),
        ("xaa.dm.received", "v2.dm_event"),
    ] {
        assert_eq!(
            essence(&enriched(one)),
            essence(&enriched(other)),
            "{one} {other}"
        );
    }
}

#[test]
fn a_post_is_the_same_by_whichever_event_it_came() {
    let reply = enriched("xaa.post.reply.create");
    for event in ["post.mention.create", "post.create", "post.quote.create"] {
        let mut received = example("xaa.post.reply.create");
        received.event = event.to_owned();
        assert_eq!(
            enrich::enrich(&received).unwrap(),
            std::slice::from_ref(&reply),
            "{event}"
        );
    }
}

#[test]
fn facts_about_a_post_share_its_key_and_partition() {
    let reply = enriched("xaa.post.reply.create");
    for like in ["xaa.like.create", "aaa.favorite_events"] {
        let like = enriched(like);
        assert_eq!(like.item_id, reply.item_id);
        assert_eq!(enrich::routing(&like), enrich::routing(&reply));
        assert_eq!(like.counts, enriched("xaa.like.create").counts);
        assert!(like.content.is_none());
    }
    let post = enriched("xaa.post.create");
    for deletion in ["xaa.post.delete", "aaa.tweet_delete_events"] {
        let deletion = enriched(deletion);
        assert_eq!(deletion.item_id, post.item_id);
        assert_eq!(enrich::routing(&deletion), enrich::routing(&post));
        assert_eq!(
            (deletion.op.as_str(), deletion.fact.as_str()),
            ("erase", "delete")
        );
        assert!(deletion.content.is_none() && deletion.profiles.is_empty());
    }
}

#[test]
fn both_sides_of_a_talk_have_one_person_and_one_partition() {
    let (asked, answered) = (enriched("xaa.dm.received"), enriched("xaa.dm.sent"));
    assert_eq!(asked.person_id, answered.person_id);
    assert_eq!(enrich::routing(&asked), enrich::routing(&answered));
    assert_eq!(
        enrich::routing(&asked).1,
        "2000000000000000011-5000000000000000009"
    );
    assert_eq!(content("xaa.dm.received").direction, "inbound");
    let answer = content("xaa.dm.sent");
    assert_eq!(answer.direction, "outbound");
    assert!(answer.priority_terms.is_empty());
}

#[test]
fn an_edit_keeps_the_identity_of_the_first_version() {
    let edited = enriched("v2.post.note");
    let content = edited.content.unwrap();
    assert_eq!(
        content.version_ids,
        [edited.x_id.as_str(), content.version_id.as_str()]
    );
    assert_ne!(content.version_id, edited.x_id);
    assert_eq!(
        edited.item_id,
        schemas::ids::item("lumen", schemas::Kind::Post, &edited.x_id)
    );
    assert!(
        content.text.ends_with("deux fois."),
        "the whole text, not the cut one"
    );
    assert_eq!(content.post_type, "quote");
    assert_eq!(
        content.mentions[0].x_id.as_deref(),
        Some("5000000000000000009")
    );
}

#[test]
fn a_number_that_was_rounded_is_never_an_id() {
    let payload = r#"{"id":2087599998366646300,"text":"hi","user":{"id":2000000000000000000}}"#;
    let mut received = example("aaa.tweet_create_events.reply");
    received.payload = payload.into();
    assert_eq!(
        enrich::enrich(&received).unwrap_err().reason(),
        "malformed-post"
    );
    let reply = enriched("aaa.tweet_create_events.reply");
    assert_eq!(reply.x_id, "2087599998366646279");
    assert_eq!(reply.author_id, "2000000000000000007");
}

#[test]
fn a_post_without_an_author_goes_by_its_own_id() {
    let mut received = example("v2.post.note");
    received.payload = br#"{"data":[{"id":"77","text":"hi"}],"errors":[]}"#.into();
    let facts = enrich::enrich(&received).unwrap();
    assert_eq!(enrich::routing(&facts[0]), ("lumen", "77"));
    assert_eq!(facts[0].posted_at, None);
}

#[test]
fn a_group_has_no_other_side() {
    let mut received = example("v2.dm_event");
    received.payload = br#"{"data":{"id":"5","event_type":"MessageCreate","sender_id":"8",
        "text":"a","dm_conversation_id":"1578398451921985538"}}"#
        .into();
    let fact = &enrich::enrich(&received).unwrap()[0];
    assert_eq!(enrich::routing(fact).1, "1578398451921985538");
    assert_eq!(fact.content.as_ref().unwrap().recipient_x_id, None);
    assert_eq!(fact.person_id, "8");
}

#[test]
fn a_user_that_was_looked_up_is_a_profile() {
    let mut received = example("v2.dm_event");
    received.event = "user".to_owned();
    let user = r#"{"data":{"id":"7","username":"ada","public_metrics":{"followers_count":3}}}"#;
    received.payload = user.as_bytes().to_vec();
    let facts = enrich::enrich(&received).unwrap();
    assert_eq!((facts.len(), facts[0].fact.as_str()), (1, "profile"));
    assert_eq!(facts[0].person_id, "7");
    let profile = &facts[0].profiles[0];
    assert_eq!(
        (profile.handle.as_deref(), profile.followers),
        (Some("ada"), Some(3))
    );
    received.payload = br#"{"data":{"username":"ada"}}"#.to_vec();
    let refused = enrich::enrich(&received).unwrap_err();
    assert_eq!(refused.reason(), "malformed-profile");
}
