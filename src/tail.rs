//! `earshot tail`: a topic as JSON lines, decoded by its schema; private texts masked.

use anyhow::Context as _;
use api::revealed::{self, Revealed};
use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use runtime::Exit;
use runtime::clock::Clock;
use runtime::config::Config;
use runtime::kafka::reader::read_all;
use runtime::registry::{Registry, resolve};
use runtime::stage::chain;
use schemas::records::{
    AccountLinked, CaseChanged, Enriched, FeedWorked, Interaction, Item, Quarantined, Received,
    Record, ReplyStepped,
};
use schemas::topics::{ALL, Privacy};
use schemas::wire::{Codec, WireError};
use serde_json::{Value, json};

use crate::deployment;

/// What to show.
#[derive(Args)]
pub struct Tail {
    /// Name of the topic, without prefix.
    topic: String,
    /// Only this organisation.
    #[arg(long)]
    org: Option<String>,
    /// Only records in which this stands as an id: of a post, a person, a case.
    #[arg(long, visible_alias = "person")]
    id: Option<String>,
    /// Only records that were written then or later, as 2026-11-27T09:00:00Z.
    #[arg(long)]
    since: Option<DateTime<Utc>>,
    /// Shows private texts, of the organisation that --org names; its audit says so.
    #[arg(long)]
    reveal: bool,
    /// Who looks, where the terminal is shared; the audit names the user of the terminal too.
    #[arg(long = "as", value_name = "NAME", requires = "reveal", value_parser = NonEmptyStringValueParser::new())]
    by: Option<String>,
}

/// Prints everything that is in the topic now.
pub fn run(config: &Config, tail: &Tail) -> anyhow::Result<()> {
    config.require("kafka.brokers")?;
    let topic = ALL.iter().find(|topic| topic.name == tail.topic).copied();
    let topic = topic.with_context(|| {
        let names: Vec<&str> = ALL.iter().map(|topic| topic.name).collect();
        format!(
            "unknown topic `{}`; one of {}",
            tail.topic,
            names.join(", ")
        )
    })?;
    let reveals = tail.reveal && topic.privacy == Privacy::PrivateText;
    let only = match (&tail.org, reveals) {
        (org, false) => org.clone(),
        (Some(org), true) => Some(reveal(config, tail, org)?),
        (None, true) => anyhow::bail!(Exit::Config(
            "--reveal needs --org: the audit of that organisation says who saw its texts".into()
        )),
    };
    let (codec, registry) = (Codec::own()?, Registry::of(config)?);
    let tokio = tokio::runtime::Runtime::new()?;
    let mut failed = None;
    let since = tail.since.map_or(i64::MIN, |at| at.timestamp_millis());
    read_all(&config.cluster(), topic, |record| {
        let at = (record.position.partition, record.position.offset);
        if record.appended_ms < since {
            return;
        }
        let Some(value) = record.value.as_deref() else {
            println!(
                "{}",
                json!({ "partition": at.0, "offset": at.1, "value": null })
            );
            return;
        };
        let read = |codec: &Codec| decode(codec, topic.record, value);
        let mut shown = match resolve(&codec, registry.as_ref(), tokio.handle(), read) {
            Ok(Ok(shown)) => shown,
            Ok(Err(error)) => json!({ "undecodable": error.to_string() }),
            Err(away) => {
                failed.get_or_insert(away);
                return;
            }
        };
        if topic.privacy == Privacy::PrivateText && !reveals {
            mask(&mut shown);
        }
        let org = only.as_ref().is_none_or(|org| shown["org"] == json!(org));
        let id = tail
            .id
            .as_ref()
            .is_none_or(|id| shown.to_string().contains(&format!("\"{id}\"")));
        if org && id {
            println!(
                "{}",
                json!({ "partition": at.0, "offset": at.1, "value": shown })
            );
        }
    })?;
    failed.map_or(Ok(()), |away| Err(away.into()))
}

// Before anything is read: whoever sees a private text is in the audit. The canonical name of the
// organisation.
fn reveal(config: &Config, tail: &Tail, org: &str) -> anyhow::Result<String> {
    let org = deployment::known(config, org)?;
    let url = config.require("database.url")?;
    let user = deployment::operator();
    let look = Revealed {
        org: &org,
        actor: &format!("cli:{}", tail.by.as_ref().unwrap_or(&user)),
        user: &user,
        topic: &tail.topic,
        id: tail.id.as_deref(),
        since: tail.since,
    };
    let written = async {
        let pool = runtime::pg::pool(&url, 1)?;
        revealed::write(&pool, &look, Clock::default().now()).await
    };
    deployment::tokio()?.block_on(written).map_err(|error| {
        let why = chain(&error);
        Exit::Dependency(format!(
            "--reveal: the audit of {org} cannot be written, so nothing is shown ({why}); check \
             database.url with `earshot doctor`"
        ))
    })?;
    Ok(org)
}

fn decode(codec: &Codec, record: &str, value: &[u8]) -> Result<Value, WireError> {
    match record {
        Received::NAME => {
            let received: Received = codec.decode(value)?;
            let payload = serde_json::from_slice(&received.payload).unwrap_or(Value::Null);
            let mut shown = show(&received);
            shown["payload"] = payload;
            Ok(shown)
        }
        Enriched::NAME => Ok(show(&codec.decode::<Enriched>(value)?)),
        Item::NAME => Ok(show(&codec.decode::<Item>(value)?)),
        Interaction::NAME => Ok(show(&codec.decode::<Interaction>(value)?)),
        AccountLinked::NAME => Ok(show(&codec.decode::<AccountLinked>(value)?)),
        CaseChanged::NAME => Ok(show(&codec.decode::<CaseChanged>(value)?)),
        FeedWorked::NAME => Ok(show(&codec.decode::<FeedWorked>(value)?)),
        ReplyStepped::NAME => Ok(show(&codec.decode::<ReplyStepped>(value)?)),
        _ => Ok(show(&codec.decode::<Quarantined>(value)?)),
    }
}

// Bytes are no JSON; a payload that is JSON is shown by the caller.
fn show<T: Record>(record: &T) -> Value {
    let mut shown = serde_json::to_value(record).unwrap_or(Value::Null);
    for bytes in ["payload", "context", "value", "key"] {
        if let Some(field) = shown.get_mut(bytes).filter(|field| field.is_array()) {
            *field = json!(format!("{} bytes", field.as_array().map_or(0, Vec::len)));
        }
    }
    shown
}

fn mask(shown: &mut Value) {
    match shown {
        Value::Object(fields) => {
            for (name, field) in fields {
                if ["text", "full_text"].contains(&name.as_str()) && field.is_string() {
                    *field = json!("(private)");
                } else {
                    mask(field);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(mask),
        _ => {}
    }
}
