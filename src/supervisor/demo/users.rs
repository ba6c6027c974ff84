//! The people of the demo. Their passwords are made at the first start and kept beside the keys.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use api::http::auth::Role;
use api::users::{Directory, UserError, Wanted, mint};
use rand::distr::{Alphanumeric, SampleString as _};
use runtime::clock::Clock;
use runtime::config::Config;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::super::write_private;
use crate::deployment;

const PASSWORD_CHARS: usize = 14;

/// First part of the mail address, name, role, may read private messages.
type Person = (&'static str, &'static str, Role, bool);
/// The people of each company.
const PEOPLE: &[(&str, &[Person])] = &[
    (
        "northwind",
        &[
            ("dana", "Dana Ortiz", Role::Csr, true),
            ("theo", "Theo Lindqvist", Role::Csr, false),
            ("priya", "Priya Raman", Role::Lead, true),
            ("sam", "Sam Whitlock", Role::Admin, true),
        ],
    ),
    (
        "juniper",
        &[
            ("dana", "Dana Okafor", Role::Csr, true),
            ("milo", "Milo Brandt", Role::Csr, false),
            ("ines", "Ines Carvalho", Role::Lead, true),
            ("ruth", "Ruth Abara", Role::Admin, true),
        ],
    ),
];

/// A user of the demo, with the password.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoUser {
    pub email: String,
    pub password: String,
    pub name: String,
    pub role: Role,
    pub messages: bool,
}

/// Users of each company.
pub type DemoUsers = BTreeMap<String, Vec<DemoUser>>;

/// Makes the users that are not there; reads and writes the file of their passwords.
pub fn ensure(config: &Config, file: &Path) -> anyhow::Result<DemoUsers> {
    let kept: DemoUsers = match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| file.display().to_string())?,
        Err(_) => DemoUsers::new(),
    };
    let url = config.require("database.url")?;
    let users = deployment::tokio()?.block_on(async {
        let pool = runtime::pg::pool(&url, 1)?;
        let clock = Clock::default();
        let directory = Directory {
            pool: &pool,
            clock: &clock,
            by: "demo",
        };
        let mut users = DemoUsers::new();
        for (org, people) in PEOPLE {
            let mut made = Vec::new();
            for person in *people {
                let known = kept.get(*org).into_iter().flatten();
                made.push(one(&directory, (org, *person), known).await?);
            }
            users.insert((*org).to_owned(), made);
        }
        Ok::<_, anyhow::Error>(users)
    })?;
    write_private(file, &serde_json::to_string_pretty(&users)?)?;
    Ok(users)
}

async fn one(
    directory: &Directory<'_>,
    (org, (local, name, role, messages)): (&str, Person),
    mut known: impl Iterator<Item = &DemoUser>,
) -> anyhow::Result<DemoUser> {
    let email = format!("{local}@{org}.example");
    let wanted = Wanted {
        email: &email,
        name,
        role,
        messages,
    };
    let token = mint(&mut rand::rng());
    let there = match directory.add(org, wanted, &token).await {
        Ok(_) => false,
        Err(UserError::Taken) => true,
        Err(error) => return Err(error.into()),
    };
    let kept = known.find(|user| there && user.email == email);
    let password = if let Some(user) = kept {
        user.password.clone()
    } else {
        let password = Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_CHARS);
        let secret = SecretString::from(password.as_str());
        directory.set_password(&email, secret).await?;
        password
    };
    Ok(DemoUser {
        email,
        password,
        name: name.to_owned(),
        role,
        messages,
    })
}
