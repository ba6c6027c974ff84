//! The whole on a real schema registry, where the machine has one: see `scripts/registry`.

use earshot_bench::campaign::{self, Plan};
use earshot_bench::oracle;
use earshot_bench::stack::Stack;
use runtime::testing::RegistryServer;
use serde_json::Value;

use crate::{binary, directory, orgs, shared};

#[test]
fn with_a_registry_every_program_works_and_the_commands_read_what_was_written() {
    let Some(mut server) = RegistryServer::start() else {
        return;
    };
    let tokio = tokio::runtime::Runtime::new().unwrap();
    tokio.block_on(server.ready());
    let parts = shared();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&parts.super_url, 2).unwrap()
    };
    let prefix = format!("{}.", runtime::testing::unique("registry"));
    let mut stack = Stack::start(
        (&binary(), &directory()),
        &parts,
        (&prefix, &orgs()),
        &[("EARSHOT_REGISTRY_URL", &server.url)],
        &[],
    )
    .unwrap();
    stack.await_hooks().unwrap();
    let plan = Plan {
        steps: 60,
        ..Plan::small()
    };
    let (bodies, traffic, poison) = campaign::deliveries(&plan, &orgs());
    campaign::deliver(&mut stack, bodies, plan.rate, |_| Ok(())).unwrap();
    let all = oracle::settled(&pool, &traffic.expected, plan.settle, || stack.tick());
    assert!(tokio.block_on(all).unwrap(), "not everything came");

    for topic in ["x.raw.posts.v1", "social.linked.posts.v1"] {
        let lines = tail(&stack, topic);
        assert!(!lines.is_empty(), "nothing on {topic}");
        for line in lines {
            let value = &line["value"];
            assert!(value["org"].is_string(), "{topic}: {line}");
        }
    }
    let listed = stack.command(&["quarantine", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.matches("unknown-shape").count(), poison, "{listed}");

    let checked = stack.command(&["upgrade", "check"]).output().unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success(), "{said}");
    assert!(
        said.contains("social.linked.posts.v1-value: ") && said.contains("is the newest there"),
        "{said}"
    );
    assert!(
        said.contains("ok    records: social.linked.posts.v1: newest records by schema"),
        "{said}"
    );

    stack.stop();
    let rows = "SELECT count(*) FROM items WHERE direction IS NOT NULL";
    let count = || tokio.block_on(sqlx::query_scalar::<_, i64>(rows).fetch_one(&pool));
    let before = count().unwrap();
    // `rebuild` wants to be sure that the stages stand.
    let stand = sqlx::query("UPDATE stage_ages SET seen_at = seen_at - interval '1 minute'");
    tokio.block_on(stand.execute(&pool)).unwrap();
    let rebuilt = stack.command(&["rebuild"]).output().unwrap();
    let said = String::from_utf8_lossy(&rebuilt.stderr).into_owned();
    assert!(rebuilt.status.success(), "{said}");
    assert_eq!(count().unwrap(), before, "{said}");
    assert!(before > 0);
}

fn tail(stack: &Stack, topic: &str) -> Vec<Value> {
    let output = stack.command(&["tail", topic]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
