//! `earshot delete`: takes what was said from every place, and says where it stood.

use anyhow::Context as _;
use api::deletions::{self, What};
use clap::Args;
use runtime::config::Config;
use runtime::{Exit, Program};

use crate::deployment;

/// What to delete. Ids and facts stay, as after a deletion on X.
#[derive(Args)]
pub struct Delete {
    /// Organisation.
    #[arg(long)]
    org: String,
    #[command(flatten)]
    what: Named,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Named {
    /// X id of a post or message.
    #[arg(long)]
    x_id: Option<String>,
    /// X user id of a person: everything they said, what we answered them, and their profile.
    #[arg(long)]
    person: Option<String>,
}

/// Deletes; prints the receipt of each item, JSON, one a line.
pub fn run(config: &Config, delete: &Delete) -> anyhow::Result<()> {
    let orgs = deployment::organisations(config)?;
    let org = orgs
        .get(&delete.org)
        .ok_or_else(|| Exit::Config(format!("--org {}: not configured", delete.org)))?;
    let what = match (&delete.what.x_id, &delete.what.person) {
        (Some(x_id), _) => What::Item(x_id),
        (None, Some(person)) => What::Person(person),
        (None, None) => anyhow::bail!(Exit::Config("--x-id or --person is needed".into())),
    };
    let tokio = tokio::runtime::Runtime::new().context("tokio")?;
    tokio.block_on(async {
        let program = Program::start("delete", config).await?;
        let actor = format!("cli:{}", deployment::operator());
        let deleted = deletions::delete(&program, &org.org_id, what, &actor).await?;
        let items = &deleted.items;
        if items.is_empty() {
            anyhow::bail!("{} has nothing of that id", org.org_id);
        }
        for item in items {
            let mut scope = runtime::pg::begin(&program.pg, &[&org.org_id]).await?;
            let now = program.clock.now();
            let receipt = deletions::receipt(&mut scope, &org.org_id, *item, now).await?;
            println!("{}", serde_json::to_string(&receipt)?);
        }
        eprintln!(
            "{} erased; the relay writes it to the topics now: GET /api/v1/deletions/<item_id> tells",
            items.len()
        );
        if deleted.on_the_way > 0 {
            eprintln!(
                "{} replies to the person are on their way to X: delete again when they are at rest",
                deleted.on_the_way
            );
        }
        Ok(())
    })
}
