//! The HTTP API of the desk: reads over the rows that the pipeline and the desk keep, commands
//! that change what the desk owns in one transaction each. Links and revisions are changed only
//! through `case_linker::desk`; figures are defined in `metrics`.

mod app;
mod care;
pub mod channels;
pub mod http;
pub mod import;
pub mod keys;
mod live;
pub mod openapi;
mod pg;
mod routes;
pub mod row_id;
mod server;
mod view;

pub use app::{App, Org};
pub use server::{router, serve};
