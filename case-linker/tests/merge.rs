//! The merge is a join: whatever arrives in whatever order and however often, the row is the same.
#![expect(clippy::unwrap_used, reason = "tests")]

use case_linker::merge::{join, merge, sighting};
use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use schemas::records::{
    Content, Counts, Enriched, Item, Media, MentionEntity, PriorityTerm, Profile, Sentiment,
    TagEntity, UrlEntity,
};

// Lengths differ: a version is greater by number, not by letter.
const VERSIONS: [&str; 3] = ["998", "1001", "1002"];

fn at(second: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + i64::from(second), 0).unwrap()
}

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::of(select(values)).prop_map(|value| value.map(str::to_owned))
}

prop_compose! {
    fn ids()(
        conversation in maybe(&["998", "7"]), parent in maybe(&["7"]), quoted in maybe(&["8"]),
        repost in maybe(&["9"]), answered in maybe(&["30", "31"]), recipient in maybe(&["30"]),
    ) -> Content {
        Content {
            conversation_id: conversation,
            parent_x_id: parent,
            quoted_x_id: quoted,
            repost_of_x_id: repost,
            in_reply_to_x_id: answered,
            recipient_x_id: recipient,
            ..Content::default()
        }
    }
}

prop_compose! {
    fn marks()(
        url in option::of(select(&["https://a.example", "https://b.example"][..])),
        mention in maybe(&["30"]), tag in any::<bool>(),
        media in vec(select(&["m1", "m2"][..]), 0..2), alt in maybe(&["a loaf"]),
        score in option::of(-2..2_i32), terms in vec(select(&["question", "negative"][..]), 0..3),
    ) -> Content {
        Content {
            urls: url.map(|url| UrlEntity { url: url.to_owned(), ..UrlEntity::default() }).into_iter().collect(),
            mentions: vec![MentionEntity { x_id: mention, ..MentionEntity::default() }],
            tags: if tag { vec![TagEntity::default()] } else { Vec::new() },
            media: media.into_iter().map(|key| Media {
                media_key: key.to_owned(), alt_text: alt.clone(), ..Media::default()
            }).collect(),
            sentiment: score.map(|score| Sentiment { score: f64::from(score) / 2.0, ..Sentiment::default() }),
            priority_terms: terms.into_iter().map(|name| PriorityTerm { name: name.to_owned(), value: 0.5 }).collect(),
            ..Content::default()
        }
    }
}

prop_compose! {
    fn content()(
        ids in ids(), marks in marks(), version in 0..VERSIONS.len(), history in any::<bool>(),
        complete in any::<bool>(), text in select(&["the bread", "the bread was stale", "the bread is dry"][..]),
        lang in maybe(&["en", "de"]), direction in select(&["inbound", "outbound"][..]),
        post_type in select(&["post", "mention", "reply", "quote", "repost", "message"][..]),
        influence in 0..3_i32,
    ) -> Content {
        let known = if history { &VERSIONS[..=version] } else { &VERSIONS[version..=version] };
        Content {
            version_id: VERSIONS[version].to_owned(),
            version_ids: known.iter().map(|id| (*id).to_owned()).collect(),
            text: format!("{text} ({version})"),
            text_complete: complete,
            lang,
            direction: direction.to_owned(),
            post_type: post_type.to_owned(),
            influence: f64::from(influence) / 4.0,
            urls: marks.urls, mentions: marks.mentions, tags: marks.tags, media: marks.media,
            sentiment: marks.sentiment, priority_terms: marks.priority_terms,
            ..ids
        }
    }
}

fn counts() -> impl Strategy<Value = Counts> {
    (0..4_u32, 0..3_i64, 0..3_i64).prop_map(|(second, likes, replies)| Counts {
        observed_at: at(second),
        likes,
        replies,
        reposts: likes * 2,
        quotes: 0,
    })
}

prop_compose! {
    fn profile()(handle in maybe(&["bo", "bo_b"]), name in maybe(&["Bo"]), followers in option::of(0..9_i64)) -> Profile {
        Profile { x_id: "20".to_owned(), handle, name, followers, ..Profile::default() }
    }
}

#[derive(Debug, Clone)]
enum What {
    Item(Box<Content>, Option<Counts>),
    Counts(Counts),
    Deletion(u32),
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        8 => (content(), option::of(counts())).prop_map(|(c, n)| What::Item(Box::new(c), n)),
        3 => counts().prop_map(What::Counts),
        1 => (0..4_u32).prop_map(What::Deletion),
    ]
}

