//! The sender of the tests as a process of its own: what the tests kill.
#![expect(
    dead_code,
    clippy::unwrap_used,
    reason = "a part of the tests' own modules, run outside of them"
)]

#[path = "../tests/it/lab.rs"]
mod lab;

use chrono::TimeDelta;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [database, x, media] = args.as_slice() else {
        panic!("usage: sender DATABASE X MEDIA_DIR");
    };
    let program = lab::program(database, TimeDelta::zero());
    let sender = lab::sender(&program, x, media.as_ref());
    sender.run().await.unwrap();
}
