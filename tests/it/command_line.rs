//! What an operator types: refusals name the key, and say it by the exit code.

use std::process::{Command, Output};

use crate::{binary, directory};

const PROGRAMS: [&str; 6] = ["ingest", "enrich", "link", "interact", "relay", "api"];

fn earshot(args: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(args).current_dir(directory());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EARSHOT_")) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

#[test]
fn check_of_each_program_refuses_a_wrong_file_of_organisations_before_it_connects() {
    let dir = directory();
    let file = dir.join("social.properties");
    std::fs::write(&file, "socialConfig.acme={\"orgId\":\"acme\"").unwrap();
    let good = format!("org_source=file:{}", file.display());
    for program in PROGRAMS {
        for wrong in [&good, "org_source=file:/nowhere", "org_source=/a/path"] {
            let output = earshot(&[program, "--check", "--set", wrong]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{program} {wrong}: {said}");
            assert!(said.contains("org_source: "), "{program} {wrong}: {said}");
        }
    }
    for program in ["ingest", "api"] {
        let output = earshot(&[program, "--check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{program}: {said}");
        assert!(said.contains("org_source is not set"), "{program}: {said}");
    }
}

#[test]
fn check_passes_with_what_is_right() {
    let parts = crate::shared();
    let dir = directory();
    let file = dir.join("orgs.toml");
    let orgs = "[org.acme]\n[[org.acme.accounts]]\npageId = \"acme\"\nconsumerKey = \"k\"\n\
                consumerSecret = \"s\"\naccessToken = \"900-t\"\naccessTokenSecret = \"t\"\n";
    std::fs::write(&file, orgs).unwrap();
    let settings = [
        format!("org_source=file:{}", file.display()),
        format!("kafka.brokers={}", parts.brokers),
        format!("database.url={}", parts.app_url),
        format!("database.owner_url={}", parts.owner_url),
        format!("local.dir={}", dir.display()),
    ];
    let with = |args: &[&str]| {
        let sets = settings.iter().flat_map(|setting| ["--set", setting]);
        let args: Vec<&str> = args.iter().copied().chain(sets).collect();
        earshot(&args)
    };
    assert!(with(&["migrate"]).status.success());
    for program in PROGRAMS {
        let output = with(&[program, "--check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
    }
}

#[test]
fn the_configuration_is_shown_in_columns() {
    let show = |args: &[&str]| String::from_utf8(earshot(args).stdout).unwrap();
    let text = show(&[
        "config",
        "show",
        "--set",
        "database.url=postgres://u:geheim@h/d",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    let column = lines[0].find("source").unwrap();
    let url = lines
        .iter()
        .find(|l| l.starts_with("database.url"))
        .unwrap();
    assert!(url[column..].starts_with("flag "), "{text}");
    assert!(url.ends_with(" restart"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
    assert!(lines.iter().all(|line| line.len() < 100), "{text}");
    let long = show(&["config", "show", "--long"]);
    assert!(
        long.contains("\n    host:port list of the Kafka cluster\n"),
        "{long}"
    );
}