prop_compose! {
    fn fact()(
        what in what(), source in select(&["webhook", "stream", "poll"][..]),
        account in select(&["30", "31"][..]), received in 0..5_u32, posted in option::of(0..3_u32),
        backfill in any::<bool>(), named in any::<bool>(), profile in option::of(profile()),
    ) -> Enriched {
        let (name, content, counts, deleted_at) = match what {
            What::Item(content, counts) => ("item", Some(*content), counts, None),
            What::Counts(counts) => ("counts", None, Some(counts), None),
            What::Deletion(second) => ("delete", None, None, Some(at(second))),
        };
        let whole = content.is_some();
        let x_id = content.as_ref().map_or(VERSIONS[0], |c| c.version_ids[0].as_str());
        Enriched {
            org: "bakery".to_owned(),
            x_id: x_id.to_owned(),
            fact: name.to_owned(),
            author_id: if whole || named { "20" } else { "" }.to_owned(),
            // A later fact takes the author for the person; of a message the other side is.
            person_id: if whole { "21" } else if named { "20" } else { "" }.to_owned(),
            source: source.to_owned(),
            account: account.to_owned(),
            received_at: at(received),
            posted_at: posted.map(at),
            profiles: profile.into_iter().collect(),
            backfill, content, counts, deleted_at,
            ..Enriched::default()
        }
    }
}

fn fold(history: &[Enriched]) -> Item {
    let mut item = sighting(&history[0]);
    for fact in &history[1..] {
        merge(&mut item, fact);
    }
    // Of the stamps of a first writing nothing is decided.
    item.recorded_at = DateTime::default();
    item
}

fn joined(a: &Item, b: &Item) -> Item {
    let mut all = a.clone();
    join(&mut all, b.clone());
    all.recorded_at = DateTime::default();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_and_any_duplication_end_in_the_same_row(
        history in vec(fact(), 1..8),
        again in vec(any::<Index>(), 0..8),
        seed in any::<u64>(),
    ) {
        let expected = fold(&history);
        let mut other = history.clone();
        other.extend(again.iter().map(|index| index.get(&history).clone()));
        shuffle(&mut other, seed);
        prop_assert_eq!(fold(&other), expected);
    }

    #[test]
    fn rows_join_in_any_grouping(
        a in vec(fact(), 1..4), b in vec(fact(), 1..4), c in vec(fact(), 1..4),
    ) {
        let (a, b, c) = (fold(&a), fold(&b), fold(&c));
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a);
    }

    #[test]
    fn a_deletion_leaves_nothing_that_the_author_wrote_or_showed(
        history in vec(fact(), 0..8), second in 0..4_u32, place in any::<Index>(),
    ) {
        let deletion = Enriched {
            fact: "delete".to_owned(), x_id: VERSIONS[0].to_owned(), deleted_at: Some(at(second)),
            ..Enriched::default()
        };
        let mut history = history;
        history.insert(place.index(history.len() + 1), deletion);
        let item = fold(&history);
        prop_assert_eq!(&item.op, "erase");
        let shown = serde_json::to_string(&item).unwrap();
        for word in ["bread", "bo_b", "\"bo\"", "\"Bo\"", "example", "loaf", "m1", "m2", "question"] {
            prop_assert!(!shown.contains(word), "{word} is left: {shown}");
        }
    }
}

// Fisher and Yates, by a small generator of our own: the order must be shrinkable with the case.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let other = usize::try_from(seed >> 33).unwrap() % (last + 1);
        items.swap(last, other);
    }
}

#[test]
fn fuller_text_wins_within_a_version_and_the_newest_version_over_all() {
    let told = |version: usize, text: &str, complete: bool| Enriched {
        fact: "item".into(),
        x_id: VERSIONS[0].into(),
        content: Some(Content {
            version_id: VERSIONS[version].into(),
            text: text.into(),
            text_complete: complete,
            ..Content::default()
        }),
        ..Enriched::default()
    };
    let whole = told(0, "the bread was stale", true);
    let cut = told(0, "the bread was stale, and long in its ways…", false);
    let edited = told(1, "bread!", false);
    for (history, text) in [
        (vec![cut.clone(), whole.clone()], "the bread was stale"),
        (vec![whole.clone(), cut.clone()], "the bread was stale"),
        (vec![edited.clone(), whole.clone(), cut], "bread!"),
        (vec![whole, edited], "bread!"),
    ] {
        assert_eq!(fold(&history).text, text);
    }
}
