//! The forms that load, those that do not, and what is said about them.

use secrecy::ExposeSecret as _;

use super::{ConfigError, Organisations, Problem, Tier, parse, parse_file, parse_pairs};

/// The sample of the process guide, blanks of the web page included.
const GUIDE: &str = "socialConfig.exampleorg-us={ &nbsp;&nbsp;\"orgId\": \"exampleOrg-us\", \
&nbsp;&nbsp;\"X/TwitterConfig\": { &nbsp;&nbsp;&nbsp;&nbsp;\"pageId\": \"samplePageId\", \
&nbsp;&nbsp;&nbsp;&nbsp;\"X/TwitterConsumerKey\": \"xxxxx\",&nbsp; \
&nbsp;&nbsp;&nbsp;&nbsp;\"X/TwitterConsumerSecret\": \"xxxx\", \
&nbsp;&nbsp;&nbsp;&nbsp;\"X/TwitterAccessTokenId\": \"xxxxx-xx\", \
&nbsp;&nbsp;&nbsp;&nbsp;\"X/TwitterAccessTokenSecret\": \"xxxx\" &nbsp;&nbsp;} }";

const KEYS: &str = r#""XConsumerKey":"hush-key","XConsumerSecret":"hush-consumer",
  "XAccessTokenId":"42-hush-token","XAccessTokenSecret":"hush-token-secret""#;

fn org(name: &str, inner: &str) -> String {
    format!("socialConfig.{name}={{\"orgId\":\"{name}\",{inner}}}\n")
}

