//! `earshot doctor`: looks at everything that an installation needs, says what is wrong and what
//! cures it. Reads, but for a Kafka transaction that it gives up and the facts that the desk shows.

mod accounts;
mod hooks;
pub mod machine;
mod sources;

use clap::Args;
use runtime::config::Config;
use runtime::health::{Line, State};
use runtime::kafka::admin::Admin;
use runtime::stage::chain;
use schemas::org_config::Organisations;

use crate::{deployment, organisations};

const OF: &str = "kafka";

/// What to look at.
#[derive(Args)]
pub struct Doctor {
    /// This organisation only.
    #[arg(long)]
    org: Option<String>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks, prints, and gives the exit code: 1 if anything does not work.
pub fn run(config: &Config, args: &Doctor) -> anyhow::Result<i32> {
    let lines = deployment::tokio()?.block_on(look(config, args.org.as_deref()));
    Ok(i32::from(!print(&lines, args.json)))
}

/// Prints the lines, or one JSON object; false if anything does not work.
pub fn print(lines: &[Line], json: bool) -> bool {
    let ok = lines.iter().all(|line| line.state != State::Fail);
    if json {
        println!("{}", serde_json::json!({ "ok": ok, "lines": lines }));
    } else {
        lines.iter().for_each(show);
    }
    ok
}

fn show(line: &Line) {
    let state = match line.state {
        State::Ok => "ok  ",
        State::Warn => "warn",
        State::Fail => "FAIL",
    };
    println!("{state}  {}: {}: {}", line.of, line.check, line.what);
    if !line.cure.is_empty() {
        println!("      -> {}", line.cure);
    }
}

async fn look(config: &Config, only: Option<&str>) -> Vec<Line> {
    let mut lines = vec![machine::disk(config), machine::clock(config).await];
    lines.extend(kafka(config).await);
    lines.extend(machine::postgresql(config).await);
    match organisations::read(config).await {
        Err(error) => {
            let cure = "earshot config check";
            lines.push(Line::fail("config", "org_source", error.to_string(), cure));
        }
        Ok(orgs) => {
            lines.extend(configured(&orgs, only));
            let chosen = orgs
                .iter()
                .filter(|org| only.is_none_or(|only| org.org_id.eq_ignore_ascii_case(only)));
            for org in chosen {
                lines.extend(hooks::look(config, org).await);
                lines.extend(accounts::look(config, org).await);
                lines.extend(sources::look(config, org).await);
            }
        }
    }
    lines
}

fn configured(orgs: &Organisations, only: Option<&str>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(missing) = only.filter(|only| orgs.get(only).is_none()) {
        let what = format!("{missing} is not configured");
        lines.push(Line::fail(
            "config",
            "org_source",
            what,
            "earshot config check",
        ));
    }
    for warning in orgs.warnings() {
        let cure = "mend it in org_source; a change is in force within two seconds";
        lines.push(Line::warn(
            "config",
            "org_source",
            warning.to_string(),
            cure,
        ));
    }
    let count = orgs.iter().count();
    lines.push(Line::ok(
        "config",
        "org_source",
        format!("{count} organisations"),
    ));
    lines
}

async fn kafka(config: &Config) -> Vec<Line> {
    let cluster = config.cluster();
    if let Err(error) = config.require("kafka.brokers") {
        return vec![Line::fail(
            OF,
            "brokers",
            error.to_string(),
            "set kafka.brokers",
        )];
    }
    let away = |error: &(dyn std::error::Error + 'static)| {
        vec![Line::fail(
            OF,
            "brokers",
            chain(error),
            "check kafka.brokers and kafka.security.*",
        )]
    };
    let asked = cluster.clone();
    let looked = tokio::task::spawn_blocking(move || runtime::kafka::health::look(&asked)).await;
    let mut lines = match looked {
        Ok(Ok(lines)) => lines,
        Ok(Err(error)) => return away(&error),
        Err(error) => return away(&error),
    };
    lines.push(match topics(config).await {
        Ok(line) => line,
        Err(error) => Line::fail(OF, "topics", chain(error.as_ref()), "earshot topics check"),
    });
    let asked = cluster.clone();
    let wrote = tokio::task::spawn_blocking(move || runtime::kafka::health::transaction(&asked));
    lines.extend(wrote.await.ok());
    lines
}

/// Whether the topics are as this version makes them.
pub async fn topics(config: &Config) -> anyhow::Result<Line> {
    let layout = deployment::layout(config)?;
    let findings = Admin::new(&config.cluster())?.check(layout).await?;
    if findings.is_empty() {
        return Ok(Line::ok(OF, "topics", "all are as they must be"));
    }
    let all: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let what = all.join("; ");
    Ok(Line::fail(OF, "topics", what, "earshot topics plan"))
}
