//! `earshot config diff` and `config import`: what a file would change of the organisations, and doing it.

mod keys;

use std::path::{Path, PathBuf};

use runtime::Exit;
use runtime::config::Config;
use runtime::consul::{Versioned, Write, WriteError};
use runtime::replace::replace;
use runtime::stage::chain;
use schemas::org_config::{Difference, Organisations, is_toml, parse_file, parse_pairs};

use crate::deployment;
use crate::organisations::{self, Place, Standing};

/// Shows what would change if the file replaced what is in force; nothing is written.
pub fn diff(config: &Config, file: &Path) -> anyhow::Result<()> {
    let change = Change::read(config, file)?;
    change.show();
    Ok(())
}

/// Shows it and, if it is not a dry run, writes the file to `org_source`.
pub fn import(config: &Config, file: &Path, dry_run: bool) -> anyhow::Result<()> {
    let change = Change::read(config, file)?;
    let nothing = !change.show();
    let planned = change.plan()?;
    if dry_run || nothing {
        println!("nothing is written");
        return Ok(());
    }
    deployment::tokio()?.block_on(planned.write())?;
    println!("written: in force within two seconds; `earshot config check` reads it again");
    Ok(())
}

struct Change {
    file: String,
    text: String,
    to: Organisations,
    from: Standing,
}

/// What is to be done, looked over.
enum Planned<'a> {
    File(&'a Path, &'a str),
    Consul(&'a runtime::consul::Source, Vec<Write>),
}

impl Change {
    fn read(config: &Config, file: &Path) -> anyhow::Result<Self> {
        let name = file.display().to_string();
        let wrong = |what: String| Exit::Config(format!("{name}: {what}"));
        let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let to = parse_file(&name, &text).map_err(|error| wrong(chain(&error)))?;
        let from = deployment::tokio()?.block_on(organisations::standing(config))?;
        Ok(Self {
            file: name,
            text,
            to,
            from,
        })
    }

    // False if nothing would change.
    fn show(&self) -> bool {
        for warning in self.to.warnings() {
            println!("warning: {warning}");
        }
        let nobody = Organisations::default();
        let from = match &self.from.orgs {
            Ok(orgs) => orgs,
            Err(why) => {
                println!(
                    "warning: what stands at org_source is refused ({why}), so all counts as new"
                );
                &nobody
            }
        };
        let all = from.differences(&self.to);
        for one in &all {
            println!("{}", line(one));
        }
        if all.is_empty() {
            println!("nothing would change");
        }
        !all.is_empty()
    }

    // Nothing is written that would be read as something else than the file.
    fn plan(&self) -> Result<Planned<'_>, Exit> {
        let wrong = |what: &str| Exit::Config(format!("{}: not imported: {what}", self.file));
        match &self.from.place {
            Place::File { path, text } => {
                if is_toml(&path.display().to_string()) != is_toml(&self.file) {
                    return Err(wrong(
                        "org_source and the file must both be TOML, or both properties",
                    ));
                }
                if let Some(before) = text.as_ref().filter(|_| !is_toml(&self.file)) {
                    keys::keeps("org_source", before, &self.text).map_err(|why| wrong(&why))?;
                }
                Ok(Planned::File(path, &self.text))
            }
            Place::Consul { source, entries } => {
                if is_toml(&self.file) {
                    return Err(wrong("Consul holds properties, the file is TOML"));
                }
                let writes = keys::plan(source.prefix(), entries, &self.text);
                let writes = writes.map_err(|why| wrong(&why))?;
                match parse_pairs(
                    after(entries, &writes)
                        .iter()
                        .map(|(k, v)| (k.as_str(), v.as_str())),
                ) {
                    Ok(read) if read.differences(&self.to).is_empty() => {}
                    Ok(_) => {
                        return Err(wrong(
                            "other keys below the prefix would change what it says",
                        ));
                    }
                    Err(error) => return Err(wrong(&chain(&error))),
                }
                Ok(Planned::Consul(source, writes))
            }
        }
    }
}

impl Planned<'_> {
    async fn write(&self) -> Result<(), Exit> {
        match self {
            Self::File(path, text) => replace(path, text.as_bytes())
                .map_err(|error| Exit::Config(format!("{}: {error}", path.display()))),
            Self::Consul(source, writes) => source.write(writes).await.map_err(|error| {
                let what = format!("org_source: {}", chain(&error));
                match error {
                    WriteError::Read(_) => Exit::Dependency(what),
                    _ => Exit::Config(what),
                }
            }),
        }
    }
}

// What stands there once it is written.
fn after(standing: &[Versioned], writes: &[Write]) -> Vec<(String, String)> {
    let stays = standing
        .iter()
        .filter(|one| writes.iter().all(|write| write.key != one.key))
        .map(|one| (one.key.clone(), one.value.clone()));
    let written = writes
        .iter()
        .filter_map(|write| Some((write.key.clone(), write.value.clone()?)));
    stays.chain(written).collect()
}

// Every setting of an organisation is live; one that takes a restart is of `earshot config show`.
fn line(one: &Difference) -> String {
    let none = || "none".to_owned();
    let (before, after) = (one.before.clone(), one.after.clone());
    let (before, after) = (before.unwrap_or_else(none), after.unwrap_or_else(none));
    let key = if one.key.is_empty() {
        "(organisation)"
    } else {
        &one.key
    };
    format!("{}  {key}  {before} -> {after}  live", one.org)
}

/// A file that would replace the organisations.
#[derive(clap::Args)]
pub struct File {
    /// Properties, or TOML where the name ends so.
    pub file: PathBuf,
}
