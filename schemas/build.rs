//! A migration that was added is a reason to build anew: the macro that takes them in does not tell.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
