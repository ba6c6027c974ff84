//! What an operator types: refusals name the key, and say it by the exit code.

use crate::directory;
use crate::installed::{Installed, earshot};

const PROGRAMS: [&str; 6] = ["ingest", "enrich", "link", "interact", "relay", "api"];

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
    let installed = Installed::new();
    installed.does(&["migrate"]);
    for program in PROGRAMS {
        installed.does(&[program, "--check"]);
    }
}

#[test]
fn codes_are_imported_whole_or_not_at_all() {
    let installed = Installed::new();
    installed.does(&["migrate"]);
    let file = directory().join("codes.csv");
    let path = file.display().to_string();
    let import = ["codes", "import", "--org", "acme", &path];
    let lines = "kind,code,label\nreason,late,Arrived late\nresolution,sent,Sent again\n";
    std::fs::write(&file, lines).unwrap();
    let dry = [&import[..], &["--dry-run"]].concat();
    assert_eq!(installed.does(&dry), "2 new, 0 changed\n");
    assert_eq!(installed.does(&import), "2 new, 0 changed\n");
    assert_eq!(installed.does(&import), "0 new, 2 changed\n");
    std::fs::write(&file, format!("{lines}reason,lost,Lost\nmood,sad,Sad\n")).unwrap();
    let said = installed.refuses(&import);
    assert!(said.contains("line: 5") && said.contains("mood"), "{said}");
    std::fs::write(&file, format!("{lines}reason,lost,Lost\n")).unwrap();
    assert_eq!(installed.does(&import), "1 new, 2 changed\n");
    let said = installed.refuses(&["codes", "import", "--org", "acne", &path]);
    assert!(said.contains("there are acme"), "{said}");
}

#[test]
fn a_tail_says_that_there_is_no_topic() {
    let installed = Installed::new();
    installed.does(&["migrate"]);
    let said = installed.refuses(&["tail", "x.raw.posts.v1"]);
    assert!(said.contains("`earshot topics apply` makes it"), "{said}");
    installed.does(&["topics", "apply"]);
    assert_eq!(
        installed.does(&["tail", "x.raw.posts.v1", "--since", "2026-11-27T09:00:00Z"]),
        ""
    );
    let said = installed.refuses(&["tail", "x.raw.posts.v1", "--since", "yesterday"]);
    assert!(said.contains("--since"), "{said}");
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
