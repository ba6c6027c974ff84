//! What a file would change of the organisations is shown, and put in their place as a whole.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use runtime::testing::consul::ConsulStandIn;

use crate::directory;
use crate::installed::{Installed, earshot};

const PREFIX: &str = "config/social";

fn social(org: &str, secret: &str) -> String {
    format!(
        r#"{{"orgId":"{org}","XConfig":{{"pageId":"{org}","XConsumerKey":"k","XConsumerSecret":"{secret}","XAccessTokenId":"42-t","XAccessTokenSecret":"geheim"}}}}"#
    )
}

fn properties(path: &Path, secret: &str, settings: &str) {
    let (acme, zeta) = (social("acme", secret), social("zeta", secret));
    let text =
        format!("socialConfig.acme={acme}\nsocialConfig.zeta={zeta}\nearshot.acme={settings}\n");
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_file_is_replaced_as_a_whole_and_keeps_its_rights() {
    let installed = Installed::new();
    let orgs = &installed.orgs;
    std::fs::set_permissions(orgs, std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = std::fs::read_to_string(orgs).unwrap();
    let new = directory().join("new.toml");
    let path = new.display().to_string();
    let (diff, import) = (["config", "diff", &path], ["config", "import", &path]);

    let other = before
        .replace("\"s\"", "\"geheim\"")
        .replace("[org.acme]", "[org.acme]\nundo_send_s = 9");
    std::fs::write(&new, &other).unwrap();
    let expected = "acme  accounts.900.consumerSecret  \"***\" -> another \"***\"  live\n\
                    acme  undo_send_s  5 -> 9  live\n";
    assert_eq!(installed.does(&diff), expected);
    let dry = installed.does(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(dry, format!("{expected}nothing is written\n"));
    assert_eq!(std::fs::read_to_string(orgs).unwrap(), before);

    assert!(installed.does(&import).starts_with(expected));
    assert_eq!(std::fs::read_to_string(orgs).unwrap(), other);
    let mode = orgs.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(
        installed.does(&import),
        "nothing would change\nnothing is written\n"
    );

    std::fs::write(&new, before.replace("\"acme\"", "\"no handle\"")).unwrap();
    for args in [&diff[..], &import[..]] {
        let output = installed.run(args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("organisation acme") && told.contains("pageId"),
            "{told}"
        );
    }
    let form = directory().join("new.properties");
    properties(&form, "s", "{}");
    let told = installed.refuses(&["config", "import", &form.display().to_string()]);
    assert!(told.contains("must both be TOML"), "{told}");
    assert_eq!(std::fs::read_to_string(orgs).unwrap(), other);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_consul_are_written_together_and_only_if_nobody_else_did() {
    let consul = ConsulStandIn::start().await;
    let source = format!("org_source={}", consul.source(PREFIX));
    let file = directory().join("new.properties");
    let path = file.display().to_string();
    let run = |args: &[&str]| {
        let output = earshot(&[&["config"], args, &["--set", &source]].concat());
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    };
    let import =
        |more: &[&str]| tokio::task::block_in_place(|| run(&[&["import", &path], more].concat()));

    properties(&file, "geheim", "{}");
    let (code, text) = import(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("zeta  (organisation)  none -> 1 account(s)  live"),
        "{text}"
    );
    let (code, text) = import(&[]);
    assert_eq!(
        (code, text.as_str()),
        (0, "nothing would change\nnothing is written\n")
    );

    // One key for each entry, as a Spring application has them.
    consul.change(|world| world.entries.clear());
    consul.put(
        &format!("{PREFIX}/socialConfig.acme"),
        social("acme", "geheim"),
    );
    consul.put(
        &format!("{PREFIX}/socialConfig.gone"),
        social("gone", "geheim"),
    );
    properties(&file, "geheim", r#"{"undo_send_s":9}"#);
    let (code, text) = import(&["--dry-run"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = import(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("acme  undo_send_s  5 -> 9  live") && text.contains("gone"),
        "{text}"
    );
    assert!(!text.contains("geheim"), "{text}");
    let mut keys = Vec::new();
    consul.change(|world| keys = world.entries.keys().cloned().collect());
    let expected = ["earshot.acme", "socialConfig.acme", "socialConfig.zeta"];
    assert_eq!(keys, expected.map(|name| format!("{PREFIX}/{name}")));

    consul.change(|world| world.token = Some("secret".to_owned()));
    let (code, text) = import(&[]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("org_source_token_file"), "{text}");
}
