//! The one binary, thin: it reads the command line and calls the program.

mod channels;
mod cli;
mod delete;
mod deployment;
mod doctor;
mod imports;
mod organisations;
mod orgs;
mod programs;
mod quarantine;
mod replacing;
mod settings;
mod supervisor;
mod tail;
mod upgrade;
mod users;

use clap::Parser as _;

fn main() {
    let code = match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("earshot: {}", runtime::stage::chain(error.as_ref()));
            error
                .downcast_ref::<runtime::Exit>()
                .map_or(1, runtime::Exit::code)
        }
    };
    std::process::exit(code);
}
