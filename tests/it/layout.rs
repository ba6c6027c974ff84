//! The arrows between crates, and the words that only one of them may say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Who may depend on whom; the binary and the bench may on all.
const ARROWS: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("runtime", &["schemas"]),
    ("x-client", &[]),
    ("x-sim", &[]),
    ("x-account", &["runtime", "schemas", "x-client"]),
    ("ingest", &["runtime", "schemas", "x-client", "x-account"]),
    ("enrich", &["runtime", "schemas"]),
    ("case-linker", &["runtime", "schemas"]),
    ("interaction-writer", &["runtime", "schemas"]),
    ("respond", &["runtime", "schemas", "x-client", "x-account"]),
    ("metrics", &["runtime", "schemas"]),
    (
        "api",
        &["runtime", "schemas", "case-linker", "metrics", "respond"],
    ),
];

#[test]
fn crates_depend_on_nothing_but_what_the_design_allows() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    for package in &metadata.packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            assert!(
                ["earshot", "earshot-bench"].contains(&package.name.as_str()),
                "{} has no arrows in this test",
                package.name
            );
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind.is_none()) {
            let name = dependency.name.as_str();
            let fine = !ours.contains(name) || allowed.contains(&name);
            assert!(fine, "{} must not depend on {name}", package.name);
            let rdkafka = name == "rdkafka" && package.name != "runtime";
            assert!(!rdkafka, "{} names rdkafka; only runtime may", package.name);
        }
    }
}

#[test]
fn statements_stand_only_where_they_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (name, _) in ARROWS {
        walk(&root.join(name).join("src"), &mut |path, text| {
            let place = path.to_string_lossy();
            let allowed = place.contains("/pg/") || place.ends_with("/pg.rs");
            // The runtime's own advisory lock, and its test databases.
            let own = place.ends_with("runtime/src/relay.rs") || place.contains("/testing");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            if !allowed && !own && (code.contains("sqlx::query") || code.contains("query_as!(")) {
                found.push(place.into_owned());
            }
        });
    }
    assert!(found.is_empty(), "SQL outside pg: {found:?}");
}

// Of two schemas with one name the document has one only, and the other's routes lie.
#[test]
fn each_schema_of_the_api_has_a_name_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = BTreeSet::new();
    let mut twice = Vec::new();
    for name in ["api", "schemas"] {
        walk(&root.join(name).join("src"), &mut |_, text| {
            let mut described = false;
            for line in text.lines() {
                described |= line.starts_with("#[derive(") && line.contains("ToSchema");
                let name = line
                    .strip_prefix("pub struct ")
                    .or_else(|| line.strip_prefix("pub enum "));
                if let Some(name) = name {
                    let end = name
                        .find(|c: char| !c.is_alphanumeric())
                        .unwrap_or(name.len());
                    if described && !seen.insert(name[..end].to_owned()) {
                        twice.push(name[..end].to_owned());
                    }
                    described = false;
                }
            }
        });
    }
    assert!(seen.contains("ThreadRow"), "{seen:?}");
    assert!(twice.is_empty(), "{twice:?}");
}

fn walk(dir: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, each);
        } else if path.extension().is_some_and(|e| e == "rs") {
            each(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
