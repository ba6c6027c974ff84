//! One-shot commands of an installation.

use std::path::PathBuf;
use std::process::{Command, Output};

use earshot_bench::stack::Parts;

use crate::{binary, directory};

/// Runs the binary with nothing but these arguments.
pub fn earshot(args: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(args).current_dir(directory());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EARSHOT_")) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

/// An installation of its own on the shared parts, of the organisation `acme`: what a command there says.
pub struct Installed {
    /// Names of its topics and groups begin so.
    pub prefix: String,
    /// Where its parts are.
    pub parts: Parts,
    /// File with its organisations.
    pub orgs: PathBuf,
    settings: Vec<String>,
}

impl Installed {
    /// With what is configured, and nothing made yet.
    pub fn new() -> Self {
        let parts = crate::shared();
        let dir = directory();
        let prefix = format!("{}.", uuid::Uuid::new_v4());
        let file = dir.join("orgs.toml");
        let orgs = "[org.acme]\n[[org.acme.accounts]]\npageId = \"acme\"\nconsumerKey = \"k\"\n\
                    consumerSecret = \"s\"\naccessToken = \"900-t\"\naccessTokenSecret = \"t\"\n";
        std::fs::write(&file, orgs).unwrap();
        let settings = vec![
            format!("org_source=file:{}", file.display()),
            format!("kafka.brokers={}", parts.brokers),
            format!("kafka.topic_prefix={prefix}"),
            format!("database.url={}", parts.app_url),
            format!("database.owner_url={}", parts.owner_url),
            format!("local.dir={}", dir.display()),
        ];
        Self {
            prefix,
            parts,
            orgs: file,
            settings,
        }
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> Output {
        let sets = self.settings.iter().flat_map(|setting| ["--set", setting]);
        let args: Vec<&str> = args.iter().copied().chain(sets).collect();
        earshot(&args)
    }

    /// What it says with exit code 0.
    pub fn does(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says on standard error with another exit code.
    pub fn refuses(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}
