//! A stage of the tests, or the relay, as a process of its own: what the tests kill.
#![expect(
    dead_code,
    clippy::unwrap_used,
    reason = "a part of the tests' own modules, run outside of them"
)]

#[path = "../tests/it/bed.rs"]
mod bed;
#[path = "../tests/it/stages.rs"]
mod stages;

use runtime::exit::Exit;
use runtime::kafka::Cluster;
use runtime::{pure, relay, scoped};
use stages::{Echo, Fold};

fn main() -> Result<(), Exit> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [role, brokers, prefix, database] = args.as_slice() else {
        panic!("usage: stage echo|fold|relay BROKERS PREFIX DATABASE");
    };
    let names = ["echo", "fold", "relay"];
    let name = names.into_iter().find(|name| name == role).unwrap();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let _inside = tokio.enter();
    let mut program = bed::program(name, Cluster::plain(brokers, prefix), database);
    program.window.records_max = 20;
    match name {
        "echo" => pure::run(&program, Echo::of(&program)),
        "fold" => scoped::run(&program, Fold::of(&program)),
        _ => relay::run(&program),
    }
}
