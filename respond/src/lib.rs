//! The way back: what a CSR asks for becomes an intent row, and the sender takes it to X at most
//! once without a person. As a **library** ([`desk`], [`intent`], [`options`]) it gives the
//! API's commands the rules of texts and the same rows; as a **program** ([`sender`]) it sends.
//!
//! A public text and a private one are different types from the API's body to X's endpoint:
//! [`intent::Public`] holds a [`x_client::PublicText`], [`intent::Private`] a
//! [`x_client::PrivateText`], and they stand in different columns of a row.
#![deny(missing_docs)]

mod attempt;
mod claim;
mod clients;
pub mod decide;
pub mod desk;
pub mod intent;
pub mod look;
mod looks;
mod metrics;
pub mod options;
mod own;
mod pg;
mod publish;
mod send;
pub mod sender;

pub use pg::rows::Reply;
pub use sender::Sender;
