//! Every statement of the API. Each takes the connection of a transaction that is bound to one
//! organisation, and names that organisation all the same.
#![expect(
    clippy::struct_field_names,
    reason = "they are names of columns and of JSON members"
)]

pub mod audit;
pub mod cases;
pub mod channels;
pub mod codes;
pub mod config_versions;
pub mod cost;
pub mod customers;
pub mod deletions;
pub mod done;
pub mod drafts;
pub mod folded;
pub mod holes;
pub mod idempotency;
pub mod interactions;
pub mod items;
pub mod keys;
pub mod labels;
pub mod media;
pub mod news;
pub mod notes;
pub mod people;
pub mod presence;
pub mod replies;
pub mod revisions;
pub mod rows;
pub mod search;
pub mod sessions;
pub mod standing;
pub mod threads;
pub mod users;
pub mod views;
pub mod work;
