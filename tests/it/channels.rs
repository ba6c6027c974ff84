//! An operator starts, stops and looks at the ways of an account, by the start call that the process
//! guide prints and at a terminal, while everything runs.

use std::process::Output;
use std::time::Duration;

use earshot_bench::stack::{Org, Stack};
use runtime::testing::wait_for;
use serde_json::{Value, json};
use x_sim::Running;
use x_sim::world::{Command, NewPost};

use crate::analyst::Desk;
use crate::{binary, directory, orgs, shared};

const PATIENCE: Duration = Duration::from_secs(30);
/// As printed, with our address, handle and organisation.
const START: &str = "/api/social/socialfeed/XTwitter/startX/TwitterStreaming\
                     ?X/TwitterHandle=northwindgear&user=dummyUser&organization=northwind";

async fn x(org: &Org) -> Running {
    let world = json!({
        "listen": "127.0.0.1:0",
        "people": [{"handle": org.handle, "id": org.x_id}, {"handle": "ada", "id": "21"}],
        "api": {"apps": [{"key": "k", "secret": org.secret, "bearer": "b", "users": [{
            "user": format!("@{}", org.handle),
            "oauth1": {"token": format!("{}-t", org.x_id), "secret": "s"}}]}]},
    });
    x_sim::run(serde_json::from_value(world).unwrap())
        .await
        .unwrap()
}

fn channels(stack: &Stack, line: &str) -> Output {
    let mut args = vec!["channels"];
    args.extend(line.split_whitespace());
    stack.command(&args).output().unwrap()
}

/// What a command says that succeeds.
fn said(stack: &Stack, line: &str) -> String {
    let output = channels(stack, line);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn listed(stack: &Stack, way: &str) -> String {
    let list = said(stack, "list --org northwind");
    let of_way = |line: &&str| line.contains(&format!("  {way}"));
    list.lines()
        .find(of_way)
        .unwrap_or_else(|| panic!("{list}"))
        .to_owned()
}

async fn until_listed(stack: &Stack, way: &str, words: &[&str]) {
    wait_for(&format!("{way} is {words:?}"), PATIENCE, || async {
        let line = listed(stack, way);
        words.iter().all(|word| line.contains(word)).then_some(())
    })
    .await;
}

fn refuses(stack: &Stack) {
    for (line, words) in [
        ("list --org nobody", "--org nobody: not configured"),
        (
            "start --org dummyOrg --account northwindgear --way stream",
            "--org dummyOrg: not configured",
        ),
        (
            "stop --org northwind --account iamDianaW --way poll",
            "--account iamDianaW: no such account of northwind",
        ),
        (
            "start --org northwind --account northwindgear --way fax",
            "--way fax: expected poll, webhook or stream",
        ),
        (
            "check --org northwind --account juniperoak",
            "--account juniperoak: no such account of northwind",
        ),
    ] {
        let output = channels(stack, line);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {complaint}");
        assert!(complaint.contains(words), "{line}: {complaint}");
    }
}

async fn the_printed_call_starts_the_stream_once(stack: &Stack, x: &Running, desk: &Desk) {
    assert!(listed(stack, "stream").contains("off"));
    let started = |changed| json!({"account": stack.orgs[0].x_id, "way": "stream", "action": "start", "changed": changed});
    assert_eq!(desk.get(START).await, started(true));
    assert_eq!(desk.get(START).await, started(false));
    for (from, to, problem) in [
        (
            "organization=northwind",
            "organization=dummyOrg",
            "unknown-organisation",
        ),
        (
            "organization=northwind",
            "organization=juniper",
            "unknown-organisation",
        ),
        ("northwindgear", "iamDianaW", "unknown-account"),
        ("northwindgear", "juniperoak", "unknown-account"),
    ] {
        let refused = desk.get(&START.replace(from, to)).await;
        assert_eq!(refused["type"], format!("/problems/{problem}"), "{to}");
    }
    until_listed(stack, "stream", &["on", "running"]).await;
    let post = NewPost {
        author: "@ada".to_owned(),
        text: "@northwindgear where is my tent?".to_owned(),
        ..NewPost::default()
    };
    x.sim.apply(Command::Post(post)).unwrap();
    until_listed(stack, "stream", &["last event"]).await;
}

async fn the_stream_stops_and_stays_stopped(stack: &Stack, x: &Running) {
    let stop = "stop --org NORTHWIND --account @NorthwindGear --way stream --reason holiday";
    assert!(said(stack, stop).ends_with(": commanded\n"));
    assert!(said(stack, stop).ends_with(": in force already\n"));
    let closed = || async { (x.sim.streams_open() == 0).then_some(()) };
    wait_for("the streams close", PATIENCE, closed).await;
    assert!(listed(stack, "stream").contains("off"));
    assert!(listed(stack, "poll").contains("on"), "the others go on");
}

async fn a_gap_is_filled_and_an_account_checked(stack: &Stack, desk: &Desk) {
    let account = "--org northwind --account northwindgear";
    assert!(said(stack, &format!("fill-gap {account}")).starts_with("fill-gap poll of"));
    wait_for("the gap is filled", PATIENCE, || async {
        let coverage = desk.get("/api/v1/channels/northwindgear/coverage").await;
        let filled =
            |gap: &Value| gap["cause"] == "asked for by command" && gap["recovered_by"] == "poll";
        coverage["gaps"]
            .as_array()?
            .iter()
            .any(filled)
            .then_some(())
    })
    .await;
    said(stack, &format!("check {account}"));
    let shown = wait_for("the account is checked", PATIENCE, || async {
        let shown = desk.get("/api/v1/channels").await["accounts"][0].clone();
        shown["checked_at"].is_string().then_some(shown)
    })
    .await;
    assert!(shown["cursor_gap_seconds"].is_i64(), "{shown}");
    wait_for("what X said is left is shown", PATIENCE, || async {
        let shown = desk.get("/api/v1/channels").await;
        let limits = shown["accounts"][0]["limits"].as_array()?.clone();
        let mentions = limits
            .iter()
            .find(|one| one["endpoint"] == "users.mentions")?;
        (mentions["remaining"].as_i64()? < mentions["limit"].as_i64()?).then_some(())
    })
    .await;
}

#[test]
fn ways_are_started_stopped_and_looked_at_while_everything_runs() {
    let org = orgs().remove(0);
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let x = tokio.block_on(x(&org));
    let url = x.url();
    let prefix = format!("{}.", runtime::testing::unique("channels"));
    let mut stack = Stack::start(
        (&binary(), &directory()),
        &shared(),
        (&prefix, &orgs()),
        &[("EARSHOT_X_BASE_URL", &url), ("EARSHOT_X_STREAM_URL", &url)],
        &["ingest", "api"],
    )
    .unwrap();
    stack.await_hooks().unwrap();
    refuses(&stack);
    let desk = Desk::new(&stack, &org.id, "ops");
    tokio.block_on(async {
        the_printed_call_starts_the_stream_once(&stack, &x, &desk).await;
        the_stream_stops_and_stays_stopped(&stack, &x).await;
        a_gap_is_filled_and_an_account_checked(&stack, &desk).await;
    });
    stack.stop();
    tokio.block_on(x.stop()).unwrap();
}
