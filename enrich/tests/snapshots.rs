//! What comes out, whole. What is null or empty is left out.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::enriched;
use serde_json::Value;

/// One line for each field; the fields of the content one by one.
fn shown(name: &str) -> String {
    let mut fact = serde_json::to_value(enriched(name)).unwrap();
    let content = fact["content"].take();
    let lines = fields("", &fact).chain(fields("content.", &content));
    lines.collect::<Vec<_>>().join("\n")
}

fn fields<'a>(prefix: &'a str, object: &'a Value) -> impl Iterator<Item = String> + 'a {
    let fields = object.as_object().into_iter().flatten();
    fields.filter_map(move |(name, value)| match without_nulls(value) {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(all) if all.is_empty() => None,
        Value::Array(all) => {
            let all: Vec<_> = all.iter().map(|one| format!("\n  {one}")).collect();
            Some(format!("{prefix}{name}:{}", all.concat()))
        }
        value => Some(format!("{prefix}{name}: {value}")),
    })
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(without_nulls).collect(),
        Value::Object(all) => {
            let said = all.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        value => value.clone(),
    }
}

#[test]
fn a_reply_with_a_photo() {
    insta::assert_snapshot!(shown("aaa.tweet_create_events.reply"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000007"
    backfill: false
    counts: {"likes":0,"observed_at":1786557600000000,"quotes":0,"replies":0,"reposts":0}
    fact: "item"
    item_id: "5937ba99-1950-5656-896a-08f2b24453ad"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000007"
    posted_at: 1786557600000000
    profiles:
      {"avatar_url":"https://pbs.example/mara_holt_normal.jpg","description":"Rides to work.","followers":1840,"following":120,"handle":"mara_holt","joined_at":1551513600000000,"location":"Ghent","name":"Mara Holt","observed_at":1786557600000000,"protected":false,"tweets":5210,"verified":false,"x_id":"2000000000000000007"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087599998366646279"
    content.direction: "inbound"
    content.in_reply_to_x_id: "5000000000000000009"
    content.influence: 0.4475
    content.lang: "en"
    content.media:
      {"alt_text":"A bicycle lamp in two pieces","height":900,"media_key":"1955700000000000001","media_type":"photo","url":"https://pbs.example/media/lamp.jpg","width":1200}
    content.mentions:
      {"end":11,"handle":"LumenBikes","start":0,"x_id":"5000000000000000009"}
    content.parent_x_id: "2087587415454646275"
    content.post_type: "reply"
    content.priority_terms:
      {"name":"followers","value":0.4664}
      {"name":"negative","value":0.2949}
      {"name":"question","value":1.0}
    content.sentiment: {"confidence":0.2949,"label":"negative","model":"vader-sentimental","score":-0.5362,"version":"0.1.3"}
    content.tags:
      {"end":84,"start":74,"tag":"LumenFail"}
    content.text: "@LumenBikes 🚲 lamp & lock both broken after 2 days 😡 where is my refund?? #LumenFail https://t.co/lampbroken1"
    content.text_complete: true
    content.urls:
      {"display_url":"pic.x.com/lampbroken1","end":109,"expanded_url":"https://x.com/mara_holt/status/2087599998366646279/photo/1","start":85,"url":"https://t.co/lampbroken1"}
    content.version_id: "2087599998366646279"
    content.version_ids:
      "2087599998366646279"
    "#);
}

#[test]
fn a_mention() {
    insta::assert_snapshot!(shown("xaa.post.mention.create"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000011"
    backfill: false
    counts: {"likes":0,"observed_at":1786557900000000,"quotes":0,"replies":0,"reposts":0}
    fact: "item"
    item_id: "eda39a8c-2100-5857-af32-75a399461465"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000011"
    posted_at: 1786557900000000
    profiles:
      {"avatar_url":"https://pbs.example/teo_brandt_normal.jpg","description":"","followers":96,"following":120,"handle":"teo_brandt","joined_at":1551513600000000,"location":"","name":"Teo Brandt","observed_at":1786557900000000,"protected":false,"tweets":310,"verified":false,"verified_type":"none","x_id":"2000000000000000011"}
      {"avatar_url":"https://pbs.example/LumenBikes_normal.jpg","description":"Bicycles & lights.","followers":48200,"following":120,"handle":"LumenBikes","joined_at":1551513600000000,"location":"Antwerp","name":"Lumen Bikes","observed_at":1786557900000000,"protected":false,"tweets":9100,"verified":true,"verified_type":"business","x_id":"5000000000000000009"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087601256657846273"
    content.conversation_id: "2087601256657846273"
    content.direction: "inbound"
    content.in_reply_to_x_id: "5000000000000000009"
    content.influence: 0.2769
    content.lang: "en"
    content.mentions:
      {"end":11,"handle":"LumenBikes","start":0,"x_id":"5000000000000000009"}
    content.post_type: "mention"
    content.priority_terms:
      {"name":"followers","value":0.2838}
      {"name":"question","value":0.5}
    content.sentiment: {"confidence":0.0,"label":"neutral","model":"vader-sentimental","score":0.0,"version":"0.1.3"}
    content.text: "@LumenBikes do you ship to Norway"
    content.text_complete: true
    content.version_id: "2087601256657846273"
    content.version_ids:
      "2087601256657846273"
    "#);
}

#[test]
fn a_repost() {
    insta::assert_snapshot!(shown("xaa.post.repost.create"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000007"
    backfill: false
    counts: {"likes":0,"observed_at":1786558200000000,"quotes":0,"replies":0,"reposts":3}
    fact: "item"
    item_id: "566343f9-fdf4-5fdd-b14d-1556c56247b0"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000007"
    posted_at: 1786558200000000
    profiles:
      {"avatar_url":"https://pbs.example/mara_holt_normal.jpg","description":"Rides to work.","followers":1840,"following":120,"handle":"mara_holt","joined_at":1551513600000000,"location":"Ghent","name":"Mara Holt","observed_at":1786558200000000,"protected":false,"tweets":5210,"verified":false,"verified_type":"none","x_id":"2000000000000000007"}
      {"avatar_url":"https://pbs.example/LumenBikes_normal.jpg","description":"Bicycles & lights.","followers":48200,"following":120,"handle":"LumenBikes","joined_at":1551513600000000,"location":"Antwerp","name":"Lumen Bikes","observed_at":1786558200000000,"protected":false,"tweets":9100,"verified":true,"verified_type":"business","x_id":"5000000000000000009"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087602514949046276"
    content.conversation_id: "2087602514949046276"
    content.direction: "inbound"
    content.influence: 0.4475
    content.lang: "en"
    content.mentions:
      {"end":14,"handle":"LumenBikes","start":3,"x_id":"5000000000000000009"}
      {"end":173,"handle":"teo_brandt","start":162,"x_id":"2000000000000000011"}
    content.post_type: "repost"
    content.priority_terms:
      {"name":"followers","value":0.4664}
    content.repost_of_x_id: "2087464102917046274"
    content.sentiment: {"confidence":0.3995,"label":"positive","model":"vader-sentimental","score":0.7263,"version":"0.1.3"}
    content.tags:
      {"end":208,"start":194,"tag":"FireflyRecall"}
    content.text: "RT @LumenBikes: Our spring recall is over: every lamp of the Firefly series was checked, & 214 of them were replaced free of charge. Thank you for your patience, @teo_brandt and everybody else! #FireflyRecall"
    content.text_complete: true
    content.version_id: "2087602514949046276"
    content.version_ids:
      "2087602514949046276"
    "#);
}

#[test]
fn a_message_with_a_photo() {
    insta::assert_snapshot!(shown("aaa.direct_message_events.photo"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000011"
    backfill: false
    fact: "item"
    item_id: "bb31a259-e6de-5e20-8d6e-5831f84e17d3"
    kind: "message"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000011"
    posted_at: 1786558800000000
    profiles:
      {"avatar_url":"https://pbs.example/teo_brandt_normal.jpg","description":"","followers":96,"following":120,"handle":"teo_brandt","joined_at":1551513600000000,"location":"","name":"Teo Brandt","observed_at":1786558800000000,"protected":false,"tweets":310,"verified":false,"x_id":"2000000000000000011"}
      {"avatar_url":"https://pbs.example/LumenBikes_normal.jpg","description":"Bicycles & lights.","followers":48200,"following":120,"handle":"LumenBikes","joined_at":1551513600000000,"location":"Antwerp","name":"Lumen Bikes","observed_at":1786558800000000,"protected":false,"tweets":9100,"verified":true,"x_id":"5000000000000000009"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087605031531446281"
    content.conversation_id: "2000000000000000011-5000000000000000009"
    content.direction: "inbound"
    content.influence: 0.2769
    content.lang: "de"
    content.media:
      {"height":1440,"media_key":"1955700000000000077","media_type":"photo","url":"https://ton.example/1.1/ton/data/dm/2087605031531446281/1955700000000000077/Beleg.jpg","width":1080}
    content.post_type: "message"
    content.priority_terms:
      {"name":"followers","value":0.2838}
      {"name":"urgent_words","value":0.5}
      {"name":"private","value":1.0}
    content.recipient_x_id: "5000000000000000009"
    content.text: "Hier mein Beleg für die Lampe, bitte dringend prüfen! https://t.co/belegfoto1"
    content.text_complete: true
    content.urls:
      {"display_url":"pic.x.com/belegfoto1","end":77,"expanded_url":"https://x.com/messages/media/2087605031531446281","start":54,"url":"https://t.co/belegfoto1"}
    content.version_id: "2087605031531446281"
    content.version_ids:
      "2087605031531446281"
    "#);
}

#[test]
fn a_long_post() {
    insta::assert_snapshot!(shown("aaa.tweet_create_events.extended"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000007"
    backfill: false
    counts: {"likes":0,"observed_at":1786561200000000,"quotes":0,"replies":0,"reposts":0}
    fact: "item"
    item_id: "d447c9f7-a039-55b1-9e24-f0613a1dc649"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000007"
    posted_at: 1786561200000000
    profiles:
      {"avatar_url":"https://pbs.example/mara_holt_normal.jpg","description":"Rides to work.","followers":1840,"following":120,"handle":"mara_holt","joined_at":1551513600000000,"location":"Ghent","name":"Mara Holt","observed_at":1786561200000000,"protected":false,"tweets":5210,"verified":false,"x_id":"2000000000000000007"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087615097861046277"
    content.direction: "inbound"
    content.in_reply_to_x_id: "5000000000000000009"
    content.influence: 0.4475
    content.lang: "en"
    content.mentions:
      {"end":11,"handle":"LumenBikes","start":0,"x_id":"5000000000000000009"}
    content.post_type: "mention"
    content.priority_terms:
      {"name":"followers","value":0.4664}
    content.sentiment: {"confidence":0.1987,"label":"positive","model":"vader-sentimental","score":0.3612,"version":"0.1.3"}
    content.text: "@LumenBikes I have written three mails since June and nobody answers: the frame of my Firefly 28 cracked at the weld, in traffic, and I would like to know who pays for the doctor. Photos and the bill are at https://t.co/firefly28ab"
    content.text_complete: true
    content.urls:
      {"display_url":"mara-holt.example/firefly","end":231,"expanded_url":"https://mara-holt.example/firefly","start":207,"url":"https://t.co/firefly28ab"}
    content.version_id: "2087615097861046277"
    content.version_ids:
      "2087615097861046277"
    "#);
}

#[test]
fn a_like() {
    insta::assert_snapshot!(shown("xaa.like.create"), @r#"
    account: "5000000000000000009"
    author_id: "2000000000000000007"
    backfill: false
    counts: {"likes":17,"observed_at":1786568400000000,"quotes":1,"replies":5,"reposts":2}
    fact: "counts"
    item_id: "5937ba99-1950-5656-896a-08f2b24453ad"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000007"
    posted_at: 1786557600000000
    profiles:
      {"avatar_url":"https://pbs.example/mara_holt_normal.jpg","description":"Rides to work.","followers":1840,"following":120,"handle":"mara_holt","joined_at":1551513600000000,"location":"Ghent","name":"Mara Holt","observed_at":1786568400000000,"protected":false,"tweets":5210,"verified":false,"verified_type":"none","x_id":"2000000000000000007"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087599998366646279"
    "#);
}

#[test]
fn a_deletion() {
    insta::assert_snapshot!(shown("aaa.tweet_delete_events"), @r#"
    account: "5000000000000000009"
    author_id: "5000000000000000009"
    backfill: false
    deleted_at: 1786572000000000
    fact: "delete"
    item_id: "713e791b-58d9-504c-a3f0-d080c7c9eeee"
    kind: "post"
    op: "erase"
    org: "lumen"
    person_id: "5000000000000000009"
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2087464102917046274"
    "#);
}

#[test]
fn a_change_of_a_profile() {
    insta::assert_snapshot!(shown("xaa.profile.update.bio"), @r#"
    account: "5000000000000000009"
    backfill: false
    fact: "profile"
    item_id: "01f90748-4fbc-5a45-a819-8ab27c2421bc"
    kind: "post"
    op: "upsert"
    org: "lumen"
    person_id: "2000000000000000007"
    profiles:
      {"description":"Walks to work.","observed_at":1786600800000000,"x_id":"2000000000000000007"}
    received_at: 1786600800000000
    recorded_at: 1786600800000000
    revision: 0
    source: "webhook"
    x_id: "2000000000000000007"
    "#);
}

#[test]
fn a_cut_post_says_so() {
    let cut = enriched("aaa.tweet_create_events.cut").content.unwrap();
    assert!(!cut.text_complete && cut.text.contains('…'));
    assert!(
        enriched("aaa.tweet_create_events.extended")
            .content
            .unwrap()
            .text_complete
    );
}
