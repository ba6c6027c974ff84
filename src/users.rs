//! `earshot users`: people who sign in at the desk.

use std::io::Read as _;

use anyhow::Context as _;
use api::http::auth::Role;
use api::users::{Directory, Rights, Wanted, mint};
use clap::Subcommand;
use runtime::clock::Clock;
use runtime::config::Config;
use secrecy::SecretString;

use crate::deployment;

/// People who sign in.
#[derive(Subcommand)]
pub enum Users {
    /// Adds a user and prints a one-time link, which lets them choose a password.
    Add {
        /// Organisation.
        #[arg(long)]
        org: String,
        /// Mail address, with which they sign in.
        #[arg(long)]
        email: String,
        /// As colleagues call them.
        #[arg(long)]
        name: String,
        /// viewer, csr, lead, admin, analyst or ops.
        #[arg(long, value_parser = role)]
        role: Role,
        /// May read private messages.
        #[arg(long)]
        messages: bool,
    },
    /// Prints a one-time link for who has lost the password; or takes a password from standard input.
    Passwd {
        /// Mail address.
        #[arg(long)]
        email: String,
        /// Read the new password from standard input.
        #[arg(long)]
        stdin: bool,
    },
    /// Changes what a user may do; their sessions end.
    Roles {
        /// Mail address.
        #[arg(long)]
        email: String,
        /// viewer, csr, lead, admin, analyst or ops.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// true or false: may read private messages.
        #[arg(long)]
        messages: Option<bool>,
        /// true or false: may not sign in.
        #[arg(long)]
        disabled: Option<bool>,
    },
    /// The users of an organisation.
    List {
        /// Organisation.
        #[arg(long)]
        org: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "expected viewer, csr, lead, admin, analyst or ops".to_owned())
}

/// Runs a command about users.
pub fn run(config: &Config, action: &Users) -> anyhow::Result<()> {
    if let Users::Add { org, .. } = action {
        deployment::known(config, org)?;
    }
    let (clock, by) = (Clock::default(), deployment::operator());
    let url = config.require("database.url")?;
    deployment::tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let directory = Directory {
            pool: &pool,
            clock: &clock,
            by: &by,
        };
        work(&directory, config, action).await
    })
}

async fn work(directory: &Directory<'_>, config: &Config, action: &Users) -> anyhow::Result<()> {
    match action {
        Users::Add {
            org,
            email,
            name,
            role,
            messages,
        } => {
            let wanted = Wanted {
                email,
                name,
                role: *role,
                messages: *messages,
            };
            let link = directory.add(org, wanted, &mint(&mut rand::rng())).await?;
            print_link(config, &link);
        }
        Users::Passwd { email, stdin: true } => {
            let mut password = String::new();
            std::io::stdin()
                .read_to_string(&mut password)
                .context("standard input")?;
            let password = SecretString::from(password.trim_end_matches(['\r', '\n']));
            directory.set_password(email, password).await?;
        }
        Users::Passwd { email, .. } => {
            let link = directory.invite(email, &mint(&mut rand::rng())).await?;
            print_link(config, &link);
        }
        Users::Roles {
            email,
            role,
            messages,
            disabled,
        } => {
            let rights = Rights {
                role: *role,
                messages: *messages,
                disabled: *disabled,
            };
            directory.set_rights(email, rights).await?;
        }
        Users::List { org } => {
            for user in directory.list(org).await? {
                let mut marks = vec![user.role.as_str()];
                marks.extend(user.messages.then_some("messages"));
                marks.extend(user.disabled.then_some("disabled"));
                marks.extend((!user.ready).then_some("no password yet"));
                println!("{} <{}>: {}", user.name, user.email, marks.join(", "));
            }
        }
    }
    Ok(())
}

fn print_link(config: &Config, link: &str) {
    let base = deployment::desk_url(config);
    println!("{base}{link}");
    eprintln!("The link works once and for three days.");
}
