//! `earshot tail`: a topic as JSON lines, decoded by its schema; private texts masked.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Args;
use runtime::config::Config;
use runtime::kafka::reader::read_all;
use runtime::registry::{Registry, resolve};
use schemas::records::{
    AccountLinked, CaseChanged, Enriched, FeedWorked, Interaction, Item, Quarantined, Received,
    Record, ReplyStepped,
};
use schemas::topics::{ALL, Privacy};
use schemas::wire::{Codec, WireError};
use serde_json::{Value, json};

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
    /// Shows private texts.
    #[arg(long)]
    reveal: bool,
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
        if topic.privacy == Privacy::PrivateText && !tail.reveal {
            mask(&mut shown);
        }
        let org = tail
            .org
            .as_ref()
            .is_none_or(|org| shown["org"] == json!(org));
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
