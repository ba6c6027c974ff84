//! The organisations' configuration: where it comes from, read once or followed.

use std::path::PathBuf;

use runtime::config::Config;
use runtime::consul::{self, FollowError};
use runtime::last_good::LastGood;
use runtime::sealed::Keys;
use runtime::stage::chain;
use runtime::watch::Change;
use runtime::{Exit, Program};
use schemas::org_config::{ConfigError, Organisations, parse_file, parse_pairs};
use tokio::sync::watch;

/// Name of the sealed copy of what Consul last said, in the local directory.
const COPY: &str = "org_source.last-good";

enum Source {
    File(PathBuf),
    Consul(consul::Source),
}

fn source(config: &Config) -> Result<Source, Exit> {
    let text = config.require("org_source")?;
    if let Some(path) = text.strip_prefix("file:") {
        return Ok(Source::File(path.into()));
    }
    if text.starts_with("consul:") {
        let token = config.optional("org_source_token_file").map(PathBuf::from);
        return consul::Source::parse(&text, token).map(Source::Consul);
    }
    Err(Exit::Config(format!(
        "org_source: `{text}`: expected file:<path> or consul:http://host:8500/<prefix>"
    )))
}

/// The organisations as they stand now.
pub async fn read(config: &Config) -> Result<Organisations, Exit> {
    let refused = |error: ConfigError| Exit::Config(format!("org_source: {}", chain(&error)));
    match source(config)? {
        Source::File(path) => {
            let name = path.display().to_string();
            let text = tokio::fs::read_to_string(&path)
                .await
                .map_err(|e| Exit::Config(format!("org_source: {name}: {e}")))?;
            parse_file(&name, &text).map_err(refused)
        }
        Source::Consul(source) => {
            let pairs = source
                .read()
                .await
                .map_err(|error| Exit::Dependency(format!("org_source: {}", chain(&error))))?;
            pairs_of(&pairs).map_err(refused)
        }
    }
}

/// Where the organisations stand, with what is there now, so that it can be replaced.
pub enum Place {
    /// A file, and its text if it is there.
    File { path: PathBuf, text: Option<String> },
    /// Keys of Consul.
    Consul {
        source: consul::Source,
        entries: Vec<consul::Versioned>,
    },
}

/// What stands there; a reason where it is refused.
pub struct Standing {
    pub place: Place,
    pub orgs: Result<Organisations, String>,
}

/// Reads what stands there, right or wrong.
pub async fn standing(config: &Config) -> Result<Standing, Exit> {
    let refused = |error: ConfigError| chain(&error);
    Ok(match source(config)? {
        Source::File(path) => {
            let name = path.display().to_string();
            let text = match tokio::fs::read_to_string(&path).await {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(Exit::Config(format!("org_source: {name}: {error}"))),
                Ok(text) => Some(text),
            };
            let orgs = match &text {
                Some(text) => parse_file(&name, text).map_err(refused),
                None => Err(format!("{name} is not there")),
            };
            let place = Place::File { path, text };
            Standing { place, orgs }
        }
        Source::Consul(source) => {
            let entries = source.read_versions().await;
            let entries = entries
                .map_err(|error| Exit::Dependency(format!("org_source: {}", chain(&error))))?;
            let pairs = entries
                .iter()
                .map(|one| (one.key.as_str(), one.value.as_str()));
            let orgs = parse_pairs(pairs).map_err(refused);
            let place = Place::Consul { source, entries };
            Standing { place, orgs }
        }
    })
}

fn pairs_of(pairs: &[(String, String)]) -> Result<Organisations, ConfigError> {
    parse_pairs(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())))
}

/// The organisations, followed while running: an invalid change is refused whole.
pub async fn follow(program: &Program, config: &Config) -> anyhow::Result<api::Source> {
    let (clock, hook) = (program.clock.clone(), alarms(program));
    match source(config)? {
        Source::File(path) => {
            let name = path.display().to_string();
            let parse = move |text: &str| parse_file(&name, text);
            let watched = runtime::watch::watch_file(&path, clock, parse, hook).await;
            let (orgs, rejection) =
                watched.map_err(|error| Exit::Config(format!("org_source: {}", chain(&error))))?;
            let (_, away) = watch::channel(None);
            Ok(api::Source {
                orgs,
                rejection,
                away,
                name: config.text("org_source"),
            })
        }
        Source::Consul(source) => {
            let copy = copy(config, &source);
            let followed = consul::follow(source, copy, clock, pairs_of, hook).await;
            let followed = followed.map_err(|error| match &error {
                FollowError::Away { .. } => Exit::Dependency(format!("org_source: {error}")),
                FollowError::Refused { .. } => Exit::Config(format!("org_source: {error}")),
            })?;
            let (orgs, rejection) = followed.watched;
            Ok(api::Source {
                orgs,
                rejection,
                away: followed.away,
                name: config.text("org_source"),
            })
        }
    }
}

/// Where the last good copy lies. It holds secrets, so without a key to seal it none is kept.
fn copy(config: &Config, source: &consul::Source) -> Option<LastGood> {
    let path = PathBuf::from(config.text("local.dir")).join(COPY);
    match Keys::read(&config.key_file()) {
        Ok(keys) => Some(LastGood::new(path, source.as_str(), keys)),
        Err(error) => {
            let error = chain(&error);
            tracing::warn!(
                error,
                "no copy of the configuration is kept: a start while Consul is away will fail"
            );
            None
        }
    }
}

fn alarms(program: &Program) -> impl Fn(Change) + Send + use<> {
    let changes = program.telemetry.counters(
        "earshot_config_changes_total",
        "Changes of the organisations' configuration, by outcome.",
        &["outcome"],
    );
    let rejected = program.telemetry.gauge(
        "earshot_config_rejected",
        "1 while the newest configuration is refused and an older one is in force.",
    );
    let away = program.telemetry.gauge(
        "earshot_config_source_away",
        "1 while the source of the configuration cannot be read and the last good one is in force.",
    );
    move |change| match change {
        Change::Applied => {
            changes.with_label_values(&["applied"]).inc();
            rejected.set(0.0);
        }
        Change::Rejected => {
            changes.with_label_values(&["rejected"]).inc();
            rejected.set(1.0);
        }
        Change::Away => away.set(1.0),
        Change::Back => away.set(0.0),
    }
}
