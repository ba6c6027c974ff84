//! The demo: two invented companies, a stand-in for X that plays their conversations, and a live
//! view of what comes out.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use api::http::auth::Role;
use runtime::config::Config;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::deployment;

mod users;

/// Organisation, handle, X id, envelope, name and followers.
type Brand = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, u32),
);
/// What `x-sim` knows its brands by.
const BRANDS: &[Brand] = &[
    (
        "northwind",
        "northwindgear",
        "1498213377015349251",
        "xaa",
        ("Northwind Outfitters", 48_210),
    ),
    (
        "juniper",
        "juniperoak",
        "1511706921468432394",
        "aaa",
        ("Juniper & Oak", 21_744),
    ),
];
/// Kind, code and label: a case needs a reason.
const CODES: &[(&str, &str, &str)] = &[
    ("reason", "late-delivery", "Late delivery"),
    ("reason", "damaged", "Damaged on arrival"),
    ("reason", "question", "Question before buying"),
    ("resolution", "replaced", "Replacement sent"),
    ("resolution", "refunded", "Refunded"),
];
const SHOW_EVERY: Duration = Duration::from_secs(3);

pub struct Demo {
    sim_config: PathBuf,
    keys: PathBuf,
    users: PathBuf,
}

impl Demo {
    /// Writes the organisations' configuration and the simulator's, with secrets of this demo.
    pub fn prepare(config: &mut Config, every: f64) -> anyhow::Result<Self> {
        let dir = PathBuf::from(config.text("local.dir")).join("demo");
        let orgs = dir.join("social.properties");
        let sim_config = dir.join("x-sim.json");
        let hooks = config.text("hooks.addr");
        let mut properties = String::new();
        let (mut webhooks, mut people, mut apps) = (Vec::new(), Vec::new(), Vec::new());
        for (org, handle, x_id, envelope, shown) in BRANDS {
            let secret = Uuid::new_v4().simple().to_string();
            write!(
                properties,
                "socialConfig.{org}={{\n  \"orgId\": \"{org}\",\n  \"X/TwitterConfig\": {{\n    \
                 \"pageId\": \"{handle}\",\n    \"X/TwitterConsumerKey\": \"demo-{org}\",\n    \
                 \"X/TwitterConsumerSecret\": \"{secret}\",\n    \"X/TwitterAccessTokenId\": \
                 \"{x_id}-demo\",\n    \"X/TwitterAccessTokenSecret\": \"demo\"\n  }}\n}}\n"
            )?;
            let (name, followers) = shown;
            people.push(json!({ "handle": handle, "id": x_id, "name": name,
                "followers": followers, "keep": true }));
            apps.push(json!({
                "key": format!("demo-{org}"),
                "secret": secret,
                "users": [{
                    "user": format!("@{handle}"),
                    "oauth1": { "token": format!("{x_id}-demo"), "secret": "demo" },
                }],
            }));
            webhooks.push(json!({
                "url": format!("http://{hooks}/hooks/x/{org}"),
                "secret": secret,
                "envelope": envelope,
                "accounts": [format!("@{handle}")],
                "watch": ["*"],
            }));
        }
        super::write_private(&orgs, &properties)?;
        let sim = json!({
            "listen": config.text("x.base_url").trim_start_matches("http://"),
            "people": people,
            "api": { "apps": apps, "own_media": true },
            "seed": std::process::id(),
            "allow_loopback_http": true,
            "webhooks": webhooks,
            "play": { "running": true, "every_seconds": every },
            "faults": { "duplicate_percent": 5, "reorder_window": 5 },
        });
        super::write_private(&sim_config, &sim.to_string())?;
        config.set("org_source", format!("file:{}", orgs.display()), "demo")?;
        config.set("log.level", "info".to_owned(), "demo")?;
        Ok(Self {
            sim_config,
            keys: dir.join("keys.json"),
            users: dir.join("users.json"),
        })
    }

    /// The simulator's process.
    pub fn x_sim(&self, config: &Config) -> anyhow::Result<Command> {
        let path = self
            .sim_config
            .to_str()
            .context("path of the local directory")?;
        super::command(config, &["x-sim", "--sim-config", path])
    }

    /// Makes users and a key for each company, prints how to look, and shows what comes out from now on.
    pub fn show(&self, config: &Config) -> anyhow::Result<()> {
        let base = format!("http://{}/api/v1", config.text("desk.addr"));
        let mut keys = Vec::new();
        let mut kept = serde_json::Map::new();
        for (org, ..) in BRANDS {
            let lead = deployment::demo_key(config, org, Role::Lead)?;
            let analyst = deployment::demo_key(config, org, Role::Analyst)?;
            kept.insert(
                (*org).to_owned(),
                json!({ "lead": lead, "analyst": analyst }),
            );
            keys.push((*org, lead));
        }
        super::write_private(&self.keys, &Value::Object(kept).to_string())?;
        let users = users::ensure(config, &self.users)?;
        println!("\nThe desk: {}  Sign in as", deployment::desk_url(config));
        for user in users.values().flatten() {
            let messages = if user.messages {
                ""
            } else {
                ", no private messages"
            };
            println!(
                "  {:24} {}   {} ({}{messages})",
                user.email,
                user.password,
                user.name,
                user.role.as_str()
            );
        }
        println!("  (kept in {})", self.users.display());
        println!(
            "\nThe API listens on {base}. Keys are in {}. Try:",
            self.keys.display()
        );
        for (_, key) in &keys {
            println!("  curl -H 'Authorization: Bearer {key}' '{base}/threads?tab=active'");
        }
        println!();
        std::thread::Builder::new()
            .name("live".into())
            .spawn(move || live(&base, &keys))?;
        Ok(())
    }
}

fn live(base: &str, keys: &[(&str, String)]) {
    let Ok(tokio) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return;
    };
    let http = reqwest::Client::new();
    let mut shown = std::collections::HashSet::new();
    let mut coded = std::collections::HashSet::new();
    loop {
        std::thread::sleep(SHOW_EVERY);
        for (org, key) in keys {
            let get = |path: &str| {
                let request = http.get(format!("{base}{path}")).bearer_auth(key);
                tokio.block_on(async move { request.send().await?.json::<Value>().await })
            };
            // An API that is just starting again is asked again.
            let (Ok(tiles), Ok(threads)) = (get("/tiles"), get("/threads?tab=active&sort=newest"))
            else {
                continue;
            };
            if coded.insert(*org) {
                for code in CODES {
                    let request = http.post(format!("{base}/codes")).bearer_auth(key);
                    let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
                    let (kind, code, label) = code;
                    let body = json!({ "kind": kind, "code": code, "label": label });
                    // A second demo on the same data finds them there already.
                    drop(tokio.block_on(request.json(&body).send()));
                }
            }
            let number = |tile: &str| tiles[tile]["count"].as_i64().unwrap_or_default();
            println!(
                "{org:10} Active {:4}   Done Today {:4}   X Today {:4}",
                number("active"),
                number("done_today"),
                number("x_today")
            );
            for row in threads["items"].as_array().into_iter().flatten().take(3) {
                let key = row["item_id"].to_string();
                if shown.insert(key) {
                    let text: String = row["text"]
                        .as_str()
                        .unwrap_or_default()
                        .chars()
                        .take(70)
                        .collect();
                    let handle = row["person"]["handle"].as_str().unwrap_or_default();
                    println!("{:10}   @{handle}: {}", "", text.replace('\n', " "));
                }
            }
        }
    }
}
