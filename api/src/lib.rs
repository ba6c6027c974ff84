//! The HTTP API of the desk: reads over the rows that the pipeline and the desk keep, commands
//! that change what the desk owns in one transaction each. Links and revisions are changed only
//! through `case_linker::desk`; figures are defined in `metrics`.

mod app;
mod care;
pub mod channels;
pub mod codes;
pub mod config_versions;
pub mod deletions;
mod desk;
mod health;
pub mod http;
pub mod import;
pub mod keys;
mod listener;
mod live;
pub mod openapi;
mod pg;
mod quarantined;
pub mod revealed;
mod routes;
pub mod row_id;
mod server;
mod signin;
pub mod standing;
pub mod users;
mod version;
mod view;

pub use app::{App, Org, Source};
pub use server::{router, serve};
