//! What signing in rests on: passwords, the cookie of a session, how often may be tried.

pub mod passwords;
pub mod session;
pub mod throttle;
