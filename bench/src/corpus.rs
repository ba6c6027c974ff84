//! Real conversations, loaded as X would have delivered them: the brands' rows are outbound. The
//! corpora are third-party text, read from a folder that is not part of the project.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde::Deserialize;
use x_sim::XId;
use x_sim::payload::{Dialect, aaa, to_bytes, xaa};
use x_sim::world::{Command, Event, Fact, NewPerson, NewPost, Retention, World};

use crate::campaign;
use crate::oracle::{self, Report};
use crate::stack::{Org, Parts, Stack};
use crate::traffic::{Delivery, Expected, Key};

/// One post of a corpus.
#[derive(Debug, Clone)]
pub struct Turn {
    pub id: String,
    pub author: String,
    pub inbound: bool,
    pub at: DateTime<Utc>,
    pub text: String,
    pub answers: Option<String>,
}

/// What the corpora become: one organisation whose accounts are all the brands.
pub struct Loaded {
    pub org: Org,
    /// Handle and X id of each brand.
    pub accounts: Vec<(String, String)>,
    pub deliveries: Vec<Delivery>,
    pub expected: BTreeMap<Key, Expected>,
}

#[derive(Deserialize)]
struct Row {
    tweet_id: String,
    author_id: String,
    inbound: String,
    created_at: String,
    text: String,
    in_response_to_tweet_id: String,
}

/// `twcs/twcs_part.csv.gz`.
pub fn twcs(path: &Path) -> anyhow::Result<Vec<Turn>> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let mut turns = Vec::new();
    for row in rows.deserialize::<Row>() {
        let row = row?;
        let at = DateTime::parse_from_str(&row.created_at, "%a %b %d %H:%M:%S %z %Y")?;
        let answers = row.in_response_to_tweet_id.trim_end_matches(".0");
        turns.push(Turn {
            id: row.tweet_id,
            author: row.author_id,
            inbound: row.inbound == "True",
            at: at.to_utc(),
            text: row.text,
            answers: (!answers.is_empty()).then(|| answers.to_owned()),
        });
    }
    Ok(turns)
}

#[derive(Deserialize)]
struct Dialog {
    #[serde(rename = "dialogHeader")]
    header: DialogHeader,
    #[serde(rename = "dialogContent")]
    content: Vec<DialogTurn>,
    #[serde(rename = "agentURL")]
    answer: DialogAnswer,
}

#[derive(Deserialize)]
struct DialogHeader {
    company: String,
}

#[derive(Deserialize)]
struct DialogTurn {
    client: Option<String>,
    datetime: DateTime<Utc>,
    message: String,
    #[serde(rename = "tweet_ID")]
    id: String,
}

#[derive(Deserialize)]
struct DialogAnswer {
    #[serde(rename = "tweet_ID")]
    id: String,
    url_utterance: String,
}

/// `ibm_cdp/dev.json.gz`: each turn answers the one before it.
pub fn ibm(path: &Path) -> anyhow::Result<Vec<Turn>> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let dialogs: Vec<Dialog> = serde_json::from_str(&text)?;
    let mut turns = Vec::new();
    for dialog in dialogs {
        let mut before: Option<(String, DateTime<Utc>)> = None;
        let company = dialog.header.company;
        for turn in dialog.content {
            let inbound = turn.client.is_some();
            turns.push(Turn {
                id: turn.id.clone(),
                author: turn.client.unwrap_or_else(|| company.clone()),
                inbound,
                at: turn.datetime,
                text: turn.message,
                answers: before.map(|(id, _)| id),
            });
            before = Some((turn.id, turn.datetime));
        }
        if let Some((last, at)) = before {
            turns.push(Turn {
                id: dialog.answer.id,
                author: company,
                inbound: false,
                at: at + chrono::TimeDelta::minutes(5),
                text: dialog.answer.url_utterance,
                answers: Some(last),
            });
        }
    }
    Ok(turns)
}

/// Both corpora of a folder.
pub fn folder(folder: &Path) -> anyhow::Result<Loaded> {
    let mut turns = twcs(&folder.join("twcs/twcs_part.csv.gz"))?;
    turns.extend(ibm(&folder.join("ibm_cdp/dev.json.gz"))?);
    load(turns, Org::new("corpus", "a0", "9000000000"))
}

/// Delivers everything with duplicates and in disorder, and recounts rows, threads and topics.
pub fn prove(place: (&Path, &Path), parts: &Parts, loaded: Loaded) -> anyhow::Result<Report> {
    let org = Org {
        accounts: loaded.accounts.clone(),
        ..loaded.org.clone()
    };
    let only = [
        "ingest",
        "enrich",
        "case-linker",
        "relay",
        "interaction-writer",
    ];
    // A broker may hold the topics of an earlier run.
    let prefix = format!("corpus-{}.", uuid::Uuid::new_v4().simple());
    let mut stack = Stack::start(place, parts, (&prefix, &[org]), &[], &only)?;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2)?
    };
    stack.await_hooks()?;
    let mut bodies = loaded.deliveries;
    let mut rng = StdRng::seed_from_u64(5);
    let again: Vec<Delivery> = bodies
        .iter()
        .filter(|_| rng.random_bool(0.05))
        .cloned()
        .collect();
    bodies.extend(again);
    bodies.shuffle(&mut rng);
    let rate = 500.0;
    let count = bodies.len();
    campaign::deliver(&mut stack, bodies, rate, |_| Ok(()))?;
    eprintln!(
        "{count} bodies; {}",
        stack.metrics("ingest", "earshot_ingest_")
    );
    let settle = std::time::Duration::from_mins(2);
    let settled = tokio.block_on(oracle::settled(&pool, &loaded.expected, settle, || {
        stack.tick()
    }))?;
    let mut report = tokio.block_on(oracle::check_tables(&pool, &loaded.expected))?;
    report.merge(tokio.block_on(oracle::check_threads(&pool, &loaded.expected))?);
    report.merge(tokio.block_on(oracle::check_topics(&stack.cluster, &pool))?);
    if !settled {
        report.say("not everything came within two minutes".to_owned());
    }
    stack.stop();
    Ok(report)
}

