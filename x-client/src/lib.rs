//! A client of X API v2: signing, requests, rate budgets, errors, streams, the rules of text, and
//! what each call costs. It has no database and no broker, and knows nothing of what its callers
//! do with what they get; where X listens comes from its caller's configuration.
//!
//! One [`Api`] for a process, one [`Client`] of it for each X account. A client does only what it
//! is asked to: it repeats nothing but idempotent reads, and no write ever (a write that X refused
//! for its token is sent once more under a new token, since X did not act on it). The [`Error`]
//! says whether a write surely did not happen, or whether that is unknown.
//!
//! What is public and what is private never meet: [`PublicReply`](calls::PublicReply) holds a
//! [`PublicText`] and [`PostMediaId`](ids::PostMediaId)s,
//! [`PrivateMessage`](calls::PrivateMessage) a [`PrivateText`] and a
//! [`DmMediaId`](ids::DmMediaId), and nothing turns one into the other.
#![deny(missing_docs)]

pub mod auth;
pub mod budget;
pub mod calls;
pub mod client;
pub mod endpoint;
pub mod error;
mod http;
pub mod ids;
pub mod oauth1;
pub mod oauth2;
pub mod problem;
pub mod retry;
pub mod settings;
pub mod stream;
pub mod text;
pub mod usage;

pub use auth::{AuthMode, AuthTable, Credentials};
pub use client::{AccountKey, Api, Client};
pub use endpoint::Endpoint;
pub use error::Error;
pub use settings::{Deps, Now, Settings};
pub use text::{PrivateText, PublicText};
