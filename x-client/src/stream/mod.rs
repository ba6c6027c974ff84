//! Streams: bytes into lines, lines into what they are, and when to try again. All but
//! [`LineStream`] is pure. Joining anew, filling gaps and keeping rules in step is the caller's.

mod ladder;
mod line;
mod reader;
mod split;

pub use ladder::{Cause, Ladder};
pub use line::{Line, classify};
pub use reader::{LineStream, StreamEnd};
pub use split::{LINE_BYTES_MAX, LineTooLong, Splitter};