/// Renders the turns in both envelopes and notes what must come out.
pub fn load(mut turns: Vec<Turn>, org: Org) -> anyhow::Result<Loaded> {
    turns.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let mut loader = Loader::new(org);
    // A brand is whoever writes outbound.
    for turn in turns.iter().filter(|turn| !turn.inbound) {
        let id = loader.person(&turn.author)?;
        if !loader
            .brands
            .iter()
            .any(|(handle, _)| *handle == turn.author)
        {
            loader.brands.push((turn.author.clone(), id));
        }
    }
    // An answer may stand before what it answers in the same second.
    let mut waiting = turns;
    while !waiting.is_empty() {
        let known: std::collections::HashSet<String> =
            waiting.iter().map(|turn| turn.id.clone()).collect();
        let (ready, later): (Vec<Turn>, Vec<Turn>) = waiting.into_iter().partition(|turn| {
            turn.answers
                .as_ref()
                .is_none_or(|parent| !known.contains(parent) || *parent == turn.id)
        });
        if ready.is_empty() {
            anyhow::bail!("{} rows answer each other in a circle", later.len());
        }
        for turn in ready {
            loader.post(&turn)?;
        }
        waiting = later;
    }
    Ok(loader.finish())
}

// X escapes these three in what it sends; an item has the text as it was written.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

struct Loader {
    org: Org,
    world: World,
    rng: StdRng,
    people: HashMap<String, XId>,
    posts: HashMap<String, XId>,
    brands: Vec<(String, XId)>,
    deliveries: Vec<Delivery>,
    expected: BTreeMap<Key, Expected>,
}

impl Loader {
    fn new(org: Org) -> Self {
        let all = usize::MAX;
        Self {
            org,
            world: World::new(Retention {
                people: all,
                posts: all,
                messages: all,
            }),
            rng: StdRng::seed_from_u64(1),
            people: HashMap::new(),
            posts: HashMap::new(),
            brands: Vec::new(),
            deliveries: Vec::new(),
            expected: BTreeMap::new(),
        }
    }

    // Ids and handles are ours: those of the corpus are masked or belong to real people.
    fn person(&mut self, author: &str) -> anyhow::Result<XId> {
        if let Some(id) = self.people.get(author) {
            return Ok(*id);
        }
        let n = self.people.len() as u64;
        let id = XId(9_000_000_000 + n);
        let person = NewPerson {
            handle: format!("a{n}"),
            id: Some(id),
            ..NewPerson::default()
        };
        self.world
            .apply(Command::AddPerson(person), Utc::now(), &mut self.rng)?;
        self.people.insert(author.to_owned(), id);
        Ok(id)
    }

    fn post(&mut self, turn: &Turn) -> anyhow::Result<()> {
        let author = self.person(&turn.author)?;
        let answers = turn
            .answers
            .as_ref()
            .and_then(|id| self.posts.get(id))
            .copied();
        let post = NewPost {
            author: author.to_string(),
            text: turn.text.clone(),
            reply_to: answers,
            created_at: Some(turn.at),
            ..NewPost::default()
        };
        let events = self
            .world
            .apply(Command::Post(post), turn.at, &mut self.rng)?;
        for event in events {
            self.posts.insert(turn.id.clone(), event.fact.subject());
            self.render(turn, answers.is_some(), &event);
        }
        Ok(())
    }

    fn render(&mut self, turn: &Turn, reply: bool, event: &Event) {
        let Fact::PostCreated { post } = &event.fact else {
            return;
        };
        let dialect = Dialect::default();
        let own = self
            .brands
            .iter()
            .find(|(handle, _)| *handle == turn.author);
        let account = own
            .or(self.brands.first())
            .map_or(post.author, |(_, id)| *id);
        let kind = match (turn.inbound, reply) {
            (false, _) => "post.create",
            (true, true) => "post.reply.create",
            (true, false) => "post.mention.create",
        };
        if let Some(body) = xaa::post_event(event, kind, account, &dialect) {
            let body = to_bytes(&body, &dialect, post.id.0);
            self.deliveries.push(Delivery { org: 0, body });
        }
        if let Some(body) = aaa::body(event, account, &dialect) {
            let body = to_bytes(&body, &dialect, post.id.0);
            self.deliveries.push(Delivery { org: 0, body });
        }
        let expected = Expected {
            content: true,
            author: post.author.to_string(),
            inbound: turn.inbound,
            thread: post.conversation.to_string(),
            text: unescape(&post.text),
            posted_at: turn.at,
            ..Expected::default()
        };
        self.expected
            .insert((self.org.id.clone(), "post", post.id.to_string()), expected);
    }

    fn finish(self) -> Loaded {
        let handle =
            |(_, id): &(String, XId)| (format!("a{}", id.0 - 9_000_000_000), id.to_string());
        Loaded {
            org: self.org,
            accounts: self.brands.iter().map(handle).collect(),
            deliveries: self.deliveries,
            expected: self.expected,
        }
    }
}
