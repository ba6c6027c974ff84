//! Lookups, mentions, search.

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Sim, app, brand, encode};

fn ids(body: &Value) -> Vec<String> {
    let list = body["data"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn users_by_every_path() {
    let sim = Sim::start(Tier::SelfServe).await;
    let one = sim
        .get(
            &app(),
            "/2/users/by/username/ADA?user.fields=public_metrics,created_at",
        )
        .await;
    assert_eq!(one["data"]["id"], "21");
    assert_eq!(one["data"]["public_metrics"]["followers_count"], 0);
    assert!(
        one["data"]["description"].is_null(),
        "only what was asked for"
    );
    let many = sim.get(&app(), "/2/users?ids=11,999").await;
    assert_eq!(ids(&many), ["11"]);
    assert_eq!(many["errors"][0]["resource_id"], "999");
    assert_eq!(many["errors"][0]["resource_type"], "user");
    let names = sim
        .get(&app(), "/2/users/by?usernames=ben,nobody_here")
        .await;
    assert_eq!(ids(&names), ["22"]);
    assert_eq!(names["errors"][0]["value"], "nobody_here");
    sim.control(
        Method::POST,
        "/profiles",
        json!({"person": "@ben", "suspended": true}),
    )
    .await;
    let gone = sim.get(&app(), "/2/users/22").await;
    assert!(gone["data"].is_null());
    assert_eq!(
        gone["errors"][0]["detail"],
        "User has been suspended: [22]."
    );
    for path in [
        "/2/users/abc",
        "/2/users/12345678901234567890",
        "/2/users?ids=",
        "/2/users?ids=1&ids=2",
        "/2/users?ids=1&unknown=2",
        "/2/users?ids=1&user.fields=shoe_size",
        "/2/users/by/username/no-hyphens",
    ] {
        let (status, problem) = sim.call(&app(), Method::GET, path, None).await;
        assert_eq!(status, 400, "{path}");
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .ends_with("/invalid-request"),
            "{path}"
        );
        assert!(problem["errors"][0]["message"].is_string(), "{path}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn posts_with_fields_expansions_and_what_is_missing() {
    let sim = Sim::start(Tier::SelfServe).await;
    let root = sim.says("@ada", "@brand where is it?", None).await;
    let reply = sim.says("@brand", "On its way", Some(&root)).await;
    let hidden = sim.says("@ben", "secret", None).await;
    sim.control(
        Method::POST,
        "/profiles",
        json!({"person": "@ben", "protected": true}),
    )
    .await;
    let path = format!(
        "/2/tweets?ids={root},{reply},{hidden},5&tweet.fields=conversation_id,public_metrics,\
         referenced_tweets&expansions=author_id,referenced_tweets.id"
    );
    let found = sim.get(&app(), &path).await;
    assert_eq!(ids(&found), [root.clone(), reply.clone()]);
    assert_eq!(found["data"][1]["conversation_id"], json!(root));
    assert_eq!(found["data"][0]["public_metrics"]["reply_count"], 1);
    assert_eq!(
        found["data"][1]["referenced_tweets"][0]["type"],
        "replied_to"
    );
    assert_eq!(found["includes"]["users"].as_array().unwrap().len(), 2);
    assert_eq!(found["includes"]["tweets"][0]["id"], json!(root));
    let kinds: Vec<&str> = found["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["type"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(kinds, ["not-authorized-for-resource", "resource-not-found"]);
    let bare = sim.get(&app(), &format!("/2/tweets/{root}")).await;
    let mut keys: Vec<&String> = bare["data"].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["edit_history_tweet_ids", "id", "text"]);
    sim.control(Method::POST, "/deletes", json!({"post": root}))
        .await;
    let gone = sim.get(&app(), &format!("/2/tweets/{root}")).await;
    assert_eq!(gone["errors"][0]["resource_id"], json!(root));
    sim.control(
        Method::PUT,
        "/dialect",
        json!({"post_field_names": true, "problem_host_x": true}),
    )
    .await;
    let other = sim
        .get(
            &app(),
            &format!("/2/tweets?ids={reply},5&post.fields=referenced_posts"),
        )
        .await;
    assert!(other["data"][0]["edit_history_post_ids"].is_array());
    assert!(other["data"][0]["referenced_posts"].is_array());
    assert!(
        other["errors"][0]["type"]
            .as_str()
            .unwrap()
            .starts_with("https://api.x.com/")
    );
    sim.stop().await;
}

#[tokio::test]
async fn mentions_page_backwards_and_begin_after_since_id() {
    let sim = Sim::start(Tier::SelfServe).await;
    let mut made = Vec::new();
    for n in 0..12 {
        made.push(sim.says("@ada", &format!("@brand number {n}"), None).await);
    }
    sim.says("@ada", "nobody named", None).await;
    let path = format!("/2/users/11/mentions?max_results=5&since_id={}", made[1]);
    let first = sim.get(&brand(), &path).await;
    let mut seen = ids(&first);
    assert_eq!(first["meta"]["newest_id"], json!(made[11]));
    assert_eq!(first["meta"]["result_count"], 5);
    let mut next = first["meta"]["next_token"].as_str().map(str::to_owned);
    let mut pages = 1;
    while let Some(token) = next {
        let page = sim
            .get(&app(), &format!("{path}&pagination_token={token}"))
            .await;
        seen.extend(ids(&page));
        next = page["meta"]["next_token"].as_str().map(str::to_owned);
        pages += 1;
    }
    made.reverse();
    assert_eq!((pages, seen.as_slice()), (2, &made[..10]));
    let none = sim
        .get(
            &app(),
            &format!("/2/users/11/mentions?since_id={}", made[0]),
        )
        .await;
    assert!(none["data"].is_null());
    assert_eq!(none["meta"]["result_count"], 0);
    let (status, _) = sim
        .call(
            &app(),
            Method::GET,
            "/2/users/11/mentions?max_results=4",
            None,
        )
        .await;
    assert_eq!(status, 400);
    let (status, _) = sim
        .call(
            &app(),
            Method::GET,
            "/2/users/11/mentions?pagination_token=x",
            None,
        )
        .await;
    assert_eq!(status, 400);
    sim.stop().await;
}

#[tokio::test]
async fn search_reaches_back_seven_days() {
    let sim = Sim::start(Tier::SelfServe).await;
    let root = sim.says("@ada", "@brand mon café est fermé", None).await;
    let reply = sim.says("@brand", "Quel magasin ?", Some(&root)).await;
    sim.control(
        Method::POST,
        "/posts",
        json!({"author": "@ben", "repost": root}),
    )
    .await;
    for (query, expected) in [
        (
            format!("conversation_id:{root}"),
            vec![reply.clone(), root.clone()],
        ),
        ("@brand".to_owned(), vec![root.clone()]),
        ("to:ada".to_owned(), vec![reply.clone()]),
        ("from:11".to_owned(), vec![reply.clone()]),
        ("cafe".to_owned(), vec![root.clone()]),
        (
            "magasin OR fermé".to_owned(),
            vec![reply.clone(), root.clone()],
        ),
        ("@brand -fermé".to_owned(), vec![]),
        ("\"est fermé\" -👍".to_owned(), vec![root.clone()]),
    ] {
        let path = format!("/2/tweets/search/recent?query={}", encode(&query));
        // Signed, so that the encoding of queries is tried, too.
        let body = sim.get(&brand(), &path).await;
        let found: Vec<String> = ids(&body);
        let found: Vec<String> = found
            .into_iter()
            .filter(|id| *id == root || *id == reply)
            .collect();
        assert_eq!(found, expected, "{query}: {body}");
    }
    for query in ["", "is%3Areply", "bio%3Acat", "cat%20sample%3A10"] {
        let path = format!("/2/tweets/search/recent?query={query}");
        let (status, _) = sim.call(&app(), Method::GET, &path, None).await;
        assert_eq!(status, 400, "{query}");
    }
    sim.advance(7 * 86_400).await;
    let old = sim
        .get(&app(), "/2/tweets/search/recent?query=%40brand")
        .await;
    assert_eq!(old["meta"]["result_count"], 0);
    sim.stop().await;
}

#[test]
fn the_readme_shows_a_configuration_that_is_taken() {
    let readme = include_str!("../../README.md");
    let start = readme.find("```json\n").unwrap() + 8;
    let end = start + readme[start..].find("```").unwrap();
    let config: x_sim::Config = serde_json::from_str(&readme[start..end]).unwrap();
    x_sim::Sim::new(config).unwrap();
}
