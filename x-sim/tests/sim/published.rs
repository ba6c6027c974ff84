//! Our bodies have the fields, and the kinds of values, of the bodies X has published.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;
use x_sim::{
    XId,
    payload::{Dialect, aaa, xaa},
    world::{
        Command, Edit, Event, Like, NewMessage, NewPost, ProfileChange, Receipt, RelationKind,
    },
};

use crate::world::{Stage, message, relation, say};

/// Last words of paths that depend on the person or post of the example.
const OPTIONAL: &[&str] = &[
    "profile_banner_url",
    "affiliation",
    "profile_geo_enrichment",
    "pinned_tweet_id",
    "location",
    "description",
    "most_recent_tweet_id",
    "unwound",
    "translator_type",
    "initiated_via",
    "matching_rules",
    "utc_offset",
    "expanded_url",
    "display_url",
    "display_text_range",
    "entities",
    "tag",
    "edit_controls",
    "in_reply_to_user_id",
    "in_reply_to_tweet_id",
    "timestamp_ms",
    "quoted_status",
    "user_has_blocked",
    "referenced_tweets",
    "source_app_id",
    "url",
    "extended_entities",
    "media",
];

type Shape = BTreeMap<String, BTreeSet<&'static str>>;

fn shape(value: &Value, path: &str, out: &mut Shape) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                shape(item, &format!("{path}/[]"), out);
            }
            "array"
        }
        Value::Object(map) => {
            for (key, field) in map {
                let is_id = key.bytes().all(|byte| byte.is_ascii_digit());
                let key = if is_id { "{id}" } else { key };
                shape(field, &format!("{path}/{key}"), out);
            }
            "object"
        }
    };
    out.entry(path.to_owned()).or_default().insert(kind);
}

fn differences(published: &Value, ours: &Value) -> Vec<String> {
    let (mut theirs, mut mine) = (Shape::new(), Shape::new());
    shape(published, "", &mut theirs);
    shape(ours, "", &mut mine);
    let optional = |path: &str| path.split('/').any(|part| OPTIONAL.contains(&part));
    let one_side = |a: &Shape, b: &Shape, sign: &str| -> Vec<String> {
        let only = a
            .keys()
            .filter(|path| !b.contains_key(*path) && !optional(path));
        only.map(|path| format!("{sign}{path}")).collect()
    };
    let mut found = one_side(&theirs, &mine, "missing ");
    found.extend(one_side(&mine, &theirs, "unknown "));
    for (path, kinds) in &theirs {
        let Some(mine) = mine.get(path) else { continue };
        let without_null = |kinds: &BTreeSet<&'static str>| -> BTreeSet<&'static str> {
            kinds
                .iter()
                .copied()
                .filter(|kind| *kind != "null")
                .collect()
        };
        let (a, b) = (without_null(kinds), without_null(mine));
        if !a.is_empty() && !b.is_empty() && a.is_disjoint(&b) {
            found.push(format!("{path}: {a:?} is {b:?}"));
        }
    }
    found
}

