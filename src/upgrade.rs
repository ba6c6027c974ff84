//! `earshot upgrade check`: whether this version may run against what is there. Reads only.

mod written;

use clap::Subcommand;
use runtime::Exit;
use runtime::config::Config;
use runtime::health::Line;
use runtime::kafka::KafkaError;
use runtime::kafka::reader::newest;
use runtime::registry::{Registry, Standing};
use runtime::stage::chain;
use schemas::topics::{ALL, Topic, subject};

use crate::{deployment, doctor};
use written::{Newest, Wrote};

/// Going to another version.
#[derive(Subcommand)]
pub enum Upgrade {
    /// Whether this version may run here: migrations, topics, schemas, and the newest records.
    Check {
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}

// A line that says what was not reached is no finding about the version.
type Looked = Result<Vec<Line>, Line>;

/// Looks and prints: 2 if it may not run, 3 if something could not be reached.
pub fn run(config: &Config, action: &Upgrade) -> anyhow::Result<i32> {
    let Upgrade::Check { json } = action;
    config.require("kafka.brokers")?;
    let registry = Registry::of(config)?;
    let looked = deployment::tokio()?.block_on(look(config, registry.as_ref()));
    let away = looked.iter().any(Result::is_err);
    let lines: Vec<Line> = looked
        .into_iter()
        .flat_map(|part| part.unwrap_or_else(|away| vec![away]))
        .collect();
    let ok = doctor::print(&lines, *json);
    Ok(match (away, ok) {
        (true, _) => 3,
        (false, true) => 0,
        (false, false) => 2,
    })
}

async fn look(config: &Config, registry: Option<&Registry>) -> Vec<Looked> {
    let reached = |of: &'static str, check: &'static str, key: &'static str| {
        move |error: anyhow::Error| {
            Line::fail(of, check, chain(error.as_ref()), &format!("check {key}"))
        }
    };
    let migrations = doctor::machine::migrations(config).await;
    let topics = doctor::topics(config).await;
    let mut all = vec![
        migrations.map(|line| vec![line]).map_err(reached(
            "postgresql",
            "migrations",
            "database.owner_url",
        )),
        topics
            .map(|line| vec![line])
            .map_err(reached("kafka", "topics", "kafka.brokers")),
        schemas(registry).await,
    ];
    // Not one after another failure of the same broker.
    if all.iter().all(Result::is_ok) {
        for topic in ALL {
            all.push(records(config, topic, registry).await);
        }
    }
    all
}

async fn schemas(registry: Option<&Registry>) -> Looked {
    const OF: &str = "schemas";
    let Some(registry) = registry else {
        let what = "no registry.url: our own ids are built in";
        return Ok(vec![Line::ok(OF, "registry", what)]);
    };
    let mut lines = Vec::new();
    for topic in ALL {
        let Some((id, schema)) = schemas::registry::latest(topic.record) else {
            continue;
        };
        let name = subject(topic);
        let standing = registry
            .standing(&name, schema)
            .await
            .map_err(|error| Line::fail(OF, "registry", error.to_string(), "check registry.url"))?;
        lines.push(registered(&name, id, standing));
    }
    Ok(lines)
}

fn registered(name: &str, id: u32, standing: Standing) -> Line {
    const OF: &str = "schemas";
    match standing {
        Standing::Newest => Line::ok(OF, name, format!("{id} is the newest there")),
        Standing::Absent => Line::ok(OF, name, format!("nothing there; a start registers {id}")),
        Standing::Taken => Line::ok(
            OF,
            name,
            format!("a start registers {id} beside what is there"),
        ),
        Standing::Older => {
            let what = format!("{id} is there, and a newer version's beside it");
            Line::warn(OF, name, what, "run the newer version of earshot")
        }
        Standing::Refused => {
            let what = format!("{id} is refused: it does not fit what is registered there");
            let cure = "run the version that registered it, or take another registry";
            Line::fail(OF, name, what, cure)
        }
    }
}

async fn records(config: &Config, topic: &'static Topic, registry: Option<&Registry>) -> Looked {
    let cluster = config.cluster();
    let read = tokio::task::spawn_blocking(move || newest(&cluster, topic)).await;
    let away = |error: &(dyn std::error::Error + 'static)| {
        Line::fail("records", topic.name, chain(error), "earshot doctor")
    };
    let records = match read.map_err(|error| away(&error))? {
        Ok(records) => records,
        // Named among the topics; what is not there was written by nobody.
        Err(KafkaError::NoTopic(_)) => return Ok(Vec::new()),
        Err(error) => return Err(away(&error)),
    };
    let mut found = Vec::new();
    for record in records {
        let value = record.value.unwrap_or_default();
        let wrote = wrote(topic, &value, registry).await;
        found.push(Newest {
            partition: record.position.partition,
            offset: record.position.offset,
            wrote: wrote.map_err(|error| away(&error))?,
        });
    }
    Ok(vec![written::line(topic.name, &found)])
}

async fn wrote(topic: &Topic, value: &[u8], registry: Option<&Registry>) -> Result<Wrote, Exit> {
    let wrote = written::own(topic.record, value);
    let (Wrote::Unknown(id), Some(registry)) = (wrote, registry) else {
        return Ok(wrote);
    };
    let schema = registry.schema(id).await?;
    Ok(written::registered(topic.record, id, schema.as_deref()))
}

#[cfg(test)]
mod tests {
    use runtime::health::State;

    use super::*;

    #[test]
    fn what_the_registry_would_refuse_fails() {
        for (standing, state) in [
            (Standing::Newest, State::Ok),
            (Standing::Absent, State::Ok),
            (Standing::Taken, State::Ok),
            (Standing::Older, State::Warn),
            (Standing::Refused, State::Fail),
        ] {
            let line = registered("a-value", 1_000_001, standing);
            assert_eq!(line.state, state, "{standing:?}");
            assert!(line.what.contains("1000001"), "{line:?}");
        }
    }
}