fn brand(settings: &str) -> String {
    let social = org(
        "acme",
        &format!(r#""XConfig":{{"pageId":"acme_help",{KEYS}}}"#),
    );
    format!("{social}earshot.acme={{{settings}}}\n")
}

fn errors(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn only(orgs: &Organisations) -> &super::OrgConfig {
    let mut all = orgs.iter();
    let first = all.next().unwrap();
    assert!(all.next().is_none());
    first
}

#[test]
fn the_sample_of_the_guide_loads_unchanged() {
    let lines = GUIDE
        .replace(", ", ",\n")
        .replace("&nbsp;&nbsp;\"", "\u{a0}\u{a0}\"");
    for text in [
        GUIDE,
        &lines,
        &lines.replace('\n', "\r\n"),
        &lines.replace('\n', " \\\n"),
    ] {
        let orgs = parse(text).unwrap();
        let org = only(&orgs);
        assert_eq!(org.org_id, "exampleOrg-us");
        let account = &org.accounts[0];
        assert_eq!(account.page_id, "samplePageId");
        assert_eq!(account.access_token.expose_secret(), "xxxxx-xx");
        assert_eq!(account.x_id, None);
        assert_eq!(orgs.warnings().len(), 1);
        assert!(orgs.get("EXAMPLEORG-US").is_some());
    }
}

#[test]
fn the_names_of_the_network_are_one() {
    for name in [
        "X/TwitterConfig",
        "TwitterConfig",
        "XConfig",
        "twitterConfig",
        "xConfig",
        "x/twitterconfig",
    ] {
        for prefix in ["X/Twitter", "Twitter", "X", "x", "twitter"] {
            let keys = KEYS.replace("\"X", &format!("\"{prefix}"));
            let text = org(
                "acme",
                &format!(r#""{name}":{{"pageId":"@acme_help",{keys}}}"#),
            );
            let orgs = parse(&text).unwrap();
            let account = &only(&orgs).accounts[0];
            assert_eq!(account.page_id, "acme_help", "{name} {prefix}");
            assert_eq!(account.x_id.as_deref(), Some("42"));
            assert_eq!(account.consumer_secret.expose_secret(), "hush-consumer");
        }
    }
}

#[test]
fn other_properties_and_comments_are_not_ours() {
    let text = format!(
        "# comment {{\n! another\nserver.port=80\nother={{\n \"orgId\": \"no\"\n}}\nlong = a\\\n socialConfig.no={{}}\n{}# end",
        brand("")
    );
    assert_eq!(only(&parse(&text).unwrap()).org_id, "acme");
}

#[test]
fn braces_inside_texts_do_not_count() {
    let text = org("acme", &format!(r#""XConfig":{{"pageId":"a",{KEYS}}}"#))
        .replace("hush-key", r#"{{\"}&nbsp;{"#);
    let orgs = parse(&text).unwrap();
    assert_eq!(
        only(&orgs).accounts[0].consumer_key.expose_secret(),
        "{{\"}&nbsp;{"
    );
}

#[test]
fn an_organisation_may_have_several_accounts() {
    let two = format!(
        r#""XConfig":[{{"pageId":"one",{KEYS}}}],"accounts":[{{"pageId":"two","xId":"77",{KEYS}}}]"#
    );
    let text = org("acme", &two)
        + r#"earshot.ACME={"x_ids":{"@One":"11"},"consumer_secrets":["hush-old"]}"#;
    let orgs = parse(&text).unwrap();
    let org = only(&orgs);
    assert_eq!(org.x_ids().collect::<Vec<_>>(), ["11", "77"]);
    let secrets: Vec<_> = org
        .consumer_secrets()
        .iter()
        .map(|s| s.expose_secret())
        .collect();
    assert_eq!(secrets, ["hush-consumer", "hush-old"]);
}

#[test]
fn settings_have_defaults_and_take_values() {
    let orgs = parse(&brand("")).unwrap();
    let defaults = &only(&orgs).settings;
    assert_eq!(
        (
            defaults.reopen_days,
            defaults.undo_send_s,
            defaults.wait_target_min
        ),
        (30, 5, 60)
    );
    assert_eq!(
        (
            defaults.modes.poll_s,
            defaults.modes.webhook,
            defaults.mask_pii
        ),
        (60, true, true)
    );
    let text = brand(
        r#""tier":"enterprise","time_zone":"Europe/Berlin","modes":{"stream":true,"poll_s":0},
        "priority":{"negative":2.5},"budget_usd_day":{"warn":5,"slow":10},"retention_days":90,
        "capabilities":{"like":false},"silence_alarm":{"enabled":false},"api":{"rate":5},
        "oauth2":{"client_id":"c","secret":"hush-oauth","refresh":"hush-refresh"}"#,
    );
    let orgs = parse(&text).unwrap();
    let set = &only(&orgs).settings;
    assert_eq!(
        (set.tier, set.time_zone),
        (Tier::Enterprise, chrono_tz::Europe::Berlin)
    );
    assert_eq!(
        (set.priority.of("negative"), set.priority.of("sla")),
        (2.5, 1.0)
    );
    assert_eq!(
        (set.modes.stream, set.modes.poll_s, set.api.rate),
        (true, 0, 5)
    );
    assert_eq!(
        (set.capabilities.like, set.capabilities.reply),
        (Some(false), None)
    );
    assert_eq!(
        (set.retention_days, set.budget_usd_day.slow),
        (Some(90), Some(10.0))
    );
}

#[test]
fn toml_says_the_same() {
    let text = r#"
[org.exampleOrg-us]
time_zone = "Europe/Berlin"
wait_target_min = 15
[[org.exampleOrg-us.accounts]]
page_id = "@samplePageId"
consumer_key = "k"
consumer_secret = "s"
access_token = "42-t"
access_token_secret = "ts"
"#;
    let orgs = parse_file("/etc/earshot/orgs.TOML", text).unwrap();
    let org = only(&orgs);
    assert_eq!(
        (org.org_id.as_str(), org.settings.wait_target_min),
        ("exampleOrg-us", 15)
    );
    assert_eq!(
        (org.accounts[0].page_id.as_str(), org.x_ids().next()),
        ("samplePageId", Some("42"))
    );
    let broken = parse_file("a.toml", "[org.a]\nhush-bad")
        .unwrap_err()
        .to_string();
    assert_eq!(broken, "toml: not valid TOML at line 2");
}

#[test]
fn a_key_value_store_is_read_either_way() {
    let pairs = [
        (
            "config/com-manh-cp-social/socialConfig.exampleorg-us",
            GUIDE.split_once('=').unwrap().1,
        ),
        (
            "config/com-manh-cp-social/application.properties",
            &brand("") as &str,
        ),
    ];
    let orgs = parse_pairs(pairs).unwrap();
    let ids: Vec<_> = orgs.iter().map(|org| org.org_id.as_str()).collect();
    assert_eq!(ids, ["acme", "exampleOrg-us"]);
}

#[test]
fn a_wrong_setting_is_named_with_what_to_do() {
    for (text, expected) in [
        (
            String::new(),
            "socialConfig: no organisation; add socialConfig.<org>={…}",
        ),
        (
            brand(r#""repost_active":true"#),
            "organisation acme, earshot.repost_active: unknown key, did you mean reposts_active?",
        ),
        (
            brand(r#""undo_send_s":61"#),
            "organisation acme, earshot.undo_send_s: expected a number from 0 to 60",
        ),
        (
            brand(r#""undo_send_s":1.5"#),
            "organisation acme, earshot.undo_send_s: expected a whole number",
        ),
        (
            brand(r#""modes":{"poll_s":5}"#),
            "organisation acme, earshot.modes.poll_s: expected 0 (never) or 60 and more",
        ),
        (
            brand(r#""time_zone":"Berlin""#),
            "organisation acme, earshot.time_zone: expected an IANA name, such as Europe/Berlin",
        ),
        (
            brand(r#""mask_pii":"yes""#),
            "organisation acme, earshot.mask_pii: expected true or false, without quotes",
        ),
        (
            brand(r#""api":{"rate":1,"rate":2}"#),
            "organisation acme, earshot.api.rate: written twice (X/Twitter, Twitter and X are the same); keep one",
        ),
    ] {
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn a_wrong_account_is_named_with_what_to_do() {
    for (text, expected) in [
        (
            brand("").replace(r#""orgId":"acme""#, r#""orgId":"acmee""#),
            "organisation acme, orgId: may differ from the name of its entry in case only; make them alike",
        ),
        (
            brand("").replace(r#""orgId":"acme","#, ""),
            "organisation acme, orgId: missing; add it",
        ),
        (
            brand("").replace("\"XAccessTokenSecret\":\"hush-token-secret\"", "\"x\":1"),
            "organisation acme, X/TwitterConfig.X/TwitterAccessTokenSecret: missing; add it; organisation acme, X/TwitterConfig.x: unknown key, did you mean xId?",
        ),
        (
            brand("").replace("XConfig", "TwiterConfig"),
            "organisation acme, X/TwitterConfig: missing; add it; organisation acme, TwiterConfig: unknown key, did you mean X/TwitterConfig?",
        ),
    ] {
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn a_wrong_entry_is_named_with_what_to_do() {
    let config = format!(r#""XConfig":{{"pageId":"a",{KEYS}}}"#);
    for (text, expected) in [
        (
            org("a/b", &config),
            "organisation a/b, orgId: expected 1 to 64 letters, digits, dots, dashes, underscores",
        ),
        (
            org("acme", &config) + &org("Acme", &config),
            "organisation Acme, socialConfig.Acme: configured twice; keep one",
        ),
        (
            "earshot.acme={}".to_owned(),
            "organisation acme, earshot: settings without socialConfig.acme; add it",
        ),
        (
            "socialConfig.acme=yes".to_owned(),
            "organisation acme, socialConfig.acme: line 1: expected an object, socialConfig.acme={…}",
        ),
        (
            "\nsocialConfg.acme={}".to_owned(),
            "socialConfg.acme: line 2: unknown property, did you mean socialConfig.<org>?",
        ),
        (
            brand("") + "socialConfig.b={\n\"orgId\" \"b\"}",
            "organisation b, socialConfig.b: not valid JSON at line 5, column 9; check quotes, commas and braces",
        ),
        (
            brand("") + "socialConfig.b={\"",
            "organisation b, socialConfig.b: object of line 4 has no closing brace; check quotes and braces",
        ),
        (
            brand("").replace("}}\n", "}}} \n"),
            "organisation acme, socialConfig.acme: line 2: text after the closing brace; remove it",
        ),
    ] {
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn each_organisation_is_told_its_own_part_of_what_is_wrong() {
    let of = |org: &str, key: &str| Problem {
        org: org.to_owned(),
        key: key.to_owned(),
        what: "wrong".to_owned(),
    };
    let problems = vec![of("Acme", "tier"), of("bolt", "modes"), of("acme", "api")];
    let error = ConfigError { problems };
    assert_eq!(
        error.told_to("acme"),
        "organisation Acme, tier: wrong; organisation acme, api: wrong"
    );
    assert_eq!(
        error.told_to("juniper"),
        "another organisation's part is wrong, and a change is taken whole or not at all"
    );
    let problems = vec![of("", "toml")];
    assert_eq!(ConfigError { problems }.told_to("acme"), "toml: wrong");
}

#[test]
fn secrets_are_listed_in_one_order_and_none_is_left_out() {
    let good = brand(
        r#""consumer_secrets":["hush-old"],"oauth2":{"client_id":"c","secret":"hush-o","refresh":"hush-r"}"#,
    );
    let orgs = parse(&good).unwrap();
    let all: Vec<&str> = only(&orgs).secrets().collect();
    assert_eq!(all.len(), 7, "four of the account");
    assert_eq!(all[4..], ["hush-o", "hush-r", "hush-old"]);
}

#[test]
fn no_secret_is_ever_shown() {
    let good = brand(
        r#""consumer_secrets":["hush-old"],"oauth2":{"client_id":"c","secret":"hush-o","refresh":"hush-r"}"#,
    );
    let shown = format!("{:?}", parse(&good).unwrap());
    assert!(
        shown.contains("acme_help") && !shown.contains("hush"),
        "{shown}"
    );
    // Break the text at every place and in several ways: whatever is said, no secret is in it.
    for (at, _) in good.char_indices() {
        for piece in ["", "\"", "{", "}", ",", ":", "[", " ", "\u{a0}"] {
            let (before, after) = good.split_at(at);
            let texts = [
                format!("{before}{piece}{after}"),
                format!("{before}{piece}"),
            ];
            for text in texts {
                if let Err(error) = parse(&text) {
                    let said = format!("{error} {error:?}");
                    assert!(!said.contains("hush-"), "{said}");
                }
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(socialConfig\\.a=|earshot\\.|[{}\":,\\\\#\n\u{a0} ]|&nbsp;|orgId|\\PC){0,40}") {
        let parsed = (parse(&text), parse_file("a.toml", &text));
        proptest::prop_assert!(parsed.0.is_err() || text.contains("orgId"));
    }
}