fn check(cases: &[(&str, Value)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/x-payloads");
    if !folder.is_dir() {
        println!("skipped: the published payloads are not here");
        return;
    }
    let mut found = Vec::new();
    for (name, ours) in cases {
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let published = serde_json::from_str(&text).unwrap();
        let mut wrong = differences(&published, ours);
        // The example's liker is a template's short user; live ones are whole.
        wrong.retain(|wrong| !wrong.starts_with("unknown /favorite_events/[]/user/"));
        found.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// One event of each kind; the brand is account 11.
struct Events {
    mention: Event,
    own: Event,
    reply: Event,
    quote: Event,
    repost: Event,
    like: Event,
    received: Event,
    sent: Event,
    photo: Event,
    deleted: Event,
    long: Event,
    typing: Event,
    read: Event,
    follow: Event,
    block: Event,
    bio: Event,
    revoked: Event,
    chat: Event,
}

fn events() -> Events {
    let mut stage = Stage::new();
    let pair = |from: &str, to: &str| Receipt {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let own = stage.post("@brand", "Hello", None);
    let id = own.fact.subject();
    let gone = stage.post("@brand", "Oops", None).fact.subject();
    let mention = stage.post("@ada", "hey @brand", None);
    let edit = Edit {
        post: mention.fact.subject(),
        text: "hey @brand!".to_owned(),
    };
    let bio = ProfileChange {
        person: "@brand".to_owned(),
        bio: Some("New".to_owned()),
        ..ProfileChange::default()
    };
    Events {
        reply: stage.post("@ada", "Great", Some(id)),
        quote: stage.event(Command::Post(NewPost {
            quote: Some(id),
            ..say("@ada", "So", None)
        })),
        repost: stage.event(Command::Post(NewPost {
            repost: Some(id),
            ..say("@ada", "", None)
        })),
        like: stage.event(Command::Like(Like {
            person: "@ada".to_owned(),
            post: id,
        })),
        received: stage.event(Command::SendMessage(message("@ada", "@brand", "hello!"))),
        sent: stage.event(Command::SendMessage(message("@brand", "@ada", "hi"))),
        photo: stage.event(Command::SendMessage(NewMessage {
            photo: true,
            ..message("@ada", "@brand", "")
        })),
        deleted: stage.event(Command::DeletePost { post: gone }),
        long: stage.post("@ada", &format!("@brand {}", "long ".repeat(99)), None),
        typing: stage.event(Command::Typing(pair("@ada", "@brand"))),
        read: stage.event(Command::Read(pair("@ada", "@brand"))),
        follow: stage.event(relation(RelationKind::Follow, "@ada", "@brand")),
        block: stage.event(relation(RelationKind::Block, "@brand", "@ben")),
        bio: stage.event(Command::ChangeProfile(bio)),
        revoked: stage.event(Command::Revoke {
            account: "@brand".to_owned(),
            app: None,
        }),
        chat: stage.event(Command::Chat(pair("@ada", "@brand"))),
        mention: stage.event(Command::Edit(edit)),
        own,
    }
}

#[test]
fn x_activity() {
    let e = events();
    let dialect = Dialect::default();
    let empty = Dialect {
        empty_includes_percent: 100,
        ..Dialect::default()
    };
    let body = |event, kind: &str| xaa::body(event, kind, XId(11), &dialect);
    let bare = |event, kind: &str| xaa::body(event, kind, XId(11), &empty);
    check(&[
        ("xaa.post.create", body(&e.own, "post.create")),
        (
            "xaa.post.mention.create",
            body(&e.mention, "post.mention.create"),
        ),
        (
            "captured.xaa.post.mention.create",
            body(&e.mention, "post.mention.create"),
        ),
        ("xaa.post.reply.create", bare(&e.reply, "post.reply.create")),
        ("xaa.post.quote.create", bare(&e.quote, "post.quote.create")),
        (
            "xaa.post.repost.create",
            bare(&e.repost, "post.repost.create"),
        ),
        ("xaa.post.delete", body(&e.deleted, "post.delete")),
        ("xaa.like.create", body(&e.like, "like.create")),
        ("xaa.dm.received", body(&e.received, "dm.received")),
        ("captured.xaa.dm.received", body(&e.received, "dm.received")),
        ("xaa.dm.sent", body(&e.sent, "dm.sent")),
        ("xaa.follow.follow", body(&e.follow, "follow.follow")),
        ("xaa.profile.update.bio", body(&e.bio, "profile.update.bio")),
        ("xaa.oauth.revoke", body(&e.revoked, "oauth.revoke")),
        ("xaa.chat.received", body(&e.chat, "chat.received")),
    ]);
}

#[test]
fn account_activity() {
    let e = events();
    let dialect = Dialect::default();
    let body = |event| aaa::body(event, XId(11), &dialect).unwrap();
    check(&[
        (
            "constructed.aaa.tweet_create_events.mention",
            body(&e.mention),
        ),
        ("constructed.aaa.tweet_create_events.post", body(&e.own)),
        ("constructed.aaa.favorite_events", body(&e.like)),
        ("aaa.direct_message_events", body(&e.sent)),
        (
            "constructed.aaa.direct_message_events.photo_attachment",
            body(&e.photo),
        ),
        ("aaa.direct_message_indicate_typing_events", body(&e.typing)),
        ("aaa.direct_message_mark_read_events", body(&e.read)),
        ("aaa.tweet_delete_events", body(&e.deleted)),
        ("aaa.user_event", body(&e.revoked)),
    ]);
    let list = |event, key: &str| body(event)[key][0].clone();
    assert_eq!(list(&e.block, "block_events")["type"], "block");
    assert_eq!(list(&e.follow, "follow_events")["type"], "follow");
    let long = list(&e.long, "tweet_create_events");
    assert!(long["extended_tweet"]["full_text"].is_string());
    let quote = list(&e.quote, "tweet_create_events");
    assert_eq!(
        quote["quoted_status"]["id_str"],
        quote["quoted_status_id_str"]
    );
    let repost = list(&e.repost, "tweet_create_events");
    assert_eq!(repost["retweeted_status"]["text"], "Hello");
}

#[test]
fn both_sides_of_each_disagreement() {
    let e = events();
    let other = Dialect {
        data_array: true,
        wrapped_users: true,
        str_twins: false,
        like_tweet_author_id: true,
        direction_received_sent: true,
        post_field_names: true,
        separate_undo_keys: true,
        tags: false,
        ..Dialect::default()
    };
    let like = xaa::body(&e.like, "like.create", XId(11), &other);
    let data = &like["data"][0];
    assert_eq!(data["payload"]["tweet_author_id"], "11");
    assert_eq!(data["filter"]["direction"], "received");
    assert_eq!(data["includes"]["users"][0]["data"]["id"], "21");
    assert!(data["tag"].is_null());
    let post = xaa::post_event(&e.mention, "post.mention.create", XId(11), &other).unwrap();
    let payload = &post["data"][0]["payload"];
    assert_eq!(
        payload["edit_history_post_ids"].as_array().unwrap().len(),
        2
    );
    assert!(payload["public_metrics"]["like_count_str"].is_null());
    let mut stage = Stage::new();
    let mut undo = relation(RelationKind::Follow, "@ada", "@brand");
    if let Command::Relate(change) = &mut undo {
        change.on = false;
    }
    let undone = aaa::body(&stage.event(undo), XId(11), &other).unwrap();
    assert_eq!(undone["unfollow_events"][0]["type"], "unfollow");
}
