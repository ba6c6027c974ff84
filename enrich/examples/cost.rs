//! What one item costs: every committed example, in turn, on one thread.
//! Run with `cargo run --release -p enrich --example cost`.
#![expect(clippy::unwrap_used, reason = "a measurement")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 20_000;

fn main() {
    let mut sum = 0.0;
    let names = common::names();
    for name in &names {
        let received = common::example(name);
        black_box(enrich::enrich(&received).unwrap());
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(enrich::enrich(black_box(&received)).unwrap());
        }
        let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
        sum += each;
        println!("{each:>8.0} ns {:>6} B  {name}", received.payload.len());
    }
    let count = u32::try_from(names.len()).unwrap();
    println!("{:>8.0} ns mean", sum / f64::from(count));
    score();
}

/// The sentiment model alone.
fn score() {
    let text = common::content("aaa.tweet_create_events.extended").text;
    let model: &dyn enrich::SentimentModel = enrich::Vader::shared();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(model.score(Some("en"), black_box(&text)));
    }
    let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS);
    println!("{each:>8.0} ns sentiment of {} B", text.len());
}
